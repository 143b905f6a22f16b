/*
 * evidence: what a run of a table's rows says about its columns, gathered
 * while they are exported, and merged in key order into the profile.
 *
 *	evidence_begin(&evidence, table, &err)
 *	evidence_row(&evidence, row, rowid, valid, &err)	for each row
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

/* Values of a column differ in few ways, so the words of marks are counted, not
 * each mark: this many of them at a time. */
#define EVIDENCE_KINDS 8

typedef struct {
	uint64_t marks; /* 0: none yet */
	uint64_t values;
} EvidenceKind;

typedef struct {
	EvidenceKind *last; /* kind of the last value */
	EvidenceKind kinds[EVIDENCE_KINDS];
	FitColumn fit;
	ColumnProfile profile;
	uint64_t sampled; /* marks whose first values are known: hypotheses
			   * that a value has not, oddities that one has */
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

/* rowid is NULL where the table has none.  valid: all TEXT is known to be UTF-8
 * without NUL, as what has been written as CSV is. */
bool evidence_row(Evidence *evidence, const Value *row, const int64_t *rowid,
    bool valid, Error *err) MUST_CHECK;

/* Add the evidence of the rows that follow those in table already, which has
 * columns.  Texts and runs are copied into the arena. */
bool evidence_merge(TableProfile *table, Evidence *evidence, Arena *arena,
    Error *err) MUST_CHECK;

void evidence_free(Evidence *evidence);

#endif
