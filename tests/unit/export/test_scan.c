#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/scan.h"

#define TABLES_LIMIT 8

static char directory[64];
static char path[128];

static int
make_database(void **state)
{
	static const char sql[] =
	    "CREATE TABLE numbered(id INTEGER PRIMARY KEY, a TEXT, b REAL);"
	    "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
	    "WHERE i < 5000) INSERT INTO numbered SELECT i, hex(i), i / 7.0 "
	    "FROM s;"
	    "CREATE TABLE mixed(a INTEGER, b);"
	    "INSERT INTO mixed SELECT CASE WHEN id % 97 THEN id ELSE 'x' END,"
	    "CASE WHEN id % 31 THEN a ELSE id END FROM numbered;"
	    "CREATE TABLE shadowed(rowid, _rowid_, oid);"
	    "INSERT INTO shadowed SELECT a, id, b FROM numbered;"
	    "CREATE TABLE keyed(a TEXT PRIMARY KEY, b) WITHOUT ROWID;"
	    "INSERT INTO keyed SELECT a || id, a FROM numbered;"
	    "CREATE TABLE down(a INTEGER, b, PRIMARY KEY (a DESC)) "
	    "WITHOUT ROWID;"
	    "INSERT INTO down SELECT id, zeroblob(id % 50) FROM numbered;"
	    "CREATE TABLE empty(a)";
	sqlite3 *db;
	int code;

	(void)state;
	strcpy(directory, "/tmp/litehaul-scan-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/app.db", directory);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	code = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	return code;
}

static int
remove_directory(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static void
run_scan(Scan *scan, unsigned threads)
{
	Pipeline pipeline = { .threads = threads,
		.jobs = scan->jobs,
		.n_jobs = scan->n_jobs,
		.job_bytes = sizeof(ScanJob),
		.context = scan,
		.take = scan_take,
		.work = scan_work,
		.give = scan_give };
	Error err;

	if (!pipeline_run(&pipeline, &err))
		fail_msg("%s", err.text);
}

/* Export into a new directory; the manifest's digest stands for all of it. */
static void
export_with(unsigned threads, unsigned readers, DumpSummary *summary)
{
	static unsigned runs;
	char dump[160];
	SourceFile source = { 0 };
	CommonOptions common;
	Catalog catalog = { 0 };
	Reading readings[TABLES_LIMIT] = { 0 };
	DumpWriter *writer;
	Scan scan = { 0 };
	ScanOptions options = { .threads = threads,
		.chunk_bytes = 5000,
		.compression = { COMPRESS_ZSTD, 1 } };
	Arena arena = { 0 };
	Error err;
	size_t i;

	snprintf(dump, sizeof(dump), "%s/%u.dump", directory, ++runs);
	options_begin_common(&common);
	assert_true(source_open(&source, path, readers, 1000, &err));
	assert_true(catalog_read(&source, &common, &catalog, &err));
	assert_in_range(catalog.schema.n_tables, 1, TABLES_LIMIT);
	for (i = 0; i < catalog.schema.n_tables; i++)
		assert_true(reading_make(
		    &readings[i], &catalog, i, NULL, &arena, &err));
	assert_true(dump_create(dump, &catalog.schema, &writer, &err));
	options.writer = writer;
	assert_true(
	    scan_begin(&scan, &source, &catalog, readings, &options, &err));
	run_scan(&scan, threads);
	scan_end(&scan);
	assert_true(dump_commit(writer, summary, &err));
	dump_discard(writer);
	catalog_free(&catalog);
	source_close(&source);
	options_free_common(&common);
	arena_free(&arena);
}

static void
the_dump_is_the_same_with_any_number_of_threads_and_readers(void **state)
{
	static const struct {
		unsigned threads, readers;
	} cases[] = { { 2, 3 }, { 4, 5 }, { 4, 1 }, { 8, 1 }, { 3, 2 } };
	DumpSummary one, other;
	size_t i;

	(void)state;
	export_with(1, 1, &one);
	assert_int_equal(one.totals.rows, 25000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		export_with(cases[i].threads, cases[i].readers, &other);
		assert_string_equal(one.manifest_sha256, other.manifest_sha256);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_dump_is_the_same_with_any_number_of_threads_and_readers,
		    make_database, remove_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
