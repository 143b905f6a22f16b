#include "transform/zone_rule.h"

#include <string.h>

#include "formats/datetime.h"

#define MINUTE 60
#define HOUR   3600
#define DAY    86400
/* Days from 1970-01-01 to 2000-01-01, which was a Saturday. */
#define DAYS_TO_2000    10957
#define WEEKDAY_OF_2000 6
/* 29 February, as the days of a leap year count from 0. */
#define LEAP_DAY 59
/* The extended range of RFC 9636; POSIX itself ends at 24. */
#define HOURS_LAST  167
#define OFFSET_LAST 24

typedef struct {
	const char *at, *end;
} Cursor;

static bool
skip(Cursor *text, char letter)
{
	if (text->at == text->end || *text->at != letter)
		return false;
	text->at++;
	return true;
}

static bool
parse_number(Cursor *text, int least, int most, int *number)
{
	const char *first = text->at;

	*number = 0;
	for (; text->at < text->end && *text->at >= '0' && *text->at <= '9';
	     text->at++) {
		*number = *number * 10 + (*text->at - '0');
		if (*number > most)
			return false;
	}
	return text->at > first && *number >= least;
}

/* Three letters or more, or anything in angle brackets. */
static bool
parse_name(Cursor *text)
{
	const char *first = text->at;

	if (skip(text, '<')) {
		while (text->at < text->end && *text->at != '>')
			text->at++;
		return skip(text, '>');
	}
	while (text->at < text->end &&
	    ((*text->at >= 'A' && *text->at <= 'Z') ||
		(*text->at >= 'a' && *text->at <= 'z')))
		text->at++;
	return text->at - first >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool
parse_seconds(Cursor *text, int hours_last, int32_t *seconds)
{
	bool negative = skip(text, '-');
	int hours, part;

	if (!negative)
		skip(text, '+');
	if (!parse_number(text, 0, hours_last, &hours))
		return false;
	*seconds = hours * HOUR;
	for (int32_t unit = MINUTE; unit > 0 && skip(text, ':');
	     unit /= MINUTE) {
		if (!parse_number(text, 0, 59, &part))
			return false;
		*seconds += part * unit;
	}
	if (negative)
		*seconds = -*seconds;
	return true;
}

/* POSIX counts west of UTC. */
static bool
parse_offset(Cursor *text, int32_t *offset)
{
	if (!parse_seconds(text, OFFSET_LAST, offset))
		return false;
	*offset = -*offset;
	return true;
}

static bool
parse_day(Cursor *text, ZoneDay *day)
{
	if (!skip(text, ','))
		return false;
	if (skip(text, 'M')) {
		day->kind = ZONE_DAY_OF_MONTH;
		if (!parse_number(text, 1, 12, &day->month) ||
		    !skip(text, '.') || !parse_number(text, 1, 5, &day->week) ||
		    !skip(text, '.') || !parse_number(text, 0, 6, &day->day))
			return false;
	} else if (skip(text, 'J')) {
		day->kind = ZONE_DAY_JULIAN;
		if (!parse_number(text, 1, 365, &day->day))
			return false;
	} else {
		day->kind = ZONE_DAY_OF_YEAR;
		if (!parse_number(text, 0, 365, &day->day))
			return false;
	}
	day->seconds = 2 * HOUR;
	return !skip(text, '/') ||
	    parse_seconds(text, HOURS_LAST, &day->seconds);
}

bool
zone_rule_parse(const char *text, size_t size, ZoneRule *rule)
{
	Cursor cursor = { text, text + size };

	*rule = (ZoneRule){ .changes = false };
	if (!parse_name(&cursor) || !parse_offset(&cursor, &rule->standard))
		return false;
	rule->daylight = rule->standard + HOUR;
	if (cursor.at == cursor.end)
		return true;
	rule->changes = true;
	if (!parse_name(&cursor))
		return false;
	if (cursor.at < cursor.end && *cursor.at != ',' &&
	    !parse_offset(&cursor, &rule->daylight))
		return false;
	/* The zone database always says when; POSIX lets it be left out. */
	return parse_day(&cursor, &rule->starts) &&
	    parse_day(&cursor, &rule->ends) && cursor.at == cursor.end;
}

/* Days since 1970-01-01 of the first of a month, 1 to 13. */
static int64_t
month_days(int year, int month)
{
	DateTime first = { .year = year, .month = month, .day = 1 };

	if (month > 12) {
		first.year++;
		first.month = 1;
	}
	return (int64_t)datetime_days(&first) + DAYS_TO_2000;
}

/* Days since 1970-01-01. */
static int64_t
day_in_year(const ZoneDay *day, int year)
{
	int64_t first = month_days(year, 1);
	int64_t past, weekday;

	switch (day->kind) {
	case ZONE_DAY_OF_YEAR:
		return first + day->day;
	case ZONE_DAY_JULIAN:
		first += day->day - 1;
		if (day->day > LEAP_DAY &&
		    month_days(year, 3) - month_days(year, 2) == 29)
			first++;
		return first;
	case ZONE_DAY_OF_MONTH:
		break;
	}
	first = month_days(year, day->month);
	past = month_days(year, day->month + 1);
	weekday = (first - DAYS_TO_2000 + WEEKDAY_OF_2000) % 7;
	weekday = (weekday + 7) % 7;
	first += (day->day - weekday + 7) % 7 + 7 * (day->week - 1);
	while (first >= past)
		first -= 7;
	return first;
}

int64_t
zone_rule_start(const ZoneRule *rule, int year)
{
	return day_in_year(&rule->starts, year) * DAY + rule->starts.seconds -
	    rule->standard;
}

int64_t
zone_rule_end(const ZoneRule *rule, int year)
{
	return day_in_year(&rule->ends, year) * DAY + rule->ends.seconds -
	    rule->daylight;
}
