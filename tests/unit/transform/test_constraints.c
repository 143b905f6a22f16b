#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/rewrite.h"

static const bool wanted[] = { true };

/* Rewrite a table with these checks; its one column is "a". */
static void
rewrite_checks(Check *checks, size_t n, Rewrite *rewrite)
{
	Column column = { .name = "a",
		.declared = "INTEGER",
		.affinity = AFFINITY_INTEGER,
		.collation = "BINARY" };
	Table table = { .name = "t",
		.directory = "t",
		.rowid_column = -1,
		.columns = &column,
		.n_columns = 1,
		.checks = checks,
		.n_checks = n };
	Schema source = { .tables = &table, .n_tables = 1 };
	RewriteInput input = { .source = &source, .wanted = wanted };
	Error err = { 0 };

	*rewrite = (Rewrite){ 0 };
	assert_true(rewrite_schema(&input, rewrite, &err));
	assert_int_equal(rewrite->schema.n_left_out, 0);
	assert_int_equal(rewrite->schema.tables[0].n_checks, n);
	/* The source is this function's. */
	rewrite->input = (RewriteInput){ 0 };
}

static const char *
name_of(const Rewrite *rewrite, size_t i)
{
	return rewrite->schema.tables[0].checks[i].name;
}

static void
checks_of_one_name_get_different_ones(void **state)
{
	Check checks[] = { { .name = "x", .text = "a > 0" },
		{ .name = "X", .text = "a > 1" },
		{ .name = "", .text = "a > 2" },
		{ .name = "", .text = "a > 3" },
		{ .name = "x_2", .text = "a > 4" } };
	Rewrite rewrite;

	(void)state;
	rewrite_checks(checks, 5, &rewrite);
	assert_string_equal(name_of(&rewrite, 0), "x");
	assert_string_equal(name_of(&rewrite, 1), "x_2");
	assert_string_equal(name_of(&rewrite, 2), "");
	assert_string_equal(name_of(&rewrite, 3), "");
	assert_string_equal(name_of(&rewrite, 4), "x_2_2");
	assert_int_equal(rewrite_note_count(&rewrite), 2);
	rewrite_free(&rewrite);
}

static void
a_checks_name_of_63_bytes_stays_and_a_longer_one_is_shortened(void **state)
{
	char longest[64], longer[65];
	Check checks[] = { { .name = longest, .text = "a > 0" },
		{ .name = longer, .text = "a > 1" } };
	Rewrite rewrite;

	(void)state;
	memset(longest, 'n', 63);
	longest[63] = '\0';
	memset(longer, 'n', 64);
	longer[64] = '\0';
	rewrite_checks(checks, 2, &rewrite);
	assert_string_equal(name_of(&rewrite, 0), longest);
	assert_int_equal(strlen(name_of(&rewrite, 1)), 63);
	assert_string_not_equal(name_of(&rewrite, 1), longest);
	assert_int_equal(rewrite_note_count(&rewrite), 1);
	assert_non_null(strstr(rewrite_note(&rewrite, 0), "t: check \"nnn"));
	rewrite_free(&rewrite);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_of_one_name_get_different_ones),
		cmocka_unit_test(
		    a_checks_name_of_63_bytes_stays_and_a_longer_one_is_shortened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
