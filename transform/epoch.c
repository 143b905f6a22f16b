#include "transform/epoch.h"

#include <math.h>

#include "formats/datetime.h"

#define DAY 86400
/* 1970-01-01 to 2000-01-01. */
#define UNIX_TO_2000 ((int64_t)946684800)

/* Plausible: nothing before the first, nothing after the last, and not all of
 * it before anybody stored it in SQLite. */
#define YEAR_FIRST  1900
#define YEAR_LAST   2100
#define YEAR_STORED 1980

/* REALs that are an int64_t, with room to spare. */
#define REAL_LIMIT 1e18

typedef struct {
	const char *name;
	Conversion conversion;
	int64_t units_a_second;      /* 0: a unit is a day */
	int64_t seconds_before_2000; /* from its zero to 2000-01-01 */
} Epoch;

/* What people use most stands first; the order is that of profile.h. */
static const Epoch epochs[FITS_EPOCHS] = {
	{ "Unix seconds", CONVERSION_UNIX_S, 1, UNIX_TO_2000 },
	{ "Unix milliseconds", CONVERSION_UNIX_MS, 1000, UNIX_TO_2000 },
	{ "Unix microseconds", CONVERSION_UNIX_US, 1000000, UNIX_TO_2000 },
	{ "Unix nanoseconds", CONVERSION_UNIX_NS, 1000000000, UNIX_TO_2000 },
	/* Apple's epoch is 2001-01-01. */
	{ "Cocoa seconds", CONVERSION_COCOA, 1, -(int64_t)366 * DAY },
	/* 1601-01-01: the calendar's cycle of 400 years that ended in 2000. */
	{ "WebKit microseconds", CONVERSION_WEBKIT, 1000000,
	    (int64_t)145731 * DAY },
	{ "Windows FILETIME", CONVERSION_FILETIME, 10000000,
	    (int64_t)145731 * DAY },
	/* Day 2451544.5 is 2000-01-01 00:00. */
	{ "Julian days", CONVERSION_JULIAN, 0, (int64_t)2451545 * DAY },
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

static bool
is_plausible(int first, int last)
{
	return first >= YEAR_FIRST && last <= YEAR_LAST && last >= YEAR_STORED;
}

/* Non-NULL values. */
static uint64_t
count_values(const ColumnProfile *profile)
{
	return profile->classes[VALUE_INTEGER] + profile->classes[VALUE_REAL] +
	    profile->classes[VALUE_TEXT] + profile->classes[VALUE_BLOB];
}

/* The year of a REAL, by the nearest integer, for Julian days begin at noon; 0
 * where it is past any count. */
static int
year_of_real(const Epoch *epoch, double value)
{
	if (!(fabs(value) < REAL_LIMIT))
		return 0;
	return year_of(epoch, (int64_t)floor(value + 0.5));
}

/* The years of the least and the greatest number. */
static void
set_years(
    const Epoch *epoch, const ColumnProfile *profile, EpochCandidate *candidate)
{
	uint64_t integers = profile->classes[VALUE_INTEGER];
	int year;

	if (integers > 0) {
		candidate->first_year = year_of(epoch, profile->integer_min);
		candidate->last_year = year_of(epoch, profile->integer_max);
	}
	if (profile->classes[VALUE_REAL] == 0)
		return;
	year = year_of_real(epoch, profile->real_min);
	if (integers == 0 || year < candidate->first_year)
		candidate->first_year = year;
	year = year_of_real(epoch, profile->real_max);
	if (integers == 0 || year > candidate->last_year)
		candidate->last_year = year;
}

/* Without counts the range tells, of a column of nothing but integers. */
static bool
judge_range(const ColumnProfile *profile, EpochCandidate *candidate)
{
	candidate->all = candidate->first_year >= YEAR_STORED;
	return profile->classes[VALUE_INTEGER] == count_values(profile) &&
	    profile->integer_max > 0 &&
	    is_plausible(candidate->first_year, candidate->last_year);
}

static bool
judge(size_t i, const ColumnProfile *profile, EpochCandidate *candidate)
{
	const Fits fits = (Fits)(FITS_EPOCH_FIRST + i);
	uint64_t values = count_values(profile);

	*candidate = (EpochCandidate){ .name = epochs[i].name,
		.conversion = epochs[i].conversion };
	set_years(&epochs[i], profile, candidate);
	if (!profile_is_full(profile))
		return judge_range(profile, candidate);
	candidate->fits = profile->fits[fits];
	candidate->all = candidate->fits == values;
	if (profile->counter[fits].row > 0)
		candidate->counter = &profile->counter[fits];
	return candidate->fits > values / 2;
}

size_t
epoch_list(const ColumnProfile *profile, EpochCandidate out[FITS_EPOCHS])
{
	EpochCandidate candidate;
	size_t n = 0;

	if (count_values(profile) == 0)
		return 0;
	for (size_t i = 0; i < FITS_EPOCHS; i++)
		if (judge(i, profile, &candidate))
			out[n++] = candidate;
	return n;
}

static const char *
describe_one(const EpochCandidate *candidate, Arena *arena, Error *err)
{
	if (candidate->first_year == 0 || candidate->last_year == 0)
		return candidate->name;
	return arena_format(arena, err, "%s (%d to %d)", candidate->name,
	    candidate->first_year, candidate->last_year);
}

const char *
epoch_describe(
    const EpochCandidate *candidates, size_t n, Arena *arena, Error *err)
{
	const char *list = "", *one;

	for (size_t i = 0; i < n; i++) {
		one = describe_one(&candidates[i], arena, err);
		if (one == NULL)
			return NULL;
		list = arena_format(
		    arena, err, "%s%s%s", list, i == 0 ? "" : " or ", one);
		if (list == NULL)
			return NULL;
	}
	return list;
}

const char *
epoch_candidates(int64_t min, int64_t max, Arena *arena, Error *err)
{
	EpochCandidate list[FITS_EPOCHS] = { { 0 } };
	size_t n = 0;

	/* Nothing but zeros is nothing but "not set". */
	if (max <= 0)
		return "";
	for (size_t i = 0; i < FITS_EPOCHS; i++) {
		list[n].name = epochs[i].name;
		list[n].first_year = year_of(&epochs[i], min);
		list[n].last_year = year_of(&epochs[i], max);
		n += is_plausible(list[n].first_year, list[n].last_year);
	}
	return epoch_describe(list, n, arena, err);
}
