#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "export/fit.h"
#include "formats/datetime.h"
#include "formats/literal.h"
#include "formats/number.h"
#include "formats/utf8.h"
#include "tests/unit/values.h"

static uint64_t
marks_of(Value value, const char *declared)
{
	Column schema = { .declared = declared };
	ColumnProfile profile;
	FitColumn column;

	fit_begin(&column, &profile, &schema);
	return fit_value(&column, &profile, &value, false);
}

static unsigned
fits_of(Value value, bool json)
{
	return (unsigned)(marks_of(value, json ? "JSON" : "") & FIT_ALL);
}

#define B(name) (unsigned)FIT_BIT(FITS_##name)

static void
each_number_and_blob_fits_what_profile_h_says(void **state)
{
	const unsigned whole = B(BIGINT) | B(NUMERIC);
	const struct {
		Value value;
		unsigned fits;
	} cases[] = {
		{ integer(0), whole | B(BOOLEAN) | B(DOUBLE) },
		{ integer(1), whole | B(BOOLEAN) | B(DOUBLE) },
		{ integer(2), whole | B(DOUBLE) },
		{ integer((int64_t)1 << 53), whole | B(DOUBLE) },
		{ integer(((int64_t)1 << 53) + 1), whole },
		{ integer(INT64_MIN), whole },
		{ real(5.0), B(BIGINT) | B(DOUBLE) | B(NUMERIC) },
		{ real(-0.0), B(DOUBLE) | B(NUMERIC) },
		{ real(0.5), B(DOUBLE) | B(NUMERIC) },
		{ real(0x1p63), B(DOUBLE) | B(NUMERIC) },
		{ real(-0x1p63), B(BIGINT) | B(DOUBLE) | B(NUMERIC) },
		{ real(1e308 * 10), B(DOUBLE) },
		{ real(2460000.25),
		    B(DOUBLE) | B(NUMERIC) | B(TIMESTAMP) | B(JULIAN) },
		{ real(2415020.5), B(DOUBLE) | B(NUMERIC) | B(TIMESTAMP) },
		{ real(2415020.25), B(DOUBLE) | B(NUMERIC) },
		{ { .class = VALUE_NULL }, 0 },
		{ { .class = VALUE_BLOB,
		      .size = 16,
		      .bytes = (const uint8_t *)"0123456789abcdef" },
		    B(UUID) },
		{ { .class = VALUE_BLOB,
		      .size = 1,
		      .bytes = (const uint8_t *)"1" },
		    0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(fits_of(cases[i].value, false), cases[i].fits);
}

/* What each text fits; all but the invalid are TEXT too. */
static const struct {
	const char *text;
	unsigned fits;
} texts[] = {
	{ "", B(TEXT) },
	{ "hello", B(TEXT) },
	{ "true", B(TEXT) | B(BOOLEAN) },
	{ "F", B(TEXT) | B(BOOLEAN) },
	{ " yes ", B(TEXT) | B(BOOLEAN) },
	{ "1", B(TEXT) | B(BOOLEAN) | B(BIGINT) | B(DOUBLE) | B(NUMERIC) },
	{ "12", B(TEXT) | B(BIGINT) | B(DOUBLE) | B(NUMERIC) },
	{ "007", B(TEXT) | B(DOUBLE) | B(NUMERIC) },
	{ "123456789012345.6", B(TEXT) | B(NUMERIC) },
	{ "Infinity", B(TEXT) | B(DOUBLE) },
	{ "-Infinity", B(TEXT) | B(DOUBLE) },
	{ "2024-02-29", B(TEXT) | B(DATE) | B(TIMESTAMP) },
	{ "2023-02-29", B(TEXT) },
	{ "2024-02-29 00:00:00", B(TEXT) | B(DATE) | B(TIMESTAMP) },
	{ "2024-02-29T00:00Z", B(TEXT) | B(TIMESTAMP) },
	{ "2024-02-29 13:05", B(TEXT) | B(TIMESTAMP) },
	{ "13:05", B(TEXT) | B(TIME) },
	{ "6ba7b810-9dad-11d1-80b4-00c04fd430c8", B(TEXT) | B(UUID) },
	{ "{6BA7B8109DAD11D180B400C04FD430C8}", B(TEXT) | B(UUID) },
	{ " {\"a\": [1]}", B(TEXT) | B(JSON) | B(JSONB) },
	{ "{\"a\": \"\\u0000\"}", B(TEXT) | B(JSON) },
	{ "{a: 1}", B(TEXT) },
	{ "\"word\"", B(TEXT) },
	{ "\xff", 0 },
};

static void
each_text_fits_what_profile_h_says(void **state)
{
	unsigned fits;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		fits = fits_of(text(texts[i].text), false);
		if (fits != texts[i].fits)
			fail_msg("\"%s\" fits %#x, not %#x", texts[i].text,
			    fits, texts[i].fits);
	}
}

static void
scalars_are_json_only_in_a_json_column(void **state)
{
	(void)state;
	assert_int_equal(
	    fits_of(text("\"word\""), true), B(TEXT) | B(JSON) | B(JSONB));
	assert_int_equal(fits_of(text("\"word\""), false), B(TEXT));
}

static void
digits_of_reals_are_those_of_their_shortest_text(void **state)
{
	static const struct {
		double value;
		unsigned integral, scale;
	} cases[] = {
		{ 12.34, 2, 2 },
		{ 0.1, 0, 1 },
		{ 5, 1, 1 },
		{ -123456.7891, 6, 4 },
		{ 1e12 + 0.5, 13, 1 },
		{ 0.123456789, 0, 9 },
	};
	const Column schema = { .declared = "NUMERIC",
		.affinity = AFFINITY_NUMERIC };
	FitColumn column;
	ColumnProfile profile;
	Value value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fit_begin(&column, &profile, &schema);
		value = real(cases[i].value);
		(void)fit_value(&column, &profile, &value, false);
		assert_int_equal(
		    profile.integral_digits_max, cases[i].integral);
		assert_int_equal(profile.scale_max, cases[i].scale);
	}
}

/* The same digits one after another: what has been measured is skipped. */
static void
digits_grow_with_the_values(void **state)
{
	static const double values[] = { 0.5, 7.25, 3, 99.99, 10.125, 0.1 };
	const Column schema = { .declared = "NUMERIC",
		.affinity = AFFINITY_NUMERIC };
	static const unsigned integral[] = { 0, 1, 1, 2, 2, 2 };
	static const unsigned scale[] = { 1, 2, 2, 2, 3, 3 };
	ColumnProfile profile;
	FitColumn column;
	Value value;

	(void)state;
	fit_begin(&column, &profile, &schema);
	for (size_t i = 0; i < 6; i++) {
		value = real(values[i]);
		(void)fit_value(&column, &profile, &value, false);
		assert_int_equal(profile.integral_digits_max, integral[i]);
		assert_int_equal(profile.scale_max, scale[i]);
	}
}

/* The first and last count of each epoch, and their neighbours outside. */
static const struct {
	Fits fits;
	int64_t first, last;
} epochs[] = {
	{ FITS_UNIX_S, 315532800, 4133980799 },
	{ FITS_UNIX_MS, 315532800000, 4133980799999 },
	{ FITS_UNIX_US, 315532800000000, 4133980799999999 },
	{ FITS_UNIX_NS, 315532800000000000, 4133980799999999999 },
	{ FITS_COCOA, 31536000, 3155673599 },
	{ FITS_WEBKIT, 11960006400000000, 15778454399999999 },
	{ FITS_FILETIME, 119600064000000000, 157784543999999999 },
	{ FITS_JULIAN, 2444240, 2488434 },
};

static bool
counts(Value value, Fits fits)
{
	return (marks_of(value, "") & FIT_BIT(fits)) != 0;
}

static void
epochs_count_the_years_1980_to_2100(void **state)
{
	char number[32];

	(void)state;
	for (size_t i = 0; i < sizeof(epochs) / sizeof(epochs[0]); i++) {
		const Fits fits = epochs[i].fits;

		assert_true(counts(integer(epochs[i].first), fits));
		assert_true(counts(integer(epochs[i].last), fits));
		assert_false(counts(integer(epochs[i].first - 1), fits));
		assert_false(counts(integer(epochs[i].last + 1), fits));
		(void)snprintf(
		    number, sizeof(number), "%lld", (long long)epochs[i].first);
		assert_true(counts(text(number), fits));
		(void)snprintf(number, sizeof(number), "%lld",
		    (long long)epochs[i].last + 1);
		assert_false(counts(text(number), fits));
	}
	assert_true(counts(real(1700000000.25), FITS_UNIX_S));
	assert_true(counts(real(1700000000.25), FITS_COCOA));
	assert_false(counts(real(1700000000000.0), FITS_UNIX_MS));
	assert_true(counts(real(2444239.5), FITS_JULIAN));
	assert_false(counts(real(2488434.5), FITS_JULIAN));
}

/* Integers in any order have the marks they have alone. */
static void
the_order_of_integers_changes_nothing(void **state)
{
	static const int64_t ends[] = { 0, 1, 2, -1, INT64_MIN, INT64_MAX,
		(int64_t)1 << 53, ((int64_t)1 << 53) + 1, 315532799, 1700000000,
		1700000000000, 2451545 };
	const Column schema = { .declared = "" };
	const unsigned seed = (unsigned)time(NULL);
	ColumnProfile profile;
	FitColumn column;
	Value value;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	fit_begin(&column, &profile, &schema);
	for (int i = 0; i < 20000; i++) {
		value = integer(ends[rand() % 12]);
		if (rand() % 2 == 0)
			value.integer ^= rand() % 4;
		assert_true(fit_value(&column, &profile, &value, false) ==
		    marks_of(value, ""));
	}
}

static void
every_spelling_of_a_uuid_is_told_apart(void **state)
{
	static const struct {
		const char *text;
		UuidSpelling spelling;
	} cases[] = {
		{ "6ba7b810-9dad-11d1-80b4-00c04fd430c8", UUID_LOWER },
		{ "00000000-0000-0000-0000-000000000000", UUID_LOWER },
		{ "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", UUID_UPPER },
		{ "6BA7B810-9dad-11d1-80b4-00c04fd430c8", UUID_OTHER },
		{ "6ba7b810-9dad-11d1-80b4-00c04fd430cF", UUID_OTHER },
		{ "6ba7b8109dad11d180b400c04fd430c8", UUID_BARE },
		{ "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", UUID_BRACED },
		{ "6ba7-b810-9dad-11d1-80b4-00c0-4fd4-30c8", UUID_OTHER },
	};
	size_t i;
	uint64_t uuids =
	    FIT_MARK(MARK_UUID + UUID_SPELLINGS) - FIT_MARK(MARK_UUID);

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true((marks_of(text(cases[i].text), "") & uuids) ==
		    FIT_MARK(MARK_UUID + cases[i].spelling));
}

static void
json_is_counted_by_what_it_is(void **state)
{
	(void)state;
	assert_true(
	    (marks_of(text("{}"), "") & FIT_MARK(MARK_JSON_OBJECT)) != 0);
	assert_true(
	    (marks_of(text(" []"), "") & FIT_MARK(MARK_JSON_ARRAY)) != 0);
	assert_true(
	    (marks_of(text("12"), "json") & FIT_MARK(MARK_JSON_SCALAR)) != 0);
	assert_true(
	    (marks_of(text("[\"\\u0000\"]"), "") & FIT_ODD(ODD_JSON_NUL)) != 0);
	/* the escape of a backslash, and u0000 */
	assert_true((marks_of(text("[\"\\\\u0000\"]"), "") &
			FIT_ODD(ODD_JSON_NUL)) == 0);
	/* what jsonb refuses for another reason */
	assert_true(
	    (marks_of(text("[\"\\ud800\"]"), "") & FIT_ODD(ODD_JSON_NUL)) == 0);
}

/* What the recognisers say when each is asked of every text. */
static unsigned
asked_of_all(const uint8_t *bytes, size_t size)
{
	unsigned fits = utf8_is_text(bytes, size) ? B(TEXT) : 0;
	unsigned integral, scale;
	uint8_t uuid[16], top;
	DateTime moment;
	int64_t number;
	bool boolean;

	if (size == 0)
		return fits;
	if (literal_boolean(bytes, size, &boolean))
		fits |= B(BOOLEAN);
	if (literal_numeric(bytes, size, &integral, &scale))
		fits |= B(NUMERIC);
	if (number_read_integer(bytes, size, &number))
		fits |= B(BIGINT);
	if (literal_uuid(bytes, size, uuid))
		fits |= B(UUID);
	if (datetime_parse(bytes, size, &moment)) {
		fits |= moment.has_date ? B(TIMESTAMP) : B(TIME);
		if (moment.has_date && !moment.has_zone && moment.hour == 0 &&
		    moment.minute == 0 && moment.second == 0 &&
		    moment.microsecond == 0)
			fits |= B(DATE);
	}
	switch (literal_json(bytes, size, &top)) {
	case LITERAL_NOT_JSON:
		break;
	case LITERAL_JSONB:
		fits |= top == '{' || top == '[' ? B(JSONB) : 0;
		/* FALLTHROUGH */
	case LITERAL_JSON_ONLY:
		fits |= top == '{' || top == '[' ? B(JSON) : 0;
		break;
	}
	return fits;
}

/* First bytes and lengths rule nothing out that a recogniser takes. */
static void
no_short_cut_misses_what_a_recogniser_takes(void **state)
{
	static const char *const pieces[] = { "1", "0", "-", "+", ".", "e5",
		"2024-02-29", " ", "T", "13:05", ":07", "Z", "+02", "true", "f",
		"no", "{", "}", "[", "]", "\"a\":", "\"b\"", ",", "6ba7b810",
		"9dad", "11d1", "80b4", "00c04fd430c8", "\xc3\xa9", "\xff", "x",
		"00:00:00", "\t", "I" };
	const unsigned measured = B(TEXT) | B(BOOLEAN) | B(NUMERIC) |
	    B(BIGINT) | B(UUID) | B(TIMESTAMP) | B(TIME) | B(DATE) | B(JSON) |
	    B(JSONB);
	const unsigned seed = (unsigned)time(NULL);
	char bytes[256];
	unsigned fits, asked;
	Value value;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 60000; i++) {
		bytes[0] = '\0';
		for (int j = rand() % 7; j > 0; j--)
			strcat(bytes, pieces[rand() % 34]);
		value = text(bytes);
		fits = fits_of(value, false) & measured;
		asked = asked_of_all(value.bytes, value.size);
		if (fits != asked)
			fail_msg(
			    "\"%s\" fits %#x, not %#x", bytes, fits, asked);
	}
}

/* The marks of a moment as datetime_parse reads it. */
static uint64_t
marks_of_moment(const char *bytes)
{
	uint64_t marks = FIT_PROSE | FIT_BIT(FITS_TIMESTAMP);
	DateTime moment;

	if (!datetime_parse((const uint8_t *)bytes, strlen(bytes), &moment))
		return FIT_PROSE;
	if (moment.has_zone)
		return marks | FIT_MARK(MARK_ZONED);
	if (moment.hour == 0 && moment.minute == 0 && moment.second == 0 &&
	    moment.microsecond == 0)
		marks |= FIT_BIT(FITS_DATE);
	return marks | FIT_MARK(moment.has_time ? MARK_NAIVE : MARK_DATE);
}

static void
moments_are_marked_as_they_are_read(void **state)
{
	static const char *const tails[] = { "", "Z", ".5", ".000", ".123456Z",
		".1234567", ".1234560", ".", ".Z", "z", " Z", "+00:00", "-05",
		".25+02:00", "ZZ", "." };
	static const char odd[] = "/:09TtZ -";
	const unsigned seed = (unsigned)time(NULL);
	char bytes[64];
	uint64_t marks;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 60000; i++) {
		(void)snprintf(bytes, sizeof(bytes),
		    "%04d-%02d-%02d%c%02d:%02d:%02d%s",
		    rand() % 50 == 0 ? 0 : 1 + rand() % 9999, rand() % 14,
		    rand() % 33, rand() % 2 == 0 ? ' ' : 'T', rand() % 26,
		    rand() % 62, rand() % 62, tails[rand() % 16]);
		if (rand() % 4 == 0)
			memcpy(bytes + 11, "00:00:00", 8);
		if (rand() % 4 == 0)
			bytes[5 + rand() % 14] = odd[rand() % 9];
		marks = marks_of(text(bytes), "") & ~FIT_ODD(ODD_BLANKS);
		if (marks != marks_of_moment(bytes))
			fail_msg("\"%s\" is marked %#llx", bytes,
			    (unsigned long long)marks);
	}
}

/* JSON after JSON of its shape, or of another, has the marks it has alone. */
static void
the_order_of_json_changes_nothing(void **state)
{
	static const char *const values[] = { "{\"a\":1,\"b\":\"x\"}",
		"{\"a\":22,\"b\":\"\"}", "{\"a\":01,\"b\":\"\"}",
		"{\"a\":22,\"b\":\"\\u0000\"}", "[1,2,3,4]", "[1,2,3,null]",
		"{\"a\":22,\"b\":\"\xff\"}", "{\"a\":22,\"b\":\"\xc3\xa9\"}",
		"{\"a\":1,\"b\":\"x\"} ", "[1,2,3,1e400000]", "\"string\"",
		"123456789" };
	const Column schema = { .declared = "JSON" };
	const unsigned seed = (unsigned)time(NULL);
	ColumnProfile profile;
	FitColumn column;
	uint64_t marks;
	Value value;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 20000; i++) {
		if (i % 50 == 0)
			fit_begin(&column, &profile, &schema);
		value = text(values[rand() % 12 * (rand() % 3 != 0)]);
		marks = fit_value(&column, &profile, &value, false);
		if (marks != marks_of(value, "JSON"))
			fail_msg("%.*s is marked %#llx", (int)value.size,
			    (const char *)value.bytes,
			    (unsigned long long)marks);
	}
}

/* Prose after a longer text is not looked at; its marks are the same. */
static void
known_to_be_valid_or_not_the_marks_are_the_same(void **state)
{
	static const char *const values[] = { "a longer text than the others",
		"word", "status", "no", "nothing", "2024-02-29", "{}", "1",
		"\xc3\xa9t\xc3\xa9", "", " x", "x ",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "deadbeef", "x\n" };
	const Column schema = { .declared = "" };
	ColumnProfile one, other;
	FitColumn left, right;
	Value value;

	(void)state;
	fit_begin(&left, &one, &schema);
	fit_begin(&right, &other, &schema);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		value = text(values[i]);
		assert_true(fit_value(&left, &one, &value, true) ==
		    fit_value(&right, &other, &value, false));
	}
	assert_int_equal(one.text_bytes_max, other.text_bytes_max);
	assert_int_equal(one.text_characters_max, other.text_characters_max);
	assert_int_equal(one.text_characters_max, 36);
}

static void
marks_are_counted_where_they_belong(void **state)
{
	ColumnProfile profile = { 0 };

	(void)state;
	fit_count(&profile, marks_of(integer(1), ""), 3);
	fit_count(&profile, marks_of(real(2), ""), 4);
	fit_count(&profile, marks_of(text("1"), ""), 5);
	fit_count(&profile, marks_of(text(""), ""), 6);
	fit_count(&profile, FIT_NULL, 7);
	assert_int_equal(profile.classes[VALUE_NULL], 7);
	assert_int_equal(profile.classes[VALUE_INTEGER], 3);
	assert_int_equal(profile.classes[VALUE_REAL], 4);
	assert_int_equal(profile.classes[VALUE_TEXT], 11);
	assert_int_equal(profile.integer_01, 3);
	assert_int_equal(profile.text_01, 5);
	assert_int_equal(profile.real_integral, 4);
	assert_int_equal(profile.empty, 6);
	assert_int_equal(profile.fits[FITS_BOOLEAN], 8);
	assert_int_equal(profile.fits[FITS_BIGINT], 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_and_blob_fits_what_profile_h_says),
		cmocka_unit_test(each_text_fits_what_profile_h_says),
		cmocka_unit_test(scalars_are_json_only_in_a_json_column),
		cmocka_unit_test(
		    digits_of_reals_are_those_of_their_shortest_text),
		cmocka_unit_test(digits_grow_with_the_values),
		cmocka_unit_test(epochs_count_the_years_1980_to_2100),
		cmocka_unit_test(the_order_of_integers_changes_nothing),
		cmocka_unit_test(every_spelling_of_a_uuid_is_told_apart),
		cmocka_unit_test(json_is_counted_by_what_it_is),
		cmocka_unit_test(no_short_cut_misses_what_a_recogniser_takes),
		cmocka_unit_test(moments_are_marked_as_they_are_read),
		cmocka_unit_test(the_order_of_json_changes_nothing),
		cmocka_unit_test(
		    known_to_be_valid_or_not_the_marks_are_the_same),
		cmocka_unit_test(marks_are_counted_where_they_belong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
