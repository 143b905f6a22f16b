/*
 * expression_rows: the sandbox in which expressions run: a connection of its
 * own to nothing but memory, whose one table, "rows", is fed by a callback.
 *
 *	expression_rows_open(rows, table, err)
 *	... statements over rows.db, from EXPRESSION_ROWS_TABLE
 *	expression_rows_begin(rows, next, context)	for each chunk
 *	rows->err = err; rows->pulled = false; ...	before each step
 *	expression_rows_close(rows)	when its statements are finalized
 *
 * The table has the source's columns by their affinities and collations.  A
 * collation that an application made has a name here and no function, so that
 * SQLite refuses what would compare by it.  There are no files, and the clock
 * is refused: 'now' is NULL in SQLite then, and clock_asked says so.
 *
 * The struct must not move while it is open.
 */
#ifndef TRANSFORM_EXPRESSION_ROWS_H
#define TRANSFORM_EXPRESSION_ROWS_H

#include <sqlite3.h>

#include "formats/bytes.h"
#include "transform/expression.h"

#define EXPRESSION_ROWS_TABLE "rows"

typedef struct ExpressionRows ExpressionRows;

/* What SQLite hands back to us, and whose it is. */
typedef struct {
	sqlite3_vtab base; /* first: SQLite knows no more */
	ExpressionRows *rows;
} ExpressionTable;

typedef struct {
	sqlite3_vtab_cursor base;
	bool open;
	bool past; /* its last row */
} ExpressionCursor;

struct ExpressionRows {
	sqlite3 *db;
	const Value *row; /* the last pulled */
	Error *err;       /* filled where next fails */
	bool pulled;      /* a row came since the caller cleared it */
	bool ended;       /* next has no more */
	bool broken;      /* next has failed */
	bool replaying;   /* the next statement sees the last row, only */
	bool clock_asked; /* since the caller cleared it */

	/* The rest is its own. */
	ExpressionNext next;
	void *context;
	size_t n_columns;
	Buf declaration;
	ExpressionTable table;
	ExpressionCursor cursor;
	sqlite3_vfs system;
	bool registered;
	char system_name[32];
};

/* Open an empty ExpressionRows; close it whatever comes back. */
bool expression_rows_open(
    ExpressionRows *rows, const Table *table, Error *err) MUST_CHECK;

/* No statement may be at work. */
void
expression_rows_begin(ExpressionRows *rows, ExpressionNext next, void *context);

/* The next row, unseen by any statement. */
Step expression_rows_pull(ExpressionRows *rows) MUST_CHECK;

void expression_rows_close(ExpressionRows *rows);

#endif
