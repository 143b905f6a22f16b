#include "formats/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
the_first_reserve_gives_what_is_asked(void **state)
{
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(buf_reserve(&buf, 0, &err));
	assert_int_equal(buf.capacity, 0);
	assert_true(buf_reserve(&buf, 1000, &err));
	assert_int_equal(buf.capacity, 1000);
	assert_int_equal(buf.size, 0);
	buf_free(&buf);
}

static void
it_grows_by_half_and_at_least_to_what_is_asked(void **state)
{
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(buf_reserve(&buf, 100, &err));
	buf.size = 100;
	assert_true(buf_reserve(&buf, 1, &err));
	assert_int_equal(buf.capacity, 150);
	buf.size = 150;
	assert_true(buf_reserve(&buf, 1000, &err));
	assert_int_equal(buf.capacity, 1150);
	assert_true(buf_reserve(&buf, 1000, &err));
	assert_int_equal(buf.capacity, 1150);
	buf_free(&buf);
}

static void
what_cannot_be_had_leaves_the_buf_as_it_was(void **state)
{
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(buf_put_text(&buf, "here", &err));
	err = (Error){ 0 };
	assert_false(buf_reserve(&buf, SIZE_MAX, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_false(buf_reserve(&buf, SIZE_MAX - 3, &err));
	assert_false(buf_reserve(&buf, (size_t)PTRDIFF_MAX, &err));
	assert_int_equal(buf.size, 4);
	assert_memory_equal(buf.data, "here", 4);
	buf_free(&buf);
}

static void
bytes_text_and_printf_are_appended_in_order(void **state)
{
	Buf buf = { 0 };
	Error err;
	int i;

	(void)state;
	assert_true(buf_put(&buf, "a\0b", 3, &err));
	assert_true(buf_put(&buf, NULL, 0, &err));
	assert_true(buf_put_text(&buf, "", &err));
	assert_true(buf_put_text(&buf, "text", &err));
	assert_true(buf_put_format(&buf, &err, "%d-%s", 42, "x"));
	assert_true(buf_put_format(&buf, &err, "%s", ""));
	assert_int_equal(buf.size, 11);
	assert_memory_equal(buf.data, "a\0btext42-x", 11);
	for (i = 0; i < 10000; i++)
		assert_true(buf_put_format(&buf, &err, "%04d", i));
	assert_int_equal(buf.size, 40011);
	assert_memory_equal(buf.data + 40011 - 8, "99989999", 8);
	buf_free(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.size + buf.capacity, 0);
	buf_free(&buf);
}

static void
text_ends_in_a_nul_that_is_not_counted(void **state)
{
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_string_equal(buf_text(&buf, &err), "");
	assert_int_equal(buf.size, 0);
	assert_true(buf_put_text(&buf, "abc", &err));
	assert_string_equal(buf_text(&buf, &err), "abc");
	assert_int_equal(buf.size, 3);
	buf_free(&buf);
}

static void
swapping_exchanges_memory_and_copies_nothing(void **state)
{
	Buf one = { 0 }, other = { 0 };
	uint8_t *data;
	Error err;

	(void)state;
	assert_true(buf_put_text(&one, "one", &err));
	data = one.data;
	buf_swap(&one, &other);
	assert_null(one.data);
	assert_int_equal(one.size, 0);
	assert_ptr_equal(other.data, data);
	assert_int_equal(other.size, 3);
	buf_free(&one);
	buf_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_reserve_gives_what_is_asked),
		cmocka_unit_test(
		    it_grows_by_half_and_at_least_to_what_is_asked),
		cmocka_unit_test(what_cannot_be_had_leaves_the_buf_as_it_was),
		cmocka_unit_test(bytes_text_and_printf_are_appended_in_order),
		cmocka_unit_test(text_ends_in_a_nul_that_is_not_counted),
		cmocka_unit_test(swapping_exchanges_memory_and_copies_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
