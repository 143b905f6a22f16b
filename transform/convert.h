/*
 * convert: a chunk of the source as a chunk of the target, one worker's step of
 * the pipeline: unpack, read rows, evaluate the mapping's expressions, pick and
 * convert each column's value, write rows, pack.
 *
 *	convert_begin(&convert, rewrite, threads, err)
 *	for each job, on any thread:
 *		convert_chunk(&convert, job, worker, err)
 *	convert_end(&convert)
 *
 * A row with a value that does not fit goes aside as it is, whole, into a chunk
 * of its own with its source's format, in which it is exact already; why is in
 * the job's log.
 *
 * A job has one buffer for both its chunks: unpacking empties `in`, whose memory
 * `out` then takes, and convert_reset gives back.
 */
#ifndef TRANSFORM_CONVERT_H
#define TRANSFORM_CONVERT_H

#include "formats/chunk.h"
#include "formats/compress.h"
#include "formats/error.h"
#include "transform/cast.h"
#include "transform/rejects.h"
#include "transform/rewrite.h"
#include "transform/rule.h"

typedef struct {
	Chunk in;    /* from the source; rows are counted */
	Chunk out;   /* for the target; no rows: not to be written */
	Chunk aside; /* for the rejects; likewise */
	RejectLog log;
	uint64_t nulled;   /* values that became NULL */
	uint64_t filtered; /* rows that the mapping's `where` leaves out */
} ConvertJob;

/* A table as the inner loop wants it. */
typedef struct {
	const Table *from;
	bool wanted;
	const char *const *names; /* of the source */
	const Affinity *affinities;
	const RewriteColumn *columns; /* of the target */
	size_t n_columns;
	const char *const *target_names;
	Rule *rules;
	bool straight; /* row[i] of the source is what column i is made of */
	bool computed; /* there are expressions */
	ExpressionSpec expressions;
	int *key; /* the source's primary key's columns */
	size_t n_key;
} ConvertTable;

/* What one thread keeps from chunk to chunk. */
typedef struct {
	Compressor compressor;
	Cast cast;
	Buf raw, out, aside;
	Buf room;      /* for texts of the row at hand */
	Value *row;    /* of the source */
	Value *picked; /* what the target's columns are made of */
	Value *cells;  /* of the target */
	/* What row and picked were read from; rows_csv_keep. */
	RowsCsvField *fields, *picked_fields;
	Expressions *expressions; /* of computed; NULL */
	const ConvertTable *computed;
} ConvertWorker;

typedef struct {
	Policy policy; /* set by the caller: when an expression fails */
	Compression compression; /* set by the caller */
	ConvertTable *tables;    /* one for each of the source's */
	ConvertWorker *workers;
	unsigned n_workers;
	Arena arena;
} Convert;

bool convert_begin(Convert *convert, const Rewrite *rewrite, unsigned threads,
    Error *err) MUST_CHECK;
/* ERROR_DUMP where the chunk is not what it should be; with POLICY_STOP
 * ERROR_FAILED at the first value that does not fit. */
bool convert_chunk(
    Convert *convert, ConvertJob *job, unsigned worker, Error *err) MUST_CHECK;
/* Make the job ready for its next chunk, after its results are used. */
void convert_reset(ConvertJob *job);
void convert_free_job(ConvertJob *job);
void convert_end(Convert *convert);

#endif
