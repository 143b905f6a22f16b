#include "import/estimate.h"

#include <stdlib.h>
#include <string.h>

#include "formats/rows_csv.h"

#include "import/tuple.h"

/* Equal keys of an index share one entry, six bytes each, up to about so many
 * (btree-deduplication). */
#define SHARED_BYTES 6
#define SHARED_MOST  130

/* An index while a chunk is read. */
typedef struct {
	uint64_t bytes; /* of all keys */
	Buf keys;       /* uint64_t: their hashes, where they may be equal */
} Entries;

typedef struct {
	const Plan *plan;
	DumpReader *dump;
	const Manifest *manifest;
	Compressor compressor;
	Buf raw;
	Arena arena;
	Entries *entries; /* room for the indexes of any table */
	size_t n_entries;
	Value *row; /* and for its columns */
	Estimate *estimates;
} Sampler;

/* FNV-1a */
static uint64_t
hash_key(const Index *index, const Value *row)
{
	uint64_t hash = 0xcbf29ce484222325u;
	const Value *value;
	size_t i, byte;

	for (i = 0; i < index->n_parts; i++) {
		if (index->parts[i].column < 0)
			continue;
		value = &row[index->parts[i].column];
		hash = (hash ^ (unsigned)value->class) * 0x100000001b3u;
		for (byte = 0; value->class != VALUE_NULL && byte < value->size;
		     byte++)
			hash = (hash ^ value->bytes[byte]) * 0x100000001b3u;
	}
	return hash;
}

static bool
add_keys(Sampler *sampler, const Table *table, const Value *row, Error *err)
{
	const Index *index;
	Entries *entries;
	uint64_t hash;
	size_t i;

	for (i = 0; i < table->n_indexes; i++) {
		index = &table->indexes[i];
		entries = &sampler->entries[i];
		entries->bytes += tuple_key_size(table, index, row);
		if (index->kind != INDEX_PLAIN)
			continue;
		hash = hash_key(index, row);
		if (!buf_put(&entries->keys, &hash, sizeof hash, err))
			return false;
	}
	return true;
}

static int
compare_hashes(const void *one, const void *other)
{
	uint64_t a, b;

	memcpy(&a, one, sizeof a);
	memcpy(&b, other, sizeof b);
	return a < b ? -1 : a > b;
}

/* How many keys there are, equal ones counted once. */
static uint64_t
count_keys(Buf *keys)
{
	size_t i, n = keys->size / sizeof(uint64_t);
	uint64_t found = n > 0;

	if (n > 0)
		qsort(keys->data, n, sizeof(uint64_t), compare_hashes);
	for (i = 1; i < n; i++)
		found += memcmp(keys->data + i * sizeof(uint64_t),
			     keys->data + (i - 1) * sizeof(uint64_t),
			     sizeof(uint64_t)) != 0;
	return found;
}

/* Bytes of an index with so many rows of which those of the sample are. */
static uint64_t
index_bytes(Entries *entries, uint64_t sampled, uint64_t rows)
{
	double key = (double)entries->bytes / (double)sampled, entry = key + 4,
	       equal = 1;
	uint64_t keys = count_keys(&entries->keys);

	if (keys > 0)
		equal = (double)sampled / (double)keys;
	if (equal > SHARED_MOST)
		equal = SHARED_MOST;
	if (equal >= 2)
		entry = SHARED_BYTES + (key + 4) / equal;
	return (1 + (uint64_t)(entry * (double)rows / TUPLE_INDEX_PAGE_ROOM) +
		   1) *
	    TUPLE_PAGE_BYTES;
}

/* With the map of free space, three pages from the fifth page on, and a page of
 * the TOAST table's index. */
static uint64_t
rows_bytes(uint64_t bytes, uint64_t toast, uint64_t sampled, uint64_t rows)
{
	uint64_t per_page = 1, pages;

	if (bytes > 0 && bytes <= TUPLE_PAGE_ROOM * sampled)
		per_page = TUPLE_PAGE_ROOM * sampled / bytes;
	pages = (rows + per_page - 1) / per_page;
	pages += pages > 4 ? 4 : 1;
	return pages * TUPLE_PAGE_BYTES +
	    (uint64_t)((double)toast / (double)sampled * (double)rows);
}

/* All rows of a chunk whose bytes are in raw. */
static bool
read_rows(Sampler *sampler, size_t i, Error *err)
{
	const Table *table = &sampler->plan->schema->tables[i];
	Estimate *estimate = &sampler->estimates[i];
	uint64_t bytes = 0, toast = 0, rows;
	const char *const *names;
	RowsCsv csv;
	Step step;
	size_t at;

	for (at = 0; at < table->n_indexes; at++) {
		sampler->entries[at].bytes = 0;
		sampler->entries[at].keys.size = 0;
	}
	names = schema_column_names(table, &sampler->arena, err);
	if (names == NULL ||
	    !rows_csv_open(&csv, sampler->raw.data, sampler->raw.size, names,
		NULL, table->n_columns, err))
		return false;
	while ((step = rows_csv_next(&csv, sampler->row, err)) == STEP_ITEM) {
		bytes += tuple_size(table, sampler->row, &toast);
		if (!add_keys(sampler, table, sampler->row, err))
			return false;
	}
	if (step == STEP_FAILED || csv.row == 0)
		return step == STEP_END;
	rows = sampler->manifest->tables[i].rows;
	estimate->rows_bytes = rows_bytes(bytes, toast, csv.row, rows);
	for (at = 0; at < table->n_indexes; at++)
		estimate->indexes_bytes +=
		    index_bytes(&sampler->entries[at], csv.row, rows);
	return true;
}

static bool
sample_all(Sampler *sampler, Error *err)
{
	Chunk chunk = { 0 };
	const ManifestTable *table;
	bool good = true;
	Step step;

	while (good &&
	    (step = dump_next_unloaded(sampler->dump, &chunk, err)) ==
		STEP_ITEM) {
		table = &sampler->manifest->tables[chunk.table];
		if (!sampler->plan->wanted[chunk.table] ||
		    chunk.ordinal != (table->n_files + 1) / 2)
			continue;
		good = dump_load(sampler->dump, &chunk, err) &&
		    chunk_unpack(
			&chunk, &sampler->compressor, &sampler->raw, err) &&
		    read_rows(sampler, chunk.table, err);
		if (!good)
			(void)error_add(err, "table \"%s\", chunk %u",
			    table->name, chunk.ordinal);
	}
	buf_free(&chunk.bytes);
	return good && step == STEP_END;
}

/* Room for the widest table and the one with most indexes. */
static bool
make_room(Sampler *sampler, Error *err)
{
	const Schema *schema = sampler->plan->schema;
	size_t i, columns = 1;

	sampler->n_entries = 1;
	for (i = 0; i < schema->n_tables; i++) {
		if (schema->tables[i].n_columns > columns)
			columns = schema->tables[i].n_columns;
		if (schema->tables[i].n_indexes > sampler->n_entries)
			sampler->n_entries = schema->tables[i].n_indexes;
	}
	sampler->row =
	    arena_alloc(&sampler->arena, columns, sizeof *sampler->row, err);
	sampler->entries = arena_alloc(
	    &sampler->arena, sampler->n_entries, sizeof *sampler->entries, err);
	return sampler->row != NULL && sampler->entries != NULL;
}

bool
estimate_make(const Plan *plan, const char *path, Arena *arena,
    Estimate **estimates, Error *err)
{
	Sampler sampler = { .plan = plan };
	bool good;
	size_t i;

	*estimates = sampler.estimates = arena_alloc(
	    arena, plan->schema->n_tables + 1, sizeof **estimates, err);
	good = *estimates != NULL && make_room(&sampler, err) &&
	    dump_open(path, &sampler.dump, err);
	if (good) {
		sampler.manifest = dump_manifest(sampler.dump);
		good = sample_all(&sampler, err);
	}
	for (i = 0; sampler.entries != NULL && i < sampler.n_entries; i++)
		buf_free(&sampler.entries[i].keys);
	dump_close(sampler.dump);
	compress_free(&sampler.compressor);
	buf_free(&sampler.raw);
	arena_free(&sampler.arena);
	return good;
}
