#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "formats/dump.h"
#include "formats/pipeline.h"
#include "sample.h"

static const Compression zstd = { COMPRESS_ZSTD, 3 };
static const Compression none = { COMPRESS_NONE, 0 };

/* What a program does with a dump, in all its steps. */
typedef struct {
	DumpReader *dump;
	Compressor compressors[4];
	Buf raw[4];
	bool load_in_work;
	uint64_t rows, chunks;
} Reading;

static Step
take(void *context, void *job, Error *err)
{
	Reading *reading = context;

	return reading->load_in_work
	    ? dump_next_unloaded(reading->dump, job, err)
	    : dump_next(reading->dump, job, err);
}

static bool
work(void *context, void *job, unsigned worker, Error *err)
{
	Reading *reading = context;
	Chunk *chunk = job;
	Buf *raw = &reading->raw[worker];
	Buf expected = { 0 };
	bool same;

	if ((reading->load_in_work && !dump_load(reading->dump, chunk, err)) ||
	    !chunk_unpack(chunk, &reading->compressors[worker], raw, err))
		return false;
	if (!sample_fill(&expected, chunk->table, chunk->ordinal, err))
		return false;
	same = raw->size == expected.size &&
	    memcmp(raw->data, expected.data, raw->size) == 0;
	buf_free(&expected);
	chunk->rows = 40;
	return same || error_set(err, ERROR_FAILED, "other rows");
}

static Step
give(void *context, void *job, Error *err)
{
	Reading *reading = context;
	const Chunk *chunk = job;

	if (!dump_confirm(reading->dump, chunk, err))
		return STEP_FAILED;
	reading->rows += chunk->rows;
	reading->chunks++;
	return STEP_END;
}

static bool
run(Reading *reading, unsigned threads, Error *err)
{
	Chunk jobs[8];
	Pipeline pipeline = { .threads = threads,
		.jobs = jobs,
		.job_bytes = sizeof(jobs[0]),
		.n_jobs = pipeline_jobs(threads),
		.context = reading,
		.take = take,
		.work = work,
		.give = give };
	bool success;
	size_t i;

	memset(jobs, 0, sizeof(jobs));
	success = pipeline_run(&pipeline, err);
	for (i = 0; i < 8; i++)
		buf_free(&jobs[i].bytes);
	for (i = 0; i < 4; i++) {
		buf_free(&reading->raw[i]);
		compress_free(&reading->compressors[i]);
	}
	return success;
}

/* Read a dump to its end; the number of its chunks, or 0 and err filled. */
static uint64_t
read_dump(const char *path, unsigned threads, bool load_in_work, Error *err)
{
	Reading reading = { .load_in_work = load_in_work };
	bool success;

	success = dump_open(path, &reading.dump, err) &&
	    run(&reading, threads, err) && dump_finish(reading.dump, err);
	if (success) {
		assert_non_null(dump_manifest(reading.dump));
		assert_int_equal(
		    dump_manifest(reading.dump)->totals.rows, reading.rows);
	}
	dump_close(reading.dump);
	return success ? reading.chunks : 0;
}

static void
a_dump_comes_back_from_directory_and_stream(void **state)
{
	static const Compression *const ways[] = { &zstd, &none };
	const char *directory, *tar;
	DumpSummary one, other;
	unsigned i, threads;
	Error err;

	(void)state;
	for (i = 0; i < 2; i++) {
		directory = sample_path("app.dump");
		tar = sample_path("app.tar");
		assert_true(
		    sample_dump(directory, false, ways[i], 7, &one, &err));
		assert_true(sample_dump(tar, true, ways[i], 7, &other, &err));
		assert_string_equal(one.manifest_sha256, other.manifest_sha256);
		assert_int_equal(one.totals.rows, 2 * 7 * 40);
		assert_int_equal(one.totals.tables, 3);
		for (threads = 1; threads <= 4; threads++) {
			assert_int_equal(
			    read_dump(directory, threads, false, &err), 14);
			assert_int_equal(
			    read_dump(directory, threads, true, &err), 14);
			assert_int_equal(
			    read_dump(tar, threads, false, &err), 14);
			assert_int_equal(
			    read_dump(tar, threads, true, &err), 14);
		}
	}
}

static void
shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
shell(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void
tar_makes_and_unpacks_streams(void **state)
{
	const char *directory = sample_path("app.dump");
	const char *tar = sample_path("app.tar");
	const char *out = sample_path("out");
	DumpSummary summary;
	Error err;

	(void)state;
	assert_true(sample_dump(directory, false, &zstd, 3, &summary, &err));
	assert_true(sample_dump(tar, true, &zstd, 3, &summary, &err));
	shell("mkdir %s && tar -x -f %s -C %s && diff -r %s %s", out, tar, out,
	    directory, out);
	assert_int_equal(read_dump(out, 2, false, &err), 6);
	shell("tar -c -f %s -C %s schema.json data manifest.json", tar, out);
	assert_int_equal(read_dump(tar, 2, false, &err), 6);
	shell("tar -c -f %s -C %s ./schema.json ./data/users/000002.ndjson.zst "
	      "./data/users/000001.csv.zst ./data/users/000003.csv.zst "
	      "./data/all%%20events%%2F%%C3%%BC manifest.json",
	    tar, out);
	assert_int_equal(read_dump(tar, 2, false, &err), 6);
	/* The same member once more. */
	shell("tar -c --hard-dereference -f %s -C %s schema.json "
	      "data/users/000002.ndjson.zst data manifest.json",
	    tar, out);
	assert_int_equal(read_dump(tar, 2, false, &err), 0);
	assert_non_null(strstr(err.text, "twice"));
	/* The manifest before the data, and no manifest. */
	shell("tar -c -f %s -C %s schema.json manifest.json data", tar, out);
	assert_int_equal(read_dump(tar, 2, false, &err), 0);
	assert_non_null(strstr(err.text, "must be last"));
	shell("tar -c -f %s -C %s schema.json data", tar, out);
	assert_int_equal(read_dump(tar, 2, false, &err), 0);
	assert_non_null(strstr(err.text, "ended before its manifest"));
	shell("tar -c -f %s -C %s data schema.json manifest.json", tar, out);
	assert_int_equal(read_dump(tar, 2, false, &err), 0);
	assert_non_null(strstr(err.text, "does not begin with schema.json"));
}

static void
read_file(const char *path, Buf *buf)
{
	Error err;

	buf->size = 0;
	assert_true(io_read_file(AT_FDCWD, path, 1 << 24, buf, &err));
}

static void
every_flipped_bit_of_a_stream_is_found(void **state)
{
	const char *tar = sample_path("app.tar");
	const char *bad = sample_path("bad.tar");
	DumpSummary summary;
	Buf buf = { 0 };
	size_t i;
	Error err;

	(void)state;
	assert_true(sample_dump(tar, true, &zstd, 1, &summary, &err));
	read_file(tar, &buf);
	for (i = 0; i < buf.size; i++) {
		buf.data[i] ^= (uint8_t)(1 << i % 8);
		sample_save(bad, buf.data, buf.size);
		if (read_dump(bad, 1, false, &err) != 0)
			fail_msg("a flipped bit at byte %zu went unseen", i);
		assert_int_equal(err.kind, ERROR_DUMP);
		buf.data[i] ^= (uint8_t)(1 << i % 8);
	}
	buf_free(&buf);
}

static void
every_truncation_of_a_stream_is_found(void **state)
{
	const char *tar = sample_path("app.tar");
	DumpSummary summary;
	Buf buf = { 0 };
	Error err;

	(void)state;
	assert_true(sample_dump(tar, true, &zstd, 1, &summary, &err));
	read_file(tar, &buf);
	assert_int_equal(read_dump(tar, 1, false, &err), 2);
	while (buf.size-- > 0) {
		assert_int_equal(truncate(tar, (off_t)buf.size), 0);
		if (read_dump(tar, 1, false, &err) != 0)
			fail_msg("cut to %zu bytes it was read", buf.size);
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_true(strstr(err.text, "truncated") != NULL ||
		    strstr(err.text, "ended before") != NULL || buf.size < 512);
	}
	assert_non_null(strstr(err.text, "is empty"));
	buf_free(&buf);
}

static void
every_flipped_bit_of_a_directory_is_found(void **state)
{
	static const char *const files[] = { "schema.json", "manifest.json",
		"data/users/000001.csv.zst" };
	const char *directory = sample_path("app.dump");
	char path[256];
	DumpSummary summary;
	Buf buf = { 0 };
	size_t i, k;
	Error err;

	(void)state;
	assert_true(sample_dump(directory, false, &zstd, 1, &summary, &err));
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, files[i]);
		read_file(path, &buf);
		for (k = 0; k < buf.size; k++) {
			buf.data[k] ^= (uint8_t)(1 << k % 8);
			sample_save(path, buf.data, buf.size);
			if (read_dump(directory, 1, false, &err) != 0)
				fail_msg("%s, byte %zu", files[i], k);
			assert_int_equal(err.kind, ERROR_DUMP);
			buf.data[k] ^= (uint8_t)(1 << k % 8);
		}
		/* One byte less, one more. */
		sample_save(path, buf.data, buf.size - 1);
		assert_int_equal(read_dump(directory, 1, false, &err), 0);
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_true(buf_put(&buf, "\n", 1, &err));
		sample_save(path, buf.data, buf.size);
		assert_int_equal(read_dump(directory, 1, false, &err), 0);
		assert_int_equal(err.kind, ERROR_DUMP);
		sample_save(path, buf.data, buf.size - 1);
		assert_int_equal(read_dump(directory, 1, false, &err), 2);
	}
	buf_free(&buf);
}

static void
a_directory_holds_what_its_manifest_names_and_nothing_else(void **state)
{
	static const struct {
		const char *title, *command, *message;
	} cases[] = {
		{ "a file of no table",
		    "cp data/users/000001.csv.zst data/users/000009.csv.zst",
		    "manifest does not name it" },
		{ "a file that is missing", "rm data/users/000002.ndjson.zst",
		    "000002.ndjson.zst\" is missing" },
		{ "the last file missing", "rm -r data/users", "is missing" },
		{ "two files exchanged",
		    "cd data/users; mv 000001.csv.zst x; mv 000003.csv.zst "
		    "000001.csv.zst; mv x 000003.csv.zst",
		    "" },
		{ "a foreign file", "touch notes.txt", "not part of a dump" },
		{ "a foreign file in data", "touch data/users/.hidden",
		    "not part of a dump" },
		{ "a foreign directory", "mkdir more", "not part of a dump" },
		{ "a symbolic link",
		    "mv data/users x; ln -s ../x data/users; rm -rf y", "" },
		{ "a linked file",
		    "mv schema.json data/users/; ln -s data/users/schema.json",
		    "" },
		{ "a FIFO", "rm schema.json; mkfifo schema.json", "" },
		{ "no manifest", "rm manifest.json", "no manifest.json" },
		{ "no schema", "rm schema.json",
		    "does not begin with schema.json" },
		{ "a profile of nobody", "cp schema.json profile.json", "" },
		{ "rejects of nobody", "cp schema.json rejects.ndjson",
		    "manifest does not name it" },
	};
	const char *directory, *copy;
	DumpSummary summary;
	size_t i;
	Error err;

	(void)state;
	directory = sample_path("app.dump");
	copy = sample_path("copy");
	assert_true(sample_dump(directory, false, &zstd, 3, &summary, &err));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shell("rm -rf %s && cp -r %s %s && cd %s && (%s)", copy,
		    directory, copy, copy, cases[i].command);
		if (read_dump(copy, 2, i % 2 == 0, &err) != 0)
			fail_msg("%s", cases[i].title);
		assert_int_equal(err.kind, ERROR_DUMP);
		if (strstr(err.text, cases[i].message) == NULL)
			fail_msg("%s: %s", cases[i].title, err.text);
	}
}

static void
an_empty_table_directory_does_no_harm(void **state)
{
	const char *directory = sample_path("app.dump");
	DumpSummary summary;
	Error err;

	(void)state;
	assert_true(sample_dump(directory, false, &none, 0, &summary, &err));
	shell("mkdir -p %s/data/users", directory);
	assert_int_equal(read_dump(directory, 1, false, &err), 0);
	assert_int_equal(summary.totals.rows, 0);
}

static void
a_damaged_chunk_of_a_stream_fails_before_its_rows_are_read(void **state)
{
	const char *tar = sample_path("app.tar");
	DumpSummary summary;
	DumpReader *dump = NULL;
	Chunk chunk = { 0 };
	Buf buf = { 0 }, raw = { 0 };
	uint8_t *at;
	Error err;

	(void)state;
	assert_true(sample_dump(tar, true, &none, 1, &summary, &err));
	read_file(tar, &buf);
	at = memmem(buf.data, buf.size, "row 7", 5);
	assert_non_null(at);
	at[4] = '8';
	sample_save(tar, buf.data, buf.size);
	assert_true(dump_open(tar, &dump, &err));
	assert_int_equal(dump_next(dump, &chunk, &err), STEP_ITEM);
	assert_int_equal(strlen(chunk.expected), 31);
	assert_false(chunk_unpack(&chunk, NULL, &raw, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
	assert_non_null(strstr(err.text, "damaged"));
	dump_close(dump);
	buf_free(&chunk.bytes);
	buf_free(&raw);
	buf_free(&buf);
}

static void
rows_that_differ_from_the_manifest_are_found(void **state)
{
	const char *paths[] = { sample_path("app.dump"),
		sample_path("app.tar") };
	Compressor compressor = { 0 };
	DumpSummary summary;
	DumpReader *dump = NULL;
	Chunk chunk = { 0 };
	Buf raw = { 0 };
	bool confirmed;
	Error err;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(
		    sample_dump(paths[i], i == 1, &zstd, 1, &summary, &err));
		assert_true(dump_open(paths[i], &dump, &err));
		confirmed = true;
		while (dump_next(dump, &chunk, &err) == STEP_ITEM) {
			assert_int_equal(chunk.rows, i == 0 ? 40 : 0);
			assert_true(
			    chunk_unpack(&chunk, &compressor, &raw, &err));
			chunk.rows = 41;
			confirmed =
			    confirmed && dump_confirm(dump, &chunk, &err);
		}
		assert_false(confirmed && dump_finish(dump, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_non_null(strstr(err.text, "41 rows"));
		dump_close(dump);
	}
	buf_free(&chunk.bytes);
	buf_free(&raw);
	compress_free(&compressor);
}

static Profile
empty_profile(const Schema *schema)
{
	static TableProfile tables[3];
	static ColumnProfile columns[3];

	for (size_t i = 0; i < schema->n_tables; i++)
		tables[i] = (TableProfile){ .columns = columns,
			.n_columns = schema->tables[i].n_columns };
	return (Profile){ .tables = tables, .n_tables = schema->n_tables };
}

static void
a_profile_may_stand_before_or_behind_the_data(void **state)
{
	Schema schema = sample_schema();
	Profile profile = empty_profile(&schema);
	DumpSummary summary[2];
	DumpReader *dump = NULL;
	DumpWriter *writer = NULL;
	Chunk chunk = { 0 };
	const char *path;
	int first, saved, i;
	Error err;

	(void)state;
	for (i = 0; i < 4; i++) {
		first = i % 2;
		path = sample_path("app.tar");
		saved = i < 2 ? sample_begin_output(path) : -1;
		assert_true(
		    dump_create(i < 2 ? "-" : path, &schema, &writer, &err));
		if (first)
			assert_true(dump_put_profile(writer, &profile, &err));
		assert_true(sample_put_chunks(writer, &none, 1, &err));
		if (!first)
			assert_true(dump_put_profile(writer, &profile, &err));
		assert_true(dump_commit(writer, &summary[first], &err));
		dump_discard(writer);
		if (i < 2)
			sample_end_output(saved);
		assert_true(dump_open(path, &dump, &err));
		assert_true((dump_profile(dump) != NULL) == (first || i >= 2));
		while (dump_next(dump, &chunk, &err) == STEP_ITEM)
			;
		assert_true(dump_finish(dump, &err));
		assert_non_null(dump_profile(dump));
		dump_close(dump);
	}
	assert_string_equal(
	    summary[0].manifest_sha256, summary[1].manifest_sha256);
	buf_free(&chunk.bytes);
}

static void
a_dump_may_be_made_again_but_not_replaced(void **state)
{
	const char *path = sample_path("app.dump");
	char partial[256];
	Schema schema = sample_schema();
	DumpSummary one, other;
	DumpWriter *writer = NULL;
	Error err;

	(void)state;
	snprintf(partial, sizeof(partial), "%s.partial", path);
	assert_true(sample_dump(path, false, &zstd, 2, &one, &err));
	assert_true(sample_dump(path, false, &zstd, 2, &other, &err));
	assert_string_equal(one.manifest_sha256, other.manifest_sha256);
	assert_int_not_equal(access(partial, F_OK), 0);
	/* The same database, other options. */
	assert_false(sample_dump(path, false, &none, 2, &other, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_int_equal(access(partial, F_OK), 0);
	assert_int_equal(read_dump(path, 1, false, &err), 4);
	/* Another state of it is refused before anything is written. */
	schema.source.modified++;
	assert_false(dump_create(path, &schema, &writer, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "another database or state"));
	schema.source.modified--;
	schema.dialect = DIALECT_POSTGRESQL;
	assert_false(dump_create(path, &schema, &writer, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void
what_was_not_committed_cannot_be_opened(void **state)
{
	const char *path = sample_path("app.dump");
	const char *tar = sample_path("app.tar");
	Schema schema = sample_schema();
	DumpWriter *writer = NULL;
	int saved, i;
	Error err;

	(void)state;
	for (i = 0; i < 2; i++) {
		saved = i == 0 ? -1 : sample_begin_output(tar);
		assert_true(
		    dump_create(i == 0 ? path : "-", &schema, &writer, &err));
		assert_true(sample_put_chunks(writer, &zstd, 2, &err));
		dump_discard(writer);
		if (i == 1)
			sample_end_output(saved);
		assert_int_equal(
		    read_dump(i == 0 ? path : tar, 2, false, &err), 0);
		assert_int_equal(err.kind, ERROR_DUMP);
	}
	assert_non_null(strstr(err.text, "did the program before it fail"));
	assert_int_equal(read_dump(path, 2, false, &err), 0);
	assert_non_null(strstr(err.text, ".partial"));
}

static void
ordinals_may_come_in_any_order(void **state)
{
	const char *directory = sample_path("app.dump");
	const char *tar = sample_path("app.tar");
	const char *list = sample_path("list");
	unsigned seed = (unsigned)getpid(), i;
	DumpSummary summary;
	Error err;

	(void)state;
	print_message("seed %u\n", seed);
	assert_true(sample_dump(directory, false, &none, 60, &summary, &err));
	for (i = 0; i < 5; i++) {
		shell("cd %s; (echo schema.json; find data -type f | "
		      "awk 'BEGIN { srand(%u) } { print rand() \" \" $0 }' | "
		      "sort | sed 's/.* //'; echo manifest.json) > %s && "
		      "tar -c -f %s -T %s",
		    directory, seed + i, list, tar, list);
		assert_int_equal(read_dump(tar, 3, false, &err), 120);
		/* One of them is left out. */
		shell("cd %s; sed -i '%ud' %s && tar -c -f %s -T %s", directory,
		    2 + (seed + i) % 120, list, tar, list);
		assert_int_equal(read_dump(tar, 3, false, &err), 0);
		assert_non_null(strstr(err.text, "is missing"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_comes_back_from_directory_and_stream),
		cmocka_unit_test(tar_makes_and_unpacks_streams),
		cmocka_unit_test(every_flipped_bit_of_a_stream_is_found),
		cmocka_unit_test(every_truncation_of_a_stream_is_found),
		cmocka_unit_test(every_flipped_bit_of_a_directory_is_found),
		cmocka_unit_test(
		    a_directory_holds_what_its_manifest_names_and_nothing_else),
		cmocka_unit_test(an_empty_table_directory_does_no_harm),
		cmocka_unit_test(
		    a_damaged_chunk_of_a_stream_fails_before_its_rows_are_read),
		cmocka_unit_test(rows_that_differ_from_the_manifest_are_found),
		cmocka_unit_test(a_profile_may_stand_before_or_behind_the_data),
		cmocka_unit_test(a_dump_may_be_made_again_but_not_replaced),
		cmocka_unit_test(what_was_not_committed_cannot_be_opened),
		cmocka_unit_test(ordinals_may_come_in_any_order),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sample_clean();
	return failed;
}
