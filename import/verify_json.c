#include "import/verify_json.h"

#include <stdlib.h>
#include <string.h>

#include "formats/number.h"

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
		: size == 2           ? 0xc0 | code >> 6
		: size == 3           ? 0xe0 | code >> 12
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

/* Digits as they stand behind the sign, without zeros at either end, and the
 * power of ten of the last one. */
static bool
end_number(Parser *parser, size_t start, int64_t power)
{
	Buf *text = &parser->room->text;
	uint8_t digits[1 + NUMBER_INTEGER_BYTES];

	while (text->size > start && text->data[text->size - 1] == '0') {
		text->size--;
		power++;
	}
	if (text->size == start) {
		text->data[start - 1] = '+';
		power = 0;
	}
	digits[0] = 'e';
	return put(parser, digits, 1 + number_write_integer(digits + 1, power));
}

static bool
parse_number(Parser *parser, Hash *hash)
{
	bool negative = is_next(parser, '-'), good;
	size_t start;
	int64_t power = 0;

	good =
	    begin(parser, TAG_NUMBER) && put(parser, negative ? "-" : "+", 1);
	if (!good)
		return false;
	start = parser->room->text.size;
	parser->at += negative;
	if (take_digits(parser, start, &good) == 0)
		return false;
	if (is_next(parser, '.')) {
		parser->at++;
		power = -(int64_t)take_digits(parser, start, &good);
		if (power == 0)
			return false;
	}
	if (is_next(parser, 'e') || is_next(parser, 'E')) {
		parser->at++;
		if (!read_exponent(parser, &power))
			return false;
	}
	if (!good || !end_number(parser, start, power))
		return false;
	*hash = end(parser);
	return true;
}

static bool
parse_word(Parser *parser, const char *word, Hash *hash)
{
	size_t size = strlen(word);

	if ((size_t)(parser->end - parser->at) < size ||
	    memcmp(parser->at, word, size) != 0)
		return false;
	parser->at += size;
	if (!begin(parser, TAG_WORD) || !put(parser, word, 1))
		return false;
	*hash = end(parser);
	return true;
}

/* By key, and of one key the last first. */
static int
compare_members(const void *one, const void *other)
{
	const Member *a = one, *b = other;
	int order = hash_compare(a->key, b->key);

	if (order != 0)
		return order;
	return a->place > b->place ? -1 : 1;
}

/* All members from start on become one hash, and go. */
static bool
end_members(Parser *parser, uint8_t tag, size_t start, Hash *hash)
{
	Buf *members = &parser->room->members;
	size_t n = (members->size - start) / sizeof(Member), i;
	Member *member = (Member *)(void *)(members->data + start);

	if (n > 1 && tag == TAG_OBJECT)
		qsort(member, n, sizeof *member, compare_members);
	if (!begin(parser, tag))
		return false;
	for (i = 0; i < n; i++) {
		if (tag == TAG_OBJECT && i > 0 &&
		    hash_equal(member[i].key, member[i - 1].key))
			continue;
		if (!put(parser, &member[i].key, sizeof(Hash)) ||
		    !put(parser, &member[i].value, sizeof(Hash)))
			return false;
	}
	members->size = start;
	*hash = end(parser);
	return true;
}

static bool
parse_member(Parser *parser, uint8_t tag, Member *member)
{
	if (tag == TAG_OBJECT) {
		skip_blanks(parser);
		if (!is_next(parser, '"'))
			return false;
		parser->at++;
		if (!parse_string(parser, &member->key))
			return false;
		skip_blanks(parser);
		if (!is_next(parser, ':'))
			return false;
		parser->at++;
	}
	return parse_value(parser, &member->value);
}

/* Behind the bracket. */
static bool
parse_members(Parser *parser, uint8_t tag, uint8_t close, Hash *hash)
{
	Buf *members = &parser->room->members;
	size_t start = members->size;
	Member member = { 0 };

	skip_blanks(parser);
	if (is_next(parser, close)) {
		parser->at++;
		return end_members(parser, tag, start, hash);
	}
	for (;; parser->at++, member.place++) {
		if (!parse_member(parser, tag, &member))
			return false;
		if (!buf_put(members, &member, sizeof member, parser->err)) {
			parser->failed = true;
			return false;
		}
		skip_blanks(parser);
		if (!is_next(parser, ','))
			break;
	}
	if (!is_next(parser, close))
		return false;
	parser->at++;
	return end_members(parser, tag, start, hash);
}

static bool
parse_value(Parser *parser, Hash *hash)
{
	bool good = false;

	if (parser->depth++ == DEPTH_LIMIT)
		return false;
	skip_blanks(parser);
	if (parser->at == parser->end)
		return false;
	switch (*parser->at) {
	case '{':
		parser->at++;
		good = parse_members(parser, TAG_OBJECT, '}', hash);
		break;
	case '[':
		parser->at++;
		good = parse_members(parser, TAG_ARRAY, ']', hash);
		break;
	case '"':
		parser->at++;
		good = parse_string(parser, hash);
		break;
	case 't':
		good = parse_word(parser, "true", hash);
		break;
	case 'f':
		good = parse_word(parser, "false", hash);
		break;
	case 'n':
		good = parse_word(parser, "null", hash);
		break;
	default:
		good = parse_number(parser, hash);
	}
	parser->depth--;
	return good;
}

bool
verify_json_hash(
    VerifyJson *json, const uint8_t *text, size_t size, Hash *hash, Error *err)
{
	Parser parser = {
		.room = json, .at = text, .end = text + size, .err = err
	};
	uint8_t tag = TAG_BYTES;

	json->members.size = 0;
	if (parse_value(&parser, hash)) {
		skip_blanks(&parser);
		if (parser.at == parser.end)
			return true;
	}
	if (parser.failed)
		return false;
	json->text.size = 0;
	if (!buf_put(&json->text, &tag, 1, err) ||
	    !buf_put(&json->text, text, size, err))
		return false;
	*hash = hash_of(json->text.data, json->text.size);
	return true;
}

void
verify_json_free(VerifyJson *json)
{
	buf_free(&json->members);
	buf_free(&json->text);
}
