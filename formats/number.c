#include "formats/number.h"

#include <math.h>
#include <string.h>

#include "formats/number_shortest.h"

/* Longest text read as a real.  <charconv> stops counting a decimal exponent
 * soon after 65535, so more zeros than this could not be weighed against it. */
#define REAL_TEXT_BYTES 60000

static const char digit_pairs[201] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* A number of n bits has n * log10(2) digits, rounded down, or one more, which
 * a look at the power of ten tells; 1233 / 4096 is log10(2) closely enough. */
static size_t
count_digits(uint64_t value)
{
	static const uint64_t powers[20] = { 0, UINT64_C(10), UINT64_C(100),
		UINT64_C(1000), UINT64_C(10000), UINT64_C(100000),
		UINT64_C(1000000), UINT64_C(10000000), UINT64_C(100000000),
		UINT64_C(1000000000), UINT64_C(10000000000),
		UINT64_C(100000000000), UINT64_C(1000000000000),
		UINT64_C(10000000000000), UINT64_C(100000000000000),
		UINT64_C(1000000000000000), UINT64_C(10000000000000000),
		UINT64_C(100000000000000000), UINT64_C(1000000000000000000),
		UINT64_C(10000000000000000000) };
	unsigned bits, n;

	bits = 64 - (unsigned)__builtin_clzll(value | 1);
	n = bits * 1233 >> 12;
	return n + (value >= powers[n]);
}

static size_t
write_magnitude(uint8_t *out, uint64_t value)
{
	size_t n, at;

	n = count_digits(value);
	at = n;
	while (value >= 100) {
		at -= 2;
		memcpy(out + at, digit_pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10)
		memcpy(out, digit_pairs + value * 2, 2);
	else
		out[0] = (uint8_t)('0' + value);
	return n;
}

size_t
number_write_integer(uint8_t *out, int64_t value)
{
	if (value >= 0)
		return write_magnitude(out, (uint64_t)value);
	out[0] = '-';
	/* Unsigned, as the least int64 has no positive counterpart. */
	return 1 + write_magnitude(out + 1, 0 - (uint64_t)value);
}

static size_t
write_word(uint8_t *out, const char *word)
{
	size_t n;

	n = strlen(word);
	memcpy(out, word, n);
	return n;
}

/*
 * A value that is a whole number of millionths and has at most 15 digits, as
 * prices and coordinates are; 0 where it is something else.  No two decimals of
 * at most DBL_DIG (15) digits are the same double, so the one found here is the
 * shortest, and the search for it can be left out.
 */
static size_t
write_millionths(uint8_t *out, double value)
{
	uint64_t millionths, part;
	size_t n, i;

	if (!(value >= 1e-4 && value < 1e9))
		return 0;
	millionths = (uint64_t)(value * 1e6 + 0.5);
	if (millionths >= UINT64_C(1000000000000000) ||
	    (double)millionths / 1e6 != value)
		return 0;
	n = write_magnitude(out, millionths / 1000000);
	part = millionths % 1000000;
	out[n++] = '.';
	for (i = 6; i > 0; i -= 2) {
		memcpy(out + n + i - 2, digit_pairs + part % 100 * 2, 2);
		part /= 100;
	}
	n += 6;
	while (out[n - 1] == '0' && out[n - 2] != '.')
		n--;
	return n;
}

/* "d.ddde+dd" of size bytes in plain digits; exponent is what stands there and
 * within -5 < exponent < 15. */
static size_t
write_plain(uint8_t *out, const char *text, size_t size, int exponent)
{
	uint8_t digits[NUMBER_SHORTEST_BYTES];
	size_t n_digits, whole, n, i;

	n_digits = 0;
	for (i = 0; i < size && text[i] != 'e'; i++)
		if (text[i] != '.')
			digits[n_digits++] = (uint8_t)text[i];
	if (exponent < 0) {
		n = write_word(out, "0.");
		for (i = 1; i < (size_t)-exponent; i++)
			out[n++] = '0';
		memcpy(out + n, digits, n_digits);
		return n + n_digits;
	}
	whole = (size_t)exponent + 1;
	for (n = 0; n < whole; n++)
		out[n] = n < n_digits ? digits[n] : '0';
	out[n++] = '.';
	if (n_digits <= whole) {
		out[n++] = '0';
		return n;
	}
	memcpy(out + n, digits + whole, n_digits - whole);
	return n + n_digits - whole;
}

static size_t
write_finite(uint8_t *out, double value)
{
	char text[NUMBER_SHORTEST_BYTES];
	size_t size, at, n;
	int exponent;

	if (value < 1e15 && (double)(int64_t)value == value) {
		n = write_magnitude(out, (uint64_t)value);
		return n + write_word(out + n, ".0");
	}
	n = write_millionths(out, value);
	if (n > 0)
		return n;
	size = number_shortest_write(text, value);
	exponent = 0;
	at = size;
	while (text[at - 1] != '+' && text[at - 1] != '-')
		at--;
	for (n = at; n < size; n++)
		exponent = exponent * 10 + (text[n] - '0');
	if (text[at - 1] == '-')
		exponent = -exponent;
	if (exponent > -5 && exponent < 15)
		return write_plain(out, text, size, exponent);
	memcpy(out, text, size);
	return size;
}

size_t
number_write_real(uint8_t *out, double value)
{
	size_t n;

	if (isnan(value))
		return write_word(out, "NaN");
	n = 0;
	if (signbit(value)) {
		out[n++] = '-';
		value = -value;
	}
	if (isinf(value))
		return n + write_word(out + n, "Infinity");
	return n + write_finite(out + n, value);
}

bool
number_read_integer(const uint8_t *text, size_t size, int64_t *value)
{
	uint64_t magnitude;
	size_t start, i;
	bool negative;

	negative = size > 0 && text[0] == '-';
	start = negative ? 1 : 0;
	/* 19 digits cannot overflow the magnitude. */
	if (size == start || size - start > 19)
		return false;
	if (text[start] == '0' && size > 1)
		return false;
	magnitude = 0;
	for (i = start; i < size; i++) {
		if (!is_digit(text[i]))
			return false;
		magnitude = magnitude * 10 + (uint64_t)(text[i] - '0');
	}
	if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	/* Two's complement turns the magnitude's negation into the value. */
	*value = (int64_t)(negative ? 0 - magnitude : magnitude);
	return true;
}

static bool
is_word(const uint8_t *text, size_t size, const char *word)
{
	return size == strlen(word) && memcmp(text, word, size) == 0;
}

/* Is a decimal that is out of a double's range too large, not too small?  Tells
 * by where its first digit other than zero stands: text is well formed. */
static bool
is_huge(const uint8_t *text, size_t size)
{
	long magnitude, exponent;
	bool counts, point, down;
	size_t i;

	magnitude = 0;
	counts = false;
	point = false;
	for (i = 0; i < size && (is_digit(text[i]) || text[i] == '.'); i++) {
		counts = counts || (text[i] >= '1' && text[i] <= '9');
		if (text[i] == '.')
			point = true;
		else if (counts && !point)
			magnitude++;
		else if (!counts && point)
			magnitude--;
	}
	exponent = 0;
	down = i + 1 < size && text[i + 1] == '-';
	for (; i < size; i++)
		if (is_digit(text[i]) && exponent < REAL_TEXT_BYTES * 10)
			exponent = exponent * 10 + (text[i] - '0');
	return magnitude + (down ? -exponent : exponent) > 0;
}

bool
number_read_real(const uint8_t *text, size_t size, double *value)
{
	double read;
	bool negative;

	if (is_word(text, size, "NaN")) {
		*value = (double)NAN;
		return true;
	}
	negative = size > 0 && text[0] == '-';
	if (negative) {
		text++;
		size--;
	}
	if (size == 0 || size > REAL_TEXT_BYTES)
		return false;
	read = 0;
	if (is_word(text, size, "Infinity")) {
		read = (double)INFINITY;
	} else {
		/* What <charconv> takes for a sign or a name, we do not. */
		if (!is_digit(text[0]) && text[0] != '.')
			return false;
		switch (number_shortest_read((const char *)text, size, &read)) {
		case NUMBER_SHORTEST_GOOD:
			break;
		case NUMBER_SHORTEST_BAD:
			return false;
		case NUMBER_SHORTEST_RANGE:
			if (is_huge(text, size))
				return false;
			break;
		}
		if (isinf(read))
			return false;
	}
	*value = negative ? -read : read;
	return true;
}

/* Skip digits; where they end. */
static size_t
skip_digits(const uint8_t *text, size_t size, size_t at)
{
	while (at < size && is_digit(text[at]))
		at++;
	return at;
}

/* What sqlite3Isspace takes for a blank. */
static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static size_t
skip_sign(const uint8_t *text, size_t size, size_t at)
{
	return at + (at < size && (text[at] == '+' || text[at] == '-'));
}

bool
number_looks_numeric(const uint8_t *text, size_t size)
{
	size_t at, start, digits;

	while (size > 0 && is_blank(text[size - 1]))
		size--;
	at = 0;
	while (at < size && is_blank(text[at]))
		at++;
	start = skip_sign(text, size, at);
	at = skip_digits(text, size, start);
	digits = at - start;
	if (at < size && text[at] == '.') {
		start = at + 1;
		at = skip_digits(text, size, start);
		digits += at - start;
	}
	if (digits == 0)
		return false;
	if (at < size && (text[at] == 'e' || text[at] == 'E')) {
		start = skip_sign(text, size, at + 1);
		at = skip_digits(text, size, start);
		if (at == start)
			return false;
	}
	return at == size;
}
