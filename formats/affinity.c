#include "formats/affinity.h"

#include <math.h>
#include <string.h>

#include "formats/number.h"

/* 2^63: SQLite makes an integer of a whole real below it. */
#define INTEGER_LIMIT 9223372036854775808.0
/* Decimals of so many digits are all different doubles (DBL_DIG). */
#define REAL_DIGITS 15
/* So many digits fit a uint64_t, whatever they are. */
#define COUNTED_DIGITS 18
/* number_write_real writes "0.0001" plainly, what is smaller with exponent. */
#define PLAIN_ZEROS 3

/* The value of a lower-case hex digit, or 16. */
static inline uint8_t
hex_value(uint8_t byte)
{
	uint8_t digit = (uint8_t)(byte - '0');
	uint8_t letter = (uint8_t)(byte - 'a');

	if (digit <= 9)
		return digit;
	return letter <= 5 ? (uint8_t)(letter + 10) : 16;
}

static bool
is_blob_form(const uint8_t *text, size_t size)
{
	uint8_t seen = 0;
	size_t i;

	if (size < 2 || size % 2 != 0 || text[0] != '\\' || text[1] != 'x')
		return false;
	for (i = 2; i < size; i++)
		seen |= hex_value(text[i]);
	return seen < 16;
}

static bool
text_is_exact(Affinity affinity, const Value *value)
{
	switch (affinity) {
	case AFFINITY_TEXT:
		return true;
	case AFFINITY_BLOB:
		return !is_blob_form(value->bytes, value->size);
	case AFFINITY_NUMERIC:
	case AFFINITY_INTEGER:
	case AFFINITY_REAL:
	case AFFINITY_COUNT:
		break;
	}
	return !number_looks_numeric(value->bytes, value->size);
}

/* SQLite drops the sign of "-0.0", keeps "Infinity" as TEXT, and makes an
 * INTEGER of a whole number unless the column is REAL. */
static bool
real_is_exact(Affinity affinity, double real)
{
	if (!isfinite(real) || (real == 0.0 && signbit(real)))
		return false;
	if (affinity == AFFINITY_REAL)
		return true;
	return (affinity == AFFINITY_INTEGER || affinity == AFFINITY_NUMERIC) &&
	    (fabs(real) > INTEGER_LIMIT || real != trunc(real));
}

bool
affinity_is_exact(Affinity affinity, const Value *value)
{
	switch (value->class) {
	case VALUE_NULL:
		return true;
	case VALUE_INTEGER:
		return affinity == AFFINITY_INTEGER ||
		    affinity == AFFINITY_NUMERIC;
	case VALUE_REAL:
		return real_is_exact(affinity, value->real);
	case VALUE_TEXT:
		return text_is_exact(affinity, value);
	case VALUE_BLOB:
		return affinity == AFFINITY_BLOB;
	case VALUE_CLASSES:
		break;
	}
	return false;
}

/* Is it a canonical real?  The long way: write what was read. */
static bool
read_written_real(const uint8_t *text, size_t size, double *real)
{
	uint8_t written[NUMBER_REAL_BYTES];
	double read;

	if (size > sizeof(written) || !number_read_real(text, size, &read) ||
	    !isfinite(read) || number_write_real(written, read) != size ||
	    memcmp(written, text, size) != 0)
		return false;
	*real = read;
	return true;
}

/* Digits of a number while they are read. */
typedef struct {
	uint64_t digits;      /* as one number; true up to COUNTED_DIGITS */
	size_t before, after; /* of the point */
	bool negative;
	bool point;
	bool exponent; /* what is left begins with e */
	bool whole;    /* neither; asked of every number, and by itself, as two
			* bytes just stored are slow to load as one */
} Number;

/* False where the text has not the shape of a number: most text fails here at
 * its first byte, and a date at its fifth. */
static inline bool
read_shape(const uint8_t *text, size_t size, Number *number)
{
	const uint8_t *end = text + size;
	const uint8_t *first;
	uint64_t digits = 0;
	uint8_t digit;

	number->negative = *text == '-';
	text += number->negative;
	for (first = text; text < end; text++) {
		digit = (uint8_t)(*text - '0');
		if (digit > 9)
			break;
		digits = digits * 10 + digit;
	}
	number->before = (size_t)(text - first);
	number->point = text < end && *text == '.';
	text += number->point;
	for (first = text; number->point && text < end; text++) {
		digit = (uint8_t)(*text - '0');
		if (digit > 9)
			break;
		digits = digits * 10 + digit;
	}
	number->after = (size_t)(text - first);
	number->digits = digits;
	number->exponent = text < end && *text == 'e';
	number->whole = !number->point && !number->exponent;
	return number->before > 0 && (text == end || number->exponent);
}

/*
 * A number in plain form of few digits: those that DBL_DIG promises to be the
 * shortest for their double.  Both operands are exact, so the quotient is
 * rounded once and correctly.
 */
static bool
read_short_real(const uint8_t *text, const Number *number, double *real)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	const uint8_t *digits = text + number->negative;
	const uint8_t *after = digits + number->before + 1;
	size_t zeros = 0;

	if (!number->point || number->exponent || number->after == 0 ||
	    number->before + number->after > REAL_DIGITS)
		return false;
	if (number->after > 1 && after[number->after - 1] == '0')
		return false;
	if (digits[0] == '0') {
		while (zeros < number->after && after[zeros] == '0')
			zeros++;
		if (number->before > 1 || zeros > PLAIN_ZEROS)
			return false;
	}
	*real = (double)number->digits / tens[number->after];
	if (number->negative)
		*real = -*real;
	return true;
}

static void
read_number(Affinity affinity, const uint8_t *text, size_t size, Value *value)
{
	Number number;
	int64_t integer;
	double real;

	if (size == 0 || !read_shape(text, size, &number))
		return;
	if (!number.whole) {
		if (!read_short_real(text, &number, &real) &&
		    !read_written_real(text, size, &real))
			return;
		value->class = VALUE_REAL;
		value->real = real;
		return;
	}
	if (affinity == AFFINITY_REAL)
		return;
	integer =
	    (int64_t)(number.negative ? 0 - number.digits : number.digits);
	if ((number.before > COUNTED_DIGITS ||
		(text[number.negative] == '0' && size > 1)) &&
	    !number_read_integer(text, size, &integer))
		return;
	value->class = VALUE_INTEGER;
	value->integer = integer;
}

static void
read_blob(uint8_t *text, size_t size, Value *value)
{
	size_t i;

	if (!is_blob_form(text, size))
		return;
	value->class = VALUE_BLOB;
	value->size = size / 2 - 1;
	for (i = 0; i < value->size; i++)
		text[i] = (uint8_t)(hex_value(text[2 * i + 2]) << 4 |
		    hex_value(text[2 * i + 3]));
}

void
affinity_read(Affinity affinity, uint8_t *text, size_t size, Value *value)
{
	value->class = VALUE_TEXT;
	value->size = size;
	value->bytes = text;
	switch (affinity) {
	case AFFINITY_BLOB:
		read_blob(text, size, value);
		break;
	case AFFINITY_NUMERIC:
	case AFFINITY_INTEGER:
	case AFFINITY_REAL:
		read_number(affinity, text, size, value);
		break;
	case AFFINITY_TEXT:
	case AFFINITY_COUNT:
		break;
	}
}
