#include "formats/schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/document.h"
#include "formats/json.h"
#include "formats/schema_names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "schema.json, table 50000, foreign key 12" and more. */
#define WHERE_BYTES 128

/* Objects as they stand in the document, before names are looked up. */

typedef struct {
	const char *format, *dialect, *namespace;
	uint64_t version;
	const JsonNode *source, *tables, *left_out;
} RawSchema;

typedef struct {
	Table table; /* what needs no looking up */
	const char *kind, *rowid_column;
	const JsonNode *columns, *indexes, *foreign_keys, *checks;
} RawTable;

typedef struct {
	Column column;
	const char *affinity, *generated, *type, *default_kind;
} RawColumn;

typedef struct {
	Index index;
	const char *kind;
	const JsonNode *parts;
} RawIndex;

typedef struct {
	IndexPart part;
	const char *column;
} RawPart;

typedef struct {
	ForeignKey key;
	const JsonNode *columns, *parent_columns;
} RawForeignKey;

#define AT(type, member) offsetof(type, member)

static const JsonField schema_fields[] = {
	{ "format", JSON_TEXT, false, AT(RawSchema, format) },
	{ "version", JSON_COUNT, false, AT(RawSchema, version) },
	{ "dialect", JSON_TEXT, false, AT(RawSchema, dialect) },
	{ "namespace", JSON_TEXT, true, AT(RawSchema, namespace) },
	{ "source", JSON_NODE, false, AT(RawSchema, source) },
	{ "tables", JSON_NODE, false, AT(RawSchema, tables) },
	{ "left_out", JSON_NODE, true, AT(RawSchema, left_out) },
};
static const JsonField table_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawTable, table.name) },
	{ "source", JSON_TEXT, true, AT(RawTable, table.source) },
	{ "directory", JSON_TEXT, false, AT(RawTable, table.directory) },
	{ "kind", JSON_TEXT, false, AT(RawTable, kind) },
	{ "strict", JSON_BOOL, true, AT(RawTable, table.strict) },
	{ "autoincrement", JSON_BOOL, true, AT(RawTable, table.autoincrement) },
	{ "sequence", JSON_INTEGER, true, AT(RawTable, table.sequence) },
	{ "rowid_column", JSON_TEXT, true, AT(RawTable, rowid_column) },
	{ "columns", JSON_NODE, false, AT(RawTable, columns) },
	{ "indexes", JSON_NODE, true, AT(RawTable, indexes) },
	{ "foreign_keys", JSON_NODE, true, AT(RawTable, foreign_keys) },
	{ "checks", JSON_NODE, true, AT(RawTable, checks) },
	{ "sql", JSON_TEXT, true, AT(RawTable, table.sql) },
};
static const JsonField sqlite_column_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawColumn, column.name) },
	{ "declared", JSON_TEXT, true, AT(RawColumn, column.declared) },
	{ "affinity", JSON_TEXT, false, AT(RawColumn, affinity) },
	{ "collation", JSON_TEXT, true, AT(RawColumn, column.collation) },
	{ "generated", JSON_TEXT, true, AT(RawColumn, generated) },
	{ "generated_text", JSON_TEXT, true,
	    AT(RawColumn, column.generated_text) },
	{ "not_null", JSON_BOOL, true, AT(RawColumn, column.not_null) },
	{ "default", JSON_TEXT, true, AT(RawColumn, default_kind) },
	{ "default_text", JSON_TEXT, true, AT(RawColumn, column.default_text) },
};
static const JsonField postgresql_column_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawColumn, column.name) },
	{ "source", JSON_TEXT, true, AT(RawColumn, column.source) },
	{ "type", JSON_TEXT, false, AT(RawColumn, type) },
	{ "identity", JSON_BOOL, true, AT(RawColumn, column.identity) },
	{ "not_null", JSON_BOOL, true, AT(RawColumn, column.not_null) },
	{ "default", JSON_TEXT, true, AT(RawColumn, default_kind) },
	{ "default_text", JSON_TEXT, true, AT(RawColumn, column.default_text) },
};
static const JsonField index_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawIndex, index.name) },
	{ "source", JSON_TEXT, true, AT(RawIndex, index.source) },
	{ "kind", JSON_TEXT, false, AT(RawIndex, kind) },
	{ "constraint", JSON_BOOL, true, AT(RawIndex, index.constraint) },
	{ "parts", JSON_NODE, false, AT(RawIndex, parts) },
	{ "where", JSON_TEXT, true, AT(RawIndex, index.where) },
};
static const JsonField part_fields[] = {
	{ "column", JSON_TEXT, true, AT(RawPart, column) },
	{ "expression", JSON_TEXT, true, AT(RawPart, part.text) },
	{ "collation", JSON_TEXT, true, AT(RawPart, part.collation) },
	{ "descending", JSON_BOOL, true, AT(RawPart, part.descending) },
};
static const JsonField foreign_key_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawForeignKey, key.name) },
	{ "columns", JSON_NODE, false, AT(RawForeignKey, columns) },
	{ "parent", JSON_TEXT, false, AT(RawForeignKey, key.parent) },
	{ "parent_columns", JSON_NODE, false,
	    AT(RawForeignKey, parent_columns) },
	{ "on_update", JSON_TEXT, false, AT(RawForeignKey, key.on_update) },
	{ "on_delete", JSON_TEXT, false, AT(RawForeignKey, key.on_delete) },
	{ "deferred", JSON_BOOL, true, AT(RawForeignKey, key.deferred) },
};
static const JsonField check_fields[] = {
	{ "name", JSON_TEXT, false, AT(Check, name) },
	{ "text", JSON_TEXT, false, AT(Check, text) },
};
static const JsonField left_out_fields[] = {
	{ "kind", JSON_TEXT, false, AT(LeftOut, kind) },
	{ "table", JSON_TEXT, true, AT(LeftOut, table) },
	{ "name", JSON_TEXT, true, AT(LeftOut, name) },
	{ "text", JSON_TEXT, true, AT(LeftOut, text) },
	{ "reason", JSON_TEXT, true, AT(LeftOut, reason) },
};

/* One table being read. */
typedef struct {
	Schema *schema;
	Table *table;
	SchemaName *names; /* of its columns, sorted */
	char where[WHERE_BYTES];
} TableReader;

static bool
find_column(
    const TableReader *reader, const char *name, int *column, Error *err)
{
	if (schema_names_find(
		reader->names, reader->table->n_columns, name, column))
		return true;
	return error_set(err, ERROR_DUMP, "%s: the table has no column \"%s\"",
	    reader->where, name);
}

/* An array of n elements of size bytes for a node that is an array; *array is
 * NULL where it is empty. */
static bool
read_array(const JsonNode *node, const char *where, size_t size, Arena *arena,
    void *array, size_t *n, Error *err)
{
	void *made = NULL;

	if (!json_array_count(node, where, n, err))
		return false;
	if (*n > 0 && (made = arena_alloc(arena, *n, size, err)) == NULL)
		return false;
	memcpy(array, &made, sizeof(made));
	return true;
}

static bool
check_default(
    const Column *column, Dialect dialect, const char *where, Error *err)
{
	bool wants_text = column->default_kind == DEFAULT_SQL ||
	    column->default_kind == DEFAULT_VALUE;

	if (column->default_kind == DEFAULT_NONE)
		return column->default_text == NULL ||
		    error_set(err, ERROR_DUMP,
			"%s: \"default_text\" without \"default\"", where);
	if ((dialect == DIALECT_SQLITE) !=
	    (column->default_kind == DEFAULT_SQL))
		return error_set(err, ERROR_DUMP,
		    "%s: a default of this kind cannot be in the %s dialect",
		    where, document_dialect_name(dialect));
	if (wants_text != (column->default_text != NULL))
		return error_set(err, ERROR_DUMP, "%s: \"default_text\" %s",
		    where, wants_text ? "is missing" : "must not be there");
	return true;
}

static bool
read_column_words(const RawColumn *raw, Dialect dialect, const char *where,
    Column *column, Error *err)
{
	int word = 0;

	if (raw->default_kind != NULL) {
		if (!schema_names_parse(&schema_names_defaults,
			raw->default_kind, where, &word, err))
			return false;
		column->default_kind = (DefaultKind)word;
	}
	if (raw->generated != NULL) {
		if (!schema_names_parse(&schema_names_generated, raw->generated,
			where, &word, err))
			return false;
		column->generated = (Generated)word;
	}
	if (dialect == DIALECT_SQLITE &&
	    !value_affinity_parse(raw->affinity, &column->affinity))
		return error_set(err, ERROR_DUMP, "%s: unknown affinity \"%s\"",
		    where, raw->affinity);
	if (dialect == DIALECT_POSTGRESQL &&
	    !type_parse(raw->type, &column->type))
		return error_set(err, ERROR_DUMP, "%s: unknown type \"%s\"",
		    where, raw->type);
	return check_default(column, dialect, where, err);
}

static bool
read_column(TableReader *reader, const JsonNode *node, size_t i, Column *column,
    Error *err)
{
	Schema *schema = reader->schema;
	bool sqlite = schema->dialect == DIALECT_SQLITE;
	RawColumn raw = { 0 };
	char where[WHERE_BYTES + 32];

	(void)snprintf(
	    where, sizeof(where), "%s, column %zu", reader->where, i + 1);
	if (sqlite)
		raw.column.declared = "";
	if (!json_read(node, where,
		sqlite ? sqlite_column_fields : postgresql_column_fields,
		sqlite ? COUNT(sqlite_column_fields)
		       : COUNT(postgresql_column_fields),
		&raw, &schema->arena, err))
		return false;
	*column = raw.column;
	return read_column_words(&raw, schema->dialect, where, column, err);
}

static bool
read_columns(TableReader *reader, const JsonNode *node, Error *err)
{
	Table *table = reader->table;
	Arena *arena = &reader->schema->arena;
	size_t i;

	if (!read_array(node, reader->where, sizeof(Column), arena,
		&table->columns, &table->n_columns, err))
		return false;
	if (table->n_columns == 0 || table->n_columns > SCHEMA_COLUMNS_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "%s: %zu columns, expected 1 to %d", reader->where,
		    table->n_columns, SCHEMA_COLUMNS_LIMIT);
	for (i = 0; i < table->n_columns; i++)
		if (!read_column(reader, json_array_at(node, i), i,
			&table->columns[i], err))
			return false;
	reader->names =
	    schema_names_sort_columns(table, arena, ERROR_DUMP, err);
	if (reader->names == NULL)
		return error_add(err, "%s", reader->where);
	return true;
}

static bool
read_part(
    TableReader *reader, const JsonNode *node, IndexPart *part, Error *err)
{
	RawPart raw = { .part.column = -1 };

	if (!json_read(node, reader->where, part_fields, COUNT(part_fields),
		&raw, &reader->schema->arena, err))
		return false;
	*part = raw.part;
	if ((raw.column == NULL) == (part->text == NULL))
		return error_set(err, ERROR_DUMP,
		    "%s: an index part wants either a column or an "
		    "expression",
		    reader->where);
	return raw.column == NULL ||
	    find_column(reader, raw.column, &part->column, err);
}

/* Expressions are SQLite's; none may reach PostgreSQL by way of a dump. */
static bool
check_index(const TableReader *reader, const Index *index, Error *err)
{
	bool expression = index->where != NULL;
	size_t i;

	if (index->n_parts == 0)
		return error_set(err, ERROR_DUMP,
		    "%s: index \"%s\" has no parts", reader->where,
		    index->name);
	for (i = 0; i < index->n_parts; i++)
		expression = expression || index->parts[i].column < 0;
	if (expression && reader->schema->dialect == DIALECT_POSTGRESQL)
		return error_set(err, ERROR_DUMP,
		    "%s: index \"%s\" holds an expression, which cannot be "
		    "in the postgresql dialect",
		    reader->where, index->name);
	return true;
}

static bool
read_index(TableReader *reader, const JsonNode *node, Index *index, Error *err)
{
	Arena *arena = &reader->schema->arena;
	RawIndex raw = { 0 };
	int kind = 0;
	size_t i;

	if (!json_read(node, reader->where, index_fields, COUNT(index_fields),
		&raw, arena, err) ||
	    !schema_names_parse(
		&schema_names_index_kinds, raw.kind, reader->where, &kind, err))
		return false;
	*index = raw.index;
	index->kind = (IndexKind)kind;
	if (!read_array(raw.parts, reader->where, sizeof(IndexPart), arena,
		&index->parts, &index->n_parts, err))
		return false;
	for (i = 0; i < index->n_parts; i++)
		if (!read_part(reader, json_array_at(raw.parts, i),
			&index->parts[i], err))
			return false;
	return check_index(reader, index, err);
}

static bool
read_names(TableReader *reader, const JsonNode *node, const char **names,
    size_t n, Error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!json_node_text(json_array_at(node, i), reader->where,
			&names[i], &reader->schema->arena, err))
			return false;
	return true;
}

/* What ON UPDATE and ON DELETE may say (lang_createtable.html, foreign key
 * clause); the importer writes it into its SQL. */
static bool
check_action(const TableReader *reader, const char *action, Error *err)
{
	static const char *const actions[] = { "NO ACTION", "RESTRICT",
		"SET NULL", "SET DEFAULT", "CASCADE" };
	size_t i;

	for (i = 0; i < COUNT(actions); i++)
		if (strcmp(actions[i], action) == 0)
			return true;
	return error_set(err, ERROR_DUMP, "%s: \"%s\" is no foreign key action",
	    reader->where, action);
}

static bool
read_foreign_key(
    TableReader *reader, const JsonNode *node, ForeignKey *key, Error *err)
{
	Arena *arena = &reader->schema->arena;
	RawForeignKey raw = { 0 };
	const char **names;
	size_t i, n_parent;

	if (!json_read(node, reader->where, foreign_key_fields,
		COUNT(foreign_key_fields), &raw, arena, err))
		return false;
	*key = raw.key;
	if (!check_action(reader, key->on_update, err) ||
	    !check_action(reader, key->on_delete, err) ||
	    !read_array(raw.columns, reader->where, sizeof(int), arena,
		&key->columns, &key->n_columns, err) ||
	    !read_array(raw.parent_columns, reader->where, sizeof(char *),
		arena, &key->parent_columns, &n_parent, err))
		return false;
	if (key->n_columns == 0 || key->n_columns != n_parent)
		return error_set(err, ERROR_DUMP,
		    "%s: a foreign key of %zu columns refers to %zu",
		    reader->where, key->n_columns, n_parent);
	names = arena_alloc(arena, n_parent, sizeof(*names), err);
	if (names == NULL ||
	    !read_names(reader, raw.columns, names, n_parent, err) ||
	    !read_names(
		reader, raw.parent_columns, key->parent_columns, n_parent, err))
		return false;
	for (i = 0; i < n_parent; i++)
		if (!find_column(reader, names[i], &key->columns[i], err))
			return false;
	return true;
}

static bool
read_checks(TableReader *reader, const JsonNode *node, Error *err)
{
	Table *table = reader->table;
	Arena *arena = &reader->schema->arena;
	size_t i;

	if (!read_array(node, reader->where, sizeof(Check), arena,
		&table->checks, &table->n_checks, err))
		return false;
	if (table->n_checks > 0 &&
	    reader->schema->dialect == DIALECT_POSTGRESQL)
		return error_set(err, ERROR_DUMP,
		    "%s: checks cannot be in the postgresql dialect",
		    reader->where);
	for (i = 0; i < table->n_checks; i++)
		if (!json_read(json_array_at(node, i), reader->where,
			check_fields, COUNT(check_fields), &table->checks[i],
			arena, err))
			return false;
	return true;
}

static bool
read_keys(TableReader *reader, const RawTable *raw, Error *err)
{
	Table *table = reader->table;
	Arena *arena = &reader->schema->arena;
	size_t i;

	if (!read_array(raw->indexes, reader->where, sizeof(Index), arena,
		&table->indexes, &table->n_indexes, err) ||
	    !read_array(raw->foreign_keys, reader->where, sizeof(ForeignKey),
		arena, &table->foreign_keys, &table->n_foreign_keys, err))
		return false;
	for (i = 0; i < table->n_indexes; i++)
		if (!read_index(reader, json_array_at(raw->indexes, i),
			&table->indexes[i], err))
			return false;
	for (i = 0; i < table->n_foreign_keys; i++)
		if (!read_foreign_key(reader,
			json_array_at(raw->foreign_keys, i),
			&table->foreign_keys[i], err))
			return false;
	return read_checks(reader, raw->checks, err);
}

static bool
read_table(Schema *schema, const JsonNode *node, size_t i, Error *err)
{
	Table *table = &schema->tables[i];
	TableReader reader = { .schema = schema, .table = table };
	RawTable raw = { 0 };
	int kind = 0;

	(void)snprintf(reader.where, sizeof(reader.where),
	    "schema.json, table %zu", i + 1);
	if (!json_read(node, reader.where, table_fields, COUNT(table_fields),
		&raw, &schema->arena, err) ||
	    !schema_names_parse(
		&schema_names_table_kinds, raw.kind, reader.where, &kind, err))
		return false;
	*table = raw.table;
	table->kind = (TableKind)kind;
	table->rowid_column = -1;
	if (!read_columns(&reader, raw.columns, err))
		return false;
	if (raw.rowid_column != NULL &&
	    !find_column(&reader, raw.rowid_column, &table->rowid_column, err))
		return false;
	return read_keys(&reader, &raw, err);
}

static bool
read_left_out(Schema *schema, const JsonNode *node, Error *err)
{
	static const LeftOut nothing = { "", "", "", "", "" };
	size_t i;

	if (!read_array(node, "schema.json, left_out", sizeof(LeftOut),
		&schema->arena, &schema->left_out, &schema->n_left_out, err))
		return false;
	for (i = 0; i < schema->n_left_out; i++) {
		schema->left_out[i] = nothing;
		if (!json_read(json_array_at(node, i), "schema.json, left_out",
			left_out_fields, COUNT(left_out_fields),
			&schema->left_out[i], &schema->arena, err))
			return false;
	}
	return true;
}

static bool
read_schema(const JsonNode *root, Schema *schema, Error *err)
{
	RawSchema raw = { .namespace = "" };
	size_t i;

	if (!json_read(root, "schema.json", schema_fields, COUNT(schema_fields),
		&raw, &schema->arena, err) ||
	    !document_parse_dialect(
		raw.dialect, "schema.json", &schema->dialect, err) ||
	    !document_read_source(raw.source, "schema.json", &schema->source,
		&schema->arena, err))
		return false;
	schema->namespace = raw.namespace;
	if (!read_array(raw.tables, "schema.json, tables", sizeof(Table),
		&schema->arena, &schema->tables, &schema->n_tables, err))
		return false;
	for (i = 0; i < schema->n_tables; i++)
		if (!read_table(schema, json_array_at(raw.tables, i), i, err))
			return false;
	return read_left_out(schema, raw.left_out, err);
}

static int
compare_tables(const void *one, const void *other)
{
	return strcmp((*(const Table *const *)one)->name,
	    (*(const Table *const *)other)->name);
}

static bool
has_column(const Table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->n_columns; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return true;
	return false;
}

static bool
check_parent(const Table *const *sorted, size_t n, const Table *child,
    const ForeignKey *key, Error *err)
{
	const Table wanted = { .name = key->parent };
	const Table *probe = &wanted;
	const Table *const *found;
	size_t i;

	found = bsearch(&probe, sorted, n, sizeof(*sorted), compare_tables);
	if (found == NULL)
		return error_set(err, ERROR_DUMP,
		    "table \"%s\": a foreign key refers to table \"%s\", which "
		    "is not in the dump",
		    child->name, key->parent);
	for (i = 0; i < key->n_columns; i++)
		if (!has_column(*found, key->parent_columns[i]))
			return error_set(err, ERROR_DUMP,
			    "table \"%s\": a foreign key refers to column "
			    "\"%s\" of table \"%s\", which has none such",
			    child->name, key->parent_columns[i], key->parent);
	return true;
}

/* SQLite's foreign keys may lead nowhere; what is to be made in PostgreSQL may
 * not, and shall not fail after all rows are loaded. */
static bool
check_parents(Schema *schema, Error *err)
{
	const Table **sorted;
	size_t i, k;

	if (schema->dialect != DIALECT_POSTGRESQL || schema->n_tables == 0)
		return true;
	sorted =
	    arena_alloc(&schema->arena, schema->n_tables, sizeof(*sorted), err);
	if (sorted == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++)
		sorted[i] = &schema->tables[i];
	qsort(sorted, schema->n_tables, sizeof(*sorted), compare_tables);
	for (i = 0; i < schema->n_tables; i++)
		for (k = 0; k < schema->tables[i].n_foreign_keys; k++)
			if (!check_parent(sorted, schema->n_tables,
				&schema->tables[i],
				&schema->tables[i].foreign_keys[k], err))
				return false;
	return true;
}

bool
schema_read(const uint8_t *bytes, size_t size, Schema *schema, Error *err)
{
	JsonDocument *document = NULL;
	bool success;

	if (!document_check(bytes, size, "schema.json", err) ||
	    !json_parse(bytes, size, "schema.json", &document, err))
		return false;
	success = read_schema(json_root(document), schema, err);
	json_free(document);
	if (success &&
	    (!schema_names_check(schema, ERROR_DUMP, err) ||
		!check_parents(schema, err)))
		return error_add(err, "schema.json");
	return success;
}
