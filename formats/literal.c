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

bool
literal_boolean(const uint8_t *text, size_t size, bool *value)
{
	/* The server takes any beginning of a word that no other shares. */
	static const struct {
		const char *word;
		size_t least, size;
		bool value;
	} words[] = {
		{ "true", 1, 4, true },
		{ "false", 1, 5, false },
		{ "yes", 1, 3, true },
		{ "no", 1, 2, false },
		{ "on", 2, 2, true },
		{ "off", 2, 3, false },
		{ "1", 1, 1, true },
		{ "0", 1, 1, false },
	};
	size_t i, j;

	while (size > 0 && is_space(text[0])) {
		text++;
		size--;
	}
	while (size > 0 && is_space(text[size - 1]))
		size--;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (size < words[i].least || size > words[i].size)
			continue;
		for (j = 0; j < size; j++)
			/* 0x20 is what tells the cases of a letter apart; a
			 * digit has it already. */
			if ((text[j] | 0x20) != words[i].word[j] ||
			    (is_digit((uint8_t)words[i].word[j]) &&
				!is_digit(text[j])))
				break;
		if (j == size) {
			*value = words[i].value;
			return true;
		}
	}
	return false;
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

/* A text while it is read as JSON; at never passes end. */
typedef struct {
	const uint8_t *at, *end;
	size_t items; /* values and keys */
	bool jsonb;   /* nothing yet that only json takes */
	bool high;    /* a byte above ASCII has been seen */
	unsigned depth;
	bool in_object[JSON_DEPTH_LIMIT];
} Json;

static void
skip_blanks(Json *json)
{
	while (json->at < json->end &&
	    (*json->at == ' ' || *json->at == '\n' || *json->at == '\t' ||
		*json->at == '\r'))
		json->at++;
}

static bool
skip(Json *json, uint8_t byte)
{
	if (json->at == json->end || *json->at != byte)
		return false;
	json->at++;
	return true;
}

static bool
skip_digits(Json *json)
{
	const uint8_t *first = json->at;

	while (json->at < json->end && is_digit(*json->at))
		json->at++;
	return json->at > first;
}

static bool
skip_word(Json *json, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(json->end - json->at) < size ||
	    memcmp(json->at, word, size) != 0)
		return false;
	json->at += size;
	return true;
}

static bool
skip_number(Json *json)
{
	const uint8_t *first = json->at;
	bool exponent;
	unsigned integral, scale;

	skip(json, '-');
	if (!skip(json, '0') && !skip_digits(json))
		return false;
	if (skip(json, '.') && !skip_digits(json))
		return false;
	exponent = skip(json, 'e') || skip(json, 'E');
	if (exponent) {
		if (!skip(json, '-'))
			skip(json, '+');
		if (!skip_digits(json))
			return false;
	}
	/* jsonb keeps numbers as numeric; a short one always fits. */
	if ((exponent || json->at - first > NUMERIC_SCALE_LIMIT) &&
	    !literal_numeric(
		first, (size_t)(json->at - first), &integral, &scale))
		json->jsonb = false;
	return true;
}

/*
 * An escape, behind its backslash.  *high tells whether the high half of a
 * surrogate pair is waiting for its low half.
 */
static bool
skip_escape(Json *json, bool *high)
{
	static const char escapes[] = "\"\\/bfnrt";
	unsigned unit = 0;
	int i, digit;

	if (json->at == json->end)
		return false;
	if (*json->at != 'u') {
		if (memchr(escapes, *json->at, sizeof(escapes) - 1) == NULL)
			return false;
		json->at++;
		json->jsonb = json->jsonb && !*high;
		*high = false;
		return true;
	}
	json->at++;
	if (json->end - json->at < 4)
		return false;
	for (i = 0; i < 4; i++) {
		digit = hex_digit(*json->at++);
		if (digit < 0)
			return false;
		unit = unit << 4 | (unsigned)digit;
	}
	if (unit == 0 || *high != (unit >> 10 == 0xdc00 >> 10))
		json->jsonb = false;
	*high = unit >> 10 == 0xd800 >> 10;
	return true;
}

/* Move past the bytes of a string that stand for themselves. */
static void
skip_plain(Json *json)
{
	uint64_t word, mask;

	while (json->end - json->at >= WORD_BYTES) {
		word = word_load(json->at);
		mask = word_matches(word, '"') | word_matches(word, '\\') |
		    word_below(word, ' ');
		json->high = json->high || (word & WORD_TOPS) != 0;
		if (mask != 0) {
			json->at += word_first(mask);
			return;
		}
		json->at += WORD_BYTES;
	}
	for (; json->at < json->end && *json->at != '"' && *json->at != '\\' &&
	     *json->at >= ' ';
	     json->at++)
		json->high = json->high || *json->at >= 0x80;
}

static bool
skip_string(Json *json)
{
	const uint8_t *first;
	bool high = false;

	if (!skip(json, '"'))
		return false;
	json->items++;
	for (;;) {
		first = json->at;
		skip_plain(json);
		if (json->at > first && high) {
			json->jsonb = false;
			high = false;
		}
		if (skip(json, '\\')) {
			if (!skip_escape(json, &high))
				return false;
			continue;
		}
		if (high)
			json->jsonb = false;
		return skip(json, '"');
	}
}

static bool
skip_key(Json *json)
{
	skip_blanks(json);
	if (!skip_string(json))
		return false;
	skip_blanks(json);
	return skip(json, ':');
}

/* A scalar, or the beginning of an object or array up to its first value. */
static bool
begin_value(Json *json, bool *complete)
{
	bool object;

	*complete = true;
	skip_blanks(json);
	if (json->at == json->end)
		return false;
	json->items++;
	switch (*json->at) {
	case '"':
		return skip_string(json);
	case 't':
		return skip_word(json, "true");
	case 'f':
		return skip_word(json, "false");
	case 'n':
		return skip_word(json, "null");
	case '{':
	case '[':
		break;
	default:
		return skip_number(json);
	}
	if (json->depth == JSON_DEPTH_LIMIT)
		return false;
	object = *json->at++ == '{';
	skip_blanks(json);
	if (skip(json, object ? '}' : ']'))
		return true;
	json->in_object[json->depth++] = object;
	*complete = false;
	return !object || skip_key(json);
}

/* What follows a value: ends of what it stands in, then maybe a next value. */
static bool
end_value(Json *json)
{
	bool object;

	while (json->depth > 0) {
		object = json->in_object[json->depth - 1];
		skip_blanks(json);
		if (skip(json, ','))
			return !object || skip_key(json);
		if (!skip(json, object ? '}' : ']'))
			return false;
		json->depth--;
	}
	return true;
}

LiteralJson
literal_json(const uint8_t *text, size_t size, uint8_t *top)
{
	Json json;
	bool complete;

	json.at = text;
	json.end = text + size;
	json.items = 0;
	json.jsonb = true;
	json.high = false;
	json.depth = 0;
	skip_blanks(&json);
	if (top != NULL)
		*top = json.at < json.end ? *json.at : 0;
	do {
		if (!begin_value(&json, &complete) ||
		    (complete && !end_value(&json)))
			return LITERAL_NOT_JSON;
	} while (json.depth > 0);
	skip_blanks(&json);
	if (json.at < json.end ||
	    (json.high && utf8_valid_prefix(text, size) != size))
		return LITERAL_NOT_JSON;
	if (!json.jsonb || json.items > JSONB_ITEMS_LIMIT ||
	    json.items * JSONB_ITEM_BYTES + size > JSONB_BYTES_LIMIT)
		return LITERAL_JSON_ONLY;
	return LITERAL_JSONB;
}
