#include "import/constraint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/formula.h"

#include "import/ddl.h"

/* One column and what formulas need. */
typedef struct {
	Arena arena;
	Column column;
	Table table;
	Buf sql;
	Error err;
} Case;

static void
set_up(Case *the)
{
	memset(the, 0, sizeof *the);
	the->column = (Column){ .name = "a\"b", .type = { TYPE_BIGINT } };
	the->table =
	    (Table){ .name = "t", .columns = &the->column, .n_columns = 1 };
}

static void
tear_down(Case *the)
{
	buf_free(&the->sql);
	arena_free(&the->arena);
}

/* a"b > LITERAL */
static const Formula *
above(Case *the, const char *literal)
{
	const Type type = { .name = TYPE_BIGINT };
	const Formula *arguments[2];

	arguments[0] = formula_column(0, &the->arena, &the->err);
	arguments[1] = formula_literal(type, literal, &the->arena, &the->err);
	return formula_call(FORMULA_GT, arguments, 2, &the->arena, &the->err);
}

static void
expect(Case *the, const char *expected)
{
	assert_string_equal(buf_text(&the->sql, &the->err), expected);
	the->sql.size = 0;
}

/* What formula_put_sql makes of it, whatever that is. */
static const char *
sql_of(Case *the, const Formula *formula)
{
	Buf sql = { 0 };
	const char *text;

	assert_true(formula_put_sql(&sql, formula, &the->table, &the->err));
	text = arena_text(&the->arena, buf_text(&sql, &the->err), &the->err);
	buf_free(&sql);
	return text;
}

static void
checks_are_added_not_valid(void **state)
{
	Case the;
	Check check;

	(void)state;
	set_up(&the);
	check = (Check){ .name = "", .formula = above(&the, "5") };
	assert_true(constraint_check(&check, &the.err));
	assert_true(constraint_put(
	    &the.sql, "s", &the.table, &check, "t_check", &the.err));
	expect(&the,
	    arena_format(&the.arena, &the.err,
		"ALTER TABLE \"s\".\"t\" ADD CONSTRAINT \"t_check\" CHECK (%s) "
		"NOT VALID",
		sql_of(&the, check.formula)));
	tear_down(&the);
}

static void
what_is_no_formula_is_refused(void **state)
{
	Check check = { .name = "c", .text = "1); DROP TABLE t; --" };
	Error err = { 0 };

	(void)state;
	assert_false(constraint_check(&check, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
}

static void
names_stay_apart(void **state)
{
	Check checks[] = { { .name = "" }, { .name = "c" }, { .name = "c" },
		{ .name = "t_check" }, { .name = "key" }, { .name = "" } };
	static const char *const expected[] = { "t_check6", "c", "t_check2",
		"t_check", "t_check4", "t_check5" };
	ForeignKey key = { .name = "key" };
	Case the;
	size_t i;

	(void)state;
	set_up(&the);
	the.table.checks = checks;
	the.table.n_checks = 6;
	the.table.foreign_keys = &key;
	the.table.n_foreign_keys = 1;
	for (i = 0; i < 6; i++)
		assert_string_equal(
		    constraint_name(&the.table, i, &the.arena, &the.err),
		    expected[i]);
	tear_down(&the);
}

static void
formulas_are_defaults_and_generated_columns(void **state)
{
	const Formula *formula;
	Case the;

	(void)state;
	set_up(&the);
	formula = above(&the, "1");
	the.column.default_kind = DEFAULT_FORMULA;
	the.column.formula = formula;
	assert_true(ddl_put_table(&the.sql, "s", &the.table, &the.err));
	expect(&the,
	    arena_format(&the.arena, &the.err,
		"CREATE TABLE \"s\".\"t\" (\n\t\"a\"\"b\" bigint DEFAULT "
		"(%s)\n)",
		sql_of(&the, formula)));
	the.column.default_kind = DEFAULT_NONE;
	the.column.generated = GENERATED_STORED;
	assert_true(ddl_put_table(&the.sql, "s", &the.table, &the.err));
	expect(&the,
	    arena_format(&the.arena, &the.err,
		"CREATE TABLE \"s\".\"t\" (\n\t\"a\"\"b\" bigint GENERATED "
		"ALWAYS AS (%s) STORED\n)",
		sql_of(&the, formula)));
	tear_down(&the);
}

static bool
is_refused(Case *the)
{
	Schema schema = { .tables = &the->table, .n_tables = 1 };

	return !ddl_check(&schema, &the->err) && the->err.kind == ERROR_DUMP;
}

static void
generated_and_default_columns_want_their_formula(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	assert_false(is_refused(&the));
	the.column.default_kind = DEFAULT_FORMULA;
	assert_true(is_refused(&the));
	the.column.formula = above(&the, "1");
	assert_false(is_refused(&the));
	the.column.generated = GENERATED_STORED;
	assert_true(is_refused(&the)); /* with a default */
	the.column.default_kind = DEFAULT_NONE;
	assert_false(is_refused(&the));
	the.column.identity = true;
	assert_true(is_refused(&the));
	the.column.identity = false;
	the.column.generated = GENERATED_VIRTUAL;
	assert_true(is_refused(&the));
	tear_down(&the);
}

static void
indexes_are_over_expressions_and_some_rows(void **state)
{
	IndexPart parts[] = { { .column = -1 }, { .column = 0 },
		{ .column = -1, .descending = true } };
	Index index = {
		.name = "", .kind = INDEX_UNIQUE, .parts = parts, .n_parts = 3
	};
	Case the;

	(void)state;
	set_up(&the);
	parts[0].formula = above(&the, "1");
	parts[2].formula = above(&the, "2");
	index.condition = above(&the, "3");
	the.table.indexes = &index;
	the.table.n_indexes = 1;
	assert_false(is_refused(&the));
	assert_true(
	    ddl_put_index(&the.sql, "s", &the.table, &index, "i", &the.err));
	expect(&the,
	    arena_format(&the.arena, &the.err,
		"CREATE UNIQUE INDEX \"i\" ON \"s\".\"t\" ((%s), \"a\"\"b\", "
		"(%s) DESC) WHERE (%s)",
		sql_of(&the, parts[0].formula), sql_of(&the, parts[2].formula),
		sql_of(&the, index.condition)));
	assert_string_equal(ddl_index_name(&the.table, 0, &the.arena, &the.err),
	    "t_expr_a\"b_expr1_key");
	/* A key cannot be made of these. */
	index.constraint = true;
	assert_true(is_refused(&the));
	index.constraint = false;
	parts[0].formula = NULL;
	assert_true(is_refused(&the));
	tear_down(&the);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_are_added_not_valid),
		cmocka_unit_test(what_is_no_formula_is_refused),
		cmocka_unit_test(names_stay_apart),
		cmocka_unit_test(formulas_are_defaults_and_generated_columns),
		cmocka_unit_test(
		    generated_and_default_columns_want_their_formula),
		cmocka_unit_test(indexes_are_over_expressions_and_some_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
