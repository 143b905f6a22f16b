#include "import/verify_row.h"

#include <endian.h>
#include <math.h>
#include <string.h>

/* numeric.c: four words, then digits of base 10000. */
#define NUMERIC_HEADER  8
#define NUMERIC_SPECIAL 0xc000 /* in the sign of NaN and infinities */

static uint16_t
read_16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof value);
	return be16toh(value);
}

static int32_t
read_32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return (int32_t)be32toh(value);
}

Step
verify_row_split(const uint8_t *bytes, size_t size, size_t n,
    VerifyField *fields, size_t *used, Error *err)
{
	const uint8_t *at = bytes, *end = bytes + size;
	int32_t length;
	size_t i;

	if (size < sizeof(uint16_t))
		return STEP_END;
	if (read_16(at) != n) {
		(void)error_set(err, ERROR_TARGET,
		    "the server sent a row of %u fields, not %zu", read_16(at),
		    n);
		return STEP_FAILED;
	}
	at += sizeof(uint16_t);
	for (i = 0; i < n; i++) {
		if (end - at < (ptrdiff_t)sizeof(int32_t))
			return STEP_END;
		length = read_32(at);
		at += sizeof(int32_t);
		fields[i] = (VerifyField){ at, length };
		if (length == -1)
			continue;
		if (length < 0 || length > VERIFY_FIELD_LIMIT) {
			(void)error_set(err, ERROR_TARGET,
			    "the server sent a field of %ld bytes",
			    (long)length);
			return STEP_FAILED;
		}
		if (end - at < length)
			return STEP_END;
		at += length;
	}
	*used = (size_t)(at - bytes);
	return STEP_ITEM;
}

static bool
put_field(Buf *out, const uint8_t *bytes, size_t size, Error *err)
{
	uint32_t length = (uint32_t)size;

	if (!buf_reserve(out, sizeof length + size, err))
		return false;
	buf_add(out, &length, sizeof length);
	buf_add(out, bytes, size);
	return true;
}

/* Sign, weight and digits, without groups that are 0 at either end; how many
 * digits are shown behind the point is no part of the value. */
static bool
put_numeric(Buf *out, const VerifyField *field, Error *err)
{
	const uint8_t *at = field->bytes + NUMERIC_HEADER;
	uint16_t words[2];
	size_t n;

	if (field->size < NUMERIC_HEADER ||
	    (size_t)field->size !=
		NUMERIC_HEADER + 2 * (size_t)read_16(field->bytes))
		return put_field(out, field->bytes, (size_t)field->size, err);
	n = read_16(field->bytes);
	words[0] = read_16(field->bytes + 2);
	words[1] = read_16(field->bytes + 4);
	for (; n > 0 && read_16(at) == 0; n--, at += 2)
		words[0]--;
	while (n > 0 && read_16(at + 2 * (n - 1)) == 0)
		n--;
	/* A zero has neither sign nor weight. */
	if (n == 0 && (words[1] & NUMERIC_SPECIAL) != NUMERIC_SPECIAL)
		words[0] = words[1] = 0;
	return put_field(out, (const uint8_t *)words, sizeof words, err) &&
	    put_field(out, at, 2 * n, err);
}

/* Every NaN is the same; size is 4 or 8. */
static bool
put_real(Buf *out, const VerifyField *field, Error *err)
{
	static const uint8_t nan[] = "NaN";
	double wide = 0;
	float narrow = 0;
	uint64_t bits_64;
	uint32_t bits_32;

	if (field->size == sizeof wide) {
		memcpy(&bits_64, field->bytes, sizeof bits_64);
		bits_64 = be64toh(bits_64);
		memcpy(&wide, &bits_64, sizeof wide);
	} else if (field->size == sizeof narrow) {
		memcpy(&bits_32, field->bytes, sizeof bits_32);
		bits_32 = be32toh(bits_32);
		memcpy(&narrow, &bits_32, sizeof narrow);
	}
	if (isnan(wide) || isnan(narrow))
		return put_field(out, nan, sizeof nan, err);
	return put_field(out, field->bytes, (size_t)field->size, err);
}

static bool
put_char(Buf *out, const VerifyField *field, Error *err)
{
	size_t size = (size_t)field->size;

	while (size > 0 && field->bytes[size - 1] == ' ')
		size--;
	return put_field(out, field->bytes, size, err);
}

/* Behind the version, which is 1. */
static bool
put_jsonb(Buf *out, VerifyJson *json, const VerifyField *field, Error *err)
{
	Hash hash;

	if (field->size < 1)
		return put_field(out, field->bytes, (size_t)field->size, err);
	return verify_json_hash(json, field->bytes + 1, (size_t)field->size - 1,
		   &hash, err) &&
	    put_field(out, (const uint8_t *)&hash, sizeof hash, err);
}

/* Does a type's wire form have one spelling for a value? */
static bool
is_plain(TypeName type)
{
	return type != TYPE_NUMERIC && type != TYPE_JSONB &&
	    type != TYPE_CHAR && type != TYPE_DOUBLE && type != TYPE_REAL;
}

/* Append what a value means, so that no two rows run into each other. */
static bool
put_meaning(
    TypeName type, VerifyRoom *room, const VerifyField *field, Error *err)
{
	static const uint32_t null = UINT32_MAX;
	Buf *out = &room->meaning;

	if (field->size < 0)
		return buf_put(out, &null, sizeof null, err);
	if (type == TYPE_NUMERIC)
		return put_numeric(out, field, err);
	if (type == TYPE_JSONB)
		return put_jsonb(out, &room->json, field, err);
	if (type == TYPE_CHAR)
		return put_char(out, field, err);
	if (!is_plain(type))
		return put_real(out, field, err);
	return put_field(out, field->bytes, (size_t)field->size, err);
}

bool
verify_row_hash(const VerifyShape *shape, VerifyRoom *room, const uint8_t *row,
    size_t size, Hash *hash, Error *err)
{
	size_t i, n = shape->n;

	for (i = 0; i < n && is_plain(shape->types[i]); i++)
		continue;
	if (i == n) {
		*hash = hash_of(row, size);
		return true;
	}
	room->meaning.size = 0;
	for (i = 0; i < n; i++) {
		if (!put_meaning(shape->types[i], room, &room->fields[i], err))
			return false;
	}
	*hash = hash_of(room->meaning.data, room->meaning.size);
	return true;
}

bool
verify_row_key(
    const VerifyShape *shape, VerifyRoom *room, Hash *hash, Error *err)
{
	size_t n = shape->key == NULL ? shape->n : shape->n_key, i, column;

	room->meaning.size = 0;
	for (i = 0; i < n; i++) {
		column = shape->key == NULL ? i : shape->key[i];
		if (!put_meaning(
			shape->types[column], room, &room->fields[column], err))
			return false;
	}
	*hash = hash_of(room->meaning.data, room->meaning.size);
	return true;
}

bool
verify_row_same(TypeName type, VerifyRoom *room, const VerifyField *one,
    const VerifyField *other, bool *same, Error *err)
{
	Hash hashes[2];

	room->meaning.size = 0;
	if (!put_meaning(type, room, one, err))
		return false;
	hashes[0] = hash_of(room->meaning.data, room->meaning.size);
	room->meaning.size = 0;
	if (!put_meaning(type, room, other, err))
		return false;
	hashes[1] = hash_of(room->meaning.data, room->meaning.size);
	*same = hash_equal(hashes[0], hashes[1]);
	return true;
}

void
verify_room_free(VerifyRoom *room)
{
	buf_free(&room->meaning);
	verify_json_free(&room->json);
}
