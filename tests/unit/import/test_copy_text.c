#include "import/copy_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "import/array.h"

static Value
text_of(const char *text)
{
	return (Value){ .class = VALUE_TEXT,
		.bytes = (const uint8_t *)text,
		.size = strlen(text) };
}

static void
expect(const Value *row, size_t n, const char *expected)
{
	Error err = { 0 };
	Buf out = { 0 };

	assert_true(copy_text_put(&out, row, n, &err));
	assert_string_equal(buf_text(&out, &err), expected);
	buf_free(&out);
}

static void
empty_string_and_null_stay_different(void **state)
{
	Value row[] = { text_of(""), { .class = VALUE_NULL }, text_of("\\N") };

	(void)state;
	expect(row, 3, "\t\\N\t\\\\N\n");
}

static void
a_row_is_one_line_whatever_it_holds(void **state)
{
	Value row[] = { text_of("a\nb\rc\td\\e"), text_of("\\."),
		text_of(" \"quoted\", text ") };

	(void)state;
	expect(row, 3, "a\\nb\\rc\\td\\\\e\t\\\\.\t \"quoted\", text \n");
}

static void
rows_follow_each_other(void **state)
{
	Value row[] = { text_of("1") };
	Error err = { 0 };
	Buf out = { 0 };

	(void)state;
	assert_true(copy_text_put(&out, row, 1, &err));
	assert_true(copy_text_put(&out, row, 1, &err));
	assert_string_equal(buf_text(&out, &err), "1\n1\n");
	buf_free(&out);
}

static void
a_size_that_overflows_is_refused(void **state)
{
	Value row[] = { { .class = VALUE_TEXT, .size = SIZE_MAX / 4 + 1 } };
	Error err = { 0 };
	Buf out = { 0 };

	(void)state;
	assert_false(copy_text_put(&out, row, 1, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	buf_free(&out);
}

static void
array_elements_are_quoted(void **state)
{
	Error err = { 0 };
	Buf out = { 0 };

	(void)state;
	assert_true(array_begin(&out, &err));
	assert_string_equal(array_end(&out, &err), "{}");
	assert_true(array_begin(&out, &err));
	assert_true(array_put_text(&out, "", &err));
	assert_true(array_put_text(&out, "a,{b}", &err));
	assert_true(array_put_text(&out, "q\"\\", &err));
	assert_true(array_put_text(&out, "NULL", &err));
	assert_string_equal(
	    array_end(&out, &err), "{\"\",\"a,{b}\",\"q\\\"\\\\\",\"NULL\"}");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_string_and_null_stay_different),
		cmocka_unit_test(a_row_is_one_line_whatever_it_holds),
		cmocka_unit_test(rows_follow_each_other),
		cmocka_unit_test(a_size_that_overflows_is_refused),
		cmocka_unit_test(array_elements_are_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
