#include "formats/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A row of this many bytes is rare. */
#define HUGE_BYTES ((size_t)64 << 20)

bool
buf_reserve(Buf *buf, size_t more, Error *err)
{
	uint8_t *data;
	size_t capacity, need;

	if (more <= buf->capacity - buf->size)
		return true;
	if (__builtin_add_overflow(buf->size, more, &need) ||
	    need > PTRDIFF_MAX)
		return error_set(err, ERROR_FAILED,
		    "out of memory: %zu bytes and %zu more were wanted",
		    buf->size, more);
	capacity = buf->capacity + buf->capacity / 2;
	if (capacity < need || capacity > PTRDIFF_MAX)
		capacity = need;
	data = realloc(buf->data, capacity);
	if (data == NULL && capacity > need) {
		capacity = need;
		data = realloc(buf->data, capacity);
	}
	if (data == NULL)
		return error_set(err, ERROR_FAILED,
		    "out of memory: %zu bytes were wanted", capacity);
	buf->data = data;
	buf->capacity = capacity;
	return true;
}

bool
buf_put(Buf *buf, const void *bytes, size_t size, Error *err)
{
	if (!buf_reserve(buf, size, err))
		return false;
	buf_add(buf, bytes, size);
	return true;
}

bool
buf_put_text(Buf *buf, const char *text, Error *err)
{
	return buf_put(buf, text, strlen(text), err);
}

bool
buf_put_format(Buf *buf, Error *err, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0)
		return error_set(err, ERROR_FAILED, "text cannot be formatted");
	/* vsnprintf wants room for its NUL too. */
	if (!buf_reserve(buf, (size_t)size + 1, err))
		return false;
	va_start(arguments, format);
	vsnprintf(
	    (char *)buf->data + buf->size, (size_t)size + 1, format, arguments);
	va_end(arguments);
	buf->size += (size_t)size;
	return true;
}

const char *
buf_text(Buf *buf, Error *err)
{
	if (!buf_reserve(buf, 1, err))
		return NULL;
	buf->data[buf->size] = '\0';
	return (const char *)buf->data;
}

void
buf_swap(Buf *one, Buf *other)
{
	Buf held;

	held = *one;
	*one = *other;
	*other = held;
}

void
buf_free(Buf *buf)
{
	free(buf->data);
	*buf = (Buf){ 0 };
}

void
buf_free_huge(Buf *buf)
{
	if (buf->capacity > HUGE_BYTES)
		buf_free(buf);
}
