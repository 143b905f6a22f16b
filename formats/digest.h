/*
 * digest: SHA-256 (FIPS 180-4), by OpenSSL's libcrypto.  Every file of a dump
 * is known by it.
 */
#ifndef FORMATS_DIGEST_H
#define FORMATS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

#define DIGEST_BYTES     32
#define DIGEST_HEX_BYTES 65 /* 64 digits and a NUL */

typedef struct {
	uint8_t bytes[DIGEST_BYTES];
} Digest;

/* The SHA-256 of size bytes. */
bool digest_of(
    const void *bytes, size_t size, Digest *digest, Error *err) MUST_CHECK;

/*
 * The same of bytes that come one after another: begin, add, end, and free in
 * any case.  The zero DigestStream is empty and has not begun.
 */
typedef struct {
	void *context; /* libcrypto's */
} DigestStream;

bool digest_begin(DigestStream *stream, Error *err) MUST_CHECK;
bool digest_add(DigestStream *stream, const void *bytes, size_t size,
    Error *err) MUST_CHECK;
bool digest_end(DigestStream *stream, Digest *digest, Error *err) MUST_CHECK;
void digest_free(DigestStream *stream);

/* Lower-case hex. */
void digest_hex(const Digest *digest, char hex[DIGEST_HEX_BYTES]);

/* Read 64 lower-case hex digits; false where it is anything else. */
bool digest_from_hex(const char *hex, Digest *digest);

bool digest_equal(const Digest *one, const Digest *other);

#endif
