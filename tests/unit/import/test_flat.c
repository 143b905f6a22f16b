#include "import/flat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
text_becomes_one_line(void **state)
{
	static const struct {
		const char *text, *flat;
	} cases[] = {
		{ "", "" },
		{ "a", "a" },
		{ " a ", "a" },
		{ "a\nb", "a b" },
		{ "a.\n", "a" },
		{ "a  \t\r\n  b.", "a b" },
		{ "...", "" },
		{ "123456789012", "123456789012" },
		{ "1234567890123", "123456789012..." },
		{ "12345678901ü", "12345678901..." },
		{ "1234567890ü", "1234567890ü" },
		{ "1234567890ü3", "1234567890ü..." },
		{ "123456789\xf0\x9f\x98\x80", "123456789..." },
		{ "12345678901 3", "12345678901..." },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
		    "..." },
	};
	char flat[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		flat_put(flat, sizeof flat, cases[i].text);
		assert_string_equal(flat, cases[i].flat);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_becomes_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
