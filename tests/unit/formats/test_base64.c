#include "formats/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* The vectors of RFC 4648 section 10, and the digits at the end. */
static const struct {
	const char *bytes, *text;
} vectors[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
	{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" }, { "\xfb\xef\xff", "++//" } };

static bool
reads(const char *text, bool padding_wanted)
{
	uint8_t out[64];
	size_t size;

	return base64_read(
	    (const uint8_t *)text, strlen(text), padding_wanted, out, &size);
}

static void
the_vectors_of_the_rfc_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		const uint8_t *bytes = (const uint8_t *)vectors[i].bytes;
		size_t size = strlen(vectors[i].bytes);
		size_t text_size = strlen(vectors[i].text);
		uint8_t out[64];
		size_t n;

		assert_int_equal(BASE64_BYTES(size), text_size);
		assert_int_equal(base64_write(out, bytes, size), text_size);
		assert_memory_equal(out, vectors[i].text, text_size);
		/* In place. */
		assert_true(base64_read(out, text_size, true, out, &n));
		assert_int_equal(n, size);
		assert_memory_equal(out, bytes, size);
	}
}

static void
padding_may_be_left_out_where_it_is_not_wanted(void **state)
{
	(void)state;
	assert_true(reads("Zg", false));
	assert_true(reads("Zm8", false));
	assert_true(reads("Zm9vYg", false));
	assert_false(reads("Zg", true));
	assert_false(reads("Zm8", true));
	assert_true(reads("Zg==", false));
	assert_false(reads("Zg=", false));
	assert_false(reads("Zm8==", false));
}

static void
everything_else_is_refused(void **state)
{
	static const char *const bad[] = { "Z", "Z===", "=",
		"==", "====", "Zg==Zg==", "Zm9v=", "Zm9v====", "Zm 9", "Zm9v\n",
		"Zm9-", "Zm9_", "Zh==", "Zm9=", "Zm9", "Zm9vY",
		"\xc3\xa4"
		"AA",
		"Zm9vZ===" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (reads(bad[i], false) || reads(bad[i], true))
			fail_msg("\"%s\" is read", bad[i]);
	}
}

static void
any_bytes_come_back(void **state)
{
	const char *given = getenv("SEED");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				      : (unsigned)time(NULL);
	uint8_t bytes[40], text[BASE64_BYTES(40)], back[60];

	(void)state;
	printf("SEED=%u\n", seed);
	srand(seed);
	for (int i = 0; i < 20000; i++) {
		size_t size = (size_t)rand() % sizeof bytes;
		size_t n, text_size;

		for (size_t k = 0; k < size; k++)
			bytes[k] = (uint8_t)rand();
		text_size = base64_write(text, bytes, size);
		if (i % 2 == 0)
			while (text_size > 0 && text[text_size - 1] == '=')
				text_size--;
		assert_true(BASE64_DECODED_BYTES(text_size) >= size);
		assert_true(base64_read(text, text_size, i % 2 == 1, back, &n));
		assert_int_equal(n, size);
		assert_memory_equal(back, bytes, size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc_hold),
		cmocka_unit_test(
		    padding_may_be_left_out_where_it_is_not_wanted),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(any_bytes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
