#include "formats/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
a_message_is_set_and_context_stands_before_it(void **state)
{
	Error err;

	(void)state;
	assert_false(error_set(&err, ERROR_DUMP, "row %d is bad", 5));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_string_equal(err.text, "row 5 is bad");
	assert_false(error_add(&err, "chunk %d", 17));
	assert_false(error_add(&err, "table \"%s\"", "users"));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_string_equal(
	    err.text, "table \"users\": chunk 17: row 5 is bad");
}

static void
the_text_of_errno_stands_at_the_end(void **state)
{
	Error err;

	(void)state;
	errno = ENOENT;
	assert_false(
	    error_set_errno(&err, ERROR_FAILED, "could not open \"%s\"", "x"));
	assert_string_equal(
	    err.text, "could not open \"x\": No such file or directory");
}

static void
an_errors_own_text_may_be_an_argument(void **state)
{
	Error err;

	(void)state;
	error_set(&err, ERROR_FAILED, "first");
	error_set(&err, ERROR_USAGE, "%s, then %s", err.text, err.text);
	assert_string_equal(err.text, "first, then first");
	error_add(&err, "about %s", err.text);
	assert_string_equal(
	    err.text, "about first, then first: first, then first");
}

static void
what_a_terminal_would_act_upon_is_escaped(void **state)
{
	Error err;

	(void)state;
	error_set(&err, ERROR_FAILED, "%s",
	    "a\x1b[31m\n\t\r\x7f\x01"
	    "b");
	assert_string_equal(err.text,
	    "a\\x1b[31m\\x0a\\x09\\x0d\\x7f\\x01"
	    "b");
	/* C1 as UTF-8, C1 as a byte, overlong, cut short */
	error_set(&err, ERROR_FAILED, "%s", "\xc2\x9b\x9b\xc0\xaf\xe2\x82");
	assert_string_equal(err.text, "\\xc2\\x9b\\x9b\\xc0\\xaf\\xe2\\x82");
	error_set(&err, ERROR_FAILED, "%s",
	    "\xc2\xa0\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	assert_string_equal(
	    err.text, "\xc2\xa0\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void
context_is_escaped_and_the_message_not_twice(void **state)
{
	Error err;

	(void)state;
	error_set(&err, ERROR_FAILED, "%s", "\x1b");
	error_add(&err, "%s", "\x07");
	assert_string_equal(err.text, "\\x07: \\x1b");
}

static void
long_text_is_cut_between_two_characters(void **state)
{
	static char text[3 * ERROR_TEXT_BYTES + 1];
	Error err;
	size_t i, size;

	(void)state;
	for (i = 0; i < ERROR_TEXT_BYTES; i++)
		memcpy(text + i * 3, "\xe2\x82\xac", 3);
	for (i = 0; i < 4; i++) {
		error_set(&err, ERROR_FAILED, "%.*s%s", (int)i, "aaaa", text);
		size = strlen(err.text);
		assert_in_range(
		    size, ERROR_TEXT_BYTES - 3, ERROR_TEXT_BYTES - 1);
		assert_int_equal((size - i) % 3, 0);
		assert_null(strchr(err.text, '\\'));
	}
	memset(text, 1, sizeof(text) - 1);
	error_set(&err, ERROR_FAILED, "%s", text);
	size = strlen(err.text);
	assert_int_equal(size % 4, 0);
	assert_string_equal(err.text + size - 4, "\\x01");
	memset(text, 'x', sizeof(text) - 1);
	error_set(&err, ERROR_FAILED, "%s", text);
	assert_int_equal(strlen(err.text), ERROR_TEXT_BYTES - 1);
}

static void
long_context_does_not_push_the_reason_out(void **state)
{
	static char name[2 * ERROR_TEXT_BYTES];
	Error err;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	error_set(&err, ERROR_DUMP, "the reason");
	error_add(&err, "table \"%s\"", name);
	assert_non_null(strstr(err.text, ": the reason"));
	errno = EIO;
	error_set_errno(&err, ERROR_DUMP, "could not read \"%s\"", name);
	assert_non_null(strstr(err.text, ": Input/output error"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_set_and_context_stands_before_it),
		cmocka_unit_test(the_text_of_errno_stands_at_the_end),
		cmocka_unit_test(an_errors_own_text_may_be_an_argument),
		cmocka_unit_test(what_a_terminal_would_act_upon_is_escaped),
		cmocka_unit_test(context_is_escaped_and_the_message_not_twice),
		cmocka_unit_test(long_text_is_cut_between_two_characters),
		cmocka_unit_test(long_context_does_not_push_the_reason_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
