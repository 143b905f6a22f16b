/*
 * evidence: what a run of a table's rows says about its columns, gathered
 * while they are exported, and merged in key order into the profile.
 *
 *	evidence_begin(&evidence, table, &err)
 *	evidence_row(&evidence, row, rowid, &err)	for each row
 *	evidence_merge(&profile_table, &evidence, &arena, &err)
 *	evidence_free(&evidence)
 *
 * An Evidence belongs to one job and is begun anew for each chunk.  Merged in
 * order, chunks give what one run over the whole table gives.
 */
#ifndef EXPORT_EVIDENCE_H
#define EXPORT_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "export/fit.h"
#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/value.h"

typedef struct {
	ColumnProfile profile;
	FitColumn fit;
	/* Neighbours mostly fit the same, so hypotheses are counted by runs:
	 * which bits the last values had, how many of them. */
	unsigned fits;
	uint64_t run;
	unsigned countered; /* bits of the counters that are set */
} EvidenceColumn;

typedef struct {
	uint64_t rows;
	EvidenceColumn *columns;
	size_t n_columns;
	bool has_rowid;
	Buf runs; /* RowidRuns; none where there were too many */
	Arena arena;
} Evidence;

bool
evidence_begin(Evidence *evidence, const Table *table, Error *err) MUST_CHECK;

/* rowid is NULL where the table has none. */
bool evidence_row(Evidence *evidence, const Value *row, const int64_t *rowid,
    Error *err) MUST_CHECK;

/* Add the evidence of the rows that follow those in table already, which has
 * columns.  Texts and runs are copied into the arena. */
bool evidence_merge(TableProfile *table, Evidence *evidence, Arena *arena,
    Error *err) MUST_CHECK;

void evidence_free(Evidence *evidence);

#endif
