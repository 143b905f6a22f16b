/*
 * words: text looked at eight bytes at a time, for the row codecs and the
 * recognisers.
 *
 * The first byte in memory is the lowest byte of a word, whatever the machine.
 * A mask has the top bit set of each byte that was found; the lowest bit set
 * is exact, those above it may be false (a borrow runs upwards), so a mask
 * answers "is there one" and "where is the first".
 */
#ifndef FORMATS_WORDS_H
#define FORMATS_WORDS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define WORD_BYTES 8
#define WORD_ONES  UINT64_C(0x0101010101010101)
#define WORD_TOPS  UINT64_C(0x8080808080808080)

static inline uint64_t
word_load(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

static inline void
word_store(uint8_t *at, uint64_t word)
{
	word = htole64(word);
	memcpy(at, &word, sizeof(word));
}

/* Bytes below limit (1 to 128). */
static inline uint64_t
word_below(uint64_t word, uint8_t limit)
{
	return (word - WORD_ONES * limit) & ~word & WORD_TOPS;
}

/* Bytes equal to byte. */
static inline uint64_t
word_matches(uint64_t word, uint8_t byte)
{
	return word_below(word ^ (WORD_ONES * byte), 1);
}

/* Bytes equal to byte, exact in all bits: no borrow runs here. */
static inline uint64_t
word_matches_all(uint64_t word, uint8_t byte)
{
	word ^= WORD_ONES * byte;
	return ~(((word & ~WORD_TOPS) + ~WORD_TOPS) | word) & WORD_TOPS;
}

/* Which byte of a word a mask that is not 0 found first. */
static inline unsigned
word_first(uint64_t mask)
{
	return (unsigned)__builtin_ctzll(mask) / 8;
}

/*
 * The bytes of a text of 1 to 7 bytes as a word, some of them repeated: good
 * for asking what the text holds, not where.
 */
static inline uint64_t
word_of_few(const uint8_t *text, size_t size)
{
	uint32_t first, last;

	if (size >= 4) {
		memcpy(&first, text, 4);
		memcpy(&last, text + size - 4, 4);
		return first | (uint64_t)last << 32;
	}
	return WORD_ONES * text[0] ^ (uint64_t)(text[0] ^ text[size / 2]) << 8 ^
	    (uint64_t)(text[0] ^ text[size - 1]) << 16;
}

#endif
