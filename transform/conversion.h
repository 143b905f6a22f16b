/*
 * conversion: the named conversions that a mapping's "using" may ask for; a
 * closed list.
 *
 *	name		takes			gives (the first is the default)
 *	unix_s		seconds since 1970-01-01 00:00 UTC; also REAL with a
 *			fraction	timestamptz, timestamp, date
 *	unix_ms _us _ns	thousandths, millionths, billionths of them	the same
 *	cocoa		seconds since 2001-01-01 UTC, as unix_s		the same
 *	webkit		microseconds since 1601-01-01 UTC		the same
 *	filetime	100 ns since 1601-01-01 UTC			the same
 *	julian		INTEGER or REAL Julian day, to the millisecond as
 *			SQLite's own functions read it			the same
 *	iso		TEXT, ISO 8601		timestamptz, timestamp, date, time
 *	int01		INTEGER 0 and 1, and nothing else	boolean
 *	truth		0 is false, any other number true	boolean
 *	cents		whole hundredths			numeric
 *	hex		TEXT of hex digits	bytea
 *	base64		TEXT (RFC 4648 section 4, padding optional)	bytea
 *	uuid_blob	BLOB of 16 bytes	uuid
 *	uuid_blob_le	BLOB of 16 bytes as .NET's Guid.ToByteArray	uuid
 *	json		TEXT that is JSON	jsonb, json
 *	json_array	TEXT that is a JSON array of scalars, as the text form
 *			of a PostgreSQL array	text
 *	text		everything but BLOB by its text form	text, varchar, char
 *
 * Counts are INTEGER, or a REAL or TEXT that is an integer exactly.  Moments are
 * UTC: a timestamp is the one in UTC, a date takes midnight UTC alone.  Moments
 * out of the years 1 to 9999 are refused, and integers that are finer than a
 * microsecond.  A REAL with a fraction is read as the nearest microsecond, as
 * PostgreSQL's to_timestamp(double precision) does: doubles of our years are
 * steps of 0.2 microseconds and were clocks' readings, not decimals.
 */
#ifndef TRANSFORM_CONVERSION_H
#define TRANSFORM_CONVERSION_H

#include <stdbool.h>

#include "formats/error.h"
#include "formats/type.h"
#include "formats/value.h"
#include "transform/cast.h"

typedef enum {
	CONVERSION_NONE, /* by the type alone: cast.h */
	CONVERSION_UNIX_S,
	CONVERSION_UNIX_MS,
	CONVERSION_UNIX_US,
	CONVERSION_UNIX_NS,
	CONVERSION_COCOA,
	CONVERSION_WEBKIT,
	CONVERSION_FILETIME,
	CONVERSION_JULIAN,
	CONVERSION_ISO,
	CONVERSION_INT01,
	CONVERSION_TRUTH,
	CONVERSION_CENTS,
	CONVERSION_HEX,
	CONVERSION_BASE64,
	CONVERSION_UUID_BLOB,
	CONVERSION_UUID_BLOB_LE,
	CONVERSION_JSON,
	CONVERSION_JSON_ARRAY,
	CONVERSION_TEXT,
	CONVERSION_COUNT
} Conversion;

/* "unix_ms"; NULL for CONVERSION_NONE. */
const char *conversion_name(Conversion conversion);
bool conversion_parse(const char *name, Conversion *conversion);

/* The type it gives where no other is asked for. */
Type conversion_type(Conversion conversion);
/* Can it give this type? */
bool conversion_gives(Conversion conversion, Type type);
/* The types it gives, for messages: "timestamptz, timestamp or date". */
const char *conversion_types(Conversion conversion);

/* As cast_value: what the value becomes; type is one that the conversion gives,
 * or, for CONVERSION_NONE, any. */
bool conversion_value(Cast *cast, const Value *value, Conversion conversion,
    Type type, Value *out, Error *err) MUST_CHECK;

#endif
