/*
 * rejects: the rows that were set aside, as a dump of the source's dialect with
 * the reasons beside it, so that nothing is lost and litehaul-transform can read
 * them again.
 *
 * Workers write a RejectLog each, without knowing where in the table their rows
 * are; give completes it:
 *
 *	path = rejects_default_path(file, schema, &arena, err)
 *	rejects_begin_check(path, dump, file, err)
 *	rejects = { .path, .schema, .profile, .limit, .expected }
 *	work:	reject_log_put(&job->log, &reject, err)       one a bad value
 *	give:	rejects_put(&rejects, &job->aside, &job->log, &place, err)
 *	end:	rejects_commit(&rejects, &summary, err)
 *		rejects_reasons(&rejects, &n), rejects.stale
 *		rejects_free(&rejects)
 *
 * The dump is begun with the first row.  rejects.ndjson has one object for each
 * bad value, which is on its way to the disk as soon as give has it:
 *
 *	{"table":"users","row":12,"rowid":17,"key":{"id":17},"column":"age",
 *	 "class":"text","value":"N/A","type":"bigint","rule":"integer",
 *	 "reason":"not a whole number","suggestion":"type: text; ...",
 *	 "path":"data/users/000001.csv.zst"}
 *
 * row counts the table's rows in the dump from 1; row, rowid and key stand there
 * where they are known.
 */
#ifndef TRANSFORM_REJECTS_H
#define TRANSFORM_REJECTS_H

#include "formats/dump.h"
#include "formats/error.h"
#include "formats/manifest.h"
#include "formats/profile.h"
#include "formats/schema.h"
#include "transform/reject.h"

typedef enum {
	REJECTS_UNLIMITED,
	REJECTS_ROWS,
	REJECTS_SHARE /* of the rows that were to be converted */
} RejectLimitKind;

/* How many rows may be set aside; the zero value is any number. */
typedef struct {
	RejectLimitKind kind;
	uint64_t rows;       /* with REJECTS_ROWS */
	uint64_t millionths; /* with REJECTS_SHARE: of all rows */
	const char *text;    /* as it was given, borrowed */
} RejectLimit;

/* "1000", "0.5%" (of four decimals at most); ERROR_USAGE.  text stays. */
bool rejects_parse_limit(
    const char *text, RejectLimit *limit, Error *err) MUST_CHECK;

/* The rows that a dump says its wanted tables have; 0 where it does not. */
uint64_t rejects_expected_rows(const DumpReader *reader, const bool *wanted);

/*
 * Where rows are set aside when nobody said: beside the output, or for a stream
 * in the current directory.  Rows that were set aside before and are again get a
 * name with a number, so that they do not meet those they come from.  NULL and
 * err filled when memory is out.
 */
const char *rejects_default_path(const char *file, const Schema *source,
    Arena *arena, Error *err) MUST_CHECK;

/* Refuse (ERROR_USAGE) a path where rows cannot be set aside: the dump that is
 * read (NULL: standard input), the one that is written, a stream. */
bool rejects_begin_check(const char *path, const char *input,
    const char *output, Error *err) MUST_CHECK;

/* Kinds of reasons that are told apart by table and column; what comes beyond
 * counts by rule alone. */
#define REJECTS_KINDS 1000

typedef struct {
	/* Set by the caller, borrowed. */
	const char *path;       /* the directory to make */
	const Schema *schema;   /* of the source */
	const Profile *profile; /* evidence of the source, or NULL */
	RejectLimit limit;
	uint64_t expected; /* rows to be converted in all; 0: not known */
	/* Ours. */
	DumpWriter *writer; /* NULL while nothing was set aside */
	uint64_t rows;      /* that were set aside */
	uint64_t rows_read; /* of those that were to be converted */
	bool stale;   /* after rejects_commit: nothing was set aside, but path
		     * holds what an earlier run of this source did */
	Schema aside; /* schema with its round */
	Buf kinds;    /* of ManifestReason */
	Buf lines;    /* on their way to rejects.ndjson */
	RejectReader reader;
	Arena arena;
} Rejects;

/* Where a chunk's rows are in their table. */
typedef struct {
	bool known;
	uint64_t rows_before; /* with known */
	uint64_t rows;        /* the chunk's; 0 where its table is left out */
} RejectPlace;

/* Write the rejected rows of a chunk, if any, and their reasons.  Where these
 * are more than the limit allows, what was set aside is removed, and the run
 * fails. */
bool rejects_put(Rejects *rejects, Chunk *aside, const RejectLog *log,
    const RejectPlace *place, Error *err) MUST_CHECK;
/* Complete the dump, if there is one. */
bool
rejects_commit(Rejects *rejects, DumpSummary *summary, Error *err) MUST_CHECK;

/* What was wrong, most values first; borrowed until rejects_free.  Call it
 * after the last rejects_put. */
const ManifestReason *rejects_reasons(Rejects *rejects, size_t *n);
/* One of them for people: "1,000 x users.age: not a whole number (first 'N/A'
 * at rowid 17)". */
bool rejects_put_reason(
    Buf *out, const ManifestReason *reason, Error *err) MUST_CHECK;

void rejects_free(Rejects *rejects);

/* For rejects.c: hold the rows set aside against a share or number of total
 * (0: not known). */
bool
rejects_check_limit(Rejects *rejects, uint64_t total, Error *err) MUST_CHECK;

#endif
