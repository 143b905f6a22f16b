#include "formats/datetime.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static bool
parse(const char *text, DateTime *moment)
{
	return datetime_parse((const uint8_t *)text, strlen(text), moment);
}

/* Parse, and write as what it is, a timestamp with a zone in UTC. */
static const char *
rewritten(const char *text, char out[DATETIME_TEXT_BYTES])
{
	DateTime moment;
	size_t size;

	if (!parse(text, &moment))
		return "refused";
	if (!moment.has_date)
		size = datetime_write_time((uint8_t *)out, &moment);
	else if (!moment.has_time)
		size = datetime_write_date((uint8_t *)out, &moment);
	else if (moment.has_zone)
		size = datetime_write_timestamptz((uint8_t *)out, &moment);
	else
		size = datetime_write_timestamp((uint8_t *)out, &moment);
	out[size] = '\0';
	return out;
}

typedef struct {
	const char *text, *wanted;
} TextCase;

static void
every_spelling_is_read(void **state)
{
	static const TextCase cases[] = {
		{ "2024-02-29", "2024-02-29" },
		{ "2024-02-29 13:05", "2024-02-29 13:05:00" },
		{ "2024-02-29T13:05", "2024-02-29 13:05:00" },
		{ "2024-02-29 13:05:07", "2024-02-29 13:05:07" },
		{ "2024-02-29 13:05:07.5", "2024-02-29 13:05:07.5" },
		{ "2024-02-29 13:05:07.123456", "2024-02-29 13:05:07.123456" },
		{ "2024-02-29 13:05:07.000001", "2024-02-29 13:05:07.000001" },
		{ "2024-02-29 13:05:07.120000000", "2024-02-29 13:05:07.12" },
		{ "2024-02-29 13:05:07.000", "2024-02-29 13:05:07" },
		{ "2024-02-29 13:05:07Z", "2024-02-29 13:05:07+00" },
		{ "2024-02-29 13:05:07 Z", "2024-02-29 13:05:07+00" },
		{ "2024-02-29 13:05:07 UTC", "2024-02-29 13:05:07+00" },
		{ "2024-02-29 13:05+02", "2024-02-29 11:05:00+00" },
		{ "2024-02-29 13:05:07+02:00", "2024-02-29 11:05:07+00" },
		{ "2024-02-29 13:05:07 -0330", "2024-02-29 16:35:07+00" },
		{ "2024-02-29 23:05:07.5-03:30", "2024-03-01 02:35:07.5+00" },
		{ "2024-01-01T00:00:00+14:59", "2023-12-31 09:01:00+00" },
		{ "0001-01-01 00:00:00Z", "0001-01-01 00:00:00+00" },
		{ "9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999" },
		{ "13:05", "13:05:00" },
		{ "00:00:00.000001", "00:00:00.000001" },
		{ "23:59:59", "23:59:59" },
	};
	char out[DATETIME_TEXT_BYTES];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
		    rewritten(cases[i].text, out), cases[i].wanted);
}

static void
what_is_no_moment_is_refused(void **state)
{
	static const char *const texts[] = { "", "2024", "2024-02", "2024-2-29",
		"24-02-29", "2023-02-29", "1900-02-29", "2024-04-31",
		"2024-00-10", "2024-13-10", "2024-01-00", "0000-01-01",
		"10000-01-01", "-001-01-01", "2024-02-29 ", " 2024-02-29",
		"2024-02-29T", "2024-02-29  13:05", "2024-02-29t13:05",
		"2024-02-29 24:00", "2024-02-29 24:01", "2024-02-29 13:60",
		"2024-02-29 13:05:60", "2024-02-29 13", "2024-02-29 13:5",
		"2024-02-29 13:05:", "2024-02-29 13:05:07.",
		"2024-02-29 13:05.5", "2024-02-29 13:05:07.1234567",
		"2024-02-29 13:05:07,5", "2024-02-29 13:05:07z",
		"2024-02-29 13:05:07UTC", "2024-02-29 13:05:07 GMT",
		"2024-02-29 13:05:07  Z", "2024-02-29 13:05:07+",
		"2024-02-29 13:05:07+2", "2024-02-29 13:05:07+020",
		"2024-02-29 13:05:07+02:", "2024-02-29 13:05:07+02:60",
		"2024-02-29 13:05:07+15", "2024-02-29 13:05:07+02:00x",
		"2024-02-29Z", "2024-02-29+02", "13:05Z", "13:05+02", "13",
		"24:00", "1:05", "13:05:07 ", "now", "2024/02/29",
		"0001-01-01 00:00+00:01", "9999-12-31 23:59:59-00:01" };
	DateTime moment = { .year = 7 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(texts[i], &moment))
			fail_msg("\"%s\" was accepted", texts[i]);
	assert_false(datetime_parse((const uint8_t *)"13:05\0", 6, &moment));
	assert_int_equal(moment.year, 7);
}

static void
binary_forms_count_from_2000(void **state)
{
	DateTime moment;

	(void)state;
	assert_true(parse("2000-01-01", &moment));
	assert_int_equal(datetime_days(&moment), 0);
	assert_int_equal(datetime_microseconds(&moment), 0);
	assert_true(parse("1999-12-31 23:59:59.999999", &moment));
	assert_int_equal(datetime_days(&moment), -1);
	assert_int_equal(datetime_microseconds(&moment), -1);
	assert_true(parse("1970-01-01", &moment));
	assert_int_equal(datetime_days(&moment), -10957);
	assert_true(parse("0001-01-01", &moment));
	assert_int_equal(datetime_days(&moment), -730119);
	assert_true(parse("9999-12-31", &moment));
	assert_int_equal(datetime_days(&moment), 2921939);
	assert_true(parse("2000-01-01 00:00:00-01", &moment));
	assert_int_equal(datetime_microseconds(&moment), INT64_C(3600000000));
}

static void
every_day_of_the_calendar_comes_back(void **state)
{
	DateTime moment, before = { .year = 1, .month = 1, .day = 0 };
	int32_t day;

	(void)state;
	for (day = -730119; day <= 2921939; day++) {
		datetime_from_microseconds(day * INT64_C(86400000000), &moment);
		if (datetime_days(&moment) != day ||
		    (moment.day != before.day + 1 && moment.day != 1))
			fail_msg("day %" PRId32, day);
		before = moment;
	}
	assert_int_equal(moment.year, 9999);
	assert_int_equal(moment.month, 12);
	assert_int_equal(moment.day, 31);
}

static void
random_moments_come_back(void **state)
{
	const char *given = getenv("SEED");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				      : (unsigned)time(NULL);
	char text[DATETIME_TEXT_BYTES];
	DateTime moment;
	int64_t microseconds;
	int i;

	(void)state;
	printf("SEED=%u\n", seed);
	srand(seed);
	for (i = 0; i < 100000; i++) {
		microseconds = rand() % 3652058 - 730119;
		microseconds = microseconds * 86400 + rand() % 86400;
		microseconds = microseconds * 1000000 + rand() % 1000000;
		datetime_from_microseconds(microseconds, &moment);
		text[datetime_write_timestamptz((uint8_t *)text, &moment)] =
		    '\0';
		assert_true(parse(text, &moment));
		assert_int_equal(datetime_microseconds(&moment), microseconds);
	}
}

static void
julian_days_round_to_the_millisecond(void **state)
{
	char text[DATETIME_TEXT_BYTES];
	DateTime moment;

	(void)state;
	assert_true(datetime_from_julian(2451544.5, &moment));
	assert_int_equal(datetime_microseconds(&moment), 0);
	/* sqlite> SELECT strftime('%Y-%m-%d %H:%M:%f', 2460370.045219907); */
	assert_true(datetime_from_julian(2460370.045219907, &moment));
	text[datetime_write_timestamptz((uint8_t *)text, &moment)] = '\0';
	assert_string_equal(text, "2024-02-29 13:05:07+00");
	assert_true(datetime_from_julian(1721425.5, &moment));
	assert_int_equal(moment.year, 1);
	assert_true(datetime_from_julian(5373484.4999, &moment));
	assert_int_equal(moment.year, 9999);
	assert_false(datetime_from_julian(1721425.49, &moment));
	assert_false(datetime_from_julian(5373484.5, &moment));
	assert_false(datetime_from_julian(-1.0, &moment));
	assert_false(datetime_from_julian((double)NAN, &moment));
	assert_false(datetime_from_julian((double)INFINITY, &moment));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_is_read),
		cmocka_unit_test(what_is_no_moment_is_refused),
		cmocka_unit_test(binary_forms_count_from_2000),
		cmocka_unit_test(every_day_of_the_calendar_comes_back),
		cmocka_unit_test(random_moments_come_back),
		cmocka_unit_test(julian_days_round_to_the_millisecond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
