#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "formats/literal.h"
#include "formats/number.h"
#include "transform/decimal.h"

static DecimalFit
put(const char *text, Type type, Buf *out)
{
	DecimalFit fit;
	Error err;

	out->size = 0;
	assert_true(decimal_put(
	    out, (const uint8_t *)text, strlen(text), type, &fit, &err));
	assert_non_null(buf_text(out, &err));
	return fit;
}

static void
a_plain_numeric_keeps_its_digits_and_loses_its_exponent(void **state)
{
	static const char *const pairs[][2] = {
		{ "0", "0" },
		{ "-0", "0" },
		{ "+7", "7" },
		{ "007", "7" },
		{ "1.50", "1.50" },
		{ ".5", "0.5" },
		{ "-.5", "-0.5" },
		{ "5.", "5" },
		{ "0.00", "0.00" },
		{ "-0.0", "0.0" },
		{ "1e3", "1000" },
		{ "1.5E3", "1500" },
		{ "1.50e1", "15.0" },
		{ "0.05e1", "0.5" },
		{ "1e-3", "0.001" },
		{ "-12.5e-3", "-0.0125" },
		{ "0e-5", "0.00000" },
		{ "0.00e5", "0" },
		{ "0001e3", "1000" },
		{ "123456789012345678901234567890.5",
		    "123456789012345678901234567890.5" },
	};
	Type type = { .name = TYPE_NUMERIC };
	Buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		assert_int_equal(put(pairs[i][0], type, &out), DECIMAL_FITS);
		assert_string_equal((char *)out.data, pairs[i][1]);
	}
	buf_free(&out);
}

static void
what_is_no_number_is_refused_and_writes_nothing(void **state)
{
	static const char *const texts[] = { "", "-", ".", "1e", "1.2.3", " 1",
		"1 ", "NaN", "Infinity", "0x10", "1e131072", "1e-16384", "12a",
		"1_000" };
	Type type = { .name = TYPE_NUMERIC };
	Buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (put(texts[i], type, &out) != DECIMAL_NOT)
			print_error("\"%s\"\n", texts[i]);
		assert_int_equal(put(texts[i], type, &out), DECIMAL_NOT);
		assert_int_equal(out.size, 0);
	}
	buf_free(&out);
}

static void
a_precision_pads_and_never_rounds(void **state)
{
	static const struct {
		const char *text, *expected; /* NULL: too wide */
		int precision, scale;
	} cases[] = {
		{ "1", "1.00", 5, 2 },
		{ "999.99", "999.99", 5, 2 },
		{ "1000", NULL, 5, 2 },
		{ "1.005", NULL, 5, 2 },
		{ "1.5000", "1.50", 5, 2 },
		{ "-0.001", NULL, 5, 2 },
		{ "1e-3", NULL, 5, 2 },
		{ "0e-3", "0.00", 5, 2 },
		{ "0.05", "0.05", 2, 2 },
		{ "1", NULL, 2, 2 },
		{ "0", "0.00", 2, 2 },
		{ "000123", "123", 3, 0 },
		{ "5.0", "5", 1, 0 },
		{ "1e2", "100", 3, 0 },
		{ "1e3", NULL, 3, 0 },
	};
	Buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		Type type = { .name = TYPE_NUMERIC,
			.precision = cases[i].precision,
			.scale = cases[i].scale };
		DecimalFit fit = put(cases[i].text, type, &out);

		if (cases[i].expected == NULL) {
			assert_int_equal(fit, DECIMAL_TOO_WIDE);
			assert_int_equal(out.size, 0);
		} else {
			assert_int_equal(fit, DECIMAL_FITS);
			assert_string_equal(
			    (char *)out.data, cases[i].expected);
		}
	}
	buf_free(&out);
}

static void
the_largest_numbers_fit(void **state)
{
	Type type = { .name = TYPE_NUMERIC };
	Buf out = { 0 };

	(void)state;
	assert_int_equal(put("1e131071", type, &out), DECIMAL_FITS);
	assert_int_equal(out.size, 131072);
	assert_int_equal(put("-1e-16383", type, &out), DECIMAL_FITS);
	assert_int_equal(out.size, 16383 + 3);
	buf_free(&out);
}

/* Random digits, point and exponent: the plain form reads back to the same
 * double, has the scale literal_numeric promised, and is its own plain form. */
static void
plain_forms_mean_the_same_and_are_stable(void **state)
{
	unsigned seed = (unsigned)time(NULL);
	Type type = { .name = TYPE_NUMERIC };
	Buf out = { 0 }, again = { 0 };

	(void)state;
	print_message("seed %u\n", seed);
	for (int round = 0; round < 20000; round++) {
		char text[64];
		int size = 0;
		int n = 1 + rand_r(&seed) % 20;
		int point = rand_r(&seed) % 25;
		unsigned integral, scale;
		double one, other;
		const char *dot;

		if (rand_r(&seed) % 3 == 0)
			text[size++] = "+-"[rand_r(&seed) % 2];
		for (int i = 0; i < n; i++) {
			if (i == point)
				text[size++] = '.';
			text[size++] = (char)('0' +
			    rand_r(&seed) % 10 * (rand_r(&seed) % 3 > 0));
		}
		if (rand_r(&seed) % 2 == 0)
			size += sprintf(
			    text + size, "e%d", rand_r(&seed) % 60 - 30);
		text[size] = '\0';
		if (!literal_numeric(
			(const uint8_t *)text, (size_t)size, &integral, &scale))
			continue;
		assert_int_equal(put(text, type, &out), DECIMAL_FITS);
		one = strtod(text, NULL);
		other = strtod((char *)out.data, NULL);
		if (!(one == other))
			print_error("%s -> %s\n", text, (char *)out.data);
		assert_true(one == other);
		dot = strchr((char *)out.data, '.');
		assert_int_equal(dot == NULL ? 0 : strlen(dot + 1), scale);
		assert_int_equal(
		    put((char *)out.data, type, &again), DECIMAL_FITS);
		assert_string_equal((char *)out.data, (char *)again.data);
	}
	buf_free(&out);
	buf_free(&again);
}

/* What decimal_is_canonical passes, decimal_put writes as it is; and all that
 * is written for a type passes. */
static void
what_is_canonical_is_written_as_it_is(void **state)
{
	static const char *const texts[] = { "0", "-0", "00", "7", "-7", "0.5",
		".5", "5.", "-0.05", "-0.00", "0.00", "1.50", "999.99",
		"1000.00", "01.50", "1e2", "+1", "", "-", ".", "-.5", "12.345",
		"1.2.3", "1a", "0.001", "99", "5.0" };
	static const int facets[][2] = { { 0, 0 }, { 5, 2 }, { 2, 2 }, { 3, 0 },
		{ 2, 5 } };
	Buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t j = 0; j < sizeof facets / sizeof *facets; j++) {
			Type type = { .name = TYPE_NUMERIC,
				.precision = facets[j][0],
				.scale = facets[j][1] };
			bool fits = put(texts[i], type, &out) == DECIMAL_FITS;
			bool same =
			    fits && strcmp((char *)out.data, texts[i]) == 0;

			if (decimal_is_canonical((const uint8_t *)texts[i],
				strlen(texts[i]), type) != same)
				fail_msg("\"%s\" (%d,%d)", texts[i],
				    type.precision, type.scale);
		}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_plain_numeric_keeps_its_digits_and_loses_its_exponent),
		cmocka_unit_test(
		    what_is_no_number_is_refused_and_writes_nothing),
		cmocka_unit_test(a_precision_pads_and_never_rounds),
		cmocka_unit_test(the_largest_numbers_fit),
		cmocka_unit_test(plain_forms_mean_the_same_and_are_stable),
		cmocka_unit_test(what_is_canonical_is_written_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
