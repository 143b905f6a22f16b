#include "export/fit.h"

#include <string.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"
#include "formats/utf8.h"
#include "formats/words.h"

/* Decimal digits that any double keeps (DBL_DIG). */
#define DOUBLE_DIGITS  15
#define TIME_BYTES_MIN 5
/* No epoch counts less: the day of 1980-01-01. */
#define LEAST_COUNT 2444240
#define EPOCH_MARKS (FIT_ALL & ~(FIT_BIT(FITS_EPOCH_FIRST) - 1))

const uint8_t fit_beginnings[256] = {
	['\t'] = MAY_BLANK,
	['\n'] = MAY_BLANK,
	['\v'] = MAY_BLANK,
	['\f'] = MAY_BLANK,
	['\r'] = MAY_BLANK,
	[' '] = MAY_BLANK,
	['+'] = MAY_NUMBER,
	['-'] = MAY_NUMBER,
	['.'] = MAY_NUMBER,
	['0'] = MAY_WORD | MAY_DIGIT | MAY_UUID,
	['1'] = MAY_WORD | MAY_DIGIT | MAY_UUID,
	['2'] = MAY_DIGIT | MAY_UUID,
	['3'] = MAY_DIGIT | MAY_UUID,
	['4'] = MAY_DIGIT | MAY_UUID,
	['5'] = MAY_DIGIT | MAY_UUID,
	['6'] = MAY_DIGIT | MAY_UUID,
	['7'] = MAY_DIGIT | MAY_UUID,
	['8'] = MAY_DIGIT | MAY_UUID,
	['9'] = MAY_DIGIT | MAY_UUID,
	['A'] = MAY_UUID,
	['B'] = MAY_UUID,
	['C'] = MAY_UUID,
	['D'] = MAY_UUID,
	['E'] = MAY_UUID,
	['F'] = MAY_WORD | MAY_UUID,
	['I'] = MAY_NUMBER, /* Infinity */
	['N'] = MAY_WORD,
	['O'] = MAY_WORD,
	['T'] = MAY_WORD,
	['Y'] = MAY_WORD,
	['['] = MAY_JSON,
	['a'] = MAY_UUID,
	['b'] = MAY_UUID,
	['c'] = MAY_UUID,
	['d'] = MAY_UUID,
	['e'] = MAY_UUID,
	['f'] = MAY_WORD | MAY_UUID,
	['n'] = MAY_WORD,
	['o'] = MAY_WORD,
	['t'] = MAY_WORD,
	['y'] = MAY_WORD,
	['{'] = MAY_UUID | MAY_JSON,
};

static bool
is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
is_blank(uint8_t byte)
{
	return fit_beginnings[byte] == MAY_BLANK;
}

static void
widen(unsigned *most, unsigned value)
{
	if (value > *most)
		*most = value;
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

static uint64_t
fit_text_integer(int64_t value)
{
	uint64_t marks = FIT_BIT(FITS_BIGINT) | FIT_MARK(MARK_TEXT_INTEGER);
	FitColumn column;

	/* All that is less counts no moment. */
	if (value < LEAST_COUNT)
		return marks;
	fit_range(&column, value);
	return marks | (column.marks & EPOCH_MARKS);
}

/* What begins like a number.  Most that is none shows it soon, and every finite
 * real is a numeric too, so that comes first. */
static uint64_t
fit_number(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	uint64_t marks = FIT_BIT(FITS_NUMERIC);
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
		marks |= fit_text_integer(integer);
	else
		marks |= FIT_MARK(MARK_TEXT_DECIMAL);
	if (is_short(text, size) && number_read_real(text, size, &real))
		marks |= FIT_BIT(FITS_DOUBLE);
	return marks;
}

static uint64_t
fit_datetime(const uint8_t *text, size_t size)
{
	uint64_t marks = FIT_BIT(FITS_TIMESTAMP);
	DateTime moment;

	if (!datetime_parse(text, size, &moment))
		return 0;
	if (!moment.has_date)
		return moment.has_zone ? 0 : FIT_BIT(FITS_TIME);
	if (moment.has_zone)
		return marks | FIT_MARK(MARK_ZONED);
	marks |= FIT_MARK(moment.has_time ? MARK_NAIVE : MARK_DATE);
	if (moment.hour == 0 && moment.minute == 0 && moment.second == 0 &&
	    moment.microsecond == 0)
		marks |= FIT_BIT(FITS_DATE);
	return marks;
}

/* What begins with a digit: what follows the digits tells what it may be. */
static uint64_t
fit_digits(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	size_t n = 1;

	/* where a number has "-" it has "e" before that */
	if (size > TIME_BYTES_MIN && text[4] == '-' && is_digit(text[3]))
		return fit_datetime(text, size);
	while (n < size && is_digit(text[n]))
		n++;
	if (n == size || text[n] == '.' || (text[n] | 0x20) == 'e')
		return fit_number(profile, text, size);
	if (n == 2 && text[n] == ':' && size >= TIME_BYTES_MIN)
		return fit_datetime(text, size);
	return 0;
}

/* Which cases the letters of a uuid of 36 bytes have: bit 5 of the one word
 * lower, of the other upper. */
static UuidSpelling
spelling_of_dashed(const uint8_t *text)
{
	static const uint8_t places[] = { 0, 8, 16, 24, 28 };
	uint64_t lower = 0, upper = 0;
	uint64_t word;
	size_t i;

	for (i = 0; i < sizeof(places); i++) {
		/* letters have bit 6, those of lower case bit 5 as well, which
		 * all else has, too */
		word = word_load(text + places[i]);
		lower |= word >> 1 & word & WORD_ONES << 5;
		upper |= word >> 1 & ~word & WORD_ONES << 5;
	}
	if (upper == 0)
		return UUID_LOWER;
	return lower == 0 ? UUID_UPPER : UUID_OTHER;
}

static uint64_t
fit_uuid(const uint8_t *text, size_t size)
{
	UuidSpelling spelling = UUID_OTHER;
	uint8_t uuid[16];

	if (!literal_uuid(text, size, uuid))
		return 0;
	if (text[0] == '{')
		spelling = UUID_BRACED;
	else if (size == 32)
		spelling = UUID_BARE;
	else if (size == LITERAL_UUID_BYTES && text[8] == '-' &&
	    text[13] == '-' && text[18] == '-' && text[23] == '-')
		spelling = spelling_of_dashed(text);
	return FIT_BIT(FITS_UUID) | FIT_MARK(MARK_UUID + spelling);
}

static uint64_t
fit_json(const uint8_t *text, size_t size)
{
	uint64_t marks = FIT_BIT(FITS_JSON);
	uint8_t top;
	LiteralJson json = literal_json(text, size, &top);

	if (json == LITERAL_NOT_JSON)
		return 0;
	if (json == LITERAL_JSONB)
		marks |= FIT_BIT(FITS_JSONB);
	else if (literal_json_has_nul(text, size))
		marks |= FIT_ODD(ODD_JSON_NUL);
	if (top == '{')
		return marks | FIT_MARK(MARK_JSON_OBJECT);
	return marks |
	    FIT_MARK(top == '[' ? MARK_JSON_ARRAY : MARK_JSON_SCALAR);
}

/* Text that begins with a blank, or ends with one. */
static uint64_t
fit_blanks(const FitColumn *column, const uint8_t *text, size_t size)
{
	uint64_t marks = FIT_ODD(ODD_BLANKS);
	size_t i = 0;
	bool boolean;

	if (literal_boolean(text, size, &boolean))
		marks |= FIT_BIT(FITS_BOOLEAN);
	while (i < size && is_blank(text[i]))
		i++;
	if (i < size &&
	    (column->json || (fit_beginnings[text[i]] & MAY_JSON) != 0))
		marks |= fit_json(text, size);
	/* "2024-02-29 " is no moment, " 1" and "1 " are no numbers, and a
	 * uuid has none around it. */
	return marks;
}

static uint64_t
fit_word(const uint8_t *text, size_t size)
{
	bool boolean;

	if (!literal_boolean(text, size, &boolean))
		return 0;
	return FIT_BIT(FITS_BOOLEAN) |
	    (is_digit(text[0]) ? FIT_MARK(MARK_TEXT_01) : 0);
}

/* Is all of it ASCII without NUL?  Else it is looked at closely. */
static bool
is_plain(const uint8_t *text, size_t size)
{
	uint64_t word = 0;
	size_t i;

	for (i = 0; i + WORD_BYTES <= size; i += WORD_BYTES) {
		word = word_load(text + i);
		if (((word | (word - WORD_ONES)) & WORD_TOPS) != 0)
			return false;
	}
	if (i == size)
		return true;
	word = size >= WORD_BYTES ? word_load(text + size - WORD_BYTES)
				  : word_of_few(text, size);
	return ((word | (word - WORD_ONES)) & WORD_TOPS) == 0;
}

/* The marks in which a text differs from one for PostgreSQL. */
static uint64_t
fit_validity(const uint8_t *text, size_t size)
{
	uint64_t marks = 0;

	if (utf8_is_text(text, size))
		return 0;
	if (memchr(text, 0, size) != NULL)
		marks |= FIT_ODD(ODD_NUL);
	if (utf8_valid_prefix(text, size) != size)
		marks |= FIT_ODD(ODD_INVALID_UTF8);
	return marks | FIT_BIT(FITS_TEXT);
}

/* A text of more bytes than any before it had characters: no text has more
 * characters than bytes. */
static void
measure_text(
    FitColumn *column, ColumnProfile *profile, const uint8_t *text, size_t size)
{
	size_t characters = utf8_length(text, size);

	if (characters > profile->text_characters_max)
		profile->text_characters_max = characters;
	if (!column->json)
		column->text_bytes = profile->text_characters_max;
}

uint64_t
fit_text(
    FitColumn *column, ColumnProfile *profile, const Value *value, bool valid)
{
	const uint8_t *text = value->bytes;
	size_t size = value->size;
	uint64_t marks = FIT_PROSE;
	unsigned may;

	if (size == 0)
		return marks | FIT_ODD(ODD_EMPTY);
	if (size > profile->text_bytes_max)
		profile->text_bytes_max = size;
	if (!valid && !is_plain(text, size))
		marks ^= fit_validity(text, size);
	if (size > profile->text_characters_max &&
	    (marks & FIT_BIT(FITS_TEXT)) != 0)
		measure_text(column, profile, text, size);
	may = fit_beginning(text, size);
	if (may == MAY_BLANK || is_blank(text[size - 1]))
		return marks | fit_blanks(column, text, size);
	if ((may & MAY_WORD) != 0)
		marks |= fit_word(text, size);
	if ((may & MAY_DIGIT) != 0)
		marks |= fit_digits(profile, text, size);
	else if ((may & MAY_NUMBER) != 0)
		marks |= fit_number(profile, text, size);
	if ((may & MAY_UUID) != 0)
		marks |= fit_uuid(text, size);
	if (column->json || (may & MAY_JSON) != 0)
		marks |= fit_json(text, size);
	return marks;
}
