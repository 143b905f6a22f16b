#include "formats/affinity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/values.h"

/* One letter an affinity that keeps the value: b, t, n, i, r. */
typedef struct {
	Value value;
	const char *kept;
} ExactCase;

static void
numbers_and_blobs_are_exact_only_where_they_come_back(void **state)
{
	const ExactCase cases[] = {
		{ { 0 }, "btnir" },
		{ integer(0), "ni" },
		{ integer(INT64_MIN), "ni" },
		{ integer(INT64_MAX), "ni" },
		{ real(1.5), "nir" },
		{ real(5.0), "r" },
		{ real(0.0), "r" },
		{ real(-0.0), "" },
		{ real(1e300), "nir" },
		{ real(-1e300), "nir" },
		{ real(9223372036854774784.0), "r" },
		{ real(9223372036854775808.0), "r" },
		{ real(9223372036854777856.0), "nir" },
		{ real(-9223372036854775808.0), "r" },
		{ real(4503599627370495.5), "nir" },
		{ real(5e-324), "nir" },
		{ real(1.7976931348623157e308), "nir" },
		{ real(0.0001), "nir" },
		{ real(0.00001), "nir" },
		{ real(123456789012.345), "nir" },
		{ real(0.1 + 0.2), "nir" },
		{ real((double)INFINITY), "" },
		{ real(-(double)INFINITY), "" },
		{ real((double)NAN), "" },
		{ bytes(VALUE_BLOB, NULL, 0), "b" },
		{ bytes(VALUE_BLOB, "\0\x7f\xff", 3), "b" },
	};
	static const char letters[] = "btnir";
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (j = 0; j < AFFINITY_COUNT; j++)
			if (affinity_is_exact((Affinity)j, &cases[i].value) !=
			    (strchr(cases[i].kept, letters[j]) != NULL))
				fail_msg("case %zu, affinity %s", i,
				    value_affinity_name((Affinity)j));
}

static void
assert_read(const char *field, Affinity affinity, Value wanted)
{
	size_t size = strlen(field);
	uint8_t text[64];
	Value value;

	memcpy(text, field, size);
	affinity_read(affinity, text, size, &value);
	if (!value_equal(&value, &wanted))
		fail_msg("%s under %s", field, value_affinity_name(affinity));
}

static void
canonical_numbers_are_numbers(void **state)
{
	(void)state;
	assert_read("0", AFFINITY_INTEGER, integer(0));
	assert_read("-12", AFFINITY_NUMERIC, integer(-12));
	assert_read("999999999999999999", AFFINITY_INTEGER,
	    integer(INT64_C(999999999999999999)));
	assert_read(
	    "9223372036854775807", AFFINITY_INTEGER, integer(INT64_MAX));
	assert_read(
	    "-9223372036854775808", AFFINITY_NUMERIC, integer(INT64_MIN));
	assert_read("5.0", AFFINITY_INTEGER, real(5.0));
	assert_read("0.0", AFFINITY_REAL, real(0.0));
	assert_read("-0.0", AFFINITY_REAL, real(-0.0));
	assert_read("1234.56", AFFINITY_NUMERIC, real(1234.56));
	assert_read("-0.0001", AFFINITY_REAL, real(-0.0001));
	assert_read("1e-05", AFFINITY_REAL, real(0.00001));
	assert_read("0.30000000000000004", AFFINITY_REAL, real(0.1 + 0.2));
	assert_read("99999999999999.9", AFFINITY_REAL, real(99999999999999.9));
	assert_read("1e+300", AFFINITY_NUMERIC, real(1e300));
	assert_read("5e-324", AFFINITY_REAL, real(5e-324));
}

static void
numbers_that_are_not_canonical_are_text(void **state)
{
	static const char *const texts[] = { "007", "-0", "+1", "1.50", "1.",
		".5", "0.00001", "00.5", "1e5", "1e+5", "100000000000000000.0",
		"0.30000000000000000", "9223372036854775808", "5.", "-", "-.5",
		"1e400", "1.5e", "Infinity", "0.1234567890123456789" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_read(texts[i], AFFINITY_NUMERIC, text(texts[i]));
	assert_read("5", AFFINITY_REAL, text("5"));
	assert_read("", AFFINITY_REAL, text(""));
}

static void
blobs_are_lower_case_hex_in_columns_of_no_type(void **state)
{
	(void)state;
	assert_read("\\x", AFFINITY_BLOB, bytes(VALUE_BLOB, NULL, 0));
	assert_read(
	    "\\x00ffa9", AFFINITY_BLOB, bytes(VALUE_BLOB, "\0\xff\xa9", 3));
	assert_read("\\x0", AFFINITY_BLOB, text("\\x0"));
	assert_read("\\x0A", AFFINITY_BLOB, text("\\x0A"));
	assert_read("\\X0a", AFFINITY_BLOB, text("\\X0a"));
	assert_read("\\x0g", AFFINITY_BLOB, text("\\x0g"));
	assert_read("\\x00", AFFINITY_TEXT, text("\\x00"));
	assert_read("\\x00", AFFINITY_NUMERIC, text("\\x00"));
	assert_read("12", AFFINITY_BLOB, text("12"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    numbers_and_blobs_are_exact_only_where_they_come_back),
		cmocka_unit_test(canonical_numbers_are_numbers),
		cmocka_unit_test(numbers_that_are_not_canonical_are_text),
		cmocka_unit_test(
		    blobs_are_lower_case_hex_in_columns_of_no_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
