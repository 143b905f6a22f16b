#include "transform/sqlexpr.h"

#include <string.h>
#include <strings.h>

#include "formats/number.h"

/* Of an int64 in a hexadecimal literal. */
#define HEX_DIGITS_LIMIT 16
/* Of an int64 in decimal; more digits make a real. */
#define DECIMAL_DIGITS_LIMIT 19
/* The least power of two that is no int64. */
#define PAST_INTEGERS 0x1p63

/* 0x10: the bits of an int64 (lang_expr.html, "Literal Values"). */
static bool
read_hex(const char *text, size_t size, int64_t *integer)
{
	uint64_t bits = 0;

	if (size <= 2 || size - 2 > HEX_DIGITS_LIMIT || text[0] != '0' ||
	    (text[1] != 'x' && text[1] != 'X'))
		return false;
	for (size_t i = 2; i < size; i++) {
		char letter = (char)(text[i] | 0x20);
		unsigned digit = letter >= 'a' && letter <= 'f'
		    ? (unsigned)(letter - 'a') + 10
		    : (unsigned)text[i] - '0';

		if (digit > 15)
			return false;
		bits = bits << 4 | digit;
	}
	memcpy(integer, &bits, sizeof bits);
	return true;
}

static bool
read_decimal(const char *text, size_t size, bool negative, int64_t *integer)
{
	uint8_t canonical[1 + DECIMAL_DIGITS_LIMIT] = "-";

	for (; size > 1 && *text == '0'; size--)
		text++;
	if (*text == '0')
		negative = false;
	if (size > DECIMAL_DIGITS_LIMIT || strspn(text, "0123456789") != size)
		return false;
	memcpy(canonical + 1, text, size);
	return number_read_integer(
	    canonical + !negative, size + negative, integer);
}

Value
sqlexpr_number(const char *digits, bool negative)
{
	Value value = { .class = VALUE_INTEGER };
	size_t size = strlen(digits);

	if (read_hex(digits, size, &value.integer)) {
		if (negative &&
		    __builtin_sub_overflow(
			(int64_t)0, value.integer, &value.integer))
			value = (Value){ .class = VALUE_REAL,
				.real = PAST_INTEGERS };
		return value;
	}
	if (size > 0 && read_decimal(digits, size, negative, &value.integer))
		return value;
	value.class = VALUE_REAL;
	if (!number_read_real((const uint8_t *)digits, size, &value.real))
		return (Value){ .class = VALUE_NULL };
	if (negative)
		value.real = -value.real;
	return value;
}

static Value
negate(Value value)
{
	if (value.class == VALUE_REAL) {
		value.real = -value.real;
	} else if (value.class == VALUE_INTEGER &&
	    __builtin_sub_overflow((int64_t)0, value.integer, &value.integer)) {
		value.class = VALUE_REAL;
		value.real = PAST_INTEGERS;
	}
	return value;
}

bool
sqlexpr_literal(const SqlExpr *expr, Value *value)
{
	bool negative = false;

	while (expr->kind == SQLEXPR_OPERATOR &&
	    (expr->operation == SQLEXPR_NEGATE ||
		expr->operation == SQLEXPR_PLUS)) {
		const SqlExpr *signed_one = expr->arguments[0];

		if (expr->operation == SQLEXPR_NEGATE) {
			if (signed_one->kind == SQLEXPR_LITERAL &&
			    signed_one->number != NULL) {
				*value =
				    sqlexpr_number(signed_one->number, true);
				if (negative)
					*value = negate(*value);
				return value->class != VALUE_NULL;
			}
			negative = !negative;
		}
		expr = signed_one;
		if (expr->kind == SQLEXPR_LITERAL && expr->number == NULL)
			return false;
	}
	if (expr->kind != SQLEXPR_LITERAL)
		return false;
	*value = negative ? negate(expr->value) : expr->value;
	return true;
}

bool
sqlexpr_same_name(const char *one, const char *other)
{
	return strcasecmp(one, other) == 0;
}
