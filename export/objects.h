/*
 * objects: the rows of sqlite_schema in their order, with what table_list says
 * of each table, and how texts of a schema are copied.
 *
 * Everything is allocated from the arena given.
 */
#ifndef EXPORT_OBJECTS_H
#define EXPORT_OBJECTS_H

#include <stddef.h>

#include <sqlite3.h>

#include "formats/arena.h"
#include "formats/error.h"

typedef struct {
	const char *type; /* "table", "index", "view", "trigger" */
	const char *name;
	const char *table; /* that it belongs to */
	const char *sql;   /* "" for none */
	bool mended;       /* bytes of sql were not UTF-8 */
	const char *kind;  /* of a table: "table", "virtual", "shadow";
				 * "" where SQLite does not know it */
	bool without_rowid;
	bool strict;
	size_t exported; /* of a table: its index in the schema and 1;
				 * 0 where it is not exported */
} Object;

typedef struct {
	Object *list;
	size_t n;
	Object **by_name; /* tables, indexes and views, sorted */
	size_t n_by_name;
} Objects;

bool objects_read(
    sqlite3 *db, Arena *arena, Objects *objects, Error *err) MUST_CHECK;

/* The table, index or view of that name, ASCII case ignored; NULL for none. */
Object *objects_find(const Objects *objects, const char *name);

/* Is the name one of SQLite's own ("sqlite_...")? */
bool objects_is_internal(const char *name);

/*
 * A column of the statement's row as a name, which must be UTF-8 without NUL:
 * where it is not, ERROR_SOURCE names it.  NULL is a failure.
 */
const char *objects_name(
    sqlite3_stmt *row, int column, Arena *arena, Error *err) MUST_CHECK;

/*
 * A column as text: bytes that are not UTF-8 become U+FFFD, and *mended (where
 * asked) tells so.  An SQL NULL is NULL in *text.
 */
bool objects_text(sqlite3_stmt *row, int column, Arena *arena,
    const char **text, bool *mended, Error *err) MUST_CHECK;

/* A statement with the %s in it replaced by the quoted name, prepared. */
bool objects_prepare(sqlite3 *db, const char *format, const char *name,
    sqlite3_stmt **statement, Error *err) MUST_CHECK;

#endif
