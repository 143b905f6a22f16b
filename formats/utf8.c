#include "formats/utf8.h"

#include <string.h>

/* The high bit of eight bytes: set where a byte is not ASCII. */
#define HIGH_BITS UINT64_C(0x8080808080808080)

/*
 * Bytes of the character that begins with the non-ASCII byte bytes[0]; 0 where
 * none does.  RFC 3629 section 4: the second byte's range depends on the first.
 */
static size_t
sequence_size(const uint8_t *bytes, size_t size)
{
	uint8_t first, low, high;
	size_t n, i;

	first = bytes[0];
	low = 0x80;
	high = 0xbf;
	if (first >= 0xc2 && first <= 0xdf) {
		n = 2;
	} else if (first >= 0xe0 && first <= 0xef) {
		n = 3;
		if (first == 0xe0)
			low = 0xa0; /* below: overlong */
		else if (first == 0xed)
			high = 0x9f; /* above: surrogates */
	} else if (first >= 0xf0 && first <= 0xf4) {
		n = 4;
		if (first == 0xf0)
			low = 0x90; /* below: overlong */
		else if (first == 0xf4)
			high = 0x8f; /* above: past U+10FFFF */
	} else {
		return 0;
	}
	if (size < n || bytes[1] < low || bytes[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

size_t
utf8_valid_prefix(const uint8_t *bytes, size_t size)
{
	uint64_t word;
	size_t at, n;

	at = 0;
	while (at < size) {
		if (size - at >= sizeof(word)) {
			memcpy(&word, bytes + at, sizeof(word));
			if ((word & HIGH_BITS) == 0) {
				at += sizeof(word);
				continue;
			}
		}
		if (bytes[at] < 0x80) {
			at++;
			continue;
		}
		n = sequence_size(bytes + at, size - at);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

bool
utf8_is_text(const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return true;
	return memchr(bytes, 0, size) == NULL &&
	    utf8_valid_prefix(bytes, size) == size;
}

size_t
utf8_length(const uint8_t *bytes, size_t size)
{
	size_t i, n;

	n = 0;
	for (i = 0; i < size; i++)
		n += (bytes[i] & 0xc0) != 0x80;
	return n;
}
