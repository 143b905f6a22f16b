#include <assert.h>

#include <sys/stat.h>

#include "formats/archive_name.h"
#include "formats/document.h"
#include "formats/dump.h"

struct DumpWriter {
	Arena arena; /* holds this very object */
	ArchiveWriter *archive;
	const Schema *schema;
	Manifest manifest;  /* grows with what is put */
	size_t *capacities; /* of each table's files */
	DigestStream reasons;
};

/* Read the manifest and the schema of the dump that is there. */
static bool
read_existing(
    ArchiveReader *archive, Manifest *manifest, Schema *schema, Error *err)
{
	Buf buf = { 0 };
	bool success = archive_read_named(archive, ARCHIVE_NAME_MANIFEST,
			   MANIFEST_BYTES_LIMIT, &buf, err) &&
	    manifest_read(buf.data, buf.size, manifest, err);

	buf.size = 0;
	success = success &&
	    archive_read_named(
		archive, ARCHIVE_NAME_SCHEMA, SCHEMA_BYTES_LIMIT, &buf, err) &&
	    schema_read(buf.data, buf.size, schema, err);
	buf_free(&buf);
	return success;
}

/* What a dump that can be read is to the one that would be made. */
static bool
compare_existing(const Manifest *manifest, const Schema *there,
    const Schema *schema, DumpPresence *presence, Error *err)
{
	Buf buf = { 0 };
	Digest digest;
	bool success;

	*presence = DUMP_OTHER;
	if (manifest->dialect != schema->dialect ||
	    there->rejects_round != schema->rejects_round ||
	    !document_source_equal(&manifest->source, &schema->source))
		return true;
	success = schema_write(schema, &buf, err) &&
	    digest_of(buf.data, buf.size, &digest, err);
	if (success)
		*presence = digest_equal(&digest, &manifest->schema.digest)
		    ? DUMP_SAME
		    : DUMP_RESHAPED;
	buf_free(&buf);
	return success;
}

bool
dump_look(
    const char *path, const Schema *schema, DumpPresence *presence, Error *err)
{
	ArchiveReader *archive = NULL;
	Manifest manifest = { 0 };
	Schema there = { 0 };
	struct stat status;
	bool success;

	*presence = DUMP_ABSENT;
	/* What else may be in the way is for archive_create to say. */
	if (strcmp(path, "-") == 0 || stat(path, &status) != 0 ||
	    !S_ISDIR(status.st_mode) || !archive_open(path, &archive, err))
		return true;
	success = read_existing(archive, &manifest, &there, err);
	if (success)
		success =
		    compare_existing(&manifest, &there, schema, presence, err);
	else {
		err->kind = ERROR_USAGE;
		error_add(err,
		    "\"%s\" already holds a dump, which cannot be read; "
		    "remove it or choose another name",
		    path);
	}
	schema_free(&there);
	manifest_free(&manifest);
	archive_close(archive);
	return success;
}

static bool
check_existing(const char *path, const Schema *schema, bool over, Error *err)
{
	DumpPresence presence;

	if (!dump_look(path, schema, &presence, err))
		return false;
	if (presence == DUMP_ABSENT || presence == DUMP_SAME ||
	    (over && presence == DUMP_RESHAPED))
		return true;
	return error_set(err, ERROR_USAGE,
	    "\"%s\" already holds a dump of %s; remove it or choose another "
	    "name",
	    path,
	    presence == DUMP_RESHAPED ? "this database with another schema"
				      : "another database or state");
}

static bool
put_document(DumpWriter *writer, const char *name, const uint8_t *bytes,
    size_t size, ManifestDocument *document, Error *err)
{
	document->bytes = size;
	return digest_of(bytes, size, &document->digest, err) &&
	    archive_put(
		writer->archive, name, &document->digest, bytes, size, err);
}

static bool
put_schema(DumpWriter *writer, Error *err)
{
	Buf buf = { 0 };
	bool success = schema_write(writer->schema, &buf, err) &&
	    put_document(writer, ARCHIVE_NAME_SCHEMA, buf.data, buf.size,
		&writer->manifest.schema, err);

	buf_free(&buf);
	return success;
}

static bool
begin_manifest(DumpWriter *writer, Error *err)
{
	const Schema *schema = writer->schema;
	Manifest *manifest = &writer->manifest;
	size_t i;

	manifest->dialect = schema->dialect;
	manifest->source = schema->source;
	manifest->n_tables = schema->n_tables;
	manifest->tables = arena_alloc(
	    &writer->arena, schema->n_tables, sizeof(*manifest->tables), err);
	writer->capacities = arena_alloc(
	    &writer->arena, schema->n_tables, sizeof(*writer->capacities), err);
	if (manifest->tables == NULL || writer->capacities == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		manifest->tables[i].name = schema->tables[i].name;
		manifest->tables[i].namespace = schema->tables[i].namespace;
	}
	return true;
}

static bool
create(const char *path, const Schema *schema, bool over, DumpWriter **writer,
    Error *err)
{
	Arena arena = { 0 };
	DumpWriter *made;

	if (!check_existing(path, schema, over, err))
		return false;
	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->arena = arena;
	made->schema = schema;
	if (!begin_manifest(made, err) ||
	    !archive_create(path, &made->archive, err) ||
	    !put_schema(made, err)) {
		dump_discard(made);
		return false;
	}
	if (over)
		archive_replace(made->archive);
	*writer = made;
	return true;
}

bool
dump_create(
    const char *path, const Schema *schema, DumpWriter **writer, Error *err)
{
	return create(path, schema, false, writer, err);
}

bool
dump_create_over(
    const char *path, const Schema *schema, DumpWriter **writer, Error *err)
{
	return create(path, schema, true, writer, err);
}

bool
dump_put_profile(DumpWriter *writer, const Profile *profile, Error *err)
{
	Buf buf = { 0 };
	bool success;

	assert(writer->manifest.profile.bytes == 0);
	success = profile_write(profile, writer->schema, &buf, err) &&
	    put_document(writer, ARCHIVE_NAME_PROFILE, buf.data, buf.size,
		&writer->manifest.profile, err);
	buf_free(&buf);
	return success;
}

/* Room for so many files of a table; those not put yet have no path. */
static bool
grow_files(DumpWriter *writer, size_t table, size_t n, Error *err)
{
	ManifestTable *entry = &writer->manifest.tables[table];
	size_t *capacity = &writer->capacities[table];
	size_t wanted = *capacity * 2 > n ? *capacity * 2 : n;
	ManifestFile *files;

	if (n <= *capacity)
		return true;
	files = arena_alloc(&writer->arena, wanted, sizeof(*files), err);
	if (files == NULL)
		return false;
	if (entry->n_files > 0)
		memcpy(files, entry->files, entry->n_files * sizeof(*files));
	entry->files = files;
	*capacity = wanted;
	return true;
}

bool
dump_put_chunk(DumpWriter *writer, Chunk *chunk, Error *err)
{
	assert(chunk->table < writer->manifest.n_tables);
	chunk->ordinal =
	    (unsigned)writer->manifest.tables[chunk->table].n_files + 1;
	return dump_place_chunk(writer, chunk, err);
}

bool
dump_place_chunk(DumpWriter *writer, Chunk *chunk, Error *err)
{
	ManifestTable *table;
	ManifestFile *file;
	char path[CHUNK_PATH_BYTES];

	assert(chunk->table < writer->manifest.n_tables);
	table = &writer->manifest.tables[chunk->table];
	if (!grow_files(writer, chunk->table, chunk->ordinal, err))
		return false;
	chunk_path(chunk, writer->schema->tables[chunk->table].directory, path);
	file = &table->files[chunk->ordinal - 1];
	assert(file->path == NULL);
	*file = (ManifestFile){ .path = arena_text(&writer->arena, path, err),
		.rows = chunk->rows,
		.raw_bytes = chunk->raw_bytes,
		.bytes = chunk->bytes.size,
		.digest = chunk->digest };
	if (file->path == NULL ||
	    !archive_put(writer->archive, path, &chunk->digest,
		chunk->bytes.data, chunk->bytes.size, err))
		return false;
	if (table->n_files < chunk->ordinal)
		table->n_files = chunk->ordinal;
	table->rows += chunk->rows;
	return true;
}

static bool
check_complete(const Manifest *manifest, Error *err)
{
	const ManifestTable *table;
	size_t i, k;

	for (i = 0; i < manifest->n_tables; i++) {
		table = &manifest->tables[i];
		for (k = 0; k < table->n_files; k++)
			if (table->files[k].path == NULL)
				return error_set(err, ERROR_DUMP,
				    "chunk %zu of table \"%s\" is missing",
				    k + 1, table->name);
	}
	return true;
}

bool
dump_append_reasons(
    DumpWriter *writer, const uint8_t *bytes, size_t size, Error *err)
{
	ManifestDocument *document = &writer->manifest.rejects;

	/* An empty member cannot be told from none. */
	if (size == 0)
		return true;
	if (document->bytes == 0 && !digest_begin(&writer->reasons, err))
		return false;
	document->bytes += size;
	return digest_add(&writer->reasons, bytes, size, err) &&
	    archive_append(
		writer->archive, ARCHIVE_NAME_REJECTS, bytes, size, err);
}

void
dump_sum_reasons(DumpWriter *writer, const ManifestReason *reasons, size_t n)
{
	writer->manifest.reasons = reasons;
	writer->manifest.n_reasons = n;
}

void
dump_set_aside(DumpWriter *writer, uint64_t rows)
{
	writer->manifest.set_aside = rows;
}

static void
add_totals(const Manifest *manifest, ManifestTotals *totals)
{
	const ManifestTable *table;
	size_t i, k;

	*totals = (ManifestTotals){ .tables = manifest->n_tables };
	for (i = 0; i < manifest->n_tables; i++) {
		table = &manifest->tables[i];
		totals->rows += table->rows;
		for (k = 0; k < table->n_files; k++) {
			totals->raw_bytes += table->files[k].raw_bytes;
			totals->bytes += table->files[k].bytes;
		}
	}
}

bool
dump_commit(DumpWriter *writer, DumpSummary *summary, Error *err)
{
	Buf buf = { 0 };
	Digest digest;
	bool success;

	success = check_complete(&writer->manifest, err) &&
	    (writer->manifest.rejects.bytes == 0 ||
		digest_end(
		    &writer->reasons, &writer->manifest.rejects.digest, err)) &&
	    manifest_write(&writer->manifest, &buf, err) &&
	    digest_of(buf.data, buf.size, &digest, err) &&
	    archive_commit(writer->archive, buf.data, buf.size, err);
	buf_free(&buf);
	if (!success)
		return false;
	add_totals(&writer->manifest, &summary->totals);
	digest_hex(&digest, summary->manifest_sha256);
	return true;
}

bool
dump_remove(DumpWriter *writer, Error *err)
{
	return archive_remove(writer->archive, err);
}

void
dump_discard(DumpWriter *writer)
{
	Arena arena;

	if (writer == NULL)
		return;
	archive_discard(writer->archive);
	digest_free(&writer->reasons);
	arena = writer->arena;
	arena_free(&arena);
}
