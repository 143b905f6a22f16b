#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/random.h"
#include "transform/glob.h"

/* Any name, written as a pattern, is the pattern of this name. */
static void
an_escaped_name_is_its_own_pattern(void **state)
{
	static const char letters[] = "aA*?[]\\-!^:\xc3\xa9 \n";
	Buf buf = { 0 };
	Error err;

	(void)state;
	start_random();
	for (int i = 0; i < 10000; i++) {
		char name[12] = "", pattern[32];
		size_t n = (size_t)rand() % sizeof name;

		for (size_t j = 0; j < n; j++)
			name[j] =
			    letters[(size_t)rand() % (sizeof letters - 1)];
		name[sizeof name - 1] = '\0';
		buf.size = 0;
		assert_true(glob_put_name(&buf, name, &err));
		snprintf(pattern, sizeof pattern, "%s", buf_text(&buf, &err));
		assert_int_equal(glob_kind(pattern), GLOB_NAME);
		assert_true(glob_matches(pattern, name));
		glob_unescape(pattern);
		assert_string_equal(pattern, name);
	}
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_escaped_name_is_its_own_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
