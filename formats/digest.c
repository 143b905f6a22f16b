#include "formats/digest.h"

#include <string.h>

#include <openssl/evp.h>

static bool
report_failure(Error *err)
{
	return error_set(err, ERROR_FAILED, "libcrypto cannot compute SHA-256");
}

bool
digest_of(const void *bytes, size_t size, Digest *digest, Error *err)
{
	unsigned length;

	length = 0;
	if (EVP_Digest(
		bytes, size, digest->bytes, &length, EVP_sha256(), NULL) != 1 ||
	    length != DIGEST_BYTES)
		return report_failure(err);
	return true;
}

bool
digest_begin(DigestStream *stream, Error *err)
{
	stream->context = EVP_MD_CTX_new();
	if (stream->context == NULL)
		return error_set(err, ERROR_FAILED, "out of memory");
	return EVP_DigestInit_ex(stream->context, EVP_sha256(), NULL) == 1 ||
	    report_failure(err);
}

bool
digest_add(DigestStream *stream, const void *bytes, size_t size, Error *err)
{
	return EVP_DigestUpdate(stream->context, bytes, size) == 1 ||
	    report_failure(err);
}

bool
digest_end(DigestStream *stream, Digest *digest, Error *err)
{
	unsigned length = 0;

	return (EVP_DigestFinal_ex(stream->context, digest->bytes, &length) ==
		       1 &&
		   length == DIGEST_BYTES) ||
	    report_failure(err);
}

void
digest_free(DigestStream *stream)
{
	EVP_MD_CTX_free(stream->context);
	stream->context = NULL;
}

void
digest_hex(const Digest *digest, char hex[DIGEST_HEX_BYTES])
{
	static const char digits[17] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < DIGEST_BYTES; i++) {
		hex[i * 2] = digits[digest->bytes[i] >> 4];
		hex[i * 2 + 1] = digits[digest->bytes[i] & 15];
	}
	hex[DIGEST_BYTES * 2] = '\0';
}

/* The value of a lower-case hex digit, 16 where it is none. */
static unsigned
digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned)(digit - '0');
	if (digit >= 'a' && digit <= 'f')
		return (unsigned)(digit - 'a') + 10;
	return 16;
}

bool
digest_from_hex(const char *hex, Digest *digest)
{
	Digest read;
	unsigned high, low;
	size_t i;

	for (i = 0; i < DIGEST_BYTES; i++) {
		high = digit_value(hex[i * 2]);
		if (high > 15)
			return false;
		low = digit_value(hex[i * 2 + 1]);
		if (low > 15)
			return false;
		read.bytes[i] = (uint8_t)(high << 4 | low);
	}
	if (hex[DIGEST_BYTES * 2] != '\0')
		return false;
	*digest = read;
	return true;
}

bool
digest_equal(const Digest *one, const Digest *other)
{
	return memcmp(one->bytes, other->bytes, DIGEST_BYTES) == 0;
}
