#include "transform/repair.h"

#include "formats/utf8.h"

/* U+FFFD, for one byte at least. */
#define REPLACEMENT       "\xef\xbf\xbd"
#define REPLACEMENT_BYTES 3

static void
replace(const uint8_t *at, size_t size, Buf *out)
{
	size_t n;

	for (;;) {
		n = utf8_valid_prefix(at, size);
		buf_add(out, at, n);
		at += n;
		size -= n;
		if (size == 0)
			return;
		buf_add(out, REPLACEMENT, REPLACEMENT_BYTES);
		n = utf8_invalid_subpart(at, size);
		at += n;
		size -= n;
	}
}

static void
read_as_latin1(const uint8_t *at, size_t size, Buf *out)
{
	for (size_t i = 0; i < size; i++) {
		if (at[i] < 0x80) {
			buf_add_byte(out, at[i]);
			continue;
		}
		buf_add_byte(out, (uint8_t)(0xc0 | at[i] >> 6));
		buf_add_byte(out, (uint8_t)(0x80 | (at[i] & 0x3f)));
	}
}

/* Remove the NULs behind the first `from` bytes. */
static void
strip_nul(Buf *out, size_t from)
{
	size_t n = from;

	for (size_t i = from; i < out->size; i++)
		if (out->data[i] != 0)
			out->data[n++] = out->data[i];
	out->size = n;
}

bool
repair_text(const Value *text, Utf8Policy utf8, NulPolicy nul, Buf *out,
    Value *repaired, Error *err)
{
	const uint8_t *bytes = text->bytes;
	size_t size = text->size;
	size_t from = out->size;
	size_t most;

	if (__builtin_mul_overflow(size, (size_t)REPLACEMENT_BYTES, &most))
		return error_set(err, ERROR_FAILED, "a text is too large");
	if (!buf_reserve(out, most, err))
		return false;
	if (utf8_valid_prefix(bytes, size) == size)
		utf8 = UTF8_REJECT;
	switch (utf8) {
	case UTF8_REJECT:
	case UTF8_BYTEA:
		buf_add(out, bytes, size);
		break;
	case UTF8_REPLACE:
		replace(bytes, size, out);
		break;
	case UTF8_LATIN1:
		read_as_latin1(bytes, size, out);
		break;
	}
	if (nul == NUL_STRIP)
		strip_nul(out, from);
	repaired->class = VALUE_TEXT;
	repaired->size = out->size - from;
	repaired->bytes = out->data + from;
	return true;
}
