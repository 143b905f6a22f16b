#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/findings.h"

static void
check(const Column *column, const ColumnProfile *profile,
    const char *const *expected, size_t n_expected)
{
	const char **lines = NULL;
	Arena arena = { 0 };
	size_t n = 0;
	Error err;

	assert_true(findings_list(column, profile, &arena, &lines, &n, &err));
	for (size_t i = 0; i < n && i < n_expected; i++)
		assert_string_equal(lines[i], expected[i]);
	assert_int_equal(n, n_expected);
	arena_free(&arena);
}

static void
a_stray_text_is_named_with_its_rowid(void **state)
{
	const Column column = { .name = "age",
		.declared = "INTEGER",
		.affinity = AFFINITY_INTEGER };
	const Counter stray = { .row = 16,
		.has_rowid = true,
		.rowid = 17,
		.class = VALUE_TEXT,
		.text = "N/A" };
	const ColumnProfile profile = {
		.classes = { [VALUE_NULL] = 12,
		    [VALUE_INTEGER] = 43868,
		    [VALUE_TEXT] = 3 },
		.integer_min = 1,
		.integer_max = 90,
		.text_bytes_max = 3,
		.text_characters_max = 3,
		.integer_01 = 40,
		.fits = { [FITS_BOOLEAN] = 40,
		    [FITS_BIGINT] = 43868,
		    [FITS_DOUBLE] = 43868,
		    [FITS_NUMERIC] = 43868,
		    [FITS_TEXT] = 3 },
		.counter = { [FITS_BOOLEAN] = { .row = 2,
				 .class = VALUE_INTEGER,
				 .text = "2" },
		    [FITS_BIGINT] = stray,
		    [FITS_DOUBLE] = stray,
		    [FITS_NUMERIC] = stray },
		.first = { .row = 1, .class = VALUE_INTEGER, .text = "1" },
	};
	static const char *const expected[] = {
		"12 null, 43,868 integer (1 to 90), 3 text (at most 3 "
		"characters, 3 bytes)",
		"boolean: 40 of 43,871 fit, first other '2' (integer) at row 2",
		"bigint: 43,868 of 43,871 fit, first other 'N/A' (text) at "
		"rowid 17",
		"0 and 1: 40 integer",
	};

	(void)state;
	check(&column, &profile, expected, 4);
}

static void
everything_that_is_counted_is_told(void **state)
{
	const Column column = { .name = "x", .declared = "" };
	const ColumnProfile profile = {
		.classes = { [VALUE_TEXT] = 20, [VALUE_BLOB] = 2 },
		.text_bytes_max = 40,
		.text_characters_max = 39,
		.blob_bytes_max = 16,
		.empty = 1,
		.blanks = 1200,
		.json_nul = 1,
		.odd_first = { [ODD_EMPTY] = { .row = 3,
				   .class = VALUE_TEXT,
				   .text = "" } },
		.text_01 = 2,
		.text_integers = 4,
		.text_decimals = 1,
		.dates = 1,
		.zoned = 2,
		.uuids = { [UUID_UPPER] = 3, [UUID_BLOB] = 2 },
		.json_objects = 2,
		.json_scalars = 1,
		.fits = { [FITS_JSON] = 3, [FITS_JSONB] = 2, [FITS_TEXT] = 20 },
		.counter = { [FITS_JSON] = { .row = 1,
				 .class = VALUE_TEXT,
				 .text = "a" },
		    [FITS_JSONB] = { .row = 1,
			.class = VALUE_TEXT,
			.text = "a" } },
		.first = { .row = 1, .class = VALUE_TEXT, .text = "a" },
	};
	static const char *const expected[] = {
		"20 text (at most 39 characters, 40 bytes), 2 blob (at most "
		"16 bytes)",
		"json: 3 of 22 fit, first other 'a' (text) at row 1",
		"jsonb: 2 of 22 fit, first other 'a' (text) at row 1",
		"0 and 1: 2 text",
		"numbers in text: 4 integers, 1 decimals",
		"dates and times: 1 dates alone, 2 with a zone",
		"uuids: 3 upper, 2 blob",
		"json: 2 objects, 1 scalars",
		"texts: 1 empty, first '' (text) at row 3",
		"texts: 1,200 begin or end with a blank",
		"texts: 1 are JSON with \\u0000, which jsonb refuses",
	};

	(void)state;
	check(&column, &profile, expected, 11);
}

static void
an_epoch_is_told_with_its_years(void **state)
{
	const Column column = { .name = "at", .declared = "DATETIME" };
	const ColumnProfile profile = {
		.classes = { [VALUE_INTEGER] = 9 },
		.integer_min = 1262304000123,
		.integer_max = 1735689600123,
		.fits = { [FITS_BIGINT] = 9,
		    [FITS_DOUBLE] = 9,
		    [FITS_NUMERIC] = 9,
		    [FITS_UNIX_MS] = 9 },
		.counter = { [FITS_TIMESTAMP] = { .row = 1,
				 .class = VALUE_INTEGER,
				 .text = "1262304000123" } },
		.first = { .row = 1, .class = VALUE_INTEGER, .text = "" },
	};
	static const char *const expected[] = {
		"9 integer (1262304000123 to 1735689600123)",
		/* what the declared type suggests, though nothing fits */
		"timestamp: 0 of 9 fit, first other '1262304000123' (integer) "
		"at row 1",
		"unix_ms, Unix milliseconds (2010 to 2025): all 9 fit",
	};

	(void)state;
	check(&column, &profile, expected, 3);
}

static void
no_evidence_and_no_rows_are_said(void **state)
{
	const Column column = { .name = "x", .declared = "TEXT" };
	const ColumnProfile empty = { 0 };
	static const char *const none[] = { "no evidence" };
	static const char *const no_rows[] = { "no rows" };

	(void)state;
	check(&column, NULL, none, 1);
	check(&column, &empty, no_rows, 1);
}

static void
control_characters_are_escaped(void **state)
{
	const Counter counter = { .row = 9,
		.class = VALUE_TEXT,
		.text = "a\x1b[2J\n\x7f \xc2\x9b \xc3\xa9 \xc2\xa0 \xc2" };
	Arena arena = { 0 };
	Error err;

	(void)state;
	assert_string_equal(findings_value(&counter, &arena, &err),
	    "'a\\x1b[2J\\n\\x7f \\xc2\\x9b \xc3\xa9 \xc2\xa0 \xc2' (text) at "
	    "row 9");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stray_text_is_named_with_its_rowid),
		cmocka_unit_test(everything_that_is_counted_is_told),
		cmocka_unit_test(an_epoch_is_told_with_its_years),
		cmocka_unit_test(no_evidence_and_no_rows_are_said),
		cmocka_unit_test(control_characters_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
