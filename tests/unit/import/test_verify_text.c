#include "import/verify_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire.h"

/* The dump's text comes back from the wire form. */
static void
expect_as(TypeName type, const char *text, const char *expected)
{
	VerifyField field;
	Error err = { 0 };
	Buf row = { 0 }, out = { 0 };

	wire_put(&row, &type, &text, 1);
	wire_split(&row, 1, &field);
	assert_true(verify_text_put(&out, type, &field, &err));
	assert_string_equal(buf_text(&out, &err), expected);
	buf_free(&row);
	buf_free(&out);
}

static void
expect_same(TypeName type, const char *text)
{
	expect_as(type, text, text);
}

static void
values_have_the_text_of_a_dump(void **state)
{
	(void)state;
	expect_same(TYPE_TEXT, "a 'b'");
	expect_same(TYPE_TEXT, "");
	expect_same(TYPE_BIGINT, "-9223372036854775808");
	expect_same(TYPE_BIGINT, "9223372036854775807");
	expect_same(TYPE_INTEGER, "-2147483648");
	expect_same(TYPE_SMALLINT, "-32768");
	expect_same(TYPE_BOOLEAN, "true");
	expect_same(TYPE_BOOLEAN, "false");
	expect_same(TYPE_BYTEA, "\\x00ff");
	expect_same(TYPE_DOUBLE, "-0.0");
	expect_same(TYPE_DOUBLE, "1e+300");
	expect_same(TYPE_DOUBLE, "NaN");
	expect_as(TYPE_REAL, "0.1", "0.100000001");
	expect_same(TYPE_UUID, "01234567-89ab-cdef-0123-456789abcdef");
	expect_same(TYPE_DATE, "0001-01-01");
	expect_same(TYPE_DATE, "9999-12-31");
	expect_same(TYPE_TIME, "23:59:59.999999");
	expect_same(TYPE_TIMESTAMP, "2024-02-29 13:05:07.5");
	expect_same(TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07+00");
	expect_same(TYPE_JSONB, "{\"a\": 1}");
	expect_as(TYPE_TEXT, NULL, "NULL");
}

static void
numerics_have_all_their_digits(void **state)
{
	static const char *const texts[] = { "0", "1", "-1", "10", "10000",
		"12345678", "100000000", "0.5", "0.0001", "0.00001", "-0.1",
		"1.5", "1234.5678", "12345.67891", "10000.0001", "NaN",
		"0.00000000012", "999999999999999999999999.999999999" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof *texts; i++)
		expect_same(TYPE_NUMERIC, texts[i]);
	expect_as(TYPE_NUMERIC, "1.500", "1.5");
	expect_as(TYPE_NUMERIC, "-0.00", "0");
}

static void
random_numerics_come_back(void **state)
{
	unsigned seed = 42, i, digits;
	char text[80];
	size_t n;

	(void)state;
	print_message("seed %u\n", seed);
	for (i = 0; i < 20000; i++) {
		digits = (unsigned)rand_r(&seed) % 12;
		n = (size_t)snprintf(text, sizeof text, "%s%u.%0*u",
		    i % 2 ? "-" : "",
		    (unsigned)rand_r(&seed) >> rand_r(&seed) % 31, (int)digits,
		    (unsigned)rand_r(&seed) >> rand_r(&seed) % 31);
		while (text[n - 1] == '0')
			n--;
		n -= text[n - 1] == '.';
		text[n] = '\0';
		if (strcmp(text, "-0") != 0)
			expect_same(TYPE_NUMERIC, text);
	}
}

/* What comes from a server may be anything. */
static void
what_is_no_such_value_is_hex(void **state)
{
	static const uint8_t bytes[16] = { 0xff, 0x7f, 0xff, 0xff, 0xff };
	TypeName type;
	Error err = { 0 };
	Buf out = { 0 };
	VerifyField field = { bytes, 0 };

	(void)state;
	for (type = 0; type <= TYPE_COUNT; type++) {
		for (field.size = 0; field.size <= 16; field.size++) {
			out.size = 0;
			assert_true(verify_text_put(&out, type, &field, &err));
		}
	}
	field.size = 3;
	out.size = 0;
	assert_true(verify_text_put(&out, TYPE_BIGINT, &field, &err));
	assert_string_equal(buf_text(&out, &err), "ff7fff");
	buf_free(&out);
}

static void
expect_pair(const char *one, const char *other, const char *expected)
{
	Buf dump = { (uint8_t *)(uintptr_t)one, one ? strlen(one) : 0, 0 };
	Buf target = { (uint8_t *)(uintptr_t)other, other ? strlen(other) : 0,
		0 };
	Error err = { 0 };
	Buf out = { 0 };

	assert_true(verify_text_put_pair(
	    &out, one ? &dump : NULL, other ? &target : NULL, &err));
	assert_string_equal(buf_text(&out, &err), expected);
	buf_free(&out);
}

#define FORTY "0123456789012345678901234567890123456789"

static void
of_long_texts_the_part_that_differs_is_shown(void **state)
{
	(void)state;
	expect_pair("a", NULL, "the dump has 'a', the target NULL");
	expect_pair(NULL, "", "the dump has NULL, the target ''");
	expect_pair(FORTY "01234567890123456789", "x",
	    "the dump has '" FORTY "01234567890123456789', the target 'x'");
	expect_pair(FORTY FORTY "A" FORTY FORTY, FORTY FORTY "B",
	    "the dump has '...01234567890123456789A"
	    "012345678901234567890123456789012345678...', the target "
	    "'...1234567890123456789" FORTY "B'");
}

static void
no_character_is_cut(void **state)
{
	char text[400] = "";
	Error err = { 0 };
	Buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		strcat(text, "\xe2\x82\xac");
	for (i = 0; i < 300; i++) {
		out.size = 0;
		assert_true(verify_text_put_cut(
		    &out, (const uint8_t *)text, 300, i, &err));
		/* Quotes and dots aside, whole characters are left. */
		assert_int_equal(
		    (out.size - 2 - 3 * (size_t)(out.data[1] == '.') -
			3 * (size_t)(out.data[out.size - 2] == '.')) %
			3,
		    0);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_the_text_of_a_dump),
		cmocka_unit_test(numerics_have_all_their_digits),
		cmocka_unit_test(random_numerics_come_back),
		cmocka_unit_test(what_is_no_such_value_is_hex),
		cmocka_unit_test(of_long_texts_the_part_that_differs_is_shown),
		cmocka_unit_test(no_character_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
