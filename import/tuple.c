#include "import/tuple.h"

#include <ctype.h>
#include <string.h>

#define HEADER_BYTES       23
#define INDEX_HEADER_BYTES 8
#define POINTER_BYTES      4
/* TOAST_TUPLE_TARGET, what a value leaves behind, and one of the pieces that it
 * is cut into with the piece's own row and index entry. */
#define TOAST_LIMIT       2032
#define TOAST_LEFT        18
#define TOAST_PIECE       1996
#define TOAST_PIECE_BYTES 2090
/* Short enough for a header of one byte instead of four. */
#define SHORT_BYTES 126

/* Of types of one size; 0: it depends on the value. */
static const struct {
	unsigned size, align;
} fixed[TYPE_COUNT] = {
	[TYPE_BIGINT] = { 8, 8 },
	[TYPE_BOOLEAN] = { 1, 1 },
	[TYPE_DATE] = { 4, 4 },
	[TYPE_DOUBLE] = { 8, 8 },
	[TYPE_INTEGER] = { 4, 4 },
	[TYPE_REAL] = { 4, 4 },
	[TYPE_SMALLINT] = { 2, 2 },
	[TYPE_TIME] = { 8, 8 },
	[TYPE_TIMESTAMP] = { 8, 8 },
	[TYPE_TIMESTAMPTZ] = { 8, 8 },
	[TYPE_UUID] = { 16, 1 },
};

static uint64_t
align(uint64_t size, unsigned to)
{
	return (size + to - 1) / to * to;
}

/* Digits by four, in two bytes each, and three bytes around them. */
static uint64_t
numeric_size(const uint8_t *text, size_t size)
{
	const uint8_t *point = memchr(text, '.', size);
	size_t whole = point == NULL ? size : (size_t)(point - text);
	size_t rest = point == NULL ? 0 : size - whole - 1;

	return 2 + 2 * ((whole + 3) / 4 + (rest + 3) / 4);
}

/* Every key and value of a jsonb has four bytes beside itself (jsonb.h). */
static uint64_t
jsonb_size(const uint8_t *text, size_t size)
{
	uint64_t bytes = 4;
	size_t i = 0, start;

	while (i < size) {
		start = i++;
		if (text[start] == '"') {
			for (; i < size && text[i] != '"'; i++)
				i += text[i] == '\\';
			bytes += 4 + i++ - start - 1;
		} else if (text[start] == '{' || text[start] == '[') {
			bytes += 8;
		} else if (isdigit(text[start]) || text[start] == '-') {
			while (i < size &&
			    strchr("0123456789.eE+-", text[i]) != NULL)
				i++;
			bytes += 4 +
			    align(4 + numeric_size(text + start, i - start), 4);
		} else if (isalpha(text[start])) {
			while (i < size && isalpha(text[i]))
				i++;
			bytes += 4;
		}
	}
	return bytes;
}

/* Without its header. */
static uint64_t
variable_size(Type type, const Value *value)
{
	switch (type.name) {
	case TYPE_BYTEA: /* \x and two digits each */
		return value->size / 2 - (value->size >= 2);
	case TYPE_NUMERIC:
		return numeric_size(value->bytes, value->size);
	case TYPE_JSONB:
		return jsonb_size(value->bytes, value->size);
	case TYPE_CHAR:
		return value->size > (size_t)type.length ? value->size
							 : (size_t)type.length;
	default:
		return value->size;
	}
}

/* Where a value ends that is put behind offset. */
static uint64_t
put_value(Type type, const Value *value, uint64_t offset, uint64_t limit,
    uint64_t *toast)
{
	uint64_t size = fixed[type.name].size;

	if (value->class == VALUE_NULL)
		return offset;
	if (size > 0)
		return align(offset, fixed[type.name].align) + size;
	size = variable_size(type, value);
	if (size <= SHORT_BYTES)
		return offset + 1 + size;
	if (size < limit)
		return align(offset, 4) + 4 + size;
	*toast += (size + TOAST_PIECE - 1) / TOAST_PIECE * POINTER_BYTES +
	    size * TOAST_PIECE_BYTES / TOAST_PIECE;
	return offset + TOAST_LEFT;
}

/* Values from limit bytes on are kept beside it. */
static uint64_t
row_size(const Table *table, const Value *row, uint64_t limit, uint64_t *toast)
{
	uint64_t size = 0, header = HEADER_BYTES;
	bool nulls = false;
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		nulls = nulls || row[i].class == VALUE_NULL;
		size = put_value(
		    table->columns[i].type, &row[i], size, limit, toast);
	}
	if (nulls)
		header += (table->n_columns + 7) / 8;
	return align(align(header, 8) + size, 8);
}

uint64_t
tuple_size(const Table *table, const Value *row, uint64_t *toast)
{
	uint64_t ignored = 0, limit = TOAST_LIMIT,
		 size = row_size(table, row, UINT64_MAX, &ignored);

	for (; size > TOAST_LIMIT && limit > 2 * TOAST_LEFT; limit /= 2) {
		ignored = 0;
		size = row_size(table, row, limit, &ignored);
	}
	*toast += ignored;
	return size + POINTER_BYTES;
}

uint64_t
tuple_key_size(const Table *table, const Index *index, const Value *row)
{
	uint64_t size = 0, header = INDEX_HEADER_BYTES, ignored = 0;
	const Value *value;
	size_t i;
	int column;

	for (i = 0; i < index->n_parts; i++) {
		column = index->parts[i].column;
		if (column < 0) { /* an expression's: a guess */
			size += 16;
			continue;
		}
		value = &row[column];
		if (value->class == VALUE_NULL)
			header = 2 * INDEX_HEADER_BYTES;
		size = put_value(table->columns[column].type, value, size,
		    UINT64_MAX, &ignored);
	}
	return align(header + size, 8);
}
