/*
 * merge: a chunk's rows into a table that may hold rows with their keys
 * (--on-conflict=skip or update).
 *
 *	merge_prepare(plan, table, feed, &arena, &merge, err)	once a table
 *	merge_put_copy(&sql, &merge, feed, err)	makes the stage too
 *	COPY of n rows by sql
 *	merge_apply(server, &merge, n, &counts, err)
 *
 * COPY cannot skip or update, so it fills a stage: a temporary table that goes
 * when its rows have gone into the table with INSERT ... ON CONFLICT, or with
 * the savepoint that is rolled back.  Of two rows with one key the first is
 * kept with skip, and the last one with update.
 *
 * Without --on-conflict there is no stage, and rows go into the table itself.
 *
 * With update, a row that is there as it is in the dump is left untouched, and
 * counts as skipped: no trigger of an update fires.
 */
#ifndef IMPORT_MERGE_H
#define IMPORT_MERGE_H

#include "import/feed.h"
#include "import/ledger.h"
#include "import/plan.h"

/* The stage's name, as the server's errors have it. */
#define MERGE_STAGE "litehaul_stage"

/* Statements, borrowed from the arena. */
typedef struct {
	const char *stage; /* makes it; NULL: the table is loaded plainly */
	const char *copy;  /* COPY ... FROM STDIN into it */
	const char *insert;
	const char *count; /* rows without those whose key comes again; NULL:
			    * that is all */
	bool update;
	bool counts; /* insert counts what it meets (merge.c) */
} Merge;

/* Zeroes merge first; it stays so where the plan wants no merging. */
bool merge_prepare(const Plan *plan, size_t table, const Feed *feed,
    Arena *arena, Merge *merge, Error *err) MUST_CHECK;

/* What begins the COPY of rows, the stage before it. */
bool merge_put_copy(
    Buf *out, const Merge *merge, const Feed *feed, Error *err) MUST_CHECK;

/* Inside, after that COPY: its n rows go into the table.  Adds to skipped and
 * updated of counts, only when it succeeds. */
bool merge_apply(Server *server, const Merge *merge, uint64_t n,
    LedgerCounts *counts, Error *err) MUST_CHECK;

#endif
