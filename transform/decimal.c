#include "transform/decimal.h"

#include "formats/literal.h"

/* The longest text that decimal_is_canonical looks at; no numeric(p,s) has more
 * digits, and literal_numeric takes more. */
#define CANONICAL_BYTES 1000

/* The parts of a text that literal_numeric has found good. */
typedef struct {
	const uint8_t *text; /* digits with at most one point */
	size_t size;
	int64_t before; /* digits before the decimal point, once the
				 * exponent has moved it; may be negative */
	int64_t digits; /* in all */
	bool negative;
} Decimal;

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static int64_t
read_exponent(const uint8_t *at, const uint8_t *end)
{
	int64_t value = 0;
	bool negative = at < end && *at == '-';

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	/* literal_numeric keeps it below 2^30. */
	for (; at < end; at++)
		value = value * 10 + (*at - '0');
	return negative ? -value : value;
}

static void
split(const uint8_t *text, size_t size, Decimal *decimal)
{
	const uint8_t *at = text, *end = text + size;
	bool point = false, zero = true;

	decimal->negative = *at == '-';
	if (*at == '-' || *at == '+')
		at++;
	decimal->text = at;
	decimal->before = decimal->digits = 0;
	for (; at < end && (is_digit(*at) || *at == '.'); at++) {
		if (*at == '.') {
			point = true;
			continue;
		}
		decimal->digits++;
		decimal->before += !point;
		zero = zero && *at == '0';
	}
	decimal->size = (size_t)(at - decimal->text);
	if (at < end)
		decimal->before += read_exponent(at + 1, end);
	if (zero) {
		decimal->negative = false;
		/* Its digits before the point are nothing, however many. */
		if (decimal->before > decimal->digits)
			decimal->before = decimal->digits;
	}
}

/* Skip zeros that stand first before the point. */
static void
strip_leading_zeros(Decimal *decimal)
{
	while (decimal->size > 0 && decimal->before > 0 &&
	    (*decimal->text == '0' || *decimal->text == '.')) {
		if (*decimal->text == '0') {
			decimal->digits--;
			decimal->before--;
		}
		decimal->text++;
		decimal->size--;
	}
}

/* Are all digits from the n-th on zeros? */
static bool
zeros_from(const Decimal *decimal, int64_t n)
{
	int64_t at = 0;

	for (size_t i = 0; i < decimal->size; i++) {
		if (decimal->text[i] == '.')
			continue;
		if (at++ >= n && decimal->text[i] != '0')
			return false;
	}
	return true;
}

/* Write the digits with `scale` of them after the point; room is reserved. */
static void
write_digits(Buf *out, const Decimal *decimal, int64_t scale)
{
	int64_t place = decimal->before > 0 ? decimal->before : 0;
	int64_t zeros = decimal->before < 0 ? -decimal->before : 0;
	size_t at = 0;

	if (decimal->negative)
		buf_add_byte(out, '-');
	if (place == 0)
		buf_add_byte(out, '0');
	/* place counts down to the point and on to -scale. */
	for (; place > -scale; place--) {
		uint8_t digit = '0';

		if (place == 0)
			buf_add_byte(out, '.');
		if (place <= 0 && zeros > 0) {
			zeros--;
		} else {
			while (at < decimal->size && decimal->text[at] == '.')
				at++;
			if (at < decimal->size)
				digit = decimal->text[at++];
		}
		buf_add_byte(out, digit);
	}
}

bool
decimal_is_canonical(const uint8_t *text, size_t size, Type type)
{
	const uint8_t *end = text + size;
	const uint8_t *first, *point;
	uint8_t seen = 0;
	bool negative = size > 0 && *text == '-';
	size_t before, after;

	if (size > CANONICAL_BYTES)
		return false;
	first = text += negative;
	for (; text < end && is_digit(*text); text++)
		seen |= *text;
	point = text;
	if (text < end && *text == '.')
		for (text++; text < end && is_digit(*text); text++)
			seen |= *text;
	before = (size_t)(point - first);
	after = (size_t)(text - point);
	/* A digit must stand before the point and behind it, a zero first only
	 * where it is the only one, and a sign at no zero. */
	if (text < end || before == 0 || after == 1 ||
	    (*first == '0' && before > 1) || (negative && seen == '0'))
		return false;
	if (type.precision == 0)
		return true;
	return (int)(after == 0 ? 0 : after - 1) == type.scale &&
	    (int)before - (*first == '0') <= type.precision - type.scale;
}

bool
decimal_put(Buf *out, const uint8_t *text, size_t size, Type type,
    DecimalFit *fit, Error *err)
{
	unsigned integral, needed;
	Decimal decimal;
	int64_t scale;

	*fit = DECIMAL_NOT;
	if (!literal_numeric(text, size, &integral, &needed))
		return true;
	split(text, size, &decimal);
	strip_leading_zeros(&decimal);
	scale = decimal.digits - decimal.before;
	if (scale < 0)
		scale = 0;
	*fit = DECIMAL_TOO_WIDE;
	if (type.precision > 0) {
		if (decimal.before > type.precision - type.scale ||
		    !zeros_from(&decimal, decimal.before + type.scale))
			return true;
		scale = type.scale;
	}
	/* Sign, digits before, point, digits after. */
	if (!buf_reserve(out,
		3 + (size_t)(decimal.before > 0 ? decimal.before : 0) +
		    (size_t)scale,
		err))
		return false;
	write_digits(out, &decimal, scale);
	*fit = DECIMAL_FITS;
	return true;
}
