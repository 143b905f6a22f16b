#include "formats/rows_csv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"
#include "tests/unit/values.h"

static const char *const one_name[] = { "v" };
static const char *const two_names[] = { "a", "b" };

static void
rows_are_written_as_the_format_says(void **state)
{
	static const char *const names[] = { "id", "a,b", "", "say \"x\"",
		"\\." };
	static const Affinity affinities[] = { AFFINITY_INTEGER, AFFINITY_TEXT,
		AFFINITY_REAL, AFFINITY_BLOB, AFFINITY_NUMERIC };
	Value rows[][5] = {
		{ integer(1), text("plain"), real(5.0),
		    bytes(VALUE_BLOB, "\0\xff", 2), real(1.5) },
		{ { 0 }, { 0 }, { 0 }, { 0 }, { 0 } },
		{ integer(INT64_MIN), text(""), real(1e300),
		    bytes(VALUE_BLOB, NULL, 0), text("") },
		{ integer(0), text(" a"), real(0.0), text("\\X41"),
		    text("a\r\nb") },
		{ integer(-7), text("b\t"), real(-0.1), text("\\."),
		    text("say \"hi\", caf\xc3\xa9") },
	};
	Buf out = { 0 };
	bool exact;
	size_t i;
	Error err;

	(void)state;
	assert_true(rows_csv_put_header(&out, names, 5, &err));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(
		    rows_csv_put(&out, rows[i], affinities, 5, &exact, &err));
		assert_true(exact);
	}
	assert_string_equal(buf_text(&out, &err),
	    "id,\"a,b\",\"\",\"say \"\"x\"\"\",\"\\.\"\n"
	    "1,plain,5.0,\\x00ff,1.5\n"
	    ",,,,\n"
	    "-9223372036854775808,\"\",1e+300,\\x,\"\"\n"
	    "0,\" a\",0.0,\\X41,\"a\r\nb\"\n"
	    "-7,\"b\t\",-0.1,\"\\.\",\"say \"\"hi\"\", caf\xc3\xa9\"\n");
	buf_free(&out);
}

static void
a_column_name_that_is_not_utf8_is_refused(void **state)
{
	static const char *const names[] = { "a", "\xff" };
	Buf out = { 0 };
	Error err;

	(void)state;
	assert_false(rows_csv_put_header(&out, names, 2, &err));
	assert_int_equal(out.size, 0);
	buf_free(&out);
}

/*
 * Write one value and read it from a chunk of exactly its size.  False where
 * it was not written; the value read must be the one written.
 */
static bool
survives(const Value *value, const Affinity *affinity)
{
	Buf out = { 0 };
	uint8_t *chunk;
	RowsCsv rows;
	Value back;
	bool exact;
	size_t size;
	Error err;

	assert_true(rows_csv_put_header(&out, one_name, 1, &err));
	size = out.size;
	assert_true(rows_csv_put(&out, value, affinity, 1, &exact, &err));
	if (!exact) {
		assert_int_equal(out.size, size);
		buf_free(&out);
		return false;
	}
	chunk = malloc(out.size);
	assert_non_null(chunk);
	memcpy(chunk, out.data, out.size);
	if (!rows_csv_open(
		&rows, chunk, out.size, one_name, affinity, 1, &err) ||
	    rows_csv_next(&rows, &back, &err) != STEP_ITEM)
		fail_msg("%s", err.text);
	assert_true(value_equal(&back, value));
	assert_int_equal(rows_csv_next(&rows, &back, &err), STEP_END);
	assert_int_equal(rows.row, 1);
	free(chunk);
	buf_free(&out);
	return true;
}

/* One letter an affinity that keeps the value: b, t, n, i, r. */
typedef struct {
	Value value;
	const char *kept;
} ExactCase;

static void
assert_kept(const ExactCase *cases, size_t n)
{
	static const char letters[] = "btnir";
	Affinity affinity;
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < AFFINITY_COUNT; j++) {
			affinity = (Affinity)j;
			if (survives(&cases[i].value, &affinity) !=
			    (strchr(cases[i].kept, letters[j]) != NULL))
				fail_msg("case %zu, affinity %s", i,
				    value_affinity_name(affinity));
		}
}

static void
text_is_exact_only_where_it_stays_text(void **state)
{
	const ExactCase cases[] = {
		{ text(""), "btnir" },
		{ text(" "), "btnir" },
		{ text(" 1"), "bt" },
		{ text("1 "), "bt" },
		{ text("\t1\n"), "bt" },
		{ text("+1"), "bt" },
		{ text("1"), "bt" },
		{ text("1.0"), "bt" },
		{ text("-0"), "bt" },
		{ text("0x10"), "btnir" },
		{ text("1e5"), "bt" },
		{ text("1e"), "btnir" },
		{ text("."), "btnir" },
		{ text(".5"), "bt" },
		{ text("5."), "bt" },
		{ text("007"), "bt" },
		{ text("1_000"), "btnir" },
		{ text("9223372036854775808"), "bt" },
		{ text("1e400"), "bt" },
		{ text("Infinity"), "btnir" },
		{ text("-Infinity"), "btnir" },
		{ text("NaN"), "btnir" },
		{ text("2024-01-05 12:00:00"), "btnir" },
		{ text("1.2.3"), "btnir" },
		{ text("-"), "btnir" },
		{ text("\\x41"), "tnir" },
		{ text("\\x"), "tnir" },
		{ text("\\xaf"), "tnir" },
		{ text("\\X41"), "btnir" },
		{ text("\\xAF"), "btnir" },
		{ text("\\x4"), "btnir" },
		{ text("\\xag"), "btnir" },
		{ text("\\."), "btnir" },
		{ text("a\nb\r\n\\.\n"), "btnir" },
		{ text("\""), "btnir" },
		{ text("\xf0\x9f\x98\x80"), "btnir" },
		{ text("\xff"), "" },
		{ text("\xed\xa0\x80"), "" },
		{ bytes(VALUE_TEXT, "a\0b", 3), "" },
		{ bytes(VALUE_TEXT, "\0", 1), "" },
		{ bytes(VALUE_TEXT, "longer than a word\0", 19), "" },
	};

	(void)state;
	assert_kept(cases, sizeof(cases) / sizeof(cases[0]));
}

static void
the_postgresql_dialect_keeps_null_and_text_only(void **state)
{
	const Value yes[] = { { 0 }, text(""), text("1"), text("\\x41"),
		text("Infinity") };
	const Value no[] = { integer(1), real(1.5), bytes(VALUE_BLOB, "a", 1),
		text("\xff"), bytes(VALUE_TEXT, "\0", 1) };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(survives(&yes[i], NULL));
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(survives(&no[i], NULL));
}

/* Every length around the width of a word, with what needs care everywhere. */
static void
no_place_in_a_text_is_special(void **state)
{
	static const char *const marks[] = { "\"", ",", "\n", "\r", "\t", " ",
		"\"\"", "\xc3\xa9", "\\.", "a\"b\"c" };
	Affinity affinity = AFFINITY_TEXT;
	char letters[64];
	size_t size, at, i;
	Value value;

	(void)state;
	for (size = 0; size < 28; size++)
		for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			for (at = 0; at <= size; at++) {
				memset(letters, 'x', size);
				letters[size] = '\0';
				memcpy(
				    letters + at, marks[i], strlen(marks[i]));
				if (at + strlen(marks[i]) > size)
					letters[at + strlen(marks[i])] = '\0';
				value = text(letters);
				assert_true(survives(&value, &affinity));
			}
}

/* A value of any class, from pieces that mean something to a reader. */
static Value
random_value(uint64_t *state, uint8_t room[64])
{
	static const char *const pieces[] = { "1", "0", ".5", "-", "+", "e5",
		"5.0", " ", "\t", "\n", "\r", ",", "\"", "\\.", "\\x41", "x",
		"Infinity", "NaN", "\xc3\xa9", "\xff", "007",
		"9223372036854775808" };
	size_t n_pieces = sizeof(pieces) / sizeof(pieces[0]);
	uint64_t bits = next_random(state);
	size_t size = 0;
	size_t n, piece;
	double number;

	switch (next_random(state) % 5) {
	case 0:
		return integer((int64_t)(bits >> next_random(state) % 64));
	case 1:
		memcpy(&number, &bits, sizeof(number));
		return real(isnan(number) ? 0.5 : number);
	case 2:
		memcpy(room, &bits, sizeof(bits));
		return bytes(VALUE_BLOB, room, bits % 9);
	case 3:
		return (Value){ .class = VALUE_NULL };
	}
	for (n = bits % 5; n > 0; n--) {
		piece = next_random(state) % n_pieces;
		if (size + strlen(pieces[piece]) > 64)
			break;
		memcpy(room + size, pieces[piece], strlen(pieces[piece]));
		size += strlen(pieces[piece]);
	}
	return bytes(VALUE_TEXT, room, size);
}

#define COLUMNS 6

static void
random_rows_come_back_or_are_refused(void **state)
{
	static const char *const names[COLUMNS] = { "a", "b", "c", "d", "e",
		"f" };
	uint64_t seed = seed_of_run();
	uint8_t bytes[COLUMNS][64];
	Affinity affinities[COLUMNS];
	Value row[COLUMNS], back[COLUMNS];
	RowsCsv rows;
	Buf out = { 0 };
	bool exact;
	int i;
	size_t j;
	Error err;

	(void)state;
	for (i = 0; i < 100000; i++) {
		out.size = 0;
		assert_true(rows_csv_put_header(&out, names, COLUMNS, &err));
		for (j = 0; j < COLUMNS; j++) {
			affinities[j] = next_random(&seed) % AFFINITY_COUNT;
			do
				row[j] = random_value(&seed, bytes[j]);
			while (!survives(&row[j], &affinities[j]));
		}
		assert_true(
		    rows_csv_put(&out, row, affinities, COLUMNS, &exact, &err));
		assert_true(exact);
		assert_true(rows_csv_open(&rows, out.data, out.size, names,
		    affinities, COLUMNS, &err));
		assert_int_equal(rows_csv_next(&rows, back, &err), STEP_ITEM);
		for (j = 0; j < COLUMNS; j++)
			assert_true(value_equal(&row[j], &back[j]));
		assert_int_equal(rows_csv_next(&rows, back, &err), STEP_END);
	}
	buf_free(&out);
}

typedef struct {
	const char *title, *bytes, *wanted;
} BadCase;

/* Read all rows of a chunk of columns a and b; the last step. */
static Step
read_all(const char *bytes, size_t size, Error *err)
{
	uint8_t *chunk = malloc(size + 1);
	RowsCsv rows;
	Value row[2];
	Step step = STEP_FAILED;

	assert_non_null(chunk);
	memcpy(chunk, bytes, size);
	/* Exactly size bytes, so that a byte too many is seen. */
	chunk = realloc(chunk, size > 0 ? size : 1);
	assert_non_null(chunk);
	if (rows_csv_open(&rows, chunk, size, two_names, NULL, 2, err))
		do
			step = rows_csv_next(&rows, row, err);
		while (step == STEP_ITEM);
	free(chunk);
	return step;
}

static void
what_the_writer_cannot_write_is_refused(void **state)
{
	static const BadCase cases[] = {
		{ "nothing", "", "no header line" },
		{ "byte order mark",
		    "\xef\xbb\xbf"
		    "a,b\n",
		    "byte order mark" },
		{ "other name", "a,c\n", "names column 2 \"c\", \"b\"" },
		{ "name cut", "a,\"b \"\n", "names column 2" },
		{ "too few names", "a\n", "too few columns" },
		{ "too many names", "a,b,c\n", "too many columns" },
		{ "header without end", "a,b", "header: row 0 at byte 3" },
		{ "missing column", "a,b\n1\n", "row 1 at byte 5" },
		{ "extra column", "a,b\n1,2,3\n", "too many columns" },
		{ "empty line", "a,b\n1,2\n\n", "row 2 at byte 8" },
		{ "no final line feed", "a,b\n1,2", "end in a line feed" },
		{ "quoted, no line feed", "a,b\n1,\"2\"", "line feed" },
		{ "CR LF", "a,b\n1,2\r\n", "carriage return" },
		{ "bare CR", "a,b\n1,x\ry\n", "row 1 at byte 7: a carriage" },
		{ "quote in field", "a,b\n1,x\"y\n", "a quote stands" },
		{ "text after quote", "a,b\n1,\"x\"y\n", "closing quote" },
		{ "blank after quote", "a,b\n1,\"x\" \n", "closing quote" },
		{ "quote not closed", "a,b\n1,\"x\n", "no end" },
		{ "pair at the end", "a,b\n1,\"x\"\"", "no end" },
		{ "long one not closed",
		    "a,b\n1,\"xxxxxxx\"\"xxxxxxxxxxxxxxx\"\"x\n", "no end" },
		{ "blank first", "a,b\n1, 2\n", "row 1 at byte 6: a field" },
		{ "blank last", "a,b\n1\t,2\n", "not quoted" },
		{ "end of data mark", "a,b\n\\.,2\n", "not quoted" },
		{ "not UTF-8", "a,b\n1,2\n3,\xff\n",
		    "row 2 at byte 10: a byte is not UTF-8" },
		{ "UTF-8 after a quoted line feed", "a,b\n\"\n\",2\n3,\xc3\n",
		    "row 2 at byte 12" },
		{ "not UTF-8 in the header", "a,\xff\n", "row 0 at byte 2" },
	};
	size_t i;
	Error err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    read_all(cases[i].bytes, strlen(cases[i].bytes), &err),
		    STEP_FAILED);
		assert_int_equal(err.kind, ERROR_DUMP);
		if (strstr(err.text, cases[i].wanted) == NULL)
			fail_msg("%s: %s", cases[i].title, err.text);
	}
	assert_int_equal(read_all("a,b\n1,\"\0\"\n", 10, &err), STEP_FAILED);
	assert_string_equal(err.text, "row 1 at byte 7: a byte is NUL");
}

static void
needless_quotes_change_nothing(void **state)
{
	static const Affinity affinities[] = { AFFINITY_INTEGER,
		AFFINITY_BLOB };
	uint8_t chunk[] = "\"a\",\"b\"\n\"12\",\"\\x0aff\"\n\"a\"\"\",\"\"\n";
	Value wanted[] = { integer(12), bytes(VALUE_BLOB, "\x0a\xff", 2),
		text("a\""), text("") };
	Value row[2];
	RowsCsv rows;
	size_t i;
	Error err;

	(void)state;
	assert_true(rows_csv_open(
	    &rows, chunk, sizeof(chunk) - 1, two_names, affinities, 2, &err));
	for (i = 0; i < 4; i += 2) {
		assert_int_equal(rows_csv_next(&rows, row, &err), STEP_ITEM);
		assert_true(value_equal(&row[0], &wanted[i]));
		assert_true(value_equal(&row[1], &wanted[i + 1]));
	}
	assert_int_equal(rows_csv_next(&rows, row, &err), STEP_END);
}

static void
a_null_row_of_one_column_is_an_empty_line(void **state)
{
	static const Affinity affinity = AFFINITY_TEXT;
	Value values[] = { { 0 }, text(""), { 0 }, { 0 } };
	Buf out = { 0 };
	RowsCsv rows;
	Value row;
	bool exact;
	size_t i;
	Error err;

	(void)state;
	assert_true(rows_csv_put_header(&out, one_name, 1, &err));
	for (i = 0; i < 4; i++)
		assert_true(
		    rows_csv_put(&out, &values[i], &affinity, 1, &exact, &err));
	assert_string_equal(buf_text(&out, &err), "v\n\n\"\"\n\n\n");
	assert_true(rows_csv_open(
	    &rows, out.data, out.size, one_name, &affinity, 1, &err));
	for (i = 0; i < 4; i++) {
		assert_int_equal(rows_csv_next(&rows, &row, &err), STEP_ITEM);
		assert_true(value_equal(&row, &values[i]));
	}
	assert_int_equal(rows_csv_next(&rows, &row, &err), STEP_END);
	buf_free(&out);
}

/* The reader must end, and stay within the chunk, whatever is in it. */
static void
no_damage_leads_the_reader_astray(void **state)
{
	static const char whole[] = "a,b\n1,\"x\"\"y\"\n\"a, long \"\"one\"\" "
				    "here\",plain text\n,\"\"\n\\x41,2.5\n";
	static const char bytes[] = "\",\n\r\t \\.x1\xc3\xa9";
	uint64_t seed = seed_of_run();
	char damaged[sizeof(whole)];
	size_t size, n;
	int i;
	Error err;

	(void)state;
	for (i = 0; i < 200000; i++) {
		memcpy(damaged, whole, sizeof(whole));
		for (n = next_random(&seed) % 4; n > 0; n--)
			damaged[next_random(&seed) % sizeof(whole)] =
			    bytes[next_random(&seed) % sizeof(bytes)];
		size = sizeof(whole) - 1;
		if (next_random(&seed) % 2 == 0)
			size = next_random(&seed) % sizeof(whole);
		err.kind = ERROR_NONE;
		if (read_all(damaged, size, &err) == STEP_FAILED)
			assert_int_equal(err.kind, ERROR_DUMP);
	}
	assert_int_equal(read_all(whole, sizeof(whole) - 1, &err), STEP_END);
}

static void
a_large_text_of_quotes_has_room(void **state)
{
	static uint8_t text[10000];
	Affinity affinity = AFFINITY_TEXT;
	Value value;
	size_t size;

	(void)state;
	for (size = 4090; size < sizeof(text); size += 1970) {
		memset(text, '"', size);
		value = bytes(VALUE_TEXT, text, size);
		assert_true(survives(&value, &affinity));
		memset(text, 'x', size);
		text[size / 2] = ',';
		assert_true(survives(&value, &affinity));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_written_as_the_format_says),
		cmocka_unit_test(a_column_name_that_is_not_utf8_is_refused),
		cmocka_unit_test(text_is_exact_only_where_it_stays_text),
		cmocka_unit_test(
		    the_postgresql_dialect_keeps_null_and_text_only),
		cmocka_unit_test(no_place_in_a_text_is_special),
		cmocka_unit_test(random_rows_come_back_or_are_refused),
		cmocka_unit_test(what_the_writer_cannot_write_is_refused),
		cmocka_unit_test(needless_quotes_change_nothing),
		cmocka_unit_test(a_null_row_of_one_column_is_an_empty_line),
		cmocka_unit_test(no_damage_leads_the_reader_astray),
		cmocka_unit_test(a_large_text_of_quotes_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
