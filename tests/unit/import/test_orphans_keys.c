#include "import/orphans_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool
read_key(const char *definition, Arena *arena, OrphansKey *key)
{
	Error err = { 0 };
	bool known;

	assert_true(orphans_keys_read(definition, arena, key, &known, &err));
	return known;
}

static const char *
column_of(const OrphansKey *key, size_t i)
{
	return key->from->columns[key->key.columns[i]].name;
}

static void
columns_and_parent_are_read(void **state)
{
	Arena arena = { 0 };
	OrphansKey key;

	(void)state;
	assert_true(read_key(
	    "FOREIGN KEY (a) REFERENCES public.users(id) ON DELETE CASCADE",
	    &arena, &key));
	assert_int_equal(key.key.n_columns, 1);
	assert_string_equal(column_of(&key, 0), "a");
	assert_string_equal(key.key.parent_namespace, "public");
	assert_string_equal(key.key.parent, "users");
	assert_string_equal(key.key.parent_columns[0], "id");
	assert_false(key.full);
	arena_free(&arena);
}

static void
quoted_names_lose_their_quotes(void **state)
{
	Arena arena = { 0 };
	OrphansKey key;

	(void)state;
	assert_true(read_key(
	    "FOREIGN KEY (\"a \"\"b\", \"x) y\") REFERENCES \"O'd\".\"T.t\""
	    "(\"MATCH\", \"\xc3\xbc\") MATCH FULL DEFERRABLE",
	    &arena, &key));
	assert_int_equal(key.key.n_columns, 2);
	assert_string_equal(column_of(&key, 0), "a \"b");
	assert_string_equal(column_of(&key, 1), "x) y");
	assert_string_equal(key.key.parent_namespace, "O'd");
	assert_string_equal(key.key.parent, "T.t");
	assert_string_equal(key.key.parent_columns[0], "MATCH");
	assert_string_equal(key.key.parent_columns[1], "\xc3\xbc");
	assert_true(key.full);
	arena_free(&arena);
}

static void
what_is_not_known_is_told_apart(void **state)
{
	static const char *const definitions[] = {
		"",
		"CHECK ((a > 0))",
		"FOREIGN KEY",
		"FOREIGN KEY (a",
		"FOREIGN KEY ()",
		"FOREIGN KEY (a,)",
		"FOREIGN KEY (a) REFERENCES",
		"FOREIGN KEY (a) REFERENCES users(id)",
		"FOREIGN KEY (a) REFERENCES s.users",
		"FOREIGN KEY (a) REFERENCES s.users(id, id2)",
		"FOREIGN KEY (a, b) REFERENCES s.users(id)",
		"FOREIGN KEY (a, PERIOD p) REFERENCES s.users(id, PERIOD q)",
		"FOREIGN KEY (\"a) REFERENCES s.users(id)",
	};
	Arena arena = { 0 };
	OrphansKey key;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof definitions / sizeof definitions[0]; i++)
		assert_false(read_key(definitions[i], &arena, &key));
	arena_free(&arena);
}

static void
keys_have_as_many_columns_as_an_index_at_most(void **state)
{
	Arena arena = { 0 };
	Buf text = { 0 };
	OrphansKey key;
	Error err = { 0 };
	int n, i, side;

	(void)state;
	for (n = 32; n <= 33; n++) {
		text.size = 0;
		assert_true(buf_put_text(&text, "FOREIGN KEY ", &err));
		for (side = 0; side < 2; side++) {
			for (i = 0; i < n; i++)
				assert_true(buf_put_format(&text, &err, "%sc%d",
				    i == 0 ? "(" : ", ", i));
			assert_true(buf_put_text(
			    &text, side == 0 ? ") REFERENCES s.t" : ")", &err));
		}
		assert_int_equal(
		    read_key(buf_text(&text, &err), &arena, &key), n == 32);
	}
	buf_free(&text);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_and_parent_are_read),
		cmocka_unit_test(quoted_names_lose_their_quotes),
		cmocka_unit_test(what_is_not_known_is_told_apart),
		cmocka_unit_test(keys_have_as_many_columns_as_an_index_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
