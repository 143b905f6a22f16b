/*
 * conversion: the named conversions that a mapping's "using" may ask for; a
 * closed list.
 *
 *	name		takes			gives (the first is the default)
 *	unix_s _ms _us _ns  INTEGER, REAL (s only, to the microsecond),
 *			TEXT of an integer	timestamptz, timestamp, date
 *	cocoa		seconds since 2001-01-01 UTC, as unix_s
 *	webkit		microseconds since 1601-01-01 UTC
 *	filetime	100 ns since 1601-01-01 UTC; a last digit that would be
 *			lost is refused
 *	julian		INTEGER or REAL Julian day
 *	iso		TEXT, ISO 8601		timestamptz, timestamp, date, time
 *	int01		INTEGER 0 and 1, and nothing else	boolean
 *	truth		0 is false, any other number true	boolean
 *	cents		INTEGER hundredths	numeric
 *	hex		TEXT of hex digits	bytea
 *	base64		TEXT (RFC 4648, padding optional)	bytea
 *	uuid_blob	BLOB of 16 bytes	uuid
 *	uuid_blob_le	BLOB of 16 bytes as .NET's Guid.ToByteArray	uuid
 *	json		TEXT that is JSON	jsonb, json
 *	json_array	TEXT that is a JSON array of scalars, as the text form
 *			of a PostgreSQL array	text
 *	text		everything but BLOB by its text form	text, varchar, char
 */
#ifndef TRANSFORM_CONVERSION_H
#define TRANSFORM_CONVERSION_H

#include <stdbool.h>

#include "formats/type.h"

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

#endif
