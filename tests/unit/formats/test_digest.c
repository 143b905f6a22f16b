#include "formats/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* FIPS 180-4's examples, and the empty message. */
static void
known_messages_have_their_digests(void **state)
{
	static const char *const cases[][2] = {
		{ "",
		    "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855" },
		{ "abc",
		    "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[DIGEST_HEX_BYTES];
	Digest digest, read;
	Error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(
		    digest_of(cases[i][0], strlen(cases[i][0]), &digest, &err));
		digest_hex(&digest, hex);
		assert_string_equal(hex, cases[i][1]);
		assert_true(digest_from_hex(hex, &read));
		assert_true(digest_equal(&digest, &read));
		read.bytes[DIGEST_BYTES - 1] ^= 1;
		assert_false(digest_equal(&digest, &read));
	}
	assert_true(digest_of(NULL, 0, &digest, &err));
	digest_hex(&digest, hex);
	assert_string_equal(hex, cases[0][1]);
}

static void
bytes_that_come_in_pieces_have_the_same_digest(void **state)
{
	static const char text[] = "the bytes of a file that grows";
	const size_t size = sizeof(text) - 1;
	Digest whole, pieces;
	Error err;

	(void)state;
	assert_true(digest_of(text, size, &whole, &err));
	for (size_t i = 0; i <= size; i++) {
		DigestStream stream = { 0 };

		assert_true(digest_begin(&stream, &err));
		assert_true(digest_add(&stream, text, i, &err));
		assert_true(digest_add(&stream, text + i, size - i, &err));
		assert_true(digest_end(&stream, &pieces, &err));
		digest_free(&stream);
		assert_true(digest_equal(&whole, &pieces));
	}
}

static void
only_64_lower_case_digits_are_a_digest(void **state)
{
	static const char digits[17] = "0123456789abcdef";
	char hex[DIGEST_HEX_BYTES + 1] = { 0 };
	Digest digest, before;
	size_t i;
	int byte;

	(void)state;
	for (i = 0; i < 64; i++)
		hex[i] = digits[i % 16];
	memset(&digest, 7, sizeof(digest));
	before = digest;
	for (byte = 1; byte < 256; byte++) {
		if (strchr(digits, byte) != NULL)
			continue;
		hex[0] = (char)byte;
		assert_false(digest_from_hex(hex, &digest));
		hex[0] = '0';
		hex[63] = (char)byte;
		assert_false(digest_from_hex(hex, &digest));
		hex[63] = 'f';
	}
	hex[64] = '0';
	assert_false(digest_from_hex(hex, &digest));
	hex[64] = '\0';
	hex[63] = '\0';
	assert_false(digest_from_hex(hex, &digest));
	assert_false(digest_from_hex("", &digest));
	assert_true(digest_equal(&digest, &before));
	hex[63] = 'f';
	assert_true(digest_from_hex(hex, &digest));
	assert_int_equal(digest.bytes[0], 0x01);
	assert_int_equal(digest.bytes[31], 0xef);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_messages_have_their_digests),
		cmocka_unit_test(
		    bytes_that_come_in_pieces_have_the_same_digest),
		cmocka_unit_test(only_64_lower_case_digits_are_a_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
