#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/reason.h"

static void
check(const Reason *reason, const char *sentence, const char *note)
{
	const char *got = NULL, *told = NULL;
	Arena arena = { 0 };
	Error err;

	assert_true(reason_give(reason, &arena, &got, &told, &err));
	assert_string_equal(got, sentence);
	if (note == NULL)
		assert_null(told);
	else
		assert_string_equal(told, note);
	arena_free(&arena);
}

static void
counts_have_thousands_separators(void **state)
{
	char text[REASON_COUNT_BYTES];

	(void)state;
	assert_string_equal(reason_count(0, text), "0");
	assert_string_equal(reason_count(999, text), "999");
	assert_string_equal(reason_count(1000, text), "1,000");
	assert_string_equal(
	    reason_count(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

static const Column moment = { .name = "at", .declared = "DATETIME" };

static ColumnProfile
milliseconds(void)
{
	return (ColumnProfile){
		.classes = { [VALUE_INTEGER] = 9 },
		.integer_min = 1262304000123,
		.integer_max = 1735689600123,
		.fits = { [FITS_BIGINT] = 9, [FITS_UNIX_MS] = 9 },
		.counter = { [FITS_TIMESTAMP] = { .row = 1,
				 .class = VALUE_INTEGER,
				 .text = "1262304000123" } },
		.first = { .row = 1,
		    .class = VALUE_INTEGER,
		    .text = "1262304000123" },
	};
}

static void
one_epoch_is_told_with_what_would_convert_it(void **state)
{
	const ColumnProfile profile = milliseconds();
	const Reason reason = { .column = &moment,
		.profile = &profile,
		.family = DECLARED_TIMESTAMP,
		.wanted = { .name = TYPE_TIMESTAMPTZ },
		.type = { .name = TYPE_BIGINT } };
	const char *sentence =
	    "declared DATETIME, 9 of 9 values are not timestamp with time "
	    "zone, "
	    "first "
	    "'1262304000123' (integer) at row 1; becomes bigint; may count "
	    "Unix milliseconds (2010 to 2025), using: unix_ms";

	(void)state;
	check(&reason, sentence, sentence);
}

static void
two_epochs_are_ambiguous(void **state)
{
	ColumnProfile profile = milliseconds();
	const Reason reason = { .column = &moment,
		.profile = &profile,
		.family = DECLARED_TIMESTAMP,
		.wanted = { .name = TYPE_TIMESTAMPTZ },
		.type = { .name = TYPE_BIGINT } };
	const char *sentence =
	    "declared DATETIME, 9 of 9 values are not timestamp with time "
	    "zone, "
	    "first "
	    "'1262304000123' (integer) at row 1; becomes bigint; may count "
	    "Unix seconds (2010 to 2025) or Cocoa seconds (2041 to 2056): "
	    "ambiguous, so left as it is";

	(void)state;
	profile.integer_min /= 1000;
	profile.integer_max /= 1000;
	profile.fits[FITS_UNIX_MS] = 0;
	profile.fits[FITS_UNIX_S] = profile.fits[FITS_COCOA] = 9;
	check(&reason, sentence, sentence);
}

static void
text_that_will_be_set_aside_is_told_with_its_rowid(void **state)
{
	const Column column = { .name = "x", .declared = "TEXT" };
	const ColumnProfile profile = {
		.classes = { [VALUE_TEXT] = 2000 },
		.nul = 1,
		.invalid_utf8 = 1200,
		.fits = { [FITS_TEXT] = 799 },
		.odd_first = { [ODD_NUL] = { .row = 3,
				   .has_rowid = true,
				   .rowid = 7,
				   .class = VALUE_TEXT,
				   .text = "a?b" } },
	};
	const Reason reason = { .column = &column,
		.profile = &profile,
		.family = DECLARED_TEXT,
		.wanted = { .name = TYPE_TEXT },
		.type = { .name = TYPE_TEXT } };

	(void)state;
	check(&reason, "declared TEXT, all 2,000 values fit text",
	    "1 value with a NUL, first 'a?b' (text) at rowid 7, and 1,200 "
	    "values not in UTF-8 will be set aside");
}

static void
without_evidence_the_declared_type_decides(void **state)
{
	const Reason reason = { .column = &moment,
		.family = DECLARED_TIMESTAMP,
		.wanted = { .name = TYPE_TIMESTAMPTZ },
		.type = { .name = TYPE_TIMESTAMPTZ } };

	(void)state;
	check(
	    &reason, "declared DATETIME; without evidence this decides", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_have_thousands_separators),
		cmocka_unit_test(one_epoch_is_told_with_what_would_convert_it),
		cmocka_unit_test(two_epochs_are_ambiguous),
		cmocka_unit_test(
		    text_that_will_be_set_aside_is_told_with_its_rowid),
		cmocka_unit_test(without_evidence_the_declared_type_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
