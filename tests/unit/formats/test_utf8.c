#include "formats/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

typedef struct {
	const char *bytes;
	size_t size;
	size_t valid; /* prefix */
} Case;

#define CASE(text, valid)                     \
	{                                     \
		text, sizeof(text) - 1, valid \
	}

static const Case cases[] = {
	CASE("", 0),
	CASE("a", 1),
	CASE("a\0b", 3),
	CASE("plain text of more than eight bytes", 35),
	CASE("\x7f", 1),
	CASE("\x80", 0),
	CASE("\xbf", 0),
	CASE("\xc0\x80", 0),         /* overlong NUL */
	CASE("\xc1\xbf", 0),         /* overlong */
	CASE("\xc2\x80", 2),         /* U+0080 */
	CASE("\xdf\xbf", 2),         /* U+07FF */
	CASE("\xe0\x9f\xbf", 0),     /* overlong */
	CASE("\xe0\xa0\x80", 3),     /* U+0800 */
	CASE("\xed\x9f\xbf", 3),     /* U+D7FF */
	CASE("\xed\xa0\x80", 0),     /* surrogate */
	CASE("\xed\xbf\xbf", 0),     /* surrogate */
	CASE("\xee\x80\x80", 3),     /* U+E000 */
	CASE("\xef\xbf\xbf", 3),     /* U+FFFF */
	CASE("\xf0\x8f\xbf\xbf", 0), /* overlong */
	CASE("\xf0\x90\x80\x80", 4), /* U+10000 */
	CASE("\xf4\x8f\xbf\xbf", 4), /* U+10FFFF */
	CASE("\xf4\x90\x80\x80", 0), /* past it */
	CASE("\xf5\x80\x80\x80", 0),
	CASE("\xf8\x88\x80\x80\x80", 0),
	CASE("\xff", 0),
	CASE("ab\xc3", 2), /* cut short */
	CASE("ab\xe2\x82", 2),
	CASE("ab\xf0\x9f\x98", 2),
	CASE("ab\xc3"
	     "x",
	    2),
	CASE("ab\xe2\x82x", 2),
	CASE("ab\xf0\x9f\x98x", 2),
	CASE("12345678\xc3\xa9"
	     "12345678\xff"
	     "1234567",
	    18),
	CASE("1234567\xc3\xa9", 9), /* across eight bytes */
	CASE("1234567\xe2\x82\xac\xf0\x9f\x98\x80", 14),
};

#define N_CASES (sizeof(cases) / sizeof(cases[0]))

static void
the_valid_prefix_ends_where_rfc_3629_says(void **state)
{
	size_t i, got;

	(void)state;
	for (i = 0; i < N_CASES; i++) {
		got = utf8_valid_prefix(
		    (const uint8_t *)cases[i].bytes, cases[i].size);
		if (got != cases[i].valid)
			fail_msg("case %zu: %zu, wanted %zu", i, got,
			    cases[i].valid);
	}
	assert_int_equal(utf8_valid_prefix(NULL, 0), 0);
}

static void
text_is_valid_and_without_nul(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_CASES; i++)
		assert_int_equal(utf8_is_text((const uint8_t *)cases[i].bytes,
				     cases[i].size),
		    cases[i].valid == cases[i].size &&
			strlen(cases[i].bytes) == cases[i].size);
	assert_true(utf8_is_text(NULL, 0));
	assert_false(utf8_is_text((const uint8_t *)"\0", 1));
	assert_false(utf8_is_text((const uint8_t *)"123456789\0", 10));
}

/* Decode, by arithmetic and not by ranges, so that the two can disagree. */
static size_t
simple_valid_prefix(const uint8_t *bytes, size_t size)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t point;
	size_t at, n, i;

	for (at = 0; at < size; at += n) {
		if (bytes[at] < 0x80) {
			n = 1;
			continue;
		}
		n = (bytes[at] & 0xe0) == 0xc0   ? 2
		    : (bytes[at] & 0xf0) == 0xe0 ? 3
		    : (bytes[at] & 0xf8) == 0xf0 ? 4
						 : 0;
		if (n == 0 || size - at < n)
			return at;
		point = bytes[at] & (0x7fu >> n);
		for (i = 1; i < n; i++) {
			if ((bytes[at + i] & 0xc0) != 0x80)
				return at;
			point = point << 6 | (bytes[at + i] & 0x3fu);
		}
		if (point < least[n] || point > 0x10ffff ||
		    (point >= 0xd800 && point <= 0xdfff))
			return at;
	}
	return at;
}

static void
every_three_bytes_agree_with_plain_arithmetic(void **state)
{
	uint8_t bytes[3];
	unsigned i;

	(void)state;
	for (i = 0; i < 1u << 24; i++) {
		bytes[0] = (uint8_t)(i >> 16);
		bytes[1] = (uint8_t)(i >> 8);
		bytes[2] = (uint8_t)i;
		if (utf8_valid_prefix(bytes, 3) !=
		    simple_valid_prefix(bytes, 3))
			fail_msg("bytes %06x", i);
	}
}

static void
random_bytes_agree_with_plain_arithmetic(void **state)
{
	static const uint8_t alphabet[] = { 'a', 0, 0x7f, 0x80, 0x8f, 0x90,
		0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe2, 0xed, 0xef,
		0xf0, 0xf1, 0xf4, 0xf5, 0xff, 'b', 'c', 'd', 'e', 'f' };
	uint8_t bytes[40];
	size_t size, i;
	int round;

	(void)state;
	start_random();
	for (round = 0; round < 300000; round++) {
		size = (size_t)random() % (sizeof(bytes) + 1);
		for (i = 0; i < size; i++)
			bytes[i] = random() % 3 == 0
			    ? alphabet[(size_t)random() % sizeof(alphabet)]
			    : (uint8_t)'x';
		assert_int_equal(utf8_valid_prefix(bytes, size),
		    simple_valid_prefix(bytes, size));
	}
}

static void
one_replacement_stands_for_a_maximal_subpart(void **state)
{
	/* valid: here the bytes that one U+FFFD takes the place of */
	static const Case subparts[] = {
		CASE("\x80\x80", 1),
		CASE("\xc0\x80", 1),
		CASE("\xc2", 1),
		CASE("\xc2\x41", 1),
		CASE("\xe0\x80\x80", 1),
		CASE("\xe1\x80", 2),
		CASE("\xe1\x80\x41", 2),
		CASE("\xe1\x80\xe1", 2),
		CASE("\xed\xa0\x80", 1),
		CASE("\xf0\x80\x80\x80", 1),
		CASE("\xf0\x90", 2),
		CASE("\xf1\x80\x80", 3),
		CASE("\xf1\x80\x80\xc0", 3),
		CASE("\xf4\x90\x80\x80", 1),
		CASE("\xf5\x80\x80\x80", 1),
		CASE("\xff", 1),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(subparts) / sizeof(subparts[0]); i++)
		assert_int_equal(
		    utf8_invalid_subpart(
			(const uint8_t *)subparts[i].bytes, subparts[i].size),
		    subparts[i].valid);
}

static void
length_counts_characters(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";

	(void)state;
	assert_int_equal(utf8_length(NULL, 0), 0);
	assert_int_equal(
	    utf8_length((const uint8_t *)text, sizeof(text) - 1), 5);
	assert_int_equal(utf8_length((const uint8_t *)"a\0b", 3), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_valid_prefix_ends_where_rfc_3629_says),
		cmocka_unit_test(text_is_valid_and_without_nul),
		cmocka_unit_test(every_three_bytes_agree_with_plain_arithmetic),
		cmocka_unit_test(random_bytes_agree_with_plain_arithmetic),
		cmocka_unit_test(one_replacement_stands_for_a_maximal_subpart),
		cmocka_unit_test(length_counts_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
