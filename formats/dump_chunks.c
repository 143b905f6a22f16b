#include "formats/dump.h"

#include <assert.h>
#include <stdlib.h>

#include "formats/archive_name.h"
#include "formats/dump_reader.h"

static const char *
directory_of(const DumpReader *dump, size_t table)
{
	return dump->schema.tables[table].directory;
}

/* The next file in the manifest's order. */
static Step
next_in_directory(DumpReader *dump, Chunk *chunk)
{
	const Manifest *manifest = &dump->manifest;
	const ManifestFile *file;
	const char *directory;
	size_t size;
	bool parsed;

	while (dump->next_table < manifest->n_tables &&
	    dump->next_file == manifest->tables[dump->next_table].n_files) {
		dump->next_table++;
		dump->next_file = 0;
	}
	if (dump->next_table == manifest->n_tables) {
		dump->ended = true;
		return STEP_END;
	}
	file = &manifest->tables[dump->next_table].files[dump->next_file++];
	chunk->table = dump->next_table;
	/* manifest_read has parsed it before. */
	parsed = chunk_parse_path(file->path, chunk, &directory, &size);
	assert(parsed);
	(void)parsed;
	chunk->rows = file->rows;
	chunk->raw_bytes = file->raw_bytes;
	chunk->bytes.size = 0;
	digest_hex(&file->digest, chunk->expected);
	return STEP_ITEM;
}

static int
compare_directory(const void *key, const void *place)
{
	return strcmp(key, ((const Place *)place)->directory);
}

/* Table, ordinal, format and method of a data member. */
static bool
find_chunk(
    const DumpReader *dump, const Member *member, Chunk *chunk, Error *err)
{
	char name[ARCHIVE_NAME_BYTES];
	const char *directory;
	const Place *place;
	size_t size;

	if (!chunk_parse_path(member->name, chunk, &directory, &size))
		return error_set(err, ERROR_DUMP,
		    "\"%s\" is not part of a dump", member->name);
	memcpy(name, directory, size);
	name[size] = '\0';
	place = dump->schema.n_tables == 0
	    ? NULL
	    : bsearch(name, dump->places, dump->schema.n_tables,
		  sizeof(*dump->places), compare_directory);
	if (place == NULL)
		return error_set(err, ERROR_DUMP,
		    "\"%s\" is of no table in schema.json", member->name);
	chunk->table = place->table;
	return true;
}

/* The first of n sorted ordinals that is not below ordinal. */
static size_t
lower_bound(const unsigned *ordinals, size_t n, unsigned ordinal)
{
	size_t low = 0, middle;

	while (low < n) {
		middle = low + (n - low) / 2;
		if (ordinals[middle] < ordinal)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/* Take the extras that now follow without a gap. */
static void
absorb_extras(Seen *seen)
{
	unsigned *extras = (unsigned *)(void *)seen->extras.data;
	size_t n = seen->extras.size / sizeof(*extras), i = 0;

	while (i < n && extras[i] == seen->contiguous + 1) {
		seen->contiguous++;
		i++;
	}
	if (i == 0)
		return;
	memmove(extras, extras + i, (n - i) * sizeof(*extras));
	seen->extras.size = (n - i) * sizeof(*extras);
}

/* Note that an ordinal has come; *again when it had before. */
static bool
note_ordinal(Seen *seen, unsigned ordinal, bool *again, Error *err)
{
	unsigned *extras;
	size_t n, i;

	*again = ordinal <= seen->contiguous;
	if (*again)
		return true;
	if (ordinal == seen->contiguous + 1) {
		seen->contiguous++;
		absorb_extras(seen);
		return true;
	}
	if (!buf_reserve(&seen->extras, sizeof(*extras), err))
		return false;
	extras = (unsigned *)(void *)seen->extras.data;
	n = seen->extras.size / sizeof(*extras);
	i = lower_bound(extras, n, ordinal);
	*again = i < n && extras[i] == ordinal;
	if (*again)
		return true;
	memmove(extras + i + 1, extras + i, (n - i) * sizeof(*extras));
	extras[i] = ordinal;
	seen->extras.size += sizeof(*extras);
	return true;
}

static bool
note_given(
    DumpReader *dump, const Member *member, const Chunk *chunk, Error *err)
{
	Given given = { .table = chunk->table,
		.ordinal = chunk->ordinal,
		.format = chunk->format,
		.method = chunk->method,
		.bytes = member->size };
	bool again;

	if (!note_ordinal(
		&dump->seen[chunk->table], chunk->ordinal, &again, err))
		return false;
	if (again)
		return error_set(err, ERROR_DUMP,
		    "chunk %u of table \"%s\" comes twice (\"%s\")",
		    chunk->ordinal, dump->schema.tables[chunk->table].name,
		    member->name);
	return buf_put(&dump->given, &given, sizeof(given), err);
}

static bool
take_chunk(DumpReader *dump, const Member *member, Chunk *chunk, Error *err)
{
	if (!find_chunk(dump, member, chunk, err) ||
	    !note_given(dump, member, chunk, err))
		return false;
	chunk->rows = chunk->raw_bytes = 0;
	memcpy(chunk->expected, member->claimed, sizeof(member->claimed));
	chunk->bytes.size = 0;
	if (!archive_read(dump->archive, CHUNK_BYTES_LIMIT, &chunk->bytes, err))
		return error_add(err, "\"%s\"", member->name);
	return true;
}

static Step
next_in_stream(DumpReader *dump, Chunk *chunk, Error *err)
{
	Member member;
	Step step;

	for (;;) {
		step = STEP_ITEM;
		if (dump->is_pending)
			member = dump->pending;
		else
			step = archive_next(dump->archive, &member, err);
		dump->is_pending = false;
		if (step == STEP_END)
			error_set(err, ERROR_DUMP, DUMP_READER_NO_MANIFEST);
		if (step != STEP_ITEM)
			return STEP_FAILED;
		if (strncmp(member.name, "data/", 5) == 0)
			return take_chunk(dump, &member, chunk, err)
			    ? STEP_ITEM
			    : STEP_FAILED;
		if (strcmp(member.name, ARCHIVE_NAME_MANIFEST) == 0)
			break;
		if (!dump_reader_document(dump, &member, err))
			return STEP_FAILED;
	}
	if (!dump_reader_manifest(dump, err))
		return STEP_FAILED;
	dump->ended = true;
	return STEP_END;
}

Step
dump_next_unloaded(DumpReader *dump, Chunk *chunk, Error *err)
{
	if (dump->ended)
		return STEP_END;
	return dump->directory ? next_in_directory(dump, chunk)
			       : next_in_stream(dump, chunk, err);
}

bool
dump_load(const DumpReader *dump, Chunk *chunk, Error *err)
{
	char path[CHUNK_PATH_BYTES];
	const ManifestFile *file;

	if (!dump->directory)
		return true;
	file = &dump->manifest.tables[chunk->table].files[chunk->ordinal - 1];
	chunk_path(chunk, directory_of(dump, chunk->table), path);
	chunk->bytes.size = 0;
	if (!archive_read_named(
		dump->archive, path, file->bytes, &chunk->bytes, err))
		return false;
	if (chunk->bytes.size != file->bytes)
		return error_set(err, ERROR_DUMP,
		    "\"%s\" has %zu bytes, the manifest says %llu", path,
		    chunk->bytes.size, (unsigned long long)file->bytes);
	return true;
}

Step
dump_next(DumpReader *dump, Chunk *chunk, Error *err)
{
	Step step = dump_next_unloaded(dump, chunk, err);

	if (step == STEP_ITEM && !dump_load(dump, chunk, err))
		return STEP_FAILED;
	return step;
}

/* The manifest's file for an ordinal, or NULL and err filled. */
static const ManifestFile *
find_file(const DumpReader *dump, size_t table, unsigned ordinal, Error *err)
{
	const ManifestTable *entry = &dump->manifest.tables[table];

	if (ordinal <= entry->n_files)
		return &entry->files[ordinal - 1];
	error_set(err, ERROR_DUMP,
	    "chunk %u of table \"%s\" came, but the manifest does not name "
	    "it",
	    ordinal, entry->name);
	return NULL;
}

static bool
check_number(const char *path, const char *what, uint64_t found,
    uint64_t expected, Error *err)
{
	if (found == expected)
		return true;
	return error_set(err, ERROR_DUMP,
	    "\"%s\" has %llu %s, the manifest says %llu", path,
	    (unsigned long long)found, what, (unsigned long long)expected);
}

static bool
check_confirmed(const DumpReader *dump, const Confirmed *confirmed, Error *err)
{
	const ManifestFile *file =
	    find_file(dump, confirmed->table, confirmed->ordinal, err);

	if (file == NULL)
		return false;
	if (!digest_equal(&confirmed->digest, &file->digest))
		return error_set(err, ERROR_DUMP,
		    "\"%s\" is damaged: its SHA-256 is not the one in the "
		    "manifest",
		    file->path);
	return check_number(
		   file->path, "rows", confirmed->rows, file->rows, err) &&
	    check_number(file->path, "raw bytes", confirmed->raw_bytes,
		file->raw_bytes, err);
}

bool
dump_confirm(DumpReader *dump, const Chunk *chunk, Error *err)
{
	Confirmed confirmed = { .table = chunk->table,
		.ordinal = chunk->ordinal,
		.rows = chunk->rows,
		.raw_bytes = chunk->raw_bytes,
		.digest = chunk->digest };

	if (dump->directory)
		return check_confirmed(dump, &confirmed, err);
	return buf_put(&dump->confirmed, &confirmed, sizeof(confirmed), err);
}

static bool
check_given(const DumpReader *dump, const Given *given, Error *err)
{
	const ManifestFile *file =
	    find_file(dump, given->table, given->ordinal, err);
	Chunk chunk = { .ordinal = given->ordinal,
		.format = given->format,
		.method = given->method };
	char path[CHUNK_PATH_BYTES];

	if (file == NULL)
		return false;
	chunk_path(&chunk, directory_of(dump, given->table), path);
	if (strcmp(path, file->path) != 0)
		return error_set(err, ERROR_DUMP,
		    "\"%s\" came, the manifest names \"%s\"", path, file->path);
	return check_number(path, "bytes", given->bytes, file->bytes, err);
}

/* As nothing came twice and nothing that the manifest does not name, a table
 * has come whole when its ordinals have no gap up to the last. */
static bool
check_complete(const DumpReader *dump, Error *err)
{
	const ManifestTable *table;
	size_t i;

	for (i = 0; i < dump->manifest.n_tables; i++) {
		table = &dump->manifest.tables[i];
		if (dump->seen[i].contiguous < table->n_files)
			return error_set(err, ERROR_DUMP, "\"%s\" is missing",
			    table->files[dump->seen[i].contiguous].path);
	}
	return true;
}

static bool
finish_stream(DumpReader *dump, Error *err)
{
	const Given *given = (const Given *)(void *)dump->given.data;
	const Confirmed *confirmed =
	    (const Confirmed *)(void *)dump->confirmed.data;
	size_t i;

	if (!dump_reader_check_manifest(dump, err))
		return false;
	for (i = 0; i < dump->given.size / sizeof(*given); i++)
		if (!check_given(dump, &given[i], err))
			return false;
	for (i = 0; i < dump->confirmed.size / sizeof(*confirmed); i++)
		if (!check_confirmed(dump, &confirmed[i], err))
			return false;
	return check_complete(dump, err);
}

bool
dump_finish(DumpReader *dump, Error *err)
{
	assert(dump->ended);
	if (dump->directory)
		return true;
	if (!finish_stream(dump, err))
		return false;
	dump->has_manifest = true;
	dump->has_profile = dump->profile_document.bytes > 0;
	return true;
}
