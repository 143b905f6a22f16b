#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transform/defaults.h"

/* DEFAULT text in a column of a declared type becomes this. */
static void
check(const char *declared, TypeName name, const char *text, DefaultKind kind,
    const char *expected)
{
	Column from = { .name = "c",
		.declared = declared,
		.affinity = value_affinity(declared, false),
		.default_kind = DEFAULT_SQL,
		.default_text = text };
	Column column = { .type = { .name = name } };
	Arena arena = { 0 };
	const char *reason;
	Error err;

	assert_true(defaults_translate(&from, &column, &reason, &arena, &err));
	if (column.default_kind != kind)
		print_error("DEFAULT %s as %s\n", text, declared);
	assert_int_equal(column.default_kind, kind);
	if (kind == DEFAULT_NONE)
		assert_non_null(reason);
	else
		assert_null(reason);
	if (expected == NULL)
		assert_null(column.default_text);
	else
		assert_string_equal(column.default_text, expected);
	arena_free(&arena);
}

static void
value(
    const char *declared, TypeName name, const char *text, const char *expected)
{
	check(declared, name, text, DEFAULT_VALUE, expected);
}

static void
left_out(const char *declared, TypeName name, const char *text)
{
	check(declared, name, text, DEFAULT_NONE, NULL);
}

static void
literals_are_translated(void **state)
{
	(void)state;
	value("INTEGER", TYPE_BIGINT, "5", "5");
	value("INTEGER", TYPE_BIGINT, "-5", "-5");
	value("INTEGER", TYPE_BIGINT, "+5", "5");
	value("INTEGER", TYPE_BIGINT, "((- 5))", "-5");
	value("INTEGER", TYPE_BIGINT, "007", "7");
	value("INTEGER", TYPE_BIGINT, "-0", "0");
	value("INTEGER", TYPE_BIGINT, "0x10", "16");
	value("INTEGER", TYPE_BIGINT, "-0x10", "-16");
	value("INTEGER", TYPE_BIGINT, "-9223372036854775808",
	    "-9223372036854775808");
	value("TEXT", TYPE_TEXT, "'it''s'", "it's");
	value("TEXT", TYPE_TEXT, "''", "");
	value("TEXT", TYPE_TEXT, "('a')", "a");
	value("TEXT", TYPE_TEXT, "\"quoted\"", "quoted");
	value("TEXT", TYPE_TEXT, "(\"quoted\")", "quoted");
	value("TEXT", TYPE_TEXT, "bare", "bare");
	value("TEXT", TYPE_TEXT, "'null'", "null");
	value("TEXT", TYPE_TEXT, "'CURRENT_TIMESTAMP'", "CURRENT_TIMESTAMP");
	value("TEXT", TYPE_TEXT, "5", "5");
	value("REAL", TYPE_DOUBLE, "1.5e3", "1500.0");
	value("REAL", TYPE_DOUBLE, "-.5", "-0.5");
	value("BLOB", TYPE_BYTEA, "x'0Aff'", "\\x0aff");
	value("BLOB", TYPE_BYTEA, "X''", "\\x");
}

static void
a_literal_goes_by_the_affinity_of_its_column(void **state)
{
	(void)state;
	value("INTEGER", TYPE_BIGINT, "'5'", "5");
	value("INTEGER", TYPE_BIGINT, "' -5 '", "-5");
	value("INTEGER", TYPE_BIGINT, "5.0", "5");
	value("INTEGER", TYPE_DOUBLE, "5.5", "5.5");
	value("REAL", TYPE_DOUBLE, "5", "5.0");
	value("NUMERIC", TYPE_NUMERIC, "'0.00'", "0");
	value("TEXT", TYPE_TEXT, "'5.0'", "5.0");
	value("BOOLEAN", TYPE_BOOLEAN, "1", "true");
	value("BOOLEAN", TYPE_BOOLEAN, "TRUE", "true");
	value("BOOLEAN", TYPE_BOOLEAN, "false", "false");
	value("BOOLEAN", TYPE_BOOLEAN, "'f'", "false");
	value("INTEGER", TYPE_BIGINT, "true", "1");
	value("DATE", TYPE_DATE, "'2024-02-29'", "2024-02-29");
}

static void
current_moments_are_translated_where_they_have_a_meaning(void **state)
{
	(void)state;
	check("DATETIME", TYPE_TIMESTAMPTZ, "CURRENT_TIMESTAMP",
	    DEFAULT_CURRENT_TIMESTAMP, NULL);
	check("DATETIME", TYPE_TIMESTAMPTZ, "(current_timestamp)",
	    DEFAULT_CURRENT_TIMESTAMP, NULL);
	check("TEXT", TYPE_TEXT, "CURRENT_TIMESTAMP", DEFAULT_CURRENT_TIMESTAMP,
	    NULL);
	check("DATE", TYPE_DATE, "CURRENT_DATE", DEFAULT_CURRENT_DATE, NULL);
	check("TIME", TYPE_TIME, "CURRENT_TIME", DEFAULT_CURRENT_TIME, NULL);
	left_out("TIME", TYPE_TIME, "CURRENT_TIMESTAMP");
	left_out("INTEGER", TYPE_BIGINT, "CURRENT_TIMESTAMP");
	check("INTEGER", TYPE_BIGINT, "NULL", DEFAULT_NULL, NULL);
	check("INTEGER", TYPE_BIGINT, "(null)", DEFAULT_NULL, NULL);
}

static void
expressions_become_formulas(void **state)
{
	(void)state;
	check("TEXT", TYPE_TEXT, "(datetime('now'))", DEFAULT_FORMULA, NULL);
	check("TEXT", TYPE_TEXT, "('a' || 'b')", DEFAULT_FORMULA, NULL);
	check("INTEGER", TYPE_BIGINT, "(1 + 1)", DEFAULT_FORMULA, NULL);
	check("INTEGER", TYPE_BIGINT, "-'5'", DEFAULT_FORMULA, NULL);
	check("INTEGER", TYPE_BIGINT, "-NULL", DEFAULT_FORMULA, NULL);
	check("DATETIME", TYPE_TIMESTAMPTZ, "(datetime('now', '+7 days'))",
	    DEFAULT_FORMULA, NULL);
	check("INTEGER", TYPE_BIGINT, "(strftime('%s', 'now'))",
	    DEFAULT_FORMULA, NULL);
	value("INTEGER", TYPE_BIGINT, "- - 5", "5");
}

static void
milliseconds_of_now_become_formulas(void **state)
{
	(void)state;
	check("INTEGER", TYPE_BIGINT,
	    "(cast(unixepoch('subsecond') * 1000 as integer))", DEFAULT_FORMULA,
	    NULL);
	check("REAL", TYPE_DOUBLE, "(unixepoch('now', 'SUBSEC'))",
	    DEFAULT_FORMULA, NULL);
	check("REAL", TYPE_DOUBLE, "(julianday())", DEFAULT_FORMULA, NULL);
	check("INTEGER", TYPE_BIGINT,
	    "(cast((julianday('now') - 2440587.5) * 86400000 as integer))",
	    DEFAULT_FORMULA, NULL);
	left_out("INTEGER", TYPE_BIGINT, "(unixepoch('subsec'))");
	left_out("TEXT", TYPE_TEXT, "(datetime('subsec'))");
	left_out("TEXT", TYPE_TEXT, "(strftime('%s', 'now', 'subsec'))");
	left_out("REAL", TYPE_DOUBLE, "(julianday('2024-02-29'))");
}

static void
the_current_moment_may_be_given_to_a_function(void **state)
{
	(void)state;
	check("DATETIME", TYPE_TIMESTAMPTZ,
	    "(strftime('%Y-%m-%dT%H:%M:%fZ', CURRENT_TIMESTAMP))",
	    DEFAULT_FORMULA, NULL);
	check("DATETIME", TYPE_TIMESTAMPTZ, "(datetime(date('now'), '+1 day'))",
	    DEFAULT_FORMULA, NULL);
	check("INTEGER", TYPE_BIGINT, "(unixepoch(CURRENT_DATE))",
	    DEFAULT_FORMULA, NULL);
	left_out("DATETIME", TYPE_TIMESTAMPTZ, "(datetime(CURRENT_TIME))");
	left_out("DATETIME", TYPE_TIMESTAMPTZ, "(datetime(unixepoch()))");
}

static void
a_rule_of_the_column_makes_the_value(void **state)
{
	const Rule rule = { .type.name = TYPE_TIMESTAMPTZ,
		.conversion = CONVERSION_UNIX_S };
	Column from = { .affinity = AFFINITY_INTEGER,
		.default_kind = DEFAULT_SQL,
		.default_text = "86400" };
	Column column = { .type.name = TYPE_TIMESTAMPTZ };
	Arena arena = { 0 };
	const char *reason;
	Error err;

	(void)state;
	assert_true(defaults_translate_by_rule(
	    &from, &rule, &column, &reason, &arena, &err));
	assert_null(reason);
	assert_string_equal(column.default_text, "1970-01-02 00:00:00+00");
	arena_free(&arena);
}

static void
what_counts_now_by_a_conversion_is_now(void **state)
{
	Rule rule = { .type.name = TYPE_TIMESTAMPTZ,
		.conversion = CONVERSION_UNIX_S };
	Column from = { .affinity = AFFINITY_INTEGER,
		.default_kind = DEFAULT_SQL,
		.default_text = "(strftime('%s', 'now'))" };
	Column column = { .type.name = TYPE_TIMESTAMPTZ };
	Arena arena = { 0 };
	const char *reason;
	Error err;

	(void)state;
	assert_true(defaults_translate_by_rule(
	    &from, &rule, &column, &reason, &arena, &err));
	assert_null(reason);
	assert_int_equal(column.default_kind, DEFAULT_FORMULA);
	rule.conversion = CONVERSION_UNIX_MS;
	from.default_text = "(unixepoch() * 1000)";
	assert_true(defaults_translate_by_rule(
	    &from, &rule, &column, &reason, &arena, &err));
	assert_null(reason);
	assert_int_equal(column.default_kind, DEFAULT_FORMULA);
	from.default_text = "(datetime('now'))";
	assert_true(defaults_translate_by_rule(
	    &from, &rule, &column, &reason, &arena, &err));
	assert_int_equal(column.default_kind, DEFAULT_NONE);
	assert_non_null(reason);
	rule.conversion = CONVERSION_COCOA;
	from.default_text = "(unixepoch())";
	assert_true(defaults_translate_by_rule(
	    &from, &rule, &column, &reason, &arena, &err));
	assert_int_equal(column.default_kind, DEFAULT_NONE);
	assert_non_null(reason);
	arena_free(&arena);
}

static void
what_is_more_than_a_literal_is_left_out(void **state)
{
	(void)state;
	left_out("TEXT", TYPE_TEXT, "(random())");
	left_out("TEXT", TYPE_TEXT, "(datetime('now', 'localtime'))");
	left_out("INTEGER", TYPE_BIGINT, "('a' || 'b')");
	left_out("INTEGER", TYPE_BIGINT, "(1 + 1.5)");
	left_out("INTEGER", TYPE_BIGINT, "(datetime('now'))");
	left_out("INTEGER", TYPE_BIGINT, "(5");
	left_out("INTEGER", TYPE_BIGINT, "5)");
	left_out("INTEGER", TYPE_BIGINT, "");
	left_out("INTEGER", TYPE_BIGINT, "()");
	left_out("TEXT", TYPE_TEXT, "(bare)");
	left_out("TEXT", TYPE_TEXT, "'open");
}

static void
a_value_that_is_none_of_the_type_is_left_out(void **state)
{
	(void)state;
	left_out("INTEGER", TYPE_BIGINT, "'none'");
	left_out("DATETIME", TYPE_TIMESTAMPTZ, "0");
	left_out("BOOLEAN", TYPE_BOOLEAN, "2");
	left_out("TEXT", TYPE_TEXT, "x'00'");
	left_out("INTEGER", TYPE_BIGINT, "9223372036854775808");
}

static void
no_default_stays_none(void **state)
{
	Column from = { .name = "c", .declared = "TEXT" };
	Column column = { .default_kind = DEFAULT_NULL };
	Arena arena = { 0 };
	const char *reason = "";
	Error err;

	(void)state;
	assert_true(defaults_translate(&from, &column, &reason, &arena, &err));
	assert_int_equal(column.default_kind, DEFAULT_NONE);
	assert_null(reason);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_translated),
		cmocka_unit_test(a_literal_goes_by_the_affinity_of_its_column),
		cmocka_unit_test(
		    current_moments_are_translated_where_they_have_a_meaning),
		cmocka_unit_test(expressions_become_formulas),
		cmocka_unit_test(milliseconds_of_now_become_formulas),
		cmocka_unit_test(the_current_moment_may_be_given_to_a_function),
		cmocka_unit_test(a_rule_of_the_column_makes_the_value),
		cmocka_unit_test(what_counts_now_by_a_conversion_is_now),
		cmocka_unit_test(what_is_more_than_a_literal_is_left_out),
		cmocka_unit_test(a_value_that_is_none_of_the_type_is_left_out),
		cmocka_unit_test(no_default_stays_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
