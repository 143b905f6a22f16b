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
#define COMMON_BYTES   19 /* "2024-02-29 13:05:07" */
#define TIME_AT        11 /* where its time begins */
#define FRACTION_END   26 /* behind a point and microseconds */
#define MIDNIGHT       ((const uint8_t *)"00:00:00")
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
	['A'] = MAY_UUID | IN_WORD,
	['B'] = MAY_UUID,
	['C'] = MAY_UUID,
	['D'] = MAY_UUID,
	['E'] = MAY_UUID | IN_WORD,
	['F'] = MAY_WORD | MAY_UUID | IN_WORD,
	['I'] = MAY_NUMBER, /* Infinity */
	['N'] = MAY_WORD | IN_WORD,
	['O'] = MAY_WORD | IN_WORD,
	['R'] = IN_WORD,
	['T'] = MAY_WORD,
	['Y'] = MAY_WORD,
	['['] = MAY_JSON,
	['a'] = MAY_UUID | IN_WORD,
	['b'] = MAY_UUID,
	['c'] = MAY_UUID,
	['d'] = MAY_UUID,
	['e'] = MAY_UUID | IN_WORD,
	['f'] = MAY_WORD | MAY_UUID | IN_WORD,
	['n'] = MAY_WORD | IN_WORD,
	['o'] = MAY_WORD | IN_WORD,
	['r'] = IN_WORD,
	['t'] = MAY_WORD,
	['y'] = MAY_WORD,
	['{'] = MAY_UUID | MAY_JSON,
};

/* What few texts come to stays out of the way of the others, whose function
 * then needs hardly any stack. */
#define SELDOM __attribute__((noinline))

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
static SELDOM uint64_t
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

static SELDOM uint64_t
parse_datetime(const uint8_t *text, size_t size)
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

static unsigned
two_of(uint64_t word, unsigned byte)
{
	return (unsigned)((word >> byte * 8 & 15) * 10 +
	    (word >> (byte + 1) * 8 & 15));
}

/*
 * Does a text begin with date and time as most are written?  All that is not
 * plainly so is left to datetime_parse, and days that not every month has.
 */
static inline bool
is_common(const uint8_t *text)
{
	uint64_t date =
	    word_load(text) ^ word_load((const uint8_t *)"0000-00-");
	uint64_t time = word_load(text + TIME_AT) ^ word_load(MIDNIGHT);
	unsigned tens = text[8] - (unsigned)'0', ones = text[9] - (unsigned)'0';
	unsigned month = two_of(date, 5), day = tens * 10 + ones;

	/* six more than 9, ten more than 5 pass 15 */
	if ((((date | (date + UINT64_C(0x0006060006060606))) &
		 UINT64_C(0xfff0f0fff0f0f0f0)) |
		((time | (time + UINT64_C(0x060a00060a000606))) &
		    UINT64_C(0xf0f0fff0f0fff0f0))) != 0)
		return false;
	return (uint32_t)date != 0 && month - 1 < 12 && tens <= 3 &&
	    ones <= 9 && day - 1 < 30 && (day <= 28 || month != 2) &&
	    (text[10] == ' ' || text[10] == 'T') && two_of(time, 0) <= 23;
}

/* Date and time, maybe with a fraction, maybe with "Z". */
static uint64_t
fit_datetime(const uint8_t *text, size_t size)
{
	uint64_t marks = FIT_BIT(FITS_TIMESTAMP) | FIT_MARK(MARK_NAIVE);
	uint64_t fraction = 0;
	size_t i = COMMON_BYTES;

	if (size < COMMON_BYTES || !is_common(text))
		return parse_datetime(text, size);
	if (i < size && text[i] == '.') {
		for (i++; i < size && is_digit(text[i]); i++)
			fraction |= text[i] ^ (uint64_t)'0';
		if (i == COMMON_BYTES + 1 || i > FRACTION_END)
			return parse_datetime(text, size);
	}
	if (i < size)
		return i + 1 == size && text[i] == 'Z'
		    ? FIT_BIT(FITS_TIMESTAMP) | FIT_MARK(MARK_ZONED)
		    : parse_datetime(text, size);
	if (fraction == 0 && word_load(text + TIME_AT) == word_load(MIDNIGHT))
		marks |= FIT_BIT(FITS_DATE);
	return marks;
}

/* Do the first bytes or the last hold a letter that no number has? */
static bool
has_letters(const uint8_t *text, size_t size)
{
	uint64_t first, last;

	if (size < WORD_BYTES)
		return false;
	first = word_load(text) | WORD_ONES * 0x20;
	last = word_load(text + size - WORD_BYTES) | WORD_ONES * 0x20;
	/* letters have bit 6; of them only "e" stays behind its own form */
	return (((first & ~word_matches_all(first, 'e') >> 1) |
		    (last & ~word_matches_all(last, 'e') >> 1)) &
		   WORD_ONES * 0x40) != 0;
}

/* What begins with a digit. */
static uint64_t
fit_digits(ColumnProfile *profile, const uint8_t *text, size_t size)
{
	if (size >= TIME_BYTES_MIN) {
		/* where a number has "-" it has "e" before that */
		if (text[4] == '-' && is_digit(text[3]))
			return fit_datetime(text, size);
		if (text[2] == ':')
			return fit_datetime(text, size);
		if (has_letters(text, size))
			return 0;
	}
	return fit_number(profile, text, size);
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

static SELDOM uint64_t
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

static SELDOM uint64_t
parse_json(const uint8_t *text, size_t size)
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

/* A text that is UTF-8 and without blanks around it, as most JSON is. */
static uint64_t
fit_json(FitColumn *column, const uint8_t *text, size_t size)
{
	uint64_t marks = FIT_BIT(FITS_JSON) | FIT_BIT(FITS_JSONB);

	if (fit_shape_matches(&column->shape, text, size))
		return marks |
		    FIT_MARK(*text == '{' ? MARK_JSON_OBJECT : MARK_JSON_ARRAY);
	marks = parse_json(text, size);
	if ((marks & FIT_BIT(FITS_JSONB)) != 0 &&
	    (marks & FIT_MARK(MARK_JSON_SCALAR)) == 0)
		fit_shape_learn(&column->shape, text, size);
	return marks;
}

/* Text that begins with a blank, or ends with one. */
static SELDOM uint64_t
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
		marks |= parse_json(text, size);
	/* "2024-02-29 " is no moment, " 1" and "1 " are no numbers, and a
	 * uuid has none around it. */
	return marks;
}

static SELDOM uint64_t
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
static SELDOM uint64_t
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
static SELDOM void
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
		marks |= (marks & FIT_BIT(FITS_TEXT)) != 0
		    ? fit_json(column, text, size)
		    : parse_json(text, size);
	return marks;
}
