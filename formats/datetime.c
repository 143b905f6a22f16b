#include "formats/datetime.h"

#include <math.h>

#include "formats/words.h"

#define SECOND_MICROSECONDS INT64_C(1000000)
#define DAY_MICROSECONDS    (86400 * SECOND_MICROSECONDS)
#define YEAR_FIRST          1
#define YEAR_LAST           9999
/* The widest zone SQLite reads; the world's go from -12 to +14. */
#define ZONE_HOURS_LAST 14
/* 2000-01-01 in days since 0000-03-01, from which civil_days() counts. */
#define EPOCH_DAYS 730425
/* 2000-01-01 00:00 UTC as a Julian day in milliseconds: 2451544.5 days. */
#define EPOCH_JULIAN_MS    INT64_C(211813444800000)
#define DAY_MS             86400000
#define MS_MICROSECONDS    1000
#define FRACTION_DIGITS    6
#define DATE_BYTES         10 /* "2024-02-29" */
#define TIME_MINUTES_BYTES 5  /* "13:05" */
#define COMMON_BYTES       19 /* "2024-02-29 13:05:07" */
#define COMMON_TIME        11 /* where its time begins */
#define COMMON_DAYS        28 /* every month has them */

/* What is left of a text; moves only past what was recognised. */
typedef struct {
	const uint8_t *at, *end;
} Cursor;

static bool
skip(Cursor *text, uint8_t byte)
{
	if (text->at == text->end || *text->at != byte)
		return false;
	text->at++;
	return true;
}

/* Exactly two digits, not above most. */
static bool
two_digits(Cursor *text, int most, int *value)
{
	unsigned tens, ones;

	if (text->end - text->at < 2)
		return false;
	tens = text->at[0] - (unsigned)'0';
	ones = text->at[1] - (unsigned)'0';
	if (tens > 9 || ones > 9)
		return false;
	*value = (int)(tens * 10 + ones);
	text->at += 2;
	return *value <= most;
}

static int
month_days(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
parse_date(Cursor *text, DateTime *moment)
{
	int century, year;

	if (!two_digits(text, 99, &century) || !two_digits(text, 99, &year) ||
	    !skip(text, '-') || !two_digits(text, 12, &moment->month) ||
	    !skip(text, '-') || !two_digits(text, 31, &moment->day))
		return false;
	moment->year = century * 100 + year;
	moment->has_date = true;
	return moment->year >= YEAR_FIRST && moment->month >= 1 &&
	    moment->day >= 1 &&
	    moment->day <= month_days(moment->year, moment->month);
}

/* Digits after the point; what is finer than a microsecond must be nothing. */
static bool
parse_fraction(Cursor *text, int *microsecond)
{
	const uint8_t *first = text->at;
	int value = 0;
	int n = 0;

	for (; text->at < text->end && (unsigned)*text->at - '0' <= 9;
	     text->at++, n++) {
		if (n < FRACTION_DIGITS)
			value = value * 10 + (*text->at - '0');
		else if (*text->at != '0')
			return false;
	}
	for (; n < FRACTION_DIGITS; n++)
		value *= 10;
	*microsecond = value;
	return text->at > first;
}

static bool
parse_time(Cursor *text, DateTime *moment)
{
	if (!two_digits(text, 23, &moment->hour) || !skip(text, ':') ||
	    !two_digits(text, 59, &moment->minute))
		return false;
	moment->has_time = true;
	if (!skip(text, ':'))
		return true;
	if (!two_digits(text, 59, &moment->second))
		return false;
	return !skip(text, '.') || parse_fraction(text, &moment->microsecond);
}

static bool
parse_zone(Cursor *text, DateTime *moment)
{
	bool blank = skip(text, ' ');
	bool east;
	int hours;
	int minutes = 0;

	moment->has_zone = true;
	if (skip(text, 'Z'))
		return true;
	if (blank && skip(text, 'U'))
		return skip(text, 'T') && skip(text, 'C');
	east = skip(text, '+');
	if (!east && !skip(text, '-'))
		return false;
	if (!two_digits(text, ZONE_HOURS_LAST, &hours))
		return false;
	if (text->at < text->end) {
		skip(text, ':');
		if (!two_digits(text, 59, &minutes))
			return false;
	}
	moment->zone_seconds = (hours * 60 + minutes) * (east ? 60 : -60);
	return true;
}

/* Days since 2000-01-01.  The year is counted from March, so that the leap day
 * is its last. */
static int64_t
civil_days(int year, int month, int day)
{
	int64_t years = (int64_t)year - (month <= 2);
	int64_t era = (years >= 0 ? years : years - 399) / 400;
	int64_t of_era = years - era * 400;
	int64_t of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - EPOCH_DAYS;
}

static void
from_days(int64_t days, DateTime *moment)
{
	int64_t since = days + EPOCH_DAYS;
	int64_t era = (since >= 0 ? since : since - 146096) / 146097;
	int64_t of_era = since - era * 146097;
	int64_t years =
	    (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int64_t month = (5 * of_year + 2) / 153;

	moment->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	moment->month = (int)(month < 10 ? month + 3 : month - 9);
	moment->year = (int)(years + era * 400 + (moment->month <= 2));
}

/* Is the moment within our years in UTC as well? */
static bool
zone_stays_within(const DateTime *moment)
{
	int64_t first = civil_days(YEAR_FIRST, 1, 1) * DAY_MICROSECONDS;
	int64_t past = civil_days(YEAR_LAST + 1, 1, 1) * DAY_MICROSECONDS;
	int64_t utc = datetime_microseconds(moment);

	return utc >= first && utc < past;
}

/* The digits of eight bytes of a form, "0" where the form has a digit, and the
 * form's own bytes elsewhere; false where they are not.  What it leaves of the
 * bytes are the values of the digits. */
static inline bool
take_digits(uint64_t *word, uint64_t form, uint64_t digits)
{
	*word ^= form;
	/* above 9 six more pass 15 */
	return ((*word | (*word + (digits & WORD_ONES * 6))) &
		   (~digits | WORD_ONES * 0xf0)) == 0;
}

static inline int
two_of(uint64_t word, unsigned byte)
{
	return (
	    int)((word >> byte * 8 & 15) * 10 + (word >> (byte + 1) * 8 & 15));
}

/*
 * The form that most have, of COMMON_BYTES.  False for all that is not plainly a
 * moment: the end of a month is left to the others.
 */
static bool
parse_common(const uint8_t *text, DateTime *moment)
{
	uint64_t date = word_load(text), day = word_load(text + 8);
	uint64_t time = word_load(text + COMMON_TIME);
	DateTime found = { .has_date = true, .has_time = true };

	if ((text[10] != ' ' && text[10] != 'T') ||
	    !take_digits(&date, word_load((const uint8_t *)"0000-00-"),
		UINT64_C(0x00ffff00ffffffff)) ||
	    !take_digits(&time, word_load((const uint8_t *)"00:00:00"),
		UINT64_C(0xffff00ffff00ffff)))
		return false;
	day = (day & 0xffff) | UINT64_C(0x3030303030300000);
	if (!take_digits(&day, WORD_ONES * '0', UINT64_MAX))
		return false;
	found.year = two_of(date, 0) * 100 + two_of(date, 2);
	found.month = two_of(date, 5);
	found.day = two_of(day, 0);
	found.hour = two_of(time, 0);
	found.minute = two_of(time, 3);
	found.second = two_of(time, 6);
	if (found.year < YEAR_FIRST || found.month < 1 || found.month > 12 ||
	    found.day < 1 || found.day > COMMON_DAYS || found.hour > 23 ||
	    found.minute > 59 || found.second > 59)
		return false;
	*moment = found;
	return true;
}

bool
datetime_parse(const uint8_t *text, size_t size, DateTime *moment)
{
	Cursor cursor = { text, text + size };
	DateTime found = { 0 };

	if (size < TIME_MINUTES_BYTES)
		return false;
	if (size == COMMON_BYTES && parse_common(text, moment))
		return true;
	if (text[2] == ':') {
		if (!parse_time(&cursor, &found))
			return false;
	} else {
		if (!parse_date(&cursor, &found))
			return false;
		if (cursor.at < cursor.end) {
			if (!skip(&cursor, ' ') && !skip(&cursor, 'T'))
				return false;
			if (!parse_time(&cursor, &found))
				return false;
		}
		if (cursor.at < cursor.end && !parse_zone(&cursor, &found))
			return false;
		if (found.zone_seconds != 0 && !zone_stays_within(&found))
			return false;
	}
	if (cursor.at < cursor.end)
		return false;
	*moment = found;
	return true;
}

int64_t
datetime_microseconds(const DateTime *moment)
{
	int64_t seconds = moment->hour * 3600 + moment->minute * 60 +
	    moment->second - moment->zone_seconds;

	return civil_days(moment->year, moment->month, moment->day) *
	    DAY_MICROSECONDS +
	    seconds * SECOND_MICROSECONDS + moment->microsecond;
}

int32_t
datetime_days(const DateTime *moment)
{
	return (int32_t)civil_days(moment->year, moment->month, moment->day);
}

void
datetime_from_microseconds(int64_t microseconds, DateTime *moment)
{
	int64_t days = microseconds / DAY_MICROSECONDS;
	int64_t of_day = microseconds % DAY_MICROSECONDS;
	int seconds;

	if (of_day < 0) {
		of_day += DAY_MICROSECONDS;
		days--;
	}
	seconds = (int)(of_day / SECOND_MICROSECONDS);
	*moment = (DateTime){
		.hour = seconds / 3600,
		.minute = seconds / 60 % 60,
		.second = seconds % 60,
		.microsecond = (int)(of_day % SECOND_MICROSECONDS),
		.has_date = true,
		.has_time = true,
		.has_zone = true,
	};
	from_days(days, moment);
}

bool
datetime_from_julian(double julian, DateTime *moment)
{
	int64_t milliseconds;

	/* SQLite's own range (date.c, validJulianDay); the years are checked
	 * below. */
	if (!isfinite(julian) || julian < 0.0 || julian >= 5373484.5)
		return false;
	milliseconds = (int64_t)(julian * DAY_MS + 0.5) - EPOCH_JULIAN_MS;
	if (milliseconds < civil_days(YEAR_FIRST, 1, 1) * DAY_MS ||
	    milliseconds >= civil_days(YEAR_LAST + 1, 1, 1) * DAY_MS)
		return false;
	datetime_from_microseconds(milliseconds * MS_MICROSECONDS, moment);
	return true;
}

static uint8_t *
put_two(uint8_t *out, int value)
{
	out[0] = (uint8_t)('0' + value / 10);
	out[1] = (uint8_t)('0' + value % 10);
	return out + 2;
}

size_t
datetime_write_date(uint8_t *out, const DateTime *moment)
{
	uint8_t *at = out;

	at = put_two(at, moment->year / 100);
	at = put_two(at, moment->year % 100);
	*at++ = '-';
	at = put_two(at, moment->month);
	*at++ = '-';
	at = put_two(at, moment->day);
	return (size_t)(at - out);
}

size_t
datetime_write_time(uint8_t *out, const DateTime *moment)
{
	int fraction = moment->microsecond;
	uint8_t *at = out;
	int i;

	at = put_two(at, moment->hour);
	*at++ = ':';
	at = put_two(at, moment->minute);
	*at++ = ':';
	at = put_two(at, moment->second);
	if (fraction == 0)
		return (size_t)(at - out);
	*at++ = '.';
	for (i = FRACTION_DIGITS - 1; i >= 0; i--) {
		at[i] = (uint8_t)('0' + fraction % 10);
		fraction /= 10;
	}
	at += FRACTION_DIGITS;
	while (at[-1] == '0')
		at--;
	return (size_t)(at - out);
}

size_t
datetime_write_timestamp(uint8_t *out, const DateTime *moment)
{
	size_t size = datetime_write_date(out, moment);

	out[size++] = ' ';
	return size + datetime_write_time(out + size, moment);
}

size_t
datetime_write_timestamptz(uint8_t *out, const DateTime *moment)
{
	DateTime utc = *moment;
	size_t size;

	if (moment->zone_seconds != 0)
		datetime_from_microseconds(datetime_microseconds(moment), &utc);
	size = datetime_write_timestamp(out, &utc);
	out[size++] = '+';
	out[size++] = '0';
	out[size++] = '0';
	return size;
}
