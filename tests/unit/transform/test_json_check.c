#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdint.h>

#include <cmocka.h>

#include "transform/json_check.h"

/* Does a table's check promise that its column "data" is JSON? */
static void
check(const char *text, bool expected)
{
	Column columns[] = { { .name = "other" }, { .name = "data" } };
	Check checks[] = { { .text = "other > 0" }, { .text = text } };
	const Table table = { .columns = columns,
		.n_columns = 2,
		.checks = checks,
		.n_checks = 2 };
	bool json;
	Error err;

	assert_true(json_check_of(&table, 1, &json, &err));
	if (json != expected)
		print_error("%s\n", text);
	assert_int_equal(json, expected);
}

static void
a_check_that_only_valid_json_passes_is_a_promise(void **state)
{
	(void)state;
	check("json_valid(data)", true);
	check("(JSON_VALID(\"data\") OR \"data\" IS NULL)", true);
	check("data ISNULL OR json_valid([Data])", true);
	check("json_valid(data) = 1", true);
	check("data IS NULL OR json_valid(data) IS 1", true);
	check("json_valid(data) AND length(data) < 100", true);
	check("other > 0 AND (json_valid(data) OR data IS NULL)", true);
	check("data IS NULL OR json_valid(data) AND other > 0", true);
}

static void
any_other_check_promises_nothing(void **state)
{
	(void)state;
	check("json_valid(other)", false);
	check("NOT json_valid(data)", false);
	check("json_valid(data) OR other IS NULL", false);
	check("json_valid(data) OR data = ''", false);
	check("json_valid(data) = 0", false);
	check("json_valid(data, 6)", false);
	check("json_valid('data')", false);
	check("json_type(data) = 'object'", false);
	check("json_valid(data", false);
}

static void
all(const char *text, bool expected)
{
	const Check check = { .text = text };
	bool got;
	Error err;

	assert_true(json_check_is_all(&check, "data", &got, &err));
	assert_int_equal(got, expected);
}

static void
a_check_that_says_more_is_told_apart(void **state)
{
	(void)state;
	all("json_valid(data)", true);
	all("(json_valid(data) = 1)", true);
	all("(JSON_VALID(\"data\") OR \"data\" IS NULL)", true);
	all("data IS NULL OR json_valid(data)", true);
	all("json_valid(data) AND length(data) < 100", false);
	all("data IS NULL OR json_valid(data) AND other > 0", false);
	all("json_valid(other)", false);
	all("other > 0", false);
	all("json_valid(data", false);
}

static void
a_table_without_checks_promises_nothing(void **state)
{
	Column column = { .name = "data" };
	const Table table = { .columns = &column, .n_columns = 1 };
	bool json = true;
	Error err;

	(void)state;
	assert_true(json_check_of(&table, 0, &json, &err));
	assert_false(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_check_that_only_valid_json_passes_is_a_promise),
		cmocka_unit_test(any_other_check_promises_nothing),
		cmocka_unit_test(a_check_that_says_more_is_told_apart),
		cmocka_unit_test(a_table_without_checks_promises_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
