/*
 * manifest: manifest.json, the last member of a dump; its presence means that
 * the dump is complete.  It counts and hashes everything else, and ends with
 * the hash of its own bytes before that point, so that any flipped bit shows.
 */
#ifndef FORMATS_MANIFEST_H
#define FORMATS_MANIFEST_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/digest.h"
#include "formats/error.h"
#include "formats/schema.h"

#define MANIFEST_VERSION     1
#define MANIFEST_BYTES_LIMIT ((uint64_t)256 << 20)

typedef struct {
	const char *path;
	uint64_t rows, raw_bytes, bytes;
	Digest digest;
} ManifestFile;

typedef struct {
	const char *name;      /* the table's true name */
	const char *namespace; /* as in the schema; NULL for none */
	uint64_t rows;
	ManifestFile *files; /* by ordinal: 1, 2, ... without a gap */
	size_t n_files;
} ManifestTable;

typedef struct {
	uint64_t tables, rows, raw_bytes, bytes;
} ManifestTotals;

/* schema.json, profile.json, rejects.ndjson: bytes 0 where there is none. */
typedef struct {
	uint64_t bytes;
	Digest digest;
} ManifestDocument;

/* In a dump of rejects: how many values of a column broke a rule, and the first
 * of them.  The lines of rejects.ndjson say it of each value. */
typedef struct {
	const char *table;  /* NULL: of the tables that are not named one by
			     * one, as they are too many */
	const char *column; /* NULL: the whole row, or as table */
	const char *rule;   /* for programs */
	const char *reason; /* for people */
	uint64_t values;
	const char *first;  /* for people: 'N/A', 17, x'00ff', NULL; or NULL:
			     * there is no value to show */
	uint64_t first_row; /* in its table, from 1; 0: not known */
	bool has_first_rowid;
	int64_t first_rowid;
} ManifestReason;

typedef struct {
	Dialect dialect;
	Source source;
	ManifestTable *tables; /* in the schema's order, empty ones too */
	size_t n_tables;
	ManifestTotals totals; /* of the data files */
	uint64_t set_aside;    /* rows of the source that are not here: what is
				* loaded from it is not all */
	const ManifestReason *reasons; /* most values first */
	size_t n_reasons;
	ManifestDocument schema, profile, rejects;
	Arena arena;
} Manifest;

/* Append manifest.json; totals are computed from the files. */
bool manifest_write(const Manifest *manifest, Buf *out, Error *err) MUST_CHECK;

/*
 * Read it into an empty Manifest; free it whatever comes back.  The hash at
 * its end, all sums, paths and ordinals are checked.  A version above
 * MANIFEST_VERSION is refused as "written by a newer litehaul".  ERROR_DUMP.
 */
bool manifest_read(const uint8_t *bytes, size_t size, Manifest *manifest,
    Error *err) MUST_CHECK;

void manifest_free(Manifest *manifest);

#endif
