/*
 * cast_put: how the value that a cast gives is said: refused, borrowed, or
 * written into the Cast's scratch.  For cast.c and for what adds conversions to
 * it; all functions that return bool do so to be a caller's last word, and are
 * false only when memory is out.
 */
#ifndef TRANSFORM_CAST_PUT_H
#define TRANSFORM_CAST_PUT_H

#include "formats/datetime.h"
#include "formats/number.h"
#include "transform/cast.h"

static inline bool
cast_put_refusal(Cast *cast, const CastRefusal *refusal)
{
	cast->refusal = refusal;
	return true;
}

/* Text that is there already. */
static inline bool
cast_put_borrowed(const void *bytes, size_t size, Value *out)
{
	out->class = VALUE_TEXT;
	out->size = size;
	out->bytes = bytes;
	return true;
}

/* The text form of the value at hand, which is no TEXT, as it was read; false
 * where that is not known. */
static inline bool
cast_put_field(const Cast *cast, Value *out)
{
	if (cast->field == NULL)
		return false;
	return cast_put_borrowed(cast->field->text, cast->field->size, out);
}

/* Room for size bytes at scratch's end; NULL when memory is out. */
static inline uint8_t *
cast_put_room(Cast *cast, size_t size, Error *err)
{
	if (!buf_reserve(&cast->scratch, size, err))
		return NULL;
	return cast->scratch.data + cast->scratch.size;
}

/* The size bytes that were written where cast_put_room said. */
static inline bool
cast_put_written(Cast *cast, size_t size, Value *out)
{
	uint8_t *at = cast->scratch.data + cast->scratch.size;

	cast->scratch.size += size;
	return cast_put_borrowed(at, size, out);
}

static inline bool
cast_put_boolean(bool truth, Value *out)
{
	if (truth)
		return cast_put_borrowed("true", 4, out);
	return cast_put_borrowed("false", 5, out);
}

static inline bool
cast_put_integer(Cast *cast, int64_t integer, Value *out, Error *err)
{
	uint8_t *at = cast_put_room(cast, NUMBER_INTEGER_BYTES, err);

	return at != NULL &&
	    cast_put_written(cast, number_write_integer(at, integer), out);
}

static inline bool
cast_put_real(Cast *cast, double real, Value *out, Error *err)
{
	uint8_t *at = cast_put_room(cast, NUMBER_REAL_BYTES, err);

	return at != NULL &&
	    cast_put_written(cast, number_write_real(at, real), out);
}

/* A moment as timestamptz, as timestamp in UTC, or, at midnight UTC, as date. */
bool cast_put_moment(Cast *cast, const DateTime *moment, TypeName type,
    Value *out, Error *err) MUST_CHECK;

bool cast_put_uuid(
    Cast *cast, const uint8_t uuid[16], Value *out, Error *err) MUST_CHECK;

/* Bytes as bytea writes them, twice as many and two. */
bool cast_put_bytea(Cast *cast, const uint8_t *bytes, size_t size, Value *out,
    Error *err) MUST_CHECK;
/* Write them at a place of that size, which must not be theirs. */
size_t cast_put_hex(uint8_t *at, const uint8_t *bytes, size_t size);

#endif
