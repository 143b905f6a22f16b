/*
 * scan: tables read in parallel into chunks and evidence: the three steps of
 * the export pipeline.
 *
 *	scan_begin(&scan, &source, &catalog, readings, &options, &err)
 *	pipeline_run with scan_take, scan_work, scan_give
 *	scan_end(&scan)
 *
 * take cuts the next key range, work reads it into a chunk, packs and hashes
 * it, give writes the chunk and merges the evidence.  A range that holds more
 * than a chunk is worked on again (STEP_ITEM) from the last row on.
 *
 * A chunk begins as CSV.  A row that CSV cannot hold exactly ends it and
 * begins the next one, which is NDJSON until it is full.
 *
 * The first reader cuts the ranges and reads the tables that have no key to
 * go on by, with a cursor that stays open; the others read ranges.  Where
 * there is one reader, it does both, and encoding still goes on in parallel.
 */
#ifndef EXPORT_SCAN_H
#define EXPORT_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "export/catalog.h"
#include "export/evidence.h"
#include "export/plan.h"
#include "export/reading.h"
#include "export/source.h"
#include "formats/chunk.h"
#include "formats/compress.h"
#include "formats/dump.h"
#include "formats/pipeline.h"
#include "formats/profile.h"

typedef struct {
	unsigned threads;
	RowsFormat format;
	uint64_t chunk_bytes;
	Compression compression;
	Profile *profile;   /* evidence goes here; NULL: none is gathered */
	DumpWriter *writer; /* chunks go here; NULL: none are made */
} ScanOptions;

typedef struct {
	PlanRange range; /* what is still to be read of it */
	Chunk chunk;     /* rows 0: nothing to give */
	Evidence evidence;
	Buf pending; /* a row for the next chunk, as NDJSON */
	bool more;   /* the range goes on */
	bool begun;  /* last_rowid is set */
	int64_t last_rowid;
	sqlite3_stmt *cursor; /* of the first reader, between chunks */
} ScanJob;

typedef struct {
	Buf raw;    /* rows before they are packed */
	Value *row; /* room for one of any table */
	Compressor compressor;
} ScanWorker;

typedef struct {
	ScanOptions options;
	SourceFile *source;
	const Reading *readings;
	Plan plan;
	PipelinePool *first;  /* the first reader */
	PipelinePool *others; /* the others; NULL where there are none */
	ScanJob *jobs;
	size_t n_jobs;
	ScanWorker *workers;
	size_t table;  /* last given */
	uint64_t rows; /* of it */
	Arena arena;
} Scan;

/* The number of readers that so many threads want. */
unsigned scan_readers(unsigned threads);

/* Begin to read all tables of the catalog; readings has one for each. */
bool scan_begin(Scan *scan, SourceFile *source, const Catalog *catalog,
    const Reading *readings, const ScanOptions *options, Error *err) MUST_CHECK;

/* The steps; context is the Scan, job a ScanJob. */
Step scan_take(void *context, void *job, Error *err) MUST_CHECK;
bool
scan_work(void *context, void *job, unsigned worker, Error *err) MUST_CHECK;
Step scan_give(void *context, void *job, Error *err) MUST_CHECK;

void scan_end(Scan *scan);

#endif
