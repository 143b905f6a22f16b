#include "import/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
passwords_are_hidden_and_lengths_stay(void **state)
{
	static const struct {
		const char *text, *hidden;
	} cases[] = {
		{ "", "" },
		{ "app", "app" },
		{ "app.pg", "app.pg" },
		{ "postgresql://", "postgresql://" },
		{ "postgresql://host/db", "postgresql://host/db" },
		{ "postgresql://user@host/db", "postgresql://user@host/db" },
		{ "postgresql://user@host:5432/db",
		    "postgresql://user@host:5432/db" },
		{ "postgresql://user:pw@host/db",
		    "postgresql://user:**@host/db" },
		{ "postgres://user:@host", "postgres://user:@host" },
		{ "postgresql://user:p@w@host/db",
		    "postgresql://user:***@host/db" },
		{ "postgresql://user:p/w@host/db",
		    "postgresql://user:***@host/db" },
		{ "mysql://user:pw@host", "mysql://user:**@host" },
		{ "postgresql://host/db?password=pw&sslmode=require",
		    "postgresql://host/db?password=**&sslmode=require" },
		{ "postgresql://host?sslpassword=p w",
		    "postgresql://host?sslpassword=***" },
		{ "password=pw", "password=**" },
		{ "host=h password=pw dbname=d",
		    "host=h password=** dbname=d" },
		{ "password = pw user=u", "password = ** user=u" },
		{ "password='p w' user=u", "password='***' user=u" },
		{ "password='p\\'w' user=u", "password='****' user=u" },
		{ "password=p\\ w user=u", "password=**** user=u" },
		{ "password=", "password=" },
		{ "password='pw", "password='**" },
		{ "password=pw\\", "password=***" },
		{ "PASSWORD=pw", "PASSWORD=**" },
		{ "password=a://b:c@d", "password=*********" },
		{ "password", "password" },
		{ "password=a password=b", "password=* password=*" },
	};
	char text[100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)snprintf(text, sizeof text, "%s", cases[i].text);
		secret_hide(text);
		assert_string_equal(text, cases[i].hidden);
	}
}

static void
a_uri_of_any_scheme_is_one(void **state)
{
	(void)state;
	assert_true(secret_is_uri("postgresql://h/d"));
	assert_true(secret_is_uri("postgresql+psycopg2://u:p@h/d"));
	assert_false(secret_is_uri("app.pg"));
	assert_false(secret_is_uri("host=db1 dbname=app"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_are_hidden_and_lengths_stay),
		cmocka_unit_test(a_uri_of_any_scheme_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
