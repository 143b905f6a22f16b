#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "export/plan.h"

#define CHUNK_BYTES 10000

static char directory[64];
static char path[128];

/* A database of one table t, read and planned. */
typedef struct {
	SourceFile source;
	CommonOptions common;
	Catalog catalog;
	Reading reading;
	Plan plan;
	Arena arena;
	uint64_t rows; /* of t */
} Planned;

static void
begin(Planned *planned, const char *sql)
{
	sqlite3 *db;
	Error err;
	int64_t rows;

	strcpy(directory, "/tmp/litehaul-plan-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/app.db", directory);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	*planned = (Planned){ 0 };
	options_begin_common(&planned->common);
	assert_true(
	    source_open(&planned->source, path, 1, SOURCE_WAIT_MS, &err));
	assert_true(catalog_read(
	    &planned->source, &planned->common, &planned->catalog, &err));
	assert_true(reading_make(&planned->reading, &planned->catalog, 0, NULL,
	    &planned->arena, &err));
	assert_true(plan_begin(&planned->plan, planned->source.readers[0],
	    &planned->reading, 1, CHUNK_BYTES, &err));
	assert_true(source_integer(
	    planned->source.readers[0], "SELECT count(*) FROM t", &rows, &err));
	planned->rows = (uint64_t)rows;
}

static void
end(Planned *planned)
{
	plan_end(&planned->plan);
	catalog_free(&planned->catalog);
	source_close(&planned->source);
	options_free_common(&planned->common);
	arena_free(&planned->arena);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
}

/* Rows of a range. */
static uint64_t
count_rows(Planned *planned, const PlanRange *range)
{
	sqlite3_stmt *statement = NULL;
	uint64_t rows = 0;
	Error err;
	Step step;

	assert_true(
	    reading_prepare(&planned->reading, planned->source.readers[0],
		&range->after, &range->upto, &statement, &err));
	while ((step = source_step(statement, &err)) == STEP_ITEM)
		rows++;
	sqlite3_finalize(statement);
	assert_int_equal(step, STEP_END);
	return rows;
}

/* Cut t; all its rows must be in the ranges, which are counted. */
static size_t
cut(Planned *planned, uint64_t *most)
{
	PlanRange range = { 0 };
	uint64_t rows, sum = 0;
	size_t n = 0;
	Error err;
	Step step;

	*most = 0;
	while ((step = plan_next(&planned->plan, &range, &err)) == STEP_ITEM) {
		rows = count_rows(planned, &range);
		sum += rows;
		*most = rows > *most ? rows : *most;
		n++;
	}
	assert_int_equal(step, STEP_END);
	assert_int_equal(sum, planned->rows);
	plan_free_range(&range);
	return n;
}

#define SERIES(n)                                                         \
	"WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s " \
	"WHERE i < " #n ") "

static void
ranges_hold_every_row_once_and_about_a_chunk(void **state)
{
	/* rows take about 30 bytes, a range about 300 rows */
	static const char *const tables[] = {
		"CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);" SERIES(
		    20000) "INSERT INTO t SELECT i, 'twenty bytes of text' "
			   "|| (i % 10) FROM s",
		"CREATE TABLE t(a TEXT);" SERIES(
		    20000) "INSERT INTO t(rowid, a) SELECT i * i - 1000, "
			   "'twenty bytes of text 123456' FROM s",
		"CREATE TABLE t(a TEXT, b INTEGER, PRIMARY KEY (a, b)) "
		"WITHOUT ROWID;" SERIES(
		    20000) "INSERT INTO t SELECT 'twenty bytes of text' || "
			   "(i % 7), i FROM s",
	};
	Planned planned;
	uint64_t most;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		begin(&planned, tables[i]);
		n = cut(&planned, &most);
		assert_in_range(n, 50, 90);
		assert_true(most < 450);
		end(&planned);
	}
}

static void
rowids_at_both_ends_of_int64_are_reached(void **state)
{
	Planned planned;
	uint64_t most;

	(void)state;
	begin(&planned,
	    "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t "
	    "VALUES (-9223372036854775808, 'a'), (0, zeroblob(20000)), "
	    "(9223372036854775806, 'b'), (9223372036854775807, 'c')");
	(void)cut(&planned, &most);
	end(&planned);
}

static void
far_apart_clusters_do_not_count_as_dense(void **state)
{
	Planned planned;
	uint64_t most;

	/* 33 clusters of 40 rows just where samples are taken */
	(void)state;
	begin(&planned,
	    "CREATE TABLE t(id INTEGER PRIMARY KEY, a);" SERIES(
		1320) "INSERT INTO t SELECT (i / 40) * 100000000 + i % 40, "
		      "'abc' FROM s");
	assert_true(cut(&planned, &most) < 5);
	end(&planned);
}

static void
tables_without_a_key_to_go_on_by_are_one_range(void **state)
{
	static const char *const tables[] = {
		"CREATE TABLE t(rowid, _rowid_, oid);" SERIES(
		    9000) "INSERT INTO t SELECT i, i, i FROM s",
		"CREATE TABLE t(a INTEGER, b, PRIMARY KEY (a DESC)) WITHOUT "
		"ROWID;" SERIES(9000) "INSERT INTO t SELECT i, i FROM s",
		"CREATE VIRTUAL TABLE t USING rtree(id, a, b);" SERIES(
		    9000) "INSERT INTO t SELECT i, i, i FROM s",
	};
	Planned planned;
	uint64_t most;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		begin(&planned, tables[i]);
		assert_int_equal(cut(&planned, &most), 1);
		end(&planned);
	}
}

static void
an_empty_table_has_no_range(void **state)
{
	Planned planned;
	uint64_t most;

	(void)state;
	begin(&planned, "CREATE TABLE t(a)");
	assert_int_equal(cut(&planned, &most), 0);
	end(&planned);
}

static void
a_condition_must_stay_within_its_parentheses(void **state)
{
	static const struct {
		const char *where;
		ErrorKind kind;
	} cases[] = {
		{ "a > 1", ERROR_NONE },
		{ "a IN (1, (2)) -- both", ERROR_NONE },
		{ "a = ')'", ERROR_NONE },
		{ "1) OR (1", ERROR_USAGE },
		{ "1; DELETE FROM t", ERROR_USAGE },
		{ "'open", ERROR_USAGE },
		{ "(1", ERROR_USAGE },
		{ "none = 1", ERROR_USAGE },
		{ "\"none\" = 1", ERROR_USAGE },
		{ "load_extension('x')", ERROR_USAGE },
		{ "", ERROR_USAGE },
	};
	Planned planned;
	Error err;
	bool ok;
	size_t i;

	(void)state;
	begin(&planned, "CREATE TABLE t(a)");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		planned.reading.where = cases[i].where;
		ok = reading_check_where(
		    &planned.reading, planned.source.readers[0], &err);
		assert_int_equal(ok, cases[i].kind == ERROR_NONE);
		if (!ok)
			assert_int_equal(err.kind, cases[i].kind);
	}
	end(&planned);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_hold_every_row_once_and_about_a_chunk),
		cmocka_unit_test(rowids_at_both_ends_of_int64_are_reached),
		cmocka_unit_test(far_apart_clusters_do_not_count_as_dense),
		cmocka_unit_test(
		    tables_without_a_key_to_go_on_by_are_one_range),
		cmocka_unit_test(an_empty_table_has_no_range),
		cmocka_unit_test(a_condition_must_stay_within_its_parentheses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
