#include "transform/zone.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/bytes.h"
#include "tests/unit/random.h"
#include "tests/unit/values.h"
#include "transform/zone_file.h"
#include "transform/zone_rule.h"

#define ZONES "/usr/share/zoneinfo"

typedef struct {
	const char *zone, *local;
	int offset;
} Case;

/*
 * What PostgreSQL 15 says, by
 *
 *	select extract(epoch from local) -
 *	    extract(epoch from local at time zone zone)
 */
static const Case cases[] = {
	{ "Europe/Berlin", "2024-03-31 01:59:59", 3600 },
	{ "Europe/Berlin", "2024-03-31 02:00:00", 3600 },
	{ "Europe/Berlin", "2024-03-31 02:30:00", 3600 },
	{ "Europe/Berlin", "2024-03-31 03:00:00", 7200 },
	{ "Europe/Berlin", "2024-10-27 01:59:59", 7200 },
	{ "Europe/Berlin", "2024-10-27 02:00:00", 3600 },
	{ "Europe/Berlin", "2024-10-27 02:30:00", 3600 },
	{ "Europe/Berlin", "2024-10-27 03:00:00", 3600 },
	{ "Europe/Berlin", "1893-03-31 23:59:59", 3208 },
	{ "Europe/Berlin", "1893-04-01 00:03:00", 3208 },
	{ "Europe/Berlin", "1893-04-01 00:06:32", 3600 },
	{ "Europe/Berlin", "0001-01-01 00:00:00", 3208 },
	{ "Europe/Berlin", "1945-05-24 02:30:00", 7200 },
	{ "Europe/Berlin", "2038-07-01 12:00:00", 7200 },
	{ "Europe/Berlin", "2400-03-26 02:30:00", 3600 },
	{ "Europe/Berlin", "9999-10-31 02:30:00", 3600 },
	{ "Europe/Dublin", "2024-07-01 12:00:00", 3600 },
	{ "Europe/Dublin", "2024-10-27 01:30:00", 0 },
	{ "Europe/Dublin", "1971-10-31 02:30:00", 0 },
	{ "Europe/Moscow", "2014-10-26 01:30:00", 10800 },
	{ "Europe/Moscow", "2011-03-27 02:30:00", 10800 },
	{ "Europe/Lisbon", "1992-09-27 01:30:00", 3600 },
	{ "America/New_York", "2024-03-10 02:30:00", -18000 },
	{ "America/New_York", "2024-11-03 01:30:00", -18000 },
	{ "America/New_York", "2007-03-20 12:00:00", -14400 },
	{ "America/New_York", "5000-07-01 12:00:00", -14400 },
	{ "America/St_Johns", "2006-10-29 00:00:30", -12600 },
	{ "America/Sao_Paulo", "2018-11-04 00:30:00", -10800 },
	{ "America/Sao_Paulo", "2050-01-01 00:00:00", -10800 },
	{ "America/Caracas", "2007-12-09 02:45:00", -16200 },
	{ "Asia/Kolkata", "1943-01-01 00:00:00", 23400 },
	{ "Asia/Kathmandu", "2024-01-01 00:00:00", 20700 },
	{ "Africa/Casablanca", "2024-03-10 02:30:00", 0 },
	{ "Africa/Monrovia", "1972-01-06 23:59:59", -2670 },
	{ "Antarctica/Troll", "2024-03-31 02:00:00", 0 },
	{ "Antarctica/Troll", "2024-10-27 02:30:00", 0 },
	{ "Antarctica/Casey", "2018-03-11 03:00:00", 28800 },
	{ "Australia/Lord_Howe", "2024-04-07 01:45:00", 37800 },
	{ "Australia/Lord_Howe", "2024-10-06 02:15:00", 37800 },
	{ "Pacific/Apia", "2011-12-30 12:00:00", -36000 },
	{ "Pacific/Apia", "2011-12-31 00:00:00", 50400 },
	{ "Pacific/Kiritimati", "1994-12-31 12:00:00", -36000 },
	{ "Pacific/Chatham", "2024-09-29 02:50:00", 45900 },
	{ "Asia/Pyongyang", "2018-05-04 23:45:00", 30600 },
	{ "Etc/GMT-14", "2024-01-01 00:00:00", 50400 },
	{ "US/Pacific", "1945-08-14 16:30:00", -25200 },
};

/* Bare machines have no time zones. */
static void
want_zones(void)
{
	DIR *directory = opendir(ZONES);

	if (directory == NULL)
		skip();
	closedir(directory);
}

static DateTime
moment_of(const char *local)
{
	DateTime moment;

	assert_true(
	    datetime_parse((const uint8_t *)local, strlen(local), &moment));
	return moment;
}

static int
offset_at(const Zone *zone, const char *local)
{
	DateTime moment = moment_of(local);

	return zone_offset(zone, &moment);
}

static void
local_times_are_read_as_postgresql_reads_them(void **state)
{
	Arena arena = { 0 };
	const Zone *zone;
	Error err;

	(void)state;
	want_zones();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int offset;

		assert_true(zone_open(cases[i].zone, &zone, &arena, &err));
		offset = offset_at(zone, cases[i].local);
		if (offset != cases[i].offset)
			fail_msg("%s %s: %d, not %d", cases[i].zone,
			    cases[i].local, offset, cases[i].offset);
	}
	arena_free(&arena);
}

static void
fixed_offsets_need_no_file(void **state)
{
	static const struct {
		const char *name;
		int offset;
	} fixed[] = { { "+02:00", 7200 }, { "+0200", 7200 }, { "+02", 7200 },
		{ "+2", 7200 }, { "-03:30", -12600 }, { "-0330", -12600 },
		{ "+14:59", 53940 }, { "-14:59", -53940 }, { "+00:01", 60 } };
	Arena arena = { 0 };
	const Zone *zone;
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		assert_true(zone_open(fixed[i].name, &zone, &arena, &err));
		assert_int_equal(
		    offset_at(zone, "2024-02-29 13:05"), fixed[i].offset);
		assert_int_equal(
		    offset_at(zone, "0001-01-01 00:00"), fixed[i].offset);
	}
	arena_free(&arena);
}

static void
utc_is_no_zone(void **state)
{
	static const char *const names[] = { "UTC", "utc", "Z", "+00:00",
		"-00:00", "+0" };
	Arena arena = { 0 };
	const Zone *zone;
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_true(zone_open(names[i], &zone, &arena, &err));
		assert_null(zone);
	}
	assert_int_equal(offset_at(NULL, "2024-02-29 13:05"), 0);
	arena_free(&arena);
}

static void
what_is_no_zone_is_refused(void **state)
{
	static const char *const names[] = { "", "+15:00", "+14:60", "+", "-",
		"+1:2", "+1:234", "+02:00:00", "+02 ", "+530",
		"../zoneinfo/UTC", "Europe/../UTC", "/usr/share/zoneinfo/UTC",
		"Europe", "zone.tab", "Europe/Berlin ", "Europe/Berlin\n",
		"localtime", "Mars/Olympus", "Europe//Berlin/x", "%s",
		"a_name_of_more_than_sixty_four_letters_which_is_more_than_any_"
		"zone_has" };
	Arena arena = { 0 };
	const Zone *zone;
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (zone_open(names[i], &zone, &arena, &err))
			fail_msg("\"%s\" is taken for a zone", names[i]);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
	arena_free(&arena);
}

static void
a_mistyped_name_gets_the_nearest(void **state)
{
	Arena arena = { 0 };
	const Zone *zone;
	Error err;

	(void)state;
	want_zones();
	assert_false(zone_open("Europe/Berlni", &zone, &arena, &err));
	assert_string_equal(err.text,
	    "there is no time zone \"Europe/Berlni\"; did you mean "
	    "\"Europe/Berlin\"?");
	assert_false(zone_open("america/new_york", &zone, &arena, &err));
	assert_non_null(strstr(err.text, "America/New_York"));
	arena_free(&arena);
}

/* --- files made here ------------------------------------------------------ */

static void
put_number(Buf *file, int64_t number, size_t size)
{
	uint8_t bytes[8];
	Error err;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)((uint64_t)number >> 8 * (size - 1 - i));
	assert_true(buf_put(file, bytes, size, &err));
}

/* A header and data: types of offset 0 and 3600, changes that alternate. */
static void
put_block(Buf *file, char version, size_t time_bytes, const int64_t *changes,
    size_t n, int leaps)
{
	const int64_t counts[] = { 0, 0, leaps, (int64_t)n, 2, 4 };
	Error err;

	assert_true(buf_put(file, "TZif", 4, &err));
	assert_true(buf_put(file, &version, 1, &err));
	put_number(file, 0, 8);
	put_number(file, 0, 7);
	for (size_t i = 0; i < 6; i++)
		put_number(file, counts[i], 4);
	for (size_t i = 0; i < n; i++)
		put_number(file, changes[i], time_bytes);
	for (size_t i = 0; i < n; i++)
		put_number(file, (int64_t)(i + 1) % 2, 1);
	for (int i = 0; i < 2; i++) {
		put_number(file, i * 3600, 4);
		put_number(file, i, 1);
		put_number(file, 0, 1);
	}
	put_number(file, 0x41414100, 4);
	for (int i = 0; i < leaps; i++) {
		put_number(file, 78796800, time_bytes);
		put_number(file, 1, 4);
	}
}

static void
put_file(Buf *file, const int64_t *changes, size_t n, const char *rule)
{
	Error err;

	put_block(file, '2', 4, NULL, 0, 0);
	put_block(file, '2', 8, changes, n, 0);
	assert_true(buf_put_format(file, &err, "\n%s\n", rule));
}

static void
a_file_without_changes_follows_its_rule_in_all_years(void **state)
{
	Buf file = { 0 };
	Arena arena = { 0 };
	Zone zone;
	Error err;

	(void)state;
	put_file(&file, NULL, 0, "CET-1CEST,M3.5.0,M10.5.0/3");
	assert_true(zone_file_read(file.data, file.size, &zone, &arena, &err));
	assert_int_equal(offset_at(&zone, "0001-01-01 12:00"), 3600);
	assert_int_equal(offset_at(&zone, "0001-07-01 12:00"), 7200);
	assert_int_equal(offset_at(&zone, "0403-07-01 12:00"), 7200);
	assert_int_equal(offset_at(&zone, "2024-03-31 02:30"), 3600);
	assert_int_equal(offset_at(&zone, "2024-03-31 03:00"), 7200);
	assert_int_equal(offset_at(&zone, "9999-07-01 12:00"), 7200);
	assert_int_equal(offset_at(&zone, "9999-12-31 23:59:59"), 3600);
	arena_free(&arena);
	buf_free(&file);
}

static void
the_first_version_has_times_of_four_bytes(void **state)
{
	/* 1970-01-02 and 1970-01-03 */
	static const int64_t changes[] = { 86400, 172800 };
	Buf file = { 0 };
	Arena arena = { 0 };
	Zone zone;
	Error err;

	(void)state;
	put_block(&file, '\0', 4, changes, 2, 0);
	assert_true(zone_file_read(file.data, file.size, &zone, &arena, &err));
	assert_int_equal(offset_at(&zone, "1970-01-01 12:00"), 0);
	assert_int_equal(offset_at(&zone, "1970-01-02 12:00"), 3600);
	assert_int_equal(offset_at(&zone, "1970-01-04 12:00"), 0);
	assert_int_equal(offset_at(&zone, "9999-01-01 00:00"), 0);
	arena_free(&arena);
	buf_free(&file);
}

static void
a_rule_of_daylight_time_all_year_changes_nothing(void **state)
{
	static const int64_t changes[] = { -1000000 };
	Buf file = { 0 };
	Arena arena = { 0 };
	Zone zone;
	Error err;

	(void)state;
	put_file(&file, changes, 1, "XXX0EDT-1,0/0,J365/25");
	assert_true(zone_file_read(file.data, file.size, &zone, &arena, &err));
	assert_int_equal(offset_at(&zone, "2024-12-31 23:30"), 3600);
	assert_int_equal(offset_at(&zone, "2024-07-01 00:00"), 3600);
	arena_free(&arena);
	buf_free(&file);
}

static void
a_file_cut_anywhere_is_refused(void **state)
{
	static const int64_t changes[] = { 86400, 172800 };
	Buf file = { 0 };
	Arena arena = { 0 };
	Zone zone;
	Error err;

	(void)state;
	put_file(&file, changes, 2, "CET-1");
	for (size_t size = 0; size < file.size; size++) {
		/* Alone in memory, so that reading past it is noticed. */
		Buf cut = { 0 };

		assert_true(buf_reserve(&cut, 1, &err));
		assert_true(buf_put(&cut, file.data, size, &err));
		assert_false(
		    zone_file_read(cut.data, cut.size, &zone, &arena, &err));
		buf_free(&cut);
	}
	assert_true(zone_file_read(file.data, file.size, &zone, &arena, &err));
	arena_free(&arena);
	buf_free(&file);
}

static void
what_a_file_must_not_hold_is_refused(void **state)
{
	static const int64_t twice[] = { 86400, 86400 };
	static const int64_t back[] = { 172800, 86400 };
	Buf file = { 0 };
	Arena arena = { 0 };
	Zone zone;
	Error err;

	(void)state;
	put_file(&file, twice, 2, "CET-1");
	assert_false(zone_file_read(file.data, file.size, &zone, &arena, &err));
	file.size = 0;
	put_file(&file, back, 2, "CET-1");
	assert_false(zone_file_read(file.data, file.size, &zone, &arena, &err));
	file.size = 0;
	put_file(&file, NULL, 0, "CET");
	assert_false(zone_file_read(file.data, file.size, &zone, &arena, &err));
	file.size = 0;
	put_block(&file, '\0', 4, NULL, 0, 1);
	assert_false(zone_file_read(file.data, file.size, &zone, &arena, &err));
	assert_non_null(strstr(err.text, "leap seconds"));
	arena_free(&arena);
	buf_free(&file);
}

static void
any_bytes_are_read_or_refused_without_harm(void **state)
{
	static const int64_t changes[] = { 86400, 172800, INT64_MAX / 2 };
	Error err;

	(void)state;
	start_random();
	for (int i = 0; i < 20000; i++) {
		Buf file = { 0 };
		Arena arena = { 0 };
		Zone zone;

		put_file(&file, changes, (size_t)rand() % 4,
		    "CET-1CEST,M3.5.0,M10.5.0/3");
		for (int k = rand() % 4; k >= 0; k--)
			file.data[(size_t)rand() % file.size] = (uint8_t)rand();
		if (zone_file_read(file.data, file.size, &zone, &arena, &err))
			(void)offset_at(&zone, "2024-03-31 02:30");
		arena_free(&arena);
		buf_free(&file);
	}
}

/* --- rules ---------------------------------------------------------------- */

static void
rules_are_those_of_posix(void **state)
{
	static const struct {
		const char *text;
		int standard, daylight;
		bool changes;
	} good[] = { { "UTC0", 0, 0, false }, { "CET-1", 3600, 0, false },
		{ "<+0330>-3:30", 12600, 0, false },
		{ "<-03>3", -10800, 0, false },
		{ "LMT-1:02:03", 3723, 0, false },
		{ "EST5EDT,M3.2.0,M11.1.0", -18000, -14400, true },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", 3600, 0, true },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, -3600, true },
		{ "AAA0BBB,J1/0,J365/167", 0, 3600, true },
		{ "AAA0BBB,0,365/-167:59:59", 0, 3600, true } };
	static const char *const bad[] = { "", "C", "CE-1", "CET", "CET-25",
		"CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/",
		"CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M0.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J365",
		"CET-1CEST,J1,J366", "CET-1CEST,0,366",
		"CET-1CEST,M3.5.0,M10.5.0/168", "CET-1CEST,M3.5.0,M10.5.0x",
		"<+01-1", "CET-1:60", "CET- 1", "CET-99999999999" };
	ZoneRule rule;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (!zone_rule_parse(good[i].text, strlen(good[i].text), &rule))
			fail_msg("\"%s\" is refused", good[i].text);
		assert_int_equal(rule.standard, good[i].standard);
		assert_int_equal(rule.changes, good[i].changes);
		if (rule.changes)
			assert_int_equal(rule.daylight, good[i].daylight);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (zone_rule_parse(bad[i], strlen(bad[i]), &rule))
			fail_msg("\"%s\" is taken for a rule", bad[i]);
}

static void
days_of_rules_fall_where_the_calendar_says(void **state)
{
	static const char week[] = "AAA0BBB,M2.5.4/0,M5.1.1/1";
	static const char julian[] = "AAA0BBB,J59/0,J60/1";
	static const char year[] = "AAA0BBB,59/0,60/1";
	ZoneRule rule;

	(void)state;
	/* The last Thursday of February, the first Monday of May. */
	assert_true(zone_rule_parse(week, strlen(week), &rule));
	assert_int_equal(zone_rule_start(&rule, 2024), 1709164800);
	assert_int_equal(zone_rule_end(&rule, 2024), 1714953600);
	assert_int_equal(zone_rule_start(&rule, 1970), 56 * 86400);
	/* 28 February and 1 March, leap year or not. */
	assert_true(zone_rule_parse(julian, strlen(julian), &rule));
	assert_int_equal(zone_rule_start(&rule, 2024), 1709078400);
	assert_int_equal(zone_rule_end(&rule, 2024), 1709251200);
	assert_int_equal(zone_rule_end(&rule, 2023), 1677628800);
	/* 29 February and 1 March of a leap year. */
	assert_true(zone_rule_parse(year, strlen(year), &rule));
	assert_int_equal(zone_rule_start(&rule, 2024), 1709164800);
	assert_int_equal(zone_rule_end(&rule, 2024), 1709251200);
	assert_int_equal(zone_rule_start(&rule, 2023), 1677628800);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_times_are_read_as_postgresql_reads_them),
		cmocka_unit_test(fixed_offsets_need_no_file),
		cmocka_unit_test(utc_is_no_zone),
		cmocka_unit_test(what_is_no_zone_is_refused),
		cmocka_unit_test(a_mistyped_name_gets_the_nearest),
		cmocka_unit_test(
		    a_file_without_changes_follows_its_rule_in_all_years),
		cmocka_unit_test(the_first_version_has_times_of_four_bytes),
		cmocka_unit_test(
		    a_rule_of_daylight_time_all_year_changes_nothing),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(what_a_file_must_not_hold_is_refused),
		cmocka_unit_test(any_bytes_are_read_or_refused_without_harm),
		cmocka_unit_test(rules_are_those_of_posix),
		cmocka_unit_test(days_of_rules_fall_where_the_calendar_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
