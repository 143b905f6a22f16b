#include "transform/cast.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"
#include "formats/utf8.h"
#include "transform/cast_put.h"
#include "transform/decimal.h"
#include "transform/zone.h"

/* Integers up to here are doubles exactly. */
#define DOUBLE_INTEGER_LIMIT ((int64_t)1 << 53)
/* Decimals of so many digits are told apart by doubles (DBL_DIG). */
#define DOUBLE_DIGITS 15
/* Julian days taken for moments (profile.h, FITS_TIMESTAMP): those of
 * 1900-01-01 and 2201-01-01, 00:00 UTC. */
#define JULIAN_FIRST 2415020.5
#define JULIAN_PAST  2524958.5
#define DATE_BYTES   10 /* "2024-02-29" */
#define CLOCK_BYTES  8  /* "13:05:07" */
#define UTC_ZONE     "+00"

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
cast_boolean(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	bool truth;

	(void)type;
	(void)err;
	if (value->class == VALUE_INTEGER &&
	    (value->integer == 0 || value->integer == 1))
		truth = value->integer == 1;
	else if (value->class != VALUE_TEXT ||
	    !literal_boolean(value->bytes, value->size, &truth))
		return cast_put_refusal(cast, &not_boolean);
	return cast_put_boolean(truth, out);
}

bool
cast_exact_integer(const Value *value, int64_t *integer)
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

/* What the integer types share. */
static inline bool
cast_within(Cast *cast, const Value *value, int64_t min, int64_t max,
    Value *out, Error *err)
{
	int64_t integer;

	if (!cast_exact_integer(value, &integer))
		return cast_put_refusal(cast, &not_integer);
	if (integer < min || integer > max)
		return cast_put_refusal(cast, &out_of_range);
	/* What was read was the one form there is. */
	if (value->class == VALUE_TEXT)
		return cast_put_borrowed(value->bytes, value->size, out);
	if (value->class == VALUE_INTEGER && cast_put_field(cast, out))
		return true;
	return cast_put_integer(cast, integer, out, err);
}

static bool
cast_bigint(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	(void)type;
	return cast_within(cast, value, INT64_MIN, INT64_MAX, out, err);
}

static bool
cast_integer(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	(void)type;
	return cast_within(cast, value, INT32_MIN, INT32_MAX, out, err);
}

static bool
cast_smallint(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	(void)type;
	return cast_within(cast, value, INT16_MIN, INT16_MAX, out, err);
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
cast_double(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	double real;

	(void)type;
	if (value->class == VALUE_REAL && cast_put_field(cast, out))
		return true;
	if (!double_of(value, &real))
		return cast_put_refusal(cast, &not_double);
	return cast_put_real(cast, real, out, err);
}

static bool
cast_real(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	double real;

	(void)type;
	/* Within float's range, or the conversion itself is undefined. */
	if (!double_of(value, &real) ||
	    !(isinf(real) || fabs(real) <= (double)0x1.fffffep127f) ||
	    (double)(float)real != real)
		return cast_put_refusal(cast, &not_real);
	if (value->class == VALUE_REAL && cast_put_field(cast, out))
		return true;
	return cast_put_real(cast, real, out, err);
}

static bool
cast_numeric(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	uint8_t number[NUMBER_REAL_BYTES];
	const uint8_t *text = number;
	size_t size = 0;
	size_t at = cast->scratch.size;
	DecimalFit fit;

	if (value->class == VALUE_TEXT) {
		text = value->bytes;
		size = value->size;
	} else if (cast->field != NULL && value->class != VALUE_BLOB) {
		text = cast->field->text;
		size = cast->field->size;
	} else if (value->class == VALUE_INTEGER) {
		size = number_write_integer(number, value->integer);
	} else if (value->class == VALUE_REAL) {
		size = number_write_real(number, value->real);
	}
	/* What makes it look like a real says nothing of its value. */
	if (value->class == VALUE_REAL && size > 2 &&
	    memcmp(text + size - 2, ".0", 2) == 0)
		size -= 2;
	if (text != number && decimal_is_canonical(text, size, type))
		return cast_put_borrowed(text, size, out);
	if (!decimal_put(&cast->scratch, text, size, type, &fit, err))
		return false;
	if (fit == DECIMAL_NOT)
		return cast_put_refusal(cast, &not_numeric);
	if (fit == DECIMAL_TOO_WIDE)
		return cast_put_refusal(cast, &numeric_precision);
	return cast_put_borrowed(
	    cast->scratch.data + at, cast->scratch.size - at, out);
}

/*
 * Bytes of a text that datetime_parse has read, up to those after the last
 * digit that datetime_write_time would write: from there on are zeros of the
 * fraction and the zone.  clock is where the time begins.  0 where it would
 * write a second that is not there.
 */
static size_t
canonical_size(const Value *value, size_t clock)
{
	const uint8_t *text = value->bytes;
	size_t n = clock + CLOCK_BYTES;

	if (value->size < n || text[n - 3] != ':')
		return 0;
	if (n == value->size || text[n] != '.')
		return n;
	for (n++; n < value->size && text[n] >= '0' && text[n] <= '9'; n++)
		;
	while (text[n - 1] == '0')
		n--;
	return text[n - 1] == '.' ? n - 1 : n;
}

static bool
cast_date(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	DateTime moment;

	(void)type;
	(void)err;
	if (value->class != VALUE_TEXT ||
	    !datetime_parse(value->bytes, value->size, &moment) ||
	    !moment.has_date || moment.has_zone || moment.hour != 0 ||
	    moment.minute != 0 || moment.second != 0 || moment.microsecond != 0)
		return cast_put_refusal(cast, &not_date);
	return cast_put_borrowed(value->bytes, DATE_BYTES, out);
}

static bool
cast_time(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	DateTime moment;
	uint8_t *at;
	size_t size;

	(void)type;
	if (value->class != VALUE_TEXT ||
	    !datetime_parse(value->bytes, value->size, &moment) ||
	    moment.has_date || !moment.has_time || moment.has_zone)
		return cast_put_refusal(cast, &not_time);
	size = canonical_size(value, 0);
	if (size > 0)
		return cast_put_borrowed(value->bytes, size, out);
	at = cast_put_room(cast, DATETIME_TEXT_BYTES, err);
	return at != NULL &&
	    cast_put_written(cast, datetime_write_time(at, &moment), out);
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

/* Find a moment's offset by the Cast's zone; false where UTC puts it out of the
 * years that are written. */
static bool
place_in_zone(const Cast *cast, DateTime *moment)
{
	int64_t utc;

	moment->zone_seconds = zone_offset(cast->zone, moment);
	moment->has_zone = true;
	utc = datetime_microseconds(moment);
	return utc >= CAST_MOMENT_FIRST && utc < CAST_MOMENT_PAST;
}

/* A text that is a moment in UTC, or in no zone, as it stands: what PostgreSQL
 * writes differently is at most the T and the end. */
static bool
put_canonical(Cast *cast, const Value *value, size_t size, bool with_zone,
    Value *out, Error *err)
{
	const uint8_t *text = value->bytes;
	size_t zone_size = with_zone ? sizeof UTC_ZONE - 1 : 0;
	uint8_t *at;

	if (text[DATE_BYTES] == ' ' && value->size - size >= zone_size &&
	    memcmp(text + size, UTC_ZONE, zone_size) == 0)
		return cast_put_borrowed(text, size + zone_size, out);
	at = cast_put_room(cast, size + zone_size, err);
	if (at == NULL)
		return false;
	memcpy(at, text, size);
	at[DATE_BYTES] = ' ';
	memcpy(at + size, UTC_ZONE, zone_size);
	return cast_put_written(cast, size + zone_size, out);
}

static bool
cast_timestamp(
    Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	DateTime moment;
	size_t size;

	if (!moment_of(value, &moment))
		return cast_put_refusal(cast, &not_timestamp);
	if (type.name == TYPE_TIMESTAMP && value->class == VALUE_TEXT &&
	    moment.has_zone)
		return cast_put_refusal(cast, &has_zone);
	if (cast->zone != NULL && type.name == TYPE_TIMESTAMPTZ &&
	    !moment.has_zone && !place_in_zone(cast, &moment))
		return cast_put_refusal(cast, &not_timestamp);
	if (value->class == VALUE_TEXT && moment.zone_seconds == 0) {
		size = canonical_size(value, DATE_BYTES + 1);
		if (size > 0)
			return put_canonical(cast, value, size,
			    type.name == TYPE_TIMESTAMPTZ, out, err);
	}
	return cast_put_moment(cast, &moment, type.name, out, err);
}

/* Text that PostgreSQL can hold. */
static bool
check_text(Cast *cast, const Value *value)
{
	if (cast->text_is_valid || cast->field != NULL ||
	    utf8_is_text(value->bytes, value->size))
		return true;
	if (utf8_valid_prefix(value->bytes, value->size) == value->size)
		cast->refusal = &text_nul;
	else
		cast->refusal = &invalid_utf8;
	return false;
}

static bool
cast_json(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	LiteralJson json;

	switch (value->class) {
	case VALUE_INTEGER:
		return cast_put_field(cast, out) ||
		    cast_put_integer(cast, value->integer, out, err);
	case VALUE_REAL:
		if (!isfinite(value->real))
			return cast_put_refusal(cast, &not_json);
		return cast_put_field(cast, out) ||
		    cast_put_real(cast, value->real, out, err);
	case VALUE_TEXT:
		if (!check_text(cast, value))
			return true;
		json = literal_json(value->bytes, value->size, NULL);
		if (json == LITERAL_NOT_JSON)
			return cast_put_refusal(cast, &not_json);
		if (json == LITERAL_JSON_ONLY && type.name == TYPE_JSONB)
			return cast_put_refusal(cast, &not_jsonb);
		*out = *value;
		return true;
	case VALUE_NULL:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		break;
	}
	return cast_put_refusal(cast, &not_json);
}

/* Lower case with dashes, as it is written?  Without a branch in the loop, as
 * compilers make vectors of. */
static bool
is_canonical_uuid(const uint8_t *text, size_t size)
{
	static const uint8_t form[LITERAL_UUID_BYTES + 1] =
	    "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	uint8_t wrong = 0;

	if (size != LITERAL_UUID_BYTES)
		return false;
	for (size_t i = 0; i < LITERAL_UUID_BYTES; i++) {
		uint8_t digit = (uint8_t)(text[i] - '0') <= 9;
		uint8_t letter = (uint8_t)(text[i] - 'a') <= 5;
		uint8_t dash = text[i] == '-';
		uint8_t is_dash = form[i] == '-';

		wrong |= (digit | letter | dash) ^ 1;
		wrong |= dash ^ is_dash;
	}
	return wrong == 0;
}

static bool
cast_uuid(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	uint8_t uuid[16];

	(void)type;
	if (value->class == VALUE_BLOB && value->size == sizeof uuid)
		return cast_put_uuid(cast, value->bytes, out, err);
	if (value->class != VALUE_TEXT)
		return cast_put_refusal(cast, &not_uuid);
	if (is_canonical_uuid(value->bytes, value->size))
		return cast_put_borrowed(value->bytes, value->size, out);
	if (!literal_uuid(value->bytes, value->size, uuid))
		return cast_put_refusal(cast, &not_uuid);
	return cast_put_uuid(cast, uuid, out, err);
}

/* A blob's bytes, or those of the text form of anything else. */
static bool
cast_bytea(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	uint8_t number[NUMBER_REAL_BYTES];

	(void)type;
	switch (value->class) {
	case VALUE_INTEGER:
		return cast_put_bytea(cast, number,
		    number_write_integer(number, value->integer), out, err);
	case VALUE_REAL:
		return cast_put_bytea(cast, number,
		    number_write_real(number, value->real), out, err);
	case VALUE_BLOB:
		if (cast_put_field(cast, out))
			return true;
		break;
	case VALUE_NULL:
	case VALUE_TEXT:
	case VALUE_CLASSES:
		break;
	}
	return cast_put_bytea(cast, value->bytes, value->size, out, err);
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
		if (!cast_put_field(cast, out) &&
		    !cast_put_integer(cast, value->integer, out, err))
			return false;
		break;
	case VALUE_REAL:
		if (!cast_put_field(cast, out) &&
		    !cast_put_real(cast, value->real, out, err))
			return false;
		break;
	case VALUE_NULL:
	case VALUE_BLOB:
	case VALUE_CLASSES:
		return cast_put_refusal(cast, &blob_in_text);
	}
	/* As many bytes are never more characters. */
	if (length > 0 && out->size > length &&
	    utf8_length(out->bytes, out->size) > length)
		return cast_put_refusal(cast, &too_long);
	return true;
}

typedef bool
CastFunction(Cast *cast, const Value *value, Type type, Value *out, Error *err);

/* Not a switch, whose cases would share one frame as large as the largest
 * needs: for integers and text that is half the time. */
static CastFunction *const casts[TYPE_COUNT] = {
	[TYPE_TEXT] = cast_text,
	[TYPE_BIGINT] = cast_bigint,
	[TYPE_BOOLEAN] = cast_boolean,
	[TYPE_BYTEA] = cast_bytea,
	[TYPE_CHAR] = cast_text,
	[TYPE_DATE] = cast_date,
	[TYPE_DOUBLE] = cast_double,
	[TYPE_INTEGER] = cast_integer,
	[TYPE_JSON] = cast_json,
	[TYPE_JSONB] = cast_json,
	[TYPE_NUMERIC] = cast_numeric,
	[TYPE_REAL] = cast_real,
	[TYPE_SMALLINT] = cast_smallint,
	[TYPE_TIME] = cast_time,
	[TYPE_TIMESTAMP] = cast_timestamp,
	[TYPE_TIMESTAMPTZ] = cast_timestamp,
	[TYPE_UUID] = cast_uuid,
	[TYPE_VARCHAR] = cast_text,
};

bool
cast_value(Cast *cast, const Value *value, Type type, Value *out, Error *err)
{
	assert(type.name < TYPE_COUNT);
	cast->refusal = NULL;
	if (value->class == VALUE_NULL) {
		*out = *value;
		return true;
	}
	return casts[type.name](cast, value, type, out, err);
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
	buf_free(&cast->repaired);
}
