#include "export/fit_shape.h"

#include <string.h>

#include "formats/words.h"

/* So many more texts that did not match than did, and the column has none. */
#define MISSES_MOST (-32)
/* No more matches than this are remembered: columns change. */
#define MATCHES_MOST 32
/* A text of another shape among many is no reason to learn that. */
#define MISSES_TO_LEARN 2

/* A text while it is compared, of WORD_BYTES at least. */
typedef struct {
	const uint8_t *at, *end;
	const uint8_t *last; /* where its last word begins */
} Text;

/* The last bytes, which are fewer than WORD_BYTES, and 0 behind them. */
static __attribute__((noinline)) uint64_t
look_past(const uint8_t *at, const uint8_t *last)
{
	size_t past = (size_t)(at - last);

	return past < WORD_BYTES ? word_load(last) >> past * 8 : 0;
}

/* The next bytes; what skips them finds its end in those that are 0. */
static inline uint64_t
look(const Text *text)
{
	if (text->at <= text->last)
		return word_load(text->at);
	return look_past(text->at, text->last);
}

/* Skip what is left of a string behind its first quote, and the last. */
static inline bool
skip_string(Text *text)
{
	uint64_t word, found;

	for (;;) {
		word = look(text);
		/* Bit 1 turned, a quote is next to the controls: below 0x21
		 * there is nothing else. */
		found = word_below(word ^ WORD_ONES * 2, '"' - 1) |
		    word_matches(word, '\\');
		if (found != 0)
			break;
		text->at += WORD_BYTES;
	}
	text->at += word_first(found);
	return text->at < text->end && *text->at++ == '"';
}

/* Skip some digits, one at least; longer numbers than any of ours are left to
 * the parser. */
static inline bool
skip_digits(Text *text)
{
	const uint8_t *first = text->at;
	uint64_t word;
	unsigned i;

	for (i = 0; i < 3; i++) {
		word = look(text) ^ WORD_ONES * '0';
		/* 0x76 more than 9 has the top bit */
		word = (((word & ~WORD_TOPS) + WORD_ONES * 0x76) | word) &
		    WORD_TOPS;
		if (word != 0) {
			text->at += word_first(word);
			return text->at > first;
		}
		text->at += WORD_BYTES;
	}
	return false;
}

/* Skip a number without an exponent. */
static inline bool
skip_number(Text *text)
{
	const uint8_t *first;

	text->at += *text->at == '-';
	first = text->at;
	if (!skip_digits(text) || (*first == '0' && text->at > first + 1))
		return false;
	if (text->at == text->end || *text->at != '.')
		return true;
	text->at++;
	return skip_digits(text);
}

static __attribute__((noinline)) const uint8_t *
skip_word(const uint8_t *at, const uint8_t *end)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t i, size;

	for (i = 0; i < 3; i++) {
		size = strlen(words[i]);
		if ((size_t)(end - at) >= size &&
		    memcmp(at, words[i], size) == 0)
			return at + size;
	}
	return NULL;
}

static inline bool
skip_scalar(Text *text)
{
	if (text->at == text->end)
		return false;
	if (*text->at == '"') {
		text->at++;
		return skip_string(text);
	}
	if (*text->at <= '9')
		return skip_number(text);
	text->at = skip_word(text->at, text->end);
	return text->at != NULL;
}

static bool
is_alike(const FitShape *shape, const uint8_t *bytes, size_t size)
{
	const FitPiece *piece = shape->pieces;
	Text text = { bytes, bytes + size, bytes + size - WORD_BYTES };

	for (;; piece++) {
		if (((look(&text) ^ piece->word) & piece->mask) != 0)
			return false;
		text.at += piece->size;
		if (piece->followed == FOLLOWED_BY_END)
			return text.at == text.end;
		if (piece->followed == FOLLOWED_BY_SCALAR &&
		    !skip_scalar(&text))
			return false;
	}
}

bool
fit_shape_matches(FitShape *shape, const uint8_t *text, size_t size)
{
	if (!shape->known || shape->matched <= MISSES_MOST ||
	    size < WORD_BYTES || size > FIT_SHAPE_TEXT_BYTES ||
	    !is_alike(shape, text, size))
		return false;
	shape->missed = 0;
	shape->matched += shape->matched < MATCHES_MOST;
	return true;
}

/* Behind a string that is JSON. */
static const uint8_t *
end_of_string(const uint8_t *at)
{
	for (at++; *at != '"'; at++)
		at += *at == '\\';
	return at + 1;
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Does a byte stand between scalars, where it begins no key? */
static bool
is_between(uint8_t byte)
{
	return is_blank(byte) || byte == '{' || byte == '}' || byte == '[' ||
	    byte == ']' || byte == ',' || byte == ':';
}

/* Behind a scalar of what is JSON. */
static const uint8_t *
end_of_scalar(const uint8_t *at, const uint8_t *end)
{
	if (*at == '"')
		return end_of_string(at);
	while (at < end && !is_between(*at))
		at++;
	return at;
}

/* Where the next scalar of what is JSON begins. */
static const uint8_t *
next_scalar(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *past;

	while (at < end) {
		if (is_between(*at)) {
			at++;
			continue;
		}
		if (*at != '"')
			break;
		past = end_of_string(at);
		while (past < end && is_blank(*past))
			past++;
		if (past == end || *past != ':')
			break;
		at = past; /* it was a key */
	}
	return at;
}

/* Append what stands before a scalar or the end; how many pieces there are then,
 * 0 for too many. */
static size_t
put_pieces(FitShape *shape, size_t n, const uint8_t *at, const uint8_t *next,
    Followed followed)
{
	uint8_t bytes[WORD_BYTES], masks[WORD_BYTES];
	size_t left = (size_t)(next - at), size;
	FitPiece *piece;

	do {
		if (n == FIT_SHAPE_PIECES)
			return 0;
		size = left < WORD_BYTES ? left : WORD_BYTES;
		memset(bytes, 0, sizeof(bytes));
		memset(masks, 0, sizeof(masks));
		memcpy(bytes, next - left, size);
		memset(masks, 0xff, size);
		left -= size;
		piece = &shape->pieces[n++];
		piece->size = (unsigned)size;
		piece->followed = left > 0 ? FOLLOWED_BY_PIECE : followed;
		piece->word = word_load(bytes);
		piece->mask = word_load(masks);
	} while (left > 0);
	return n;
}

void
fit_shape_learn(FitShape *shape, const uint8_t *text, size_t size)
{
	const uint8_t *at = text, *end = text + size, *next;
	Followed followed = FOLLOWED_BY_SCALAR;
	size_t n = 0;

	/* what is so short is parsed soon */
	if (size < WORD_BYTES || shape->matched <= MISSES_MOST)
		return;
	shape->matched--;
	shape->missed++;
	if (shape->known && shape->missed < MISSES_TO_LEARN)
		return;
	shape->known = false;
	while (followed == FOLLOWED_BY_SCALAR) {
		next = next_scalar(at, end);
		if (next == end)
			followed = FOLLOWED_BY_END;
		n = put_pieces(shape, n, at, next, followed);
		if (n == 0)
			return;
		at = next < end ? end_of_scalar(next, end) : end;
	}
	shape->known = true;
	shape->missed = 0;
}
