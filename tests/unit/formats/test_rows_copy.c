#include "formats/rows_copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static Value
text_of(const char *text)
{
	Value value = { .class = VALUE_TEXT, .size = strlen(text) };

	value.bytes = (const uint8_t *)text;
	return value;
}

/* The field a text becomes, in hex without its length; NULL if refused. */
static const char *
field(TypeName name, const char *text, char hex[256])
{
	Type type = { .name = name };
	Value value = text_of(text);
	Buf out = { 0 };
	size_t i;
	Error err;

	if (!rows_copy_put(&out, &type, &value, 1, &err)) {
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_int_equal(out.size, 0);
		buf_free(&out);
		return NULL;
	}
	assert_true(out.size >= 6 && out.size < 128);
	assert_memory_equal(out.data, "\0\1\0\0\0", 5);
	assert_int_equal(out.data[5], out.size - 6);
	for (i = 6; i < out.size; i++)
		sprintf(hex + 2 * (i - 6), "%02x", out.data[i]);
	hex[2 * (out.size - 6)] = '\0';
	buf_free(&out);
	return hex;
}

typedef struct {
	TypeName type;
	const char *text, *wanted;
} FieldCase;

/* What "COPY (SELECT ...) TO STDOUT (FORMAT binary)" of PostgreSQL 15 gives. */
static void
fields_are_the_servers_binary_forms(void **state)
{
	static const FieldCase cases[] = {
		{ TYPE_TEXT, "", "" },
		{ TYPE_TEXT, "caf\xc3\xa9", "636166c3a9" },
		{ TYPE_VARCHAR, "a", "61" },
		{ TYPE_CHAR, "a", "61" },
		{ TYPE_JSON, "{}", "7b7d" },
		{ TYPE_JSONB, "{}", "017b7d" },
		{ TYPE_BOOLEAN, "true", "01" },
		{ TYPE_BOOLEAN, "false", "00" },
		{ TYPE_SMALLINT, "32767", "7fff" },
		{ TYPE_SMALLINT, "-32768", "8000" },
		{ TYPE_INTEGER, "2147483647", "7fffffff" },
		{ TYPE_INTEGER, "-2147483648", "80000000" },
		{ TYPE_BIGINT, "-1", "ffffffffffffffff" },
		{ TYPE_BIGINT, "9223372036854775807", "7fffffffffffffff" },
		{ TYPE_DOUBLE, "1.5", "3ff8000000000000" },
		{ TYPE_DOUBLE, "-0.0", "8000000000000000" },
		{ TYPE_DOUBLE, "Infinity", "7ff0000000000000" },
		{ TYPE_DOUBLE, "-Infinity", "fff0000000000000" },
		{ TYPE_DOUBLE, "NaN", "7ff8000000000000" },
		{ TYPE_DOUBLE, "1e+300", "7e37e43c8800759c" },
		{ TYPE_REAL, "0.1", "3dcccccd" },
		{ TYPE_REAL, "NaN", "7fc00000" },
		{ TYPE_REAL, "-Infinity", "ff800000" },
		{ TYPE_REAL, "3.4028235e+38", "7f7fffff" },
		{ TYPE_REAL, "1e-45", "00000001" },
		/* Beside the middle of two floats, where its double is. */
		{ TYPE_REAL, "1.0000000596046448", "3f800001" },
		{ TYPE_REAL, "-1.0000000596046448", "bf800001" },
		{ TYPE_REAL, "1.0000000596046447", "3f800000" },
		{ TYPE_BYTEA, "\\x", "" },
		{ TYPE_BYTEA, "\\x00ffa9", "00ffa9" },
		{ TYPE_DATE, "2000-01-01", "00000000" },
		{ TYPE_DATE, "1999-12-31", "ffffffff" },
		{ TYPE_TIME, "00:00:00", "0000000000000000" },
		{ TYPE_TIME, "23:59:59.999999", "000000141dd75fff" },
		{ TYPE_TIMESTAMP, "2000-01-01 00:00:01", "00000000000f4240" },
		{ TYPE_TIMESTAMP, "1999-12-31 23:59:59.999999",
		    "ffffffffffffffff" },
		{ TYPE_TIMESTAMPTZ, "2000-01-01 00:00:00.5+00",
		    "000000000007a120" },
		{ TYPE_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		    "a0eebc999c0b4ef8bb6d6bb9bd380a11" },
	};
	char hex[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (field(cases[i].type, cases[i].text, hex) == NULL)
			fail_msg("\"%s\" was refused", cases[i].text);
		assert_string_equal(hex, cases[i].wanted);
	}
}

/* Digits, weight, sign, scale, then the digits. */
static void
numerics_keep_every_digit_and_their_scale(void **state)
{
	static const FieldCase cases[] = {
		{ TYPE_NUMERIC, "0", "0000000000000000" },
		{ TYPE_NUMERIC, "-0.00", "0000000000000002" },
		{ TYPE_NUMERIC, "1", "00010000000000000001" },
		{ TYPE_NUMERIC, "-1", "00010000400000000001" },
		{ TYPE_NUMERIC, "10000", "00010001000000000001" },
		{ TYPE_NUMERIC, "12345.678",
		    "000300010000000300010929"
		    "1a7c" },
		{ TYPE_NUMERIC, "0.0001", "0001ffff000000040001" },
		{ TYPE_NUMERIC, "0.00001", "0001fffe0000000503e8" },
		{ TYPE_NUMERIC, "0.10", "0001ffff0000000203e8" },
		{ TYPE_NUMERIC, "007.50", "000200000000000200071388" },
		{ TYPE_NUMERIC, "1.00000000", "00010000000000080001" },
		{ TYPE_NUMERIC, "100000001.00000001",
		    "00050002000000080001000000010000"
		    "0001" },
		{ TYPE_NUMERIC, "NaN", "00000000c0000000" },
	};
	char hex[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (field(cases[i].type, cases[i].text, hex) == NULL)
			fail_msg("\"%s\" was refused", cases[i].text);
		assert_string_equal(hex, cases[i].wanted);
	}
}

/* Near each type's form, and not it. */
static const FieldCase refused[] = {
	{ TYPE_BOOLEAN, "t", NULL },
	{ TYPE_BOOLEAN, "1", NULL },
	{ TYPE_BOOLEAN, "", NULL },
	{ TYPE_SMALLINT, "32768", NULL },
	{ TYPE_SMALLINT, "-32769", NULL },
	{ TYPE_INTEGER, "2147483648", NULL },
	{ TYPE_INTEGER, "-2147483649", NULL },
	{ TYPE_INTEGER, "+1", NULL },
	{ TYPE_BIGINT, "9223372036854775808", NULL },
	{ TYPE_BIGINT, "01", NULL },
	{ TYPE_BIGINT, "1.0", NULL },
	{ TYPE_BIGINT, "", NULL },
	{ TYPE_DOUBLE, "", NULL },
	{ TYPE_DOUBLE, "x", NULL },
	{ TYPE_DOUBLE, "1e400", NULL },
	{ TYPE_REAL, "3.5e+38", NULL },
	{ TYPE_REAL, "1e-46", NULL },
	{ TYPE_NUMERIC, "", NULL },
	{ TYPE_NUMERIC, "-", NULL },
	{ TYPE_NUMERIC, ".", NULL },
	{ TYPE_NUMERIC, "1e5", NULL },
	{ TYPE_NUMERIC, "+1", NULL },
	{ TYPE_NUMERIC, ".5", NULL },
	{ TYPE_NUMERIC, "-.5", NULL },
	{ TYPE_NUMERIC, "5.", NULL },
	{ TYPE_NUMERIC, "Infinity", NULL },
	{ TYPE_BYTEA, "", NULL },
	{ TYPE_BYTEA, "00", NULL },
	{ TYPE_BYTEA, "\\x0", NULL },
	{ TYPE_BYTEA, "\\x0A", NULL },
	{ TYPE_BYTEA, "\\x0g", NULL },
	{ TYPE_DATE, "2024-02-30", NULL },
	{ TYPE_DATE, "2024-02-29 00:00:00", NULL },
	{ TYPE_DATE, "13:05:07", NULL },
	{ TYPE_DATE, "", NULL },
	{ TYPE_TIME, "13:05", NULL },
	{ TYPE_TIME, "13:05:07.50", NULL },
	{ TYPE_TIME, "13:05:07.0", NULL },
	{ TYPE_TIME, "2024-02-29", NULL },
	{ TYPE_TIMESTAMP, "2024-02-29", NULL },
	{ TYPE_TIMESTAMP, "2024-02-29 13:05", NULL },
	{ TYPE_TIMESTAMP, "2024-02-29T13:05:07", NULL },
	{ TYPE_TIMESTAMP, "2024-02-29 13:05:07+00", NULL },
	{ TYPE_TIMESTAMP, "2024-02-29 13:05+00", NULL },
	{ TYPE_TIMESTAMP, "2024-02-29 13:05:07.0000001", NULL },
	{ TYPE_TIMESTAMP, "2024-02-29 13:05:07.1234560", NULL },
	{ TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07", NULL },
	{ TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07Z", NULL },
	{ TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07 +00", NULL },
	{ TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07+01", NULL },
	{ TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07-00", NULL },
	{ TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07.50+00", NULL },
	{ TYPE_TIMESTAMPTZ, "2024-02-29 13:05:07+0000", NULL },
	{ TYPE_UUID, "a0eebc999c0b4ef8bb6d6bb9bd380a11", NULL },
	{ TYPE_UUID, "A0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", NULL },
	{ TYPE_UUID, "a0ee-bc99-9c0b-4ef8-bb6d6bb9bd380a11", NULL },
	{ TYPE_UUID, "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", NULL },
};

static void
text_that_is_not_the_types_form_is_refused(void **state)
{
	char hex[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (field(refused[i].type, refused[i].text, hex) != NULL)
			fail_msg("\"%s\" became %s", refused[i].text, hex);
}

static void
a_stream_is_header_tuples_and_trailer(void **state)
{
	static const uint8_t wanted[] = "PGCOPY\n\377\r\n\0"
					"\0\0\0\0\0\0\0\0"
					"\0\3\0\0\0\1a\377\377\377\377"
					"\0\0\0\2\0\7"
					"\0\3\377\377\377\377\0\0\0\0"
					"\377\377\377\377\377\377";
	static const Type types[] = { { .name = TYPE_TEXT },
		{ .name = TYPE_TEXT }, { .name = TYPE_SMALLINT } };
	Value rows[2][3] = { { { 0 } } };
	Buf out = { 0 };
	Error err;

	(void)state;
	rows[0][0] = text_of("a");
	rows[0][2] = text_of("7");
	rows[1][1] = text_of("");
	assert_true(rows_copy_begin(&out, &err));
	assert_true(rows_copy_put(&out, types, rows[0], 3, &err));
	assert_true(rows_copy_put(&out, types, rows[1], 3, &err));
	assert_true(rows_copy_end(&out, &err));
	assert_int_equal(out.size, sizeof(wanted) - 1);
	assert_memory_equal(out.data, wanted, out.size);
	buf_free(&out);
}

static void
an_error_names_column_and_type(void **state)
{
	static const Type types[] = { { .name = TYPE_TEXT },
		{ .name = TYPE_NUMERIC, .precision = 12, .scale = 2 } };
	Value row[2];
	Buf out = { 0 };
	Error err;

	(void)state;
	row[0] = text_of("a");
	row[1] = text_of("a\nb");
	assert_false(rows_copy_put(&out, types, row, 2, &err));
	assert_string_equal(err.text,
	    "column 2: \"a\\x0ab\" is not the text form of numeric(12,2)");
	row[0] = (Value){ .class = VALUE_INTEGER };
	assert_false(rows_copy_put(&out, types, row, 2, &err));
	assert_string_equal(err.text, "column 1: a value is not text");
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_int_equal(out.size, 0);
	buf_free(&out);
}

static void
more_columns_than_the_wire_counts_are_refused(void **state)
{
	Buf out = { 0 };
	Error err;

	(void)state;
	assert_false(rows_copy_put(&out, NULL, NULL, 32768, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	buf_free(&out);
}

static void
a_field_past_the_servers_limit_is_refused(void **state)
{
	Type type = { .name = TYPE_TEXT };
	Value value = text_of("a");
	Buf out = { 0 };
	Error err;

	(void)state;
	value.size = 0x3fffffff;
	assert_false(rows_copy_put(&out, &type, &value, 1, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_the_servers_binary_forms),
		cmocka_unit_test(numerics_keep_every_digit_and_their_scale),
		cmocka_unit_test(text_that_is_not_the_types_form_is_refused),
		cmocka_unit_test(a_stream_is_header_tuples_and_trailer),
		cmocka_unit_test(an_error_names_column_and_type),
		cmocka_unit_test(more_columns_than_the_wire_counts_are_refused),
		cmocka_unit_test(a_field_past_the_servers_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
