#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "formats/bytes.h"
#include "transform/sqlexpr.h"

static const char *const words[] = {
	[SQLEXPR_OR] = "OR",
	[SQLEXPR_AND] = "AND",
	[SQLEXPR_NOT] = "NOT",
	[SQLEXPR_EQ] = "=",
	[SQLEXPR_NE] = "<>",
	[SQLEXPR_IS] = "IS",
	[SQLEXPR_IS_NOT] = "IS NOT",
	[SQLEXPR_LT] = "<",
	[SQLEXPR_LE] = "<=",
	[SQLEXPR_GT] = ">",
	[SQLEXPR_GE] = ">=",
	[SQLEXPR_IS_NULL] = "ISNULL",
	[SQLEXPR_NOT_NULL] = "NOTNULL",
	[SQLEXPR_BETWEEN] = "BETWEEN",
	[SQLEXPR_IN] = "IN",
	[SQLEXPR_LIKE] = "LIKE",
	[SQLEXPR_GLOB] = "GLOB",
	[SQLEXPR_BIT_AND] = "&",
	[SQLEXPR_BIT_OR] = "|",
	[SQLEXPR_SHIFT_LEFT] = "<<",
	[SQLEXPR_SHIFT_RIGHT] = ">>",
	[SQLEXPR_ADD] = "+",
	[SQLEXPR_SUBTRACT] = "-",
	[SQLEXPR_MULTIPLY] = "*",
	[SQLEXPR_DIVIDE] = "/",
	[SQLEXPR_MODULO] = "%",
	[SQLEXPR_CONCATENATE] = "||",
	[SQLEXPR_NEGATE] = "neg",
	[SQLEXPR_PLUS] = "pos",
	[SQLEXPR_BIT_NOT] = "~",
};

/* The tree as "(word argument argument)". */
static void
put_tree(char *out, size_t room, const SqlExpr *expr)
{
	size_t n = strlen(out);

	if (expr->kind == SQLEXPR_LITERAL && expr->number != NULL)
		(void)snprintf(out + n, room - n, "%s", expr->number);
	else if (expr->kind == SQLEXPR_LITERAL)
		(void)snprintf(out + n, room - n, "%s",
		    value_class_name(expr->value.class));
	else if (expr->kind == SQLEXPR_NAME)
		(void)snprintf(out + n, room - n, "%s", expr->name);
	if (expr->kind == SQLEXPR_LITERAL || expr->kind == SQLEXPR_NAME)
		return;
	(void)snprintf(out + n, room - n, "(%s%s", expr->negated ? "NOT " : "",
	    expr->kind == SQLEXPR_OPERATOR   ? words[expr->operation]
		: expr->kind == SQLEXPR_CASE ? "CASE"
					     : expr->name);
	for (size_t i = 0; i < expr->n_arguments; i++) {
		n = strlen(out);
		(void)snprintf(out + n, room - n, " ");
		put_tree(out, room, expr->arguments[i]);
	}
	n = strlen(out);
	(void)snprintf(out + n, room - n, ")");
}

static void
is_tree(const char *text, const char *expected)
{
	char tree[512] = "";
	Arena arena = { 0 };
	const SqlExpr *expr;
	const char *reason;
	Error err;

	assert_true(sqlexpr_parse(text, &expr, &reason, &arena, &err));
	if (expr == NULL)
		fail_msg("%s: %s", text, reason);
	assert_null(reason);
	put_tree(tree, sizeof tree, expr);
	assert_string_equal(tree, expected);
	arena_free(&arena);
}

static void
is_refused(const char *text, const char *why)
{
	Arena arena = { 0 };
	const SqlExpr *expr;
	const char *reason;
	Error err;

	assert_true(sqlexpr_parse(text, &expr, &reason, &arena, &err));
	if (expr != NULL)
		fail_msg("%.100s was parsed", text);
	if (strstr(reason, why) == NULL)
		fail_msg("%.100s: %s", text, reason);
	arena_free(&arena);
}

static void
operators_bind_as_in_sqlite(void **state)
{
	(void)state;
	is_tree("a OR b AND c", "(OR a (AND b c))");
	is_tree("NOT a = b AND c", "(AND (NOT (= a b)) c)");
	is_tree("a = NOT b = c", "(= a (NOT (= b c)))");
	is_tree("a < b = c", "(= (< a b) c)");
	is_tree("a = b < c", "(= a (< b c))");
	is_tree("a & b < c", "(< (& a b) c)");
	is_tree("a + b & c", "(& (+ a b) c)");
	is_tree("a + b * c || d", "(+ a (* b (|| c d)))");
	is_tree("a - b - c", "(- (- a b) c)");
	is_tree("-a || b", "(|| (neg a) b)");
	is_tree("- a COLLATE x", "(x (neg a))");
	is_tree("a || b COLLATE x", "(|| a (x b))");
	is_tree("~a + +b", "(+ (~ a) (pos b))");
	is_tree("a == b != c <> d", "(<> (<> (= a b) c) d)");
	is_tree("(a OR b) AND c", "(AND (OR a b) c)");
}

static void
tests_take_their_own_operands(void **state)
{
	(void)state;
	is_tree("a BETWEEN 1 AND 2 AND b", "(AND (BETWEEN a 1 2) b)");
	is_tree(
	    "a NOT BETWEEN b = c AND d = e", "(= (NOT BETWEEN a (= b c) d) e)");
	is_tree("a BETWEEN 1 + 1 AND 2 < 3", "(BETWEEN a (+ 1 1) (< 2 3))");
	is_tree("a IN (1, 'b')", "(IN a 1 text)");
	is_tree("a NOT IN ()", "(NOT IN a)");
	is_tree("a LIKE 'b' ESCAPE 'c' OR d", "(OR (LIKE a text text) d)");
	is_tree("a NOT GLOB b || c", "(NOT GLOB a (|| b c))");
	is_tree("a IS NOT NULL", "(IS NOT a null)");
	is_tree("a IS NOT b = c", "(= (IS NOT a b) c)");
	is_tree("a IS DISTINCT FROM b", "(IS NOT a b)");
	is_tree("a IS NOT DISTINCT FROM b", "(IS a b)");
	is_tree("a ISNULL OR b NOTNULL OR c NOT NULL",
	    "(OR (OR (ISNULL a) (NOTNULL b)) (NOTNULL c))");
}

static void
operands_are_of_every_kind(void **state)
{
	(void)state;
	is_tree(
	    "coalesce(a, [b c], \"d\", `e`, t.f)", "(coalesce a b c d e f)");
	is_tree("CASE WHEN a THEN 1 ELSE 2 END", "(CASE a 1 2)");
	is_tree("CASE a WHEN b THEN 1 END", "(CASE a b 1)");
	is_tree("CAST(a AS VARCHAR(10, 2)) = x''", "(= (VARCHAR a) blob)");
	is_tree("LOWER(a) /* b */ = -- c\n NULL", "(= (lower a) null)");
	is_tree("a = 'it''s'", "(= a text)");
	is_tree("((a))", "a");
}

static void
what_is_no_plain_expression_is_refused_with_its_place(void **state)
{
	(void)state;
	is_refused("a >", "at byte 3: the expression ends too early");
	is_refused("a > 5)", "at byte 5: this is more than an expression");
	is_refused("", "too early");
	is_refused("(SELECT 1)", "subqueries");
	is_refused("a IN (SELECT 1)", "subqueries");
	is_refused("a IN b", "subqueries");
	is_refused("EXISTS (SELECT 1)", "subqueries");
	is_refused("(a, b) = (1, 2)", "row values");
	is_refused("a MATCH b", "MATCH and REGEXP");
	is_refused("a NOT REGEXP b", "MATCH and REGEXP");
	is_refused("a -> b", "-> and ->>");
	is_refused("count(*)", "aggregates");
	is_refused("count(DISTINCT a)", "aggregates");
	is_refused("a = ?1", "this is no expression");
	is_refused("'open", "this is no expression");
	is_refused("CASE a END", "\"WHEN\" was expected");
	is_refused("CASE WHEN a THEN b", "\"END\" was expected");
	is_refused("CAST(a)", "\"AS\" was expected");
	is_refused("f(a", "\")\" was expected");
	is_refused("a COLLATE", "a collation was expected");
	is_refused("a NOT", "an operator was expected");
	is_refused("1e999", "too large");
	is_refused("t.", "a column's name was expected");
}

static void
repeat(Buf *buf, const char *text, size_t n)
{
	Error err;

	for (size_t i = 0; i < n; i++)
		assert_true(buf_put_text(buf, text, &err));
}

/* As many openings, an operand, as many closings. */
static bool
parses(const char *open, const char *close, size_t n)
{
	Arena arena = { 0 };
	Buf buf = { 0 };
	const SqlExpr *expr;
	const char *reason;
	Error err;

	repeat(&buf, open, n);
	repeat(&buf, "a", 1);
	repeat(&buf, close, n);
	assert_true(
	    sqlexpr_parse(buf_text(&buf, &err), &expr, &reason, &arena, &err));
	if (expr == NULL)
		assert_non_null(strstr(reason, "too"));
	buf_free(&buf);
	arena_free(&arena);
	return expr != NULL;
}

static void
depth_and_length_are_bounded(void **state)
{
	(void)state;
	assert_true(parses("(", ")", SQLEXPR_NESTING - 1));
	assert_false(parses("(", ")", SQLEXPR_NESTING));
	assert_false(parses("NOT ", "", 100000));
	assert_false(parses("f(", ")", 100000));
	assert_true(parses("", " + a", SQLEXPR_DEPTH - 1));
	assert_false(parses("", " + a", SQLEXPR_DEPTH));
	assert_true(parses("f(1", ")", 0));
	assert_false(parses("", " IN (1)", 100000));
}

static void
is_number(const char *text, ValueClass class, int64_t integer, double real)
{
	Arena arena = { 0 };
	const SqlExpr *expr;
	const char *reason;
	Value value;
	Error err;

	assert_true(sqlexpr_parse(text, &expr, &reason, &arena, &err));
	assert_non_null(expr);
	assert_true(sqlexpr_literal(expr, &value));
	assert_int_equal(value.class, class);
	if (class == VALUE_INTEGER)
		assert_true(value.integer == integer);
	else
		assert_true(value.real == real);
	arena_free(&arena);
}

static void
numbers_are_typed_as_in_sqlite(void **state)
{
	(void)state;
	is_number("5", VALUE_INTEGER, 5, 0);
	is_number("007", VALUE_INTEGER, 7, 0);
	is_number("-0", VALUE_INTEGER, 0, 0);
	is_number("0x10", VALUE_INTEGER, 16, 0);
	is_number("0xFFFFFFFFFFFFFFFF", VALUE_INTEGER, -1, 0);
	is_number("-0x10", VALUE_INTEGER, -16, 0);
	is_number("9223372036854775807", VALUE_INTEGER, INT64_MAX, 0);
	is_number("9223372036854775808", VALUE_REAL, 0, 0x1p63);
	is_number("-9223372036854775808", VALUE_INTEGER, INT64_MIN, 0);
	is_number("- (9223372036854775808)", VALUE_INTEGER, INT64_MIN, 0);
	is_number("- -9223372036854775808", VALUE_REAL, 0, 0x1p63);
	is_number("-9223372036854775809", VALUE_REAL, 0, -0x1p63);
	is_number("- - 5", VALUE_INTEGER, 5, 0);
	is_number("+ - + 5", VALUE_INTEGER, -5, 0);
	is_number("1.5e3", VALUE_REAL, 0, 1500);
	is_number("-.5", VALUE_REAL, 0, -0.5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_bind_as_in_sqlite),
		cmocka_unit_test(tests_take_their_own_operands),
		cmocka_unit_test(operands_are_of_every_kind),
		cmocka_unit_test(
		    what_is_no_plain_expression_is_refused_with_its_place),
		cmocka_unit_test(depth_and_length_are_bounded),
		cmocka_unit_test(numbers_are_typed_as_in_sqlite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
