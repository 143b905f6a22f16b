#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transform/rewrite.h"

static const bool wanted[] = { true };

/*
 * Is there an index over the expression in PostgreSQL, while the longest text of
 * column "t" has so many bytes?
 */
static bool
is_made(const char *expression, uint64_t bytes)
{
	IndexPart part = { .column = -1, .text = expression };
	Index index = { .name = "i", .parts = &part, .n_parts = 1 };
	Column column = { .name = "t",
		.declared = "TEXT",
		.affinity = AFFINITY_TEXT,
		.collation = "BINARY" };
	Table table = { .name = "a",
		.directory = "a",
		.rowid_column = -1,
		.columns = &column,
		.n_columns = 1,
		.indexes = &index,
		.n_indexes = 1 };
	ColumnProfile values = { .text_bytes_max = bytes };
	TableProfile rows = { .columns = &values, .n_columns = 1, .rows = 1 };
	Schema source = { .tables = &table, .n_tables = 1 };
	Profile profile = { .tables = &rows, .n_tables = 1 };
	RewriteInput input = {
		.source = &source, .profile = &profile, .wanted = wanted
	};
	Rewrite rewrite = { 0 };
	Error err = { 0 };
	bool made;

	values.classes[VALUE_TEXT] = values.fits[FITS_TEXT] = 1;
	assert_true(rewrite_schema(&input, &rewrite, &err));
	made = rewrite.schema.tables[0].n_indexes == 1;
	assert_int_equal(rewrite.schema.n_left_out, made ? 0 : 1);
	if (!made)
		assert_non_null(
		    strstr(rewrite.schema.left_out[0].reason, "b-tree"));
	rewrite_free(&rewrite);
	return made;
}

static void
a_text_that_fits_no_entry_is_not_indexed(void **state)
{
	(void)state;
	assert_true(is_made("lower(t)", 2600));
	assert_false(is_made("lower(t)", 2601));
	assert_true(is_made("t || t", 1300));
	assert_false(is_made("t || t", 1301));
	assert_false(is_made("coalesce(trim(t), 'x')", 2601));
	assert_false(is_made("CASE WHEN t > 'a' THEN t END", 2601));
	assert_false(is_made("replace(t, 'a', 'b')", 2601));
	assert_false(is_made("nullif(t, 'a')", 2601));
	assert_false(is_made("t || t || 'x'", UINT64_MAX));
}

static void
a_part_of_a_long_text_is_indexed_if_it_is_short(void **state)
{
	(void)state;
	assert_true(is_made("substr(t, 1, 650)", 1000000));
	assert_false(is_made("substr(t, 1, 651)", 1000000));
	assert_false(is_made("substr(t, 2)", 1000000));
	assert_true(is_made("substr(t, 1, 1000000)", 2600));
	assert_true(is_made("substr(t, -650)", 1000000));
	assert_false(is_made("substr(t, -651)", 1000000));
}

static void
numbers_and_truth_of_a_long_text_are_indexed(void **state)
{
	(void)state;
	assert_true(is_made("length(t)", UINT64_MAX));
	assert_true(is_made("t = 'x'", UINT64_MAX));
	assert_true(is_made("instr(t, 'x')", 1000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_fits_no_entry_is_not_indexed),
		cmocka_unit_test(
		    a_part_of_a_long_text_is_indexed_if_it_is_short),
		cmocka_unit_test(numbers_and_truth_of_a_long_text_are_indexed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
