/*
 * cast: one value of SQLite's as the text form of a PostgreSQL type, exactly,
 * or the reason why that cannot be.
 *
 *	Cast cast = { .text_is_valid = format == ROWS_CSV };
 *	cast_value(&cast, &value, type, &out, err)
 *	if (cast.refusal != NULL)
 *		cast.refusal->reason ...
 *	cast_free(&cast)
 *
 * Whole rows go by rule.h, which knows more of a column than its type.
 *
 * Nothing is rounded, cut or guessed: what does not convert to the same value is
 * refused.  What a type takes is what profile.h's hypothesis of it counts:
 *
 *	boolean		0 and 1; text by literal_boolean
 *	bigint, ...	INTEGER in range; REAL and text that is one exactly
 *	double		REAL; INTEGER within 2^53; text of a real that at most 15
 *			digits say
 *	numeric		INTEGER, finite REAL by its shortest digits, text by
 *			literal_numeric; with (p,s) only what fits unrounded
 *	date, time	text (datetime.h)
 *	timestamptz	text, no zone meaning the Cast's; REAL that is a Julian day of
 *			1900 to 2200
 *	json, jsonb	text by literal_json; numbers
 *	uuid		text by literal_uuid, BLOB of 16 bytes
 *	bytea		everything: BLOB, else the bytes of the text form
 *	text, varchar	text, and the canonical text of numbers
 *
 * A Cast belongs to one thread.
 */
#ifndef TRANSFORM_CAST_H
#define TRANSFORM_CAST_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/rows_csv.h"
#include "formats/type.h"
#include "formats/value.h"
#include "transform/zone.h"

/* Why a value does not fit; a constant, here or of what adds to cast.c. */
typedef struct {
	const char *rule;   /* for programs: "boolean", "text_nul" */
	const char *reason; /* for people */
} CastRefusal;

typedef struct {
	Buf scratch;        /* what was written, one row at most */
	Buf repaired;       /* text that rule.h had to mend, likewise */
	bool text_is_valid; /* TEXT is known to be UTF-8 without NUL */
	const Zone *zone;   /* of times without one; NULL: UTC */
	/* The field that the value was read from; NULL: not known.  Its text is
	 * UTF-8 without NUL, and the one form there is of an INTEGER, REAL or
	 * BLOB, which need not be written again. */
	const RowsCsvField *field;
	const RowsCsvField *fields; /* of the row, for rule_row; NULL */
	size_t refused;             /* values of the last row */
	const CastRefusal *refusal; /* of the last value; NULL: it fits */
} Cast;

/* The moments that are written, as datetime_microseconds gives them: from
 * 0001-01-01 00:00 UTC to before 10000-01-01 00:00 UTC. */
#define CAST_MOMENT_FIRST INT64_C(-63082281600000000)
#define CAST_MOMENT_PAST  INT64_C(252455616000000000)

/*
 * Cast one value.  *out borrows from value, its field, constants, or scratch,
 * which is appended to: what it borrowed there before is valid only as long as
 * scratch.data stays where it is.  False only when memory is out.
 */
bool cast_value(Cast *cast, const Value *value, Type type, Value *out,
    Error *err) MUST_CHECK;

/* The integer that a value is exactly: INTEGER, or a REAL or text that is one. */
bool cast_exact_integer(const Value *value, int64_t *integer);

/* As rule_row, of types alone. */
bool cast_row(Cast *cast, const Value *row, const Type *types, size_t n,
    Value *out, Error *err) MUST_CHECK;

void cast_free(Cast *cast);

#endif
