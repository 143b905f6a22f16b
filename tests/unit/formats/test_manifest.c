#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "formats/manifest.h"

static ManifestFile user_files[] = {
	{ .path = "data/users/000001.csv.zst",
	    .rows = 5,
	    .raw_bytes = 412,
	    .bytes = 203,
	    .digest = { { 1, 2, 3 } } },
	{ .path = "data/users/000002.ndjson",
	    .rows = 7,
	    .raw_bytes = 100,
	    .bytes = 100 },
};
static ManifestTable tables[] = {
	{ .name = "users", .rows = 12, .files = user_files, .n_files = 2 },
	{ .name = "" },
};

static const ManifestReason reasons[] = {
	{ .table = "users",
	    .column = "age",
	    .rule = "integer",
	    .reason = "not a whole number",
	    .values = 1000,
	    .first = "'N/A'",
	    .first_row = 12,
	    .has_first_rowid = true,
	    .first_rowid = 0 },
	{ .table = "",
	    .rule = "value",
	    .reason = "fails",
	    .values = 2,
	    .first = "malformed JSON",
	    .first_row = 1 },
	{ .rule = "json", .reason = "not JSON", .values = 1 },
};

static Manifest
sample(void)
{
	return (Manifest){ .dialect = DIALECT_SQLITE,
		.source = { .name = "app.db",
		    .bytes = 8192,
		    .modified = -5,
		    .encoding = "UTF-16le" },
		.tables = tables,
		.n_tables = 2,
		.reasons = reasons,
		.n_reasons = 3,
		.schema = { .bytes = 10, .digest = { { 9 } } },
		.rejects = { .bytes = 11 } };
}

static void
write_manifest(const Manifest *manifest, Buf *buf)
{
	Error err;

	buf->size = 0;
	if (!manifest_write(manifest, buf, &err))
		fail_msg("%s", err.text);
}

static void
what_is_written_is_read_back(void **state)
{
	Manifest manifest = sample(), back = { 0 };
	Buf one = { 0 }, other = { 0 };
	Error err;

	(void)state;
	write_manifest(&manifest, &one);
	if (!manifest_read(one.data, one.size, &back, &err))
		fail_msg("%s", err.text);
	write_manifest(&back, &other);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	assert_int_equal(back.totals.tables, 2);
	assert_int_equal(back.totals.rows, 12);
	assert_int_equal(back.totals.raw_bytes, 512);
	assert_int_equal(back.totals.bytes, 303);
	assert_int_equal(back.profile.bytes, 0);
	assert_int_equal(back.rejects.bytes, 11);
	assert_int_equal(back.source.modified, -5);
	assert_int_equal(back.n_reasons, 3);
	assert_true(back.reasons[0].has_first_rowid);
	assert_int_equal(back.reasons[0].first_rowid, 0);
	assert_int_equal(back.reasons[0].first_row, 12);
	assert_false(back.reasons[1].has_first_rowid);
	assert_null(back.reasons[1].column);
	assert_null(back.reasons[2].table);
	assert_null(back.reasons[2].first);
	assert_true(digest_equal(
	    &back.tables[0].files[0].digest, &user_files[0].digest));
	manifest_free(&back);
	buf_free(&one);
	buf_free(&other);
}

static void
the_hash_is_of_all_bytes_before_its_digits(void **state)
{
	Manifest manifest = sample();
	char hex[DIGEST_HEX_BYTES];
	Buf buf = { 0 };
	Digest digest;
	Error err;

	(void)state;
	write_manifest(&manifest, &buf);
	assert_memory_equal(buf.data + buf.size - 4, "\"\n}\n", 4);
	assert_true(digest_of(buf.data, buf.size - 68, &digest, &err));
	digest_hex(&digest, hex);
	assert_memory_equal(buf.data + buf.size - 68, hex, 64);
	buf_free(&buf);
}

static void
it_may_be_appended_to_other_bytes(void **state)
{
	Manifest manifest = sample();
	Buf one = { 0 }, other = { 0 };
	Error err;

	(void)state;
	write_manifest(&manifest, &one);
	assert_true(buf_put_text(&other, "before", &err));
	assert_true(manifest_write(&manifest, &other, &err));
	assert_memory_equal(other.data + 6, one.data, one.size);
	buf_free(&one);
	buf_free(&other);
}

static void
every_flipped_bit_is_found(void **state)
{
	Manifest manifest = sample(), back;
	Buf buf = { 0 };
	Error err;

	(void)state;
	write_manifest(&manifest, &buf);
	for (size_t i = 0; i < buf.size * 8; i++) {
		buf.data[i / 8] ^= (uint8_t)(1 << i % 8);
		back = (Manifest){ 0 };
		assert_false(manifest_read(buf.data, buf.size, &back, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		manifest_free(&back);
		buf.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	while (buf.size-- > 0) {
		back = (Manifest){ 0 };
		assert_false(manifest_read(buf.data, buf.size, &back, &err));
		manifest_free(&back);
	}
	buf_free(&buf);
}

/* Put the right hash at the end again after an edit. */
static void
seal(Buf *buf)
{
	char hex[DIGEST_HEX_BYTES];
	Digest digest;
	Error err;

	assert_true(digest_of(buf->data, buf->size - 68, &digest, &err));
	digest_hex(&digest, hex);
	memcpy(buf->data + buf->size - 68, hex, 64);
}

/* Edits of the document: each must be refused. */
static const struct {
	const char *title, *from, *to, *message;
} edits[] = {
	{ "a newer version", "\"version\":1", "\"version\":7",
	    "newer litehaul" },
	{ "rows of a file", "\"rows\":5,", "\"rows\":6,",
	    "has 12 rows, its files 13" },
	{ "rows of a table", "\"rows\":12,\n   \"files\"",
	    "\"rows\":13,\n   \"files\"", "has 13 rows, its files 12" },
	{ "bytes of a file", "\"bytes\":203", "\"bytes\":204", "totals" },
	{ "raw bytes", "\"raw_bytes\":412", "\"raw_bytes\":413", "totals" },
	{ "total tables", "\"tables\":2", "\"tables\":3", "totals" },
	{ "a negative count", "\"rows\":5,", "\"rows\":-5,", "" },
	{ "a huge count", "\"rows\":5,", "\"rows\":9223372036854775807,",
	    "overflow" },
	{ "more than int64", "\"rows\":5,", "\"rows\":9223372036854775808,",
	    "" },
	{ "an ordinal missing", "000001.csv", "000003.csv",
	    "file 1 is expected" },
	{ "an ordinal twice", "000002.ndjson", "000001.ndjson",
	    "file 2 is expected" },
	{ "another table's file", "data/users/000001", "data/user5/000001",
	    "not a data file of this table" },
	{ "a path that leads out", "data/users/000001.csv",
	    "data/../../etc/passwd", "not a data file" },
	{ "a chunk too large", "\"raw_bytes\":412", "\"raw_bytes\":7516192769",
	    "larger than a chunk" },
	{ "a digest too short", "\"0102030000", "\"01020300", "not a SHA-256" },
	{ "a digest in capitals", "\"0102030000", "\"010203000A",
	    "not a SHA-256" },
	{ "a table twice", "\"name\":\"\",\n   \"rows\":0",
	    "\"name\":\"users\",\n   \"rows\":0", "there twice" },
	{ "an unknown key", "\"totals\":", "\"total\":", "" },
	{ "an empty document", "\"bytes\":11", "\"bytes\":0", "0 bytes" },
	{ "no schema", "\"schema\":", "\"shcema\":", "" },
	{ "a reason of no table", "\"table\":\"users\"", "\"table\":\"user\"",
	    "there is no table \"user\"" },
	{ "a reason for no value", "\"values\":1000", "\"values\":0",
	    "0 values" },
	{ "a column of no table", "\"table\":\"users\",\n", "",
	    "without \"table\"" },
	{ "a reason without its rule", "\"rule\":\"integer\",\n", "", "" },
	{ "an unknown key of a reason", "\"first_row\":12", "\"last_row\":12",
	    "" },
	{ "a first rowid that is text", "\"first_rowid\":0",
	    "\"first_rowid\":\"0\"", "" },
	{ "reasons that are no array", "\"reasons\":[",
	    "\"reasons\":{},\"profile\":[", "" },
	{ "a dialect", "\"sqlite\"", "\"sqlite3\"", "unknown dialect" },
};

static void
whatever_does_not_add_up_is_refused(void **state)
{
	Manifest manifest = sample(), back;
	Buf buf = { 0 }, edited = { 0 };
	const char *at;
	size_t size;
	Error err;

	(void)state;
	write_manifest(&manifest, &buf);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		at = memmem(
		    buf.data, buf.size, edits[i].from, strlen(edits[i].from));
		if (at == NULL)
			fail_msg("%s: not found", edits[i].title);
		size = (size_t)(at - (const char *)buf.data);
		edited.size = 0;
		assert_true(buf_put(&edited, buf.data, size, &err));
		assert_true(buf_put_text(&edited, edits[i].to, &err));
		size += strlen(edits[i].from);
		assert_true(
		    buf_put(&edited, buf.data + size, buf.size - size, &err));
		seal(&edited);
		back = (Manifest){ 0 };
		if (manifest_read(edited.data, edited.size, &back, &err))
			fail_msg("%s: was read", edits[i].title);
		assert_int_equal(err.kind, ERROR_DUMP);
		if (strstr(err.text, edits[i].message) == NULL)
			fail_msg("%s: %s", edits[i].title, err.text);
		manifest_free(&back);
	}
	buf_free(&edited);
	buf_free(&buf);
}

static void
reasons_without_their_lines_are_refused(void **state)
{
	Manifest manifest = sample(), back = { 0 };
	Buf buf = { 0 };
	Error err;

	(void)state;
	manifest.rejects.bytes = 0;
	write_manifest(&manifest, &buf);
	assert_false(manifest_read(buf.data, buf.size, &back, &err));
	assert_non_null(strstr(err.text, "no \"rejects\""));
	manifest_free(&back);
	/* The lines without their summary are what older dumps have. */
	manifest = sample();
	manifest.n_reasons = 0;
	write_manifest(&manifest, &buf);
	assert_null(memmem(buf.data, buf.size, "reasons", 7));
	assert_true(manifest_read(buf.data, buf.size, &back, &err));
	assert_int_equal(back.n_reasons, 0);
	manifest_free(&back);
	buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(the_hash_is_of_all_bytes_before_its_digits),
		cmocka_unit_test(it_may_be_appended_to_other_bytes),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(whatever_does_not_add_up_is_refused),
		cmocka_unit_test(reasons_without_their_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
