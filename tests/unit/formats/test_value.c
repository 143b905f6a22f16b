#include "formats/value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
	const char *declared;
	Affinity affinity;
} AffinityCase;

static void
declared_types_have_the_affinity_sqlite_gives_them(void **state)
{
	/* The table of datatype3.html section 3.1.1, and its oddities. */
	static const AffinityCase cases[] = {
		{ "INT", AFFINITY_INTEGER },
		{ "tinyint", AFFINITY_INTEGER },
		{ "UNSIGNED BIG INT", AFFINITY_INTEGER },
		{ "INT8", AFFINITY_INTEGER },
		{ "CHARACTER(20)", AFFINITY_TEXT },
		{ "VARYING CHARACTER(255)", AFFINITY_TEXT },
		{ "NVARCHAR(100)", AFFINITY_TEXT },
		{ "Text", AFFINITY_TEXT },
		{ "CLOB", AFFINITY_TEXT },
		{ "BLOB", AFFINITY_BLOB },
		{ "", AFFINITY_BLOB },
		{ "REAL", AFFINITY_REAL },
		{ "DOUBLE PRECISION", AFFINITY_REAL },
		{ "FLOAT", AFFINITY_REAL },
		{ "NUMERIC", AFFINITY_NUMERIC },
		{ "DECIMAL(10,5)", AFFINITY_NUMERIC },
		{ "BOOLEAN", AFFINITY_NUMERIC },
		{ "DATETIME", AFFINITY_NUMERIC },
		{ "FLOATING POINT", AFFINITY_INTEGER },
		{ "STRING", AFFINITY_NUMERIC },
		{ "CHARINT", AFFINITY_INTEGER },
		{ "REALBLOB", AFFINITY_BLOB },
		{ "BLOBTEXT", AFFINITY_TEXT },
		{ "ANY", AFFINITY_NUMERIC },
		{ "IN", AFFINITY_NUMERIC },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(value_affinity(cases[i].declared, false),
		    cases[i].affinity);
	assert_int_equal(value_affinity(NULL, false), AFFINITY_BLOB);
}

static void
any_in_a_strict_table_converts_nothing(void **state)
{
	(void)state;
	assert_int_equal(value_affinity("ANY", true), AFFINITY_BLOB);
	assert_int_equal(value_affinity("any", true), AFFINITY_BLOB);
	assert_int_equal(value_affinity("ANYTHING", true), AFFINITY_NUMERIC);
	assert_int_equal(value_affinity("INTEGER", true), AFFINITY_INTEGER);
}

static void
names_of_affinities_read_back(void **state)
{
	Affinity found = AFFINITY_BLOB;
	int i;

	(void)state;
	for (i = 0; i < AFFINITY_COUNT; i++) {
		assert_true(value_affinity_parse(
		    value_affinity_name((Affinity)i), &found));
		assert_int_equal(found, i);
	}
	assert_false(value_affinity_parse("INTEGER", &found));
	assert_false(value_affinity_parse("", &found));
	assert_string_equal(value_class_name(VALUE_NULL), "null");
	assert_string_equal(value_class_name(VALUE_BLOB), "blob");
}

static Value
real(double number)
{
	Value value = { .class = VALUE_REAL };

	value.real = number;
	return value;
}

static Value
bytes(ValueClass class, const char *text, size_t size)
{
	Value value = { .class = class, .size = size };

	value.bytes = (const uint8_t *)text;
	return value;
}

static void
equal_values_have_one_class_and_the_same_bits(void **state)
{
	Value null = { 0 };
	Value one = { .class = VALUE_INTEGER };
	Value zero = real(0.0);
	Value minus_zero = real(-0.0);
	Value nan = real((double)NAN);
	Value text = bytes(VALUE_TEXT, "a\0b", 3);
	Value cut = bytes(VALUE_TEXT, "a\0c", 3);
	Value blob = bytes(VALUE_BLOB, "a\0b", 3);
	Value empty = bytes(VALUE_TEXT, NULL, 0);
	Value other_empty = bytes(VALUE_TEXT, "x", 0);
	Value real_one = real(1.0);

	(void)state;
	one.integer = 1;
	assert_true(value_equal(&null, &null));
	assert_true(value_equal(&one, &one));
	assert_false(value_equal(&one, &real_one));
	assert_false(value_equal(&zero, &minus_zero));
	assert_true(value_equal(&nan, &nan));
	assert_true(value_equal(&text, &text));
	assert_false(value_equal(&text, &cut));
	assert_false(value_equal(&text, &blob));
	assert_true(value_equal(&empty, &other_empty));
	assert_false(value_equal(&empty, &null));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    declared_types_have_the_affinity_sqlite_gives_them),
		cmocka_unit_test(any_in_a_strict_table_converts_nothing),
		cmocka_unit_test(names_of_affinities_read_back),
		cmocka_unit_test(equal_values_have_one_class_and_the_same_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
