#include "formats/number.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

typedef struct {
	double value;
	const char *text;
} RealCase;

static double
from_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint64_t
to_bits(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void
assert_integer(int64_t value, const char *text)
{
	uint8_t out[NUMBER_INTEGER_BYTES];
	int64_t read;
	size_t n;

	n = number_write_integer(out, value);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(out, text, n);
	assert_true(number_read_integer(out, n, &read));
	assert_true(read == value);
}

static void
integers_are_written_and_read_at_every_digit_boundary(void **state)
{
	int64_t power;
	char text[32];
	int i;

	(void)state;
	assert_integer(0, "0");
	assert_integer(-1, "-1");
	assert_integer(INT64_MAX, "9223372036854775807");
	assert_integer(INT64_MIN, "-9223372036854775808");
	power = 1;
	for (i = 0; i <= 18; i++) {
		snprintf(text, sizeof(text), "%" PRId64, power);
		assert_integer(power, text);
		snprintf(text, sizeof(text), "%" PRId64, power - 1);
		assert_integer(power - 1, text);
		snprintf(text, sizeof(text), "%" PRId64, -power);
		assert_integer(-power, text);
		if (i < 18)
			power *= 10;
	}
}

static void
random_integers_agree_with_printf(void **state)
{
	uint64_t random, bits;
	char text[32];
	int i;

	(void)state;
	random = seed_of_run();
	for (i = 0; i < 200000; i++) {
		bits = next_random(&random);
		bits >>= next_random(&random) % 64;
		snprintf(text, sizeof(text), "%" PRId64, (int64_t)bits);
		assert_integer((int64_t)bits, text);
	}
}

static void
only_canonical_integers_in_range_are_read(void **state)
{
	static const char *const bad[] = { "", "-", "-0", "00", "01", "-01",
		"+1", " 1", "1 ", "1.", "1.0", "1e3", "0x1", "1a", "--1",
		"9223372036854775808", "-9223372036854775809",
		"9999999999999999999", "10000000000000000000",
		"18446744073709551617", "-00000000000000000001" };
	int64_t value;
	size_t i;

	(void)state;
	value = 42;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (number_read_integer(
			(const uint8_t *)bad[i], strlen(bad[i]), &value))
			fail_msg("\"%s\" was read as an integer", bad[i]);
		assert_true(value == 42);
	}
	assert_false(number_read_integer((const uint8_t *)"1\0", 2, &value));
}

static void
reals_look_as_postgresql_writes_them_and_always_like_reals(void **state)
{
	static const RealCase cases[] = {
		{ 0.0, "0.0" },
		{ -0.0, "-0.0" },
		{ 5.0, "5.0" },
		{ -5.0, "-5.0" },
		{ 0.1, "0.1" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3.0, "0.3333333333333333" },
		{ 10.0, "10.0" },
		{ 100000.0, "100000.0" },
		{ 123456.789, "123456.789" },
		{ 19.99, "19.99" },
		{ 0.000001, "1e-06" },
		{ 0.0001, "0.0001" },
		{ 0.00012, "0.00012" },
		{ 0.00099999, "0.00099999" },
		{ 9.999e-5, "9.999e-05" },
		{ 0.00001, "1e-05" },
		{ 999999999.999999, "999999999.999999" },
		{ 1000000000.5, "1000000000.5" },
		{ 1e14, "100000000000000.0" },
		{ 123456789012345.0, "123456789012345.0" },
		{ 999999999999999.0, "999999999999999.0" },
		{ 999999999999999.9, "999999999999999.9" },
		{ 1e15, "1e+15" },
		{ 1234567890123456.0, "1.234567890123456e+15" },
		{ 9007199254740992.0, "9.007199254740992e+15" },
		{ 9007199254740993.0, "9.007199254740992e+15" },
		{ 1e16, "1e+16" },
		{ 1e22, "1e+22" },
		{ 1e23, "1e+23" },
		{ 1e100, "1e+100" },
		{ 1e300, "1e+300" },
		{ DBL_MAX, "1.7976931348623157e+308" },
		{ DBL_MIN, "2.2250738585072014e-308" },
		{ -DBL_MIN, "-2.2250738585072014e-308" },
		{ 5e-324, "5e-324" },
		{ (double)INFINITY, "Infinity" },
		{ -(double)INFINITY, "-Infinity" },
		{ (double)NAN, "NaN" },
		{ -(double)NAN, "NaN" },
	};
	uint8_t out[NUMBER_REAL_BYTES];
	double read;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = number_write_real(out, cases[i].value);
		if (n != strlen(cases[i].text) ||
		    memcmp(out, cases[i].text, n) != 0)
			fail_msg("%.17g: got %.*s, wanted %s", cases[i].value,
			    (int)n, (const char *)out, cases[i].text);
		assert_true(number_read_real(out, n, &read));
		if (isnan(cases[i].value))
			assert_true(isnan(read));
		else
			assert_true(to_bits(read) == to_bits(cases[i].value));
	}
}

static void
every_power_of_ten_and_five_digits_around_it_come_back(void **state)
{
	uint8_t out[NUMBER_REAL_BYTES + 1];
	char text[32];
	double value, read;
	int exponent, digits;
	size_t n;

	(void)state;
	for (exponent = -330; exponent <= 308; exponent++) {
		for (digits = 9; digits <= 99999; digits = digits * 10 + 9) {
			snprintf(text, sizeof(text), "%de%d", digits / 10 + 1,
			    exponent);
			value = strtod(text, NULL);
			if (isinf(value))
				continue;
			n = number_write_real(out, value);
			assert_true(number_read_real(out, n, &read));
			assert_true(to_bits(read) == to_bits(value));
			assert_true(number_read_real(
			    (uint8_t *)text, strlen(text), &read));
			assert_true(to_bits(read) == to_bits(value));
		}
	}
}

/* The text must read back by strtod, another implementation, and no text with
 * one digit less may. */
static void
assert_shortest(double value)
{
	uint8_t out[NUMBER_REAL_BYTES + 1];
	char fewer[64];
	double read;
	size_t n, i;
	int digits;
	bool looks_real;

	n = number_write_real(out, value);
	assert_in_range(n, 3, NUMBER_REAL_BYTES - 1);
	out[n] = '\0';
	if (to_bits(strtod((char *)out, NULL)) != to_bits(value))
		fail_msg("%a became %s", value, (char *)out);
	assert_true(number_read_real(out, n, &read));
	assert_true(to_bits(read) == to_bits(value));
	if (value == 0)
		return;
	digits = 0;
	looks_real = false;
	for (i = 0; i < n && out[i] != 'e'; i++) {
		if (out[i] == '.')
			looks_real = true;
		else if (out[i] != '-' && (digits > 0 || out[i] != '0'))
			digits++;
	}
	assert_true(looks_real || i < n);
	if (i == n && n >= 2 && memcmp(out + n - 2, ".0", 2) == 0)
		for (i = n - 2, digits--; i > 0 && out[i - 1] == '0'; i--)
			digits--;
	assert_in_range(digits, 0, 17);
	if (digits < 2)
		return;
	snprintf(fewer, sizeof(fewer), "%.*e", digits - 2, value);
	if (strtod(fewer, NULL) == value)
		fail_msg("%s is shorter than %s", fewer, (char *)out);
}

static void
random_doubles_are_shortest_and_come_back_by_strtod(void **state)
{
	uint64_t random;
	double value;
	int i;

	(void)state;
	random = seed_of_run();
	for (i = 0; i < 1000000; i++) {
		value = from_bits(next_random(&random));
		if (isfinite(value))
			assert_shortest(value);
	}
}

static void
random_decimals_of_everyday_sizes_are_shortest(void **state)
{
	static const double scales[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e9, 1e12, 1e15, 1e18 };
	uint64_t random;
	int64_t whole;
	double value;
	int i;

	(void)state;
	random = seed_of_run();
	for (i = 0; i < 300000; i++) {
		whole = (int64_t)(next_random(&random) >>
		    (1 + next_random(&random) % 62));
		value = (double)whole / scales[next_random(&random) % 12];
		assert_shortest(value);
		assert_shortest(nextafter(value, (double)INFINITY));
		assert_shortest(-value);
	}
}

/* Denormals are rare among random bits. */
static void
random_denormals_are_shortest_and_come_back(void **state)
{
	uint64_t random;
	int i;

	(void)state;
	random = seed_of_run();
	for (i = 0; i < 50000; i++)
		assert_shortest(from_bits(
		    next_random(&random) >> (12 + next_random(&random) % 52)));
}

static void
reals_of_every_spelling_are_read(void **state)
{
	static const RealCase cases[] = {
		{ 5.0, "5.0" },
		{ 5.0, "5" },
		{ 5.0, "5." },
		{ 0.5, ".5" },
		{ -0.5, "-.5" },
		{ 1e300, "1e300" },
		{ 1e300, "1E+300" },
		{ 1e-5, "1e-05" },
		{ 5.0, "0005.000" },
		{ 0.0, "0e999999" },
		{ 0.0, "0.000e-999999999999999999999" },
		{ DBL_MAX, "1.7976931348623158e308" },
		{ 0.0, "1e-400" },
		{ -0.0, "-1e-400" },
		{ 0.0, "2e-324" },
		{ 5e-324, "3e-324" },
		{ 1e-5, "0.0000000001e5" },
		{ 9007199254740992.0, "9007199254740993" },
		{ 9007199254740994.0, "9007199254740993.00000000000000001" },
		{ 0.0, "0.1e-99999999999999999999" },
	};
	double value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!number_read_real((const uint8_t *)cases[i].text,
			strlen(cases[i].text), &value))
			fail_msg("\"%s\" was refused", cases[i].text);
		if (to_bits(value) != to_bits(cases[i].value))
			fail_msg("\"%s\" was read as %a", cases[i].text, value);
	}
}

static void
what_is_no_decimal_real_or_too_large_is_refused(void **state)
{
	static const char *const bad[] = { "", "-", ".", "-.", "e5", ".e5",
		"1e", "1e+", "1e5.0", "+1", " 1", "1 ", "1,5", "0x10", "0x1p3",
		"inf", "infinity", "INFINITY", "+Infinity", "nan", "-NaN",
		"Infinit", "nan(1)", "1.2.3", "--1", "- 1", "1d5", "1_000",
		"1e309", "-1e309", "1.7976931348623159e308", "1e99999999999999",
		"0.00001e400", "123456789e305" };
	double value;
	size_t i;

	(void)state;
	value = 42;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (number_read_real(
			(const uint8_t *)bad[i], strlen(bad[i]), &value))
			fail_msg("\"%s\" was read as %a", bad[i], value);
		assert_true(value == 42);
	}
	assert_false(number_read_real((const uint8_t *)"1\0", 2, &value));
}

static void
a_real_of_60000_digits_is_read_and_a_longer_one_refused(void **state)
{
	static uint8_t text[60001];
	double value;

	(void)state;
	memset(text, '0', sizeof(text));
	memcpy(text, "0.", 2);
	memcpy(text + 60000 - 7, "1e59992", 7);
	assert_true(number_read_real(text, 60000, &value));
	assert_true(value == 1.0);
	memset(text, '0', sizeof(text));
	text[1] = '.';
	assert_true(number_read_real(text, 60000, &value));
	assert_true(value == 0.0);
	assert_false(number_read_real(text, 60001, &value));
}

static void
sqlite_takes_for_numbers_what_it_documents(void **state)
{
	static const char *const good[] = { "0", "-1", "+1", " 1", "1 ",
		"\t\n\v\f\r 1 \r\f\v\n\t", "1.", ".1", "1.5", "-.5e-3", "1e5",
		"1E+5", "007", "5.0", "9999999999999999999999", "1e999",
		" +1.e5 " };
	static const char *const bad[] = { "", " ", "-", "+", ".", "e5", ".e5",
		"1e", "1e+", "1e ", "1 2", "1,5", "0x10", "abc", "1a", "--1",
		"- 1", "Infinity", "inf", "NaN", "1.2.3",
		"\xc2\xa0"
		"1",
		"1_000" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!number_looks_numeric(
			(const uint8_t *)good[i], strlen(good[i])))
			fail_msg("\"%s\" does not look numeric", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (number_looks_numeric(
			(const uint8_t *)bad[i], strlen(bad[i])))
			fail_msg("\"%s\" looks numeric", bad[i]);
	assert_false(number_looks_numeric((const uint8_t *)"1\0", 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    integers_are_written_and_read_at_every_digit_boundary),
		cmocka_unit_test(random_integers_agree_with_printf),
		cmocka_unit_test(only_canonical_integers_in_range_are_read),
		cmocka_unit_test(
		    reals_look_as_postgresql_writes_them_and_always_like_reals),
		cmocka_unit_test(
		    every_power_of_ten_and_five_digits_around_it_come_back),
		cmocka_unit_test(
		    random_doubles_are_shortest_and_come_back_by_strtod),
		cmocka_unit_test(
		    random_decimals_of_everyday_sizes_are_shortest),
		cmocka_unit_test(random_denormals_are_shortest_and_come_back),
		cmocka_unit_test(reals_of_every_spelling_are_read),
		cmocka_unit_test(
		    what_is_no_decimal_real_or_too_large_is_refused),
		cmocka_unit_test(
		    a_real_of_60000_digits_is_read_and_a_longer_one_refused),
		cmocka_unit_test(sqlite_takes_for_numbers_what_it_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
