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
#include "tests/unit/values.h"

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
		assert_true(
		    evidence_row(&evidence, rows[i], &rowids[i], false, &err));
		if (i % chunk == chunk - 1 || i == ROWS - 1)
			assert_true(
			    evidence_merge(table, &evidence, arena, &err));
	}
	evidence_free(&evidence);
}

static void
check_counter(const Counter *one, const Counter *other)
{
	assert_int_equal(one->row, other->row);
	if (one->row == 0)
		return;
	assert_int_equal(one->rowid, other->rowid);
	assert_int_equal(one->class, other->class);
	assert_string_equal(one->text, other->text);
}

/* All but the texts of the counters, which have been compared, is plain. */
static void
check_column(const ColumnProfile *one, const ColumnProfile *other)
{
	ColumnProfile left = *one, right = *other;
	size_t i;

	for (i = 0; i < FITS_COUNT; i++) {
		check_counter(&one->counter[i], &other->counter[i]);
		left.counter[i] = right.counter[i] = (Counter){ 0 };
	}
	for (i = 0; i < ODD_COUNT; i++) {
		check_counter(&one->odd_first[i], &other->odd_first[i]);
		left.odd_first[i] = right.odd_first[i] = (Counter){ 0 };
	}
	check_counter(&one->first, &other->first);
	assert_true(left.real_min == right.real_min);
	assert_true(left.real_max == right.real_max);
	assert_int_equal(left.integer_min, right.integer_min);
	assert_int_equal(left.integer_max, right.integer_max);
	assert_int_equal(left.text_bytes_max, right.text_bytes_max);
	assert_int_equal(left.text_characters_max, right.text_characters_max);
	assert_int_equal(left.integral_digits_max, right.integral_digits_max);
	assert_int_equal(left.scale_max, right.scale_max);
	for (i = 0; i < ODD_COUNT; i++)
		assert_int_equal(profile_odd_count(&left, (Oddity)i),
		    profile_odd_count(&right, (Oddity)i));
	assert_memory_equal(left.classes, right.classes, sizeof(left.classes));
	assert_memory_equal(left.fits, right.fits, sizeof(left.fits));
	assert_memory_equal(left.uuids, right.uuids, sizeof(left.uuids));
	assert_int_equal(left.real_integral, right.real_integral);
	assert_int_equal(left.integer_01, right.integer_01);
	assert_int_equal(left.text_01, right.text_01);
	assert_int_equal(left.dates, right.dates);
	assert_int_equal(left.json_objects, right.json_objects);
}

/* A scalar is parsed only where JSON is to be expected. */
static void
columns_that_a_check_names_may_hold_any_json(void **state)
{
	Column columns[] = { { .name = "doc", .declared = "TEXT" },
		{ .name = "other", .declared = "TEXT" } };
	Check checks[] = { { .text = "JSON_VALID(\"Doc\")" } };
	const Table schema = { .columns = columns,
		.n_columns = 2,
		.checks = checks,
		.n_checks = 1 };
	Value row[] = { text("\"word\""), text("\"word\"") };
	int64_t rowid = 1;
	TableProfile profile = { .n_columns = 2 };
	ColumnProfile of[2] = { 0 };
	Evidence evidence = { 0 };
	Arena arena = { 0 };
	Error err;

	(void)state;
	profile.columns = of;
	assert_true(evidence_begin(&evidence, &schema, &err));
	assert_true(evidence_row(&evidence, row, &rowid, false, &err));
	assert_true(evidence_merge(&profile, &evidence, &arena, &err));
	assert_int_equal(profile.columns[0].fits[FITS_JSON], 1);
	assert_int_equal(profile.columns[1].fits[FITS_JSON], 0);
	evidence_free(&evidence);
	arena_free(&arena);
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
				    &evidence, NULL, &rowid, false, &err));
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
	assert_true(evidence_row(&evidence, &row, &rowid, false, &err));
	row = text(long_text);
	rowid = 18;
	assert_true(evidence_row(&evidence, &row, &rowid, false, &err));
	row = text("later");
	rowid = 19;
	assert_true(evidence_row(&evidence, &row, &rowid, false, &err));
	assert_true(evidence_merge(&table, &evidence, &arena, &err));
	assert_int_equal(counter->row, 2);
	assert_true(counter->has_rowid);
	assert_int_equal(counter->rowid, 18);
	assert_int_equal(strlen(counter->text), PROFILE_SAMPLE_BYTES - 1);
	assert_memory_equal(counter->text, "a??\xc3\xa9", 5);
	evidence_free(&evidence);
	arena_free(&arena);
}

static void
the_first_of_each_oddity_is_known_with_its_row(void **state)
{
	static const char *const values[] = { "plain", "", " b", "", "c " };
	Column column = { .name = "a", .declared = "" };
	const Table schema = { .columns = &column, .n_columns = 1 };
	ColumnProfile profile = { 0 };
	TableProfile table = { .columns = &profile, .n_columns = 1 };
	Evidence evidence = { 0 };
	Arena arena = { 0 };
	int64_t rowid;
	Value row;
	Error err;

	(void)state;
	assert_true(evidence_begin(&evidence, &schema, &err));
	row = (Value){ .class = VALUE_NULL };
	rowid = 10;
	assert_true(evidence_row(&evidence, &row, &rowid, true, &err));
	for (size_t i = 0; i < 5; i++) {
		row = text(values[i]);
		rowid++;
		assert_true(evidence_row(&evidence, &row, &rowid, true, &err));
	}
	row = (Value){ .class = VALUE_TEXT,
		.size = 2,
		.bytes = (const uint8_t *)"\0\xff" };
	rowid++;
	assert_true(evidence_row(&evidence, &row, &rowid, false, &err));
	assert_true(evidence_merge(&table, &evidence, &arena, &err));
	assert_int_equal(profile.first.row, 2);
	assert_string_equal(profile.first.text, "plain");
	assert_int_equal(profile.empty, 2);
	assert_int_equal(profile.odd_first[ODD_EMPTY].row, 3);
	assert_int_equal(profile.odd_first[ODD_EMPTY].rowid, 12);
	assert_int_equal(profile.blanks, 2);
	assert_string_equal(profile.odd_first[ODD_BLANKS].text, " b");
	assert_int_equal(profile.nul, 1);
	assert_int_equal(profile.invalid_utf8, 1);
	assert_int_equal(profile.odd_first[ODD_INVALID_UTF8].rowid, 16);
	assert_int_equal(profile.odd_first[ODD_JSON_NUL].row, 0);
	assert_int_equal(profile.counter[FITS_TEXT].row, 7);
	evidence_free(&evidence);
	arena_free(&arena);
}

/* More kinds of values than are counted at a time. */
static void
many_kinds_of_values_are_all_counted(void **state)
{
	static const char *const values[] = { "word", "", " ", "1", "12", "1.5",
		"true", "2024-01-01", "2024-01-01 10:00", "13:05",
		"2024-01-01T10:00Z", "{}", "[]", "1700000000",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8" };
	const size_t n = sizeof(values) / sizeof(values[0]);
	Column column = { .name = "a", .declared = "" };
	const Table schema = { .columns = &column, .n_columns = 1 };
	ColumnProfile profile = { 0 };
	TableProfile table = { .columns = &profile, .n_columns = 1 };
	Evidence evidence = { 0 };
	Arena arena = { 0 };
	Value row;
	Error err;

	(void)state;
	assert_true(evidence_begin(&evidence, &schema, &err));
	for (size_t i = 0; i < 10 * n; i++) {
		row = text(values[i % n]);
		assert_true(evidence_row(&evidence, &row, NULL, true, &err));
	}
	assert_true(evidence_merge(&table, &evidence, &arena, &err));
	assert_int_equal(profile.classes[VALUE_TEXT], 10 * n);
	assert_int_equal(profile.fits[FITS_TEXT], 10 * n);
	assert_int_equal(profile.fits[FITS_BOOLEAN], 20);
	assert_int_equal(profile.text_01, 10);
	assert_int_equal(profile.text_integers, 30);
	assert_int_equal(profile.text_decimals, 10);
	assert_int_equal(profile.dates, 10);
	assert_int_equal(profile.naive, 10);
	assert_int_equal(profile.zoned, 10);
	assert_int_equal(profile.fits[FITS_TIME], 10);
	assert_int_equal(profile.json_objects, 10);
	assert_int_equal(profile.json_arrays, 10);
	assert_int_equal(profile.fits[FITS_UNIX_S], 10);
	assert_int_equal(profile.uuids[UUID_LOWER], 10);
	assert_int_equal(profile.empty, 10);
	assert_int_equal(profile.blanks, 10);
	assert_int_equal(profile.counter[FITS_UNIX_S].row, 1);
	evidence_free(&evidence);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_merged_say_what_one_run_says),
		cmocka_unit_test(
		    too_many_gaps_leave_no_runs_however_they_are_cut),
		cmocka_unit_test(
		    a_counter_example_is_the_first_and_fits_a_line),
		cmocka_unit_test(
		    the_first_of_each_oddity_is_known_with_its_row),
		cmocka_unit_test(many_kinds_of_values_are_all_counted),
		cmocka_unit_test(columns_that_a_check_names_may_hold_any_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
