#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "formats/rows_csv.h"
#include "tests/unit/random.h"
#include "tests/unit/values.h"

#define COLUMNS 4

static const char *const names[COLUMNS] = { "a", "b", "c", "d" };
static const Affinity text_affinities[COLUMNS] = { AFFINITY_TEXT, AFFINITY_TEXT,
	AFFINITY_TEXT, AFFINITY_TEXT };

/* Rows that are read twice: from a chunk that may be changed, and kept. */
typedef struct {
	uint8_t *chunk, *kept; /* of exactly their size */
	size_t size;
	RowsCsv changing, keeping;
	Value row[COLUMNS], kept_row[COLUMNS];
	RowsCsvField fields[COLUMNS];
	Buf room;
	Error err;
} Twice;

static uint8_t *
copy(const char *text, size_t size)
{
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	memcpy(bytes, text, size);
	return bytes;
}

static void
open_twice(Twice *twice, const char *text, const Affinity *affinities)
{
	*twice = (Twice){ .size = strlen(text) };
	twice->chunk = copy(text, twice->size);
	twice->kept = copy(text, twice->size);
	assert_true(rows_csv_open(&twice->changing, twice->chunk, twice->size,
	    names, affinities, COLUMNS, &twice->err));
	assert_true(rows_csv_open(&twice->keeping, twice->kept, twice->size,
	    names, affinities, COLUMNS, &twice->err));
	assert_true(rows_csv_keep(
	    &twice->keeping, twice->fields, &twice->room, &twice->err));
}

static bool
next_twice(Twice *twice)
{
	Step step = rows_csv_next(&twice->changing, twice->row, &twice->err);

	assert_int_equal(
	    rows_csv_next(&twice->keeping, twice->kept_row, &twice->err), step);
	assert_int_not_equal(step, STEP_FAILED);
	for (size_t i = 0; step == STEP_ITEM && i < COLUMNS; i++)
		assert_true(value_equal(&twice->row[i], &twice->kept_row[i]));
	return step == STEP_ITEM;
}

static void
close_twice(Twice *twice, const char *text)
{
	assert_memory_equal(twice->kept, text, twice->size);
	free(twice->chunk);
	free(twice->kept);
	buf_free(&twice->room);
}

/* A row, written as it was read, and that row. */
typedef struct {
	const char *title, *in, *out;
} Case;

static void
what_is_kept_comes_out_as_it_would_be_written(void **state)
{
	static const Case cases[] = {
		{ "plain", "1,x,y z,2.5\n", NULL },
		{ "all NULL", ",,,\n", NULL },
		{ "NULL and empty", "\"\",,\"\",\n", NULL },
		{ "empty last", ",\"\",,\"\"\n", NULL },
		{ "pairs of quotes", "\"\"\"\",\"a\"\"b\",\"\"\"\"\"\",x\n",
		    NULL },
		{ "a pair last", "x,y,z,\"{\"\"k\"\":\"\"a long text\"\"}\"\n",
		    NULL },
		{ "a pair in the last of eight bytes",
		    "\"1234567\"\"\",\"12345678\"\"\",\"123456\"\"7\",\"1\"\n",
		    "\"1234567\"\"\",\"12345678\"\"\",\"123456\"\"7\",1\n" },
		{ "marks", "\",\",\"\n\",\"\r\n\",\"a long text, with one\"\n",
		    NULL },
		{ "a mark at each end",
		    "\",234567\",\"1234567,\",\"12345678,\","
		    "\"\n2345678\"\n",
		    NULL },
		{ "a mark behind a field that needs no quotes",
		    "\"a\",\"1234567\",\"b\",\"c\"\n", "a,1234567,b,c\n" },
		{ "blanks", "\" a\",\"a \",\"\ta\",\"a\t\"\n", NULL },
		{ "end of data", "\"\\.\",\"\\.x\",\\x,\\\n",
		    "\"\\.\",\\.x,\\x,\\\n" },
		{ "needless quotes on some", "\"a\",b,\"c\",d\n", "a,b,c,d\n" },
		{ "needless quotes last", "a,\"b,\",c,\"d\"\n",
		    "a,\"b,\",c,d\n" },
		{ "other controls",
		    "a\x01"
		    "b,\"a\x01"
		    "b\",\x1f,d\n",
		    "a\x01"
		    "b,a\x01"
		    "b,\x1f,d\n" },
	};
	Buf out = { 0 };
	char text[200];
	Twice twice;
	bool exact;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *wanted =
		    cases[i].out != NULL ? cases[i].out : cases[i].in;

		snprintf(text, sizeof text, "a,b,c,d\n%s", cases[i].in);
		open_twice(&twice, text, text_affinities);
		assert_true(next_twice(&twice));
		out.size = 0;
		assert_true(rows_csv_put_kept(&out, twice.kept_row,
		    twice.fields, COLUMNS, &exact, &twice.err));
		assert_true(exact);
		if (strcmp(buf_text(&out, &twice.err), wanted) != 0)
			fail_msg("%s: %s", cases[i].title, (char *)out.data);
		assert_false(next_twice(&twice));
		close_twice(&twice, text);
	}
	buf_free(&out);
}

static void
numbers_and_blobs_are_told_by_their_text(void **state)
{
	static const char text[] =
	    "a,b,c,d\n"
	    "12,-0.5,\\x00ff,\\xyz\n"
	    "\"12\",\"1e+300\",\"\\x00ff\",\"\\x\"\"\"\n";
	static const Affinity affinities[] = { AFFINITY_INTEGER, AFFINITY_REAL,
		AFFINITY_BLOB, AFFINITY_BLOB };
	static const char *const texts[][COLUMNS] = {
		{ "12", "-0.5", "\\x00ff", "\\xyz" },
		{ "12", "1e+300", "\\x00ff", "\\x\"" },
	};
	Twice twice;

	(void)state;
	open_twice(&twice, text, affinities);
	for (size_t row = 0; row < 2; row++) {
		assert_true(next_twice(&twice));
		assert_int_equal(twice.kept_row[0].class, VALUE_INTEGER);
		assert_int_equal(twice.kept_row[1].class, VALUE_REAL);
		assert_int_equal(twice.kept_row[2].class, VALUE_BLOB);
		assert_int_equal(twice.kept_row[3].class, VALUE_TEXT);
		for (size_t i = 0; i < COLUMNS; i++) {
			const RowsCsvField *field = &twice.fields[i];

			assert_int_equal(field->size, strlen(texts[row][i]));
			assert_memory_equal(
			    field->text, texts[row][i], field->size);
			/* Quotes of the second row's last are needed. */
			assert_int_equal(field->normal, row == 0 || i == 3);
		}
	}
	assert_false(next_twice(&twice));
	close_twice(&twice, text);
}

static void
a_value_of_another_class_is_refused_and_leaves_nothing(void **state)
{
	static const char text[] = "a,b,c,d\n1,2,3,4\n";
	Buf out = { 0 };
	Twice twice;
	bool exact;

	(void)state;
	open_twice(&twice, text, text_affinities);
	assert_true(next_twice(&twice));
	assert_true(buf_put_text(&out, "before\n", &twice.err));
	for (size_t i = 0; i < COLUMNS; i++) {
		Value was = twice.kept_row[i];

		twice.kept_row[i] = (Value){ .class = VALUE_INTEGER };
		assert_true(rows_csv_put_kept(&out, twice.kept_row,
		    twice.fields, COLUMNS, &exact, &twice.err));
		assert_false(exact);
		assert_string_equal(buf_text(&out, &twice.err), "before\n");
		twice.kept_row[i] = was;
	}
	close_twice(&twice, text);
	buf_free(&out);
}

/* A field's text: pieces that quotes care for, and those that they do not. */
static void
put_random_field(Buf *out, uint64_t *seed, Error *err)
{
	static const char *const pieces[] = { "\"\"", "\"\"\"\"", ",", "\n",
		"\r", " ", "\t", "\\.", "\\x", "ab", "caf\xc3\xa9", "1", "-2.5",
		"a longer text of words" };
	static const char *const plain[] = { "", "x", "17", "-0.25", "\\x00ff",
		"a plain text", "\\.x", "2024-01-01 00:00:00" };
	size_t n;

	if (next_random(seed) % 2 == 0) {
		assert_true(
		    buf_put_text(out, plain[next_random(seed) % 8], err));
		return;
	}
	assert_true(buf_put_text(out, "\"", err));
	for (n = next_random(seed) % 6; n > 0; n--)
		assert_true(buf_put_text(out,
		    pieces[next_random(seed) %
			(sizeof pieces / sizeof *pieces)],
		    err));
	assert_true(buf_put_text(out, "\"", err));
}

/* Columns in another order, some twice, some values new: as rows_csv_put. */
static void
random_rows_are_written_alike_either_way(void **state)
{
	static const Value others[] = { { .class = VALUE_NULL },
		{ .class = VALUE_TEXT } };
	uint64_t seed = seed_of_run();
	Buf chunk = { 0 }, one = { 0 }, other = { 0 };
	RowsCsvField fields[COLUMNS];
	Value row[COLUMNS];
	bool exact;
	Twice twice;
	Error err;

	(void)state;
	for (int round = 0; round < 30000; round++) {
		chunk.size = one.size = other.size = 0;
		assert_true(buf_put_text(&chunk, "a,b,c,d\n", &err));
		for (size_t i = 0; i < (size_t)3 * COLUMNS; i++) {
			put_random_field(&chunk, &seed, &err);
			assert_true(buf_put_text(
			    &chunk, i % COLUMNS == 3 ? "\n" : ",", &err));
		}
		open_twice(&twice, buf_text(&chunk, &err), text_affinities);
		while (next_twice(&twice)) {
			for (size_t i = 0; i < COLUMNS; i++) {
				uint64_t bits = next_random(&seed);
				size_t from = bits % 3 > 0 ? i : bits / 3 % 4;

				fields[i] = twice.fields[from];
				row[i] = twice.kept_row[from];
				if (bits >> 32 & 1)
					continue;
				row[i] = bits >> 33 & 1
				    ? text("new, \"text\"")
				    : others[bits >> 34 & 1];
			}
			assert_true(rows_csv_put(
			    &one, row, NULL, COLUMNS, &exact, &err));
			assert_true(exact);
			assert_true(rows_csv_put_kept(
			    &other, row, fields, COLUMNS, &exact, &err));
			assert_true(exact);
		}
		assert_int_equal(one.size, other.size);
		assert_memory_equal(one.data, other.data, one.size);
		close_twice(&twice, buf_text(&chunk, &err));
	}
	buf_free(&chunk);
	buf_free(&one);
	buf_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_comes_out_as_it_would_be_written),
		cmocka_unit_test(numbers_and_blobs_are_told_by_their_text),
		cmocka_unit_test(
		    a_value_of_another_class_is_refused_and_leaves_nothing),
		cmocka_unit_test(random_rows_are_written_alike_either_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
