#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "formats/report.h"

/* A report whose output lands in text. */
typedef struct {
	Report report;
	char *text;
	size_t size;
} Captured;

static void
begin(Captured *captured, const ReportOptions *options)
{
	memset(captured, 0, sizeof(*captured));
	report_begin(&captured->report, "litehaul-test", options);
	captured->report.out = open_memstream(&captured->text, &captured->size);
	captured->report.terminal = false;
}

static void
expect(Captured *captured, const char *text)
{
	fclose(captured->report.out);
	assert_string_equal(captured->text, text);
	free(captured->text);
}

static void
notes_warnings_and_errors_are_said_as_asked_for(void **state)
{
	static const struct {
		ReportOptions options;
		const char *text;
	} cases[] = {
		{ { 0 },
		    "litehaul-test: note 1\n"
		    "litehaul-test: warning: look\n"
		    "litehaul-test: it failed\n" },
		{ { .verbose = true },
		    "litehaul-test: note 1\n"
		    "litehaul-test: more\n"
		    "litehaul-test: warning: look\n"
		    "litehaul-test: it failed\n" },
		{ { .quiet = true, .verbose = true },
		    "litehaul-test: warning: look\n"
		    "litehaul-test: it failed\n" },
		{ { .json = true },
		    "{\"event\":\"note\",\"program\":\"litehaul-test\","
		    "\"text\":\"note 1\"}\n"
		    "{\"event\":\"warning\",\"program\":\"litehaul-test\","
		    "\"text\":\"look\"}\n"
		    "{\"event\":\"error\",\"program\":\"litehaul-test\","
		    "\"text\":\"it failed\",\"exit\":6}\n" },
	};
	Captured captured;
	size_t i;
	Error err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&captured, &cases[i].options);
		report_note(&captured.report, "note %d", 1);
		report_detail(&captured.report, "more");
		report_warning(&captured.report, "look");
		error_set(&err, ERROR_TARGET, "it failed");
		assert_int_equal(report_error(&captured.report, &err), 6);
		expect(&captured, cases[i].text);
	}
}

static void
a_reader_that_went_away_is_no_news(void **state)
{
	Captured captured;
	Error err;

	(void)state;
	begin(&captured, &(ReportOptions){ 0 });
	error_set(&err, ERROR_CLOSED, "closed");
	assert_int_equal(report_error(&captured.report, &err), 141);
	expect(&captured, "");
}

static void
no_control_character_gets_out(void **state)
{
	static const ReportColumn columns[] = { { "table", REPORT_TEXT } };
	static const ReportCell cells[] = { { "a\x1b[2J", 0 } };
	Captured captured;

	(void)state;
	begin(&captured, &(ReportOptions){ .progress = REPORT_ALWAYS });
	report_note(&captured.report, "\x1b[2J\r\n\xff");
	report_phase(&captured.report, "load", 10, 0);
	captured.report.phase_ms -= 5000;
	report_progress(&captured.report, "t\x1b\n", 1, 1, 0);
	report_table(&captured.report, columns, 1, cells, 1);
	report_end(&captured.report);
	fclose(captured.report.out);
	for (size_t i = 0; i < captured.size; i++)
		assert_true(captured.text[i] == '\n' ||
		    (captured.text[i] >= ' ' && captured.text[i] < 0x7f));
	free(captured.text);
}

static void
the_table_is_aligned_and_its_total_set_off(void **state)
{
	static const ReportColumn columns[] = { { "table", REPORT_TEXT },
		{ "rows", REPORT_COUNT }, { "size", REPORT_BYTES },
		{ "time", REPORT_SECONDS } };
	static const ReportCell cells[] = {
		{ "users", 0 },
		{ NULL, 5 },
		{ NULL, 1023 },
		{ NULL, 1234 },
		{ "\xc3\xa9v\xc3\xa9nements", 0 },
		{ NULL, 14000000 },
		{ NULL, 1536 },
		{ NULL, 185000 },
		{ "total", 0 },
		{ NULL, 14000005 },
		{ NULL, 5368709120 },
		{ NULL, 3723000 },
	};
	Captured captured;

	(void)state;
	begin(&captured, &(ReportOptions){ 0 });
	report_table(&captured.report, columns, 4, cells, 3);
	expect(&captured,
	    "table             rows     size     time\n"
	    "----------  ----------  -------  -------\n"
	    "users                5   1023 B    1.2 s\n"
	    "\xc3\xa9v\xc3\xa9nements  14,000,000  1.5 KiB     3:05\n"
	    "----------  ----------  -------  -------\n"
	    "total       14,000,005  5.0 GiB  1:02:03\n");
	begin(&captured, &(ReportOptions){ .quiet = true });
	report_table(&captured.report, columns, 4, cells, 3);
	expect(&captured, "");
	begin(&captured, &(ReportOptions){ .json = true });
	report_table(&captured.report, columns, 2, cells, 1);
	report_table(&captured.report, columns, 4, cells, 2);
	expect(&captured,
	    "{\"event\":\"summary\",\"program\":\"litehaul-test\",\"rows\":[],"
	    "\"total\":{\"table\":\"users\",\"rows\":5}}\n"
	    "{\"event\":\"summary\",\"program\":\"litehaul-test\",\"rows\":["
	    "{\"table\":\"users\",\"rows\":5,\"size\":1023,\"time\":1234}],"
	    "\"total\":{\"table\":\"\xc3\xa9v\xc3\xa9nements\","
	    "\"rows\":14000000,\"size\":1536,\"time\":185000}}\n");
}

static void
counts_have_separators(void **state)
{
	static const ReportColumn columns[] = { { "n", REPORT_COUNT } };
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = { { 0, "n\n-\n0\n" }, { 999, "  n\n---\n999\n" },
		{ 1000, "    n\n-----\n1,000\n" },
		{ 123456, "      n\n-------\n123,456\n" } };
	Captured captured;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ReportCell cell = { NULL, cases[i].value };

		begin(&captured, &(ReportOptions){ 0 });
		report_table(&captured.report, columns, 1, &cell, 1);
		expect(&captured, cases[i].text);
	}
}

static void
progress_waits_a_second_and_tells_rates(void **state)
{
	static const ReportOptions always = { .progress = REPORT_ALWAYS };
	static const ReportOptions json = { .progress = REPORT_ALWAYS,
		.json = true };
	Captured captured;

	(void)state;
	begin(&captured, &always);
	report_phase(&captured.report, "load", 4000000, 0);
	report_progress(&captured.report, "orders", 1000000, 5000000, 0);
	/* Ten seconds later, and at once again. */
	captured.report.phase_ms -= 10000;
	report_progress(&captured.report, "orders", 0, 0, 0);
	report_progress(&captured.report, "orders", 1, 1, 0);
	fclose(captured.report.out);
	captured.text[strcspn(captured.text, "\n") + 1] = '\0';
	assert_non_null(strstr(
	    captured.text, "litehaul-test: load  orders  1,000,000 rows  "));
	assert_non_null(strstr(captured.text, " rows/s  "));
	assert_non_null(strstr(captured.text, " MB/s  25%  ETA 0:"));
	free(captured.text);
	begin(&captured, &always);
	report_phase(&captured.report, "indexes", 0, 8);
	captured.report.phase_ms -= 2000;
	report_progress(&captured.report, "by_name", 0, 0, 2);
	expect(&captured,
	    "litehaul-test: indexes  by_name  2 of 8  25%  ETA 0:06\n");
	begin(&captured, &json);
	report_phase(&captured.report, "load", 9, 0);
	captured.report.phase_ms -= 2000;
	report_progress(&captured.report, "t", 3, 4, 0);
	fclose(captured.report.out);
	assert_non_null(strstr(captured.text,
	    "\"phase\":\"load\",\"current\":\"t\",\"rows\":3,"
	    "\"total_rows\":9,\"bytes\":4,"));
	free(captured.text);
}

static void
progress_without_a_terminal_is_not_shown_unless_asked_for(void **state)
{
	Captured captured;

	(void)state;
	begin(&captured,
	    &(ReportOptions){ .quiet = true, .progress = REPORT_ALWAYS });
	report_phase(&captured.report, "load", 1, 0);
	captured.report.phase_ms -= 5000;
	report_progress(&captured.report, "t", 1, 1, 0);
	expect(&captured, "");
	begin(&captured, &(ReportOptions){ .progress = REPORT_NEVER });
	report_phase(&captured.report, "load", 1, 0);
	captured.report.phase_ms -= 5000;
	report_progress(&captured.report, "t", 1, 1, 0);
	expect(&captured, "");
}

static void
a_terminal_line_is_redrawn_and_wiped(void **state)
{
	Captured captured;

	(void)state;
	begin(&captured, &(ReportOptions){ .progress = REPORT_ALWAYS });
	captured.report.terminal = true;
	report_phase(&captured.report, "keys", 0, 8);
	captured.report.phase_ms -= 2000;
	report_progress(&captured.report, "abcdef", 0, 0, 8);
	captured.report.shown_ms -= 1000;
	report_progress(&captured.report, "a", 0, 0, 0);
	report_note(&captured.report, "x");
	report_end(&captured.report);
	expect(&captured,
	    "\rkeys  abcdef  8 of 8  100%  ETA 0:00"
	    "\rkeys  a  8 of 8  100%  ETA 0:00     "
	    "\r                                    \r"
	    "litehaul-test: x\n");
}

static void
a_long_line_does_not_wrap(void **state)
{
	char name[300];
	Captured captured;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	name[sizeof(name) - 2] = (char)0x80;
	begin(&captured, &(ReportOptions){ .progress = REPORT_ALWAYS });
	captured.report.terminal = true;
	report_phase(&captured.report, "load", 0, 1);
	captured.report.phase_ms -= 2000;
	report_progress(&captured.report, name, 0, 0, 0);
	fclose(captured.report.out);
	assert_int_equal(captured.size, 80);
	free(captured.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    notes_warnings_and_errors_are_said_as_asked_for),
		cmocka_unit_test(a_reader_that_went_away_is_no_news),
		cmocka_unit_test(no_control_character_gets_out),
		cmocka_unit_test(the_table_is_aligned_and_its_total_set_off),
		cmocka_unit_test(counts_have_separators),
		cmocka_unit_test(progress_waits_a_second_and_tells_rates),
		cmocka_unit_test(
		    progress_without_a_terminal_is_not_shown_unless_asked_for),
		cmocka_unit_test(a_terminal_line_is_redrawn_and_wiped),
		cmocka_unit_test(a_long_line_does_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
