/*
 * summary: what a run has loaded, as the table that is shown at its end.
 */
#ifndef IMPORT_SUMMARY_H
#define IMPORT_SUMMARY_H

#include "formats/report.h"

#include "import/load.h"
#include "import/plan.h"

#define SUMMARY_COLUMNS 5
extern const ReportColumn summary_columns[SUMMARY_COLUMNS];

/* A row for each wanted table and the total; *cells is from arena. */
bool summary_make(const Plan *plan, const LoadTable *loaded, int64_t load_ms,
    Arena *arena, ReportCell **cells, size_t *n_rows, Error *err) MUST_CHECK;

/* Chunks of the dump, and those of them that this run has sent. */
void summary_chunks(const Plan *plan, const LoadTable *loaded, uint64_t *chunks,
    uint64_t *sent);

#endif
