#include "import/verify_text.h"

#include <endian.h>
#include <string.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"

/* As much of a value is shown, and so much of it before the place where two of
 * them part. */
#define SHOWN_BYTES  60
#define BEFORE_BYTES 20

/* A key is shown so far. */
#define KEY_BYTES 200

#define NUMERIC_HEADER   8
#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_NAN      0xc000
#define NUMERIC_INFINITY 0xd000
#define DAY_MICROSECONDS INT64_C(86400000000)

static uint64_t
read_integer(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | *at++;
	return value;
}

static bool
put_hex(Buf *out, const VerifyField *field, Error *err)
{
	static const char digits[] = "0123456789abcdef";
	size_t size = (size_t)field->size, i;

	if (!buf_reserve(out, 2 * size, err))
		return false;
	for (i = 0; i < size; i++) {
		buf_add_byte(out, (uint8_t)digits[field->bytes[i] >> 4]);
		buf_add_byte(out, (uint8_t)digits[field->bytes[i] & 15]);
	}
	return true;
}

static bool
put_whole(Buf *out, const VerifyField *field, Error *err)
{
	uint64_t value = read_integer(field->bytes, (size_t)field->size);

	return buf_put_format(out, err, "%lld",
	    field->size == 2       ? (long long)(int16_t)value
		: field->size == 4 ? (long long)(int32_t)value
				   : (long long)value);
}

static bool
put_real(Buf *out, const VerifyField *field, Error *err)
{
	uint64_t bits = read_integer(field->bytes, (size_t)field->size);
	uint32_t narrow_bits = (uint32_t)bits;
	float narrow;
	double real;

	if (!buf_reserve(out, NUMBER_REAL_BYTES, err))
		return false;
	if (field->size == sizeof narrow) {
		memcpy(&narrow, &narrow_bits, sizeof narrow);
		return buf_put_format(out, err, "%.9g", (double)narrow);
	}
	memcpy(&real, &bits, sizeof real);
	out->size += number_write_real(out->data + out->size, real);
	return true;
}

/* The digits of a group of four, those before the first not 0 left out. */
static bool
put_group(Buf *out, unsigned digits, bool first, Error *err)
{
	return buf_put_format(out, err, first ? "%u" : "%04u", digits);
}

static bool
put_digits(Buf *out, const VerifyField *field, Error *err)
{
	int n = (int16_t)read_integer(field->bytes, 2);
	int weight = (int16_t)read_integer(field->bytes + 2, 2);
	const uint8_t *at = field->bytes + NUMERIC_HEADER;
	int i, last = weight > n - 1 ? weight : n - 1;
	unsigned digits;

	/* i counts groups of which group "weight" stands before the point. */
	for (i = weight < 0 ? weight + 1 : 0; i <= last; i++) {
		digits =
		    i < 0 || i >= n ? 0 : (unsigned)read_integer(at + 2 * i, 2);
		if (i == weight + 1 &&
		    !buf_put_text(out, weight < 0 ? "0." : ".", err))
			return false;
		if (!put_group(out, digits, i == 0 && weight >= 0, err))
			return false;
	}
	while (last > weight && out->data[out->size - 1] == '0')
		out->size--;
	return n > 0 || weight >= 0 || buf_put_text(out, "0", err);
}

static bool
put_numeric(Buf *out, const VerifyField *field, Error *err)
{
	unsigned sign;
	int n;

	if (field->size < NUMERIC_HEADER)
		return put_hex(out, field, err);
	n = (int)read_integer(field->bytes, 2);
	sign = (unsigned)read_integer(field->bytes + 4, 2);
	if (sign == NUMERIC_NAN)
		return buf_put_text(out, "NaN", err);
	if (sign >= NUMERIC_INFINITY)
		return buf_put_text(out,
		    sign == NUMERIC_INFINITY ? "Infinity" : "-Infinity", err);
	if (field->size != NUMERIC_HEADER + 2 * n)
		return put_hex(out, field, err);
	return buf_put_text(out, sign == NUMERIC_NEGATIVE ? "-" : "", err) &&
	    put_digits(out, field, err);
}

/* Years outside of a dump's are shown as they are sent. */
static bool
put_moment(Buf *out, TypeName type, const VerifyField *field, Error *err)
{
	uint64_t bits = read_integer(field->bytes, (size_t)field->size);
	int64_t microseconds = (int64_t)bits;
	DateTime moment;

	if (type == TYPE_DATE)
		microseconds = (int32_t)(uint32_t)bits * DAY_MICROSECONDS;
	if (microseconds < -INT64_C(63082281600000000) ||
	    microseconds >= INT64_C(252455616000000000) ||
	    (type == TYPE_TIME && microseconds == DAY_MICROSECONDS))
		return put_whole(out, field, err);
	datetime_from_microseconds(microseconds, &moment);
	if (!buf_reserve(out, DATETIME_TEXT_BYTES, err))
		return false;
	out->size += type == TYPE_DATE
	    ? datetime_write_date(out->data + out->size, &moment)
	    : type == TYPE_TIME
	    ? datetime_write_time(out->data + out->size, &moment)
	    : type == TYPE_TIMESTAMP
	    ? datetime_write_timestamp(out->data + out->size, &moment)
	    : datetime_write_timestamptz(out->data + out->size, &moment);
	return true;
}

/* The wire form's size, 0 where it has none of its own. */
static int32_t
size_of(TypeName type)
{
	static const int32_t sizes[TYPE_COUNT] = {
		[TYPE_BOOLEAN] = 1,
		[TYPE_SMALLINT] = 2,
		[TYPE_INTEGER] = 4,
		[TYPE_REAL] = 4,
		[TYPE_DATE] = 4,
		[TYPE_BIGINT] = 8,
		[TYPE_DOUBLE] = 8,
		[TYPE_TIME] = 8,
		[TYPE_TIMESTAMP] = 8,
		[TYPE_TIMESTAMPTZ] = 8,
		[TYPE_UUID] = 16,
	};

	return type == TYPE_COUNT ? 0 : sizes[type];
}

static bool
put_uuid(Buf *out, const VerifyField *field, Error *err)
{
	if (!buf_reserve(out, LITERAL_UUID_BYTES, err))
		return false;
	literal_write_uuid(out->data + out->size, field->bytes);
	out->size += LITERAL_UUID_BYTES;
	return true;
}

bool
verify_text_put(Buf *out, TypeName type, const VerifyField *field, Error *err)
{
	int32_t size = size_of(type);

	if (field->size < 0)
		return buf_put_text(out, "NULL", err);
	if (size > 0 && field->size != size)
		return put_hex(out, field, err);
	switch (type) {
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
	case TYPE_JSON:
		return buf_put(out, field->bytes, (size_t)field->size, err);
	case TYPE_JSONB:
		if (field->size == 0)
			return true;
		return buf_put(
		    out, field->bytes + 1, (size_t)field->size - 1, err);
	case TYPE_BIGINT:
	case TYPE_INTEGER:
	case TYPE_SMALLINT:
		return put_whole(out, field, err);
	case TYPE_BOOLEAN:
		return buf_put_text(
		    out, field->bytes[0] != 0 ? "true" : "false", err);
	case TYPE_DOUBLE:
	case TYPE_REAL:
		return put_real(out, field, err);
	case TYPE_NUMERIC:
		return put_numeric(out, field, err);
	case TYPE_UUID:
		return put_uuid(out, field, err);
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return put_moment(out, type, field, err);
	case TYPE_BYTEA:
		return buf_put_text(out, "\\x", err) &&
		    put_hex(out, field, err);
	case TYPE_COUNT:
		break;
	}
	return put_hex(out, field, err);
}

bool
verify_text_put_cut(
    Buf *out, const uint8_t *text, size_t size, size_t at, Error *err)
{
	size_t first = 0, past = size;

	if (size > SHOWN_BYTES) {
		first = at > BEFORE_BYTES ? at - BEFORE_BYTES : 0;
		if (first > size - SHOWN_BYTES)
			first = size - SHOWN_BYTES;
		past = first + SHOWN_BYTES;
	}
	/* Not in the middle of a character. */
	while (first > 0 && (text[first] & 0xc0) == 0x80)
		first--;
	while (past < size && (text[past] & 0xc0) == 0x80)
		past++;
	return buf_put_text(out, first > 0 ? "'..." : "'", err) &&
	    buf_put(out, text + first, past - first, err) &&
	    buf_put_text(out, past < size ? "...'" : "'", err);
}

/* NULL is the only value without quotes. */
static bool
put_side(Buf *out, const Buf *text, size_t at, Error *err)
{
	if (text == NULL)
		return buf_put_text(out, "NULL", err);
	return verify_text_put_cut(out, text->data, text->size, at, err);
}

bool
verify_text_put_pair(Buf *out, const Buf *dump, const Buf *target, Error *err)
{
	size_t at = 0;

	while (dump != NULL && target != NULL && at < dump->size &&
	    at < target->size && dump->data[at] == target->data[at])
		at++;
	return buf_put_text(out, "the dump has ", err) &&
	    put_side(out, dump, at, err) &&
	    buf_put_text(out, ", the target ", err) &&
	    put_side(out, target, at, err);
}

bool
verify_text_put_key(
    Buf *out, const VerifyTable *table, const Buf *values, Error *err)
{
	size_t size = values->size < KEY_BYTES ? values->size : KEY_BYTES, i;

	if (!buf_put_format(
		out, err, "table \"%s\", key (", table->table->name))
		return false;
	for (i = 0; i < table->shape.n_key; i++) {
		if (!buf_put_format(out, err, "%s%s", i == 0 ? "" : ", ",
			verify_table_column(table, table->shape.key[i])))
			return false;
	}
	return buf_put_format(out, err, ")=(%.*s%s)", (int)size,
	    (const char *)values->data, size < values->size ? "..." : "");
}
