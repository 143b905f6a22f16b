#include "transform/cast.h"

#include <math.h>
#include <string.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"
#include "formats/utf8.h"
#include "transform/decimal.h"

/* Integers up to here are doubles exactly. */
#define DOUBLE_INTEGER_LIMIT ((int64_t)1 << 53)
/* Decimals of so many digits are told apart by doubles (DBL_DIG). */
#define DOUBLE_DIGITS 15
/* Julian days taken for moments (profile.h, FITS_TIMESTAMP): those of
 * 1900-01-01 and 2201-01-01, 00:00 UTC. */
#define JULIAN_FIRST 2415020.5
#define JULIAN_PAST  2524958.5

static const CastRefusal not_boolean = { "boolean",
	"not 0, 1 or a word PostgreSQL reads as a boolean" };
static const CastRefusal not_integer = { "integer", "not a whole number" };
static const CastRefusal out_of_range = { "integer_range",
	"outside the type's range" };
static const CastRefusal not_double = { "double",
	"not a number that double precision holds exactly" };
static const CastRefusal not_real = { "real",
	"not a number that real holds exactly" };
static const CastRefusal not_numeric = { "numeric",
	"not a finite decimal number" };
static const CastRefusal numeric_precision = { "numeric_precision",
	"more digits than the type has" };
static const CastRefusal not_date = { "date", "not a date as YYYY-MM-DD" };
static const CastRefusal not_time = { "time",
	"not a time as HH:MM[:SS[.ffffff]]" };
static const CastRefusal not_timestamp = { "timestamp",
	"not a date or date and time in ISO 8601, "
	"nor a Julian day of 1900 to 2200" };
static const CastRefusal has_zone = { "timestamp_zone",
	"has a time zone, which the type cannot keep" };
static const CastRefusal not_json = { "json", "not JSON" };
static const CastRefusal not_jsonb = { "jsonb",
	"JSON that jsonb refuses: \\u0000, a lone surrogate or a number "
	"too large" };
static const CastRefusal not_uuid = { "uuid",
	"not a UUID: 32 hex digits or 16 bytes" };
static const CastRefusal text_nul = { "text_nul",
	"text with a NUL, which PostgreSQL's text cannot hold" };
static const CastRefusal invalid_utf8 = { "invalid_utf8",
	"text that is not UTF-8" };
static const CastRefusal blob_in_text = { "blob_in_text",
	"a blob in a column of text" };
static const CastRefusal too_long = { "length",
	"more characters than the type has" };

static bool
refuse(Cast *cast, const CastRefusal *refusal)
{
	cast->refusal = refusal;
	return true;
}

static void
borrow(const void *bytes, size_t size, Value *out)
{
	out->class = VALUE_TEXT;
	out->size = size;
	out->bytes = bytes;
}

/* Room for size bytes at scratch's end; NULL when memory is out. */
static uint8_t *
room(Cast *cast, size_t size, Error *err)
{
	if (!buf_reserve(&cast->scratch, size, err))
		return NULL;
	return cast->scratch.data + cast->scratch.size;
}

/* The size bytes that were written where room() said. */
static bool
keep(Cast *cast, size_t size, Value *out)
{
	borrow(cast->scratch.data + cast->scratch.size, size, out);
	cast->scratch.size += size;
	return true;
}

static bool
put_integer(Cast *cast, int64_t integer, Value *out, Error *err)
{
	uint8_t *at = room(cast, NUMBER_INTEGER_BYTES, err);

	if (at == NULL)
		return false;
	return keep(cast, number_write_integer(at, integer), out);
}

static bool
put_real(Cast *cast, double real, Value *out, Error *err)
{
	uint8_t *at = room(cast, NUMBER_REAL_BYTES, err);

	if (at == NULL)
		return false;
	return keep(cast, number_write_real(at, real), out);
}

static bool
cast_boolean(Cast *cast, const Value *value, Value *out)
{
	bool truth;

	if (value->class == VALUE_INTEGER &&
	    (value->integer == 0 || value->integer == 1))
		truth = value->integer == 1;
	else if (value->class != VALUE_TEXT ||
	    !literal_boolean(value->bytes, value->size, &truth))
		return refuse(cast, &not_boolean);
	if (truth)
		borrow("true", 4, out);
	else
		borrow("false", 5, out);
	return true;
}

/* The int64 that a value is exactly. */
static bool
integer_of(const Value *value, int64_t *integer)
{
	switch (value->class) {
	case VALUE_INTEGER:
		*integer = value->integer;
		return true;
	case VALUE_REAL:
		/* -2^63 and 2^63: the first double in, the first out. */
		if (!(value->real >= -0x1p63 && value->real < 0x1p63) ||
		    value->real != floor(value->real))
			return false;
		/* No integer has the sign of -0.0. */
		if (value->real == 0 && signbit(value->real))
			return false;
		*integer = (int64_t)value->real;
		return true;
	case VALUE_TEXT:
		return number_read_integer(value->bytes, value->size, integer);
	case VALUE_NULL:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		break;
	}
	return false;
}

static bool
cast_integer(Cast *cast, const Value *value, int64_t min, int64_t max,
    Value *out, Error *err)
{
	int64_t integer;

	if (!integer_of(value, &integer))
		return refuse(cast, &not_integer);
	if (integer < min || integer > max)
		return refuse(cast, &out_of_range);
	return put_integer(cast, integer, out, err);
}

/* Digits of a decimal before its exponent, leading zeros left out. */
static unsigned
count_digits(const uint8_t *text, size_t size)
{
	unsigned digits = 0;

	for (size_t i = 0; i < size && text[i] != 'e' && text[i] != 'E'; i++)
		if (text[i] >= '0' && text[i] <= '9' &&
		    (digits > 0 || text[i] != '0'))
			digits++;
	return digits;
}

/* The double that a value is, as far as a double can tell. */
static bool
double_of(const Value *value, double *real)
{
	switch (value->class) {
	case VALUE_REAL:
		*real = value->real;
		return true;
	case VALUE_INTEGER:
		*real = (double)value->integer;
		return value->integer >= -DOUBLE_INTEGER_LIMIT &&
		    value->integer <= DOUBLE_INTEGER_LIMIT;
	case VALUE_TEXT:
		return number_read_real(value->bytes, value->size, real) &&
		    count_digits(value->bytes, value->size) <= DOUBLE_DIGITS;
	case VALUE_NULL:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		break;
	}
	return false;
}

static bool
cast_double(Cast *cast, const Value *value, Value *out, Error *err)
{
	double real;

	if (!double_of(value, &real))
		return refuse(cast, &not_double);
	return put_real(cast, real, out, err);
}

static bool
cast_real(Cast *cast, const Value *value, Value *out, Error *err)
{
	double real;

	/* Within float's range, or the conversion itself is undefined. */
	if (!double_of(value, &real) ||
	    !(isinf(real) || fabs(real) <= (double)0x1.fffffep127f) ||
	    (double)(float)real != real)
		return refuse(cast, &not_real);
	return put_real(cast, real, out, err);
}

static bool
cast_numeric(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	uint8_t number[NUMBER_REAL_BYTES];
	const uint8_t *text = number;
	size_t size = 0;
	DecimalFit fit;
	size_t at = cast->scratch.size;

	switch (value->class) {
	case VALUE_INTEGER:
		size = number_write_integer(number, value->integer);
		break;
	case VALUE_REAL:
		size = number_write_real(number, value->real);
		/* What makes it look like a real says nothing of its value. */
		if (size > 2 && memcmp(number + size - 2, ".0", 2) == 0)
			size -= 2;
		break;
	case VALUE_TEXT:
		text = value->bytes;
		size = value->size;
		break;
	case VALUE_NULL:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		break;
	}
	if (!decimal_put(&cast->scratch, text, size, type, &fit, err))
		return false;
	if (fit == DECIMAL_NOT)
		return refuse(cast, &not_numeric);
	if (fit == DECIMAL_TOO_WIDE)
		return refuse(cast, &numeric_precision);
	borrow(cast->scratch.data + at, cast->scratch.size - at, out);
	return true;
}

static bool
cast_date(Cast *cast, const Value *value, Value *out, Error *err)
{
	DateTime moment;
	uint8_t *at;

	if (value->class != VALUE_TEXT ||
	    !datetime_parse(value->bytes, value->size, &moment) ||
	    !moment.has_date || moment.has_zone || moment.hour != 0 ||
	    moment.minute != 0 || moment.second != 0 || moment.microsecond != 0)
		return refuse(cast, &not_date);
	at = room(cast, DATETIME_TEXT_BYTES, err);
	return at != NULL && keep(cast, datetime_write_date(at, &moment), out);
}

static bool
cast_time(Cast *cast, const Value *value, Value *out, Error *err)
{
	DateTime moment;
	uint8_t *at;

	if (value->class != VALUE_TEXT ||
	    !datetime_parse(value->bytes, value->size, &moment) ||
	    moment.has_date || !moment.has_time || moment.has_zone)
		return refuse(cast, &not_time);
	at = room(cast, DATETIME_TEXT_BYTES, err);
	return at != NULL && keep(cast, datetime_write_time(at, &moment), out);
}

static bool
moment_of(const Value *value, DateTime *moment)
{
	if (value->class == VALUE_TEXT)
		return datetime_parse(value->bytes, value->size, moment) &&
		    moment->has_date;
	return value->class == VALUE_REAL && value->real >= JULIAN_FIRST &&
	    value->real < JULIAN_PAST &&
	    datetime_from_julian(value->real, moment);
}

static bool
cast_timestamp(
    Cast *cast, const Value *value, TypeName type, Value *out, Error *err)
{
	DateTime moment;
	uint8_t *at;

	if (!moment_of(value, &moment))
		return refuse(cast, &not_timestamp);
	if (type == TYPE_TIMESTAMP && value->class == VALUE_TEXT &&
	    moment.has_zone)
		return refuse(cast, &has_zone);
	at = room(cast, DATETIME_TEXT_BYTES, err);
	if (at == NULL)
		return false;
	if (type == TYPE_TIMESTAMP)
		return keep(cast, datetime_write_timestamp(at, &moment), out);
	return keep(cast, datetime_write_timestamptz(at, &moment), out);
}

/* Text that PostgreSQL can hold. */
static bool
check_text(Cast *cast, const Value *value)
{
	if (cast->text_is_valid || utf8_is_text(value->bytes, value->size))
		return true;
	if (utf8_valid_prefix(value->bytes, value->size) == value->size)
		cast->refusal = &text_nul;
	else
		cast->refusal = &invalid_utf8;
	return false;
}

static bool
cast_json(Cast *cast, const Value *value, TypeName type, Value *out, Error *err)
{
	LiteralJson json;

	switch (value->class) {
	case VALUE_INTEGER:
		return put_integer(cast, value->integer, out, err);
	case VALUE_REAL:
		if (!isfinite(value->real))
			return refuse(cast, &not_json);
		return put_real(cast, value->real, out, err);
	case VALUE_TEXT:
		if (!check_text(cast, value))
			return true;
		json = literal_json(value->bytes, value->size, NULL);
		if (json == LITERAL_NOT_JSON)
			return refuse(cast, &not_json);
		if (json == LITERAL_JSON_ONLY && type == TYPE_JSONB)
			return refuse(cast, &not_jsonb);
		*out = *value;
		return true;
	case VALUE_NULL:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		break;
	}
	return refuse(cast, &not_json);
}

static bool
cast_uuid(Cast *cast, const Value *value, Value *out, Error *err)
{
	uint8_t uuid[16];
	uint8_t *at;

	if (value->class == VALUE_BLOB && value->size == sizeof uuid)
		memcpy(uuid, value->bytes, sizeof uuid);
	else if (value->class != VALUE_TEXT ||
	    !literal_uuid(value->bytes, value->size, uuid))
		return refuse(cast, &not_uuid);
	at = room(cast, LITERAL_UUID_BYTES, err);
	if (at == NULL)
		return false;
	literal_write_uuid(at, uuid);
	return keep(cast, LITERAL_UUID_BYTES, out);
}

static bool
put_hex(Cast *cast, const uint8_t *bytes, size_t size, Value *out, Error *err)
{
	static const char digits[] = "0123456789abcdef";
	size_t hex_size;
	uint8_t *at;

	if (__builtin_mul_overflow(size, (size_t)2, &hex_size) ||
	    __builtin_add_overflow(hex_size, (size_t)2, &hex_size))
		return error_set(err, ERROR_FAILED, "a blob is too large");
	at = room(cast, hex_size, err);
	if (at == NULL)
		return false;
	*at++ = '\\';
	*at++ = 'x';
	for (size_t i = 0; i < size; i++) {
		*at++ = (uint8_t)digits[bytes[i] >> 4];
		*at++ = (uint8_t)digits[bytes[i] & 15];
	}
	return keep(cast, hex_size, out);
}

/* A blob's bytes, or those of the text form of anything else. */
static bool
cast_bytea(Cast *cast, const Value *value, Value *out, Error *err)
{
	uint8_t number[NUMBER_REAL_BYTES];

	switch (value->class) {
	case VALUE_INTEGER:
		return put_hex(cast, number,
		    number_write_integer(number, value->integer), out, err);
	case VALUE_REAL:
		return put_hex(cast, number,
		    number_write_real(number, value->real), out, err);
	case VALUE_NULL:
	case VALUE_TEXT:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		break;
	}
	return put_hex(cast, value->bytes, value->size, out, err);
}

static bool
cast_text(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	size_t length = (size_t)type.length;

	switch (value->class) {
	case VALUE_TEXT:
		if (!check_text(cast, value))
			return true;
		*out = *value;
		break;
	case VALUE_INTEGER:
		if (!put_integer(cast, value->integer, out, err))
			return false;
		break;
	case VALUE_REAL:
		if (!put_real(cast, value->real, out, err))
			return false;
		break;
	case VALUE_NULL:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		return refuse(cast, &blob_in_text);
	}
	/* As many bytes are never more characters. */
	if (length > 0 && out->size > length &&
	    utf8_length(out->bytes, out->size) > length)
		return refuse(cast, &too_long);
	return true;
}

bool
cast_value(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	cast->refusal = NULL;
	if (value->class == VALUE_NULL) {
		*out = *value;
		return true;
	}
	switch (type.name) {
	case TYPE_TEXT:
	case TYPE_CHAR:
	case TYPE_VARCHAR:
		return cast_text(cast, value, type, out, err);
	case TYPE_BIGINT:
		return cast_integer(
		    cast, value, INT64_MIN, INT64_MAX, out, err);
	case TYPE_BOOLEAN:
		return cast_boolean(cast, value, out);
	case TYPE_BYTEA:
		return cast_bytea(cast, value, out, err);
	case TYPE_DATE:
		return cast_date(cast, value, out, err);
	case TYPE_DOUBLE:
		return cast_double(cast, value, out, err);
	case TYPE_INTEGER:
		return cast_integer(
		    cast, value, INT32_MIN, INT32_MAX, out, err);
	case TYPE_JSON:
	case TYPE_JSONB:
		return cast_json(cast, value, type.name, out, err);
	case TYPE_NUMERIC:
		return cast_numeric(cast, value, type, out, err);
	case TYPE_REAL:
		return cast_real(cast, value, out, err);
	case TYPE_SMALLINT:
		return cast_integer(
		    cast, value, INT16_MIN, INT16_MAX, out, err);
	case TYPE_TIME:
		return cast_time(cast, value, out, err);
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return cast_timestamp(cast, value, type.name, out, err);
	case TYPE_UUID:
		return cast_uuid(cast, value, out, err);
	case TYPE_COUNT:
		break;
	}
	return error_set(err, ERROR_FAILED, "a column without a type");
}

bool
cast_row(Cast *cast, const Value *row, const Type *types, size_t n, Value *out,
    Error *err)
{
	const uint8_t *before;

	/* What was cast first points into scratch: when that moved on the way,
	 * it has room for the whole row now, so do it again. */
	do {
		before = cast->scratch.data;
		cast->scratch.size = 0;
		cast->refused = 0;
		for (size_t i = 0; i < n; i++) {
			if (!cast_value(cast, &row[i], types[i], &out[i], err))
				return false;
			if (cast->refusal != NULL) {
				out[i] = (Value){ .class = VALUE_NULL };
				cast->refused++;
			}
		}
	} while (cast->scratch.data != before);
	return true;
}

void
cast_free(Cast *cast)
{
	buf_free(&cast->scratch);
}
