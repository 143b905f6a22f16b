#include "formats/schema.h"

#include <stdio.h>

#include "formats/document.h"
#include "formats/formula.h"
#include "formats/json.h"
#include "formats/schema_keys.h"
#include "formats/schema_names.h"
#include "formats/schema_reader.h"

#define COUNT(array)     SCHEMA_READER_COUNT(array)
#define AT(type, member) SCHEMA_READER_AT(type, member)

/* Objects as they stand in the document, before names are looked up. */

typedef struct {
	const char *format, *dialect, *namespace;
	uint64_t version, rejects_round;
	const JsonNode *source, *tables, *left_out;
} RawSchema;

typedef struct {
	Table table; /* what needs no looking up */
	const char *kind, *rowid_column;
	const JsonNode *columns;
	SchemaKeys keys;
} RawTable;

typedef struct {
	Column column;
	const char *affinity, *generated, *type, *default_kind;
	const JsonNode *formula;
} RawColumn;

static const JsonField schema_fields[] = {
	{ "format", JSON_TEXT, false, AT(RawSchema, format) },
	{ "version", JSON_COUNT, false, AT(RawSchema, version) },
	{ "dialect", JSON_TEXT, false, AT(RawSchema, dialect) },
	{ "namespace", JSON_TEXT, true, AT(RawSchema, namespace) },
	{ "rejects_round", JSON_COUNT, true, AT(RawSchema, rejects_round) },
	{ "source", JSON_NODE, false, AT(RawSchema, source) },
	{ "tables", JSON_NODE, false, AT(RawSchema, tables) },
	{ "left_out", JSON_NODE, true, AT(RawSchema, left_out) },
};
static const JsonField table_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawTable, table.name) },
	{ "source", JSON_TEXT, true, AT(RawTable, table.source) },
	{ "namespace", JSON_TEXT, true, AT(RawTable, table.namespace) },
	{ "directory", JSON_TEXT, false, AT(RawTable, table.directory) },
	{ "kind", JSON_TEXT, false, AT(RawTable, kind) },
	{ "strict", JSON_BOOL, true, AT(RawTable, table.strict) },
	{ "autoincrement", JSON_BOOL, true, AT(RawTable, table.autoincrement) },
	{ "sequence", JSON_INTEGER, true, AT(RawTable, table.sequence) },
	{ "rowid_column", JSON_TEXT, true, AT(RawTable, rowid_column) },
	{ "columns", JSON_NODE, false, AT(RawTable, columns) },
	{ "indexes", JSON_NODE, true, AT(RawTable, keys.indexes) },
	{ "foreign_keys", JSON_NODE, true, AT(RawTable, keys.foreign_keys) },
	{ "checks", JSON_NODE, true, AT(RawTable, keys.checks) },
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
	{ "generated", JSON_TEXT, true, AT(RawColumn, generated) },
	{ "formula", JSON_NODE, true, AT(RawColumn, formula) },
};
static const JsonField left_out_fields[] = {
	{ "kind", JSON_TEXT, false, AT(LeftOut, kind) },
	{ "table", JSON_TEXT, true, AT(LeftOut, table) },
	{ "name", JSON_TEXT, true, AT(LeftOut, name) },
	{ "text", JSON_TEXT, true, AT(LeftOut, text) },
	{ "reason", JSON_TEXT, true, AT(LeftOut, reason) },
};

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

/* A formula belongs to a default or to a generated column, one of them. */
static bool
check_formula(
    const RawColumn *raw, const Column *column, const char *where, Error *err)
{
	bool generated = column->generated != GENERATED_NO;
	bool wanted = generated || column->default_kind == DEFAULT_FORMULA;

	if (wanted != (raw->formula != NULL))
		return error_set(err, ERROR_DUMP, "%s: \"formula\" %s", where,
		    wanted ? "is missing" : "must not be there");
	if (!generated)
		return true;
	if (column->generated == GENERATED_STORED && !column->identity &&
	    column->default_kind == DEFAULT_NONE)
		return true;
	return error_set(err, ERROR_DUMP,
	    "%s: a generated column of the postgresql dialect is \"stored\", "
	    "and neither an identity nor with a default",
	    where);
}

static bool
read_column(SchemaReader *reader, const JsonNode *node, size_t i,
    const JsonNode **formula, Error *err)
{
	Schema *schema = reader->schema;
	Column *column = &reader->table->columns[i];
	bool sqlite = schema->dialect == DIALECT_SQLITE;
	RawColumn raw = { 0 };
	char where[SCHEMA_READER_WHERE_BYTES + 32];

	(void)snprintf(
	    where, sizeof(where), "%s, column %zu", reader->where, i + 1);
	raw.column.declared = sqlite ? "" : NULL;
	if (!json_read(node, where,
		sqlite ? sqlite_column_fields : postgresql_column_fields,
		sqlite ? COUNT(sqlite_column_fields)
		       : COUNT(postgresql_column_fields),
		&raw, &schema->arena, err))
		return false;
	*column = raw.column;
	*formula = raw.formula;
	return read_column_words(&raw, schema->dialect, where, column, err) &&
	    (sqlite || check_formula(&raw, column, where, err));
}

/* Formulas may name columns that stand behind their own. */
static bool
read_formulas(SchemaReader *reader, const JsonNode *const *formulas, Error *err)
{
	Table *table = reader->table;
	size_t i;

	for (i = 0; i < table->n_columns; i++)
		if (formulas[i] != NULL &&
		    !formula_read(formulas[i], reader->where, table,
			&reader->schema->arena, &table->columns[i].formula,
			err))
			return false;
	return true;
}

static bool
read_columns(SchemaReader *reader, const JsonNode *node, Error *err)
{
	Table *table = reader->table;
	Arena *arena = &reader->schema->arena;
	const JsonNode **formulas;
	size_t i;

	if (!schema_reader_array(node, reader->where, sizeof(Column), arena,
		&table->columns, &table->n_columns, err))
		return false;
	if (table->n_columns == 0 || table->n_columns > SCHEMA_COLUMNS_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "%s: %zu columns, expected 1 to %d", reader->where,
		    table->n_columns, SCHEMA_COLUMNS_LIMIT);
	formulas = arena_alloc(arena, table->n_columns, sizeof(*formulas), err);
	if (formulas == NULL)
		return false;
	for (i = 0; i < table->n_columns; i++)
		if (!read_column(
			reader, json_array_at(node, i), i, &formulas[i], err))
			return false;
	reader->names =
	    schema_names_sort_columns(table, arena, ERROR_DUMP, err);
	if (reader->names == NULL)
		return error_add(err, "%s", reader->where);
	return read_formulas(reader, formulas, err);
}

static bool
check_namespace(const SchemaReader *reader, Error *err)
{
	const char *namespace = reader->table->namespace;

	if (namespace == NULL)
		return true;
	if (reader->schema->dialect != DIALECT_POSTGRESQL)
		return error_set(err, ERROR_DUMP,
		    "%s: \"namespace\" cannot be in the sqlite dialect",
		    reader->where);
	return *namespace != '\0' ||
	    error_set(
		err, ERROR_DUMP, "%s: \"namespace\" is empty", reader->where);
}

static bool
read_table(Schema *schema, const JsonNode *node, size_t i, Error *err)
{
	Table *table = &schema->tables[i];
	SchemaReader reader = { .schema = schema, .table = table };
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
	if (!check_namespace(&reader, err) ||
	    !read_columns(&reader, raw.columns, err))
		return false;
	if (raw.rowid_column != NULL &&
	    !schema_reader_column(
		&reader, raw.rowid_column, &table->rowid_column, err))
		return false;
	return schema_keys_read(&reader, &raw.keys, err);
}

static bool
read_left_out(Schema *schema, const JsonNode *node, Error *err)
{
	static const LeftOut nothing = { "", "", "", "", "" };
	size_t i;

	if (!schema_reader_array(node, "schema.json, left_out", sizeof(LeftOut),
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
	schema->rejects_round = raw.rejects_round;
	if (!schema_reader_array(raw.tables, "schema.json, tables",
		sizeof(Table), &schema->arena, &schema->tables,
		&schema->n_tables, err))
		return false;
	for (i = 0; i < schema->n_tables; i++)
		if (!read_table(schema, json_array_at(raw.tables, i), i, err))
			return false;
	return read_left_out(schema, raw.left_out, err);
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
		!schema_keys_check_parents(schema, err)))
		return error_add(err, "schema.json");
	return success;
}
