#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "formats/chunk.h"

static const Compression ways[] = { { COMPRESS_NONE, 0 }, { COMPRESS_ZSTD, 3 },
	{ COMPRESS_GZIP, 6 } };

static void
fill(Buf *raw, size_t size)
{
	Error err;

	raw->size = 0;
	assert_true(buf_reserve(raw, size, &err));
	for (size_t i = 0; i < size; i++)
		buf_add_byte(raw, (uint8_t)("0123456789,\n"[i * i % 12]));
}

static void
what_is_packed_is_unpacked(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 1000000 };
	Compressor compressor = { 0 };
	Buf raw = { 0 }, back = { 0 }, expected = { 0 };
	Chunk chunk = { 0 };
	Error err;

	(void)state;
	for (size_t i = 0; i < 3 * 4; i++) {
		size_t size = sizes[i / 3];

		fill(&raw, size);
		fill(&expected, size);
		chunk.expected[0] = '\0';
		assert_true(
		    chunk_pack(&chunk, &ways[i % 3], &compressor, &raw, &err));
		assert_int_equal(raw.size, 0);
		assert_int_equal(chunk.raw_bytes, size);
		assert_int_equal(chunk.method, ways[i % 3].method);
		digest_hex(&chunk.digest, chunk.expected);
		if (i % 2 == 0)
			chunk.expected[31] = '\0';
		chunk.raw_bytes = 0;
		assert_true(chunk_unpack(&chunk, &compressor, &back, &err));
		assert_int_equal(chunk.raw_bytes, size);
		assert_int_equal(chunk.bytes.size, 0);
		assert_int_equal(back.size, size);
		assert_memory_equal(back.data, expected.data, size);
	}
	buf_free(&raw);
	buf_free(&back);
	buf_free(&expected);
	buf_free(&chunk.bytes);
	compress_free(&compressor);
}

static void
without_compression_memory_is_exchanged(void **state)
{
	Buf raw = { 0 };
	Chunk chunk = { 0 };
	const uint8_t *memory;
	Error err;

	(void)state;
	fill(&raw, 1000);
	memory = raw.data;
	assert_true(chunk_pack(&chunk, &ways[0], NULL, &raw, &err));
	assert_ptr_equal(chunk.bytes.data, memory);
	assert_true(chunk_unpack(&chunk, NULL, &raw, &err));
	assert_ptr_equal(raw.data, memory);
	buf_free(&raw);
	buf_free(&chunk.bytes);
}

static void
a_digest_that_is_not_the_expected_one_is_damage(void **state)
{
	Compressor compressor = { 0 };
	Buf raw = { 0 };
	Chunk chunk = { 0 };
	Error err;

	(void)state;
	for (int i = 0; i < 3; i++) {
		fill(&raw, 1000);
		assert_true(
		    chunk_pack(&chunk, &ways[i], &compressor, &raw, &err));
		digest_hex(&chunk.digest, chunk.expected);
		chunk.bytes.data[chunk.bytes.size / 2] ^= 1;
		assert_false(chunk_unpack(&chunk, &compressor, &raw, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_non_null(strstr(err.text, "damaged"));
	}
	buf_free(&raw);
	buf_free(&chunk.bytes);
	compress_free(&compressor);
}

static void
what_readers_would_take_for_a_bomb_is_stored_plain(void **state)
{
	size_t size = (size_t)COMPRESS_TRUSTED_BYTES;
	Compressor compressor = { 0 };
	Buf raw = { 0 };
	Chunk chunk = { 0 };
	Error err;

	(void)state;
	/* Zeros shrink by far more than 1:1000; at the limit they may. */
	for (int i = 0; i < 2; i++) {
		raw.size = 0;
		assert_true(buf_reserve(&raw, size + (size_t)i, &err));
		memset(raw.data, 0, size + (size_t)i);
		raw.size = size + (size_t)i;
		assert_true(
		    chunk_pack(&chunk, &ways[1], &compressor, &raw, &err));
		assert_int_equal(
		    chunk.method, i == 0 ? COMPRESS_ZSTD : COMPRESS_NONE);
		assert_true(chunk_unpack(&chunk, &compressor, &raw, &err));
		assert_int_equal(raw.size, size + (size_t)i);
	}
	buf_free(&raw);
	buf_free(&chunk.bytes);
	compress_free(&compressor);
}

static void
paths_name_table_ordinal_format_and_method(void **state)
{
	static const struct {
		const char *directory;
		unsigned ordinal;
		RowsFormat format;
		CompressMethod method;
		const char *path;
	} cases[] = {
		{ "users", 1, ROWS_CSV, COMPRESS_ZSTD,
		    "data/users/000001.csv.zst" },
		{ "%", 999999, ROWS_NDJSON, COMPRESS_NONE,
		    "data/%/999999.ndjson" },
		{ "a%20B-_9", 1000000, ROWS_CSV, COMPRESS_GZIP,
		    "data/a%20B-_9/1000000.csv.gz" },
		{ "x", 4294967295, ROWS_NDJSON, COMPRESS_ZSTD,
		    "data/x/4294967295.ndjson.zst" },
	};
	char path[CHUNK_PATH_BYTES];
	const char *directory;
	Chunk chunk;
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		chunk = (Chunk){ .ordinal = cases[i].ordinal,
			.format = cases[i].format,
			.method = cases[i].method };
		chunk_path(&chunk, cases[i].directory, path);
		assert_string_equal(path, cases[i].path);
		chunk = (Chunk){ 0 };
		assert_true(chunk_parse_path(path, &chunk, &directory, &size));
		assert_int_equal(size, strlen(cases[i].directory));
		assert_memory_equal(directory, cases[i].directory, size);
		assert_int_equal(chunk.ordinal, cases[i].ordinal);
		assert_int_equal(chunk.format, cases[i].format);
		assert_int_equal(chunk.method, cases[i].method);
	}
}

static void
any_other_path_is_refused(void **state)
{
	static const char *const bad[] = { "", "data", "data/", "data/users",
		"data/users/", "data//000001.csv", "/data/users/000001.csv",
		"./data/users/000001.csv", "data/users/000001",
		"data/users/000001.", "data/users/000001.csv.",
		"data/users/000001.csv.zst.", "data/users/000001.csv.bz2",
		"data/users/000001.tsv", "data/users/000001.zst",
		"data/users/000001.CSV", "data/users/00001.csv",
		"data/users/0000001.csv", "data/users/000000.csv",
		"data/users/4294967296.csv",
		"data/users/99999999999999999999.csv", "data/users/+00001.csv",
		"data/users/00000a.csv", "data/users/ 000001.csv",
		"data/users/000001.csv ", "data/users/000001.csv/x",
		"data/users/x/000001.csv", "data/../000001.csv",
		"data/./000001.csv", "data/a.b/000001.csv",
		"data/a b/000001.csv", "data/a%2/000001.csv",
		"data/a%2g/000001.csv", "data/a%2f/000001.csv",
		"data/%%/000001.csv", "data/\xc3\xa9/000001.csv",
		"data/us\\ers/000001.csv", "DATA/users/000001.csv",
		"schema.json" };
	char path[CHUNK_PATH_BYTES + 200];
	const char *directory;
	Chunk chunk;
	size_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (chunk_parse_path(bad[i], &chunk, &directory, &size))
			fail_msg("\"%s\" was taken", bad[i]);
	/* A directory has 100 bytes at most. */
	for (int n = 100; n <= 101; n++) {
		snprintf(path, sizeof(path), "data/%0*d/000001.csv", n, 7);
		assert_int_equal(
		    chunk_parse_path(path, &chunk, &directory, &size),
		    n == 100);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_is_unpacked),
		cmocka_unit_test(without_compression_memory_is_exchanged),
		cmocka_unit_test(
		    a_digest_that_is_not_the_expected_one_is_damage),
		cmocka_unit_test(
		    what_readers_would_take_for_a_bomb_is_stored_plain),
		cmocka_unit_test(paths_name_table_ordinal_format_and_method),
		cmocka_unit_test(any_other_path_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
