#include "import/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "import/merge_target.h"

static Column columns[] = {
	{ .name = "id", .type = { TYPE_BIGINT } },
	{ .name = "litehaul_row", .type = { TYPE_TEXT } },
	{ .name = "sum", .type = { TYPE_BIGINT } },
};

/* A table whose third column the server computes. */
typedef struct {
	Table table;
	Schema schema;
	MergeColumn there[3];
	MergeTarget target;
	bool skipped[3];
	PlanTable loaded;
	Plan plan;
	Feed feed;
	Merge merge;
	Arena arena;
	Buf sql;
	Error err;
} Case;

static void
set_up(Case *the, Conflict conflict)
{
	memset(the, 0, sizeof *the);
	the->table = (Table){ .name = "t", .columns = columns, .n_columns = 3 };
	the->schema = (Schema){ .tables = &the->table, .n_tables = 1 };
	the->there[0] = (MergeColumn){ .type = "bigint", .key = true };
	the->there[1] = (MergeColumn){ .type = "text COLLATE s.loose" };
	the->target = (MergeTarget){
		.columns = the->there, .key = "t_pkey", .once = true
	};
	the->skipped[2] = true;
	the->loaded =
	    (PlanTable){ .skipped = the->skipped, .merge = &the->target };
	the->plan = (Plan){ .schema = &the->schema,
		.tables = &the->loaded,
		.namespace = "s",
		.conflict = conflict };
	the->feed = (Feed){ .table = &the->table,
		.loaded = &the->loaded,
		.copy = "COPY plainly" };
}

static void
prepare(Case *the)
{
	assert_true(merge_prepare(
	    &the->plan, 0, &the->feed, &the->arena, &the->merge, &the->err));
}

static void
tear_down(Case *the)
{
	buf_free(&the->sql);
	arena_free(&the->arena);
}

static void
without_a_conflict_copy_is_plain(void **state)
{
	Case the;

	(void)state;
	set_up(&the, CONFLICT_ERROR);
	the.loaded.merge = NULL;
	prepare(&the);
	assert_null(the.merge.stage);
	assert_true(merge_put_copy(&the.sql, &the.merge, &the.feed, &the.err));
	assert_string_equal(buf_text(&the.sql, &the.err), "COPY plainly");
	tear_down(&the);
}

static void
the_stage_has_what_is_sent_and_numbers_its_rows(void **state)
{
	Case the;

	(void)state;
	set_up(&the, CONFLICT_SKIP);
	prepare(&the);
	assert_true(merge_put_copy(&the.sql, &the.merge, &the.feed, &the.err));
	assert_string_equal(buf_text(&the.sql, &the.err),
	    "CREATE TEMPORARY TABLE pg_temp.litehaul_stage (\"litehaul_row_\" "
	    "bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "
	    "pg_temp.litehaul_met CACHE 1000), \"id\" bigint, "
	    "\"litehaul_row\" text COLLATE s.loose) ON COMMIT DROP;"
	    "COPY \"pg_temp\".\"litehaul_stage\" (\"id\", "
	    "\"litehaul_row\") FROM STDIN (FORMAT binary)");
	tear_down(&the);
}

static void
skip_without_a_key_means_any_key(void **state)
{
	Case the;

	(void)state;
	set_up(&the, CONFLICT_SKIP);
	the.target.key = NULL;
	the.there[0].key = false;
	prepare(&the);
	assert_string_equal(the.merge.insert,
	    "INSERT INTO \"s\".\"t\" AS litehaul_there (\"id\", "
	    "\"litehaul_row\") OVERRIDING SYSTEM VALUE SELECT \"id\", "
	    "\"litehaul_row\" FROM (SELECT * FROM pg_temp.litehaul_stage) "
	    "AS stage ON CONFLICT DO NOTHING");
	assert_null(the.merge.count);
	tear_down(&the);
}

static void
of_rows_that_may_meet_update_takes_the_last(void **state)
{
	Case the;

	(void)state;
	set_up(&the, CONFLICT_UPDATE);
	the.target.once = false;
	the.there[0].nullable = true;
	prepare(&the);
	assert_string_equal(the.merge.count,
	    "SELECT count(*) FROM (SELECT DISTINCT ON (\"id\", CASE WHEN "
	    "\"id\" IS NULL THEN \"litehaul_row_\" END) * FROM "
	    "pg_temp.litehaul_stage ORDER BY \"id\", CASE WHEN \"id\" IS "
	    "NULL THEN \"litehaul_row_\" END, \"litehaul_row_\" DESC) AS "
	    "stage");
	assert_non_null(strstr(the.merge.insert, "DISTINCT ON (\"id\""));
	assert_non_null(strstr(the.merge.insert,
	    "ON CONFLICT (\"id\") DO UPDATE SET \"litehaul_row\" = "
	    "excluded.\"litehaul_row\" WHERE"));
	tear_down(&the);
}

static void
nulls_that_meet_are_one_key(void **state)
{
	Case the;

	(void)state;
	set_up(&the, CONFLICT_UPDATE);
	the.target.once = false;
	the.target.nulls_meet = true;
	the.there[0].nullable = true;
	prepare(&the);
	assert_null(strstr(the.merge.count, "IS NULL"));
	tear_down(&the);
}

static void
a_table_of_keys_alone_has_nothing_to_update(void **state)
{
	Case the;

	(void)state;
	set_up(&the, CONFLICT_UPDATE);
	the.there[1].fixed = true;
	prepare(&the);
	assert_false(the.merge.counts);
	assert_non_null(
	    strstr(the.merge.insert, "ON CONFLICT (\"id\") DO NOTHING"));
	tear_down(&the);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_conflict_copy_is_plain),
		cmocka_unit_test(
		    the_stage_has_what_is_sent_and_numbers_its_rows),
		cmocka_unit_test(skip_without_a_key_means_any_key),
		cmocka_unit_test(of_rows_that_may_meet_update_takes_the_last),
		cmocka_unit_test(nulls_that_meet_are_one_key),
		cmocka_unit_test(a_table_of_keys_alone_has_nothing_to_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
