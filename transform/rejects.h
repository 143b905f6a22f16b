/*
 * rejects: the rows that were set aside, as a dump of the source's dialect with
 * the reasons beside it, so that nothing is lost and litehaul-transform can read
 * them again.
 *
 * Workers write a RejectLog each, without knowing where in the table their rows
 * are; give completes it:
 *
 *	work:	reject_log_put(&job->log, &reject, err)       one a bad value
 *	give:	rejects_put(&rejects, &job->aside, &job->log, &place, err)
 *	end:	rejects_commit(&rejects, err)
 *		rejects_free(&rejects)
 *
 * The dump is begun with the first row.  rejects.ndjson has one object for each
 * bad value:
 *
 *	{"table":"users","row":12,"rowid":17,"key":{"id":17},"column":"age",
 *	 "class":"text","value":"N/A","type":"bigint","rule":"integer",
 *	 "reason":"not a whole number","path":"data/users/000001.csv.zst"}
 *
 * row counts the table's rows in the dump from 1; row, rowid and key stand there
 * where they are known.
 */
#ifndef TRANSFORM_REJECTS_H
#define TRANSFORM_REJECTS_H

#include "formats/dump.h"
#include "formats/error.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/type.h"
#include "formats/value.h"
#include "transform/cast.h"

/* Of a value that is shown. */
#define REJECT_VALUE_BYTES 200

/* One value that does not fit. */
typedef struct {
	const Table *table;  /* of the source */
	uint64_t row;        /* within its chunk, from 1 */
	const Value *values; /* the whole row */
	size_t column;
	Type type;
	const CastRefusal *refusal;
	const char *path; /* of its chunk */
	const int *key;   /* the primary key's columns */
	size_t n_key;
} Reject;

/* The bad values of one chunk; the zero value is empty. */
typedef struct {
	Buf text;
	Buf marks;
} RejectLog;

bool
reject_log_put(RejectLog *log, const Reject *reject, Error *err) MUST_CHECK;
void reject_log_clear(RejectLog *log);
void reject_log_free(RejectLog *log);

/* A value for people, at most REJECT_VALUE_BYTES of it. */
bool reject_put_value(Buf *out, const Value *value, Error *err) MUST_CHECK;

/* How often a rule was broken. */
typedef struct {
	const CastRefusal *refusal;
	uint64_t values;
} RejectCount;

#define REJECT_RULES 32

typedef struct {
	/* Set by the caller, borrowed. */
	const char *path;       /* the directory to make */
	const Schema *schema;   /* of the source */
	const Profile *profile; /* evidence of the source, or NULL */
	/* Ours. */
	DumpWriter *writer; /* NULL while nothing was set aside */
	Buf reasons;
	RejectCount counts[REJECT_RULES];
	size_t n_counts;
	uint64_t rows;
	Arena arena;
} Rejects;

/* Where a chunk's rows are in their table. */
typedef struct {
	bool known;
	uint64_t rows_before; /* with known */
} RejectPlace;

/* Write the rejected rows of a chunk and their reasons. */
bool rejects_put(Rejects *rejects, Chunk *aside, const RejectLog *log,
    const RejectPlace *place, Error *err) MUST_CHECK;
/* Complete the dump, if there is one. */
bool
rejects_commit(Rejects *rejects, DumpSummary *summary, Error *err) MUST_CHECK;
void rejects_free(Rejects *rejects);

#endif
