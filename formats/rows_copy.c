#include "formats/rows_copy.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"

#define JSONB_VERSION 1
/* MaxAllocSize of PostgreSQL: no field can be larger. */
#define FIELD_BYTES_LIMIT ((size_t)0x3fffffff)
/* MaxTupleAttributeNumber is 1664; the wire has room for this many. */
#define COLUMNS_LIMIT INT16_MAX
/* Room for what a column adds to its text: its length, and the largest fixed
 * form (uuid) or a numeric's header and odd digits. */
#define COLUMN_BYTES 24

/* numeric.c: digits of base 10000, the sign in the upper bits of a word. */
#define NUMERIC_GROUP    4
#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_NAN      0xc000

/* Write in the network's order and move behind. */
static inline uint8_t *
write_16(uint8_t *at, uint16_t value)
{
	value = htobe16(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static inline uint8_t *
write_32(uint8_t *at, uint32_t value)
{
	value = htobe32(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static inline uint8_t *
write_64(uint8_t *at, uint64_t value)
{
	value = htobe64(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static bool
is_word(const Value *value, const char *word)
{
	return value->size == strlen(word) &&
	    memcmp(value->bytes, word, value->size) == 0;
}

/* Each write_TYPE gives what follows the field, NULL where the text is not of
 * the type's form. */
static uint8_t *
write_boolean(uint8_t *at, const Value *value)
{
	bool yes = is_word(value, "true");

	if (!yes && !is_word(value, "false"))
		return NULL;
	*at++ = yes;
	return at;
}

static uint8_t *
write_integer(uint8_t *at, const Value *value, TypeName type)
{
	int64_t integer;

	if (!number_read_integer(value->bytes, value->size, &integer))
		return NULL;
	if (type == TYPE_BIGINT)
		return write_64(at, (uint64_t)integer);
	if (type == TYPE_INTEGER && integer == (int32_t)integer)
		return write_32(at, (uint32_t)integer);
	if (type == TYPE_SMALLINT && integer == (int16_t)integer)
		return write_16(at, (uint16_t)integer);
	return NULL;
}

static uint8_t *
write_double(uint8_t *at, const Value *value)
{
	uint64_t bits;
	double real;

	if (!number_read_real(value->bytes, value->size, &real))
		return NULL;
	memcpy(&bits, &real, sizeof(bits));
	return write_64(at, bits);
}

/*
 * The float nearest to the text.  Rounding the double once more differs from
 * that only where the double stands exactly between two floats.
 */
static float
nearest_float(const Value *value, double real)
{
	float near = (float)real;
	float other = nextafterf(near, real > near ? INFINITY : -INFINITY);
	char text[NUMBER_REAL_BYTES + 1];
	char *end;
	float read;

	if (near == real || near - real != real - other ||
	    value->size >= sizeof(text))
		return near;
	memcpy(text, value->bytes, value->size);
	text[value->size] = '\0';
	read = strtof(text, &end);
	/* Another locale's decimal point. */
	return *end == '\0' ? read : near;
}

static uint8_t *
write_real(uint8_t *at, const Value *value)
{
	uint32_t bits;
	double real;
	float near;

	if (!number_read_real(value->bytes, value->size, &real))
		return NULL;
	near = isfinite(real) ? nearest_float(value, real) : (float)real;
	/* The server refuses what leaves the range, and so do we. */
	if ((isinf(near) && isfinite(real)) || (near == 0 && real != 0))
		return NULL;
	memcpy(&bits, &near, sizeof(bits));
	return write_32(at, bits);
}

/* Digits of base 10000 while they are made of decimal ones. */
typedef struct {
	uint8_t *at;              /* of the first */
	unsigned written, needed; /* needed: up to the last not 0 */
	int weight;               /* of the first, as a power of 10000 */
	unsigned group, filled;
} Groups;

static inline void
add_digit(Groups *groups, unsigned digit)
{
	groups->group = groups->group * 10 + digit;
	if (++groups->filled < NUMERIC_GROUP)
		return;
	if (groups->group == 0 && groups->written == 0) {
		groups->weight--;
	} else {
		write_16(groups->at + groups->written * sizeof(uint16_t),
		    (uint16_t)groups->group);
		groups->written++;
	}
	if (groups->group != 0)
		groups->needed = groups->written;
	groups->group = 0;
	groups->filled = 0;
}

/* Is it a sign, digits, and maybe a point and digits, and nothing else?  No
 * exponent comes from transform. */
static bool
is_plain_number(const Value *value, unsigned *integral, unsigned *scale)
{
	const uint8_t *text = value->bytes;
	size_t last = value->size - 1;
	size_t i;

	if (!literal_numeric(text, value->size, integral, scale) ||
	    text[0] == '+' || text[text[0] == '-'] == '.' || text[last] == '.')
		return false;
	for (i = 0; i < value->size; i++)
		if ((text[i] | 0x20) == 'e')
			return false;
	return true;
}

static uint8_t *
write_numeric(uint8_t *at, const Value *value, Type type)
{
	const uint8_t *text = value->bytes;
	const uint8_t *end = text + value->size;
	unsigned integral, scale;
	Groups groups = { .at = at + 4 * sizeof(uint16_t) };
	uint16_t sign = 0;

	if (is_word(value, "NaN")) {
		at = write_16(write_16(at, 0), 0);
		return write_16(write_16(at, NUMERIC_NAN), 0);
	}
	/* More digits than the type's scale the server would round away in
	 * silence; too many before the point it refuses itself. */
	if (!is_plain_number(value, &integral, &scale) ||
	    (type.precision > 0 && scale > (unsigned)type.scale))
		return NULL;
	if (*text == '-') {
		sign = NUMERIC_NEGATIVE;
		text++;
	}
	while (text < end && *text == '0')
		text++;
	/* A group never stands on both sides of the point. */
	groups.weight =
	    (int)((integral + NUMERIC_GROUP - 1) / NUMERIC_GROUP) - 1;
	groups.filled =
	    (NUMERIC_GROUP - integral % NUMERIC_GROUP) % NUMERIC_GROUP;
	for (; text < end; text++)
		if (*text != '.')
			add_digit(&groups, (unsigned)*text - '0');
	while (groups.filled > 0)
		add_digit(&groups, 0);
	if (groups.needed == 0) {
		groups.weight = 0;
		sign = 0;
	}
	at = write_16(at, (uint16_t)groups.needed);
	at = write_16(at, (uint16_t)groups.weight);
	at = write_16(at, sign);
	at = write_16(at, (uint16_t)scale);
	return at + groups.needed * sizeof(uint16_t);
}

/* The value of a lower-case hex digit, or 16. */
static inline uint8_t
hex_value(uint8_t byte)
{
	uint8_t digit = (uint8_t)(byte - '0');
	uint8_t letter = (uint8_t)(byte - 'a');

	if (digit <= 9)
		return digit;
	return letter <= 5 ? (uint8_t)(letter + 10) : 16;
}

static uint8_t *
write_bytea(uint8_t *at, const Value *value)
{
	const uint8_t *text = value->bytes;
	uint8_t high, low;
	uint8_t seen = 0;
	size_t i;

	if (value->size < 2 || value->size % 2 != 0 || text[0] != '\\' ||
	    text[1] != 'x')
		return NULL;
	for (i = 2; i < value->size; i += 2) {
		high = hex_value(text[i]);
		low = hex_value(text[i + 1]);
		seen |= high | low;
		*at++ = (uint8_t)(high << 4 | low);
	}
	return seen < 16 ? at : NULL;
}

static uint8_t *
write_uuid(uint8_t *at, const Value *value)
{
	uint8_t written[LITERAL_UUID_BYTES];

	if (value->size != sizeof(written) ||
	    !literal_uuid(value->bytes, value->size, at))
		return NULL;
	literal_write_uuid(written, at);
	if (memcmp(written, value->bytes, sizeof(written)) != 0)
		return NULL;
	return at + 16;
}

/*
 * Read a moment whose text is whole bytes, maybe a fraction that does not end
 * in 0, and zone: as datetime_write_* have it, and of what else
 * datetime_parse takes, nothing.
 */
static bool
read_moment(
    const Value *value, size_t whole, const char *zone, DateTime *moment)
{
	size_t zone_size = strlen(zone);
	size_t fraction;

	if (value->size < whole + zone_size ||
	    !datetime_parse(value->bytes, value->size, moment) ||
	    moment->has_zone != (zone_size > 0) ||
	    memcmp(value->bytes + value->size - zone_size, zone, zone_size) !=
		0)
		return false;
	fraction = value->size - whole - zone_size;
	if (fraction == 0)
		return true;
	return fraction <= 7 && value->bytes[whole] == '.' &&
	    value->bytes[whole + fraction - 1] != '0';
}

static uint8_t *
write_moment(uint8_t *at, const Value *value, TypeName type)
{
	DateTime moment;

	if (type == TYPE_DATE) {
		if (!read_moment(value, 10, "", &moment) || moment.has_time)
			return NULL;
		return write_32(at, (uint32_t)datetime_days(&moment));
	}
	if (type == TYPE_TIME) {
		if (!read_moment(value, 8, "", &moment) || moment.has_date)
			return NULL;
		/* Microseconds since midnight, on whatever day. */
		moment.year = 2000;
		moment.month = moment.day = 1;
	} else if (!read_moment(value, 19, type == TYPE_TIMESTAMP ? "" : "+00",
		       &moment) ||
	    value->bytes[10] != ' ')
		return NULL;
	return write_64(at, (uint64_t)datetime_microseconds(&moment));
}

static inline uint8_t *
write_text(uint8_t *at, const Value *value)
{
	if (value->size > 0)
		memcpy(at, value->bytes, value->size);
	return at + value->size;
}

static inline uint8_t *
write_field(uint8_t *at, const Value *value, Type type)
{
	switch (type.name) {
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
	case TYPE_JSON:
		return write_text(at, value);
	case TYPE_JSONB:
		*at = JSONB_VERSION;
		return write_text(at + 1, value);
	case TYPE_BIGINT:
	case TYPE_INTEGER:
	case TYPE_SMALLINT:
		return write_integer(at, value, type.name);
	case TYPE_BOOLEAN:
		return write_boolean(at, value);
	case TYPE_DOUBLE:
		return write_double(at, value);
	case TYPE_REAL:
		return write_real(at, value);
	case TYPE_NUMERIC:
		return write_numeric(at, value, type);
	case TYPE_BYTEA:
		return write_bytea(at, value);
	case TYPE_UUID:
		return write_uuid(at, value);
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return write_moment(at, value, type.name);
	case TYPE_COUNT:
		break;
	}
	return NULL;
}

/* Room for a row: no form but the fixed ones and a numeric's header is longer
 * than its text, and COLUMN_BYTES holds those. */
static bool
reserve_row(Buf *out, const Value *row, size_t n, Error *err)
{
	size_t need = sizeof(uint16_t);
	size_t i;

	if (n > COLUMNS_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "%zu columns are more than a row can have", n);
	for (i = 0; i < n; i++) {
		need += COLUMN_BYTES;
		if (row[i].class != VALUE_TEXT)
			continue;
		if (row[i].size >= FIELD_BYTES_LIMIT)
			return error_set(err, ERROR_DUMP,
			    "column %zu: %zu bytes are more than a field of "
			    "PostgreSQL can have",
			    i + 1, row[i].size);
		need += row[i].size;
	}
	return buf_reserve(out, need, err);
}

static bool
fail(size_t column, const Value *value, Type type, Error *err)
{
	char sql[TYPE_SQL_BYTES];
	int shown = value->size < 60 ? (int)value->size : 60;

	return error_set(err, ERROR_DUMP,
	    "column %zu: \"%.*s\" is not the text form of %s", column + 1,
	    shown, (const char *)value->bytes, type_sql(type, sql));
}

bool
rows_copy_begin(Buf *out, Error *err)
{
	/* The signature, no flags, no extension of the header. */
	static const uint8_t header[19] = "PGCOPY\n\377\r\n";

	return buf_put(out, header, sizeof(header), err);
}

bool
rows_copy_put(
    Buf *out, const Type *types, const Value *row, size_t n, Error *err)
{
	uint8_t *at, *past;
	size_t i;

	if (!reserve_row(out, row, n, err))
		return false;
	at = write_16(out->data + out->size, (uint16_t)n);
	for (i = 0; i < n; i++) {
		if (row[i].class == VALUE_NULL) {
			at = write_32(at, UINT32_MAX);
			continue;
		}
		if (row[i].class != VALUE_TEXT)
			return error_set(err, ERROR_DUMP,
			    "column %zu: a value is not text", i + 1);
		past = write_field(at + sizeof(uint32_t), &row[i], types[i]);
		if (past == NULL)
			return fail(i, &row[i], types[i], err);
		write_32(at, (uint32_t)(past - at - 4));
		at = past;
	}
	out->size = (size_t)(at - out->data);
	return true;
}

bool
rows_copy_end(Buf *out, Error *err)
{
	static const uint8_t trailer[2] = { 0xff, 0xff };

	return buf_put(out, trailer, sizeof(trailer), err);
}
