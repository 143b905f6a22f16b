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

/* A value's meaning is this much longer than its wire form at most: of a
 * jsonb there are a length and a hash. */
#define MEANING_BYTES (sizeof(uint32_t) + sizeof(Hash))

static inline void
add_field(Buf *out, const void *bytes, size_t size)
{
	uint32_t length = (uint32_t)size;

	buf_add(out, &length, sizeof length);
	buf_add(out, bytes, size);
}

static inline void
add_whole(Buf *out, const VerifyField *field)
{
	add_field(out, field->bytes, (size_t)field->size);
}

/* Sign, weight and digits, without groups that are 0 at either end; how many
 * digits are shown behind the point is no part of the value. */
static void
add_numeric(Buf *out, const VerifyField *field)
{
	const uint8_t *at = field->bytes + NUMERIC_HEADER;
	uint16_t words[2];
	size_t n;

	if (field->size < NUMERIC_HEADER ||
	    (size_t)field->size !=
		NUMERIC_HEADER + 2 * (size_t)read_16(field->bytes)) {
		add_whole(out, field);
		return;
	}
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
	add_field(out, words, sizeof words);
	add_field(out, at, 2 * n);
}

/* Every NaN is the same. */
static void
add_real(Buf *out, const VerifyField *field)
{
	static const char nan[] = "NaN";
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
		add_field(out, nan, sizeof nan);
	else
		add_whole(out, field);
}

static void
add_char(Buf *out, const VerifyField *field)
{
	size_t size = (size_t)field->size;

	while (size > 0 && field->bytes[size - 1] == ' ')
		size--;
	add_field(out, field->bytes, size);
}

/* Behind the version, which is 1. */
static bool
add_jsonb(Buf *out, VerifyJson *json, const VerifyField *field, Error *err)
{
	Hash hash;

	if (field->size < 1) {
		add_whole(out, field);
		return true;
	}
	if (!verify_json_hash(
		json, field->bytes + 1, (size_t)field->size - 1, &hash, err))
		return false;
	add_field(out, &hash, sizeof hash);
	return true;
}

/* Does a type's wire form have one spelling for a value? */
static inline bool
is_plain(TypeName type)
{
	return type != TYPE_NUMERIC && type != TYPE_JSONB &&
	    type != TYPE_CHAR && type != TYPE_DOUBLE && type != TYPE_REAL;
}

/* Append what a value that is not NULL means, so that no two of them run into
 * each other; room has been reserved. */
static bool
add_meaning(
    TypeName type, VerifyRoom *room, const VerifyField *field, Error *err)
{
	Buf *out = &room->meaning;

	if (type == TYPE_JSONB)
		return add_jsonb(out, &room->json, field, err);
	if (type == TYPE_NUMERIC)
		add_numeric(out, field);
	else if (type == TYPE_CHAR)
		add_char(out, field);
	else if (type == TYPE_DOUBLE || type == TYPE_REAL)
		add_real(out, field);
	else
		add_whole(out, field);
	return true;
}

static bool
begin_meaning(VerifyRoom *room, size_t size, size_t n, Error *err)
{
	room->meaning.size = 0;
	return buf_reserve(&room->meaning, size + n * MEANING_BYTES, err);
}

static Hash
end_meaning(const VerifyRoom *room)
{
	return hash_of(room->meaning.data, room->meaning.size);
}

/* Values with one spelling, and their lengths, are taken as they stand, as many
 * as are neighbours at once. */
bool
verify_row_hash(const VerifyShape *shape, VerifyRoom *room, const uint8_t *row,
    size_t size, Hash *hash, Error *err)
{
	const uint8_t *from = row;
	const VerifyField *field;
	size_t i;

	if (!begin_meaning(room, size, shape->n, err))
		return false;
	for (i = 0; i < shape->n; i++) {
		field = &room->fields[i];
		if (field->size < 0 || is_plain(shape->types[i]))
			continue;
		buf_add(&room->meaning, from,
		    (size_t)(field->bytes - sizeof(uint32_t) - from));
		if (!add_meaning(shape->types[i], room, field, err))
			return false;
		from = field->bytes + field->size;
	}
	if (from == row) {
		*hash = hash_of(row, size);
		return true;
	}
	buf_add(&room->meaning, from, (size_t)(row + size - from));
	*hash = end_meaning(room);
	return true;
}

static bool
put_meaning(
    TypeName type, VerifyRoom *room, const VerifyField *field, Error *err)
{
	static const uint32_t null = UINT32_MAX;

	if (field->size < 0)
		return buf_put(&room->meaning, &null, sizeof null, err);
	return buf_reserve(
		   &room->meaning, (size_t)field->size + MEANING_BYTES, err) &&
	    add_meaning(type, room, field, err);
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
	*hash = end_meaning(room);
	return true;
}

bool
verify_row_same(TypeName type, VerifyRoom *room, const VerifyField *one,
    const VerifyField *other, bool *same, Error *err)
{
	Hash hash;

	room->meaning.size = 0;
	if (!put_meaning(type, room, one, err))
		return false;
	hash = end_meaning(room);
	room->meaning.size = 0;
	if (!put_meaning(type, room, other, err))
		return false;
	*same = hash_equal(hash, end_meaning(room));
	return true;
}

void
verify_room_free(VerifyRoom *room)
{
	buf_free(&room->meaning);
	verify_json_free(&room->json);
}
