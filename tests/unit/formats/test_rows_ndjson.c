#include "formats/rows_ndjson.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"
#include "tests/unit/values.h"

static const char *const names[] = { "id", "say \"x\"\n" };

static void
rows_are_written_as_the_format_says(void **state)
{
	Value rows[][2] = {
		{ integer(1), text("a\"b\\c\n\x01\x7f caf\xc3\xa9") },
		{ { 0 }, text("") },
		{ integer(INT64_MIN), real(5.0) },
		{ real(1e300), real(-0.0) },
		{ real((double)INFINITY), real(-(double)INFINITY) },
		{ bytes(VALUE_BLOB, NULL, 0), bytes(VALUE_BLOB, "\0\xff", 2) },
		{ bytes(VALUE_BLOB, "abc", 3), bytes(VALUE_TEXT, "\xff", 1) },
		{ bytes(VALUE_TEXT, "a\0b", 3), real((double)NAN) },
	};
	static const char *const wanted[] = {
		"{\"id\":1,\"say \\\"x\\\"\\n\":"
		"\"a\\\"b\\\\c\\n\\u0001\x7f caf\xc3\xa9\"}\n",
		"{\"id\":null,\"say \\\"x\\\"\\n\":\"\"}\n",
		"{\"id\":-9223372036854775808,\"say \\\"x\\\"\\n\":5.0}\n",
		"{\"id\":1e+300,\"say \\\"x\\\"\\n\":-0.0}\n",
		"{\"id\":{\"$real\":\"Infinity\"},"
		"\"say \\\"x\\\"\\n\":{\"$real\":\"-Infinity\"}}\n",
		"{\"id\":{\"$blob\":\"\"},"
		"\"say \\\"x\\\"\\n\":{\"$blob\":\"AP8=\"}}\n",
		"{\"id\":{\"$blob\":\"YWJj\"},"
		"\"say \\\"x\\\"\\n\":{\"$text\":\"/w==\"}}\n",
		"{\"id\":{\"$text\":\"YQBi\"},\"say \\\"x\\\"\\n\":null}\n",
	};
	Buf out = { 0 };
	size_t i;
	Error err;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out.size = 0;
		assert_true(rows_ndjson_put(&out, names, rows[i], 2, &err));
		assert_string_equal(buf_text(&out, &err), wanted[i]);
	}
	buf_free(&out);
}

static void
assert_survives(const Value row[2])
{
	Buf out = { 0 };
	RowsNdjson rows;
	Value back[2];
	uint8_t *chunk;
	Error err;

	assert_true(rows_ndjson_put(&out, names, row, 2, &err));
	chunk = malloc(out.size);
	assert_non_null(chunk);
	memcpy(chunk, out.data, out.size);
	if (!rows_ndjson_open(&rows, chunk, out.size, names, 2, &err) ||
	    rows_ndjson_next(&rows, back, &err) != STEP_ITEM)
		fail_msg("%s", err.text);
	assert_true(value_equal(&back[0], &row[0]));
	assert_true(value_equal(&back[1], &row[1]));
	assert_int_equal(rows_ndjson_next(&rows, back, &err), STEP_END);
	free(chunk);
	buf_free(&out);
}

/* Any value but NaN, which SQLite cannot hold. */
static Value
random_value(uint64_t *state, uint8_t room[32])
{
	static const char usual[] = "\"\\/\b\n\t\x01x,{}: \xc3\xa9";
	uint64_t bits = next_random(state);
	size_t i;
	double number;

	switch (next_random(state) % 5) {
	case 0:
		return integer((int64_t)(bits >> next_random(state) % 64));
	case 1:
		memcpy(&number, &bits, sizeof(number));
		return real(isnan(number) ? (double)INFINITY : number);
	case 2:
		return (Value){ .class = VALUE_NULL };
	}
	/* Seldom a character of two room, or half of one; sometimes any. */
	for (i = 0; i < 32; i++) {
		size_t place = next_random(state) %
		    (sizeof(usual) - (bits % 8 > 2 ? 3 : 0));

		room[i] = (uint8_t)usual[place];
		if (bits % 8 == 0)
			room[i] = (uint8_t)next_random(state);
	}
	return bytes(bits % 3 == 0 ? VALUE_BLOB : VALUE_TEXT, room, bits % 32);
}

static void
any_value_comes_back(void **state)
{
	uint64_t seed = seed_of_run();
	uint8_t bytes[2][32];
	Value row[2];
	int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		row[0] = random_value(&seed, bytes[0]);
		row[1] = random_value(&seed, bytes[1]);
		assert_survives(row);
	}
}

static const char *const one_name[] = { "v" };

/* Read all rows of a chunk of column v; the last row read is in *row. */
static Step
read_all(char *bytes, size_t size, Value *row, Error *err)
{
	RowsNdjson rows;
	Step step;

	if (!rows_ndjson_open(&rows, (uint8_t *)bytes, size, one_name, 1, err))
		return STEP_FAILED;
	do
		step = rows_ndjson_next(&rows, row, err);
	while (step == STEP_ITEM);
	return step;
}

typedef struct {
	const char *bytes, *wanted;
} ChunkCase;

static void
any_spelling_of_json_is_read(void **state)
{
	static const ChunkCase cases[] = {
		{ "{\"v\":\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"}\n",
		    "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "{\"v\":\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"}\n",
		    "/\b\f\n\r\t\"\\" },
		{ " { \"v\" :\t\"a\" } \n", "a" },
		{ "{\"\\u0076\":\"a\"}\n", "a" },
		{ "{\"v\":{ \"$text\" : \"YWI=\" }}\n", "ab" },
		{ "{\"v\":\"a longer text\\nthan a word\\tand more\"}\n",
		    "a longer text\nthan a word\tand more" },
	};
	char chunk[128];
	Value row, wanted;
	size_t i;
	Error err;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(chunk, sizeof(chunk), "%s", cases[i].bytes);
		if (read_all(chunk, strlen(chunk), &row, &err) != STEP_END)
			fail_msg("%s", err.text);
		wanted = text(cases[i].wanted);
		assert_true(value_equal(&row, &wanted));
	}
	snprintf(chunk, sizeof(chunk), "{\"v\":-1.5E+3}\n");
	assert_int_equal(read_all(chunk, strlen(chunk), &row, &err), STEP_END);
	wanted = real(-1500);
	assert_true(value_equal(&row, &wanted));
}

/* A chunk, and a part of what is said of it. */
static const ChunkCase refused[] = {
	{ "\n", "row 1 at byte 0: a key" },
	{ "{\"v\":1}", "does not end here" },
	{ "{\"v\":1}\r\n", "does not end here" },
	{ "{\"v\":1}\n\n", "row 2 at byte 8" },
	{ "{\"v\":1}{\"v\":1}\n", "does not end here" },
	{ "{}\n", "a key was wanted" },
	{ "{\"w\":1}\n", "column \"v\": row 1 at byte 0" },
	{ "{\"v\":1,\"w\":2}\n", "does not end here" },
	{ "{\"v\":1,}\n", "does not end here" },
	{ "{\"v\" 1}\n", "no colon" },
	{ "{\"v\":}\n", "a value was wanted" },
	{ "{\"v\":true}\n", "a value was wanted" },
	{ "{\"v\":NaN}\n", "a value was wanted" },
	{ "{\"v\":[]}\n", "a value was wanted" },
	{ "{\"v\":nul}\n", "a value was wanted" },
	{ "{\"v\":9223372036854775808}\n", "64 bits" },
	{ "{\"v\":-0}\n", "64 bits" },
	{ "{\"v\":01}\n", "64 bits" },
	{ "{\"v\":+1}\n", "64 bits" },
	{ "{\"v\":1.}\n", "a real" },
	{ "{\"v\":.5}\n", "a real" },
	{ "{\"v\":-.5}\n", "a real" },
	{ "{\"v\":01.5}\n", "a real" },
	{ "{\"v\":1.e5}\n", "a real" },
	{ "{\"v\":1e}\n", "a real" },
	{ "{\"v\":1e400}\n", "a real" },
	{ "{\"v\":\"a\tb\"}\n", "control character" },
	{ "{\"v\":\"a\n", "control character" },
	{ "{\"v\":\"a", "no end" },
	{ "{\"v\":\"a\\", "escape" },
	{ "{\"v\":\"\\x41\"}\n", "escape" },
	{ "{\"v\":\"\\u12\"}\n", "escape" },
	{ "{\"v\":\"\\ud800\"}\n", "escape" },
	{ "{\"v\":\"\\ude00\\ud83d\"}\n", "escape" },
	{ "{\"v\":\"\\ud83d\\u0041\"}\n", "escape" },
	{ "{\"v\":{\"$blob\":\"A\"}}\n", "base64" },
	{ "{\"v\":{\"$blob\":\"AB==\"}}\n", "base64" },
	{ "{\"v\":{\"$blob\":\"AAB=\"}}\n", "base64" },
	{ "{\"v\":{\"$blob\":\"====\"}}\n", "base64" },
	{ "{\"v\":{\"$blob\":\"AA==AAAA\"}}\n", "base64" },
	{ "{\"v\":{\"$blob\":\"AA A\"}}\n", "base64" },
	{ "{\"v\":{\"$blob\":\"AA-_\"}}\n", "base64" },
	{ "{\"v\":{\"$blob\":1}}\n", "a tag's text" },
	{ "{\"v\":{}}\n", "a tag was wanted" },
	{ "{\"v\":{\"$real\":\"NaN\"}}\n", "tag is unknown" },
	{ "{\"v\":{\"$date\":\"x\"}}\n", "tag is unknown" },
	{ "{\"v\":{\"$blob\":\"\",\"a\":\"\"}}\n", "more than a" },
	{ "{\"v\":1}\n{\"v\":\"\xff\"}\n",
	    "row 2 at byte 14: a byte is not UTF-8" },
	{ "\xef\xbb\xbf{\"v\":1}\n", "a key was wanted" },
};

static void
what_is_not_the_format_is_refused(void **state)
{
	char chunk[128];
	Value row;
	size_t i;
	Error err;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		snprintf(chunk, sizeof(chunk), "%s", refused[i].bytes);
		assert_int_equal(
		    read_all(chunk, strlen(chunk), &row, &err), STEP_FAILED);
		assert_int_equal(err.kind, ERROR_DUMP);
		if (strstr(err.text, refused[i].wanted) == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
	assert_int_equal(read_all(chunk, 0, &row, &err), STEP_END);
}

/* The reader must end, and stay within the chunk, whatever is in it. */
static void
no_damage_leads_the_reader_astray(void **state)
{
	static const char whole[] =
	    "{\"v\":\"a \\\"longer\\\" text \\ud83d\\ude00\"}\n"
	    "{\"v\":{\"$blob\":\"AP8=\"}}\n{\"v\":-1.5e+10}\n{\"v\":null}\n";
	static const char bytes[] = "\"\\{}:,$=u0\n\t e\xc3\xa9";
	uint64_t seed = seed_of_run();
	char *damaged;
	size_t size, n;
	Value row;
	int i;
	Error err;

	(void)state;
	for (i = 0; i < 200000; i++) {
		size = sizeof(whole) - 1;
		if (next_random(&seed) % 2 == 0)
			size = 1 + next_random(&seed) % size;
		damaged = malloc(size);
		assert_non_null(damaged);
		memcpy(damaged, whole, size);
		for (n = next_random(&seed) % 4; n > 0; n--)
			damaged[next_random(&seed) % size] =
			    bytes[next_random(&seed) % sizeof(bytes)];
		err.kind = ERROR_NONE;
		if (read_all(damaged, size, &row, &err) == STEP_FAILED)
			assert_int_equal(err.kind, ERROR_DUMP);
		free(damaged);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_written_as_the_format_says),
		cmocka_unit_test(any_value_comes_back),
		cmocka_unit_test(any_spelling_of_json_is_read),
		cmocka_unit_test(what_is_not_the_format_is_refused),
		cmocka_unit_test(no_damage_leads_the_reader_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
