#include "import/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The statements of text with their lines: "1:SELECT 1|2:SELECT 2"; or the
 * message where it is refused. */
static void
expect(const char *text, size_t size, const char *expected)
{
	char found[4096] = "";
	ScriptStatement statement;
	Script script;
	Error err = { 0 };
	Step step = STEP_FAILED;
	size_t used = 0;

	if (script_begin(&script, "f", text, size, &err)) {
		while ((step = script_next(&script, &statement, &err)) ==
		    STEP_ITEM)
			used += (size_t)snprintf(found + used,
			    sizeof found - used, "%s%zu:%.*s",
			    used == 0 ? "" : "|", statement.line,
			    (int)statement.size, statement.text);
	}
	if (step == STEP_FAILED) {
		assert_int_equal(err.kind, ERROR_USAGE);
		if (strstr(err.text, expected) == NULL)
			assert_string_equal(err.text, expected);
		return;
	}
	assert_string_equal(found, expected);
}

static void
cuts(const char *text, const char *expected)
{
	expect(text, strlen(text), expected);
}

static void
statements_end_at_semicolons(void **state)
{
	(void)state;
	cuts("", "");
	cuts(" \n -- nothing\n /* here */ ;; ;\n", "");
	cuts("SELECT 1", "1:SELECT 1");
	cuts("SELECT 1 ; \n\nSELECT 2;;SELECT 3 -- so",
	    "1:SELECT 1|3:SELECT 2|3:SELECT 3");
	cuts("\xEF\xBB\xBFSELECT 1;", "1:SELECT 1");
	cuts("-- a; b\nSELECT /* c; /* d; */ ; */\n 1;",
	    "2:SELECT /* c; /* d; */ ; */\n 1");
	cuts("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); x",
	    "1:CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)|1:x");
	/* More that close than open leave nothing open. */
	cuts("a ); b ; c", "1:a )|1:b|1:c");
}

static void
semicolons_in_strings_and_names_are_no_end(void **state)
{
	(void)state;
	cuts("SELECT 'a;''b;', \"c;\"\"d\"; x",
	    "1:SELECT 'a;''b;', \"c;\"\"d\"|1:x");
	cuts("SELECT 'a\\'; x", "1:SELECT 'a\\'|1:x");
	cuts("SELECT E'a\\';b'; x", "1:SELECT E'a\\';b'|1:x");
	cuts("SELECT name'a\\'; x", "1:SELECT name'a\\'|1:x");
	cuts("DO $$ BEGIN; $a$; END; $$; x", "1:DO $$ BEGIN; $a$; END; $$|1:x");
	cuts("DO $_a1$ $$; $a$; $_a1$; x", "1:DO $_a1$ $$; $a$; $_a1$|1:x");
	cuts("SELECT $1;$2; a$$; b$$", "1:SELECT $1|1:$2|1:a$$|1:b$$");
	cuts("SELECT 'a\nb';\nx", "1:SELECT 'a\nb'|3:x");
}

static void
bodies_of_functions_are_one_statement(void **state)
{
	(void)state;
	cuts("CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;"
	     " SELECT CASE WHEN 1 THEN 2 END; END; x",
	    "1:CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC "
	    "SELECT 1; SELECT CASE WHEN 1 THEN 2 END; END|1:x");
	cuts("create procedure p() begin atomic insert into t values (1); end;"
	     "x",
	    "1:create procedure p() begin atomic insert into t values (1); "
	    "end|1:x");
	/* "begin" is a name here. */
	cuts("CREATE TABLE t (begin int); SELECT begin; x",
	    "1:CREATE TABLE t (begin int)|1:SELECT begin|1:x");
}

static void
what_is_not_closed_is_told_with_its_line(void **state)
{
	(void)state;
	cuts("\nSELECT 'a;\n", "f:2: this string is not ended by a quote");
	cuts("\n\nSELECT \"a", "f:3: this name is not ended by a quote");
	cuts("a;\n/* /* */", "f:2: this comment is not ended by \"*/\"");
	cuts("DO $x$ $$", "f:1: this string is not ended by $x$");
	cuts("SELECT E'a\\", "f:1: this string is not ended by a quote");
}

static void
what_is_no_sql_is_refused(void **state)
{
	(void)state;
	cuts("SELECT 1;\n\\i other.sql\n", "f:2: commands of psql");
	cuts("SELECT 1 \\gexec", "f:1: commands of psql");
	cuts("SELECT '\\i', \"\\i\", $$\\i$$ -- \\i\n",
	    "1:SELECT '\\i', \"\\i\","
	    " $$\\i$$");
	expect("a;\nb\0c", 6, "f:2: a NUL stands here");
	expect("a;\n\nb\xFF", 6, "f:3: this is not UTF-8");
}

static void
transactions_cannot_be_begun_or_ended(void **state)
{
	static const char *const refused[] = { "BEGIN", "begin work",
		"START TRANSACTION", "COMMIT", "Commit And Chain", "END",
		"ABORT", "ROLLBACK", "ROLLBACK WORK", "ROLLBACK PREPARED 'x'",
		"PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'" };
	static const char *const permitted[] = { "1:SAVEPOINT a",
		"1:ROLLBACK TO a", "1:ROLLBACK TO SAVEPOINT a",
		"1:ROLLBACK WORK TO a", "1:RELEASE a",
		"1:PREPARE x AS SELECT 1", "1:\"commit\"",
		"1:SELECT 1 AS commit" };
	char text[100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		(void)snprintf(text, sizeof text, "a;\n%s;", refused[i]);
		cuts(text, " cannot stand here: ");
	}
	for (i = 0; i < sizeof permitted / sizeof permitted[0]; i++)
		cuts(permitted[i] + 2, permitted[i]);
}

static void
copy_to_and_from_the_client_is_refused(void **state)
{
	(void)state;
	cuts("COPY t FROM STDIN;\n1\n\\.\n", "f:1: COPY from or to the client");
	cuts("copy (SELECT 1) TO stdout", "f:1: COPY from or to the client");
	cuts("COPY t FROM '/tmp/stdin'", "1:COPY t FROM '/tmp/stdin'");
	cuts("SELECT stdin", "1:SELECT stdin");
}

static void
positions_count_characters(void **state)
{
	static const char text[] = "\xC3\xBC\nb\n\xE2\x82\xAC x";
	ScriptStatement statement = { text, sizeof text - 1, 7 };

	(void)state;
	assert_int_equal(script_line(&statement, 0), 7);
	assert_int_equal(script_line(&statement, 1), 7);
	assert_int_equal(script_line(&statement, 2), 7);
	assert_int_equal(script_line(&statement, 3), 8);
	assert_int_equal(script_line(&statement, 5), 9);
	assert_int_equal(script_line(&statement, 7), 9);
	assert_int_equal(script_line(&statement, 1000), 9);
}

/* Whatever stands in a file, it is read to its end or refused. */
static void
any_bytes_come_to_an_end(void **state)
{
	static const char letters[] = "a$'\"\\;-*/()\nEe ;$$'";
	unsigned seed = 20261121, round, i;
	ScriptStatement statement;
	char text[64];
	Script script;
	Error err;
	Step step;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < sizeof text; i++)
			text[i] =
			    letters[(size_t)rand() % (sizeof letters - 1)];
		err = (Error){ 0 };
		assert_true(script_begin(
		    &script, "f", text, (size_t)rand() % sizeof text, &err));
		do {
			step = script_next(&script, &statement, &err);
			assert_true(script.at <= script.end);
			assert_true(step != STEP_ITEM || statement.size > 0);
		} while (step == STEP_ITEM);
		assert_int_equal(step == STEP_FAILED, err.kind != ERROR_NONE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_end_at_semicolons),
		cmocka_unit_test(semicolons_in_strings_and_names_are_no_end),
		cmocka_unit_test(bodies_of_functions_are_one_statement),
		cmocka_unit_test(what_is_not_closed_is_told_with_its_line),
		cmocka_unit_test(what_is_no_sql_is_refused),
		cmocka_unit_test(transactions_cannot_be_begun_or_ended),
		cmocka_unit_test(copy_to_and_from_the_client_is_refused),
		cmocka_unit_test(positions_count_characters),
		cmocka_unit_test(any_bytes_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
