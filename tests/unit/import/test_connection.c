#include "import/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SERVER "connection to server at \"db1\" (10.0.0.1), port 5432 failed: "

static void
only_what_may_change_is_tried_again(void **state)
{
	static const struct {
		const char *text;
		ConnectionState judged;
	} cases[] = {
		{ "", CONNECTION_LATER },
		{ SERVER "Connection refused\n\tIs the server running?\n",
		    CONNECTION_LATER },
		{ "could not translate host name \"db1\" to address: x\n",
		    CONNECTION_LATER },
		{ SERVER "FATAL:  57P03: the database system is starting up\n"
			 "LOCATION:  f, g.c:1\n",
		    CONNECTION_LATER },
		{ SERVER "FATAL:  53300: too many clients\n", CONNECTION_FULL },
		{ SERVER "FATAL:  28P01: password authentication failed\n",
		    CONNECTION_NEVER },
		{ SERVER "FATAL:  3D000: database \"x\" does not exist\n",
		    CONNECTION_NEVER },
		{ SERVER "FATAL:  08P01: server login failed\n",
		    CONNECTION_LATER },
		/* Several servers: one that may come is enough. */
		{ SERVER "Connection refused\n" SERVER "FATAL:  28P01: no\n",
		    CONNECTION_LATER },
		{ SERVER "FATAL:  28P01: no\n" SERVER "Connection refused\n",
		    CONNECTION_LATER },
		{ SERVER "FATAL:  28P01: no\n" SERVER "FATAL:  53300: full\n",
		    CONNECTION_FULL },
		{ SERVER "FATAL:  53300: full\n" SERVER "FATAL:  57P03: up\n",
		    CONNECTION_LATER },
		{ SERVER "FATAL:  28000: no\n" SERVER "FATAL:  28000: no\n",
		    CONNECTION_NEVER },
		/* What only looks like a state. */
		{ SERVER "FATAL:  abcde: no\n", CONNECTION_LATER },
		{ SERVER "FATAL:  28P0", CONNECTION_LATER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(
		    connection_judge(cases[i].text), cases[i].judged);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_may_change_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
