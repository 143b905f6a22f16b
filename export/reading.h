/*
 * reading: how one table is read - its SELECT, by ranges of its key where it
 * has one that can be compared, and the row that a statement shows as Values.
 *
 * The b-tree that holds the table is walked in its own order, never an index
 * beside it, and nothing is ever sorted: memory stays bounded and no temporary
 * file is made.
 */
#ifndef EXPORT_READING_H
#define EXPORT_READING_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "export/catalog.h"
#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/schema.h"
#include "formats/value.h"

/* Columns of a key that ranges are cut by; a table with more is one range. */
#define READING_KEY_COLUMNS 16

/* A copy of a row's key.  The zero one is none. */
typedef struct {
	bool set;
	Value values[READING_KEY_COLUMNS];
	Buf bytes; /* of TEXT and BLOB values */
} ReadingKey;

typedef struct {
	const Table *table;
	const char *const *names; /* of the columns */
	const Affinity *affinities;
	const char *columns; /* what is selected: the rowid first */
	const char *from;
	const char *order; /* "" for none */
	const char *where; /* rows wanted; NULL: all */
	bool has_rowid;
	size_t n_key;           /* 0: only from its beginning to its end */
	const char *key;        /* SQL of the key's columns */
	const char *parameters; /* "?, ?": as many */
	int key_columns[READING_KEY_COLUMNS]; /* in the row; -1 the rowid */
	enum { READING_UTF8, READING_UTF16LE, READING_UTF16BE } encoding;
} Reading;

/* Fill a Reading from the arena; where is borrowed, NULL for all rows. */
bool reading_make(Reading *reading, const Catalog *catalog, size_t table,
    const char *where, Arena *arena, Error *err) MUST_CHECK;

/* Prepare the SELECT of the rows after one key (if set) up to another,
 * inclusive (if set).  *statement is the caller's to finalize. */
bool
reading_prepare(const Reading *reading, sqlite3 *db, const ReadingKey *after,
    const ReadingKey *upto, sqlite3_stmt **statement, Error *err) MUST_CHECK;

/* The key of the n-th row after a key (if set) of all rows, wanted or not.
 * END: there are fewer. */
Step reading_skip(const Reading *reading, sqlite3 *db, const ReadingKey *after,
    uint64_t n, ReadingKey *key, Error *err) MUST_CHECK;

/* How many rows are wanted; reads the whole table. */
bool reading_count(
    const Reading *reading, sqlite3 *db, uint64_t *rows, Error *err) MUST_CHECK;

/*
 * The row the statement stands on; bytes borrowed until its next step.
 * *rowid is set where the table has one that can be read.
 */
bool reading_row(const Reading *reading, sqlite3_stmt *statement, Value *row,
    int64_t *rowid, Error *err) MUST_CHECK;

/* Copy the key of a row. */
bool reading_copy_key(const Reading *reading, const Value *row, int64_t rowid,
    ReadingKey *key, Error *err) MUST_CHECK;

/* Make key a copy of another. */
bool reading_assign_key(ReadingKey *key, const ReadingKey *other, size_t n_key,
    Error *err) MUST_CHECK;

/* Make it a rowid. */
void reading_set_rowid(ReadingKey *key, int64_t rowid);

void reading_free_key(ReadingKey *key);

/* Do the parentheses of a condition close where it ends, so that it can stand
 * in another?  And does SQLite take it? */
bool
reading_check_where(const Reading *reading, sqlite3 *db, Error *err) MUST_CHECK;

#endif
