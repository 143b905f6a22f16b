/*
 * profile: the evidence, profile.json - for every column what its values
 * really are.  Gathered by export, asked by transform.
 *
 * Counts are of non-NULL values unless said otherwise.  A hypothesis is a
 * type the column might have; `fits` counts the values that fit it and
 * `counter` is the first value in key order that does not.  The functions of
 * literal.h and datetime.h decide, the same that convert.
 */
#ifndef FORMATS_PROFILE_H
#define FORMATS_PROFILE_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/schema.h"
#include "formats/value.h"

typedef enum {
	FITS_BOOLEAN,   /* 0/1 of class INTEGER, or literal_boolean */
	FITS_BIGINT,    /* INTEGER; a REAL or TEXT that is one exactly */
	FITS_DOUBLE,    /* REAL; INTEGER within 2^53; TEXT that is a
				 * number_read_real of at most 15 digits */
	FITS_NUMERIC,   /* INTEGER, finite REAL, TEXT by
				 * literal_numeric */
	FITS_DATE,      /* TEXT: a date, or a timestamp at 00:00 without
				 * a zone */
	FITS_TIME,      /* TEXT: a time without date and zone */
	FITS_TIMESTAMP, /* TEXT: date with or without time and zone;
				 * REAL: a Julian day of 1900 to 2200 */
	FITS_UUID,      /* TEXT by literal_uuid, BLOB of 16 bytes */
	FITS_JSON,      /* TEXT that PostgreSQL's json takes; in a column
			 * not declared JSON only objects and
			 * arrays are looked at */
	FITS_JSONB,     /* TEXT that jsonb takes */
	FITS_TEXT,      /* TEXT that is UTF-8 without NUL */
	FITS_COUNT
} Fits;

/* "boolean", "bigint", ...: the keys in profile.json. */
const char *profile_fits_name(Fits fits);

/* A value that broke a hypothesis. */
typedef struct {
	uint64_t row; /* 1 is the table's first row in key order; 0:
				 * there is none */
	bool has_rowid;
	int64_t rowid;
	ValueClass class;
	const char *text; /* at most PROFILE_SAMPLE_BYTES of it */
} Counter;

#define PROFILE_SAMPLE_BYTES 60

typedef struct {
	uint64_t classes[VALUE_CLASSES];  /* by storage class, NULLs too */
	int64_t integer_min, integer_max; /* of class INTEGER */
	double real_min, real_max;        /* of class REAL */
	uint64_t real_integral;           /* REALs that are whole numbers */
	uint64_t text_bytes_max, text_characters_max, blob_bytes_max;
	uint64_t empty;             /* TEXT '' */
	uint64_t blanks;            /* TEXT that begins or ends with one */
	uint64_t nul, invalid_utf8; /* TEXT that holds such */
	uint64_t zoned;             /* TEXT timestamps with a zone */
	unsigned integral_digits_max, scale_max; /* of TEXT that fits numeric,
				 * and of REALs in columns of NUMERIC affinity */
	uint64_t fits[FITS_COUNT];
	Counter counter[FITS_COUNT];
} ColumnProfile;

/* Rowids from..to are all there: rows `row`, row+1, ... of the table. */
typedef struct {
	uint64_t row; /* 1-based */
	int64_t from, to;
} RowidRun;

/* More gaps than this in one table and the runs are not kept. */
#define PROFILE_RUNS_LIMIT 4096

typedef struct {
	uint64_t rows;
	ColumnProfile *columns; /* as many as the schema's table has */
	size_t n_columns;
	RowidRun *runs; /* empty for WITHOUT ROWID or too many gaps */
	size_t n_runs;
} TableProfile;

typedef struct {
	TableProfile *tables; /* in the schema's order */
	size_t n_tables;
	Arena arena;
} Profile;

/* Append profile.json. */
bool profile_write(const Profile *profile, const Schema *schema, Buf *out,
    Error *err) MUST_CHECK;

/* Read it back for the same schema; ERROR_DUMP where it is not of it. */
bool profile_read(const uint8_t *bytes, size_t size, const Schema *schema,
    Profile *profile, Error *err) MUST_CHECK;

/* The rowid of the table's row-th row (from 1); false where not known. */
bool profile_rowid(const TableProfile *table, uint64_t row, int64_t *rowid);

void profile_free(Profile *profile);

#endif
