#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/scan.h"
#include "export/source.h"

static char directory[64];
static char path[128];

static int
make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/litehaul-source-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/app.db", directory);
	return 0;
}

static int
remove_directory(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm",
		"-journal" };
	char name[192];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
	return rmdir(directory);
}

/* A database; the connection stays open. */
static sqlite3 *
make_database(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(
	    sqlite3_open_v2(
		path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
	    SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

static void
all_readers_see_the_state_of_one_moment(void **state)
{
	sqlite3 *db;
	SourceFile source = { 0 };
	Error err;
	int64_t rows;
	unsigned i;

	(void)state;
	db = make_database("PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
			   "INSERT INTO t VALUES (1)");
	assert_true(source_open(&source, path, 4, SOURCE_WAIT_MS, &err));
	assert_int_equal(source.n_readers, 4);
	assert_true(source.wal);
	assert_int_equal(
	    sqlite3_exec(db, "INSERT INTO t VALUES (2)", NULL, NULL, NULL),
	    SQLITE_OK);
	for (i = 0; i < source.n_readers; i++) {
		assert_true(source_integer(
		    source.readers[i], "SELECT count(*) FROM t", &rows, &err));
		assert_int_equal(rows, 1);
	}
	source_close(&source);
	sqlite3_close(db);
}

static void
readers_cannot_write(void **state)
{
	sqlite3 *db;
	SourceFile source = { 0 };
	Error err;

	(void)state;
	db = make_database("CREATE TABLE t(a)");
	sqlite3_close(db);
	assert_true(source_open(&source, path, 1, SOURCE_WAIT_MS, &err));
	assert_int_not_equal(sqlite3_exec(source.readers[0],
				 "INSERT INTO t VALUES (1)", NULL, NULL, NULL),
	    SQLITE_OK);
	source_close(&source);
}

/*
 * A file system on which somebody commits while a read of a WAL database
 * begins: the methods of the real one but for xShmLock.  Every other lock is
 * left in peace, for SQLite tries again when it sees a commit.
 */
static sqlite3_io_methods busy_methods;
static const sqlite3_io_methods *real_methods;
static sqlite3 *committer;
static bool committing;
static unsigned reads;

static int
busy_lock(sqlite3_file *file, int offset, int n, int flags)
{
	if (committer != NULL && !committing &&
	    flags == (SQLITE_SHM_LOCK | SQLITE_SHM_SHARED) &&
	    ++reads % 2 == 0) {
		committing = true;
		(void)sqlite3_exec(
		    committer, "UPDATE t SET a = a + 1", NULL, NULL, NULL);
		committing = false;
	}
	return real_methods->xShmLock(file, offset, n, flags);
}

static int
busy_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	sqlite3_vfs *real = vfs->pAppData;
	int code = real->xOpen(real, name, file, flags, out);

	if (code != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0)
		return code;
	real_methods = file->pMethods;
	busy_methods = *real_methods;
	busy_methods.xShmLock = busy_lock;
	file->pMethods = &busy_methods;
	return code;
}

static void
one_reader_is_left_where_writers_never_pause(void **state)
{
	sqlite3_vfs *real = sqlite3_vfs_find("unix");
	/* SQLite may look at it for as long as the program runs */
	static sqlite3_vfs busy;
	SourceFile source = { 0 };
	sqlite3 *db;
	Error err;
	int64_t before, after;

	(void)state;
	db = make_database("PRAGMA journal_mode=WAL; CREATE TABLE t(a);"
			   "INSERT INTO t VALUES (1)");
	busy = *real;
	busy.zName = "busy";
	busy.pAppData = real;
	busy.xOpen = busy_open;
	assert_int_equal(sqlite3_vfs_register(&busy, 1), SQLITE_OK);
	committer = db;
	if (!source_open(&source, path, 3, SOURCE_WAIT_MS, &err))
		fail_msg("%s", err.text);
	assert_int_equal(source.n_readers, 1);
	assert_true(source_integer(
	    source.readers[0], "SELECT a FROM t", &before, &err));
	assert_int_equal(
	    sqlite3_exec(db, "UPDATE t SET a = a + 1", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_true(
	    source_integer(source.readers[0], "SELECT a FROM t", &after, &err));
	assert_int_equal(before, after);
	source_close(&source);
	committer = NULL;
	assert_int_equal(sqlite3_vfs_unregister(&busy), SQLITE_OK);
	assert_int_equal(sqlite3_vfs_register(real, 1), SQLITE_OK);
	sqlite3_close(db);
}

static void
a_lock_is_waited_for_and_then_named(void **state)
{
	sqlite3 *db;
	SourceFile source = { 0 };
	Error err;

	(void)state;
	db = make_database("CREATE TABLE t(a); BEGIN EXCLUSIVE");
	assert_false(source_open(&source, path, 1, 10, &err));
	assert_int_equal(err.kind, ERROR_SOURCE);
	assert_non_null(strstr(err.text, "locked"));
	source_close(&source);
	sqlite3_close(db);
}

static void
what_is_no_database_is_refused(void **state)
{
	SourceFile source = { 0 };
	Error err;
	FILE *file;
	int i;

	(void)state;
	assert_false(source_open(&source, path, 1, 10, &err));
	assert_int_equal(err.kind, ERROR_SOURCE);
	source_close(&source);
	assert_false(source_open(&source, directory, 1, 10, &err));
	assert_non_null(strstr(err.text, "is a directory"));
	source_close(&source);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_false(source_open(&source, path, 1, 10, &err));
	assert_non_null(strstr(err.text, "is empty: not a SQLite database"));
	source_close(&source);
	file = fopen(path, "w");
	assert_non_null(file);
	for (i = 0; i < 100; i++)
		assert_true(fputs("not the pages you look for ", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_false(source_open(&source, path, 1, 10, &err));
	assert_int_equal(err.kind, ERROR_SOURCE);
	assert_non_null(strstr(err.text, "encrypted"));
	source_close(&source);
}

static void
the_source_is_described(void **state)
{
	sqlite3 *db;
	SourceFile source = { 0 };
	Error err;

	(void)state;
	db = make_database("PRAGMA encoding='UTF-16be'; PRAGMA user_version=-3;"
			   "PRAGMA application_id=7; CREATE TABLE t(a)");
	sqlite3_close(db);
	assert_true(source_open(&source, path, 2, SOURCE_WAIT_MS, &err));
	assert_string_equal(source.about.name, "app.db");
	assert_string_equal(source.about.encoding, "UTF-16be");
	assert_int_equal(source.about.user_version, -3);
	assert_int_equal(source.about.application_id, 7);
	assert_true(source.about.bytes > 0);
	assert_false(source.wal);
	assert_false(source.immutable);
	source_close(&source);
}

int
main(void)
{
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, make_directory, remove_directory)
	const struct CMUnitTest tests[] = {
		TEST(all_readers_see_the_state_of_one_moment),
		TEST(readers_cannot_write),
		TEST(one_reader_is_left_where_writers_never_pause),
		TEST(a_lock_is_waited_for_and_then_named),
		TEST(what_is_no_database_is_refused),
		TEST(the_source_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
