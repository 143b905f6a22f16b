/*
 * convert: a chunk of the source as a chunk of the target, one worker's step of
 * the pipeline: unpack, read rows, cast, write rows, pack.
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

/* What happens to a value that does not fit. */
typedef enum {
	CONVERT_REJECT, /* its row is set aside */
	CONVERT_NULL,   /* it becomes NULL, where NULL may be */
	CONVERT_STOP    /* the run fails */
} ConvertPolicy;

typedef struct {
	Chunk in;    /* from the source; rows are counted */
	Chunk out;   /* for the target; no rows: not to be written */
	Chunk aside; /* for the rejects; likewise */
	RejectLog log;
	uint64_t nulled; /* values that became NULL */
} ConvertJob;

/* A table as the inner loop wants it. */
typedef struct {
	const Table *from;
	bool wanted;
	const char *const *names; /* of the source */
	const Affinity *affinities;
	const char *const *target_names;
	const Type *types;
	int *not_null; /* columns that must not be NULL */
	size_t n_not_null;
	int *key; /* the primary key's columns */
	size_t n_key;
} ConvertTable;

/* What one thread keeps from chunk to chunk. */
typedef struct {
	Compressor compressor;
	Cast cast;
	Buf raw, out, aside;
	Value *row, *cells;
} ConvertWorker;

typedef struct {
	ConvertPolicy policy;    /* set by the caller */
	Compression compression; /* set by the caller */
	ConvertTable *tables;    /* one for each of the source's */
	ConvertWorker *workers;
	unsigned n_workers;
	Arena arena;
} Convert;

bool convert_begin(Convert *convert, const Rewrite *rewrite, unsigned threads,
    Error *err) MUST_CHECK;
/* ERROR_DUMP where the chunk is not what it should be; with CONVERT_STOP
 * ERROR_FAILED at the first value that does not fit. */
bool convert_chunk(
    Convert *convert, ConvertJob *job, unsigned worker, Error *err) MUST_CHECK;
/* Make the job ready for its next chunk, after its results are used. */
void convert_reset(ConvertJob *job);
void convert_free_job(ConvertJob *job);
void convert_end(Convert *convert);

#endif
