#include "import/verify_json.h"

#include <stdlib.h>
#include <string.h>

#include "formats/number.h"
#include "formats/utf8.h"

/* As deep as litehaul-transform lets documents be (literal.h). */
#define DEPTH_LIMIT 1000

/* Of an object; an array's elements have the key's place empty. */
typedef struct {
	Hash key, value;
	size_t place;
} Member;

typedef struct {
	VerifyJson *room;
	const uint8_t *at, *end;
	unsigned depth;
	Error *err;
	bool failed; /* memory is out */
} Parser;

/* What stands before a value's bytes where they are hashed, so that "1" and 1
 * differ. */
#define TAG_STRING 's'
#define TAG_NUMBER 'n'
#define TAG_WORD   'w'
#define TAG_ARRAY  'a'
#define TAG_OBJECT 'o'
#define TAG_BYTES  'b'

static bool parse_value(Parser *parser, Hash *hash);

static void
skip_blanks(Parser *parser)
{
	while (parser->at < parser->end && *parser->at <= ' ')
		parser->at++;
}

static bool
is_next(const Parser *parser, uint8_t byte)
{
	return parser->at < parser->end && *parser->at == byte;
}

static bool
put(Parser *parser, const void *bytes, size_t size)
{
	if (buf_put(&parser->room->text, bytes, size, parser->err))
		return true;
	parser->failed = true;
	return false;
}

/* Begin the bytes of a value. */
static bool
begin(Parser *parser, uint8_t tag)
{
	parser->room->text.size = 0;
	return put(parser, &tag, 1);
}

static Hash
end(const Parser *parser)
{
	return hash_of(parser->room->text.data, parser->room->text.size);
}

static bool
read_hex(Parser *parser, unsigned *code)
{
	unsigned digit;
	int i;

	*code = 0;
	if (parser->end - parser->at < 4)
		return false;
	for (i = 0; i < 4; i++, parser->at++) {
		if (*parser->at >= '0' && *parser->at <= '9')
			digit = *parser->at - (unsigned)'0';
		else if ((*parser->at | 0x20) >= 'a' &&
		    (*parser->at | 0x20) <= 'f')
			digit = (*parser->at | 0x20) - (unsigned)'a' + 10;
		else
			return false;
		*code = *code * 16 + digit;
	}
	return true;
}

/* \u0041, or two of them. */
static bool
read_code(Parser *parser)
{
	unsigned code, low;
	uint8_t text[4];
	size_t size;

	if (!read_hex(parser, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00) {
		if (parser->end - parser->at < 2 || parser->at[0] != '\\' ||
		    parser->at[1] != 'u')
			return false;
		parser->at += 2;
		if (!read_hex(parser, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	text[0] = (uint8_t)(size == 1 ? code
		: size == 2	      ? 0xc0 | code >> 6
		: size == 3	      ? 0xe0 | code >> 12
				      : 0xf0 | code >> 18);
	for (low = 1; low < size; low++)
		text[low] =
		    (uint8_t)(0x80 | (code >> 6 * (size - 1 - low) & 0x3f));
	return put(parser, text, size);
}

static bool
read_escape(Parser *parser)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meant[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (parser->at == parser->end)
		return false;
	if (*parser->at == 'u') {
		parser->at++;
		return read_code(parser);
	}
	letter = memchr(letters, *parser->at, sizeof letters - 1);
	if (letter == NULL)
		return false;
	parser->at++;
	return put(parser, &meant[letter - letters], 1);
}

/* Behind the quote. */
static bool
parse_string(Parser *parser, Hash *hash)
{
	const uint8_t *from;

	if (!begin(parser, TAG_STRING))
		return false;
	for (;;) {
		from = parser->at;
		while (parser->at < parser->end && *parser->at != '"' &&
		    *parser->at != '\\')
			parser->at++;
		if (!put(parser, from, (size_t)(parser->at - from)) ||
		    parser->at == parser->end)
			return false;
		if (*parser->at++ == '"')
			break;
		if (!read_escape(parser))
			return false;
	}
	*hash = end(parser);
	return true;
}

/* Digits without zeros at either end, and the power of ten of the last. */
static bool
put_decimal(Parser *parser, const uint8_t *digits, size_t n, int64_t power)
{
	uint8_t text[NUMBER_INTEGER_BYTES];

	while (n > 0 && digits[n - 1] == '0') {
		n--;
		power++;
	}
	if (n == 0)
		power = 0;
	return put(parser, digits, n) && put(parser, "e", 1) &&
	    put(parser, text, number_write_integer(text, power));
}

/* Append digits to the text; leading zeros are none. */
static size_t
take_digits(Parser *parser, size_t start, bool *good)
{
	Buf *text = &parser->room->text;
	size_t n = 0;

	for (; parser->at < parser->end && *parser->at >= '0' &&
	     *parser->at <= '9';
	     parser->at++, n++) {
		if (text->size == start && *parser->at == '0')
			continue;
		*good = *good && put(parser, parser->at, 1);
	}
	return n;
}

static bool
read_exponent(Parser *parser, int64_t *power)
{
	int64_t exponent = 0;
	bool negative = false, any = false;

	if (is_next(parser, '+') || is_next(parser, '-'))
		negative = *parser->at++ == '-';
	for (; parser->at < parser->end && *parser->at >= '0' &&
	     *parser->at <= '9';
	     parser->at++) {
		any = true;
		if (exponent < INT32_MAX)
			exponent = exponent * 10 + (*parser->at - '0');
	}
	*power += negative ? -exponent : exponent;
	return any;
}

static bool
parse_number(Parser *parser, Hash *hash)
{
	VerifyJson *room = parser->room;
	bool negative = is_next(parser, '-'), good;
	size_t start, n;
	int64_t power = 0;

	good = begin(parser, TAG_NUMBER) && put(parser, "-", 1);
	start = room->text.size;
	if (negative)
		parser->at++;
	if (take_digits(parser, start, &good) == 0)
		return false;
	if (is_next(parser, '.')) {
		parser->at++;
		power = -(int64_t)take_digits(parser, start, &good);
		if (power == 0)
			return false;
	}
	if ((is_next(parser, 'e') || is_next(parser, 'E')) &&
	    (parser->at++, !read_exponent(parser, &power)))
		return false;
	if (!good)
		return false;
	/* The digits stand behind the sign; zero has none. */
	n = room->text.size - start;
	if (!negative || n == 0)
		room->text.data[start - 1] = '+';
	while (n > 0 && room->text.data[start + n - 1] == '0') {
		n--;
		power++;
	}
	room->text.size = start + n;
	if (!put_decimal(parser, NULL, 0, n == 0 ? 0 : power))
		return false;
	*hash = end(parser);
	return true;
}
