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

/* What a value is goes into its hash, so that "1" and 1 differ. */
typedef enum {
	KIND_BYTES,
	KIND_STRING,
	KIND_NUMBER,
	KIND_WORD,
	KIND_ARRAY,
	KIND_OBJECT
} Kind;

/* A sign, "e" and an exponent of our own. */
#define NUMBER_ROOM (2 + NUMBER_INTEGER_BYTES)

/* Fewer members than this are sorted faster in place. */
#define FEW_MEMBERS 32

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

/* For bytes of a string or number there is room: they are no more than those
 * that spell it, and an exponent. */
static inline void
put(Parser *parser, const void *bytes, size_t size)
{
	buf_add(&parser->room->text, bytes, size);
}

static inline Hash
hash_value(Kind kind, const void *bytes, size_t size)
{
	Hash hash = hash_of(bytes, size);

	/* Any odd number spreads the kinds over all bits. */
	hash.high ^= (uint64_t)kind * UINT64_C(0x9e3779b97f4a7c15);
	return hash;
}

static inline Hash
hash_text(const Parser *parser, Kind kind)
{
	return hash_value(
	    kind, parser->room->text.data, parser->room->text.size);
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
	put(parser, text, size);
	return true;
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
	put(parser, &meant[letter - letters], 1);
	return true;
}

/* The bytes up to a quote or an escape. */
static inline size_t
skip_plain(Parser *parser)
{
	const uint8_t *from = parser->at;

	while (parser->at < parser->end && *parser->at != '"' &&
	    *parser->at != '\\')
		parser->at++;
	return (size_t)(parser->at - from);
}

/* Behind the quote. */
static bool
parse_string(Parser *parser, Hash *hash)
{
	const uint8_t *from = parser->at;
	size_t size = skip_plain(parser);

	if (is_next(parser, '"')) {
		parser->at++;
		*hash = hash_value(KIND_STRING, from, size);
		return true;
	}
	parser->room->text.size = 0;
	put(parser, from, size);
	for (;;) {
		if (parser->at == parser->end)
			return false;
		if (*parser->at++ == '"')
			break;
		if (!read_escape(parser))
			return false;
		from = parser->at;
		size = skip_plain(parser);
		put(parser, from, size);
	}
	*hash = hash_text(parser, KIND_STRING);
	return true;
}

/* Append digits to the text; leading zeros are none.  How many there were. */
static size_t
take_digits(Parser *parser, size_t start)
{
	const Buf *text = &parser->room->text;
	const uint8_t *from = parser->at;

	for (; parser->at < parser->end && *parser->at >= '0' &&
	     *parser->at <= '9';
	     parser->at++) {
		if (text->size > start || *parser->at != '0')
			put(parser, parser->at, 1);
	}
	return (size_t)(parser->at - from);
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
static void
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
	put(parser, digits, 1 + number_write_integer(digits + 1, power));
}

static bool
parse_number(Parser *parser, Hash *hash)
{
	bool negative = is_next(parser, '-');
	size_t start = 1;
	int64_t power = 0;

	parser->room->text.size = 0;
	put(parser, negative ? "-" : "+", start);
	parser->at += negative;
	if (take_digits(parser, start) == 0)
		return false;
	if (is_next(parser, '.')) {
		parser->at++;
		power = -(int64_t)take_digits(parser, start);
		if (power == 0)
			return false;
	}
	if (is_next(parser, 'e') || is_next(parser, 'E')) {
		parser->at++;
		if (!read_exponent(parser, &power))
			return false;
	}
	end_number(parser, start, power);
	*hash = hash_text(parser, KIND_NUMBER);
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
	*hash = hash_value(KIND_WORD, word, 1);
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

static void
sort_members(Member *members, size_t n)
{
	Member moved;
	size_t i, k;

	if (n > FEW_MEMBERS) {
		qsort(members, n, sizeof *members, compare_members);
		return;
	}
	for (i = 1; i < n; i++) {
		moved = members[i];
		for (k = i;
		     k > 0 && compare_members(&moved, &members[k - 1]) < 0; k--)
			members[k] = members[k - 1];
		members[k] = moved;
	}
}

/* All members from start on become one hash, and go. */
static Hash
end_members(Parser *parser, Kind kind, size_t start)
{
	Buf *members = &parser->room->members;
	size_t n = (members->size - start) / sizeof(Member), i, kept = 0;
	uint8_t *bytes = members->data + start;
	Member *member = (Member *)(void *)bytes;
	Hash pair[2] = { 0 };

	if (n == 0)
		return hash_value(kind, NULL, 0);
	if (kind == KIND_OBJECT)
		sort_members(member, n);
	/* What is hashed is written over what has been read. */
	for (i = 0; i < n; i++) {
		if (kind == KIND_OBJECT && i > 0 &&
		    hash_equal(member[i].key, pair[0]))
			continue;
		pair[0] = member[i].key;
		pair[1] = member[i].value;
		memcpy(bytes + kept++ * sizeof pair, pair, sizeof pair);
	}
	members->size = start;
	return hash_value(kind, bytes, kept * sizeof pair);
}

static bool
parse_member(Parser *parser, Kind kind, Member *member)
{
	if (kind == KIND_OBJECT) {
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
parse_members(Parser *parser, Kind kind, uint8_t close, Hash *hash)
{
	Buf *members = &parser->room->members;
	size_t start = members->size;
	Member member = { 0 };

	skip_blanks(parser);
	if (is_next(parser, close)) {
		parser->at++;
		*hash = end_members(parser, kind, start);
		return true;
	}
	for (;; parser->at++, member.place++) {
		if (!parse_member(parser, kind, &member))
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
	*hash = end_members(parser, kind, start);
	return true;
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
		good = parse_members(parser, KIND_OBJECT, '}', hash);
		break;
	case '[':
		parser->at++;
		good = parse_members(parser, KIND_ARRAY, ']', hash);
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

	json->members.size = json->text.size = 0;
	if (!buf_reserve(&json->text, size + NUMBER_ROOM, err))
		return false;
	if (parse_value(&parser, hash)) {
		skip_blanks(&parser);
		if (parser.at == parser.end)
			return true;
	}
	*hash = hash_value(KIND_BYTES, text, size);
	return !parser.failed;
}

void
verify_json_free(VerifyJson *json)
{
	buf_free(&json->members);
	buf_free(&json->text);
}
