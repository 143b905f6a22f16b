#include "import/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static Column columns[] = { { .name = "id" }, { .name = "age" },
	{ .name = "page age" }, { .name = "7" } };

static void
expect(const char *table, const char *context, const char *column,
    unsigned long long row, const char *expected)
{
	Table named = { .name = table, .columns = columns, .n_columns = 4 };
	Place place = place_find(&named, context, column);

	assert_int_equal(place.row, row);
	assert_string_equal(place.column, expected);
}

static void
rows_and_columns_are_found_in_english(void **state)
{
	(void)state;
	expect("users", "COPY users, line 7, column age", "", 7, "age");
	expect("users", "COPY users, line 18446744073709551615", "",
	    18446744073709551615ULL, "");
	expect(
	    "users", "COPY users, line 7, column page age", "", 7, "page age");
	expect("users", "COPY users, line 7", "id", 7, "id");
}

static void
rows_and_columns_are_found_in_other_languages(void **state)
{
	(void)state;
	expect("users", "COPY users, Zeile 7, Spalte age", "", 7, "age");
	expect("users",
	    "users\xe3\x81\xae"
	    "COPY\xe3\x80\x81\xe8\xa1\x8c 7"
	    "\xe3\x80\x81\xe5\x88\x97 age",
	    "", 7, "age");
	expect("users", "users \xeb\xb3\xb5\xec\x82\xac, 7\xeb\xb2\x88", "", 7,
	    "");
}

static void
digits_of_the_tables_name_are_not_the_row(void **state)
{
	(void)state;
	expect("log 2024, line 3", "COPY log 2024, line 3, line 12, column 7",
	    "", 12, "7");
	expect("2", "COPY 2, line 5", "", 5, "");
}

static void
columns_stand_before_their_value_in_the_text_format(void **state)
{
	(void)state;
	expect("users", "COPY users, line 7, column age: \"x\"", "", 7, "age");
	expect("users", "COPY users, line 7, column page age: \"x id: y\"", "",
	    7, "page age");
	expect("users", "COPY users, Zeile 7, Spalte id: \"a age: b\"", "", 7,
	    "id");
}

static void
a_row_that_is_quoted_whole_names_no_column(void **state)
{
	(void)state;
	expect("users", "COPY users, line 7: \"1\tmy age: 7\"", "", 7, "");
	expect("users", "COPY users, ligne 7 : \"1\tmy age: 7\"", "", 7, "");
}

static void
a_column_of_another_name_is_not_taken(void **state)
{
	(void)state;
	expect("users", "COPY users, line 7, column stage", "", 7, "");
	expect("users", "COPY users, line 7, column id2", "", 7, "");
}

static void
nothing_is_found_where_nothing_is_said(void **state)
{
	(void)state;
	expect("users", "", "", 0, "");
	expect("users", "SQL function \"users\"", "", 0, "");
	expect("users", "PL/pgSQL function f() line 3", "", 0, "");
	expect("users", "COPY users\nline 7", "", 0, "");
}

static void
lines_of_a_triggers_functions_are_not_the_copy(void **state)
{
	(void)state;
	expect("users",
	    "PL/pgSQL function users_check() line 3 at RAISE\n"
	    "COPY users, line 7",
	    "", 7, "");
	expect("users",
	    "PL/pgSQL function users() line 3 at RAISE\n"
	    "SQL statement \"INSERT INTO users VALUES (4)\"\n"
	    "PL/pgSQL function public.users() line 3 at SQL statement\n"
	    "COPY users, line 7, column age",
	    "", 7, "age");
	expect("users", "users_check line 3\nCOPY users2, line 4", "", 0, "");
}

static void
lines_of_a_quoted_value_are_not_the_copy(void **state)
{
	(void)state;
	expect("users",
	    "COPY users, line 7, column age: \"x\nCOPY users, line 8\"", "", 7,
	    "age");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    columns_stand_before_their_value_in_the_text_format),
		cmocka_unit_test(a_row_that_is_quoted_whole_names_no_column),
		cmocka_unit_test(rows_and_columns_are_found_in_english),
		cmocka_unit_test(rows_and_columns_are_found_in_other_languages),
		cmocka_unit_test(digits_of_the_tables_name_are_not_the_row),
		cmocka_unit_test(a_column_of_another_name_is_not_taken),
		cmocka_unit_test(
		    lines_of_a_triggers_functions_are_not_the_copy),
		cmocka_unit_test(lines_of_a_quoted_value_are_not_the_copy),
		cmocka_unit_test(nothing_is_found_where_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
