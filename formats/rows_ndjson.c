#include "formats/rows_ndjson.h"

#include <inttypes.h>
#include <math.h>

#include "formats/base64.h"
#include "formats/json.h"
#include "formats/json_escape.h"
#include "formats/number.h"
#include "formats/utf8.h"
#include "formats/words.h"

/* --- writing ------------------------------------------------------------ */

/* Append {"key":"<base64>"}. */
static bool
put_base64(
    Buf *out, const char *key, const uint8_t *bytes, size_t size, Error *err)
{
	size_t need;

	if (__builtin_mul_overflow(size / 3 + 1, 4, &need) ||
	    !buf_put_format(out, err, "{\"%s\":\"", key) ||
	    !buf_reserve(out, need + 2, err))
		return false;
	out->size += base64_write(out->data + out->size, bytes, size);
	buf_add(out, "\"}", 2);
	return true;
}

static bool
put_real(Buf *out, double real, Error *err)
{
	if (isinf(real))
		return buf_put_text(out,
		    real > 0 ? "{\"$real\":\"Infinity\"}"
			     : "{\"$real\":\"-Infinity\"}",
		    err);
	/* SQLite has no NaN: it stores NULL (sqlite3_bind_double). */
	if (isnan(real))
		return buf_put_text(out, "null", err);
	if (!buf_reserve(out, NUMBER_REAL_BYTES, err))
		return false;
	out->size += number_write_real(out->data + out->size, real);
	return true;
}

static bool
put_value(Buf *out, const Value *value, Error *err)
{
	switch (value->class) {
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	case VALUE_INTEGER:
		if (!buf_reserve(out, NUMBER_INTEGER_BYTES, err))
			return false;
		out->size +=
		    number_write_integer(out->data + out->size, value->integer);
		return true;
	case VALUE_REAL:
		return put_real(out, value->real, err);
	case VALUE_TEXT:
		if (!utf8_is_text(value->bytes, value->size))
			return put_base64(
			    out, "$text", value->bytes, value->size, err);
		return json_put_string(out, value->bytes, value->size, err);
	case VALUE_BLOB:
		return put_base64(out, "$blob", value->bytes, value->size, err);
	}
	return buf_put_text(out, "null", err);
}

bool
rows_ndjson_put(
    Buf *out, const char *const *names, const Value *row, size_t n, Error *err)
{
	size_t size = out->size;
	size_t i;

	for (i = 0; i < n; i++)
		if (!buf_put(out, i == 0 ? "{" : ",", 1, err) ||
		    !json_put_string(out, (const uint8_t *)names[i],
			strlen(names[i]), err) ||
		    !buf_put(out, ":", 1, err) || !put_value(out, &row[i], err))
			break;
	if (i == n && buf_put_text(out, n == 0 ? "{}\n" : "}\n", err))
		return true;
	out->size = size;
	return false;
}

/* --- reading ------------------------------------------------------------ */

static bool
fail(const RowsNdjson *rows, const uint8_t *at, const char *what, Error *err)
{
	return error_set(err, ERROR_DUMP, "row %" PRIu64 " at byte %zu: %s",
	    rows->row + 1, (size_t)(at - rows->start), what);
}

/* Blanks within a line change nothing and are let through. */
static inline bool
skip(RowsNdjson *rows, uint8_t byte)
{
	while (rows->at < rows->end && (*rows->at == ' ' || *rows->at == '\t'))
		rows->at++;
	if (rows->at == rows->end || *rows->at != byte)
		return false;
	rows->at++;
	return true;
}

/* The first quote, backslash or control. */
static const uint8_t *
find_mark(const uint8_t *at, const uint8_t *end)
{
	uint64_t word, marks;

	while (end - at >= WORD_BYTES) {
		word = word_load(at);
		marks = word_matches(word, '"') | word_matches(word, '\\') |
		    word_below(word, ' ');
		if (marks != 0)
			return at + word_first(marks);
		at += WORD_BYTES;
	}
	while (at < end && *at != '"' && *at != '\\' && *at >= ' ')
		at++;
	return at;
}

/* A string behind its first quote, unescaped where it stands. */
static bool
read_string(RowsNdjson *rows, uint8_t **text, size_t *size, Error *err)
{
	uint8_t *to = rows->at;
	const uint8_t *mark, *at;

	*text = to;
	for (at = to;; at = mark) {
		mark = find_mark(at, rows->end);
		if (to != at)
			memmove(to, at, (size_t)(mark - at));
		to += mark - at;
		if (mark == rows->end)
			return fail(rows, mark, "a string has no end", err);
		if (*mark == '"')
			break;
		at = mark;
		if (*mark == '\\')
			to = json_escape_read(to, &mark, rows->end);
		if (to == NULL)
			return fail(rows, at, "an escape is not JSON's", err);
		if (mark == at)
			return fail(rows, at,
			    "a control character stands in a string", err);
	}
	*size = (size_t)(to - *text);
	rows->at += mark + 1 - rows->at;
	return true;
}

/* {"$blob":"..."}, {"$text":"..."} or {"$real":"..."}, behind its brace. */
static bool
read_tagged(RowsNdjson *rows, Value *value, Error *err)
{
	const uint8_t *first = rows->at;
	uint8_t *tag, *text;
	size_t tag_size = 0;
	size_t size = 0;
	bool real;

	if (!skip(rows, '"'))
		return fail(rows, first, "a tag was wanted", err);
	if (!read_string(rows, &tag, &tag_size, err))
		return false;
	if (!skip(rows, ':') || !skip(rows, '"'))
		return fail(rows, rows->at, "a tag's text was wanted", err);
	if (!read_string(rows, &text, &size, err))
		return false;
	if (!skip(rows, '}'))
		return fail(rows, rows->at, "a tag has more than a text", err);
	real = tag_size == 5 && memcmp(tag, "$real", 5) == 0;
	if (real && size == 8 && memcmp(text, "Infinity", 8) == 0) {
		*value = (Value){ .class = VALUE_REAL };
		value->real = (double)INFINITY;
		return true;
	}
	if (real && size == 9 && memcmp(text, "-Infinity", 9) == 0) {
		*value = (Value){ .class = VALUE_REAL };
		value->real = -(double)INFINITY;
		return true;
	}
	if (real || tag_size != 5 ||
	    (memcmp(tag, "$blob", 5) != 0 && memcmp(tag, "$text", 5) != 0))
		return fail(rows, first, "a tag is unknown", err);
	value->class = tag[1] == 'b' ? VALUE_BLOB : VALUE_TEXT;
	if (!base64_read(text, size, true, text, &size))
		return fail(rows, text, "a text is not base64", err);
	value->size = size;
	value->bytes = text;
	return true;
}

/* Is text a number of JSON's grammar with a fraction or an exponent?  What
 * number_read_real takes besides: no digit before or behind the point. */
static bool
is_json_real(const uint8_t *text, size_t size)
{
	const uint8_t *point = memchr(text, '.', size);
	size_t first = size > 0 && text[0] == '-';

	if (size < first + 2 || text[first] < '0' || text[first] > '9' ||
	    (text[first] == '0' && text[first + 1] >= '0' &&
		text[first + 1] <= '9'))
		return false;
	return point == NULL ||
	    (point + 1 < text + size && point[1] >= '0' && point[1] <= '9');
}

static bool
read_number(RowsNdjson *rows, Value *value, Error *err)
{
	const uint8_t *first = rows->at;
	bool real = false;
	size_t size;

	for (; rows->at < rows->end; rows->at++) {
		if (*rows->at == '.' || (*rows->at | 0x20) == 'e')
			real = true;
		else if (*rows->at != '-' && *rows->at != '+' &&
		    (*rows->at < '0' || *rows->at > '9'))
			break;
	}
	size = (size_t)(rows->at - first);
	if (size == 0)
		return fail(rows, first, "a value was wanted", err);
	if (real) {
		value->class = VALUE_REAL;
		if (is_json_real(first, size) &&
		    number_read_real(first, size, &value->real))
			return true;
		return fail(
		    rows, first, "a real is not JSON's or a double's", err);
	}
	value->class = VALUE_INTEGER;
	return number_read_integer(first, size, &value->integer) ||
	    fail(rows, first, "an integer is not of 64 bits", err);
}

static bool
read_value(RowsNdjson *rows, Value *value, Error *err)
{
	uint8_t *text;

	if (skip(rows, '"')) {
		value->class = VALUE_TEXT;
		if (!read_string(rows, &text, &value->size, err))
			return false;
		value->bytes = text;
		return true;
	}
	if (skip(rows, '{'))
		return read_tagged(rows, value, err);
	if (rows->end - rows->at >= 4 && memcmp(rows->at, "null", 4) == 0) {
		rows->at += 4;
		value->class = VALUE_NULL;
		return true;
	}
	return read_number(rows, value, err);
}

static bool
read_key(RowsNdjson *rows, size_t i, Error *err)
{
	const uint8_t *first = rows->at;
	uint8_t *key;
	size_t size = 0;

	if (!skip(rows, i == 0 ? '{' : ',') || !skip(rows, '"'))
		return fail(rows, rows->at, "a key was wanted", err);
	if (!read_string(rows, &key, &size, err))
		return false;
	if (size != strlen(rows->names[i]) ||
	    memcmp(key, rows->names[i], size) != 0) {
		fail(rows, first, "another key was wanted", err);
		return error_add(err, "column \"%s\"", rows->names[i]);
	}
	return skip(rows, ':') || fail(rows, rows->at, "no colon", err);
}

bool
rows_ndjson_open(RowsNdjson *rows, uint8_t *bytes, size_t size,
    const char *const *names, size_t n, Error *err)
{
	size_t valid = utf8_valid_prefix(bytes, size);
	size_t i;

	*rows = (RowsNdjson){
		.start = bytes,
		.at = bytes,
		.end = bytes + size,
		.names = names,
		.n = n,
	};
	if (n == 0)
		return error_set(err, ERROR_DUMP, "the table has no columns");
	if (valid == size)
		return true;
	for (i = 0; i < valid; i++)
		rows->row += bytes[i] == '\n';
	return fail(rows, bytes + valid, "a byte is not UTF-8", err);
}

Step
rows_ndjson_next(RowsNdjson *rows, Value *row, Error *err)
{
	size_t i;

	if (rows->at == rows->end)
		return STEP_END;
	for (i = 0; i < rows->n; i++)
		if (!read_key(rows, i, err) || !read_value(rows, &row[i], err))
			return STEP_FAILED;
	if (!skip(rows, '}') || !skip(rows, '\n')) {
		fail(rows, rows->at, "the row does not end here", err);
		return STEP_FAILED;
	}
	rows->row++;
	return STEP_ITEM;
}
