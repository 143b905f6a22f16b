#include "import/namespace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "formats/utf8.h"

#include "import/ddl.h"

typedef struct {
	Arena arena;
	Error err;
} Fixture;

static const char *
new_of(Fixture *fixture, const char *live)
{
	const char *name = namespace_new(live, &fixture->arena, &fixture->err);

	assert_non_null(name);
	return name;
}

static const char *
old_of(Fixture *fixture, const char *live)
{
	const char *name = namespace_old(live, &fixture->arena, &fixture->err);

	assert_non_null(name);
	return name;
}

static void
the_two_beside_a_schema_say_what_they_are(void **state)
{
	Fixture fixture = { 0 };

	(void)state;
	assert_string_equal(new_of(&fixture, "public"), "public__new");
	assert_string_equal(old_of(&fixture, "public"), "public__old");
	arena_free(&fixture.arena);
}

static void
a_name_that_just_fits_is_not_cut(void **state)
{
	Fixture fixture = { 0 };
	char live[DDL_NAME_BYTES + 1] = { 0 }, expected[DDL_NAME_BYTES + 1];

	(void)state;
	memset(live, 'a', DDL_NAME_BYTES - strlen("__new"));
	(void)snprintf(expected, sizeof expected, "%.58s__new", live);
	assert_string_equal(new_of(&fixture, live), expected);
	memset(live, 'a', DDL_NAME_BYTES - strlen("__new") + 1);
	assert_string_not_equal(new_of(&fixture, live), expected);
	assert_int_equal(strlen(new_of(&fixture, live)), DDL_NAME_BYTES);
	arena_free(&fixture.arena);
}

static void
long_names_stay_different_and_whole(void **state)
{
	Fixture fixture = { 0 };
	char one[DDL_NAME_BYTES + 1] = { 0 }, other[DDL_NAME_BYTES + 1];
	const char *name;
	size_t i;

	(void)state;
	for (i = 0; i + 1 < DDL_NAME_BYTES; i += 2)
		memcpy(one + i, "ä", 2);
	memcpy(other, one, sizeof other);
	other[DDL_NAME_BYTES - 2] = 'x';
	other[DDL_NAME_BYTES - 3] = 'x';
	name = new_of(&fixture, one);
	assert_true(strlen(name) <= DDL_NAME_BYTES);
	assert_int_equal(utf8_valid_prefix((const uint8_t *)name, strlen(name)),
	    strlen(name));
	assert_string_not_equal(name, new_of(&fixture, other));
	assert_string_not_equal(name, old_of(&fixture, one));
	assert_string_equal(name, new_of(&fixture, one));
	arena_free(&fixture.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_two_beside_a_schema_say_what_they_are),
		cmocka_unit_test(a_name_that_just_fits_is_not_cut),
		cmocka_unit_test(long_names_stay_different_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
