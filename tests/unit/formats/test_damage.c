/*
 * Damage: every bit of a small dump flipped, every file and the stream cut at
 * every length, blocks of the stream lost, doubled and swapped.  Reading must
 * fail with ERROR_DUMP, and no damaged row may be given before it does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "formats/dump.h"
#include "formats/rows_csv.h"
#include "formats/rows_ndjson.h"
#include "sample.h"

/* Sanitizers are some ten times slower: there every 5th bit and length, a
 * number that shares no factor with 8, so that every bit of a byte has its
 * turn. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STRIDE ((size_t)5)
#else
#define STRIDE ((size_t)1)
#endif

#define BLOCK_BYTES   ((size_t)512)
#define FILE_BYTES    ((uint64_t)1 << 20)
#define TABLES        2
#define TABLE_CHUNKS  2
#define COLUMNS_LIMIT 2
#define CHUNKS        (TABLES * TABLE_CHUNKS)

static Column note_columns[] = {
	{ .name = "id",
	    .declared = "INTEGER",
	    .affinity = AFFINITY_INTEGER,
	    .collation = "BINARY" },
	{ .name = "text",
	    .declared = "TEXT",
	    .affinity = AFFINITY_TEXT,
	    .collation = "BINARY" },
};
static Column cell_columns[] = {
	{ .name = "x",
	    .declared = "",
	    .affinity = AFFINITY_BLOB,
	    .collation = "BINARY" },
};
static Table tables[TABLES] = {
	{ .name = "note",
	    .directory = "note",
	    .rowid_column = 0,
	    .columns = note_columns,
	    .n_columns = 2,
	    .sql = "" },
	{ .name = "a/b",
	    .directory = "a%2Fb",
	    .rowid_column = -1,
	    .columns = cell_columns,
	    .n_columns = 1,
	    .sql = "" },
};

/* The chunks of the dump: every row format and every compression. */
static const struct {
	RowsFormat format;
	Compression compression;
	const char *rows;
	unsigned n_rows;
} chunks[CHUNKS] = {
	{ ROWS_CSV, { COMPRESS_ZSTD, 3 },
	    "id,text\n1,one\n2,\n3,\"\"\n4,\"a,\"\"b\"\"\"\n", 4 },
	{ ROWS_CSV, { COMPRESS_NONE, 0 },
	    "id,text\n5,five\n-6,\"two\nlines\"\n7,\xc3\xa9\n", 3 },
	{ ROWS_NDJSON, { COMPRESS_ZSTD, 3 },
	    "{\"x\":1}\n{\"x\":1.5}\n{\"x\":\"1\"}\n"
	    "{\"x\":{\"$blob\":\"AAE=\"}}\n",
	    4 },
	{ ROWS_NDJSON, { COMPRESS_GZIP, 6 },
	    "{\"x\":null}\n{\"x\":\"a\"}\n{\"x\":{\"$text\":\"/wA=\"}}\n", 3 },
};

static Schema
small_schema(void)
{
	return (Schema){ .dialect = DIALECT_SQLITE,
		.namespace = "",
		.source = { .name = "a.db",
		    .bytes = 8192,
		    .modified = 1,
		    .encoding = "UTF-8" },
		.tables = tables,
		.n_tables = TABLES };
}

static bool
put_chunks(DumpWriter *writer, Error *err)
{
	Compressor compressor = { 0 };
	Buf raw = { 0 };
	Chunk chunk = { 0 };
	bool success = true;

	for (size_t i = 0; success && i < CHUNKS; i++) {
		raw.size = 0;
		chunk.table = i / TABLE_CHUNKS;
		chunk.format = chunks[i].format;
		chunk.rows = chunks[i].n_rows;
		success = buf_put_text(&raw, chunks[i].rows, err) &&
		    chunk_pack(&chunk, &chunks[i].compression, &compressor,
			&raw, err) &&
		    dump_put_chunk(writer, &chunk, err);
	}
	buf_free(&raw);
	buf_free(&chunk.bytes);
	compress_free(&compressor);
	return success;
}

/* Write the dump into a directory, or as a stream into a file. */
static void
make_dump(const char *path, bool stream)
{
	ColumnProfile columns[TABLES][COLUMNS_LIMIT];
	TableProfile profiles[TABLES];
	Profile profile = { .tables = profiles, .n_tables = TABLES };
	Schema schema = small_schema();
	DumpWriter *writer = NULL;
	DumpSummary summary;
	bool success;
	int saved = -1;
	Error err;

	memset(columns, 0, sizeof(columns));
	memset(profiles, 0, sizeof(profiles));
	for (size_t i = 0; i < TABLES; i++) {
		profiles[i].rows = 7;
		profiles[i].columns = columns[i];
		profiles[i].n_columns = tables[i].n_columns;
		for (size_t k = 0; k < tables[i].n_columns; k++)
			columns[i][k].classes[VALUE_NULL] = 7;
	}
	if (stream)
		saved = sample_begin_output(path);
	success = dump_create(stream ? "-" : path, &schema, &writer, &err) &&
	    dump_put_profile(writer, &profile, &err) &&
	    put_chunks(writer, &err) && dump_commit(writer, &summary, &err);
	dump_discard(writer);
	if (stream)
		sample_end_output(saved);
	if (!success)
		fail_msg("%s", err.text);
}

/* Parse a chunk's raw rows and count them. */
static bool
count_rows(Chunk *chunk, const Table *table, Buf *raw, Error *err)
{
	const char *names[COLUMNS_LIMIT];
	Affinity affinities[COLUMNS_LIMIT];
	Value row[COLUMNS_LIMIT];
	size_t n = table->n_columns;
	RowsNdjson ndjson;
	RowsCsv csv;
	Step step;

	assert_true(n <= COLUMNS_LIMIT);
	for (size_t i = 0; i < n; i++) {
		names[i] = table->columns[i].name;
		affinities[i] = table->columns[i].affinity;
	}
	if (chunk->format == ROWS_CSV
		? !rows_csv_open(
		      &csv, raw->data, raw->size, names, affinities, n, err)
		: !rows_ndjson_open(
		      &ndjson, raw->data, raw->size, names, n, err))
		return false;
	for (chunk->rows = 0;; chunk->rows++) {
		step = chunk->format == ROWS_CSV
		    ? rows_csv_next(&csv, row, err)
		    : rows_ndjson_next(&ndjson, row, err);
		if (step != STEP_ITEM)
			return step == STEP_END;
	}
}

/* A chunk that passed its check must hold what was written. */
static void
assert_undamaged(const Chunk *chunk, const Buf *raw, const char *what)
{
	size_t i = chunk->table * TABLE_CHUNKS + chunk->ordinal - 1;

	if (chunk->table >= TABLES || chunk->ordinal > TABLE_CHUNKS ||
	    raw->size != strlen(chunks[i].rows) ||
	    memcmp(raw->data, chunks[i].rows, raw->size) != 0)
		fail_msg("%s: chunk %u of table %zu was given damaged", what,
		    chunk->ordinal, chunk->table);
}

static Compressor compressor;

/* Read all of a dump, as a program does. */
static bool
read_dump(const char *path, const char *what, Error *err)
{
	DumpReader *dump = NULL;
	Buf raw = { 0 };
	Chunk chunk = { 0 };
	unsigned given = 0;
	bool success = false;
	Step step;

	if (!dump_open(path, &dump, err))
		goto done;
	while ((step = dump_next(dump, &chunk, err)) == STEP_ITEM) {
		if (!chunk_unpack(&chunk, &compressor, &raw, err))
			goto done;
		assert_undamaged(&chunk, &raw, what);
		if (!count_rows(&chunk, &dump_schema(dump)->tables[chunk.table],
			&raw, err) ||
		    !dump_confirm(dump, &chunk, err))
			goto done;
		given++;
	}
	success = step == STEP_END && dump_finish(dump, err);
	if (success && given != CHUNKS)
		fail_msg("%s: %u chunks came", what, given);
done:
	dump_close(dump);
	buf_free(&raw);
	buf_free(&chunk.bytes);
	return success;
}

static void
assert_refused(const char *path, const char *what)
{
	Error err = { 0 };

	if (read_dump(path, what, &err))
		fail_msg("%s: %s: nobody noticed", path, what);
	if (err.kind != ERROR_DUMP)
		fail_msg(
		    "%s: %s: kind %d: %s", path, what, (int)err.kind, err.text);
}

static void
assert_whole(const char *path)
{
	Error err = { 0 };

	if (!read_dump(path, "whole", &err))
		fail_msg("%s: %s", path, err.text);
}

static void
read_file(const char *path, Buf *buf)
{
	Error err;

	buf->size = 0;
	if (!io_read_file(AT_FDCWD, path, FILE_BYTES, buf, &err))
		fail_msg("%s", err.text);
}

static void
write_file(const char *path, const uint8_t *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

/* Flip each bit of a file of the dump at path, one at a time. */
static void
flip_bits(const char *path, const char *file)
{
	char what[200];
	Buf buf = { 0 };
	uint8_t byte;
	int fd;

	read_file(file, &buf);
	fd = open(file, O_WRONLY);
	assert_true(fd >= 0);
	for (size_t bit = 0; bit < buf.size * 8; bit += STRIDE) {
		byte = (uint8_t)(buf.data[bit / 8] ^ 1U << bit % 8);
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
		snprintf(what, sizeof(what), "%s, byte %zu, bit %zu flipped",
		    file, bit / 8, bit % 8);
		assert_refused(path, what);
		byte = buf.data[bit / 8];
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
	}
	close(fd);
	buf_free(&buf);
	assert_whole(path);
}

/* Cut a file of the dump at path at every length. */
static void
cut(const char *path, const char *file)
{
	char what[200];
	Buf buf = { 0 };
	size_t size;

	read_file(file, &buf);
	assert_true(buf.size > 0);
	for (size = buf.size - 1;; size -= STRIDE) {
		assert_int_equal(truncate(file, (off_t)size), 0);
		snprintf(what, sizeof(what), "%s, cut at %zu", file, size);
		assert_refused(path, what);
		if (size < STRIDE)
			break;
	}
	assert_int_equal(truncate(file, 0), 0);
	assert_refused(path, "emptied");
	write_file(file, buf.data, buf.size);
	buf_free(&buf);
	assert_whole(path);
}

/* Let a file of the dump at path be longer by one byte of any kind. */
static void
lengthen(const char *path, const char *file)
{
	static const uint8_t bytes[] = { 0, '\n', ' ', 'a', '"', '}', 0xff };
	char what[200];
	Buf buf = { 0 };
	Error err;

	read_file(file, &buf);
	assert_true(buf_reserve(&buf, 1, &err));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		buf.data[buf.size] = bytes[i];
		write_file(file, buf.data, buf.size + 1);
		snprintf(what, sizeof(what), "%s and a byte %d more", file,
		    bytes[i]);
		assert_refused(path, what);
	}
	write_file(file, buf.data, buf.size);
	buf_free(&buf);
	assert_whole(path);
}

/* Do something to every file of a dump's directory. */
static void
for_each_file(void (*damage)(const char *path, const char *file))
{
	static const char *const names[] = { "schema.json", "profile.json",
		"data/note/000001.csv.zst", "data/note/000002.csv",
		"data/a%2Fb/000001.ndjson.zst", "data/a%2Fb/000002.ndjson.gz",
		"manifest.json" };
	const char *path = sample_path("damage.dump");
	char file[200];

	make_dump(path, false);
	assert_whole(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]);
		damage(path, file);
	}
}

static void
every_flipped_bit_of_a_directory_is_found(void **state)
{
	(void)state;
	for_each_file(flip_bits);
}

static void
every_cut_of_a_file_is_found(void **state)
{
	(void)state;
	for_each_file(cut);
}

static void
every_byte_too_much_is_found(void **state)
{
	(void)state;
	for_each_file(lengthen);
}

static void
every_flipped_bit_of_a_stream_is_found(void **state)
{
	const char *path = sample_path("damage.tar");

	(void)state;
	make_dump(path, true);
	assert_whole(path);
	flip_bits(path, path);
}

static void
every_cut_of_a_stream_is_found(void **state)
{
	const char *path = sample_path("damage.tar");

	(void)state;
	make_dump(path, true);
	cut(path, path);
}

/* Zero blocks behind the end mark are what tar(1) fills up with; else damage
 * must be refused.  Either way no damaged row may come. */
static void
assert_refused_or_same(
    const char *path, const Buf *whole, const Buf *damaged, const char *what)
{
	Error err = { 0 };
	size_t i;

	write_file(path, damaged->data, damaged->size);
	for (i = whole->size; i < damaged->size; i++)
		if (damaged->data[i] != 0)
			break;
	if (damaged->size < whole->size || i < damaged->size ||
	    memcmp(whole->data, damaged->data, whole->size) != 0)
		assert_refused(path, what);
	else if (!read_dump(path, what, &err))
		fail_msg("%s: %s", what, err.text);
}

static void
append(Buf *buf, const Buf *from, size_t start, size_t end)
{
	Error err;

	assert_true(buf_put(buf, from->data + start, end - start, &err));
}

static void
lost_doubled_and_swapped_blocks_of_a_stream_are_found(void **state)
{
	const char *path = sample_path("damage.tar");
	Buf whole = { 0 }, damaged = { 0 };
	size_t from, to, end;
	char what[80];

	(void)state;
	make_dump(path, true);
	read_file(path, &whole);
	assert_int_equal(whole.size % BLOCK_BYTES, 0);
	for (from = 0; from < whole.size; from += BLOCK_BYTES) {
		end = from + BLOCK_BYTES;
		damaged.size = 0;
		append(&damaged, &whole, 0, from);
		append(&damaged, &whole, end, whole.size);
		snprintf(what, sizeof(what), "no block at %zu", from);
		assert_refused_or_same(path, &whole, &damaged, what);
		damaged.size = 0;
		append(&damaged, &whole, 0, end);
		append(&damaged, &whole, from, whole.size);
		snprintf(what, sizeof(what), "block at %zu twice", from);
		assert_refused_or_same(path, &whole, &damaged, what);
		for (to = end; to < whole.size; to += BLOCK_BYTES) {
			damaged.size = 0;
			append(&damaged, &whole, 0, from);
			append(&damaged, &whole, to, to + BLOCK_BYTES);
			append(&damaged, &whole, end, to);
			append(&damaged, &whole, from, end);
			append(&damaged, &whole, to + BLOCK_BYTES, whole.size);
			snprintf(what, sizeof(what), "%zu and %zu swapped",
			    from, to);
			assert_refused_or_same(path, &whole, &damaged, what);
		}
	}
	buf_free(&whole);
	buf_free(&damaged);
}

static int
clean(void **state)
{
	(void)state;
	compress_free(&compressor);
	sample_clean();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flipped_bit_of_a_directory_is_found),
		cmocka_unit_test(every_cut_of_a_file_is_found),
		cmocka_unit_test(every_byte_too_much_is_found),
		cmocka_unit_test(every_flipped_bit_of_a_stream_is_found),
		cmocka_unit_test(every_cut_of_a_stream_is_found),
		cmocka_unit_test(
		    lost_doubled_and_swapped_blocks_of_a_stream_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, clean);
}
