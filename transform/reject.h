/*
 * reject: one value, or one row, that does not fit, and the log of those of a
 * chunk, which a worker writes:
 *
 *	reject_log_clear(&log)
 *	reject_log_put(&log, &reject, err)      one a bad value
 *	reject_log_free(&log)
 *
 * and rejects.h reads.  A log is as large as what does not fit of one chunk,
 * which may be all of it; so it is kept compressed but for its last part.
 */
#ifndef TRANSFORM_REJECT_H
#define TRANSFORM_REJECT_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/compress.h"
#include "formats/error.h"
#include "formats/schema.h"
#include "formats/type.h"
#include "formats/value.h"
#include "transform/cast.h"

/* Of a value that is shown. */
#define REJECT_VALUE_BYTES 200

typedef struct {
	const Table *table;  /* of the source */
	uint64_t row;        /* within its chunk, from 1 */
	const Value *values; /* the whole row */
	const char *column;  /* the source's name of it, or the target's of one
			      * that only the target has; NULL: the whole row
			      * does not fit.  Stays for the run. */
	const Value *value;  /* with column: what was to become its type */
	Type type;           /* with column: the target's */
	const CastRefusal *refusal; /* its words stay for the run */
	const char *detail;         /* of this row alone; NULL */
	const char *path;           /* of its chunk */
	const int *key;             /* the primary key's columns */
	size_t n_key;
} Reject;

/* How often a rule was broken in one column of a chunk, and the first time. */
typedef struct {
	const Table *table;
	const char *column; /* as in Reject */
	const CastRefusal *refusal;
	uint64_t values;
	uint64_t row; /* of the first */
	int64_t rowid;
	bool has_rowid;
	const char *first; /* as reject_put_first shows it */
} RejectKind;

/* The zero value is empty. */
typedef struct {
	Buf kinds;  /* of RejectKind, in the order in which they came up */
	size_t at;  /* the kind that came up last */
	Buf text;   /* what is not packed yet */
	Buf packed; /* blocks */
	Compressor compressor;
	Arena arena; /* of the kinds' first values */
} RejectLog;

bool
reject_log_put(RejectLog *log, const Reject *reject, Error *err) MUST_CHECK;
void reject_log_clear(RejectLog *log);
void reject_log_free(RejectLog *log);

/* What is known of a bad value, but where in the table it is. */
typedef struct {
	const Table *table;
	uint64_t row; /* within its chunk, from 1 */
	int64_t rowid;
	bool has_rowid;
	size_t size; /* of text */
	/* The members of a JSON object that follow, with the brace that ends
	 * it; borrowed until the next call. */
	const uint8_t *text;
} RejectLine;

/* The zero value has read nothing; it may be used for one log after another. */
typedef struct {
	Buf block; /* unpacked */
	size_t at; /* in it, or in the log's text */
	size_t packed_at;
	bool last; /* the log's text is read */
	Compressor compressor;
} RejectReader;

void reject_reader_open(RejectReader *reader);
Step reject_reader_next(RejectReader *reader, const RejectLog *log,
    RejectLine *line, Error *err) MUST_CHECK;
void reject_reader_free(RejectReader *reader);

/* A value for people, at most REJECT_VALUE_BYTES of it. */
bool reject_put_value(Buf *out, const Value *value, Error *err) MUST_CHECK;
/* The same with quotes around text, and without what would end a C string. */
bool reject_put_first(Buf *out, const Value *value, Error *err) MUST_CHECK;

#endif
