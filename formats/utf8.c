#include "formats/utf8.h"

#include <string.h>

/* The high bit of eight bytes: set where a byte is not ASCII. */
#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS  UINT64_C(0x0101010101010101)

/* What may follow the first byte of a character of several. */
typedef struct {
	size_t size;       /* of the whole character; 0: no such first byte */
	uint8_t low, high; /* of the second byte */
} Sequence;

/* RFC 3629 section 4: the second byte's range depends on the first. */
static Sequence
sequence_of(uint8_t first)
{
	Sequence sequence = { .low = 0x80, .high = 0xbf };

	if (first >= 0xc2 && first <= 0xdf) {
		sequence.size = 2;
	} else if (first >= 0xe0 && first <= 0xef) {
		sequence.size = 3;
		if (first == 0xe0)
			sequence.low = 0xa0; /* below: overlong */
		else if (first == 0xed)
			sequence.high = 0x9f; /* above: surrogates */
	} else if (first >= 0xf0 && first <= 0xf4) {
		sequence.size = 4;
		if (first == 0xf0)
			sequence.low = 0x90; /* below: overlong */
		else if (first == 0xf4)
			sequence.high = 0x8f; /* above: past U+10FFFF */
	}
	return sequence;
}

/* Bytes of the character that begins with the non-ASCII byte bytes[0]; 0 where
 * none does. */
static size_t
sequence_size(const uint8_t *bytes, size_t size)
{
	Sequence sequence = sequence_of(bytes[0]);
	size_t i;

	if (sequence.size == 0 || size < sequence.size ||
	    bytes[1] < sequence.low || bytes[1] > sequence.high)
		return 0;
	for (i = 2; i < sequence.size; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return sequence.size;
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

size_t
utf8_invalid_subpart(const uint8_t *bytes, size_t size)
{
	Sequence sequence = sequence_of(bytes[0]);
	size_t n;

	if (sequence.size < 3 || size < 2 || bytes[1] < sequence.low ||
	    bytes[1] > sequence.high)
		return 1;
	for (n = 2; n < size && n < sequence.size; n++)
		if ((bytes[n] & 0xc0) != 0x80)
			break;
	return n;
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
	size_t i = 0, n = size;
	uint64_t word;

	/* Each byte of the form 10xxxxxx goes on with a character. */
	for (; size - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		word = word >> 7 & ~word >> 6 & LOW_BITS;
		n -= (size_t)(word * LOW_BITS >> 56);
	}
	for (; i < size; i++)
		n -= (bytes[i] & 0xc0) == 0x80;
	return n;
}
