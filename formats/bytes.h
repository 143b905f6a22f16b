/*
 * bytes: a growable run of bytes, the one place where data of unknown size
 * lives.
 *
 *	Buf buf = {0};
 *	if (!buf_put_text(&buf, "id,", err) || ...)
 *		goto done;
 *	...
 * done:
 *	buf_free(&buf);
 *
 * The zero Buf is empty and valid.  A Buf owns its memory.  Hot loops reserve
 * their worst case once and then write with the unchecked functions.
 */
#ifndef FORMATS_BYTES_H
#define FORMATS_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "formats/error.h"

typedef struct {
	uint8_t *data;
	size_t size;     /* bytes in use */
	size_t capacity; /* bytes allocated */
} Buf;

/*
 * Make room for more bytes past size.  Grows by half, at least to what is
 * asked; fails with ERROR_FAILED when memory is out or sizes overflow, and
 * leaves the Buf as it was.
 */
bool buf_reserve(Buf *buf, size_t more, Error *err) MUST_CHECK;

/* Append size bytes. */
bool buf_put(Buf *buf, const void *bytes, size_t size, Error *err) MUST_CHECK;

/* Append the bytes of a NUL-terminated text, without its NUL. */
bool buf_put_text(Buf *buf, const char *text, Error *err) MUST_CHECK;

/* Append printf's output. */
bool buf_put_format(Buf *buf, Error *err, const char *format, ...) MUST_CHECK
    __attribute__((format(printf, 3, 4)));

/*
 * Put a NUL after the bytes without counting it and return them as text, valid
 * until the Buf changes; NULL when memory is out.
 */
const char *buf_text(Buf *buf, Error *err) MUST_CHECK;

/* Exchange the contents of two Bufs; nothing is copied. */
void buf_swap(Buf *one, Buf *other);

/* Free the memory; the Buf is empty and may be used again. */
void buf_free(Buf *buf);

/* The same, but only where one huge row has blown it up past 64 MiB: a Buf that
 * is used again for every chunk does not keep that much.  Its contents are not
 * needed any more. */
void buf_free_huge(Buf *buf);

/* Append one byte for which room has been reserved. */
static inline void
buf_add_byte(Buf *buf, uint8_t byte)
{
	buf->data[buf->size++] = byte;
}

/* Append bytes for which room has been reserved. */
static inline void
buf_add(Buf *buf, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(buf->data + buf->size, bytes, size);
	buf->size += size;
}

#endif
