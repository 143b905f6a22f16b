#include "export/fit.h"

#include <math.h>
#include <string.h>

#include "formats/literal.h"
#include "formats/number.h"

/* Integers up to here are doubles exactly. */
#define DOUBLE_INTEGER_LIMIT ((int64_t)1 << 53)
#define UUID_BYTES           16
/* Julian days of 1900-01-01 and 2201-01-01, 00:00 UTC. */
#define JULIAN_FIRST 2415020.5
#define JULIAN_PAST  2524958.5
/* Moments that columns count: 1980-01-01 to 2101-01-01 as seconds of Unix and as
 * Julian days, and the other epochs in those. */
#define UNIX_FIRST            INT64_C(315532800)
#define UNIX_PAST             INT64_C(4133980800)
#define JULIAN_COUNT_FIRST    2444239.5
#define JULIAN_COUNT_PAST     2488434.5
#define UNIX_TO_2001          INT64_C(978307200)
#define UNIX_TO_2002          INT64_C(1009843200)
#define BEFORE_1970_FROM_1601 INT64_C(11644473600)

/* Unix seconds from first to before past, moved and multiplied. */
#define EPOCH(fits, first, moved, units)                      \
	{                                                     \
		FIT_BIT(fits), ((first) + (moved)) * (units), \
		    (UNIX_PAST + (moved)) * (units)-1         \
	}

/* What an integer fits by its size, both ends included. */
static const struct {
	uint64_t marks;
	int64_t least, most;
} ranges[] = {
	{ FIT_BIT(FITS_BOOLEAN) | FIT_MARK(MARK_INTEGER_01), 0, 1 },
	{ FIT_BIT(FITS_DOUBLE), -DOUBLE_INTEGER_LIMIT, DOUBLE_INTEGER_LIMIT },
	EPOCH(FITS_UNIX_S, UNIX_FIRST, 0, 1),
	EPOCH(FITS_UNIX_MS, UNIX_FIRST, 0, 1000),
	EPOCH(FITS_UNIX_US, UNIX_FIRST, 0, 1000000),
	EPOCH(FITS_UNIX_NS, UNIX_FIRST, 0, 1000000000),
	EPOCH(FITS_COCOA, UNIX_TO_2002, -UNIX_TO_2001, 1),
	EPOCH(FITS_WEBKIT, UNIX_FIRST, BEFORE_1970_FROM_1601, 1000000),
	EPOCH(FITS_FILETIME, UNIX_FIRST, BEFORE_1970_FROM_1601, 10000000),
	/* days begin at noon */
	{ FIT_BIT(FITS_JULIAN), (int64_t)JULIAN_COUNT_FIRST + 1,
	    (int64_t)JULIAN_COUNT_PAST },
};

static void
widen(unsigned *most, unsigned value)
{
	if (value > *most)
		*most = value;
}

void
fit_begin(FitColumn *column, ColumnProfile *profile, const Column *schema)
{
	*column = (FitColumn){
		.json = strcasestr(schema->declared, "json") != NULL,
		.scales = schema->affinity == AFFINITY_NUMERIC,
		.least = INT64_MAX,
		.most = INT64_MIN,
		.digits_past = 1,
	};
	*profile = (ColumnProfile){
		.integer_min = INT64_MAX,
		.integer_max = INT64_MIN,
		.real_min = (double)INFINITY,
		.real_max = -(double)INFINITY,
	};
}

void
fit_range(FitColumn *column, int64_t value)
{
	size_t i;

	column->marks = FIT_MARK(MARK_CLASS + VALUE_INTEGER) |
	    FIT_BIT(FITS_BIGINT) | FIT_BIT(FITS_NUMERIC);
	column->least = INT64_MIN;
	column->most = INT64_MAX;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (value < ranges[i].least) {
			if (ranges[i].least <= column->most)
				column->most = ranges[i].least - 1;
			continue;
		}
		if (value > ranges[i].most) {
			if (ranges[i].most >= column->least)
				column->least = ranges[i].most + 1;
			continue;
		}
		column->marks |= ranges[i].marks;
		if (ranges[i].least > column->least)
			column->least = ranges[i].least;
		if (ranges[i].most < column->most)
			column->most = ranges[i].most;
	}
}

/* Digits before the point; size is below 1e11. */
static void
measure_integral(FitColumn *column, ColumnProfile *profile, double size)
{
	unsigned digits = 0;

	for (column->digits_past = 1; size >= column->digits_past; digits++)
		column->digits_past *= 10;
	widen(&profile->integral_digits_max, digits);
}

/*
 * Has the decimal no more digits behind the point than the power of ten has
 * zeros?  size * power must be below 2^63.  A quotient of two doubles that hold
 * integers is rounded correctly, so equality says that the decimal reads back as
 * this very value.
 */
static bool
has_scale(double size, double power)
{
	double scaled = (double)(int64_t)(size * power + 0.5);

	return scaled / power == size;
}

/* Few amounts come to this; apart, it spares the others the room for it. */
static __attribute__((noinline)) void
measure_shortest(ColumnProfile *profile, double value)
{
	uint8_t text[NUMBER_REAL_BYTES];
	unsigned integral, scale;

	if (literal_numeric(
		text, number_write_real(text, value), &integral, &scale)) {
		widen(&profile->integral_digits_max, integral);
		widen(&profile->scale_max, scale);
	}
}

/* Digits of the shortest decimal of a double before and after the point. */
static void
measure_real(FitColumn *column, ColumnProfile *profile, double value)
{
	static const double powers[] = { 10, 100, 1000, 10000 };
	double size = fabs(value);
	unsigned i;

	/* Most are amounts: few digits behind the point, as those before. */
	i = profile->scale_max - 1;
	if (i < 4 && size < column->digits_past && has_scale(size, powers[i]))
		return;
	for (i = 0; i < 4 && size < 1e11; i++) {
		if (!has_scale(size, powers[i]))
			continue;
		if (size >= column->digits_past)
			measure_integral(column, profile, size);
		widen(&profile->scale_max, i + 1);
		return;
	}
	measure_shortest(profile, value);
}

/* What a REAL may count or be the day of. */
static uint64_t
fit_moments(double value)
{
	uint64_t marks = 0;

	if (value >= JULIAN_FIRST && value < JULIAN_PAST)
		marks |= FIT_BIT(FITS_TIMESTAMP);
	if (value >= JULIAN_COUNT_FIRST && value < JULIAN_COUNT_PAST)
		marks |= FIT_BIT(FITS_JULIAN);
	if (value >= (double)UNIX_FIRST && value < (double)UNIX_PAST)
		marks |= FIT_BIT(FITS_UNIX_S);
	if (value >= (double)(UNIX_TO_2002 - UNIX_TO_2001) &&
	    value < (double)(UNIX_PAST - UNIX_TO_2001))
		marks |= FIT_BIT(FITS_COCOA);
	return marks;
}

static uint64_t
fit_real(FitColumn *column, ColumnProfile *profile, double value)
{
	uint64_t marks =
	    FIT_MARK(MARK_CLASS + VALUE_REAL) | FIT_BIT(FITS_DOUBLE);

	if (value < profile->real_min)
		profile->real_min = value;
	if (value > profile->real_max)
		profile->real_max = value;
	if (!isfinite(value))
		return marks;
	marks |= FIT_BIT(FITS_NUMERIC);
	if (column->scales)
		measure_real(column, profile, value);
	if (value >= -0x1p63 && value < 0x1p63) {
		if ((double)(int64_t)value == value)
			/* -0.0 is no integer: its sign would be lost */
			marks |= FIT_MARK(MARK_REAL_INTEGRAL) |
			    (value == 0 && signbit(value)
				    ? 0
				    : FIT_BIT(FITS_BIGINT));
	} else {
		/* doubles past 2^53 are whole numbers */
		marks |= FIT_MARK(MARK_REAL_INTEGRAL);
	}
	return value < JULIAN_FIRST ? marks : marks | fit_moments(value);
}

uint64_t
fit_other(FitColumn *column, ColumnProfile *profile, const Value *value)
{
	uint64_t marks = FIT_MARK(MARK_CLASS + VALUE_BLOB);

	if (value->class == VALUE_REAL)
		return fit_real(column, profile, value->real);
	if (value->size > profile->blob_bytes_max)
		profile->blob_bytes_max = value->size;
	if (value->size == UUID_BYTES)
		marks |= FIT_BIT(FITS_UUID) | FIT_MARK(MARK_UUID + UUID_BLOB);
	return marks;
}

/* Where the values of a mark are counted. */
static uint64_t *
tally(ColumnProfile *profile, unsigned mark)
{
	uint64_t *const tallies[MARK_COUNT] = {
		[MARK_ODD + ODD_EMPTY] = &profile->empty,
		[MARK_ODD + ODD_BLANKS] = &profile->blanks,
		[MARK_ODD + ODD_NUL] = &profile->nul,
		[MARK_ODD + ODD_INVALID_UTF8] = &profile->invalid_utf8,
		[MARK_ODD + ODD_JSON_NUL] = &profile->json_nul,
		[MARK_REAL_INTEGRAL] = &profile->real_integral,
		[MARK_INTEGER_01] = &profile->integer_01,
		[MARK_TEXT_01] = &profile->text_01,
		[MARK_TEXT_INTEGER] = &profile->text_integers,
		[MARK_TEXT_DECIMAL] = &profile->text_decimals,
		[MARK_DATE] = &profile->dates,
		[MARK_NAIVE] = &profile->naive,
		[MARK_ZONED] = &profile->zoned,
		[MARK_JSON_OBJECT] = &profile->json_objects,
		[MARK_JSON_ARRAY] = &profile->json_arrays,
		[MARK_JSON_SCALAR] = &profile->json_scalars,
	};

	if (mark < MARK_ODD)
		return &profile->fits[mark - MARK_FITS];
	if (mark >= MARK_CLASS && mark < MARK_UUID)
		return &profile->classes[mark - MARK_CLASS];
	if (mark >= MARK_UUID && mark < MARK_REAL_INTEGRAL)
		return &profile->uuids[mark - MARK_UUID];
	return tallies[mark];
}

void
fit_count(ColumnProfile *profile, uint64_t marks, uint64_t n)
{
	for (; marks != 0; marks &= marks - 1)
		*tally(profile, (unsigned)__builtin_ctzll(marks)) += n;
}
