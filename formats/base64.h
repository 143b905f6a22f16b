/*
 * base64: bytes as text of 64 digits (RFC 4648 section 4), strictly: no other
 * alphabet, no blanks, and no bits that stand for nothing.
 */
#ifndef FORMATS_BASE64_H
#define FORMATS_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What so many bytes take as text, padding included. */
#define BASE64_BYTES(size) (((size) + 2) / 3 * 4)

/* What a text of so many bytes decodes to, at most. */
#define BASE64_DECODED_BYTES(size) (((size) / 4 + 1) * 3)

/* Write BASE64_BYTES(size), which must not overflow; returns how many. */
size_t base64_write(uint8_t *out, const uint8_t *bytes, size_t size);

/*
 * Decode; out has room for BASE64_DECODED_BYTES(size), or is text itself.
 * False where the text is something else; padding may be left out altogether
 * unless it is wanted.
 */
bool base64_read(const uint8_t *text, size_t size, bool padding_wanted,
    uint8_t *out, size_t *out_size);

#endif
