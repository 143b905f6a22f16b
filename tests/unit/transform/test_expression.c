#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expressions.h"

/* The expression over one row gives this value. */
static void
gives_of(const Value *row, const char *expression, Value expected)
{
	Expressions *expressions = open_expressions(&expression, 1, NULL);
	Supply source = { .rows = row, .n = 1, .fail_at = SIZE_MAX };
	ExpressionRow result;
	Error err;

	begin(expressions, &source);
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_ITEM);
	if (result.failed != NULL)
		print_error("%s: %s\n", expression, result.failed);
	assert_null(result.failed);
	assert_true(result.wanted);
	if (!value_equal(&result.values[0], &expected))
		print_error("%s is another %s\n", expression,
		    value_class_name(result.values[0].class));
	assert_true(value_equal(&result.values[0], &expected));
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_END);
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_END);
	expressions_close(expressions);
}

static void
gives(const char *expression, Value expected)
{
	Value row[N_COLUMNS];

	fill(row);
	gives_of(row, expression, expected);
}

/* The expression is refused, with a message that ends so. */
static void
refuses_with(const char *expression, bool where, const char *message)
{
	ExpressionText one = { .text = expression, .place = "m.yaml:3:4" };
	ExpressionSpec spec = { .table = &table };
	Expressions *expressions = NULL;
	char expected[512];
	Error err = { 0 };

	spec.values = &one;
	spec.n_values = !where;
	spec.where = where ? &one : NULL;
	snprintf(expected, sizeof(expected), "m.yaml:3:4: %s: %s",
	    where ? "where" : "value", message);
	assert_false(expressions_open(&spec, &expressions, &err));
	assert_null(expressions);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void
refuses(const char *expression, const char *message)
{
	refuses_with(expression, false, message);
	refuses_with(expression, true, message);
}

/* ---- what expressions give ---- */

static void
each_storage_class_comes_through_unchanged(void **state)
{
	Value row[N_COLUMNS];

	(void)state;
	fill(row);
	gives("id", integer(5));
	gives("real", real(5));
	gives("text", text("Text"));
	gives("blob", bytes(VALUE_BLOB, "\0\1", 2));
	gives("NULL", (Value){ .class = VALUE_NULL });
	row[TEXT] = bytes(VALUE_TEXT, NULL, 0);
	row[BLOB] = bytes(VALUE_BLOB, NULL, 0);
	row[META] = bytes(VALUE_TEXT, "a\0b", 3);
	row[EMAIL] = bytes(VALUE_TEXT, "\xff", 1);
	row[ID] = integer(INT64_MIN);
	row[REAL] = real(-0.0);
	gives_of(row, "text", text(""));
	gives_of(row, "text IS NULL", integer(0));
	gives_of(row, "blob", bytes(VALUE_BLOB, "", 0));
	gives_of(row, "meta", bytes(VALUE_TEXT, "a\0b", 3));
	gives_of(row, "meta || email", bytes(VALUE_TEXT, "a\0b\xff", 4));
	gives_of(row, "email", bytes(VALUE_TEXT, "\xff", 1));
	gives_of(row, "id", integer(INT64_MIN));
	gives_of(row, "real", real(-0.0));
	gives_of(row, "zeroblob(3)", bytes(VALUE_BLOB, "\0\0\0", 3));
	gives_of(row, "1e999", real(1 / 0.0));
}

static void
values_compare_as_in_the_source(void **state)
{
	(void)state;
	gives("id = '5'", integer(1));
	gives("text = 5", integer(0));
	gives("\"a number\" = '7.0'", integer(1));
	gives("real = '5'", integer(1));
	gives("email = 'a@b.EXAMPLE'", integer(1));
	gives("code = 'x'", integer(1));
	gives("text = 'TEXT'", integer(0));
	gives("text COLLATE NOCASE = 'TEXT'", integer(1));
	gives("blob = x'0001'", integer(1));
}

static void
sqlite_functions_are_there(void **state)
{
	(void)state;
	gives("lower(trim(email))", text("a@b.example"));
	gives("json_extract(meta, '$.a[1]')", integer(2));
	gives("meta ->> '$.a[0]'", integer(1));
	gives("date(date, '+1 day')", text("2024-03-01"));
	gives("strftime('%Y', date)", text("2024"));
	gives("datetime(id, 'unixepoch')", text("1970-01-01 00:00:05"));
	gives("printf('%05.1f', real)", text("005.0"));
	gives("max(id, 9)", integer(9));
	gives("CASE WHEN text LIKE 't%' THEN 1 ELSE 0 END", integer(1));
	gives("text GLOB 'T*'", integer(1));
	gives("CAST(real AS INTEGER)", integer(5));
	gives("id IN (4, 5, 6)", integer(1));
	gives("sqrt(4.0)", real(2));
	/* A word where it is no modifier. */
	gives("text = 'now' OR date(date) > 'now'", integer(0));
	gives("replace(text, 'Text', 'utc')", text("utc"));
}

static void
tables_go_by_their_names_in_the_source(void **state)
{
	(void)state;
	gives("\"Big Orders\".id", integer(5));
	gives("\"big orders\".\"A Number\"", integer(7));
	gives("[id] + `id`", integer(10));
	gives("id -- to the end", integer(5));
	gives("/* one */ id /* two */", integer(5));
	gives("'a;b)' || '('", text("a;b)("));
	refuses("rows.id", "no such column: rows.id; did you mean \"id\"?");
}

static void
any_name_is_a_name(void **state)
{
	static Column odd[] = {
		{ .name = "a\" INTEGER); --", .affinity = AFFINITY_TEXT },
		{ .name = "", .affinity = AFFINITY_INTEGER },
		{ .name = "hidden", .affinity = AFFINITY_BLOB },
		{ .name = "rowid", .affinity = AFFINITY_INTEGER },
	};
	const Table strange = {
		.name = "", .rowid_column = -1, .columns = odd, .n_columns = 4
	};
	const ExpressionText texts[] = { { "\"a\"\" INTEGER); --\"", "p" },
		{ "\"\" + 1", "p" }, { "hidden", "p" }, { "rowid", "p" } };
	const ExpressionSpec spec = {
		.table = &strange, .values = texts, .n_values = 4
	};
	Value row[N_COLUMNS] = { text("x"), integer(2), text("y"), integer(4) };
	Supply source = { .rows = row, .n = 1, .fail_at = SIZE_MAX };
	Expressions *expressions;
	ExpressionRow result;
	Error err;

	(void)state;
	assert_true(expressions_open(&spec, &expressions, &err));
	begin(expressions, &source);
	assert_int_equal(
	    expressions_next(expressions, &result, &err), STEP_ITEM);
	assert_true(value_equal(&result.values[0], &row[0]));
	assert_int_equal(result.values[1].integer, 3);
	assert_true(value_equal(&result.values[2], &row[2]));
	assert_true(value_equal(&result.values[3], &row[3]));
	expressions_close(expressions);
}

/* ---- what is refused ---- */

static void
what_is_no_expression_is_refused(void **state)
{
	(void)state;
	refuses("", "no expression: the text is empty");
	refuses(" -- nothing", "no expression: the text is empty");
	refuses("id, text", "more than one expression: a \",\" between them");
	refuses("id; DROP TABLE x",
	    "more than one expression: a \";\" between them");
	refuses("id) FROM x --", "a parenthesis is closed that was not opened");
	refuses("(id", "a parenthesis is not closed");
	refuses("(id; 1)", "more than one expression: a \";\" between them");
	refuses("'abc", "not a token of SQL: 'abc");
	refuses("\"abc", "not a token of SQL: \"abc");
	refuses("id /* and on", "incomplete input");
	refuses("id AS x", "near \"AS\": syntax error");
	refuses("id id", "near \"id\": syntax error");
	refuses("id +", "near \")\": syntax error");
	refuses("(id, text)", "row value misused");
	refuses("*", "near \"*\": syntax error");
	refuses("1 UNION VALUES (2)", "near \"UNION\": syntax error");
	refuses("id = ?", "a parameter (?), for which there is no value");
	refuses("id = :x", "a parameter (:), for which there is no value");
	refuses("id = $x", "a parameter ($), for which there is no value");
}

static void
subqueries_and_other_tables_are_refused(void **state)
{
	static const char subquery[] = "a subquery; an expression sees one row";

	static const char table_name[] =
	    "IN takes a list between parentheses here, not a table";

	(void)state;
	refuses("(SELECT 1)", subquery);
	refuses("(SELECT max(id) FROM rows)", subquery);
	refuses("EXISTS (SELECT 1)", subquery);
	refuses("id IN (SELECT 1)", subquery);
	refuses("id IN rows", table_name);
	refuses("id NOT IN main.sqlite_master", table_name);
	refuses("id IN json_each(meta)", table_name);
	refuses("(VALUES (1))", subquery);
	refuses("(WITH x AS (SELECT 1) SELECT * FROM x)", subquery);
	refuses("RAISE(ABORT, 'x')",
	    "RAISE() may only be used within a trigger-program");
}

static void
functions_that_are_not_pure_are_refused(void **state)
{
	(void)state;
	refuses("random()",
	    "function \"random\" gives another value each "
	    "time");
	refuses("hex(randomblob(4))",
	    "function \"randomblob\" gives another value each time");
	refuses("CURRENT_TIMESTAMP",
	    "function \"current_timestamp\" gives another value each time");
	refuses("load_extension('x')",
	    "function \"load_extension\" is not on the list of functions "
	    "that depend on their arguments alone");
	refuses("text MATCH 'x'",
	    "function \"match\" is not on the list of functions that depend "
	    "on their arguments alone");
	refuses("count(*)",
	    "function \"count\" looks at many rows; an "
	    "expression sees one");
	refuses("row_number() OVER ()",
	    "function \"row_number\" looks at many rows; an expression sees "
	    "one");
	refuses("max(id)", "max() looks at many rows; an expression sees one");
}

static void
the_time_and_zone_of_the_machine_are_refused(void **state)
{
	static const char current[] = " without a time to work on takes the "
				      "current one, which is another each "
				      "time";
	char message[128];

	(void)state;
	refuses("date('now')",
	    "date with 'now' gives another value each "
	    "time");
	refuses("datetime('NOW', '+1 day')",
	    "datetime with 'now' gives another value each time");
	refuses("strftime('%Y', 'now')",
	    "strftime with 'now' gives another value each time");
	refuses("date(coalesce(date, time('now')))",
	    "time with 'now' gives another value each time");
	refuses("datetime(date, 'localtime')",
	    "datetime with 'localtime' depends on the machine's time zone");
	refuses("datetime(date, 'Utc')",
	    "datetime with 'utc' depends on the machine's time zone");
	snprintf(message, sizeof(message), "date%s", current);
	refuses("date()", message);
	refuses("\"date\"( )", message);
	snprintf(message, sizeof(message), "strftime%s", current);
	refuses("strftime('%Y')", message);
	snprintf(message, sizeof(message), "unixepoch%s", current);
	refuses("1 + unixepoch()", message);
}

static void
slips_are_answered_with_what_may_have_been_meant(void **state)
{
	(void)state;
	refuses(
	    "lower(emial)", "no such column: emial; did you mean \"email\"?");
	refuses("lower(\"emial\")",
	    "no such column: emial; did you mean \"email\"?");
	refuses("text = \"pending\"",
	    "no such column: pending; a string stands between single quotes");
	refuses("whatever", "no such column: whatever");
	refuses(
	    "lwoer(email)", "no such function: lwoer; did you mean \"lower\"?");
	refuses("my_own_function(email)", "no such function: my_own_function");
	refuses("lower()", "wrong number of arguments to function lower()");
	refuses("text = 'a' COLLATE french",
	    "compares by \"french\", a collation that SQLite does not have; "
	    "write COLLATE BINARY, NOCASE or RTRIM");
}

static void
the_rowid_is_its_column_or_nothing(void **state)
{
	(void)state;
	refuses("rowid", "rowid is not in the data; its column \"id\" is");
	refuses("\"Big Orders\".\"OID\"",
	    "oid is not in the data; its column \"id\" is");
	table.rowid_column = -1;
	refuses("_rowid_ + 1", "_rowid_ is not in the data");
	table.rowid_column = ID;
}

static void
a_collation_that_is_not_ours_does_not_compare(void **state)
{
	(void)state;
	gives("upper(own)", text("OWN"));
	gives("own COLLATE BINARY = 'own'", integer(1));
	refuses("own = 'own'",
	    "compares by \"german\", a collation that SQLite does not have; "
	    "write COLLATE BINARY, NOCASE or RTRIM");
	refuses("CASE own WHEN 'a' THEN 1 END",
	    "compares by \"german\", a collation that SQLite does not have; "
	    "write COLLATE BINARY, NOCASE or RTRIM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_storage_class_comes_through_unchanged),
		cmocka_unit_test(values_compare_as_in_the_source),
		cmocka_unit_test(sqlite_functions_are_there),
		cmocka_unit_test(tables_go_by_their_names_in_the_source),
		cmocka_unit_test(any_name_is_a_name),
		cmocka_unit_test(what_is_no_expression_is_refused),
		cmocka_unit_test(subqueries_and_other_tables_are_refused),
		cmocka_unit_test(functions_that_are_not_pure_are_refused),
		cmocka_unit_test(the_time_and_zone_of_the_machine_are_refused),
		cmocka_unit_test(
		    slips_are_answered_with_what_may_have_been_meant),
		cmocka_unit_test(the_rowid_is_its_column_or_nothing),
		cmocka_unit_test(a_collation_that_is_not_ours_does_not_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
