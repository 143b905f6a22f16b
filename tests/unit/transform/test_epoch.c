#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/epoch.h"

/* Integers that all are of 1980 to 2100 by these epochs. */
static ColumnProfile
integers(int64_t min, int64_t max, uint64_t values)
{
	return (ColumnProfile){
		.classes = { [VALUE_INTEGER] = values },
		.integer_min = min,
		.integer_max = max,
		.first = { .row = 1, .class = VALUE_INTEGER, .text = "" },
	};
}

static const char *
describe(const ColumnProfile *profile, Arena *arena)
{
	EpochCandidate list[FITS_EPOCHS];
	size_t n = epoch_list(profile, list);
	Error err;

	return epoch_describe(list, n, arena, &err);
}

static void
ambiguous_seconds_are_listed_with_their_years(void **state)
{
	ColumnProfile profile = integers(1262304000, 1735689600, 9);
	EpochCandidate list[FITS_EPOCHS];
	Arena arena = { 0 };

	(void)state;
	profile.fits[FITS_UNIX_S] = profile.fits[FITS_COCOA] = 9;
	assert_int_equal(epoch_list(&profile, list), 2);
	assert_int_equal(list[0].conversion, CONVERSION_UNIX_S);
	assert_int_equal(list[0].first_year, 2010);
	assert_int_equal(list[0].last_year, 2025);
	assert_true(list[0].all);
	assert_null(list[0].counter);
	assert_int_equal(list[1].conversion, CONVERSION_COCOA);
	assert_string_equal(describe(&profile, &arena),
	    "Unix seconds (2010 to 2025) or Cocoa seconds (2041 to 2056)");
	arena_free(&arena);
}

static void
one_value_outside_is_named(void **state)
{
	ColumnProfile profile = integers(0, 1735689600123, 9);
	EpochCandidate list[FITS_EPOCHS];

	(void)state;
	profile.fits[FITS_UNIX_MS] = 8;
	profile.counter[FITS_UNIX_MS] =
	    (Counter){ .row = 3, .class = VALUE_INTEGER, .text = "0" };
	assert_int_equal(epoch_list(&profile, list), 1);
	assert_int_equal(list[0].conversion, CONVERSION_UNIX_MS);
	assert_false(list[0].all);
	assert_int_equal(list[0].fits, 8);
	assert_int_equal(list[0].counter->row, 3);
	assert_int_equal(list[0].first_year, 1970);
}

static void
half_of_the_values_are_too_few(void **state)
{
	ColumnProfile profile = integers(1, 1735689600123, 10);
	EpochCandidate list[FITS_EPOCHS];

	(void)state;
	profile.fits[FITS_UNIX_MS] = 5;
	assert_int_equal(epoch_list(&profile, list), 0);
	profile.fits[FITS_UNIX_MS] = 6;
	assert_int_equal(epoch_list(&profile, list), 1);
}

static void
numbers_in_text_have_no_years(void **state)
{
	ColumnProfile profile = {
		.classes = { [VALUE_TEXT] = 2 },
		.fits = { [FITS_UNIX_MS] = 2 },
		.first = { .row = 1, .class = VALUE_TEXT, .text = "" },
	};
	Arena arena = { 0 };

	(void)state;
	assert_string_equal(describe(&profile, &arena), "Unix milliseconds");
	arena_free(&arena);
}

static void
reals_have_years_too(void **state)
{
	ColumnProfile profile = {
		.classes = { [VALUE_REAL] = 2 },
		.real_min = 2455197.5,
		.real_max = 2460676.5,
		.fits = { [FITS_JULIAN] = 2 },
		.first = { .row = 1, .class = VALUE_REAL, .text = "" },
	};
	Arena arena = { 0 };

	(void)state;
	assert_string_equal(
	    describe(&profile, &arena), "Julian days (2010 to 2025)");
	profile.real_max = 1e300;
	assert_string_equal(describe(&profile, &arena), "Julian days");
	arena_free(&arena);
}

static void
evidence_without_epochs_is_judged_by_its_range(void **state)
{
	ColumnProfile profile = integers(1262304000123, 1735689600123, 9);
	EpochCandidate list[FITS_EPOCHS];

	(void)state;
	profile.first.row = 0;
	assert_int_equal(epoch_list(&profile, list), 1);
	assert_int_equal(list[0].conversion, CONVERSION_UNIX_MS);
	assert_true(list[0].all);
	assert_int_equal(list[0].fits, 0);
	/* 1975: plausible, but not of 1980 on */
	profile.integer_min = 157766400000;
	assert_int_equal(epoch_list(&profile, list), 1);
	assert_false(list[0].all);
	profile.classes[VALUE_TEXT] = 1;
	assert_int_equal(epoch_list(&profile, list), 0);
}

static void
nothing_is_no_epoch(void **state)
{
	ColumnProfile profile = { .classes = { [VALUE_NULL] = 5 } };
	EpochCandidate list[FITS_EPOCHS];
	Arena arena = { 0 };

	(void)state;
	assert_int_equal(epoch_list(&profile, list), 0);
	assert_string_equal(describe(&profile, &arena), "");
	arena_free(&arena);
}

static void
the_words_are_those_of_the_evidence(void **state)
{
	ColumnProfile profile = integers(1, 2, 1);
	EpochCandidate list[FITS_EPOCHS];
	size_t i;

	(void)state;
	for (i = 0; i < FITS_EPOCHS; i++)
		profile.fits[FITS_EPOCH_FIRST + i] = 1;
	assert_int_equal(epoch_list(&profile, list), FITS_EPOCHS);
	for (i = 0; i < FITS_EPOCHS; i++)
		assert_string_equal(conversion_name(list[i].conversion),
		    profile_fits_name((Fits)(FITS_EPOCH_FIRST + i)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ambiguous_seconds_are_listed_with_their_years),
		cmocka_unit_test(one_value_outside_is_named),
		cmocka_unit_test(half_of_the_values_are_too_few),
		cmocka_unit_test(numbers_in_text_have_no_years),
		cmocka_unit_test(reals_have_years_too),
		cmocka_unit_test(
		    evidence_without_epochs_is_judged_by_its_range),
		cmocka_unit_test(nothing_is_no_epoch),
		cmocka_unit_test(the_words_are_those_of_the_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
