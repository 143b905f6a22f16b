#include "import/copy_text.h"

/* The letter that stands for a byte behind a backslash, 0 for the byte as it
 * is. */
static inline uint8_t
escape_of(uint8_t byte)
{
	switch (byte) {
	case '\\':
		return '\\';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	}
	return 0;
}

static void
add_value(Buf *out, const Value *value)
{
	const uint8_t *at = value->bytes, *end;
	uint8_t escape;

	if (value->class == VALUE_NULL) {
		buf_add(out, "\\N", 2);
		return;
	}
	end = at + value->size;
	for (; at < end; at++) {
		escape = escape_of(*at);
		if (escape != 0)
			buf_add_byte(out, '\\');
		buf_add_byte(out, escape != 0 ? escape : *at);
	}
}

bool
copy_text_put(Buf *out, const Value *row, size_t n, Error *err)
{
	size_t need = 1, i;

	for (i = 0; i < n; i++) {
		/* A tab, and NULL's two bytes or twice the text. */
		need += 3;
		if (row[i].class != VALUE_TEXT)
			continue;
		if (row[i].size > SIZE_MAX / 4 ||
		    __builtin_add_overflow(need, 2 * row[i].size, &need))
			return error_set(err, ERROR_FAILED,
			    "out of memory: a row is too long");
	}
	if (!buf_reserve(out, need, err))
		return false;
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_add_byte(out, '\t');
		add_value(out, &row[i]);
	}
	buf_add_byte(out, '\n');
	return true;
}
