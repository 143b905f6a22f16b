#include "export/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "formats/utf8.h"

/* Tries to let several readers begin at one state, before one must do: long
 * enough for a pause between a busy writer's bursts, short enough not to be
 * noticed. */
#define SNAPSHOT_TRY_MS 2000
/* Pauses between tries grow from the first to the last. */
#define SNAPSHOT_PAUSE_FIRST_US 500
#define SNAPSHOT_PAUSE_LAST_US  50000

/* The smallest page (fileformat2.html section 1.3.2). */
#define DATABASE_BYTES_LEAST 512

/* What people are told, by result code: an extended code before its primary
 * one. */
static const struct {
	int code;
	const char *text; /* NULL: what SQLite says */
	const char *remedy;
} failures[] = {
	{ SQLITE_READONLY_ROLLBACK,
	    "its last writer crashed and left a hot -journal",
	    "open it once with its own application, or copy it together with "
	    "its -journal and run: sqlite3 COPY 'pragma integrity_check'" },
	{ SQLITE_READONLY,
	    "it is in WAL mode, and its -wal and -shm can "
	    "neither be read nor made here",
	    "copy it together with its -wal into a directory that can be "
	    "written, and export the copy" },
	{ SQLITE_CANTOPEN, "it, or its -wal or -shm, cannot be opened",
	    "see to the permissions of the file and its directory, or copy it "
	    "together with its -wal into a directory that can be written, and "
	    "export the copy" },
	{ SQLITE_BUSY, "it is locked by another program",
	    "wait until that program is done or end it, then run this again" },
	{ SQLITE_LOCKED, "it is locked by another program",
	    "wait until that program is done or end it, then run this again" },
	{ SQLITE_PROTOCOL, "its locks do not work as they should",
	    "copy it to a local disk together with its -wal, and export the "
	    "copy" },
	{ SQLITE_NOTADB, "not a SQLite database, or encrypted (SQLCipher, SEE)",
	    "decrypt it with its own application first" },
	{ SQLITE_CORRUPT, NULL,
	    "copy it and save what can be saved: sqlite3 COPY .recover | "
	    "sqlite3 NEW" },
	{ SQLITE_IOERR, NULL, "see to the disk it lies on" },
};

bool
source_error(sqlite3 *db, Error *err)
{
	int code;
	size_t i;

	code = db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(db);
	if ((code & 0xff) == SQLITE_NOMEM)
		return error_set(err, ERROR_FAILED, "out of memory");
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].code != code &&
		    failures[i].code != (code & 0xff))
			continue;
		return error_set(err, ERROR_SOURCE, "%s: %s",
		    failures[i].text != NULL ? failures[i].text
					     : sqlite3_errmsg(db),
		    failures[i].remedy);
	}
	return error_set(err, ERROR_SOURCE, "%s", sqlite3_errmsg(db));
}

bool
source_prepare(
    sqlite3 *db, const char *sql, sqlite3_stmt **statement, Error *err)
{
	if (sqlite3_prepare_v2(db, sql, -1, statement, NULL) != SQLITE_OK)
		return source_error(db, err);
	return true;
}

Step
source_step(sqlite3_stmt *statement, Error *err)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return STEP_ITEM;
	case SQLITE_DONE:
		return STEP_END;
	}
	source_error(sqlite3_db_handle(statement), err);
	return STEP_FAILED;
}

bool
source_integer(sqlite3 *db, const char *sql, int64_t *value, Error *err)
{
	sqlite3_stmt *statement = NULL;
	Step step;

	*value = 0;
	if (!source_prepare(db, sql, &statement, err))
		return false;
	step = source_step(statement, err);
	if (step == STEP_ITEM)
		*value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return step != STEP_FAILED;
}

/* Run statements without asking for rows. */
static bool
execute(sqlite3 *db, const char *sql, Error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return source_error(db, err);
	return true;
}

static bool
check_file(SourceFile *source, Error *err)
{
	const char *kind = NULL;
	mode_t mode;

	if (stat(source->path, &source->found) != 0)
		return error_set_errno(err, ERROR_SOURCE, "cannot be opened");
	mode = source->found.st_mode;
	if (S_ISDIR(mode))
		kind = "a directory";
	else if (S_ISFIFO(mode))
		kind = "a named pipe";
	else if (S_ISSOCK(mode))
		kind = "a socket";
	else if (!S_ISREG(mode))
		kind = "a device";
	if (kind != NULL)
		return error_set(err, ERROR_SOURCE,
		    "is %s: a SQLite database is a regular file", kind);
	if (source->found.st_size == 0)
		return error_set(
		    err, ERROR_SOURCE, "is empty: not a SQLite database");
	/* SQLite takes a file of one byte for an empty database. */
	if (source->found.st_size < DATABASE_BYTES_LEAST)
		return error_set(err, ERROR_SOURCE,
		    "is not a SQLite database, or cut short: it has less than "
		    "%d bytes",
		    DATABASE_BYTES_LEAST);
	source->linked = source->found.st_nlink > 1;
	return true;
}

/*
 * The path as a URI (uri.html section 3).  A relative path gets "./", so that
 * no file name means anything special (":memory:").
 */
static bool
put_uri(Buf *uri, const char *path, const char *parameters, Error *err)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "/._-";

	if (!buf_put_text(uri, path[0] == '/' ? "file://" : "file:./", err))
		return false;
	for (; *path != '\0'; path++) {
		if (strchr(plain, *path) != NULL) {
			if (!buf_put(uri, path, 1, err))
				return false;
		} else if (!buf_put_format(
			       uri, err, "%%%02X", (unsigned char)*path))
			return false;
	}
	return buf_put_text(uri, parameters, err);
}

bool
source_is_built_in(const char *collation)
{
	return sqlite3_stricmp(collation, "BINARY") == 0 ||
	    sqlite3_stricmp(collation, "NOCASE") == 0 ||
	    sqlite3_stricmp(collation, "RTRIM") == 0;
}

static int
compare_bytes(void *context, int size, const void *bytes, int other_size,
    const void *other)
{
	int order;

	(void)context;
	order = memcmp(
	    bytes, other, (size_t)(size < other_size ? size : other_size));
	return order != 0 ? order : size - other_size;
}

/* A collation that only the application has: statements must compile, but its
 * order is never relied upon. */
static void
add_collation(void *context, sqlite3 *db, int encoding, const char *name)
{
	(void)context;
	(void)encoding;
	/* In an UTF-16 database SQLite asks for its own too, before it makes
	 * them from those for UTF-8. */
	if (source_is_built_in(name))
		return;
	(void)sqlite3_create_collation(
	    db, name, SQLITE_UTF8, NULL, compare_bytes);
}

/* What a database of unknown origin may not do (security.html), and what must
 * not touch the disk.  Its schema is trusted, or SQLite 3.40 would not read one
 * with json_extract(); what has side effects it may not call even so. */
static bool
configure(sqlite3 *db, int wait_ms, Error *err)
{
	static const struct {
		int option;
		int value;
	} settings[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		/* "x" is a name and never a string */
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (sqlite3_db_config(db, settings[i].option, settings[i].value,
			NULL) != SQLITE_OK)
			return source_error(db, err);
	(void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	if (sqlite3_busy_timeout(db, wait_ms) != SQLITE_OK ||
	    sqlite3_collation_needed(db, NULL, add_collation) != SQLITE_OK)
		return source_error(db, err);
	return execute(db,
	    "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY;"
	    "PRAGMA mmap_size=0; PRAGMA cell_size_check=ON",
	    err);
}

/* Open a connection and read its schema.  *db is the caller's to close
 * whatever comes back. */
static bool
connect_file(const SourceFile *source, int wait_ms, sqlite3 **db, Error *err)
{
	const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
	    SQLITE_OPEN_EXRESCODE;
	Buf uri = { 0 };
	int64_t ignored;
	const char *text;
	bool ok = false;

	if (!put_uri(&uri, source->path,
		source->immutable ? "?mode=ro&immutable=1" : "?mode=ro", err))
		goto done;
	text = buf_text(&uri, err);
	if (text == NULL)
		goto done;
	if (sqlite3_open_v2(text, db, flags, NULL) != SQLITE_OK) {
		source_error(*db, err);
		goto done;
	}
	ok = configure(*db, wait_ms, err) &&
	    source_integer(
		*db, "SELECT 1 FROM sqlite_schema LIMIT 1", &ignored, err);
done:
	buf_free(&uri);
	return ok;
}

/* Can neither we nor anybody else write what the path names? */
static bool
is_protected(const char *path)
{
	struct statvfs system;
	struct stat file;

	if (statvfs(path, &system) != 0 || stat(path, &file) != 0)
		return false;
	if ((system.f_flag & ST_RDONLY) != 0)
		return true;
	return (file.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0 &&
	    access(path, W_OK) != 0;
}

/* Is there nothing in the file's companion ("-wal", "-journal")? */
static bool
is_companion_empty(const char *path, const char *suffix)
{
	char name[PATH_MAX + 16];
	struct stat file;
	int size;

	size = snprintf(name, sizeof(name), "%s%s", path, suffix);
	if (size < 0 || (size_t)size >= sizeof(name))
		return false;
	return stat(name, &file) == 0 ? file.st_size == 0 : errno == ENOENT;
}

/*
 * May the file be read without locks?  A WAL database that nobody can write,
 * with all of it in the file itself (wal.html section 5, "Read-Only
 * Databases").
 */
static bool
is_immutable(const char *path)
{
	char name[PATH_MAX], directory[PATH_MAX];
	char *slash;

	if (realpath(path, name) == NULL)
		return false;
	memcpy(directory, name, strlen(name) + 1);
	slash = strrchr(directory, '/');
	slash[slash == directory ? 1 : 0] = '\0';
	return is_companion_empty(name, "-wal") &&
	    is_companion_empty(name, "-journal") && is_protected(name) &&
	    is_protected(directory);
}

static bool
connect_first(SourceFile *source, int wait_ms, Error *err)
{
	int code;

	if (connect_file(source, wait_ms, &source->readers[0], err))
		return true;
	if (source->readers[0] == NULL)
		return false;
	code = sqlite3_extended_errcode(source->readers[0]);
	if (code == SQLITE_READONLY_ROLLBACK ||
	    ((code & 0xff) != SQLITE_READONLY &&
		(code & 0xff) != SQLITE_CANTOPEN) ||
	    !is_immutable(source->path))
		return false;
	sqlite3_close(source->readers[0]);
	source->readers[0] = NULL;
	source->immutable = true;
	return connect_file(source, wait_ms, &source->readers[0], err);
}

/* Begin the snapshot of one connection.  END: somebody holds a lock. */
static Step
begin_reader(sqlite3 *db, int wait_ms, Error *err)
{
	int64_t ignored;

	if (sqlite3_busy_timeout(db, wait_ms) != SQLITE_OK ||
	    !execute(db, "BEGIN", err) ||
	    !source_integer(
		db, "SELECT 1 FROM sqlite_schema LIMIT 1", &ignored, err))
		return (sqlite3_errcode(db) & 0xff) == SQLITE_BUSY
		    ? STEP_END
		    : STEP_FAILED;
	return STEP_ITEM;
}

static void
end_readers(SourceFile *source)
{
	unsigned i;

	for (i = 0; i < source->n_readers; i++)
		if (sqlite3_get_autocommit(source->readers[i]) == 0)
			(void)sqlite3_exec(
			    source->readers[i], "ROLLBACK", NULL, NULL, NULL);
}

/*
 * One try: nobody committed between the first reader's beginning and the last
 * one's (pragma.html, data_version), so all see one state.  Only the first
 * reader may wait for a lock: while it reads, a writer of a rollback-journal
 * database holds the others off and itself waits for the first.  END: no
 * luck.
 */
static Step
try_snapshot(SourceFile *source, sqlite3 *monitor, int wait_ms, Error *err)
{
	int64_t before, after;
	Step step;
	unsigned i;

	if (!source_integer(monitor, "PRAGMA data_version", &before, err))
		return STEP_FAILED;
	for (i = 0; i < source->n_readers; i++) {
		step =
		    begin_reader(source->readers[i], i == 0 ? wait_ms : 0, err);
		if (step == STEP_ITEM)
			continue;
		return i == 0 ? STEP_FAILED : step;
	}
	(void)sqlite3_busy_timeout(monitor, 0);
	if (!source_integer(monitor, "PRAGMA data_version", &after, err))
		return (sqlite3_errcode(monitor) & 0xff) == SQLITE_BUSY
		    ? STEP_END
		    : STEP_FAILED;
	(void)sqlite3_busy_timeout(monitor, wait_ms);
	return before == after ? STEP_ITEM : STEP_END;
}

static int64_t
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Let all readers begin at one state; leave one where that does not work. */
static bool
begin_snapshot(SourceFile *source, sqlite3 *monitor, int wait_ms, Error *err)
{
	struct timespec pause = { 0 };
	int64_t until, pause_us;
	Step step;

	until = now_us() + SNAPSHOT_TRY_MS * INT64_C(1000);
	pause_us = SNAPSHOT_PAUSE_FIRST_US;
	for (;;) {
		step = try_snapshot(source, monitor, wait_ms, err);
		if (step == STEP_ITEM)
			return true;
		end_readers(source);
		if (step == STEP_FAILED)
			return false;
		/* no luck is no failure */
		*err = (Error){ 0 };
		if (now_us() >= until)
			break;
		pause.tv_nsec = (long)pause_us * 1000;
		(void)nanosleep(&pause, NULL);
		pause_us += pause_us / 2;
		if (pause_us > SNAPSHOT_PAUSE_LAST_US)
			pause_us = SNAPSHOT_PAUSE_LAST_US;
	}
	while (source->n_readers > 1)
		sqlite3_close(source->readers[--source->n_readers]);
	return begin_reader(source->readers[0], wait_ms, err) == STEP_ITEM;
}

static bool
open_readers(SourceFile *source, unsigned readers, int wait_ms, Error *err)
{
	sqlite3 *monitor = NULL;
	bool ok;

	for (; source->n_readers < readers; source->n_readers++)
		if (!connect_file(source, wait_ms,
			&source->readers[source->n_readers], err)) {
			/* the failed one is closed with the others */
			source->n_readers++;
			return false;
		}
	if (readers == 1)
		return begin_reader(source->readers[0], wait_ms, err) ==
		    STEP_ITEM;
	ok = connect_file(source, wait_ms, &monitor, err) &&
	    begin_snapshot(source, monitor, wait_ms, err);
	sqlite3_close(monitor);
	return ok;
}

/* The last part of the path; what is not UTF-8 in it is escaped. */
static const char *
file_name(const char *path, Arena *arena, Error *err)
{
	const char *slash, *name;
	Buf text = { 0 };
	size_t size, valid;
	const char *result = NULL;

	slash = strrchr(path, '/');
	name = slash == NULL ? path : slash + 1;
	for (;;) {
		size = strlen(name);
		valid = utf8_valid_prefix((const uint8_t *)name, size);
		if (!buf_put(&text, name, valid, err))
			goto done;
		if (valid == size)
			break;
		if (!buf_put_format(
			&text, err, "\\x%02x", (unsigned char)name[valid]))
			goto done;
		name += valid + 1;
	}
	name = buf_text(&text, err);
	if (name != NULL)
		result = arena_text(arena, name, err);
done:
	buf_free(&text);
	return result;
}

/* The one text that a statement gives, copied; NULL is a failure. */
static const char *
read_text(SourceFile *source, const char *sql, Error *err)
{
	sqlite3_stmt *statement = NULL;
	const char *text = NULL;

	if (!source_prepare(source->readers[0], sql, &statement, err))
		return NULL;
	if (source_step(statement, err) == STEP_ITEM)
		text = arena_text(&source->arena,
		    (const char *)sqlite3_column_text(statement, 0), err);
	sqlite3_finalize(statement);
	return text;
}

static bool
describe(SourceFile *source, Error *err)
{
	sqlite3 *db = source->readers[0];
	Source *about = &source->about;
	const char *mode;

	about->bytes = (uint64_t)source->found.st_size;
	about->modified = (int64_t)source->found.st_mtim.tv_sec;
	about->name = file_name(source->path, &source->arena, err);
	about->encoding = read_text(source, "PRAGMA encoding", err);
	mode = read_text(source, "PRAGMA journal_mode", err);
	if (about->name == NULL || about->encoding == NULL || mode == NULL)
		return false;
	source->wal = strcmp(mode, "wal") == 0;
	return source_integer(
		   db, "PRAGMA user_version", &about->user_version, err) &&
	    source_integer(
		db, "PRAGMA application_id", &about->application_id, err);
}

bool
source_open(SourceFile *source, const char *path, unsigned readers, int wait_ms,
    Error *err)
{
	source->path = path;
	/* SQLite's allocation counters take a lock that all threads share;
	 * refused where SQLite runs already, which is no harm. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	source->readers =
	    arena_alloc(&source->arena, readers, sizeof(sqlite3 *), err);
	if (source->readers == NULL)
		return false;
	source->n_readers = 1;
	if (!check_file(source, err) || !connect_first(source, wait_ms, err) ||
	    !open_readers(source, readers, wait_ms, err) ||
	    !describe(source, err))
		return error_add(err, "database \"%s\"", path);
	return true;
}

bool
source_check_unchanged(const SourceFile *source, Error *err)
{
	const struct stat *found = &source->found;
	struct stat now;

	if (!source->immutable)
		return true;
	if (stat(source->path, &now) != 0)
		return error_set_errno(
		    err, ERROR_SOURCE, "database \"%s\"", source->path);
	if (now.st_dev != found->st_dev || now.st_ino != found->st_ino ||
	    now.st_size != found->st_size ||
	    now.st_mtim.tv_sec != found->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != found->st_mtim.tv_nsec ||
	    now.st_ctim.tv_sec != found->st_ctim.tv_sec ||
	    now.st_ctim.tv_nsec != found->st_ctim.tv_nsec)
		return error_set(err, ERROR_SOURCE,
		    "database \"%s\" was changed while it was read: run this "
		    "again",
		    source->path);
	return true;
}

void
source_close(SourceFile *source)
{
	unsigned i;

	for (i = 0; i < source->n_readers; i++)
		sqlite3_close(source->readers[i]);
	source->n_readers = 0;
	arena_free(&source->arena);
}
