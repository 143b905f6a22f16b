#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/dump.h"
#include "sample.h"

static const Compression none = { COMPRESS_NONE, 0 };

static const ManifestReason reasons[] = {
	{ .table = "users",
	    .column = "name",
	    .rule = "integer",
	    .reason = "not a whole number",
	    .values = 3,
	    .first = "'N/A'",
	    .first_row = 7,
	    .has_first_rowid = true,
	    .first_rowid = -17 },
	{ .rule = "json", .reason = "not JSON", .values = 1 },
};

static bool
append(DumpWriter *writer, const char *text, Error *err)
{
	return dump_append_reasons(
	    writer, (const uint8_t *)text, strlen(text), err);
}

/* A dump with reasons that are written before, between and behind chunks. */
static const char *
make_dump(DumpSummary *summary)
{
	const char *path = sample_path("app.rejects");
	Schema schema = sample_schema();
	DumpWriter *writer = NULL;
	Error err;

	if (!dump_create(path, &schema, &writer, &err) ||
	    !append(writer, "{\"a\":1}\n", &err) ||
	    !sample_put_chunks(writer, &none, 2, &err) ||
	    !append(writer, "", &err) ||
	    !append(writer, "{\"a\":2}\n{\"a\":3}\n", &err))
		fail_msg("%s", err.text);
	dump_sum_reasons(writer, reasons, 2);
	if (!dump_commit(writer, summary, &err))
		fail_msg("%s", err.text);
	dump_discard(writer);
	return path;
}

/* Read all of a dump; false and err where it is refused. */
static bool
read_dump(const char *path, Error *err)
{
	DumpReader *dump = NULL;
	Chunk chunk = { 0 };
	Step step = STEP_FAILED;
	bool success = dump_open(path, &dump, err);

	while (success && (step = dump_next(dump, &chunk, err)) == STEP_ITEM)
		;
	success = success && step == STEP_END && dump_finish(dump, err);
	buf_free(&chunk.bytes);
	dump_close(dump);
	return success;
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
read_file(const char *path, Buf *buf)
{
	Error err;

	buf->size = 0;
	assert_true(io_read_file(AT_FDCWD, path, 1 << 24, buf, &err));
}

static void
reasons_grow_while_chunks_are_written(void **state)
{
	DumpSummary summary;
	const char *path = make_dump(&summary);
	const Manifest *manifest;
	DumpReader *dump = NULL;
	char name[256];
	Buf buf = { 0 };
	Error err;

	(void)state;
	snprintf(name, sizeof(name), "%s/rejects.ndjson", path);
	read_file(name, &buf);
	assert_int_equal(buf.size, 24);
	assert_memory_equal(buf.data, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", 24);
	if (!dump_open(path, &dump, &err))
		fail_msg("%s", err.text);
	manifest = dump_manifest(dump);
	assert_int_equal(manifest->rejects.bytes, 24);
	assert_int_equal(manifest->n_reasons, 2);
	assert_string_equal(manifest->reasons[0].first, "'N/A'");
	assert_int_equal(manifest->reasons[0].first_rowid, -17);
	assert_null(manifest->reasons[1].table);
	dump_close(dump);
	assert_true(read_dump(path, &err));
	buf_free(&buf);
}

static void
tar_may_put_the_reasons_anywhere(void **state)
{
	static const char *const orders[] = {
		"schema.json rejects.ndjson data manifest.json",
		"schema.json data rejects.ndjson manifest.json",
		"schema.json data/users rejects.ndjson "
		"data/all%20events%2F%C3%BC manifest.json",
	};
	DumpSummary summary;
	const char *path = make_dump(&summary);
	const char *tar = sample_path("app.tar");
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		shell("tar -c -f %s -C %s %s", tar, path, orders[i]);
		if (!read_dump(tar, &err))
			fail_msg("%s: %s", orders[i], err.text);
	}
	shell("tar -c -f %s -C %s schema.json data manifest.json", tar, path);
	assert_false(read_dump(tar, &err));
	assert_non_null(strstr(err.text, "\"rejects.ndjson\" is missing"));
	shell("tar -c --hard-dereference -f %s -C %s schema.json "
	      "rejects.ndjson data rejects.ndjson manifest.json",
	    tar, path);
	assert_false(read_dump(tar, &err));
	assert_non_null(strstr(err.text, "twice"));
}

static void
every_flipped_bit_of_the_reasons_is_found(void **state)
{
	DumpSummary summary;
	const char *path = make_dump(&summary);
	const char *tar = sample_path("app.tar");
	char name[256];
	Buf buf = { 0 };
	Error err;

	(void)state;
	snprintf(name, sizeof(name), "%s/rejects.ndjson", path);
	read_file(name, &buf);
	for (size_t i = 0; i < buf.size; i++) {
		buf.data[i] ^= (uint8_t)(1 << i % 8);
		sample_save(name, buf.data, buf.size);
		assert_false(read_dump(path, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		shell("tar -c -f %s -C %s schema.json data rejects.ndjson "
		      "manifest.json",
		    tar, path);
		assert_false(read_dump(tar, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		buf.data[i] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < buf.size; i++) {
		sample_save(name, buf.data, i);
		assert_false(read_dump(path, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
	}
	sample_save(name, buf.data, buf.size);
	assert_true(read_dump(path, &err));
	buf_free(&buf);
}

static void
a_link_in_their_place_is_not_followed(void **state)
{
	DumpSummary summary;
	const char *path = make_dump(&summary);
	Error err;

	(void)state;
	shell("cd %s && mv rejects.ndjson ../reasons && "
	      "ln -s ../reasons rejects.ndjson",
	    path);
	assert_false(read_dump(path, &err));
	assert_int_equal(err.kind, ERROR_DUMP);
}

static void
the_same_reasons_give_the_same_dump(void **state)
{
	DumpSummary one, other;

	(void)state;
	make_dump(&one);
	make_dump(&other);
	assert_string_equal(one.manifest_sha256, other.manifest_sha256);
}

static void
a_stream_cannot_hold_what_grows(void **state)
{
	const char *tar = sample_path("app.tar");
	Schema schema = sample_schema();
	DumpWriter *writer = NULL;
	int saved = sample_begin_output(tar);
	bool created, appended;
	Error err;

	(void)state;
	created = dump_create("-", &schema, &writer, &err);
	appended = created && append(writer, "{}\n", &err);
	dump_discard(writer);
	sample_end_output(saved);
	assert_true(created);
	assert_false(appended);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void
what_is_removed_leaves_nothing(void **state)
{
	const char *path = sample_path("app.rejects");
	char partial[256];
	Schema schema = sample_schema();
	DumpWriter *writer = NULL;
	Error err;

	(void)state;
	snprintf(partial, sizeof(partial), "%s.partial", path);
	assert_true(dump_create(path, &schema, &writer, &err));
	assert_true(append(writer, "{}\n", &err));
	assert_true(sample_put_chunks(writer, &none, 2, &err));
	assert_int_equal(access(partial, F_OK), 0);
	if (!dump_remove(writer, &err))
		fail_msg("%s", err.text);
	dump_discard(writer);
	assert_int_not_equal(access(partial, F_OK), 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void
what_was_not_committed_is_written_again(void **state)
{
	const char *path = sample_path("app.rejects");
	Schema schema = sample_schema();
	DumpWriter *writer = NULL;
	DumpSummary summary;
	Error err;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(dump_create(path, &schema, &writer, &err));
		assert_true(append(writer, "{}\n", &err));
		if (i == 1)
			assert_true(dump_commit(writer, &summary, &err));
		dump_discard(writer);
	}
	assert_true(read_dump(path, &err));
}

static void
presence_is_told_by_source_and_dialect(void **state)
{
	DumpSummary summary;
	const char *path = make_dump(&summary);
	Schema schema = sample_schema();
	DumpPresence presence;
	Error err;

	(void)state;
	assert_true(dump_look(path, &schema, &presence, &err));
	assert_int_equal(presence, DUMP_SAME);
	schema.source.bytes++;
	assert_true(dump_look(path, &schema, &presence, &err));
	assert_int_equal(presence, DUMP_OTHER);
	schema.source.bytes--;
	schema.dialect = DIALECT_POSTGRESQL;
	assert_true(dump_look(path, &schema, &presence, &err));
	assert_int_equal(presence, DUMP_OTHER);
	schema.dialect = DIALECT_SQLITE;
	schema.rejects_round++;
	assert_true(dump_look(path, &schema, &presence, &err));
	assert_int_equal(presence, DUMP_OTHER);
	assert_true(
	    dump_look(sample_path("nowhere"), &schema, &presence, &err));
	assert_int_equal(presence, DUMP_ABSENT);
	assert_true(dump_look("-", &schema, &presence, &err));
	assert_int_equal(presence, DUMP_ABSENT);
	shell("echo >>%s/manifest.json", path);
	assert_false(dump_look(path, &schema, &presence, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_grow_while_chunks_are_written),
		cmocka_unit_test(tar_may_put_the_reasons_anywhere),
		cmocka_unit_test(every_flipped_bit_of_the_reasons_is_found),
		cmocka_unit_test(a_link_in_their_place_is_not_followed),
		cmocka_unit_test(the_same_reasons_give_the_same_dump),
		cmocka_unit_test(a_stream_cannot_hold_what_grows),
		cmocka_unit_test(what_is_removed_leaves_nothing),
		cmocka_unit_test(what_was_not_committed_is_written_again),
		cmocka_unit_test(presence_is_told_by_source_and_dialect),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sample_clean();
	return failed;
}
