/*
 * sample: a small schema and dump for the tests of formats/, and a directory
 * to write them to.
 */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump.h"
#include "formats/io.h"

static Column sample_user_columns[] = {
	{ .name = "id",
	    .declared = "INTEGER",
	    .affinity = AFFINITY_INTEGER,
	    .collation = "BINARY",
	    .not_null = true },
	{ .name = "name",
	    .declared = "VARCHAR(20)",
	    .affinity = AFFINITY_TEXT,
	    .collation = "NOCASE",
	    .default_kind = DEFAULT_SQL,
	    .default_text = "'a \"b\"'" },
	{ .name = "twice",
	    .declared = "",
	    .affinity = AFFINITY_BLOB,
	    .collation = "BINARY",
	    .generated = GENERATED_STORED,
	    .generated_text = "id * 2" },
};
static IndexPart sample_key_parts[] = { { .column = 0 } };
static IndexPart sample_name_parts[] = {
	{ .column = 1, .collation = "BINARY", .descending = true },
	{ .column = -1, .text = "lower(name)" },
};
static Index sample_user_indexes[] = {
	{ .name = "",
	    .kind = INDEX_PRIMARY,
	    .constraint = true,
	    .parts = sample_key_parts,
	    .n_parts = 1 },
	{ .name = "by_name",
	    .kind = INDEX_UNIQUE,
	    .parts = sample_name_parts,
	    .n_parts = 2,
	    .where = "id > 3" },
};
static Check sample_checks[] = { { .name = "", .text = "id < 1000" } };
static Column sample_event_columns[] = {
	{ .name = "user id",
	    .declared = "INT",
	    .affinity = AFFINITY_INTEGER,
	    .collation = "BINARY" },
	{ .name = "\xc3\xa9t\xc3\xa9",
	    .declared = "TEXT",
	    .affinity = AFFINITY_TEXT,
	    .collation = "BINARY" },
};
static int sample_child_columns[] = { 0 };
static const char *sample_parent_columns[] = { "id" };
static ForeignKey sample_foreign_keys[] = {
	{ .name = "",
	    .columns = sample_child_columns,
	    .parent_columns = sample_parent_columns,
	    .n_columns = 1,
	    .parent = "users",
	    .on_update = "NO ACTION",
	    .on_delete = "CASCADE",
	    .deferred = true },
};
static Table sample_tables[] = {
	{ .name = "users",
	    .directory = "users",
	    .autoincrement = true,
	    .sequence = 17,
	    .rowid_column = 0,
	    .columns = sample_user_columns,
	    .n_columns = 3,
	    .indexes = sample_user_indexes,
	    .n_indexes = 2,
	    .checks = sample_checks,
	    .n_checks = 1,
	    .sql = "CREATE TABLE users(...)" },
	{ .name = "all events/\xc3\xbc",
	    .directory = "all%20events%2F%C3%BC",
	    .kind = TABLE_WITHOUT_ROWID,
	    .strict = true,
	    .rowid_column = -1,
	    .columns = sample_event_columns,
	    .n_columns = 2,
	    .foreign_keys = sample_foreign_keys,
	    .n_foreign_keys = 1,
	    .sql = "CREATE TABLE \"all events/\"(...)" },
	{ .name = "",
	    .directory = "%",
	    .rowid_column = -1,
	    .columns = sample_event_columns,
	    .n_columns = 1 },
};
static LeftOut sample_left_out[] = {
	{ .kind = "view",
	    .table = "",
	    .name = "v",
	    .text = "CREATE VIEW v",
	    .reason = "not translated" },
};

static inline Schema
sample_schema(void)
{
	return (Schema){ .dialect = DIALECT_SQLITE,
		.namespace = "",
		.source = { .name = "app.db",
		    .bytes = 4096,
		    .modified = 1700000000,
		    .encoding = "UTF-8",
		    .user_version = -3,
		    .application_id = 252006673 },
		.tables = sample_tables,
		.n_tables = 3,
		.left_out = sample_left_out,
		.n_left_out = 1 };
}

/* A new directory below the test's own. */
static inline const char *
sample_path(const char *name)
{
	static char directory[] = "/tmp/litehaul-test-XXXXXX";
	static char paths[8][128];
	static unsigned made, next;
	char *path = paths[next++ % 8];

	if (made == 0 && mkdtemp(directory) == NULL)
		abort();
	snprintf(path, sizeof(paths[0]), "%s/%u-%s", directory, made++, name);
	return path;
}

static inline void
sample_clean(void)
{
	const char *path = sample_path("");
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %.*s",
	    (int)(strrchr(path, '/') - path), path);
	if (system(command) != 0)
		abort();
}

/* Let standard output go to a file until sample_end_output. */
static inline int
sample_begin_output(const char *path)
{
	int saved, fd;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (saved < 0 || fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		abort();
	close(fd);
	return saved;
}

static inline void
sample_end_output(int saved)
{
	if (dup2(saved, STDOUT_FILENO) < 0)
		abort();
	close(saved);
}

/* Write bytes to a file, replacing what is there. */
static inline void
sample_save(const char *path, const uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL ||
	    (size > 0 && fwrite(bytes, 1, size, file) != size) ||
	    fclose(file) != 0)
		abort();
}

/* A chunk's rows, never to be read as such. */
static inline bool
sample_fill(Buf *raw, size_t table, unsigned ordinal, Error *err)
{
	raw->size = 0;
	for (unsigned i = 0; i < 40; i++)
		if (!buf_put_format(
			raw, err, "%zu,%u,row %u\n", table, ordinal, i))
			return false;
	return true;
}

/* Put n chunks into each of the first two tables. */
static inline bool
sample_put_chunks(
    DumpWriter *writer, const Compression *compression, unsigned n, Error *err)
{
	Compressor compressor = { 0 };
	Buf raw = { 0 };
	Chunk chunk = { 0 };
	bool success = true;
	unsigned i;

	for (i = 0; success && i < 2 * n; i++) {
		chunk.table = i / n;
		chunk.format = i % 2 == 0 ? ROWS_CSV : ROWS_NDJSON;
		chunk.rows = 40;
		success = sample_fill(&raw, chunk.table, i % n + 1, err) &&
		    chunk_pack(&chunk, compression, &compressor, &raw, err) &&
		    dump_put_chunk(writer, &chunk, err);
	}
	buf_free(&raw);
	buf_free(&chunk.bytes);
	compress_free(&compressor);
	return success;
}

/* Write the sample dump to a directory, or as a tar file when tar says so. */
static inline bool
sample_dump(const char *path, bool tar, const Compression *compression,
    unsigned n, DumpSummary *summary, Error *err)
{
	Schema schema = sample_schema();
	DumpWriter *writer = NULL;
	int saved = tar ? sample_begin_output(path) : -1;
	bool success = dump_create(tar ? "-" : path, &schema, &writer, err) &&
	    sample_put_chunks(writer, compression, n, err) &&
	    dump_commit(writer, summary, err);

	dump_discard(writer);
	if (tar)
		sample_end_output(saved);
	return success;
}

#endif
