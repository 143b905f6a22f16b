/*
 * datetime: ISO 8601 text, Julian days and PostgreSQL's binary times.
 *
 * What is recognised is what SQLite's date functions read (lang_datefunc.html
 * section 2) and what applications write beside it:
 *
 *	2024-02-29                         date
 *	2024-02-29 13:05[:07[.123456]]     blank or T between; Z, +02, +02:00,
 *	                                   -0330 or " UTC" after, a blank may
 *	                                   stand before the zone
 *	13:05[:07[.123456]]                time
 *
 * Only real moments are accepted: 2023-02-30 and 24:01 are not.  A fraction
 * of more than six digits is accepted when the rest are zeros, because
 * PostgreSQL keeps microseconds and nothing is rounded in silence.  Years are
 * 0001 to 9999.  The calendar is proleptic Gregorian throughout, as it is in
 * both databases.
 */
#ifndef FORMATS_DATETIME_H
#define FORMATS_DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	int year, month, day;     /* with has_date */
	int hour, minute, second; /* with has_time; second 0..59 */
	int microsecond;
	int zone_seconds; /* east of UTC, with has_zone */
	bool has_date, has_time, has_zone;
} DateTime;

#define DATETIME_TEXT_BYTES 40

/* False where the text is not of the forms above. */
bool datetime_parse(const uint8_t *text, size_t size, DateTime *moment);

/* The moment as microseconds since 2000-01-01 00:00:00 UTC, PostgreSQL's
 * binary timestamp; a missing zone counts as UTC, a missing time as 00:00. */
int64_t datetime_microseconds(const DateTime *moment);
/* The date as days since 2000-01-01, PostgreSQL's binary date. */
int32_t datetime_days(const DateTime *moment);
/* The inverse: a moment in UTC with date, time and zone set. */
void datetime_from_microseconds(int64_t microseconds, DateTime *moment);

/* Julian day number to a moment in UTC, rounded to the millisecond as SQLite
 * does; false outside the years 0001 to 9999 or when not finite. */
bool datetime_from_julian(double julian, DateTime *moment);

/* Text as PostgreSQL's ISO DateStyle with TimeZone UTC writes it:
 * "2024-02-29", "13:05:07.5", "2024-02-29 13:05:07.5",
 * "2024-02-29 13:05:07.5+00".  Return the bytes written. */
size_t datetime_write_date(uint8_t *out, const DateTime *moment);
size_t datetime_write_time(uint8_t *out, const DateTime *moment);
size_t datetime_write_timestamp(uint8_t *out, const DateTime *moment);
size_t datetime_write_timestamptz(uint8_t *out, const DateTime *moment);

#endif
