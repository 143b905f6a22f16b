#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "export/evidence.h"

static Value
integer(int64_t value)
{
	return (Value){ .class = VALUE_INTEGER, .integer = value };
}

static Value
real(double value)
{
	return (Value){ .class = VALUE_REAL, .real = value };
}

static Value
text(const char *value)
{
	return (Value){ .class = VALUE_TEXT,
		.size = strlen(value),
		.bytes = (const uint8_t *)value };
}

static unsigned
fits_of(Value value, bool json)
{
	const FitColumn column = { .json = json };
	ColumnProfile profile = { 0 };

	profile.classes[value.class]++;
	return fit_value(&column, &profile, &value);
}

#define B(name) FIT_BIT(FITS_##name)

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
		{ real(2460000.25), B(DOUBLE) | B(NUMERIC) | B(TIMESTAMP) },
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
	const FitColumn column = { .scales = true };
	ColumnProfile profile;
	Value value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		profile = (ColumnProfile){ 0 };
		value = real(cases[i].value);
		(void)fit_value(&column, &profile, &value);
		assert_int_equal(
		    profile.integral_digits_max, cases[i].integral);
		assert_int_equal(profile.scale_max, cases[i].scale);
	}
}

#define ROWS    2000
#define COLUMNS 2

static void
fill(TableProfile *table, Arena *arena, size_t chunk, Value (*rows)[2],
    const int64_t *rowids)
{
	static Column columns[COLUMNS] = {
		{ .name = "a", .declared = "" },
		{ .name = "b",
		    .declared = "NUMERIC",
		    .affinity = AFFINITY_NUMERIC },
	};
	const Table schema = { .columns = columns, .n_columns = COLUMNS };
	Evidence evidence = { 0 };
	Error err;
	size_t i;

	table->n_columns = COLUMNS;
	table->columns =
	    arena_alloc(arena, COLUMNS, sizeof(*table->columns), &err);
	for (i = 0; i < ROWS; i++) {
		if (i % chunk == 0)
			assert_true(evidence_begin(&evidence, &schema, &err));
		assert_true(evidence_row(&evidence, rows[i], &rowids[i], &err));
		if (i % chunk == chunk - 1 || i == ROWS - 1)
			assert_true(
			    evidence_merge(table, &evidence, arena, &err));
	}
	evidence_free(&evidence);
}

static void
check_column(const ColumnProfile *one, const ColumnProfile *other)
{
	ColumnProfile left = *one, right = *other;
	size_t i;

	for (i = 0; i < FITS_COUNT; i++) {
		assert_int_equal(one->counter[i].row, other->counter[i].row);
		if (one->counter[i].row == 0)
			continue;
		assert_string_equal(
		    one->counter[i].text, other->counter[i].text);
		left.counter[i].text = right.counter[i].text = NULL;
	}
	assert_memory_equal(left.classes, right.classes, sizeof(left.classes));
	assert_memory_equal(left.fits, right.fits, sizeof(left.fits));
	assert_int_equal(left.integer_min, right.integer_min);
	assert_int_equal(left.integer_max, right.integer_max);
	assert_true(left.real_min == right.real_min);
	assert_true(left.real_max == right.real_max);
	assert_int_equal(left.text_bytes_max, right.text_bytes_max);
	assert_int_equal(left.scale_max, right.scale_max);
}

static void
chunks_merged_say_what_one_run_says(void **state)
{
	static const char *const words[] = { "", "x", "12", "true",
		"2024-01-01", "{}", " b", "1.50", "\xc3\xa9" };
	static Value rows[ROWS][2];
	static int64_t rowids[ROWS];
	const unsigned seed = (unsigned)time(NULL);
	TableProfile whole = { 0 }, parts = { 0 };
	Arena arena = { 0 };
	size_t i, j, chunk;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (i = 0; i < ROWS; i++) {
		rowids[i] = (i == 0 ? -50 : rowids[i - 1]) + 1 +
		    (rand() % 10 == 0 ? rand() % 5 : 0);
		for (j = 0; j < 2; j++)
			switch (rand() % 4) {
			case 0:
				rows[i][j] = integer(rand() % 100 - 50);
				break;
			case 1:
				rows[i][j] = real(rand() / 100.0);
				break;
			case 2:
				rows[i][j] = text(words[rand() % 9]);
				break;
			default:
				rows[i][j] = (Value){ .class = VALUE_NULL };
			}
	}
	fill(&whole, &arena, ROWS, rows, rowids);
	for (chunk = 1; chunk < ROWS; chunk = chunk * 3 + 1) {
		parts = (TableProfile){ 0 };
		fill(&parts, &arena, chunk, rows, rowids);
		assert_int_equal(whole.rows, parts.rows);
		assert_int_equal(whole.n_runs, parts.n_runs);
		assert_memory_equal(
		    whole.runs, parts.runs, whole.n_runs * sizeof(*whole.runs));
		for (j = 0; j < COLUMNS; j++)
			check_column(&whole.columns[j], &parts.columns[j]);
	}
	arena_free(&arena);
}

static void
too_many_gaps_leave_no_runs_however_they_are_cut(void **state)
{
	static const struct {
		size_t rows, runs;
	} cases[] = {
		{ PROFILE_RUNS_LIMIT, PROFILE_RUNS_LIMIT },
		{ PROFILE_RUNS_LIMIT + 1, 0 },
		{ PROFILE_RUNS_LIMIT * 2, 0 },
	};
	const Table schema = { 0 };
	TableProfile table;
	Evidence evidence = { 0 };
	Arena arena = { 0 };
	Error err;
	int64_t rowid;
	size_t i, j, chunk;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (chunk = 1000; chunk < 10000; chunk *= 3) {
			table = (TableProfile){ 0 };
			assert_true(evidence_begin(&evidence, &schema, &err));
			for (j = 0; j < cases[i].rows; j++) {
				rowid = (int64_t)j * 2;
				assert_true(evidence_row(
				    &evidence, NULL, &rowid, &err));
				if (j % chunk != chunk - 1)
					continue;
				assert_true(evidence_merge(
				    &table, &evidence, &arena, &err));
				assert_true(
				    evidence_begin(&evidence, &schema, &err));
			}
			assert_true(
			    evidence_merge(&table, &evidence, &arena, &err));
			assert_int_equal(table.n_runs, cases[i].runs);
		}
	}
	evidence_free(&evidence);
	arena_free(&arena);
}

static void
a_counter_example_is_the_first_and_fits_a_line(void **state)
{
	char long_text[200];
	Column column = { .name = "a", .declared = "" };
	const Table schema = { .columns = &column, .n_columns = 1 };
	ColumnProfile profile = { 0 };
	TableProfile table = { .columns = &profile, .n_columns = 1 };
	Evidence evidence = { 0 };
	Arena arena = { 0 };
	const Counter *counter = &profile.counter[FITS_BIGINT];
	Value row;
	Error err;
	int64_t rowid = 17;
	size_t i;

	(void)state;
	/* 2-byte characters from an odd byte on: one is cut at the limit */
	memset(long_text, 0, sizeof(long_text));
	strcpy(long_text, "a\n\n");
	for (i = 3; i < 190; i += 2)
		memcpy(long_text + i, "\xc3\xa9", 2);
	assert_true(evidence_begin(&evidence, &schema, &err));
	row = integer(1);
	assert_true(evidence_row(&evidence, &row, &rowid, &err));
	row = text(long_text);
	rowid = 18;
	assert_true(evidence_row(&evidence, &row, &rowid, &err));
	row = text("later");
	rowid = 19;
	assert_true(evidence_row(&evidence, &row, &rowid, &err));
	assert_true(evidence_merge(&table, &evidence, &arena, &err));
	assert_int_equal(counter->row, 2);
	assert_true(counter->has_rowid);
	assert_int_equal(counter->rowid, 18);
	assert_int_equal(strlen(counter->text), PROFILE_SAMPLE_BYTES - 1);
	assert_memory_equal(counter->text, "a??\xc3\xa9", 5);
	evidence_free(&evidence);
	arena_free(&arena);
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
		cmocka_unit_test(chunks_merged_say_what_one_run_says),
		cmocka_unit_test(
		    too_many_gaps_leave_no_runs_however_they_are_cut),
		cmocka_unit_test(
		    a_counter_example_is_the_first_and_fits_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
