#include "transform/defaults.h"

#include <string.h>

#include "formats/number.h"
#include "formats/sqltext.h"
#include "transform/cast.h"

/* Of an int64 in a hexadecimal literal. */
#define HEX_DIGITS_LIMIT 16
/* Of an int64 in decimal; more digits make a real. */
#define DECIMAL_DIGITS_LIMIT 19

/* What a default can be at most: parentheses, sign, literal. */
typedef struct {
	SqlToken token;
	bool parentheses, sign, negative;
} Literal;

/* Where CURRENT_* may stand, and the characters it takes. */
typedef struct {
	const char *word;
	DefaultKind kind;
	int characters;
	TypeName types[4]; /* besides text and varchar; TYPE_TEXT ends */
} Current;

static const Current currents[] = {
	{ "CURRENT_TIMESTAMP", DEFAULT_CURRENT_TIMESTAMP, 19,
	    { TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, TYPE_DATE } },
	{ "CURRENT_DATE", DEFAULT_CURRENT_DATE, 10,
	    { TYPE_DATE, TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP } },
	{ "CURRENT_TIME", DEFAULT_CURRENT_TIME, 8, { TYPE_TIME } },
};

/* Is the text a single literal or word in any number of parentheses? */
static bool
read_literal(const char *text, Literal *literal)
{
	SqlToken token = sqltext_next(&text);
	size_t depth = 0;

	for (; sqltext_is(&token, "("); token = sqltext_next(&text))
		depth++;
	literal->parentheses = depth > 0;
	literal->negative = sqltext_is(&token, "-");
	literal->sign = literal->negative || sqltext_is(&token, "+");
	if (literal->sign)
		token = sqltext_next(&text);
	literal->token = token;
	for (token = sqltext_next(&text); depth > 0;
	     token = sqltext_next(&text), depth--)
		if (!sqltext_is(&token, ")"))
			return false;
	return token.kind == SQL_END;
}

/* 0x10: the bits of an int64 (lang_expr.html, "Literal Values"). */
static bool
read_hex(const uint8_t *text, size_t size, int64_t *integer)
{
	uint64_t bits = 0;

	if (size <= 2 || size - 2 > HEX_DIGITS_LIMIT || text[0] != '0' ||
	    (text[1] | 0x20) != 'x')
		return false;
	for (size_t i = 2; i < size; i++) {
		uint8_t letter = text[i] | 0x20;
		unsigned digit = letter >= 'a' && letter <= 'f'
		    ? letter - (unsigned)'a' + 10
		    : text[i] - (unsigned)'0';

		if (digit > 15)
			return false;
		bits = bits << 4 | digit;
	}
	memcpy(integer, &bits, sizeof bits);
	return true;
}

static bool
all_digits(const uint8_t *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return size > 0;
}

/* A number without its sign, as SQLite types it. */
static bool
read_number(const uint8_t *text, size_t size, bool negative, Value *value)
{
	uint8_t canonical[1 + DECIMAL_DIGITS_LIMIT] = "-";

	value->size = 0;
	value->class = VALUE_INTEGER;
	if (read_hex(text, size, &value->integer))
		return !negative ||
		    !__builtin_sub_overflow(
			(int64_t)0, value->integer, &value->integer);
	if (all_digits(text, size)) {
		for (; size > 1 && *text == '0'; size--)
			text++;
		if (*text == '0')
			negative = false;
		if (size <= DECIMAL_DIGITS_LIMIT) {
			memcpy(canonical + 1, text, size);
			if (number_read_integer(canonical + !negative,
				size + negative, &value->integer))
				return true;
		}
	}
	value->class = VALUE_REAL;
	if (!number_read_real(text, size, &value->real))
		return false;
	if (negative)
		value->real = -value->real;
	return true;
}

static bool
is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* A text that SQLite would store as a number, as that number. */
static void
text_to_number(Value *value)
{
	const uint8_t *text = value->bytes;
	size_t size = value->size;
	bool negative;
	Value number;

	if (!number_looks_numeric(text, size))
		return;
	for (; size > 0 && is_space(*text); size--)
		text++;
	while (size > 0 && is_space(text[size - 1]))
		size--;
	negative = size > 0 && *text == '-';
	if (negative || (size > 0 && *text == '+')) {
		text++;
		size--;
	}
	if (read_number(text, size, negative, &number))
		*value = number;
}

/* What storing the value in a column of the affinity makes of it
 * (datatype3.html section 3). */
static void
apply_affinity(Affinity affinity, Value *value)
{
	if (affinity == AFFINITY_TEXT || affinity == AFFINITY_BLOB)
		return;
	if (value->class == VALUE_TEXT)
		text_to_number(value);
	if (value->class == VALUE_REAL && affinity != AFFINITY_REAL &&
	    value->real >= -0x1p63 && value->real < 0x1p63 &&
	    (double)(int64_t)value->real == value->real) {
		value->integer = (int64_t)value->real;
		value->class = VALUE_INTEGER;
	}
	if (value->class == VALUE_INTEGER && affinity == AFFINITY_REAL) {
		value->real = (double)value->integer;
		value->class = VALUE_REAL;
	}
}

static unsigned
hex_value(char digit)
{
	return digit <= '9' ? (unsigned)digit - '0'
			    : ((unsigned)digit | 0x20) - 'a' + 10;
}

/* The bytes of x'0a0b'. */
static bool
put_blob(const SqlToken *token, Buf *bytes, Error *err)
{
	if (!buf_reserve(bytes, token->size, err))
		return false;
	for (size_t i = 2; i + 2 < token->size; i += 2)
		buf_add_byte(bytes,
		    (uint8_t)(hex_value(token->text[i]) << 4 |
			hex_value(token->text[i + 1])));
	return true;
}

/* The literal as a value whose bytes are in buf; VALUE_NULL: it is none. */
static bool
value_of(const Literal *literal, Buf *buf, Value *value, Error *err)
{
	const SqlToken *token = &literal->token;
	const uint8_t *text = (const uint8_t *)token->text;

	*value = (Value){ .class = VALUE_NULL };
	if (token->kind == SQL_NUMBER) {
		if (!read_number(text, token->size, literal->negative, value))
			value->class = VALUE_NULL;
		return true;
	}
	if (literal->sign)
		return true;
	if (sqltext_is(token, "TRUE") || sqltext_is(token, "FALSE")) {
		value->class = VALUE_INTEGER;
		value->integer = sqltext_is(token, "TRUE");
		return true;
	}
	if (token->kind == SQL_BLOB) {
		value->class = VALUE_BLOB;
		if (!put_blob(token, buf, err))
			return false;
	} else if (token->kind == SQL_STRING || token->kind == SQL_NAME ||
	    (token->kind == SQL_WORD && !literal->parentheses)) {
		/* DEFAULT word and DEFAULT "word" are strings (parse.y). */
		value->class = VALUE_TEXT;
		if (!sqltext_put_meaning(buf, token, err))
			return false;
	}
	value->bytes = buf->data;
	value->size = buf->size;
	return true;
}

static bool
takes_current(const Current *current, Type type)
{
	if (type.name == TYPE_TEXT)
		return true;
	if (type.name == TYPE_VARCHAR)
		return type.length == 0 || type.length >= current->characters;
	for (size_t i = 0; current->types[i] != TYPE_TEXT; i++)
		if (current->types[i] == type.name)
			return true;
	return false;
}

/* CURRENT_* and NULL; *done is false where it is neither. */
static void
translate_word(
    const Literal *literal, Column *column, const char **reason, bool *done)
{
	*done = !literal->sign && sqltext_is(&literal->token, "NULL");
	if (*done) {
		column->default_kind = DEFAULT_NULL;
		return;
	}
	for (size_t i = 0; i < sizeof currents / sizeof *currents; i++) {
		if (literal->sign ||
		    !sqltext_is(&literal->token, currents[i].word))
			continue;
		*done = true;
		if (takes_current(&currents[i], column->type))
			column->default_kind = currents[i].kind;
		else
			*reason = "the column's type is no date or time";
		return;
	}
}

static bool
translate_literal(const Literal *literal, Affinity affinity, Column *column,
    const char **reason, Arena *arena, Error *err)
{
	Buf buf = { 0 };
	Cast cast = { 0 };
	Value value, text;
	bool ok = false;

	if (!value_of(literal, &buf, &value, err))
		goto done;
	if (value.class == VALUE_NULL) {
		*reason = "expressions are not translated";
		ok = true;
		goto done;
	}
	apply_affinity(affinity, &value);
	if (!cast_value(&cast, &value, column->type, &text, err))
		goto done;
	if (cast.refusal != NULL) {
		*reason = cast.refusal->reason;
		ok = true;
		goto done;
	}
	column->default_text = arena_format(arena, err, "%.*s", (int)text.size,
	    text.size > 0 ? (const char *)text.bytes : "");
	column->default_kind = DEFAULT_VALUE;
	ok = column->default_text != NULL;
done:
	cast_free(&cast);
	buf_free(&buf);
	return ok;
}

bool
defaults_translate(const Column *from, Column *column, const char **reason,
    Arena *arena, Error *err)
{
	Literal literal;
	bool done;

	*reason = NULL;
	column->default_kind = DEFAULT_NONE;
	column->default_text = NULL;
	if (from->default_kind != DEFAULT_SQL)
		return true;
	if (!read_literal(from->default_text, &literal)) {
		*reason = "expressions are not translated";
		return true;
	}
	translate_word(&literal, column, reason, &done);
	if (done)
		return true;
	return translate_literal(
	    &literal, from->affinity, column, reason, arena, err);
}
