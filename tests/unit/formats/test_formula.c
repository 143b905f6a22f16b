#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "formats/formula.h"

static Column columns[] = {
	{ .name = "age" },
	{ .name = "odd \"name" },
};
static const Table people = {
	.name = "people", .columns = columns, .n_columns = 2
};
static const Type bigint = { .name = TYPE_BIGINT };
static const Type text = { .name = TYPE_TEXT };

static void
put_json(Buf *out, const Formula *formula)
{
	JsonWriter json = { .out = out };
	Error err;

	formula_put_json(&json, NULL, formula, &people);
	assert_true(json_finish(&json, &err));
}

static bool
read(const char *json, const Formula **formula, Arena *arena, Error *err)
{
	JsonDocument *document;
	bool good;

	assert_true(json_parse(
	    (const uint8_t *)json, strlen(json), "formula", &document, err));
	good = formula_read(
	    json_root(document), "here", &people, arena, formula, err);
	json_free(document);
	return good;
}

/* The JSON is read, gives the SQL, and is written as it was. */
static void
is(const char *json, const char *sql)
{
	Arena arena = { 0 };
	Buf buf = { 0 }, again = { 0 };
	const Formula *formula;
	Error err;

	if (!read(json, &formula, &arena, &err))
		fail_msg("%s: %s", json, err.text);
	assert_true(formula_put_sql(&buf, formula, &people, &err));
	assert_string_equal(buf_text(&buf, &err), sql);
	put_json(&again, formula);
	assert_string_equal(buf_text(&again, &err), json);
	buf_free(&buf);
	buf_free(&again);
	arena_free(&arena);
}

static void
is_refused(const char *json, const char *why)
{
	Arena arena = { 0 };
	const Formula *formula;
	Error err;

	if (read(json, &formula, &arena, &err))
		fail_msg("%s was read", json);
	assert_int_equal(err.kind, ERROR_DUMP);
	if (strstr(err.text, why) == NULL)
		fail_msg("%s: %s", json, err.text);
	arena_free(&arena);
}

static void
a_formula_is_the_same_as_json_and_as_sql(void **state)
{
	(void)state;
	is("[\"column\",\"age\"]", "\"age\"");
	is("[\"literal\",\"bigint\",\"-5\"]", "'-5'::bigint");
	is("[\"null\",\"numeric(4,2)\"]", "NULL::numeric(4,2)");
	is("[\"cast\",\"text\",[\"column\",\"age\"]]", "CAST(\"age\" AS text)");
	is("[\"ge\",[\"column\",\"age\"],[\"literal\",\"bigint\",\"18\"]]",
	    "(\"age\" >= '18'::bigint)");
	is("[\"in\",[\"column\",\"age\"],[\"literal\",\"bigint\",\"1\"],"
	   "[\"literal\",\"bigint\",\"2\"]]",
	    "(\"age\" IN ('1'::bigint, '2'::bigint))");
	is("[\"case\",[\"is_null\",[\"column\",\"age\"]],"
	   "[\"null\",\"text\"],[\"literal\",\"text\",\"x\"]]",
	    "CASE WHEN (\"age\" IS NULL) THEN NULL::text ELSE 'x'::text END");
	is("[\"case\",[\"column\",\"age\"],[\"null\",\"text\"]]",
	    "CASE WHEN \"age\" THEN NULL::text END");
	is("[\"now\"]", "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')");
	is("[\"add_days\",[\"now\"],[\"literal\",\"integer\",\"7\"]]",
	    "((CURRENT_TIMESTAMP AT TIME ZONE 'UTC') + "
	    "make_interval(days => '7'::integer))");
}

static void
names_and_texts_are_quoted(void **state)
{
	(void)state;
	is("[\"lower\",[\"column\",\"odd \\\"name\"]]",
	    "lower(\"odd \"\"name\")");
	is("[\"literal\",\"text\",\"'; DROP TABLE x; --\"]",
	    "'''; DROP TABLE x; --'::text");
	is("[\"literal\",\"text\",\"$1 $* \\\\\"]", "'$1 $* \\'::text");
}

static void
whatever_is_no_formula_is_refused(void **state)
{
	(void)state;
	is_refused("[]", "is empty");
	is_refused("{}", "not an array");
	is_refused("[1]", "not a text");
	is_refused("[\"pg_sleep\",[\"now\"]]", "no formula's word");
	is_refused("[\"now()\"]", "no formula's word");
	is_refused("[\"column\",\"height\"]", "no column \"height\"");
	is_refused("[\"column\"]", "0 arguments");
	is_refused("[\"column\",\"age\",\"age\"]", "2 arguments");
	is_refused("[\"column\",[\"now\"]]", "not a text");
	is_refused("[\"literal\",\"regclass\",\"x\"]", "unknown type");
	is_refused("[\"literal\",\"text\"]", "1 arguments");
	is_refused("[\"literal\",\"text\",5]", "not a text");
	is_refused("[\"null\",\"text\",\"x\"]", "2 arguments");
	is_refused("[\"cast\",\"text\"]", "1 arguments");
	is_refused("[\"cast\",\"text); DROP\",[\"now\"]]", "unknown type");
	is_refused("[\"and\",[\"now\"]]", "1 arguments");
	is_refused("[\"not\",[\"now\"],[\"now\"]]", "2 arguments");
	is_refused("[\"now\",[\"now\"]]", "1 arguments");
	is_refused("[\"not\",\"age\"]", "not an array");
	is_refused("[\"not\",null]", "not an array");
}

static void
every_operation_keeps_its_count_of_arguments(void **state)
{
	Arena arena = { 0 };
	const Formula *list[4], *formula;
	Error err;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		list[i] = formula_column(0, &arena, &err);
	for (int i = 0; i < FORMULA_OPERATIONS; i++) {
		FormulaOperation operation = (FormulaOperation)i;

		for (size_t n = 0; n <= 4; n++) {
			Buf sql = { 0 }, json = { 0 };
			const Formula *back;

			if (!formula_operation_takes(operation, n))
				continue;
			formula =
			    formula_call(operation, list, n, &arena, &err);
			assert_true(
			    formula_put_sql(&sql, formula, &people, &err));
			assert_null(strchr(buf_text(&sql, &err), '$'));
			put_json(&json, formula);
			assert_true(
			    read(buf_text(&json, &err), &back, &arena, &err));
			assert_int_equal(back->operation, operation);
			assert_int_equal(back->n_arguments, n);
			buf_free(&sql);
			buf_free(&json);
		}
	}
	arena_free(&arena);
}

/* A chain of NOTs, itself deep. */
static const Formula *
chain(size_t depth, Arena *arena)
{
	Error err;
	const Formula *formula = formula_column(0, arena, &err);

	while (formula->depth < depth)
		formula = formula_call(FORMULA_NOT, &formula, 1, arena, &err);
	return formula;
}

static bool
comes_back(const Formula *formula, const char *why, Arena *arena)
{
	Buf json = { 0 };
	const Formula *back;
	Error err;
	bool good;

	put_json(&json, formula);
	good = read(buf_text(&json, &err), &back, arena, &err);
	if (!good)
		assert_non_null(strstr(err.text, why));
	buf_free(&json);
	return good;
}

static void
depth_and_size_are_bounded(void **state)
{
	Arena arena = { 0 };
	const Formula *list[FORMULA_NODES];
	Error err;

	(void)state;
	assert_true(comes_back(chain(FORMULA_DEPTH, &arena), "", &arena));
	assert_false(comes_back(
	    chain(FORMULA_DEPTH + 1, &arena), "deeper than 64", &arena));
	for (size_t i = 0; i < FORMULA_NODES; i++)
		list[i] = formula_column(0, &arena, &err);
	assert_true(comes_back(
	    formula_call(FORMULA_AND, list, FORMULA_NODES - 1, &arena, &err),
	    "", &arena));
	assert_false(comes_back(
	    formula_call(FORMULA_AND, list, FORMULA_NODES, &arena, &err),
	    "more than 4096", &arena));
	arena_free(&arena);
}

static void
shared_arguments_count_as_often_as_they_are_written(void **state)
{
	Arena arena = { 0 };
	Error err;
	const Formula *formula = formula_literal(bigint, "1", &arena, &err);

	(void)state;
	for (int i = 0; i < 3; i++) {
		const Formula *const pair[] = { formula, formula };

		formula = formula_call(FORMULA_ADD, pair, 2, &arena, &err);
	}
	assert_int_equal(formula->nodes, 15);
	assert_int_equal(formula->depth, 4);
	for (int i = 0; i < 100; i++) {
		const Formula *const pair[] = { formula, formula };

		formula = formula_call(FORMULA_ADD, pair, 2, &arena, &err);
	}
	assert_true(formula->nodes == SIZE_MAX);
	assert_null(formula_cast(NULL, text, &arena, &err));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_formula_is_the_same_as_json_and_as_sql),
		cmocka_unit_test(names_and_texts_are_quoted),
		cmocka_unit_test(whatever_is_no_formula_is_refused),
		cmocka_unit_test(every_operation_keeps_its_count_of_arguments),
		cmocka_unit_test(depth_and_size_are_bounded),
		cmocka_unit_test(
		    shared_arguments_count_as_often_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
