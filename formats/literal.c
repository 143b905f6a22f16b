#include "formats/literal.h"

#include <string.h>

#include "formats/utf8.h"
#include "formats/words.h"

/* PostgreSQL's numeric (datatype-numeric, table 8.2). */
#define NUMERIC_INTEGRAL_LIMIT 131072
#define NUMERIC_SCALE_LIMIT    16383
/* Beyond this the server calls any exponent an overflow, even of a zero. */
#define NUMERIC_EXPONENT_LIMIT 1073741823

#define JSON_DEPTH_LIMIT 1000
/*
 * The server builds a jsonb from arrays it doubles up to 1 GiB and stores it
 * in at most 2^28 - 1 bytes (jsonb.h, JENTRY_OFFLENMASK).  These bounds are
 * never above either: 24 bytes hold an item's entry, padding and header.
 */
#define JSONB_ITEMS_LIMIT ((size_t)1 << 23)
#define JSONB_ITEM_BYTES  24
#define JSONB_BYTES_LIMIT 0x0fffffff

/* Blanks as isspace() of the C locale has them. */
static bool
is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* Is it the word, in any case, or a beginning of at least so many letters? */
static bool
begins_word(const uint8_t *text, size_t size, size_t least, const char *word)
{
	size_t i;

	if (size < least || size > strlen(word))
		return false;
	for (i = 0; i < size; i++)
		/* 0x20 is what tells the cases of a letter apart */
		if ((text[i] | 0x20) != word[i])
			return false;
	return true;
}

/* A word for a boolean without blanks: 1 or 0, -1 for none. */
static int
boolean_word(const uint8_t *text, size_t size)
{
	/* The server takes any beginning of a word that no other shares. */
	switch (text[0] | 0x20) {
	case 't':
		return begins_word(text, size, 1, "true") ? 1 : -1;
	case 'f':
		return begins_word(text, size, 1, "false") ? 0 : -1;
	case 'y':
		return begins_word(text, size, 1, "yes") ? 1 : -1;
	case 'n':
		return begins_word(text, size, 1, "no") ? 0 : -1;
	case 'o':
		if (begins_word(text, size, 2, "on"))
			return 1;
		return begins_word(text, size, 2, "off") ? 0 : -1;
	default:
		return size == 1 && (text[0] == '0' || text[0] == '1')
		    ? text[0] - '0'
		    : -1;
	}
}

bool
literal_boolean(const uint8_t *text, size_t size, bool *value)
{
	int truth;

	while (size > 0 && is_space(text[0])) {
		text++;
		size--;
	}
	while (size > 0 && is_space(text[size - 1]))
		size--;
	if (size == 0)
		return false;
	truth = boolean_word(text, size);
	if (truth < 0)
		return false;
	*value = truth == 1;
	return true;
}

/* 0 to 15, or -1. */
static int
hex_digit(uint8_t byte)
{
	uint8_t letter = byte | 0x20;

	if (is_digit(byte))
		return byte - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	return -1;
}

bool
literal_uuid(const uint8_t *text, size_t size, uint8_t uuid[16])
{
	const uint8_t *at = text;
	const uint8_t *end = text + size;
	uint8_t found[16];
	int high, low;
	size_t i;

	if (size >= 2 && *at == '{') {
		if (*--end != '}')
			return false;
		at++;
	}
	for (i = 0; i < sizeof(found); i++) {
		/* The server lets a dash stand behind every fourth digit. */
		if (i > 0 && i % 2 == 0 && at < end && *at == '-')
			at++;
		if (end - at < 2)
			return false;
		high = hex_digit(at[0]);
		low = hex_digit(at[1]);
		if (high < 0 || low < 0)
			return false;
		found[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	if (at < end)
		return false;
	memcpy(uuid, found, sizeof(found));
	return true;
}

void
literal_write_uuid(uint8_t *out, const uint8_t uuid[16])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = (uint8_t)digits[uuid[i] >> 4];
		*out++ = (uint8_t)digits[uuid[i] & 15];
	}
}

/* An exponent behind its e; false where it is none or the server refuses it. */
static bool
parse_exponent(const uint8_t *at, const uint8_t *end, int64_t *exponent)
{
	bool negative = at < end && *at == '-';
	int64_t value = 0;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at == end)
		return false;
	for (; at < end; at++) {
		if (!is_digit(*at))
			return false;
		value = value * 10 + (*at - '0');
		if (value >= NUMERIC_EXPONENT_LIMIT)
			return false;
	}
	*exponent = negative ? -value : value;
	return true;
}

bool
literal_numeric(
    const uint8_t *text, size_t size, unsigned *integral, unsigned *scale)
{
	const uint8_t *at = text;
	const uint8_t *end = text + size;
	int64_t before = 0; /* digits before the point */
	int64_t after = 0;
	int64_t zeros = 0; /* digits before the first that is not 0 */
	int64_t exponent = 0;
	bool point = false;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	for (; at < end && (is_digit(*at) || (*at == '.' && !point)); at++) {
		if (*at == '.') {
			point = true;
			continue;
		}
		zeros += *at == '0' && zeros == before + after;
		before += !point;
		after += point;
	}
	if (before + after == 0)
		return false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		if (!parse_exponent(at + 1, end, &exponent))
			return false;
		at = end;
	}
	if (at < end)
		return false;
	/* Zero needs no digit before the point. */
	before = zeros == before + after ? 0 : before - zeros + exponent;
	before = before < 0 ? 0 : before;
	after = after < exponent ? 0 : after - exponent;
	if (before > NUMERIC_INTEGRAL_LIMIT || after > NUMERIC_SCALE_LIMIT)
		return false;
	*integral = (unsigned)before;
	*scale = (unsigned)after;
	return true;
}

/*
 * A text while it is read as JSON.  What skips a part of it gives where it
 * ends, never past end, or NULL where it is none.
 */
typedef struct {
	const uint8_t *end;
	size_t items;  /* values and keys */
	uint64_t seen; /* the bits that bytes of strings have */
	bool jsonb;    /* nothing yet that only json takes */
	unsigned depth;
	bool in_object[JSON_DEPTH_LIMIT];
} Json;

static inline const uint8_t *
skip_blanks(const Json *json, const uint8_t *at)
{
	while (at < json->end && *at <= ' ' &&
	    (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
		at++;
	return at;
}

static const uint8_t *
skip_digits(const Json *json, const uint8_t *at)
{
	const uint8_t *first = at;

	while (at < json->end && is_digit(*at))
		at++;
	return at > first ? at : NULL;
}

static const uint8_t *
skip_word(const Json *json, const uint8_t *at, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(json->end - at) < size || memcmp(at, word, size) != 0)
		return NULL;
	return at + size;
}

/* Behind the e of an exponent. */
static const uint8_t *
skip_exponent(const Json *json, const uint8_t *at)
{
	if (at < json->end && (*at == '-' || *at == '+'))
		at++;
	return skip_digits(json, at);
}

static const uint8_t *
skip_number(Json *json, const uint8_t *at)
{
	const uint8_t *first = at;
	bool exponent = false;
	unsigned integral, scale;

	if (*at == '-')
		at++;
	if (at < json->end && *at == '0')
		at++;
	else
		at = skip_digits(json, at);
	if (at != NULL && at < json->end && *at == '.')
		at = skip_digits(json, at + 1);
	if (at != NULL && at < json->end && (*at | 0x20) == 'e') {
		exponent = true;
		at = skip_exponent(json, at + 1);
	}
	/* jsonb keeps numbers as numeric; a short one always fits. */
	if (at != NULL && (exponent || at - first > NUMERIC_SCALE_LIMIT) &&
	    !literal_numeric(first, (size_t)(at - first), &integral, &scale))
		json->jsonb = false;
	return at;
}

/*
 * An escape, behind its backslash.  *high tells whether the high half of a
 * surrogate pair is waiting for its low half.
 */
static const uint8_t *
skip_escape(Json *json, const uint8_t *at, bool *high)
{
	static const char escapes[] = "\"\\/bfnrt";
	unsigned unit = 0;
	int i, digit;

	if (at == json->end)
		return NULL;
	if (*at != 'u') {
		if (memchr(escapes, *at, sizeof(escapes) - 1) == NULL)
			return NULL;
		json->jsonb = json->jsonb && !*high;
		*high = false;
		return at + 1;
	}
	at++;
	if (json->end - at < 4)
		return NULL;
	for (i = 0; i < 4; i++) {
		digit = hex_digit(*at++);
		if (digit < 0)
			return NULL;
		unit = unit << 4 | (unsigned)digit;
	}
	if (unit == 0 || *high != (unit >> 10 == 0xdc00 >> 10))
		json->jsonb = false;
	*high = unit >> 10 == 0xd800 >> 10;
	return at;
}

/* Where a word has the end of a string, an escape or what no string may hold:
 * but for the control characters only a quote is below '!' when bit 1 is turned. */
static inline uint64_t
find_special(uint64_t word)
{
	return word_below(word ^ WORD_ONES * 2, '!') | word_matches(word, '\\');
}

/* The bytes of a string that stand for themselves. */
static inline const uint8_t *
skip_plain(Json *json, const uint8_t *at)
{
	uint64_t word, mask;

	while (json->end - at >= WORD_BYTES) {
		word = word_load(at);
		mask = find_special(word);
		json->seen |= word;
		if (mask != 0)
			return at + word_first(mask);
		at += WORD_BYTES;
	}
	for (; at < json->end && *at != '"' && *at != '\\' && *at >= ' '; at++)
		json->seen |= *at;
	return at;
}

/* What is left of a string from its first escape on. */
static const uint8_t *
skip_escaped(Json *json, const uint8_t *at)
{
	const uint8_t *first;
	bool high = false;

	while (at < json->end && *at == '\\') {
		at = skip_escape(json, at + 1, &high);
		if (at == NULL)
			return NULL;
		first = at;
		at = skip_plain(json, at);
		if (at > first && high) {
			json->jsonb = false;
			high = false;
		}
	}
	if (high)
		json->jsonb = false;
	return at < json->end && *at == '"' ? at + 1 : NULL;
}

static inline const uint8_t *
skip_string(Json *json, const uint8_t *at)
{
	json->items++;
	at = skip_plain(json, at + 1);
	if (at < json->end && *at == '"')
		return at + 1;
	return skip_escaped(json, at);
}

/* A key and its colon. */
static inline const uint8_t *
skip_key(Json *json, const uint8_t *at)
{
	at = skip_blanks(json, at);
	if (at == json->end || *at != '"')
		return NULL;
	at = skip_string(json, at);
	if (at == NULL)
		return NULL;
	at = skip_blanks(json, at);
	return at < json->end && *at == ':' ? at + 1 : NULL;
}

static inline const uint8_t *
skip_scalar(Json *json, const uint8_t *at)
{
	switch (*at) {
	case '"':
		return skip_string(json, at);
	case 't':
		return skip_word(json, at, "true");
	case 'f':
		return skip_word(json, at, "false");
	case 'n':
		return skip_word(json, at, "null");
	default:
		return skip_number(json, at);
	}
}

/* The beginning of an object or array up to its first value, or all of it where
 * it has none. */
static const uint8_t *
begin_nest(Json *json, const uint8_t *at, bool *complete)
{
	bool object = *at == '{';

	*complete = false;
	if (json->depth == JSON_DEPTH_LIMIT)
		return NULL;
	at = skip_blanks(json, at + 1);
	if (at < json->end && *at == (object ? '}' : ']')) {
		*complete = true;
		return at + 1;
	}
	json->in_object[json->depth++] = object;
	return object ? skip_key(json, at) : at;
}

/* What follows a value: ends of what it stands in, then maybe a next value. */
static inline const uint8_t *
end_value(Json *json, const uint8_t *at)
{
	bool object;

	while (json->depth > 0) {
		object = json->in_object[json->depth - 1];
		at = skip_blanks(json, at);
		if (at == json->end)
			return NULL;
		if (*at == ',')
			return object ? skip_key(json, at + 1) : at + 1;
		if (*at != (object ? '}' : ']'))
			return NULL;
		at++;
		json->depth--;
	}
	return at;
}

/* A value and all that stands in it. */
static const uint8_t *
skip_value(Json *json, const uint8_t *at)
{
	bool complete;

	do {
		at = skip_blanks(json, at);
		if (at == json->end)
			return NULL;
		json->items++;
		complete = true;
		if (*at == '{' || *at == '[')
			at = begin_nest(json, at, &complete);
		else
			at = skip_scalar(json, at);
		if (at != NULL && complete)
			at = end_value(json, at);
	} while (at != NULL && json->depth > 0);
	return at;
}

LiteralJson
literal_json(const uint8_t *text, size_t size, uint8_t *top)
{
	const uint8_t *at;
	Json json;

	json.end = text + size;
	json.items = 0;
	json.seen = 0;
	json.jsonb = true;
	json.depth = 0;
	at = skip_blanks(&json, text);
	if (top != NULL)
		*top = at < json.end ? *at : 0;
	at = skip_value(&json, at);
	if (at == NULL || skip_blanks(&json, at) < json.end ||
	    ((json.seen & WORD_TOPS) != 0 &&
		utf8_valid_prefix(text, size) != size))
		return LITERAL_NOT_JSON;
	if (!json.jsonb || json.items > JSONB_ITEMS_LIMIT ||
	    json.items * JSONB_ITEM_BYTES + size > JSONB_BYTES_LIMIT)
		return LITERAL_JSON_ONLY;
	return LITERAL_JSONB;
}

bool
literal_json_has_nul(const uint8_t *text, size_t size)
{
	const uint8_t *at = text;
	const uint8_t *end = text + size;

	/* backslashes stand in strings only, and every one begins an escape */
	while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
		if (end - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			return true;
		at += end - at < 2 ? 1 : 2;
	}
	return false;
}
