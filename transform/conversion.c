#include "transform/conversion.h"

#include <string.h>

#include "formats/base64.h"
#include "formats/number.h"
#include "transform/cast_put.h"
#include "transform/conversion_array.h"
#include "transform/conversion_moment.h"

#define TYPES_LIMIT 4
#define UUID_BYTES  16

typedef struct {
	const char *name;
	const char *types; /* for people */
	TypeName gives[TYPES_LIMIT];
	size_t n_gives;
	CastRefusal refusal; /* of what it does not take */
} ConversionFacts;

#define MOMENT_TYPES                               \
	.types = "timestamptz, timestamp or date", \
	.gives = { TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, TYPE_DATE }, .n_gives = 3

#define ONE_TYPE(text, type) .types = (text), .gives = { (type) }, .n_gives = 1

static const ConversionFacts conversions[CONVERSION_COUNT] = {
	[CONVERSION_UNIX_S] = { .name = "unix_s",
	    MOMENT_TYPES,
	    .refusal = { "unix_s", "not a number of seconds" } },
	[CONVERSION_UNIX_MS] = { .name = "unix_ms",
	    MOMENT_TYPES,
	    .refusal = { "unix_ms", "not a whole number of milliseconds" } },
	[CONVERSION_UNIX_US] = { .name = "unix_us",
	    MOMENT_TYPES,
	    .refusal = { "unix_us", "not a whole number of microseconds" } },
	[CONVERSION_UNIX_NS] = { .name = "unix_ns",
	    MOMENT_TYPES,
	    .refusal = { "unix_ns", "not a whole number of nanoseconds" } },
	[CONVERSION_COCOA] = { .name = "cocoa",
	    MOMENT_TYPES,
	    .refusal = { "cocoa", "not a number of seconds" } },
	[CONVERSION_WEBKIT] = { .name = "webkit",
	    MOMENT_TYPES,
	    .refusal = { "webkit", "not a whole number of microseconds" } },
	[CONVERSION_FILETIME] = { .name = "filetime",
	    MOMENT_TYPES,
	    .refusal = { "filetime", "not a whole number of 100 ns" } },
	[CONVERSION_JULIAN] = { .name = "julian",
	    MOMENT_TYPES,
	    .refusal = { "julian",
		"not a Julian day of the years 1 to 9999" } },
	[CONVERSION_ISO] = { .name = "iso",
	    .types = "timestamptz, timestamp, date or time",
	    .gives = { TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, TYPE_DATE, TYPE_TIME },
	    .n_gives = 4,
	    .refusal = { "iso", "not text, as a time in ISO 8601 is" } },
	[CONVERSION_INT01] = { .name = "int01",
	    ONE_TYPE("boolean", TYPE_BOOLEAN),
	    .refusal = { "int01", "not the integer 0 or 1" } },
	[CONVERSION_TRUTH] = { .name = "truth",
	    ONE_TYPE("boolean", TYPE_BOOLEAN),
	    .refusal = { "truth", "not a number" } },
	[CONVERSION_CENTS] = { .name = "cents",
	    ONE_TYPE("numeric", TYPE_NUMERIC),
	    .refusal = { "cents", "not a whole number of hundredths" } },
	[CONVERSION_HEX] = { .name = "hex",
	    ONE_TYPE("bytea", TYPE_BYTEA),
	    .refusal = { "hex", "not text of pairs of hex digits" } },
	[CONVERSION_BASE64] = { .name = "base64",
	    ONE_TYPE("bytea", TYPE_BYTEA),
	    .refusal = { "base64", "not text in base64" } },
	[CONVERSION_UUID_BLOB] = { .name = "uuid_blob",
	    ONE_TYPE("uuid", TYPE_UUID),
	    .refusal = { "uuid_blob", "not a blob of 16 bytes" } },
	[CONVERSION_UUID_BLOB_LE] = { .name = "uuid_blob_le",
	    ONE_TYPE("uuid", TYPE_UUID),
	    .refusal = { "uuid_blob_le", "not a blob of 16 bytes" } },
	[CONVERSION_JSON] = { .name = "json",
	    .types = "jsonb or json",
	    .gives = { TYPE_JSONB, TYPE_JSON },
	    .n_gives = 2,
	    .refusal = { "json", "not JSON" } },
	[CONVERSION_JSON_ARRAY] = { .name = "json_array",
	    ONE_TYPE("text", TYPE_TEXT),
	    .refusal = { "json_array",
		"not a JSON array of strings, numbers, booleans and nulls" } },
	[CONVERSION_TEXT] = { .name = "text",
	    .types = "text, varchar or char",
	    .gives = { TYPE_TEXT, TYPE_VARCHAR, TYPE_CHAR },
	    .n_gives = 3,
	    .refusal = { "text", "a blob has no text form" } },
};

const char *
conversion_name(Conversion conversion)
{
	return conversions[conversion].name;
}

bool
conversion_parse(const char *name, Conversion *conversion)
{
	for (int i = CONVERSION_NONE + 1; i < CONVERSION_COUNT; i++)
		if (strcmp(conversions[i].name, name) == 0) {
			*conversion = (Conversion)i;
			return true;
		}
	return false;
}

Type
conversion_type(Conversion conversion)
{
	return (Type){ .name = conversions[conversion].gives[0] };
}

bool
conversion_gives(Conversion conversion, Type type)
{
	const ConversionFacts *facts = &conversions[conversion];

	for (size_t i = 0; i < facts->n_gives; i++)
		if (facts->gives[i] == type.name)
			return true;
	return conversion == CONVERSION_NONE;
}

const char *
conversion_types(Conversion conversion)
{
	const char *types = conversions[conversion].types;

	return types == NULL ? "any type" : types;
}

static bool
refuse(Cast *cast, Conversion conversion)
{
	return cast_put_refusal(cast, &conversions[conversion].refusal);
}

static bool
convert_truth(Cast *cast, const Value *value, Value *out)
{
	if (value->class == VALUE_INTEGER)
		return cast_put_boolean(value->integer != 0, out);
	if (value->class == VALUE_REAL)
		return cast_put_boolean(value->real != 0, out);
	return refuse(cast, CONVERSION_TRUTH);
}

static bool
convert_cents(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	static const char hundredths[] = "e-2";
	uint8_t number[NUMBER_INTEGER_BYTES + sizeof hundredths];
	Value decimal = { .class = VALUE_TEXT, .bytes = number };
	int64_t integer;

	if (!cast_exact_integer(value, &integer))
		return refuse(cast, CONVERSION_CENTS);
	decimal.size = number_write_integer(number, integer);
	memcpy(number + decimal.size, hundredths, sizeof hundredths);
	decimal.size += sizeof hundredths - 1;
	/* What is written of it is written anew. */
	return cast_value(cast, &decimal, type, out, err);
}

/* The digits as they are, in lower case: bytea is written so. */
static bool
convert_hex(Cast *cast, const Value *value, Value *out, Error *err)
{
	const uint8_t *text = value->bytes;
	uint8_t *at;

	if (value->class != VALUE_TEXT || value->size % 2 != 0)
		return refuse(cast, CONVERSION_HEX);
	at = cast_put_room(cast, value->size + 2, err);
	if (at == NULL)
		return false;
	*at++ = '\\';
	*at++ = 'x';
	for (size_t i = 0; i < value->size; i++) {
		uint8_t digit = text[i];

		if (digit >= 'A' && digit <= 'F')
			digit |= 0x20;
		if ((digit < '0' || digit > '9') &&
		    (digit < 'a' || digit > 'f'))
			return refuse(cast, CONVERSION_HEX);
		*at++ = digit;
	}
	return cast_put_written(cast, value->size + 2, out);
}

static bool
convert_base64(Cast *cast, const Value *value, Value *out, Error *err)
{
	size_t most, hex_size;
	uint8_t *at, *bytes;

	if (value->class != VALUE_TEXT)
		return refuse(cast, CONVERSION_BASE64);
	/* What it decodes to, and that as hex; no text is so long that these
	 * overflow. */
	most = BASE64_DECODED_BYTES(value->size);
	hex_size = 2 + 2 * most;
	at = cast_put_room(cast, hex_size + most, err);
	if (at == NULL)
		return false;
	bytes = at + hex_size;
	if (!base64_read(value->bytes, value->size, false, bytes, &most))
		return refuse(cast, CONVERSION_BASE64);
	return cast_put_written(cast, cast_put_hex(at, bytes, most), out);
}

/* Where each byte of a UUID stands in what Guid.ToByteArray gives: its integers
 * of 4, 2 and 2 bytes are little-endian. */
static const uint8_t guid_order[UUID_BYTES] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9,
	10, 11, 12, 13, 14, 15 };

static bool
convert_uuid(Cast *cast, const Value *value, Conversion conversion, Value *out,
    Error *err)
{
	uint8_t uuid[UUID_BYTES];

	if (value->class != VALUE_BLOB || value->size != UUID_BYTES)
		return refuse(cast, conversion);
	for (size_t i = 0; i < UUID_BYTES; i++)
		uuid[i] = value->bytes[conversion == CONVERSION_UUID_BLOB
			? i
			: guid_order[i]];
	return cast_put_uuid(cast, uuid, out, err);
}

static bool
convert_moment(Cast *cast, const Value *value, Conversion conversion, Type type,
    Value *out, Error *err)
{
	DateTime moment;

	switch (conversion_moment_read(value, conversion, &moment)) {
	case CONVERSION_MOMENT_READ:
		return cast_put_moment(cast, &moment, type.name, out, err);
	case CONVERSION_MOMENT_NOT:
		break;
	case CONVERSION_MOMENT_TOO_FINE:
		return cast_put_refusal(cast, &conversion_moment_too_fine);
	case CONVERSION_MOMENT_TOO_FAR:
		return cast_put_refusal(cast, &conversion_moment_too_far);
	}
	return refuse(cast, conversion);
}

bool
conversion_value(Cast *cast, const Value *value, Conversion conversion,
    Type type, Value *out, Error *err)
{
	if (value->class == VALUE_NULL)
		conversion = CONVERSION_NONE;
	cast->refusal = NULL;
	switch (conversion) {
	case CONVERSION_UNIX_S:
	case CONVERSION_UNIX_MS:
	case CONVERSION_UNIX_US:
	case CONVERSION_UNIX_NS:
	case CONVERSION_COCOA:
	case CONVERSION_WEBKIT:
	case CONVERSION_FILETIME:
	case CONVERSION_JULIAN:
		return convert_moment(cast, value, conversion, type, out, err);
	case CONVERSION_ISO:
	case CONVERSION_JSON:
		if (value->class != VALUE_TEXT)
			return refuse(cast, conversion);
		break;
	case CONVERSION_INT01:
		if (value->class != VALUE_INTEGER || value->integer < 0 ||
		    value->integer > 1)
			return refuse(cast, conversion);
		return cast_put_boolean(value->integer == 1, out);
	case CONVERSION_TRUTH:
		return convert_truth(cast, value, out);
	case CONVERSION_CENTS:
		return convert_cents(cast, value, type, out, err);
	case CONVERSION_HEX:
		return convert_hex(cast, value, out, err);
	case CONVERSION_BASE64:
		return convert_base64(cast, value, out, err);
	case CONVERSION_UUID_BLOB:
	case CONVERSION_UUID_BLOB_LE:
		return convert_uuid(cast, value, conversion, out, err);
	case CONVERSION_JSON_ARRAY:
		if (value->class != VALUE_TEXT ||
		    !conversion_array_takes(value->bytes, value->size))
			return refuse(cast, conversion);
		return conversion_array_put(cast, value, out, err);
	case CONVERSION_TEXT:
		if (value->class == VALUE_BLOB)
			return refuse(cast, conversion);
		break;
	case CONVERSION_NONE:
	case CONVERSION_COUNT:
		break;
	}
	return cast_value(cast, value, type, out, err);
}
