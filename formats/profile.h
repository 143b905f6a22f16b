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
	/* Moments of 1980 to 2100, counted from an epoch: INTEGER, TEXT of an
	 * integer; those marked with * also REAL. */
	FITS_UNIX_S, /* * */
	FITS_UNIX_MS,
	FITS_UNIX_US,
	FITS_UNIX_NS,
	FITS_COCOA,    /* * seconds since 2001; from 2002 on, for what is
			* less may be any small number */
	FITS_WEBKIT,   /* microseconds since 1601 */
	FITS_FILETIME, /* 100 ns since 1601 */
	FITS_JULIAN,   /* * days */
	FITS_COUNT
} Fits;

#define FITS_EPOCH_FIRST FITS_UNIX_S
#define FITS_EPOCHS      (FITS_COUNT - FITS_EPOCH_FIRST)

/* "boolean", "bigint", ...: the keys in profile.json; of epochs the names that
 * a mapping has for their conversions ("unix_ms"). */
const char *profile_fits_name(Fits fits);

/* How a UUID is spelt. */
typedef enum {
	UUID_LOWER,  /* 8-4-4-4-12 with dashes; digits alone are lower case */
	UUID_UPPER,  /* the same with upper case */
	UUID_BARE,   /* 32 digits */
	UUID_BRACED, /* in braces */
	UUID_BLOB,   /* BLOB of 16 bytes */
	UUID_OTHER,  /* cases mixed, dashes elsewhere */
	UUID_SPELLINGS
} UuidSpelling;

/* "lower", "upper", "bare", "braced", "blob", "other". */
const char *profile_uuid_name(UuidSpelling spelling);

/* What a text may be that somebody should know of. */
typedef enum {
	ODD_EMPTY,        /* '' */
	ODD_BLANKS,       /* begins or ends with a blank */
	ODD_NUL,          /* holds NUL */
	ODD_INVALID_UTF8, /* is not UTF-8 */
	ODD_JSON_NUL,     /* is JSON and holds \u0000, which jsonb refuses */
	ODD_COUNT
} Oddity;

/* "empty", "blanks", "nul", "invalid_utf8", "json_nul": the keys of the counts
 * in profile.json. */
const char *profile_odd_name(Oddity odd);

/* A value that broke a hypothesis, or was the first of its kind. */
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
	/* TEXT by Oddity, and the first of each. */
	uint64_t empty, blanks, nul, invalid_utf8, json_nul;
	Counter odd_first[ODD_COUNT];
	uint64_t integer_01, text_01; /* INTEGER 0 and 1; TEXT '0' and '1' */
	uint64_t text_integers;       /* TEXT that fits bigint */
	uint64_t text_decimals;       /* TEXT that fits numeric only */
	/* What fits timestamp or date is one of these three or a REAL. */
	uint64_t dates; /* TEXT: dates alone */
	uint64_t naive; /* TEXT: date and time without a zone */
	uint64_t zoned; /* TEXT: date and time with a zone */
	uint64_t uuids[UUID_SPELLINGS];
	uint64_t json_objects, json_arrays, json_scalars; /* of fits json */
	unsigned integral_digits_max, scale_max; /* of TEXT that fits numeric,
				 * and of REALs in columns of NUMERIC affinity */
	uint64_t fits[FITS_COUNT];
	Counter counter[FITS_COUNT];
	Counter first; /* the first value that is not NULL */
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

uint64_t profile_odd_count(const ColumnProfile *column, Oddity odd);

/* Does the evidence know of epochs, spellings and first values?  What older
 * versions wrote does not: their counts are 0. */
bool profile_is_full(const ColumnProfile *column);

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
