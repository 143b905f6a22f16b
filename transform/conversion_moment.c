#include "transform/conversion_moment.h"

#include <math.h>

#define SECOND      INT64_C(1000000)
#define MILLISECOND 1000
#define DAY         (86400 * SECOND)
/* No count of seconds in our years is larger; far from an overflow. */
#define SECONDS_LIMIT 1e12

/* Days from each zero to 2000-01-01, where PostgreSQL's count begins. */
#define UNIX_DAYS    10957
#define COCOA_DAYS   (-366)
#define WINDOWS_DAYS 145731

const CastRefusal conversion_moment_too_fine = { "moment_precision",
	"finer than a microsecond, which is what PostgreSQL keeps" };
const CastRefusal conversion_moment_too_far = { "moment_range",
	"a moment outside the years 1 to 9999" };

typedef struct {
	int64_t microseconds; /* a unit is so many */
	int64_t parts;        /* or that part of one */
	int64_t days;         /* from its zero to 2000-01-01 */
	bool fractions;       /* of a unit may be there */
} Epoch;

static const Epoch epochs[CONVERSION_COUNT] = {
	[CONVERSION_UNIX_S] = { SECOND, 1, UNIX_DAYS, true },
	[CONVERSION_UNIX_MS] = { MILLISECOND, 1, UNIX_DAYS, false },
	[CONVERSION_UNIX_US] = { 1, 1, UNIX_DAYS, false },
	[CONVERSION_UNIX_NS] = { 1, 1000, UNIX_DAYS, false },
	[CONVERSION_COCOA] = { SECOND, 1, COCOA_DAYS, true },
	[CONVERSION_WEBKIT] = { 1, 1, WINDOWS_DAYS, false },
	[CONVERSION_FILETIME] = { 1, 10, WINDOWS_DAYS, false },
};

/* Seconds as the nearest microsecond, as to_timestamp(double precision) reads
 * them: a double of our years says no more. */
static ConversionMoment
read_seconds(double seconds, int64_t *microseconds)
{
	double whole;

	if (!(fabs(seconds) < SECONDS_LIMIT))
		return CONVERSION_MOMENT_TOO_FAR;
	whole = floor(seconds);
	*microseconds = (int64_t)whole * SECOND +
	    (int64_t)floor((seconds - whole) * (double)SECOND + 0.5);
	return CONVERSION_MOMENT_READ;
}

/* Microseconds since the epoch's zero. */
static ConversionMoment
read_count(const Value *value, const Epoch *epoch, int64_t *microseconds)
{
	int64_t count;

	if (!cast_exact_integer(value, &count)) {
		if (!epoch->fractions || value->class != VALUE_REAL)
			return CONVERSION_MOMENT_NOT;
		return read_seconds(value->real, microseconds);
	}
	if (count % epoch->parts != 0)
		return CONVERSION_MOMENT_TOO_FINE;
	if (__builtin_mul_overflow(
		count / epoch->parts, epoch->microseconds, microseconds))
		return CONVERSION_MOMENT_TOO_FAR;
	return CONVERSION_MOMENT_READ;
}

static ConversionMoment
read_julian(const Value *value, DateTime *moment)
{
	double day;

	if (value->class == VALUE_INTEGER)
		day = (double)value->integer;
	else if (value->class == VALUE_REAL)
		day = value->real;
	else
		return CONVERSION_MOMENT_NOT;
	if (!datetime_from_julian(day, moment))
		return CONVERSION_MOMENT_TOO_FAR;
	return CONVERSION_MOMENT_READ;
}

ConversionMoment
conversion_moment_read(
    const Value *value, Conversion conversion, DateTime *moment)
{
	const Epoch *epoch = &epochs[conversion];
	int64_t microseconds = 0;
	ConversionMoment read;

	if (conversion == CONVERSION_JULIAN)
		return read_julian(value, moment);
	read = read_count(value, epoch, &microseconds);
	if (read != CONVERSION_MOMENT_READ)
		return read;
	if (__builtin_sub_overflow(
		microseconds, epoch->days * DAY, &microseconds) ||
	    microseconds < CAST_MOMENT_FIRST ||
	    microseconds >= CAST_MOMENT_PAST)
		return CONVERSION_MOMENT_TOO_FAR;
	datetime_from_microseconds(microseconds, moment);
	return CONVERSION_MOMENT_READ;
}
