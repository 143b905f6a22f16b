#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/ddlscan.h"

static DdlTable
scan(const char *sql, Arena *arena)
{
	DdlTable table = { 0 };
	Error err;

	assert_true(ddlscan_table(sql, arena, &table, &err));
	return table;
}

static void
checks_are_found_with_their_names_and_text(void **state)
{
	Arena arena = { 0 };
	DdlTable table;

	(void)state;
	table = scan("CREATE TABLE t(a INT CONSTRAINT \"a b\" CHECK (a > 0),"
		     "b TEXT DEFAULT ')' CHECK(b <> ')'), -- , CHECK (no)\n"
		     "CONSTRAINT last CHECK ( (a) + length(b) < 9 ))",
	    &arena);
	assert_true(table.understood);
	assert_int_equal(table.n_columns, 2);
	assert_int_equal(table.n_checks, 3);
	assert_string_equal(table.checks[0].name, "a b");
	assert_string_equal(table.checks[0].text, "a > 0");
	assert_string_equal(table.checks[1].name, "");
	assert_string_equal(table.checks[1].text, "b <> ')'");
	assert_string_equal(table.checks[2].name, "last");
	assert_string_equal(table.checks[2].text, "(a) + length(b) < 9");
	arena_free(&arena);
}

static void
generated_expressions_stand_at_their_columns(void **state)
{
	Arena arena = { 0 };
	DdlTable table;

	(void)state;
	table = scan("CREATE TABLE t(a, b INT GENERATED ALWAYS AS (a*(2)) "
		     "STORED, c AS (a || 'x'), d)",
	    &arena);
	assert_true(table.understood);
	assert_int_equal(table.n_columns, 4);
	assert_string_equal(table.generated[0], "");
	assert_string_equal(table.generated[1], "a*(2)");
	assert_string_equal(table.generated[2], "a || 'x'");
	assert_string_equal(table.generated[3], "");
	arena_free(&arena);
}

static void
keys_are_found_with_their_names_and_columns(void **state)
{
	Arena arena = { 0 };
	DdlTable table;

	(void)state;
	table =
	    scan("CREATE TABLE t(a INTEGER CONSTRAINT pk PRIMARY KEY DESC "
		 "AUTOINCREMENT, b VARCHAR(10, 2) UNIQUE ON CONFLICT IGNORE, "
		 "c, CONSTRAINT both UNIQUE ([b] COLLATE nocase, `c` DESC))",
		&arena);
	assert_true(table.understood);
	assert_int_equal(table.n_keys, 3);
	assert_true(table.keys[0].primary);
	assert_string_equal(table.keys[0].name, "pk");
	assert_string_equal(table.keys[0].columns[0], "a");
	assert_false(table.keys[1].primary);
	assert_string_equal(table.keys[1].name, "");
	assert_string_equal(table.keys[1].columns[0], "b");
	assert_string_equal(table.keys[2].name, "both");
	assert_int_equal(table.keys[2].n_columns, 2);
	assert_string_equal(table.keys[2].columns[0], "b");
	assert_string_equal(table.keys[2].columns[1], "c");
	arena_free(&arena);
}

static void
deferred_foreign_keys_are_told_from_others(void **state)
{
	Arena arena = { 0 };
	DdlTable table;

	(void)state;
	table = scan("CREATE TABLE t(a REFERENCES p ON DELETE SET DEFAULT "
		     "CHECK (a) DEFERRABLE INITIALLY DEFERRED,"
		     "b CONSTRAINT f REFERENCES p(x) ON UPDATE SET NULL "
		     "NOT DEFERRABLE INITIALLY DEFERRED, "
		     "c REFERENCES p DEFERRABLE INITIALLY IMMEDIATE, "
		     "CONSTRAINT g FOREIGN KEY (a, b) REFERENCES p(x, y) "
		     "MATCH FULL DEFERRABLE INITIALLY DEFERRED)",
	    &arena);
	assert_true(table.understood);
	assert_int_equal(table.n_checks, 1);
	assert_int_equal(table.n_foreign_keys, 4);
	assert_true(table.foreign_keys[0].deferred);
	assert_string_equal(table.foreign_keys[1].name, "f");
	assert_false(table.foreign_keys[1].deferred);
	assert_false(table.foreign_keys[2].deferred);
	assert_string_equal(table.foreign_keys[3].name, "g");
	assert_true(table.foreign_keys[3].deferred);
	arena_free(&arena);
}

static void
what_is_no_statement_is_not_understood(void **state)
{
	static const char *const broken[] = { "", "CREATE TABLE t",
		"CREATE TABLE t(a", "CREATE TABLE t(a, b 'open)",
		"CREATE TABLE t((((", "CREATE TABLE t(a CHECK (1)", "(", ")",
		"CREATE TABLE t(UNIQUE (", "CREATE TABLE t(a DEFAULT" };
	Arena arena = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_false(scan(broken[i], &arena).understood);
	arena_free(&arena);
}

static void
index_parts_lose_their_order_and_collation(void **state)
{
	Arena arena = { 0 };
	DdlIndex index = { 0 };
	Error err;

	(void)state;
	assert_true(ddlscan_index(
	    "CREATE UNIQUE INDEX \"i(\" ON t(a, lower(b) COLLATE nocase DESC,"
	    "c COLLATE x || d, e ASC, collate) WHERE a > ')' AND b;",
	    &arena, &index, &err));
	assert_true(index.understood);
	assert_int_equal(index.n_parts, 5);
	assert_string_equal(index.parts[0], "a");
	assert_string_equal(index.parts[1], "lower(b)");
	assert_string_equal(index.parts[2], "c COLLATE x || d");
	assert_string_equal(index.parts[3], "e");
	assert_string_equal(index.where, "a > ')' AND b");
	arena_free(&arena);
}

static void
contentless_full_text_tables_are_known(void **state)
{
	static const struct {
		const char *sql, *module;
		bool contentless;
	} cases[] = {
		{ "CREATE VIRTUAL TABLE t USING fts5(a, content='')", "fts5",
		    true },
		{ "CREATE VIRTUAL TABLE t USING fts4(a, Content = \"\")",
		    "fts4", true },
		{ "CREATE VIRTUAL TABLE t USING fts5(a, content='x')", "fts5",
		    false },
		{ "CREATE VIRTUAL TABLE t USING rtree(id, a, b)", "rtree",
		    false },
		{ "CREATE VIRTUAL TABLE t USING alone", "alone", false },
	};
	Arena arena = { 0 };
	DdlModule module;
	Error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		module = (DdlModule){ 0 };
		assert_true(
		    ddlscan_module(cases[i].sql, &arena, &module, &err));
		assert_true(module.understood);
		assert_string_equal(module.module, cases[i].module);
		assert_int_equal(module.contentless, cases[i].contentless);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_are_found_with_their_names_and_text),
		cmocka_unit_test(generated_expressions_stand_at_their_columns),
		cmocka_unit_test(keys_are_found_with_their_names_and_columns),
		cmocka_unit_test(deferred_foreign_keys_are_told_from_others),
		cmocka_unit_test(what_is_no_statement_is_not_understood),
		cmocka_unit_test(index_parts_lose_their_order_and_collation),
		cmocka_unit_test(contentless_full_text_tables_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
