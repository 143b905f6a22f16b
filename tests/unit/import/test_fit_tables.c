#include "import/fit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static Column columns[] = {
	{ .name = "id", .type = { .name = TYPE_BIGINT } },
	{ .name = "userName", .type = { .name = TYPE_TEXT } },
	{ .name = "seen", .type = { .name = TYPE_TIMESTAMP } },
};
static Table table = { .name = "users", .columns = columns, .n_columns = 3 };
static Schema schema = { .tables = &table, .n_tables = 1 };
static const bool wanted[] = { true };

typedef struct {
	TargetColumn columns[4];
	TargetTable table;
	Target target;
	PlanTable loaded;
	Plan plan;
	FitReport report;
	Arena arena;
} Case;

/* A target that takes the dump as it is. */
static void
set_up(Case *the)
{
	static const char *const types[] = { "bigint", "text",
		"timestamp without time zone", "integer" };
	static const char *const names[] = { "id", "userName", "seen", "more" };
	size_t i;

	memset(the, 0, sizeof *the);
	for (i = 0; i < 4; i++) {
		the->columns[i].name = names[i];
		the->columns[i].type_sql = types[i];
		target_set_type(&the->columns[i], types[i]);
	}
	the->table = (TargetTable){ .namespace = "public",
		.name = "users",
		.columns = the->columns,
		.n_columns = 4 };
	the->target = (Target){ .tables = &the->table, .n_tables = 1 };
	the->plan = (Plan){ .schema = &schema,
		.wanted = wanted,
		.tables = &the->loaded,
		.namespace = "public" };
	table.namespace = NULL;
}

static void
fit(Case *the)
{
	Error err = { 0 };

	assert_true(fit_tables(
	    &the->plan, &the->target, &the->report, &the->arena, &err));
}

static void
tear_down(Case *the)
{
	fit_free(&the->report);
	arena_free(&the->arena);
}

static void
expect_problem(Case *the, size_t i, const char *expected)
{
	const char *text;

	fit(the);
	text = fit_text(&the->report.problems, i);
	assert_non_null(text);
	assert_string_equal(text, expected);
	assert_null(fit_text(&the->report.problems, i + 1));
	tear_down(the);
}

static void
the_same_types_need_nothing(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	assert_null(fit_text(&the.report.notes, 0));
	assert_null(the.loaded.skipped);
	assert_null(the.loaded.fractions);
	assert_int_equal(the.loaded.format, DDL_COPY_BINARY);
	tear_down(&the);
}

static void
a_missing_table_is_told_with_one_that_may_be_meant(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	the.table.name = "user";
	expect_problem(&the, 0,
	    "table \"users\" is not in schema \"public\" of the target; is "
	    "\"user\" meant?");
}

static void
a_table_is_looked_for_in_its_own_schema(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	table.namespace = "app";
	expect_problem(
	    &the, 0, "table \"users\" is not in schema \"app\" of the target");
	set_up(&the);
	table.namespace = "app";
	the.table.namespace = "app";
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	tear_down(&the);
	table.namespace = NULL;
}

static void
a_missing_column_is_told_with_one_that_may_be_meant(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	the.columns[1].name = "username";
	expect_problem(&the, 0,
	    "table \"users\": the target has no column \"userName\"; is "
	    "\"username\" meant?");
}

static void
all_problems_are_told_in_one_go(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	the.columns[0].type_sql = "integer";
	target_set_type(&the.columns[0], "integer");
	the.columns[1].name = "other";
	the.columns[3].not_null = true;
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 3);
	assert_string_equal(fit_text(&the.report.problems, 0),
	    "table \"users\", column \"id\": bigint in the dump, integer in "
	    "the target: larger numbers would not fit");
	tear_down(&the);
}

static void
a_column_of_the_target_alone_must_do_without_a_value(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	the.columns[3].not_null = true;
	expect_problem(&the, 0,
	    "table \"users\": the target's column \"more\" is NOT NULL without "
	    "a default, and the dump has none such");
	set_up(&the);
	the.columns[3].not_null = true;
	the.columns[3].default_text = "0";
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	tear_down(&the);
	set_up(&the);
	the.columns[3].not_null = true;
	the.columns[3].identity = TARGET_IDENTITY_ALWAYS;
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	tear_down(&the);
	set_up(&the);
	the.columns[3].not_null = true;
	the.columns[3].generated = true;
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	tear_down(&the);
}

static void
rows_are_told_by_a_key_of_the_target_that_is_sent_whole(void **state)
{
	int parts[] = { 2, 0 };
	TargetKey keys[] = {
		{ .name = "one", .columns = parts, .n_columns = 2 },
		{ .name = "other", .columns = parts + 1, .n_columns = 1 },
	};
	Case the;

	(void)state;
	set_up(&the);
	the.table.keys = keys;
	the.table.n_keys = 2;
	the.columns[0].not_null = the.columns[2].not_null = true;
	fit(&the);
	assert_int_equal(the.loaded.n_key, 2);
	assert_int_equal(the.loaded.key[0], 2);
	assert_int_equal(the.loaded.key[1], 0);
	tear_down(&the);

	/* A key that may be NULL tells no rows apart. */
	the.columns[2].not_null = false;
	fit(&the);
	assert_int_equal(the.loaded.n_key, 1);
	assert_int_equal(the.loaded.key[0], 0);
	tear_down(&the);

	/* Nor does one whose values are the server's. */
	the.columns[0].generated = true;
	fit(&the);
	assert_null(the.loaded.key);
	tear_down(&the);
}

static void
generated_columns_are_left_to_the_server(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	the.columns[1].generated = true;
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	assert_non_null(the.loaded.skipped);
	assert_false(the.loaded.skipped[0]);
	assert_true(the.loaded.skipped[1]);
	assert_non_null(
	    strstr(fit_text(&the.report.notes, 0), "the server generates"));
	tear_down(&the);
}

static void
an_identity_that_is_always_generated_takes_values(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	the.columns[0].identity = TARGET_IDENTITY_ALWAYS;
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	assert_null(the.loaded.skipped);
	tear_down(&the);
}

static void
one_column_that_must_be_read_makes_the_table_text(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	the.columns[1].type_sql = "public.status";
	target_set_type(&the.columns[1], "public.status");
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	assert_int_equal(the.loaded.format, DDL_COPY_TEXT);
	tear_down(&the);
}

static void
fractions_that_would_be_rounded_are_remembered(void **state)
{
	Case the;

	(void)state;
	set_up(&the);
	target_set_type(&the.columns[2], "timestamp(3) without time zone");
	fit(&the);
	assert_int_equal(fit_problems(&the.report), 0);
	assert_non_null(the.loaded.fractions);
	assert_int_equal(the.loaded.fractions[0], -1);
	assert_int_equal(the.loaded.fractions[2], 3);
	tear_down(&the);
}

static void
triggers_that_fire_are_named(void **state)
{
	const char *triggers[] = { "audit", "touch" };
	Case the;

	(void)state;
	set_up(&the);
	the.table.triggers = triggers;
	the.table.n_triggers = 2;
	fit(&the);
	assert_string_equal(fit_text(&the.report.notes, 0),
	    "table \"users\": its triggers fire: \"audit\", \"touch\"");
	tear_down(&the);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_types_need_nothing),
		cmocka_unit_test(
		    a_missing_table_is_told_with_one_that_may_be_meant),
		cmocka_unit_test(a_table_is_looked_for_in_its_own_schema),
		cmocka_unit_test(
		    a_missing_column_is_told_with_one_that_may_be_meant),
		cmocka_unit_test(all_problems_are_told_in_one_go),
		cmocka_unit_test(
		    a_column_of_the_target_alone_must_do_without_a_value),
		cmocka_unit_test(
		    rows_are_told_by_a_key_of_the_target_that_is_sent_whole),
		cmocka_unit_test(generated_columns_are_left_to_the_server),
		cmocka_unit_test(
		    an_identity_that_is_always_generated_takes_values),
		cmocka_unit_test(
		    one_column_that_must_be_read_makes_the_table_text),
		cmocka_unit_test(
		    fractions_that_would_be_rounded_are_remembered),
		cmocka_unit_test(triggers_that_fire_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
