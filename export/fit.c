#include "export/fit.h"

#include <math.h>
#include <string.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"
#include "formats/utf8.h"

/* Integers up to here are doubles exactly. */
#define DOUBLE_INTEGER_LIMIT ((int64_t)1 << 53)
/* Decimal digits that any double keeps (DBL_DIG). */
#define DOUBLE_DIGITS 15
/* Longest words, with room for blanks; a uuid in braces with all its dashes;
 * a timestamp with a long fraction. */
#define BOOLEAN_BYTES  5
#define UUID_BYTES_MIN 32
#define UUID_BYTES_MAX 41
#define TIME_BYTES_MIN 5
/* Julian days of 1900-01-01 and 2201-01-01, 00:00 UTC. */
#define JULIAN_FIRST 2415020.5
#define JULIAN_PAST  2524958.5

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void
widen(unsigned *most, unsigned value)
{
	if (value > *most)
		*most = value;
}

static unsigned
count_digits(uint64_t value)
{
	unsigned digits = 0;

	for (; value > 0; value /= 10)
		digits++;
	return digits;
}

static unsigned
fit_integer(ColumnProfile *profile, int64_t value)
{
	unsigned fits = FIT_BIT(FITS_BIGINT) | FIT_BIT(FITS_NUMERIC);
	bool first = profile->classes[VALUE_INTEGER] == 1;

	if (first || value < profile->integer_min)
		profile->integer_min = value;
	if (first || value > profile->integer_max)
		profile->integer_max = value;
	if (value == 0 || value == 1)
		fits |= FIT_BIT(FITS_BOOLEAN);
	if (value >= -DOUBLE_INTEGER_LIMIT && value <= DOUBLE_INTEGER_LIMIT)
		fits |= FIT_BIT(FITS_DOUBLE);
	return fits;
}

/* Digits of the shortest decimal of a double before and after the point. */
static void
measure_real(ColumnProfile *profile, double value)
{
	static const double powers[] = { 10, 100, 1000, 10000 };
	uint8_t text[NUMBER_REAL_BYTES];
	double size = fabs(value), scaled;
	unsigned integral, scale;
	unsigned i;

	/* Most are amounts: few digits behind the point.  A quotient of two
	 * doubles that hold integers is rounded correctly, so equality says
	 * that the decimal reads back as this very value. */
	for (i = 0; i < 4 && size < 1e11; i++) {
		scaled = nearbyint(size * powers[i]);
		if (scaled / powers[i] != size)
			continue;
		widen(&profile->integral_digits_max,
		    count_digits((uint64_t)size));
		widen(&profile->scale_max, i + 1);
		return;
	}
	if (literal_numeric(
		text, number_write_real(text, value), &integral, &scale)) {
		widen(&profile->integral_digits_max, integral);
		widen(&profile->scale_max, scale);
	}
}

static unsigned
fit_real(const FitColumn *column, ColumnProfile *profile, double value)
{
	unsigned fits = FIT_BIT(FITS_DOUBLE);
	bool first = profile->classes[VALUE_REAL] == 1;

	if (first || value < profile->real_min)
		profile->real_min = value;
	if (first || value > profile->real_max)
		profile->real_max = value;
	if (!isfinite(value))
		return fits;
	fits |= FIT_BIT(FITS_NUMERIC);
	if (column->scales)
		measure_real(profile, value);
	if (value == trunc(value)) {
		profile->real_integral++;
		/* -0.0 is no integer: its sign would be lost */
		if (value >= -0x1p63 && value < 0x1p63 &&
		    (value != 0 || !signbit(value)))
			fits |= FIT_BIT(FITS_BIGINT);
	}
	if (value >= JULIAN_FIRST && value < JULIAN_PAST)
		fits |= FIT_BIT(FITS_TIMESTAMP);
	return fits;
}

/* Has a decimal number so few digits that a double keeps them all? */
static bool
is_short(const uint8_t *text, size_t size)
{
	size_t i;
	unsigned digits = 0;

	for (i = 0; i < size && (text[i] | 0x20) != 'e'; i++)
		digits += is_digit(text[i]);
	return digits <= DOUBLE_DIGITS;
}

/* What begins like a number.  Most that is none shows it soon (a date), and
 * every finite real is a numeric too, so that comes first. */
static unsigned
fit_number(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	unsigned fits = FIT_BIT(FITS_NUMERIC);
	unsigned integral, scale;
	int64_t integer;
	double real;

	if (!literal_numeric(text, size, &integral, &scale))
		/* the infinities */
		return (text[0] == 'I' || (size > 1 && text[1] == 'I')) &&
			number_read_real(text, size, &real)
		    ? FIT_BIT(FITS_DOUBLE)
		    : 0;
	widen(&profile->integral_digits_max, integral);
	widen(&profile->scale_max, scale);
	if (number_read_integer(text, size, &integer))
		fits |= FIT_BIT(FITS_BIGINT);
	if (is_short(text, size) && number_read_real(text, size, &real))
		fits |= FIT_BIT(FITS_DOUBLE);
	return fits;
}

static unsigned
fit_datetime(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	unsigned fits = 0;
	DateTime moment;

	if (!datetime_parse(text, size, &moment))
		return 0;
	if (!moment.has_date)
		return moment.has_zone ? 0 : FIT_BIT(FITS_TIME);
	fits |= FIT_BIT(FITS_TIMESTAMP);
	if (moment.has_zone)
		profile->zoned++;
	else if (moment.hour == 0 && moment.minute == 0 && moment.second == 0 &&
	    moment.microsecond == 0)
		fits |= FIT_BIT(FITS_DATE);
	return fits;
}

/* Objects and arrays; in a column that is declared JSON all else too. */
static unsigned
fit_json(const FitColumn *column, const uint8_t *text, size_t size)
{
	size_t i = 0;

	while (i < size && is_blank(text[i]))
		i++;
	if (i == size)
		return 0;
	if (!column->json && text[i] != '{' && text[i] != '[')
		return 0;
	switch (literal_json(text, size, NULL)) {
	case LITERAL_NOT_JSON:
		break;
	case LITERAL_JSON_ONLY:
		return FIT_BIT(FITS_JSON);
	case LITERAL_JSONB:
		return FIT_BIT(FITS_JSON) | FIT_BIT(FITS_JSONB);
	}
	return 0;
}

/* What kind of text is it, and how long? */
static unsigned
measure_text(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	size_t characters;

	if (size > profile->text_bytes_max)
		profile->text_bytes_max = size;
	if (size == 0)
		profile->empty++;
	else if (is_blank(text[0]) || is_blank(text[size - 1]))
		profile->blanks++;
	if (!utf8_is_text(text, size)) {
		if (memchr(text, 0, size) != NULL)
			profile->nul++;
		if (utf8_valid_prefix(text, size) != size)
			profile->invalid_utf8++;
		return 0;
	}
	/* no text has more characters than bytes */
	if (size > profile->text_characters_max) {
		characters = utf8_length(text, size);
		if (characters > profile->text_characters_max)
			profile->text_characters_max = characters;
	}
	return FIT_BIT(FITS_TEXT);
}

/* Could it be a word for a boolean?  They begin with one of these, and only
 * blanks around them make them longer. */
static bool
may_be_boolean(const uint8_t *text, size_t size)
{
	if (is_blank(text[0]) || is_blank(text[size - 1]))
		return true;
	return size <= BOOLEAN_BYTES &&
	    memchr("tfynoTFYNO01", text[0], 12) != NULL;
}

static unsigned
fit_text(const FitColumn *column, ColumnProfile *profile, const uint8_t *text,
    size_t size)
{
	unsigned fits = measure_text(profile, text, size);
	uint8_t uuid[16];
	uint8_t first;
	bool boolean;

	if (size == 0)
		return fits;
	first = text[0];
	if (may_be_boolean(text, size) && literal_boolean(text, size, &boolean))
		fits |= FIT_BIT(FITS_BOOLEAN);
	if (is_digit(first) || first == '-' || first == '+' || first == '.' ||
	    first == 'I')
		fits |= fit_number(profile, text, size);
	if (is_digit(first) && size >= TIME_BYTES_MIN &&
	    (text[2] == ':' || text[4] == '-'))
		fits |= fit_datetime(profile, text, size);
	if (size >= UUID_BYTES_MIN && size <= UUID_BYTES_MAX &&
	    literal_uuid(text, size, uuid))
		fits |= FIT_BIT(FITS_UUID);
	return fits | fit_json(column, text, size);
}

unsigned
fit_value(const FitColumn *column, ColumnProfile *profile, const Value *value)
{
	switch (value->class) {
	case VALUE_INTEGER:
		return fit_integer(profile, value->integer);
	case VALUE_REAL:
		return fit_real(column, profile, value->real);
	case VALUE_TEXT:
		return fit_text(column, profile, value->bytes, value->size);
	case VALUE_BLOB:
		if (value->size > profile->blob_bytes_max)
			profile->blob_bytes_max = value->size;
		return value->size == 16 ? FIT_BIT(FITS_UUID) : 0;
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return 0;
}
