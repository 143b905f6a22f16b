/*
 * run: the whole conversion, a dump in and a dump out, as take, work and give of
 * a pipeline.
 *
 *	Run run = { .reader = ..., .writer = ..., .convert = ..., ... };
 *	run_all(&run, threads, err)
 *
 * Row numbers are known while a table's chunks come in ascending order without a
 * gap, as they do from a directory and from litehaul-export.
 */
#ifndef TRANSFORM_RUN_H
#define TRANSFORM_RUN_H

#include "formats/dump.h"
#include "formats/error.h"
#include "transform/convert.h"
#include "transform/rejects.h"

/* What has passed of one table of the source. */
typedef struct {
	uint64_t rows_in, rows_out, rejected, nulled, filtered;
	unsigned ordinal; /* of its last chunk */
	bool gap;         /* a chunk did not follow its predecessor */
} RunTable;

typedef struct {
	/* Set by the caller, borrowed. */
	DumpReader *reader;
	DumpWriter *writer;
	Convert *convert;
	Rejects *rejects;
	const Rewrite *rewrite;
	/* Told after each chunk, in give; may be NULL. */
	void (*progress)(
	    void *context, const char *table, uint64_t rows, uint64_t bytes);
	void *progress_context;
	/* Ours. */
	RunTable *tables; /* one for each of the source's */
	Arena arena;
} Run;

/* Convert every chunk and check that the source was whole; what was written is
 * not committed here. */
bool run_all(Run *run, unsigned threads, Error *err) MUST_CHECK;
void run_free(Run *run);

#endif
