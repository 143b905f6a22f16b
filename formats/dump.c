#include "formats/dump.h"

#include <stdlib.h>

#include "formats/archive_name.h"
#include "formats/document.h"
#include "formats/dump_reader.h"

static int
compare_places(const void *one, const void *other)
{
	return strcmp(
	    ((const Place *)one)->directory, ((const Place *)other)->directory);
}

static bool
index_tables(DumpReader *dump, Error *err)
{
	const Schema *schema = &dump->schema;
	size_t i;

	dump->places = arena_alloc(
	    &dump->arena, schema->n_tables, sizeof(*dump->places), err);
	dump->seen = arena_alloc(
	    &dump->arena, schema->n_tables, sizeof(*dump->seen), err);
	if (dump->places == NULL || dump->seen == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++)
		dump->places[i] = (Place){ schema->tables[i].directory, i };
	if (i > 1)
		qsort(dump->places, i, sizeof(*dump->places), compare_places);
	return true;
}

/* Read the current member of the archive and hash it. */
static bool
read_document(DumpReader *dump, const Member *member, uint64_t limit, Buf *buf,
    ManifestDocument *document, Error *err)
{
	if (document->bytes > 0)
		return error_set(
		    err, ERROR_DUMP, "\"%s\" is there twice", member->name);
	if (!archive_read(dump->archive, limit, buf, err))
		return error_add(err, "member \"%s\"", member->name);
	if (buf->size == 0)
		return error_set(
		    err, ERROR_DUMP, "\"%s\" is empty", member->name);
	document->bytes = buf->size;
	return digest_of(buf->data, buf->size, &document->digest, err);
}

static bool
read_schema(DumpReader *dump, Error *err)
{
	Member member;
	Buf buf = { 0 };
	bool success = false;
	Step step = archive_next(dump->archive, &member, err);

	if (step == STEP_FAILED)
		return false;
	if (step == STEP_END || strcmp(member.name, ARCHIVE_NAME_SCHEMA) != 0)
		return error_set(err, ERROR_DUMP,
		    "not a litehaul dump: it does not begin with schema.json");
	success = read_document(dump, &member, SCHEMA_BYTES_LIMIT, &buf,
		      &dump->schema_document, err) &&
	    schema_read(buf.data, buf.size, &dump->schema, err) &&
	    index_tables(dump, err);
	buf_free(&buf);
	return success;
}

/* As much as an export of SQLite's 2000 columns in 32767 tables may be. */
#define PROFILE_BYTES_LIMIT ((uint64_t)1 << 30)

static bool
read_profile(DumpReader *dump, const Member *member, Error *err)
{
	Buf buf = { 0 };
	bool success = read_document(dump, member, PROFILE_BYTES_LIMIT, &buf,
			   &dump->profile_document, err) &&
	    profile_read(
		buf.data, buf.size, &dump->schema, &dump->profile, err);

	buf_free(&buf);
	return success;
}

/* Their lines are for people, and may be more than memory holds: that they are
 * whole is all we ask. */
static bool
read_rejects(DumpReader *dump, const Member *member, Error *err)
{
	ManifestDocument *document = &dump->rejects_document;

	if (document->bytes > 0)
		return error_set(
		    err, ERROR_DUMP, "\"%s\" is there twice", member->name);
	if (!archive_hash(
		dump->archive, &document->bytes, &document->digest, err))
		return error_add(err, "member \"%s\"", member->name);
	return document->bytes > 0 ||
	    error_set(err, ERROR_DUMP, "\"%s\" is empty", member->name);
}

bool
dump_reader_document(DumpReader *dump, const Member *member, Error *err)
{
	if (strcmp(member->name, ARCHIVE_NAME_PROFILE) == 0)
		return read_profile(dump, member, err);
	if (strcmp(member->name, ARCHIVE_NAME_REJECTS) == 0)
		return read_rejects(dump, member, err);
	return error_set(
	    err, ERROR_DUMP, "\"%s\" is there twice", member->name);
}

static bool
same_document(const ManifestDocument *one, const ManifestDocument *other)
{
	return one->bytes == other->bytes &&
	    (one->bytes == 0 || digest_equal(&one->digest, &other->digest));
}

static bool
check_document(const ManifestDocument *found, const ManifestDocument *expected,
    const char *name, Error *err)
{
	if (same_document(found, expected))
		return true;
	if (found->bytes == 0)
		return error_set(err, ERROR_DUMP, "\"%s\" is missing", name);
	if (expected->bytes == 0)
		return error_set(err, ERROR_DUMP,
		    "\"%s\" is there, but the manifest does not name it", name);
	return error_set(err, ERROR_DUMP,
	    "\"%s\" is not the one the manifest names: size or SHA-256 differ",
	    name);
}

/* Hold the documents and tables against the manifest. */
static bool
same_namespace(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

bool
dump_reader_check_manifest(const DumpReader *dump, Error *err)
{
	const Manifest *manifest = &dump->manifest;
	const Schema *schema = &dump->schema;
	size_t i;

	if (!check_document(&dump->schema_document, &manifest->schema,
		ARCHIVE_NAME_SCHEMA, err) ||
	    !check_document(&dump->profile_document, &manifest->profile,
		ARCHIVE_NAME_PROFILE, err) ||
	    !check_document(&dump->rejects_document, &manifest->rejects,
		ARCHIVE_NAME_REJECTS, err))
		return false;
	if (manifest->dialect != schema->dialect ||
	    !document_source_equal(&manifest->source, &schema->source))
		return error_set(err, ERROR_DUMP,
		    "schema.json and manifest.json differ in their dialect "
		    "or source");
	if (manifest->n_tables != schema->n_tables)
		return error_set(err, ERROR_DUMP,
		    "schema.json has %zu tables, manifest.json %zu",
		    schema->n_tables, manifest->n_tables);
	for (i = 0; i < schema->n_tables; i++)
		if (strcmp(schema->tables[i].name, manifest->tables[i].name) !=
			0 ||
		    !same_namespace(schema->tables[i].namespace,
			manifest->tables[i].namespace))
			return error_set(err, ERROR_DUMP,
			    "table %zu is \"%s\" in schema.json, \"%s\" in "
			    "manifest.json",
			    i + 1, schema->tables[i].name,
			    manifest->tables[i].name);
	return true;
}

/* Read the manifest, which must end the archive. */
bool
dump_reader_manifest(DumpReader *dump, Error *err)
{
	Member behind;
	Buf buf = { 0 };
	bool success =
	    archive_read(dump->archive, MANIFEST_BYTES_LIMIT, &buf, err) &&
	    manifest_read(buf.data, buf.size, &dump->manifest, err);

	buf_free(&buf);
	if (!success)
		return false;
	switch (archive_next(dump->archive, &behind, err)) {
	case STEP_FAILED:
		return false;
	case STEP_ITEM:
		return error_set(err, ERROR_DUMP,
		    "\"%s\" stands behind manifest.json, which must be last",
		    behind.name);
	case STEP_END:
		break;
	}
	return true;
}

static int
compare_files(const void *one, const void *other)
{
	const ManifestFile *const *first = one, *const *second = other;

	return strcmp((*first)->path, (*second)->path);
}

/* All files of the manifest, by name; NULL and err filled when out of
 * memory. */
static const ManifestFile **
sort_files(const Manifest *manifest, size_t *n, Arena *arena, Error *err)
{
	const ManifestFile **files;
	size_t i, k;

	for (*n = 0, i = 0; i < manifest->n_tables; i++)
		*n += manifest->tables[i].n_files;
	files = arena_alloc(arena, *n, sizeof(*files), err);
	if (files == NULL)
		return NULL;
	for (*n = 0, i = 0; i < manifest->n_tables; i++)
		for (k = 0; k < manifest->tables[i].n_files; k++)
			files[(*n)++] = &manifest->tables[i].files[k];
	if (*n > 1)
		qsort(files, *n, sizeof(*files), compare_files);
	return files;
}

static bool
check_listed(const Member *member, const ManifestFile *file, Error *err)
{
	int order = file == NULL ? -1 : strcmp(member->name, file->path);

	if (order > 0)
		return error_set(
		    err, ERROR_DUMP, "\"%s\" is missing", file->path);
	if (order < 0)
		return error_set(err, ERROR_DUMP,
		    "\"%s\" is there, but the manifest does not name it",
		    member->name);
	if (member->size != file->bytes)
		return error_set(err, ERROR_DUMP,
		    "\"%s\" has %llu bytes, the manifest says %llu",
		    member->name, (unsigned long long)member->size,
		    (unsigned long long)file->bytes);
	return true;
}

/* Hold a directory's data files, both sorted by name, against the manifest;
 * documents that come along are read. */
static bool
check_listing(
    DumpReader *dump, const ManifestFile **files, size_t n, Error *err)
{
	Member member;
	size_t i = 0;
	Step step;

	while (
	    (step = archive_next(dump->archive, &member, err)) == STEP_ITEM) {
		if (strcmp(member.name, ARCHIVE_NAME_MANIFEST) == 0)
			continue;
		if (strncmp(member.name, "data/", 5) != 0) {
			if (!dump_reader_document(dump, &member, err))
				return false;
		} else if (!check_listed(
			       &member, i < n ? files[i] : NULL, err)) {
			return false;
		} else {
			i++;
		}
	}
	if (step == STEP_FAILED)
		return false;
	if (i < n)
		return error_set(
		    err, ERROR_DUMP, "\"%s\" is missing", files[i]->path);
	return true;
}

static bool
open_directory(DumpReader *dump, Error *err)
{
	const ManifestFile **files;
	Arena arena = { 0 };
	Buf buf = { 0 };
	bool success;
	size_t n;

	success = archive_read_named(dump->archive, ARCHIVE_NAME_MANIFEST,
		      MANIFEST_BYTES_LIMIT, &buf, err) &&
	    manifest_read(buf.data, buf.size, &dump->manifest, err);
	buf_free(&buf);
	if (!success || !read_schema(dump, err))
		return false;
	files = sort_files(&dump->manifest, &n, &arena, err);
	success = files != NULL && check_listing(dump, files, n, err) &&
	    dump_reader_check_manifest(dump, err);
	arena_free(&arena);
	dump->has_manifest = success;
	dump->has_profile = success && dump->profile_document.bytes > 0;
	return success;
}

/* A stream's schema, and its profile where that comes next. */
static bool
open_stream(DumpReader *dump, Error *err)
{
	Step step;

	if (!read_schema(dump, err))
		return false;
	step = archive_next(dump->archive, &dump->pending, err);
	if (step == STEP_FAILED)
		return false;
	if (step == STEP_ITEM &&
	    strcmp(dump->pending.name, ARCHIVE_NAME_PROFILE) == 0) {
		if (!read_profile(dump, &dump->pending, err))
			return false;
		dump->has_profile = true;
		return true;
	}
	if (step == STEP_END)
		return error_set(err, ERROR_DUMP, DUMP_READER_NO_MANIFEST);
	dump->is_pending = true;
	return true;
}

bool
dump_open(const char *path, DumpReader **dump, Error *err)
{
	Arena arena = { 0 };
	DumpReader *made;

	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->arena = arena;
	if (!archive_open(path, &made->archive, err)) {
		dump_close(made);
		return false;
	}
	made->directory = archive_is_directory(made->archive);
	if (made->directory ? !open_directory(made, err)
			    : !open_stream(made, err)) {
		if (strcmp(path, "-") != 0)
			error_add(err, "dump \"%s\"", path);
		dump_close(made);
		return false;
	}
	*dump = made;
	return true;
}

const Schema *
dump_schema(const DumpReader *dump)
{
	return &dump->schema;
}

const Digest *
dump_schema_digest(const DumpReader *dump)
{
	return &dump->schema_document.digest;
}

const Profile *
dump_profile(const DumpReader *dump)
{
	return dump->has_profile ? &dump->profile : NULL;
}

const Manifest *
dump_manifest(const DumpReader *dump)
{
	return dump->has_manifest ? &dump->manifest : NULL;
}

void
dump_close(DumpReader *dump)
{
	Arena arena;
	size_t i;

	if (dump == NULL)
		return;
	for (i = 0; dump->seen != NULL && i < dump->schema.n_tables; i++)
		buf_free(&dump->seen[i].extras);
	buf_free(&dump->given);
	buf_free(&dump->confirmed);
	manifest_free(&dump->manifest);
	profile_free(&dump->profile);
	schema_free(&dump->schema);
	archive_close(dump->archive);
	arena = dump->arena;
	arena_free(&arena);
}
