#include "import/array.h"

bool
array_begin(Buf *out, Error *err)
{
	out->size = 0;
	return buf_put_text(out, "{", err);
}

bool
array_put_text(Buf *out, const char *text, Error *err)
{
	size_t size = strlen(text);

	/* A comma, two quotes, and a backslash before each byte at most. */
	if (!buf_reserve(out, 2 * size + 3, err))
		return false;
	if (out->size > 1)
		buf_add_byte(out, ',');
	buf_add_byte(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, (uint8_t)*text);
	}
	buf_add_byte(out, '"');
	return true;
}

const char *
array_end(Buf *out, Error *err)
{
	return buf_put_text(out, "}", err) ? buf_text(out, err) : NULL;
}
