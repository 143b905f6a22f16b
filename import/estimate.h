/*
 * estimate: how much room a dump's tables and indexes will take in the target.
 *
 * One chunk of each table, the one in the middle, is read and every row of it
 * laid out as the server would (storage-page-layout); the others are taken to
 * be like it.  What the server may compress, values over 2 KB, is counted as it
 * is.
 */
#ifndef IMPORT_ESTIMATE_H
#define IMPORT_ESTIMATE_H

#include "formats/dump.h"

#include "import/plan.h"

typedef struct {
	uint64_t rows_bytes;    /* of the table and its TOAST table */
	uint64_t indexes_bytes; /* of what is made with it; 0: nothing is */
} Estimate;

/* Of all wanted tables, by table of the schema, from arena.  path is the
 * dump's directory, which is read in part. */
bool estimate_make(const Plan *plan, const char *path, Arena *arena,
    Estimate **estimates, Error *err) MUST_CHECK;

#endif
