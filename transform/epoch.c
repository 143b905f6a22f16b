#include "transform/epoch.h"

#include <stddef.h>

#include "formats/datetime.h"

#define DAY 86400
/* 1970-01-01 to 2000-01-01. */
#define UNIX_TO_2000 ((int64_t)946684800)

/* Plausible: nothing before the first, nothing after the last, and not all of
 * it before anybody stored it in SQLite. */
#define YEAR_FIRST  1900
#define YEAR_LAST   2100
#define YEAR_STORED 1980

typedef struct {
	const char *name;
	int64_t units_a_second;      /* 0: a unit is a day */
	int64_t seconds_before_2000; /* from its zero to 2000-01-01 */
} Epoch;

/* Few units first: what people use most stands first. */
static const Epoch epochs[] = {
	{ "Unix seconds", 1, UNIX_TO_2000 },
	{ "Unix milliseconds", 1000, UNIX_TO_2000 },
	{ "Unix microseconds", 1000000, UNIX_TO_2000 },
	{ "Unix nanoseconds", 1000000000, UNIX_TO_2000 },
	/* Apple's epoch is 2001-01-01. */
	{ "Cocoa seconds", 1, -(int64_t)366 * DAY },
	/* 1601-01-01: the calendar's cycle of 400 years that ended in 2000. */
	{ "WebKit microseconds", 1000000, (int64_t)145731 * DAY },
	{ "Windows FILETIME", 10000000, (int64_t)145731 * DAY },
	/* Day 2451544.5 is 2000-01-01 00:00. */
	{ "Julian days", 0, (int64_t)2451545 * DAY },
};

/* The year of a count, 0 outside 1 to 9999. */
static int
year_of(const Epoch *epoch, int64_t count)
{
	DateTime moment;
	int64_t seconds;

	if (epoch->units_a_second > 0)
		seconds = count / epoch->units_a_second;
	else if (__builtin_mul_overflow(count, (int64_t)DAY, &seconds))
		return 0;
	if (__builtin_sub_overflow(
		seconds, epoch->seconds_before_2000, &seconds))
		return 0;
	/* Years 1 to 9999, roughly; what is inside cannot overflow. */
	if (seconds < -(int64_t)63000000000 || seconds > (int64_t)252000000000)
		return 0;
	datetime_from_microseconds(seconds * 1000000, &moment);
	return moment.year;
}

const char *
epoch_candidates(int64_t min, int64_t max, Arena *arena, Error *err)
{
	const char *list = "";

	/* Nothing but zeros is nothing but "not set". */
	if (max <= 0)
		return list;
	for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
		int first = year_of(&epochs[i], min);
		int last = year_of(&epochs[i], max);

		if (first < YEAR_FIRST || last > YEAR_LAST ||
		    last < YEAR_STORED)
			continue;
		list = arena_format(arena, err, "%s%s%s (%d to %d)", list,
		    *list == '\0' ? "" : " or ", epochs[i].name, first, last);
		if (list == NULL)
			return NULL;
	}
	return list;
}
