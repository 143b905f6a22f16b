/*
 * dump: the contract of FORMAT.md over an archive: schema first, chunks,
 * evidence, manifest last, everything counted and hashed.
 *
 * Reading, as the three steps of a pipeline use it:
 *
 *	dump_open(path, &dump, err)             schema is there
 *	take:  dump_next(dump, &job->chunk)     ITEM: bytes loaded
 *	work:  chunk_unpack(&job->chunk, ...)   digest checked, rows read
 *	give:  dump_confirm(dump, &job->chunk)  rows, sizes, digest counted
 *	dump_finish(dump, err)                  all is as the manifest says
 *
 * take and give of one run never overlap with themselves but may overlap with
 * each other; the reader keeps their states apart.
 *
 * Writing:
 *
 *	dump_create(path, &schema, &writer, err)    writes schema.json
 *	dump_put_profile / dump_put_chunk ...       in order
 *	dump_commit(writer, &summary, err)          manifest.json; complete
 *	dump_discard(writer)                        always, frees
 */
#ifndef FORMATS_DUMP_H
#define FORMATS_DUMP_H

#include "formats/archive.h"
#include "formats/chunk.h"
#include "formats/error.h"
#include "formats/manifest.h"
#include "formats/profile.h"
#include "formats/schema.h"

typedef struct DumpReader DumpReader;
typedef struct DumpWriter DumpWriter;

/*
 * Open a dump.  Of a directory everything but the data is read and checked
 * here, and its file list is held against the manifest; of a stream the schema,
 * and the profile where it comes before the data.
 */
bool dump_open(const char *path, DumpReader **dump, Error *err) MUST_CHECK;

/* Borrowed until dump_close. */
const Schema *dump_schema(const DumpReader *dump);
/* SHA-256 of schema.json as it came: with the source in it, a dump's name. */
const Digest *dump_schema_digest(const DumpReader *dump);
/* NULL where it has not come (yet). */
const Profile *dump_profile(const DumpReader *dump);
/* A directory's from the start; a stream's after dump_finish; else NULL. */
const Manifest *dump_manifest(const DumpReader *dump);

/*
 * The next chunk: table, ordinal, format, method, expected and bytes are set,
 * rows is the manifest's where it is known, else 0.  END after the last one.
 */
Step dump_next(DumpReader *dump, Chunk *chunk, Error *err) MUST_CHECK;

/* As dump_next, but bytes are left for dump_load, which any thread may call
 * for a directory; a stream loads them here and dump_load does nothing. */
Step dump_next_unloaded(DumpReader *dump, Chunk *chunk, Error *err) MUST_CHECK;
bool dump_load(const DumpReader *dump, Chunk *chunk, Error *err) MUST_CHECK;

/* Tell what a chunk held: its rows, raw_bytes and digest as found, held
 * against the manifest here or in dump_finish. */
bool dump_confirm(DumpReader *dump, const Chunk *chunk, Error *err) MUST_CHECK;

/* After END and the last dump_confirm: is everything the manifest names here,
 * and nothing else?  A stream that ended without its manifest is ERROR_DUMP:
 * "the stream ended before its manifest".  Of a chunk that was not confirmed,
 * because the caller had no use for it, only name and size are checked. */
bool dump_finish(DumpReader *dump, Error *err) MUST_CHECK;
void dump_close(DumpReader *dump);

typedef struct {
	ManifestTotals totals;
	char manifest_sha256[DIGEST_HEX_BYTES];
} DumpSummary;

/*
 * Does path hold a complete dump, and one of this very source: name, size,
 * modification time, dialect and rejects_round are the same?  And if so, with
 * the same schema.json?
 */
typedef enum {
	DUMP_ABSENT,
	DUMP_SAME,
	DUMP_RESHAPED, /* of this source, with another schema.json */
	DUMP_OTHER
} DumpPresence;

/* ERROR_USAGE where a dump is there that cannot be read. */
bool dump_look(const char *path, const Schema *schema, DumpPresence *presence,
    Error *err) MUST_CHECK;

/*
 * Begin a dump of the given schema, which must outlive the writer.  Where path
 * is a directory that already holds a dump of another source or schema (as
 * dump_look says), it is refused at once with ERROR_USAGE.
 */
bool dump_create(const char *path, const Schema *schema, DumpWriter **writer,
    Error *err) MUST_CHECK;
/* The same, but one of this source (DUMP_SAME or DUMP_RESHAPED) stays until
 * dump_commit puts the new one in its place. */
bool dump_create_over(const char *path, const Schema *schema,
    DumpWriter **writer, Error *err) MUST_CHECK;
bool dump_put_profile(
    DumpWriter *writer, const Profile *profile, Error *err) MUST_CHECK;
/* Assigns the chunk's ordinal (the next of its table) and writes it. */
bool dump_put_chunk(DumpWriter *writer, Chunk *chunk, Error *err) MUST_CHECK;
/* Writes a chunk under the ordinal it has, so that a dump made from another
 * has that one's chunks whatever order they came in.  Each ordinal once; a gap
 * at the end is an error. */
bool dump_place_chunk(DumpWriter *writer, Chunk *chunk, Error *err) MUST_CHECK;
/* Write more of the reasons of a dump of rejects: rejects.ndjson, one object a
 * line.  Only a directory can hold them: a stream is ERROR_USAGE. */
bool dump_append_reasons(DumpWriter *writer, const uint8_t *bytes, size_t size,
    Error *err) MUST_CHECK;
/* The same, summed up; borrowed until dump_commit. */
void
dump_sum_reasons(DumpWriter *writer, const ManifestReason *reasons, size_t n);
/* Say that so many rows of the source were set aside: the manifest does, and
 * whoever loads this dump ends with ERROR_REJECTS, as only the last program of
 * a pipe is asked. */
void dump_set_aside(DumpWriter *writer, uint64_t rows);
bool
dump_commit(DumpWriter *writer, DumpSummary *summary, Error *err) MUST_CHECK;
/* Remove what was written to a directory and not committed; dump_discard is
 * still to come. */
bool dump_remove(DumpWriter *writer, Error *err) MUST_CHECK;
void dump_discard(DumpWriter *writer);

#endif
