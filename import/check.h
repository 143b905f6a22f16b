/*
 * check: is a dump whole?  Reads everything, without a server: digests,
 * counts, every row and, in the postgresql dialect, every value's text form.
 */
#ifndef IMPORT_CHECK_H
#define IMPORT_CHECK_H

#include "formats/dump.h"
#include "formats/error.h"

typedef struct {
	uint64_t tables, chunks, rows, raw_bytes, bytes;
} CheckTotals;

/* Told of each chunk in order; name is the table's. */
typedef void
CheckTell(void *context, const char *name, uint64_t rows, uint64_t raw_bytes);

/* dump_finish included.  ERROR_DUMP names the first thing that is wrong. */
bool check_run(DumpReader *dump, unsigned jobs, CheckTotals *totals,
    CheckTell *tell, void *context, Error *err) MUST_CHECK;

#endif
