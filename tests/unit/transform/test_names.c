#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/names.h"

#define LIMIT 8

/* The names that the sources, a NULL at their end, are given. */
static bool
assign(NamesKind kind, const char *const *sources, Name *names, Names *taken,
    Arena *arena, Error *err)
{
	size_t n = 0;

	for (; sources[n] != NULL; n++)
		names[n] = (Name){ .source = sources[n], .taken = taken };
	return names_assign(kind, NAMING_FOLD, names, n, arena, err);
}

/* One name alone. */
static void
check(NamesKind kind, const char *source, const char *expected, bool changed)
{
	const char *const sources[] = { source, NULL };
	Name names[LIMIT];
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;

	assert_true(assign(kind, sources, names, &taken, &arena, &err));
	assert_string_equal(names[0].name, expected);
	assert_int_equal(names[0].change != NULL, changed);
	assert_true(names_taken(&taken, expected));
	names_free(&taken);
	arena_free(&arena);
}

static void
ascii_letters_fold_and_nothing_else(void **state)
{
	(void)state;
	check(NAMES_TABLE, "Users", "users", false);
	check(NAMES_TABLE, "AZaz[@`{ 09", "azaz[@`{ 09", false);
	check(NAMES_TABLE, "\xc3\x84RGER", "\xc3\x84rger", false);
}

static void
check_naming(Naming naming, const char *source, const char *expected)
{
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;
	Name name = { .source = source, .taken = &taken };

	assert_true(names_assign(NAMES_COLUMN, naming, &name, 1, &arena, &err));
	assert_string_equal(name.name, expected);
	names_free(&taken);
	arena_free(&arena);
}

static void
camel_case_becomes_snake_case(void **state)
{
	static const char *const pairs[][2] = {
		{ "CustomerID", "customer_id" },
		{ "createdAt", "created_at" },
		{ "HTTPHost", "http_host" },
		{ "due date", "due_date" },
		{ "already_snake", "already_snake" },
		{ "Line2Address", "line2_address" },
		{ "A", "a" },
		{ "ABC", "abc" },
		{ "_Private", "_private" },
		{ "\xc3\x84rger", "\xc3\x84rger" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		check_naming(NAMING_SNAKE_CASE, pairs[i][0], pairs[i][1]);
	check_naming(NAMING_KEEP, "CustomerID", "CustomerID");
}

static void
what_a_user_asks_for_is_taken_as_it_is_or_refused(void **state)
{
	static const char *const impossible[] = { "", "xmin",
		"a23456789012345678901234567890123456789012345678901234567890"
		"1234" };
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;
	Name names[] = { { .source = "b", .taken = &taken },
		{ .source = "a", .wanted = "B", .taken = &taken } };

	(void)state;
	assert_true(
	    names_assign(NAMES_COLUMN, NAMING_FOLD, names, 2, &arena, &err));
	assert_string_equal(names[1].name, "B");
	for (size_t i = 0; i < 3; i++) {
		names[1].wanted = impossible[i];
		assert_false(names_assign(
		    NAMES_COLUMN, NAMING_FOLD, &names[1], 1, &arena, &err));
		assert_int_equal(err.kind, ERROR_USAGE);
	}
	names[0].wanted = "B";
	assert_false(
	    names_assign(NAMES_COLUMN, NAMING_FOLD, names, 1, &arena, &err));
	assert_non_null(strstr(err.text, "would both be called"));
	names_free(&taken);
	arena_free(&arena);
}

static void
reserved_words_are_known(void **state)
{
	(void)state;
	assert_true(names_reserved("order"));
	assert_true(names_reserved("all"));
	assert_true(names_reserved("with"));
	assert_false(names_reserved("orders"));
	assert_false(names_reserved("name"));
}

static void
an_empty_name_becomes_unnamed(void **state)
{
	(void)state;
	check(NAMES_COLUMN, "", "unnamed", true);
}

static void
system_columns_get_an_underscore_as_columns_only(void **state)
{
	(void)state;
	check(NAMES_COLUMN, "XMin", "xmin_", true);
	check(NAMES_COLUMN, "ctid", "ctid_", true);
	check(NAMES_COLUMN, "tableoid", "tableoid_", true);
	check(NAMES_COLUMN, "oid", "oid", false);
	check(NAMES_TABLE, "xmin", "xmin", false);
}

static void
names_of_63_bytes_stay_and_of_64_are_shortened(void **state)
{
	char name[66];
	const char *const sources[] = { name, NULL };
	Name names[LIMIT];
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;

	(void)state;
	memset(name, 'n', sizeof name);
	name[63] = '\0';
	check(NAMES_TABLE, name, name, false);
	name[63] = 'n';
	name[64] = '\0';
	assert_true(assign(NAMES_TABLE, sources, names, &taken, &arena, &err));
	assert_int_equal(strlen(names[0].name), 63);
	assert_memory_equal(names[0].name, name, 54);
	assert_int_equal(names[0].name[54], '_');
	assert_non_null(names[0].change);
	names_free(&taken);
	arena_free(&arena);
}

static void
a_long_name_is_cut_between_characters(void **state)
{
	/* 53 letters and then characters of two bytes: the cut at 54 would be
	 * inside the first of them. */
	char name[80];
	const char *const sources[] = { name, NULL };
	Name names[LIMIT];
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;

	(void)state;
	memset(name, 'n', 53);
	for (size_t i = 53; i < 73; i += 2)
		memcpy(name + i, "\xc3\xa4", 2);
	name[73] = '\0';
	assert_true(assign(NAMES_TABLE, sources, names, &taken, &arena, &err));
	assert_int_equal(strlen(names[0].name), 62);
	assert_int_equal(names[0].name[53], '_');
	names_free(&taken);
	arena_free(&arena);
}

static void
long_names_that_begin_alike_stay_different(void **state)
{
	char one[80], other[80];
	const char *const sources[] = { one, other, NULL };
	Name names[LIMIT];
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;

	(void)state;
	memset(one, 'n', 70);
	memset(other, 'n', 70);
	strcpy(one + 70, "1");
	strcpy(other + 70, "2");
	assert_true(assign(NAMES_TABLE, sources, names, &taken, &arena, &err));
	assert_string_not_equal(names[0].name, names[1].name);
	names_free(&taken);
	arena_free(&arena);
}

static void
changed_names_give_way_to_those_that_only_fold(void **state)
{
	const char *const sources[] = { "", "Unnamed", "xmin", "XMIN_", NULL };
	Name names[LIMIT];
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;

	(void)state;
	assert_true(assign(NAMES_COLUMN, sources, names, &taken, &arena, &err));
	assert_string_equal(names[0].name, "unnamed_2");
	assert_string_equal(names[1].name, "unnamed");
	assert_string_equal(names[2].name, "xmin__2");
	assert_string_equal(names[3].name, "xmin_");
	names_free(&taken);
	arena_free(&arena);
}

static void
two_names_that_fold_alike_are_an_error_that_names_both(void **state)
{
	const char *const sources[] = { "Users", "users", NULL };
	Name names[LIMIT];
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;

	(void)state;
	assert_false(assign(NAMES_TABLE, sources, names, &taken, &arena, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "\"Users\""));
	assert_non_null(strstr(err.text, "\"users\""));
	names_free(&taken);
	arena_free(&arena);
}

static void
a_wanted_name_is_numbered_until_it_is_free(void **state)
{
	char wanted[71], prefix[62];
	Names taken = { 0 };
	Arena arena = { 0 };
	Error err;
	const char *name;

	(void)state;
	assert_string_equal(names_take("a_idx", &taken, &arena, &err), "a_idx");
	assert_string_equal(
	    names_take("a_idx", &taken, &arena, &err), "a_idx_2");
	assert_string_equal(
	    names_take("a_idx", &taken, &arena, &err), "a_idx_3");
	memset(wanted, 'w', 70);
	wanted[70] = '\0';
	assert_int_equal(strlen(names_take(wanted, &taken, &arena, &err)), 63);
	name = names_take(wanted, &taken, &arena, &err);
	assert_int_equal(strlen(name), 63);
	assert_string_equal(name + 61, "_2");
	memcpy(prefix, wanted, 61);
	assert_memory_equal(name, prefix, 52);
	names_free(&taken);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_letters_fold_and_nothing_else),
		cmocka_unit_test(camel_case_becomes_snake_case),
		cmocka_unit_test(
		    what_a_user_asks_for_is_taken_as_it_is_or_refused),
		cmocka_unit_test(reserved_words_are_known),
		cmocka_unit_test(an_empty_name_becomes_unnamed),
		cmocka_unit_test(
		    system_columns_get_an_underscore_as_columns_only),
		cmocka_unit_test(
		    names_of_63_bytes_stay_and_of_64_are_shortened),
		cmocka_unit_test(a_long_name_is_cut_between_characters),
		cmocka_unit_test(long_names_that_begin_alike_stay_different),
		cmocka_unit_test(
		    changed_names_give_way_to_those_that_only_fold),
		cmocka_unit_test(
		    two_names_that_fold_alike_are_an_error_that_names_both),
		cmocka_unit_test(a_wanted_name_is_numbered_until_it_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
