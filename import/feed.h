/*
 * feed: a chunk's rows as the data of its table's COPY.
 *
 * COPY BINARY where the table's types are the dump's, else COPY's text format
 * (copy_text.h).  Columns that the server computes are read and left out.
 */
#ifndef IMPORT_FEED_H
#define IMPORT_FEED_H

#include "formats/chunk.h"
#include "formats/rows_csv.h"

#include "import/plan.h"

/* What every chunk of a table needs, made once. */
typedef struct {
	const Table *table;
	const PlanTable *loaded;
	const char *const *names; /* of all columns */
	const char *copy;         /* COPY ... FROM STDIN */
	size_t n_sent;            /* columns that are sent */
	const size_t *sent;       /* which; NULL: all */
	const Type *types;        /* of those */
} Feed;

bool feed_prepare(const Plan *plan, size_t table, Arena *arena, Feed *feed,
    Error *err) MUST_CHECK;

/* Begin to read a chunk's raw rows, which are changed by it. */
bool feed_open(const Feed *feed, const Chunk *chunk, Buf *raw, RowsCsv *rows,
    Error *err) MUST_CHECK;

/* Read all rows and send them through the server's COPY, which has begun; *n
 * counts them.  row has room for the table's columns, out is for use. */
bool feed_send(const Feed *feed, Server *server, RowsCsv *rows, Value *row,
    Buf *out, uint64_t *n, Error *err) MUST_CHECK;

/* Read all rows only. */
bool feed_count(RowsCsv *rows, Value *row, uint64_t *n, Error *err) MUST_CHECK;

#endif
