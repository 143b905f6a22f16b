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

/* A chunk's rows while they are read, and what a worker needs for it, kept
 * from chunk to chunk; the zero value is empty. */
typedef struct {
	RowsCsv csv; /* csv.row rows have been read */
	/* Room for the columns of any table, borrowed. */
	Value *row;
	RowsCsvField *fields;
	Buf room, out;
	const char *refused; /* column for which the next row was not sent: the
			      * server would change its value; NULL */
	Error reason;        /* that it was not */
} FeedRows;

/* Begin to read a chunk's raw rows, which stay as they are: a copy of csv is
 * a place to go back to. */
bool feed_open(const Feed *feed, const Chunk *chunk, Buf *raw, FeedRows *rows,
    Error *err) MUST_CHECK;

/* Read rows up to number to, or all of them, and send them through the
 * server's COPY, which has begun.  Ends before a row that is refused here. */
bool feed_send(const Feed *feed, Server *server, FeedRows *rows, uint64_t to,
    Error *err) MUST_CHECK;

/* Have all rows been read? */
bool feed_ended(const FeedRows *rows);

/* Read one row only: its line as it stands in the chunk. */
bool feed_read_line(
    FeedRows *rows, const uint8_t **line, size_t *size, Error *err) MUST_CHECK;

/* Read all rows only. */
bool feed_count(FeedRows *rows, Error *err) MUST_CHECK;

/* A chunk is done: do not keep what one huge row has blown up. */
void feed_rest(FeedRows *rows);
void feed_free(FeedRows *rows);

#endif
