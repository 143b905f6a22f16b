/*
 * source: a SQLite database file, opened so that it is never changed, and a
 * number of connections that all see the same committed state.
 *
 *	SourceFile source = {0};
 *	if (!source_open(&source, path, readers, wait_ms, &err)) ...
 *	... source.readers[0 .. n_readers-1], each used by one thread at a time
 *	if (!source_check_unchanged(&source, &err)) ...
 *	source_close(&source);
 *
 * The snapshot lasts until source_close.  Fewer readers than asked for are
 * given (one) where writers commit too often for several connections to begin
 * at the same state.
 *
 * Nothing but SQLite opens the file, its -wal, -shm or -journal: on POSIX,
 * closing any descriptor of a file drops all locks that the process holds on
 * it (howtocorrupt.html section 2.2).  Here they are only looked at by stat.
 *
 * Errors are ERROR_SOURCE and say what to do.
 */
#ifndef EXPORT_SOURCE_H
#define EXPORT_SOURCE_H

#include <sys/stat.h>

#include <sqlite3.h>

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/schema.h"

/* How long to wait for another program's lock: longer than the busy timeouts
 * that applications set, shorter than people wait. */
#define SOURCE_WAIT_MS 30000

typedef struct {
	Source about; /* what schema.json says of it; borrowed until
				 * source_close */
	sqlite3 **readers;
	unsigned n_readers;
	bool wal;          /* writers do not wait for us */
	bool immutable;    /* nothing can write it, so no locks are taken:
				 * a WAL database on read-only media */
	bool linked;       /* it has several names: a writer may use
				 * another -wal than we see */
	const char *path;  /* borrowed from the caller */
	struct stat found; /* before it was opened */
	Arena arena;
} SourceFile;

/* Fills an empty SourceFile; close it whatever comes back. */
bool source_open(SourceFile *source, const char *path, unsigned readers,
    int wait_ms, Error *err) MUST_CHECK;

/* Where no locks were taken, is the file as it was? */
bool source_check_unchanged(const SourceFile *source, Error *err) MUST_CHECK;

void source_close(SourceFile *source);

/* Is a collation SQLite's own?  Of all others only the name is known here. */
bool source_is_built_in(const char *collation);

/* Prepare one statement; *statement is the caller's to finalize. */
bool source_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement,
    Error *err) MUST_CHECK;

/* The next row of a statement. */
Step source_step(sqlite3_stmt *statement, Error *err) MUST_CHECK;

/* The one INTEGER that a statement gives; 0 where it gives no row. */
bool source_integer(
    sqlite3 *db, const char *sql, int64_t *value, Error *err) MUST_CHECK;

/* Fill err with what SQLite says about its last failure on db, and a remedy.
 * Always returns false. */
bool source_error(sqlite3 *db, Error *err);

#endif
