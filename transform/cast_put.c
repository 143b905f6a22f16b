#include "transform/cast_put.h"

#include "formats/literal.h"

static const CastRefusal not_midnight = { "date",
	"a moment that is not midnight UTC, of which a date would keep only "
	"the day" };

bool
cast_put_moment(
    Cast *cast, const DateTime *moment, TypeName type, Value *out, Error *err)
{
	uint8_t *at;

	if (type == TYPE_DATE &&
	    (moment->hour != 0 || moment->minute != 0 || moment->second != 0 ||
		moment->microsecond != 0))
		return cast_put_refusal(cast, &not_midnight);
	at = cast_put_room(cast, DATETIME_TEXT_BYTES, err);
	if (at == NULL)
		return false;
	if (type == TYPE_DATE)
		return cast_put_written(
		    cast, datetime_write_date(at, moment), out);
	if (type == TYPE_TIMESTAMP)
		return cast_put_written(
		    cast, datetime_write_timestamp(at, moment), out);
	return cast_put_written(
	    cast, datetime_write_timestamptz(at, moment), out);
}

bool
cast_put_uuid(Cast *cast, const uint8_t uuid[16], Value *out, Error *err)
{
	uint8_t *at = cast_put_room(cast, LITERAL_UUID_BYTES, err);

	if (at == NULL)
		return false;
	literal_write_uuid(at, uuid);
	return cast_put_written(cast, LITERAL_UUID_BYTES, out);
}

size_t
cast_put_hex(uint8_t *at, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *first = at;

	*at++ = '\\';
	*at++ = 'x';
	for (size_t i = 0; i < size; i++) {
		*at++ = (uint8_t)digits[bytes[i] >> 4];
		*at++ = (uint8_t)digits[bytes[i] & 15];
	}
	return (size_t)(at - first);
}

bool
cast_put_bytea(
    Cast *cast, const uint8_t *bytes, size_t size, Value *out, Error *err)
{
	size_t hex_size;
	uint8_t *at;

	if (__builtin_mul_overflow(size, (size_t)2, &hex_size) ||
	    __builtin_add_overflow(hex_size, (size_t)2, &hex_size))
		return error_set(err, ERROR_FAILED, "a blob is too large");
	at = cast_put_room(cast, hex_size, err);
	return at != NULL &&
	    cast_put_written(cast, cast_put_hex(at, bytes, size), out);
}
