/*
 * verify_compare: the rows of both sides that were kept, one by one.
 */
#ifndef IMPORT_VERIFY_COMPARE_H
#define IMPORT_VERIFY_COMPARE_H

#include "import/verify_sink.h"
#include "import/verify_table.h"

/*
 * Tell as problems of report which rows differ in what, until it has most of
 * them; both sinks are of SINK_ROWS, and of the same parts.  *differences
 * counts the rows that differ, are missing or are more than the dump has.
 */
bool verify_compare_rows(const VerifyTable *table, const VerifySink *dump,
    const VerifySink *target, FitReport *report, size_t most,
    uint64_t *differences, Error *err) MUST_CHECK;

#endif
