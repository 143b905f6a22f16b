#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "expressions.h"

static void
only_what_is_true_is_wanted(void **state)
{
	static const char *const values[] = { "id * 2" };
	static const char *const conditions[] = { "id = 3", "NULL", "0",
		"'abc'", "'3abc' AND id = 3", "id - 3 IS 0" };
	static const unsigned wanted[] = { 8, 0, 0, 0, 8, 8 };
	Value rows[N_ROWS * N_COLUMNS];
	ExpressionRow row;
	Error err;

	(void)state;
	fill_rows(rows);
	for (size_t i = 0; i < 6; i++) {
		Expressions *expressions =
		    open_expressions(values, i % 2, conditions[i]);
		Supply source = {
			.rows = rows, .n = N_ROWS, .fail_at = SIZE_MAX
		};

		begin(expressions, &source);
		for (int64_t n = 0; n < N_ROWS; n++) {
			assert_int_equal(
			    expressions_next(expressions, &row, &err),
			    STEP_ITEM);
			assert_int_equal(source.given, n + 1);
			assert_null(row.failed);
			assert_int_equal(row.wanted, wanted[i] >> n & 1);
			if (row.wanted && i % 2 == 1)
				assert_int_equal(row.values[0].integer, 2 * n);
		}
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_END);
		expressions_close(expressions);
	}
}

/* Over rows of which the ones in failing fail and those in unwanted are not
 * wanted, every row is seen once. */
static void
passes(const char *value, const char *where, unsigned failing,
    unsigned unwanted, const char *message)
{
	const char *const values[] = { "id", value };
	Expressions *expressions = open_expressions(values, 2, where);
	Value rows[N_ROWS * N_COLUMNS];
	ExpressionRow row;
	Error err;

	fill_rows(rows);
	for (int chunk = 0; chunk < 2; chunk++) {
		Supply source = {
			.rows = rows, .n = N_ROWS, .fail_at = SIZE_MAX
		};

		begin(expressions, &source);
		for (int64_t n = 0; n < N_ROWS; n++) {
			assert_int_equal(
			    expressions_next(expressions, &row, &err),
			    STEP_ITEM);
			assert_int_equal(source.given, n + 1);
			assert_int_equal(row.failed != NULL, failing >> n & 1);
			assert_int_equal(!row.wanted, unwanted >> n & 1);
			if (row.failed != NULL)
				assert_string_equal(row.failed, message);
			else if (row.wanted)
				assert_int_equal(row.values[0].integer, n);
		}
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_END);
	}
	expressions_close(expressions);
}

static void
a_row_that_fails_does_not_stop_the_others(void **state)
{
	static const char overflow[] = "integer overflow";
	static const char least[] =
	    "abs(CASE id WHEN 1 THEN -9223372036854775807 - 1 "
	    "WHEN 2 THEN -9223372036854775807 - 1 ELSE id END)";

	(void)state;
	passes(least, NULL, 6, 0, overflow);
	/* The first and the last. */
	passes("json(CASE WHEN id IN (0, 4) THEN '{' ELSE '1' END)", NULL, 17,
	    0, "malformed JSON");
	/* Every one, by a constant. */
	passes("json('{')", NULL, 31, 0, "malformed JSON");
	passes("abs(-9223372036854775807 - 1)", NULL, 31, 0, overflow);
	passes(
	    "zeroblob(1000000001 + id)", NULL, 31, 0, "string or blob too big");
}

static void
a_row_that_is_not_wanted_does_not_fail(void **state)
{
	static const char bad[] =
	    "json(CASE WHEN id IN (1, 3) THEN '{' ELSE '1' END)";

	(void)state;
	passes(bad, "id <> 1", 8, 2, "malformed JSON");
	passes(bad, "id NOT IN (1, 3)", 0, 10, NULL);
	/* Where the condition fails, nobody knows. */
	passes("1", "json(CASE id WHEN 4 THEN '{' ELSE '1' END) = '1'", 16, 0,
	    "malformed JSON");
	passes("json('[')", "abs(iif(id, -9223372036854775807 - 1, 0))", 30, 1,
	    "integer overflow");
}

static void
data_that_says_now_fails_instead_of_telling_the_time(void **state)
{
	static const char asks[] = "the expression asks for the current time, "
				   "which is another each time";

	(void)state;
	passes("date(CASE id WHEN 2 THEN 'no' || 'w' ELSE date END)", NULL, 4,
	    0, asks);
	passes("date(iif(id > 2, 'n' || 'ow', date))", "id <> 3", 16, 8, asks);
	passes("1", "date(iif(id = 0, 'n' || 'ow', date)) > ''", 1, 0, asks);
}

static void
a_source_that_fails_fails_the_run(void **state)
{
	static const char *const values[] = { "id" };
	Expressions *expressions = open_expressions(values, 1, "id < 9");
	Value rows[N_ROWS * N_COLUMNS];
	ExpressionRow row;
	Error err;

	(void)state;
	fill_rows(rows);
	for (size_t at = 0; at <= N_ROWS; at++) {
		Supply source = { .rows = rows, .n = N_ROWS, .fail_at = at };

		begin(expressions, &source);
		for (size_t n = 0; n < at; n++)
			assert_int_equal(
			    expressions_next(expressions, &row, &err),
			    STEP_ITEM);
		err = (Error){ 0 };
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_FAILED);
		assert_string_equal(err.text, "the chunk is damaged");
		assert_int_equal(err.kind, ERROR_DUMP);
	}
	expressions_close(expressions);
}

static void
a_chunk_may_be_empty_or_left_halfway(void **state)
{
	static const char *const values[] = { "text || id" };
	Expressions *expressions = open_expressions(values, 1, NULL);
	Value rows[N_ROWS * N_COLUMNS];
	Supply empty = { .fail_at = SIZE_MAX };
	Supply source = { .rows = rows, .n = N_ROWS, .fail_at = SIZE_MAX };
	ExpressionRow row;
	Error err;

	(void)state;
	fill_rows(rows);
	begin(expressions, &empty);
	assert_int_equal(expressions_next(expressions, &row, &err), STEP_END);
	for (int i = 0; i < 3; i++) {
		source.given = 0;
		begin(expressions, &source);
		assert_int_equal(
		    expressions_next(expressions, &row, &err), STEP_ITEM);
		assert_memory_equal(row.values[0].bytes, "Text0", 5);
	}
	expressions_close(expressions);
	expressions_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_true_is_wanted),
		cmocka_unit_test(a_row_that_fails_does_not_stop_the_others),
		cmocka_unit_test(a_row_that_is_not_wanted_does_not_fail),
		cmocka_unit_test(
		    data_that_says_now_fails_instead_of_telling_the_time),
		cmocka_unit_test(a_source_that_fails_fails_the_run),
		cmocka_unit_test(a_chunk_may_be_empty_or_left_halfway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
