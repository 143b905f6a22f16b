#include "import/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "import/load.h"

static void
ids_depend_on_schema_namespace_and_kind(void **state)
{
	char ids[5][DIGEST_HEX_BYTES];
	Digest one = { { 1 } }, other = { { 2 } };
	Error err = { 0 };
	size_t i, k;

	(void)state;
	assert_true(ledger_id(&one, "public", false, ids[0], &err));
	assert_true(ledger_id(&other, "public", false, ids[1], &err));
	assert_true(ledger_id(&one, "other", false, ids[2], &err));
	assert_true(ledger_id(&one, "public", true, ids[3], &err));
	for (i = 0; i < 4; i++) {
		assert_int_equal(strlen(ids[i]), 64);
		for (k = 0; k < i; k++)
			assert_string_not_equal(ids[i], ids[k]);
	}
	assert_true(ledger_id(&one, "public", false, ids[4], &err));
	assert_string_equal(ids[4], ids[0]);
}

static void
keys_leave_out_how_a_chunk_is_packed(void **state)
{
	Chunk chunk = { .ordinal = 7 };
	char key[LOAD_KEY_BYTES];

	(void)state;
	load_key(&chunk, "my%2Etable", key);
	assert_string_equal(key, "data/my%2Etable/000007");
	chunk.method = COMPRESS_ZSTD;
	load_key(&chunk, "my%2Etable", key);
	assert_string_equal(key, "data/my%2Etable/000007");
	chunk.ordinal = 12345678;
	load_key(&chunk, "%", key);
	assert_string_equal(key, "data/%/12345678");
}

static void
shapes_leave_out_when_the_source_was_written(void **state)
{
	Column column = { .name = "a" };
	Table table = { .name = "t",
		.directory = "t",
		.columns = &column,
		.n_columns = 1 };
	Schema one = { .source = { .name = "a.db", .encoding = "UTF-8" },
		.tables = &table,
		.n_tables = 1 };
	char shapes[2][DIGEST_HEX_BYTES];
	Schema other = one;
	Error err = { 0 };

	(void)state;
	other.source.bytes = 4096;
	other.source.modified = 1700000000;
	assert_true(ledger_shape(&one, "public", false, shapes[0], &err));
	assert_true(ledger_shape(&other, "public", false, shapes[1], &err));
	assert_string_equal(shapes[0], shapes[1]);
	assert_int_equal(other.source.bytes, 4096);
	other.source.name = "b.db";
	assert_true(ledger_shape(&other, "public", false, shapes[1], &err));
	assert_string_not_equal(shapes[0], shapes[1]);
	assert_true(ledger_shape(&one, "other", false, shapes[1], &err));
	assert_string_not_equal(shapes[0], shapes[1]);
	assert_true(ledger_shape(&one, "public", true, shapes[1], &err));
	assert_string_not_equal(shapes[0], shapes[1]);
}

#define FIELDS 6

static PGresult *
make_rows(const char *const rows[][FIELDS], int n)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc fields[FIELDS] = { { .name = (char[]){ "path" } },
		{ .name = (char[]){ "sha256" } },
		{ .name = (char[]){ "rows" } },
		{ .name = (char[]){ "rejected" } },
		{ .name = (char[]){ "skipped" } },
		{ .name = (char[]){ "updated" } } };
	int i, k;

	assert_true(PQsetResultAttrs(result, FIELDS, fields));
	for (i = 0; i < n; i++) {
		for (k = 0; k < FIELDS; k++)
			assert_true(PQsetvalue(result, i, k,
			    (char *)(uintptr_t)rows[i][k],
			    (int)strlen(rows[i][k])));
	}
	return result;
}

static const char *const rows[][FIELDS] = {
	/* Orphans that have lost their chunk come before the chunks. */
	{ "data/a/", "", "0", "3", "0", "0" },
	{ "data/a/000001", "aa", "5", "1", "2", "0" },
	{ "data/a/000002", "ab", "6", "0", "0", "4" },
	{ "data/ab/000001", "ac", "70", "0", "0", "0" },
	{ "data/b/000001", "ad", "18446744073709551615", "0", "0", "0" },
};

static void
chunks_are_found_and_summed_by_table(void **state)
{
	LedgerChunks chunks = { make_rows(rows, 5) };
	const char *sha256 = NULL;
	LedgerCounts counts;
	uint64_t n = 0;

	(void)state;
	assert_true(ledger_has_chunk(&chunks, "data/a/000001", &sha256, &n));
	assert_string_equal(sha256, "aa");
	assert_int_equal(n, 5);
	assert_true(ledger_has_chunk(&chunks, "data/b/000001", &sha256, &n));
	assert_int_equal(n, UINT64_MAX);
	assert_false(ledger_has_chunk(&chunks, "data/a/000003", &sha256, &n));
	assert_false(ledger_has_chunk(&chunks, "data/a", &sha256, &n));
	assert_false(ledger_has_chunk(&chunks, "data/c/000001", &sha256, &n));
	counts = ledger_table_counts(&chunks, "a");
	assert_int_equal(counts.rows, 11);
	assert_int_equal(counts.rejected, 4);
	assert_int_equal(counts.skipped, 2);
	assert_int_equal(counts.updated, 4);
	assert_int_equal(ledger_table_counts(&chunks, "ab").rows, 70);
	assert_int_equal(ledger_table_counts(&chunks, "abc").rows, 0);
	ledger_free_chunks(&chunks);
	assert_false(ledger_has_chunk(&chunks, "data/a/000001", &sha256, &n));
	assert_int_equal(ledger_table_counts(&chunks, "a").rows, 0);
	ledger_free_chunks(&chunks);
}

static void
chunks_of_a_table_come_one_after_the_other(void **state)
{
	LedgerChunks chunks = { make_rows(rows, 5) };
	const char *sha256 = NULL;
	unsigned long ordinal = 0;
	int row = -1;

	(void)state;
	assert_true(ledger_next_chunk(&chunks, "a", &row, &ordinal, &sha256));
	assert_int_equal(ordinal, 1);
	assert_string_equal(sha256, "aa");
	assert_true(ledger_next_chunk(&chunks, "a", &row, &ordinal, &sha256));
	assert_int_equal(ordinal, 2);
	assert_false(ledger_next_chunk(&chunks, "a", &row, &ordinal, &sha256));
	row = -1;
	assert_true(ledger_next_chunk(&chunks, "b", &row, &ordinal, &sha256));
	assert_false(ledger_next_chunk(&chunks, "b", &row, &ordinal, &sha256));
	row = -1;
	assert_false(ledger_next_chunk(&chunks, "c", &row, &ordinal, &sha256));
	ledger_free_chunks(&chunks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_depend_on_schema_namespace_and_kind),
		cmocka_unit_test(keys_leave_out_how_a_chunk_is_packed),
		cmocka_unit_test(shapes_leave_out_when_the_source_was_written),
		cmocka_unit_test(chunks_are_found_and_summed_by_table),
		cmocka_unit_test(chunks_of_a_table_come_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
