#include "import/verify_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

static const TypeName types[] = { TYPE_BIGINT, TYPE_TEXT };
#define ROWS 3

/* Three rows, as the server sends them. */
static void
make(Buf *out)
{
	const char *rows[ROWS][2] = { { "1", "one" }, { "2", NULL },
		{ NULL, "" } };
	Error err = { 0 };
	int i;

	assert_true(rows_copy_begin(out, &err));
	for (i = 0; i < ROWS; i++)
		wire_put(out, types, rows[i], 2);
	assert_true(rows_copy_end(out, &err));
}

/* How it ends to read bytes in messages of so many; *n are rows. */
static Step
read_all(const uint8_t *bytes, size_t size, size_t message, int *n, Error *err)
{
	VerifyStream stream = { 0 };
	VerifyField fields[2];
	const uint8_t *row;
	uint8_t *copy;
	size_t part, length;
	Step step = STEP_END;

	*n = 0;
	verify_stream_begin(&stream, 2);
	for (; size > 0 && step != STEP_FAILED; bytes += part, size -= part) {
		part = size < message ? size : message;
		/* libpq's buffer goes with the next message. */
		copy = malloc(part);
		assert_non_null(copy);
		memcpy(copy, bytes, part);
		assert_true(verify_stream_feed(&stream, copy, part, err));
		while ((step = verify_stream_next(
			    &stream, fields, &row, &length, err)) == STEP_ITEM)
			++*n;
		free(copy);
	}
	if (step == STEP_END && !verify_stream_end(&stream, err))
		step = STEP_FAILED;
	verify_stream_free(&stream);
	return step;
}

static void
rows_are_found_wherever_messages_end(void **state)
{
	Error err = { 0 };
	Buf sent = { 0 };
	size_t message;
	int n;

	(void)state;
	make(&sent);
	for (message = 1; message <= sent.size; message++) {
		assert_int_equal(
		    read_all(sent.data, sent.size, message, &n, &err),
		    STEP_END);
		assert_int_equal(n, ROWS);
	}
	buf_free(&sent);
}

static void
what_ends_early_is_refused(void **state)
{
	Error err = { 0 };
	Buf sent = { 0 };
	size_t size;
	int n;

	(void)state;
	make(&sent);
	for (size = 0; size < sent.size; size++) {
		assert_int_equal(
		    read_all(sent.data, size, 7, &n, &err), STEP_FAILED);
		assert_int_equal(err.kind, ERROR_TARGET);
		assert_string_equal(
		    err.text, "the server's COPY ended in the middle of a row");
	}
	buf_free(&sent);
}

static void
bytes_behind_the_end_are_refused(void **state)
{
	Error err = { 0 };
	Buf sent = { 0 };
	int n;

	(void)state;
	make(&sent);
	assert_true(buf_put(&sent, "x", 1, &err));
	assert_int_equal(
	    read_all(sent.data, sent.size, 1000, &n, &err), STEP_FAILED);
	assert_int_equal(
	    read_all(sent.data, sent.size, 1, &n, &err), STEP_FAILED);
	buf_free(&sent);
}

static void
another_header_is_refused(void **state)
{
	Error err = { 0 };
	Buf sent = { 0 };
	size_t i;
	int n;

	(void)state;
	make(&sent);
	for (i = 0; i < 19; i++) {
		sent.data[i] ^= 1;
		assert_int_equal(read_all(sent.data, sent.size, 1000, &n, &err),
		    STEP_FAILED);
		assert_string_equal(err.text,
		    "what the server sent is no COPY in binary format");
		sent.data[i] ^= 1;
	}
	buf_free(&sent);
}

static void
rows_of_other_width_and_impossible_sizes_are_refused(void **state)
{
	static const uint8_t sizes[][4] = { { 0xff, 0xff, 0xff, 0xfe },
		{ 0x80, 0, 0, 0 }, { 0x40, 0, 0, 0 },
		{ 0x7f, 0xff, 0xff, 0xff } };
	Error err = { 0 };
	Buf sent = { 0 };
	size_t i;
	int n;

	(void)state;
	make(&sent);
	sent.data[20] = 3;
	assert_int_equal(
	    read_all(sent.data, sent.size, 1000, &n, &err), STEP_FAILED);
	assert_string_equal(
	    err.text, "the server sent a row of 3 fields, not 2");
	sent.data[20] = 2;
	for (i = 0; i < 4; i++) {
		memcpy(sent.data + 21, sizes[i], 4);
		assert_int_equal(read_all(sent.data, sent.size, 1000, &n, &err),
		    STEP_FAILED);
		assert_non_null(strstr(err.text, "the server sent a field of"));
	}
	/* The largest that may be: then the rest is missing. */
	memcpy(sent.data + 21, "\x3f\xff\xff\xff", 4);
	assert_int_equal(
	    read_all(sent.data, sent.size, 1000, &n, &err), STEP_FAILED);
	assert_non_null(strstr(err.text, "in the middle"));
	buf_free(&sent);
}

static void
random_damage_is_survived(void **state)
{
	unsigned seed = 7, i, k;
	Error err = { 0 };
	Buf sent = { 0 };
	int n;

	(void)state;
	print_message("seed %u\n", seed);
	for (i = 0; i < 20000; i++) {
		sent.size = 0;
		make(&sent);
		for (k = 0; k < 1 + i % 3; k++)
			sent.data[(unsigned)rand_r(&seed) % sent.size] =
			    (uint8_t)rand_r(&seed);
		(void)read_all(sent.data, sent.size, 1 + i % 40, &n, &err);
	}
	buf_free(&sent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found_wherever_messages_end),
		cmocka_unit_test(what_ends_early_is_refused),
		cmocka_unit_test(bytes_behind_the_end_are_refused),
		cmocka_unit_test(another_header_is_refused),
		cmocka_unit_test(
		    rows_of_other_width_and_impossible_sizes_are_refused),
		cmocka_unit_test(random_damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
