#include "formats/manifest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/chunk.h"
#include "formats/document.h"
#include "formats/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WHERE_BYTES  96

/*
 * The document ends in "manifest_sha256":"<64 digits>", a line feed, "}" and a
 * line feed.  The hash is of all bytes before the digits; as the end must be
 * exactly this, every bit is covered.
 */
#define HASH_DIGITS (DIGEST_HEX_BYTES - 1)
static const char hash_key[] = "manifest_sha256";
static const char hash_end[] = "\"\n}\n";
#define HASH_END_BYTES (sizeof(hash_end) - 1)

typedef struct {
	const char *format, *dialect, *hash;
	uint64_t version;
	const JsonNode *source, *tables, *totals, *schema, *profile, *rejects,
	    *reasons;
	uint64_t set_aside;
} RawManifest;

typedef struct {
	ManifestTable table;
	const JsonNode *files;
} RawTable;

typedef struct {
	ManifestFile file;
	const char *sha256;
} RawFile;

typedef struct {
	ManifestDocument document;
	const char *sha256;
} RawDocument;

/* No first_rowid: the least number there is, which nobody has for a rowid. */
#define NO_ROWID INT64_MIN

static const JsonField manifest_fields[] = {
	{ "format", JSON_TEXT, false, offsetof(RawManifest, format) },
	{ "version", JSON_COUNT, false, offsetof(RawManifest, version) },
	{ "dialect", JSON_TEXT, false, offsetof(RawManifest, dialect) },
	{ "source", JSON_NODE, false, offsetof(RawManifest, source) },
	{ "tables", JSON_NODE, false, offsetof(RawManifest, tables) },
	{ "totals", JSON_NODE, false, offsetof(RawManifest, totals) },
	{ "set_aside", JSON_COUNT, true, offsetof(RawManifest, set_aside) },
	{ "reasons", JSON_NODE, true, offsetof(RawManifest, reasons) },
	{ "schema", JSON_NODE, false, offsetof(RawManifest, schema) },
	{ "profile", JSON_NODE, true, offsetof(RawManifest, profile) },
	{ "rejects", JSON_NODE, true, offsetof(RawManifest, rejects) },
	{ hash_key, JSON_TEXT, false, offsetof(RawManifest, hash) },
};
static const JsonField table_fields[] = {
	{ "name", JSON_TEXT, false, offsetof(RawTable, table.name) },
	{ "namespace", JSON_TEXT, true, offsetof(RawTable, table.namespace) },
	{ "rows", JSON_COUNT, false, offsetof(RawTable, table.rows) },
	{ "files", JSON_NODE, false, offsetof(RawTable, files) },
};
static const JsonField file_fields[] = {
	{ "path", JSON_TEXT, false, offsetof(RawFile, file.path) },
	{ "rows", JSON_COUNT, false, offsetof(RawFile, file.rows) },
	{ "raw_bytes", JSON_COUNT, false, offsetof(RawFile, file.raw_bytes) },
	{ "bytes", JSON_COUNT, false, offsetof(RawFile, file.bytes) },
	{ "sha256", JSON_TEXT, false, offsetof(RawFile, sha256) },
};
static const JsonField document_fields[] = {
	{ "bytes", JSON_COUNT, false, offsetof(RawDocument, document.bytes) },
	{ "sha256", JSON_TEXT, false, offsetof(RawDocument, sha256) },
};
static const JsonField reason_fields[] = {
	{ "table", JSON_TEXT, true, offsetof(ManifestReason, table) },
	{ "column", JSON_TEXT, true, offsetof(ManifestReason, column) },
	{ "rule", JSON_TEXT, false, offsetof(ManifestReason, rule) },
	{ "reason", JSON_TEXT, false, offsetof(ManifestReason, reason) },
	{ "values", JSON_COUNT, false, offsetof(ManifestReason, values) },
	{ "first", JSON_TEXT, true, offsetof(ManifestReason, first) },
	{ "first_row", JSON_COUNT, true, offsetof(ManifestReason, first_row) },
	{ "first_rowid", JSON_INTEGER, true,
	    offsetof(ManifestReason, first_rowid) },
};
static const JsonField totals_fields[] = {
	{ "tables", JSON_COUNT, false, offsetof(ManifestTotals, tables) },
	{ "rows", JSON_COUNT, false, offsetof(ManifestTotals, rows) },
	{ "raw_bytes", JSON_COUNT, false, offsetof(ManifestTotals, raw_bytes) },
	{ "bytes", JSON_COUNT, false, offsetof(ManifestTotals, bytes) },
};

/* Numbers in a document are int64 at most. */
static void
put_count(JsonWriter *json, const char *key, uint64_t value)
{
	json_put_integer(json, key, (int64_t)value);
}

static void
put_digest(JsonWriter *json, const Digest *digest)
{
	char hex[DIGEST_HEX_BYTES];

	digest_hex(digest, hex);
	json_put_text(json, "sha256", hex);
}

static void
put_document(
    JsonWriter *json, const char *key, const ManifestDocument *document)
{
	if (document->bytes == 0)
		return;
	json_begin_object(json, key);
	put_count(json, "bytes", document->bytes);
	put_digest(json, &document->digest);
	json_end(json);
}

static void
put_table(JsonWriter *json, const ManifestTable *table)
{
	const ManifestFile *file;
	size_t i;

	json_begin_object(json, NULL);
	json_put_text(json, "name", table->name);
	if (table->namespace != NULL)
		json_put_text(json, "namespace", table->namespace);
	put_count(json, "rows", table->rows);
	json_begin_array(json, "files");
	for (i = 0; i < table->n_files; i++) {
		file = &table->files[i];
		json_begin_object(json, NULL);
		json_put_text(json, "path", file->path);
		put_count(json, "rows", file->rows);
		put_count(json, "raw_bytes", file->raw_bytes);
		put_count(json, "bytes", file->bytes);
		put_digest(json, &file->digest);
		json_end(json);
	}
	json_end(json);
	json_end(json);
}

static void
put_totals(JsonWriter *json, const ManifestTotals *totals)
{
	json_begin_object(json, "totals");
	put_count(json, "tables", totals->tables);
	put_count(json, "rows", totals->rows);
	put_count(json, "raw_bytes", totals->raw_bytes);
	put_count(json, "bytes", totals->bytes);
	json_end(json);
}

static void
put_reason(JsonWriter *json, const ManifestReason *reason)
{
	json_begin_object(json, NULL);
	if (reason->table != NULL)
		json_put_text(json, "table", reason->table);
	if (reason->column != NULL)
		json_put_text(json, "column", reason->column);
	json_put_text(json, "rule", reason->rule);
	json_put_text(json, "reason", reason->reason);
	put_count(json, "values", reason->values);
	if (reason->first != NULL)
		json_put_bytes(json, "first", (const uint8_t *)reason->first,
		    strlen(reason->first));
	if (reason->first_row > 0)
		put_count(json, "first_row", reason->first_row);
	if (reason->has_first_rowid)
		json_put_integer(json, "first_rowid", reason->first_rowid);
	json_end(json);
}

static void
put_reasons(JsonWriter *json, const Manifest *manifest)
{
	size_t i;

	if (manifest->n_reasons == 0)
		return;
	json_begin_array(json, "reasons");
	for (i = 0; i < manifest->n_reasons; i++)
		put_reason(json, &manifest->reasons[i]);
	json_end(json);
}

/* Add up the files; false where a sum leaves int64, the documents' numbers. */
static bool
add_table(const ManifestTable *table, ManifestTotals *totals, Error *err)
{
	uint64_t rows = 0;
	bool over = false;
	size_t i;

	for (i = 0; i < table->n_files; i++) {
		over |=
		    __builtin_add_overflow(rows, table->files[i].rows, &rows);
		over |= __builtin_add_overflow(totals->raw_bytes,
		    table->files[i].raw_bytes, &totals->raw_bytes);
		over |= __builtin_add_overflow(
		    totals->bytes, table->files[i].bytes, &totals->bytes);
	}
	over |= __builtin_add_overflow(totals->rows, rows, &totals->rows);
	totals->tables++;
	if (over || totals->rows > INT64_MAX || totals->raw_bytes > INT64_MAX ||
	    totals->bytes > INT64_MAX)
		return error_set(err, ERROR_DUMP,
		    "manifest.json: the sizes of table \"%s\" overflow",
		    table->name);
	if (rows != table->rows)
		return error_set(err, ERROR_DUMP,
		    "manifest.json: table \"%s\" has %llu rows, its files "
		    "%llu",
		    table->name, (unsigned long long)table->rows,
		    (unsigned long long)rows);
	return true;
}

static bool
add_tables(const Manifest *manifest, ManifestTotals *totals, Error *err)
{
	size_t i;

	*totals = (ManifestTotals){ 0 };
	for (i = 0; i < manifest->n_tables; i++)
		if (!add_table(&manifest->tables[i], totals, err))
			return false;
	return true;
}

/* Replace the zeros that keep the hash's place; the document began at start. */
static bool
put_hash(Buf *out, size_t start, Error *err)
{
	char hex[DIGEST_HEX_BYTES];
	uint8_t *digits;
	Digest digest;

	if (!buf_put_text(out, "\n", err))
		return false;
	assert(memcmp(out->data + out->size - HASH_END_BYTES, hash_end,
		   HASH_END_BYTES) == 0);
	digits = out->data + out->size - HASH_END_BYTES - HASH_DIGITS;
	if (!digest_of(out->data + start, (size_t)(digits - out->data) - start,
		&digest, err))
		return false;
	digest_hex(&digest, hex);
	memcpy(digits, hex, HASH_DIGITS);
	return true;
}

bool
manifest_write(const Manifest *manifest, Buf *out, Error *err)
{
	JsonWriter json = { .out = out, .lines = 4 };
	char zeros[DIGEST_HEX_BYTES] = { 0 };
	ManifestTotals totals;
	size_t i, start = out->size;

	if (!add_tables(manifest, &totals, err))
		return false;
	document_begin(&json, manifest->dialect);
	document_put_source(&json, &manifest->source);
	json_begin_array(&json, "tables");
	for (i = 0; i < manifest->n_tables; i++)
		put_table(&json, &manifest->tables[i]);
	json_end(&json);
	put_totals(&json, &totals);
	if (manifest->set_aside > 0)
		json_put_integer(
		    &json, "set_aside", (int64_t)manifest->set_aside);
	put_reasons(&json, manifest);
	put_document(&json, "schema", &manifest->schema);
	put_document(&json, "profile", &manifest->profile);
	put_document(&json, "rejects", &manifest->rejects);
	memset(zeros, '0', HASH_DIGITS);
	json_put_text(&json, hash_key, zeros);
	json_end(&json);
	if (!json_finish(&json, err))
		return error_add(err, "manifest.json");
	return put_hash(out, start, err);
}

static bool
check_hash(const uint8_t *bytes, size_t size, Error *err)
{
	const uint8_t *digits;
	char hex[DIGEST_HEX_BYTES];
	Digest digest;

	if (size < HASH_DIGITS + HASH_END_BYTES ||
	    memcmp(bytes + size - HASH_END_BYTES, hash_end, HASH_END_BYTES) !=
		0)
		return error_set(err, ERROR_DUMP,
		    "manifest.json is cut short or changed: it does not end "
		    "in its SHA-256");
	digits = bytes + size - HASH_END_BYTES - HASH_DIGITS;
	if (!digest_of(bytes, (size_t)(digits - bytes), &digest, err))
		return false;
	digest_hex(&digest, hex);
	if (memcmp(hex, digits, HASH_DIGITS) != 0)
		return error_set(err, ERROR_DUMP,
		    "manifest.json is damaged: the SHA-256 at its end does "
		    "not match");
	return true;
}

static bool
read_digest(const char *hex, const char *where, Digest *digest, Error *err)
{
	if (digest_from_hex(hex, digest))
		return true;
	return error_set(err, ERROR_DUMP,
	    "%s: \"%s\" is not a SHA-256 in 64 lower-case hex digits", where,
	    hex);
}

static bool
read_document(const JsonNode *node, const char *where,
    ManifestDocument *document, Arena *arena, Error *err)
{
	RawDocument raw = { 0 };

	if (node == NULL)
		return true;
	if (!json_read(node, where, document_fields, COUNT(document_fields),
		&raw, arena, err))
		return false;
	*document = raw.document;
	if (document->bytes == 0)
		return error_set(err, ERROR_DUMP, "%s: 0 bytes", where);
	return read_digest(raw.sha256, where, &document->digest, err);
}

/* Is the path the i-th file of the table? */
static bool
check_path(const ManifestFile *file, const char *directory, size_t i,
    const char *where, Error *err)
{
	Chunk chunk = { 0 };
	const char *found;
	size_t size;

	if (!chunk_parse_path(file->path, &chunk, &found, &size) ||
	    size != strlen(directory) || memcmp(found, directory, size) != 0)
		return error_set(err, ERROR_DUMP,
		    "%s: \"%s\" is not a data file of this table", where,
		    file->path);
	if (chunk.ordinal != i + 1)
		return error_set(err, ERROR_DUMP,
		    "%s: \"%s\" stands where the table's file %zu is expected",
		    where, file->path, i + 1);
	if (file->raw_bytes > CHUNK_BYTES_LIMIT ||
	    file->bytes > CHUNK_BYTES_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "%s: \"%s\" is larger than a chunk may be", where,
		    file->path);
	return true;
}

/* As the schema has it: of "namespace.name" where there is one. */
static const char *
directory_of(const ManifestTable *table, Arena *arena, Error *err)
{
	const char *name = table->name;

	if (table->namespace != NULL)
		name = arena_format(
		    arena, err, "%s.%s", table->namespace, table->name);
	return name == NULL ? NULL : schema_directory(name, arena, err);
}

static bool
read_files(const JsonNode *node, const char *where, ManifestTable *table,
    Arena *arena, Error *err)
{
	const char *directory = directory_of(table, arena, err);
	RawFile raw;
	size_t i;

	if (directory == NULL ||
	    !json_array_count(node, where, &table->n_files, err))
		return false;
	table->files =
	    arena_alloc(arena, table->n_files, sizeof(*table->files), err);
	if (table->files == NULL)
		return false;
	for (i = 0; i < table->n_files; i++) {
		raw = (RawFile){ 0 };
		if (!json_read(json_array_at(node, i), where, file_fields,
			COUNT(file_fields), &raw, arena, err) ||
		    !read_digest(raw.sha256, where, &raw.file.digest, err) ||
		    !check_path(&raw.file, directory, i, where, err))
			return false;
		table->files[i] = raw.file;
	}
	return true;
}

static bool
read_tables(const JsonNode *node, Manifest *manifest, Error *err)
{
	Arena *arena = &manifest->arena;
	char where[WHERE_BYTES];
	RawTable raw;
	size_t i;

	if (!json_array_count(
		node, "manifest.json, tables", &manifest->n_tables, err))
		return false;
	manifest->tables = arena_alloc(
	    arena, manifest->n_tables, sizeof(*manifest->tables), err);
	if (manifest->tables == NULL)
		return false;
	for (i = 0; i < manifest->n_tables; i++) {
		(void)snprintf(
		    where, sizeof(where), "manifest.json, table %zu", i + 1);
		raw = (RawTable){ 0 };
		if (!json_read(json_array_at(node, i), where, table_fields,
			COUNT(table_fields), &raw, arena, err) ||
		    !read_files(raw.files, where, &raw.table, arena, err))
			return false;
		manifest->tables[i] = raw.table;
	}
	return true;
}

static int
compare_texts(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* names: the tables', sorted. */
static bool
check_reason(const ManifestReason *reason, const char **names, size_t n,
    const char *where, Error *err)
{
	if (reason->values == 0)
		return error_set(err, ERROR_DUMP, "%s: 0 values", where);
	if (reason->table == NULL)
		return reason->column == NULL ||
		    error_set(err, ERROR_DUMP,
			"%s: \"column\" without \"table\"", where);
	return (n > 0 &&
		   bsearch(&reason->table, names, n, sizeof(*names),
		       compare_texts) != NULL) ||
	    error_set(err, ERROR_DUMP, "%s: there is no table \"%s\"", where,
		reason->table);
}

/* names: as for check_reason. */
static bool
read_reasons(
    const JsonNode *node, Manifest *manifest, const char **names, Error *err)
{
	Arena *arena = &manifest->arena;
	char where[WHERE_BYTES];
	ManifestReason *reasons;
	size_t n, i;

	if (!json_array_count(node, "manifest.json, reasons", &n, err))
		return false;
	if (n > 0 && manifest->rejects.bytes == 0)
		return error_set(err, ERROR_DUMP,
		    "manifest.json: there are reasons, but no \"rejects\"");
	reasons = arena_alloc(arena, n, sizeof(*reasons), err);
	if (reasons == NULL)
		return false;
	for (i = 0; i < n; i++) {
		(void)snprintf(
		    where, sizeof(where), "manifest.json, reason %zu", i + 1);
		reasons[i].first_rowid = NO_ROWID;
		if (!json_read(json_array_at(node, i), where, reason_fields,
			COUNT(reason_fields), &reasons[i], arena, err) ||
		    !check_reason(
			&reasons[i], names, manifest->n_tables, where, err))
			return false;
		reasons[i].has_first_rowid = reasons[i].first_rowid != NO_ROWID;
	}
	manifest->reasons = reasons;
	manifest->n_reasons = n;
	return true;
}

/* *sorted: the tables' names. */
static bool
check_names(Manifest *manifest, const char ***sorted, Error *err)
{
	const char **names, **directories;
	size_t n = manifest->n_tables, i;

	names = arena_alloc(&manifest->arena, n, sizeof(*names), err);
	directories =
	    arena_alloc(&manifest->arena, n, sizeof(*directories), err);
	if (names == NULL || directories == NULL)
		return false;
	for (i = 0; i < n; i++) {
		names[i] = manifest->tables[i].name;
		directories[i] =
		    directory_of(&manifest->tables[i], &manifest->arena, err);
		if (directories[i] == NULL)
			return false;
	}
	if (n > 1) {
		qsort(names, n, sizeof(*names), compare_texts);
		qsort(directories, n, sizeof(*directories), compare_texts);
	}
	for (i = 1; i < n; i++)
		if (strcmp(directories[i - 1], directories[i]) == 0)
			return error_set(err, ERROR_DUMP,
			    "manifest.json: table \"%s\" is there twice",
			    directories[i]);
	*sorted = names;
	return true;
}

static bool
check_totals(const JsonNode *node, Manifest *manifest, Error *err)
{
	ManifestTotals claimed = { 0 }, *totals = &manifest->totals;

	if (!json_read(node, "manifest.json, totals", totals_fields,
		COUNT(totals_fields), &claimed, &manifest->arena, err) ||
	    !add_tables(manifest, totals, err))
		return false;
	if (claimed.tables != totals->tables || claimed.rows != totals->rows ||
	    claimed.raw_bytes != totals->raw_bytes ||
	    claimed.bytes != totals->bytes)
		return error_set(err, ERROR_DUMP,
		    "manifest.json: its totals are not the sums of its "
		    "tables");
	return true;
}

static bool
read_manifest(const JsonNode *root, Manifest *manifest, Error *err)
{
	Arena *arena = &manifest->arena;
	RawManifest raw = { 0 };
	const char **names = NULL;

	if (!json_read(root, "manifest.json", manifest_fields,
		COUNT(manifest_fields), &raw, arena, err))
		return false;
	manifest->set_aside = raw.set_aside;
	return document_parse_dialect(
		   raw.dialect, "manifest.json", &manifest->dialect, err) &&
	    document_read_source(
		raw.source, "manifest.json", &manifest->source, arena, err) &&
	    read_tables(raw.tables, manifest, err) &&
	    check_names(manifest, &names, err) &&
	    check_totals(raw.totals, manifest, err) &&
	    read_document(raw.schema, "manifest.json, schema",
		&manifest->schema, arena, err) &&
	    read_document(raw.profile, "manifest.json, profile",
		&manifest->profile, arena, err) &&
	    read_document(raw.rejects, "manifest.json, rejects",
		&manifest->rejects, arena, err) &&
	    read_reasons(raw.reasons, manifest, names, err);
}

bool
manifest_read(const uint8_t *bytes, size_t size, Manifest *manifest, Error *err)
{
	JsonDocument *document = NULL;
	bool success;

	if (!document_check(bytes, size, "manifest.json", err) ||
	    !check_hash(bytes, size, err) ||
	    !json_parse(bytes, size, "manifest.json", &document, err))
		return false;
	success = read_manifest(json_root(document), manifest, err);
	json_free(document);
	return success;
}

void
manifest_free(Manifest *manifest)
{
	if (manifest == NULL)
		return;
	arena_free(&manifest->arena);
	*manifest = (Manifest){ 0 };
}
