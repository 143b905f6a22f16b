/*
 * plan: the tables cut into key ranges of about a chunk each, in order, one
 * after another, while they are exported.
 *
 *	plan_begin(&plan, db, readings, n, chunk_bytes, &err)
 *	while ((step = plan_next(&plan, &range, &err)) == STEP_ITEM) ...
 *	plan_end(&plan)
 *
 * Where a range ends depends on the database and the chunk size alone, never
 * on threads or time.  A range may hold more than a chunk, or less: rows
 * differ, and whoever reads it goes on where the chunk was full.
 */
#ifndef EXPORT_PLAN_H
#define EXPORT_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "export/reading.h"
#include "formats/bytes.h"
#include "formats/error.h"

/* Rows are sampled at so many places of a table, so many at each. */
#define PLAN_PLACES     32
#define PLAN_PLACE_ROWS 32

typedef struct {
	size_t table;
	ReadingKey after; /* rows behind it; all where it is not set */
	ReadingKey upto;  /* up to it; all where it is not set */
} PlanRange;

/* What rows were met at one place. */
typedef struct {
	int64_t rowid; /* where it begins */
	uint64_t rows, bytes;
} PlanPlace;

typedef struct {
	sqlite3 *db; /* used by plan_next only, meanwhile */
	const Reading *readings;
	size_t n_readings;
	uint64_t chunk_bytes;
	size_t table; /* being cut */
	bool begun;
	ReadingKey after; /* where the next range begins */
	int64_t rowid_min, rowid_max;
	bool dense;         /* no gap was met: rowids are counted on */
	uint64_t rows_most; /* more no table of this file can have */
	uint64_t skipped;   /* rows walked over to find ends of ranges */
	PlanPlace places[PLAN_PLACES];
	size_t n_places;
	PlanPlace all; /* their sum */
	Buf scratch;
	Value *row; /* room for one, of any table */
	Arena arena;
} Plan;

/* More rows than the file has room for: its b-tree goes round in circles.
 * Always returns false. */
bool plan_error_damaged(Error *err);

bool plan_begin(Plan *plan, sqlite3 *db, const Reading *readings, size_t n,
    uint64_t chunk_bytes, Error *err) MUST_CHECK;

/* Fill the next range, whose memory is used again; END after the last one.  A
 * table that is not worth cutting is one range, an empty one may be too. */
Step plan_next(Plan *plan, PlanRange *range, Error *err) MUST_CHECK;

/* About how many raw bytes a table's rows take, from a sample; for
 * --dry-run. */
bool plan_estimate(Plan *plan, size_t table, uint64_t rows, uint64_t *bytes,
    Error *err) MUST_CHECK;

void plan_end(Plan *plan);
void plan_free_range(PlanRange *range);

#endif
