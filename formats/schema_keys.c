#include "formats/schema_keys.h"

#include <string.h>

#include "formats/formula.h"

#define COUNT(array)     SCHEMA_READER_COUNT(array)
#define AT(type, member) SCHEMA_READER_AT(type, member)

/* Objects as they stand in the document, before names are looked up. */

typedef struct {
	Index index;
	const char *kind;
	const JsonNode *parts, *condition;
} RawIndex;

typedef struct {
	IndexPart part;
	const char *column;
	const JsonNode *formula;
} RawPart;

typedef struct {
	ForeignKey key;
	const JsonNode *columns, *parent_columns;
} RawForeignKey;

typedef struct {
	Check check;
	const JsonNode *formula;
} RawCheck;

static const JsonField index_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawIndex, index.name) },
	{ "source", JSON_TEXT, true, AT(RawIndex, index.source) },
	{ "kind", JSON_TEXT, false, AT(RawIndex, kind) },
	{ "constraint", JSON_BOOL, true, AT(RawIndex, index.constraint) },
	{ "parts", JSON_NODE, false, AT(RawIndex, parts) },
	{ "where", JSON_TEXT, true, AT(RawIndex, index.where) },
	{ "condition", JSON_NODE, true, AT(RawIndex, condition) },
};
static const JsonField part_fields[] = {
	{ "column", JSON_TEXT, true, AT(RawPart, column) },
	{ "expression", JSON_TEXT, true, AT(RawPart, part.text) },
	{ "formula", JSON_NODE, true, AT(RawPart, formula) },
	{ "collation", JSON_TEXT, true, AT(RawPart, part.collation) },
	{ "descending", JSON_BOOL, true, AT(RawPart, part.descending) },
};
static const JsonField foreign_key_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawForeignKey, key.name) },
	{ "columns", JSON_NODE, false, AT(RawForeignKey, columns) },
	{ "parent", JSON_TEXT, false, AT(RawForeignKey, key.parent) },
	{ "parent_namespace", JSON_TEXT, true,
	    AT(RawForeignKey, key.parent_namespace) },
	{ "parent_columns", JSON_NODE, false,
	    AT(RawForeignKey, parent_columns) },
	{ "on_update", JSON_TEXT, false, AT(RawForeignKey, key.on_update) },
	{ "on_delete", JSON_TEXT, false, AT(RawForeignKey, key.on_delete) },
	{ "deferred", JSON_BOOL, true, AT(RawForeignKey, key.deferred) },
};
static const JsonField check_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawCheck, check.name) },
	{ "text", JSON_TEXT, true, AT(RawCheck, check.text) },
	{ "formula", JSON_NODE, true, AT(RawCheck, formula) },
};
/* What belongs to the postgresql dialect alone. */
static bool
check_dialect(const SchemaReader *reader, const char *key, Error *err)
{
	return reader->schema->dialect == DIALECT_POSTGRESQL ||
	    error_set(err, ERROR_DUMP,
		"%s: \"%s\" cannot be in the sqlite dialect", reader->where,
		key);
}

static bool
read_formula(const SchemaReader *reader, const JsonNode *node,
    const Formula **formula, Error *err)
{
	return check_dialect(reader, "formula", err) &&
	    formula_read(node, reader->where, reader->table,
		&reader->schema->arena, formula, err);
}

static bool
read_part(
    SchemaReader *reader, const JsonNode *node, IndexPart *part, Error *err)
{
	RawPart raw = { .part.column = -1 };

	if (!json_read(node, reader->where, part_fields, COUNT(part_fields),
		&raw, &reader->schema->arena, err))
		return false;
	*part = raw.part;
	if ((raw.column != NULL) + (part->text != NULL) +
		(raw.formula != NULL) !=
	    1)
		return error_set(err, ERROR_DUMP,
		    "%s: an index part wants either a column or an "
		    "expression",
		    reader->where);
	if (raw.formula != NULL)
		return read_formula(reader, raw.formula, &part->formula, err);
	return raw.column == NULL ||
	    schema_reader_column(reader, raw.column, &part->column, err);
}

/* Text is SQLite's; none may reach PostgreSQL by way of a dump. */
static bool
check_index(const SchemaReader *reader, const Index *index, Error *err)
{
	bool text = index->where != NULL;
	size_t i;

	if (index->n_parts == 0)
		return error_set(err, ERROR_DUMP,
		    "%s: index \"%s\" has no parts", reader->where,
		    index->name);
	for (i = 0; i < index->n_parts; i++)
		text = text || index->parts[i].text != NULL;
	if (text && reader->schema->dialect == DIALECT_POSTGRESQL)
		return error_set(err, ERROR_DUMP,
		    "%s: index \"%s\" holds an expression as text, which "
		    "cannot be in the postgresql dialect",
		    reader->where, index->name);
	return true;
}

static bool
read_index(SchemaReader *reader, const JsonNode *node, Index *index, Error *err)
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
	if (!schema_reader_array(raw.parts, reader->where, sizeof(IndexPart),
		arena, &index->parts, &index->n_parts, err))
		return false;
	for (i = 0; i < index->n_parts; i++)
		if (!read_part(reader, json_array_at(raw.parts, i),
			&index->parts[i], err))
			return false;
	if (raw.condition != NULL &&
	    !read_formula(reader, raw.condition, &index->condition, err))
		return false;
	return check_index(reader, index, err);
}

static bool
read_names(SchemaReader *reader, const JsonNode *node, const char **names,
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
check_action(const SchemaReader *reader, const char *action, Error *err)
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
    SchemaReader *reader, const JsonNode *node, ForeignKey *key, Error *err)
{
	Arena *arena = &reader->schema->arena;
	RawForeignKey raw = { 0 };
	const char **names;
	size_t i, n_parent;

	if (!json_read(node, reader->where, foreign_key_fields,
		COUNT(foreign_key_fields), &raw, arena, err))
		return false;
	*key = raw.key;
	if (key->parent_namespace != NULL &&
	    !check_dialect(reader, "parent_namespace", err))
		return false;
	if (!check_action(reader, key->on_update, err) ||
	    !check_action(reader, key->on_delete, err) ||
	    !schema_reader_array(raw.columns, reader->where, sizeof(int), arena,
		&key->columns, &key->n_columns, err) ||
	    !schema_reader_array(raw.parent_columns, reader->where,
		sizeof(char *), arena, &key->parent_columns, &n_parent, err))
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
		if (!schema_reader_column(
			reader, names[i], &key->columns[i], err))
			return false;
	return true;
}

static bool
read_check(SchemaReader *reader, const JsonNode *node, Check *check, Error *err)
{
	bool sqlite = reader->schema->dialect == DIALECT_SQLITE;
	RawCheck raw = { 0 };

	if (!json_read(node, reader->where, check_fields, COUNT(check_fields),
		&raw, &reader->schema->arena, err))
		return false;
	*check = raw.check;
	if (raw.formula != NULL &&
	    !read_formula(reader, raw.formula, &check->formula, err))
		return false;
	if (sqlite && check->text == NULL)
		return error_set(err, ERROR_DUMP, "%s: key \"text\" is missing",
		    reader->where);
	if (sqlite || (check->text == NULL && check->formula != NULL))
		return true;
	return error_set(err, ERROR_DUMP,
	    "%s: checks of another kind than formulas cannot be in the "
	    "postgresql dialect",
	    reader->where);
}

static bool
read_checks(SchemaReader *reader, const JsonNode *node, Error *err)
{
	Table *table = reader->table;
	size_t i;

	if (!schema_reader_array(node, reader->where, sizeof(Check),
		&reader->schema->arena, &table->checks, &table->n_checks, err))
		return false;
	for (i = 0; i < table->n_checks; i++)
		if (!read_check(
			reader, json_array_at(node, i), &table->checks[i], err))
			return false;
	return true;
}

bool
schema_keys_read(SchemaReader *reader, const SchemaKeys *keys, Error *err)
{
	Table *table = reader->table;
	Arena *arena = &reader->schema->arena;
	size_t i;

	if (!schema_reader_array(keys->indexes, reader->where, sizeof(Index),
		arena, &table->indexes, &table->n_indexes, err) ||
	    !schema_reader_array(keys->foreign_keys, reader->where,
		sizeof(ForeignKey), arena, &table->foreign_keys,
		&table->n_foreign_keys, err))
		return false;
	for (i = 0; i < table->n_indexes; i++)
		if (!read_index(reader, json_array_at(keys->indexes, i),
			&table->indexes[i], err))
			return false;
	for (i = 0; i < table->n_foreign_keys; i++)
		if (!read_foreign_key(reader,
			json_array_at(keys->foreign_keys, i),
			&table->foreign_keys[i], err))
			return false;
	return read_checks(reader, keys->checks, err);
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
check_parent(const Schema *schema, const SchemaName *names, const Table *child,
    const ForeignKey *key, Error *err)
{
	size_t parent, i;

	if (!schema_names_find_table(
		schema, names, key->parent_namespace, key->parent, &parent))
		return error_set(err, ERROR_DUMP,
		    "table \"%s\": a foreign key refers to table \"%s\", which "
		    "is not in the dump",
		    child->name, key->parent);
	for (i = 0; i < key->n_columns; i++)
		if (!has_column(
			&schema->tables[parent], key->parent_columns[i]))
			return error_set(err, ERROR_DUMP,
			    "table \"%s\": a foreign key refers to column "
			    "\"%s\" of table \"%s\", which has none such",
			    child->name, key->parent_columns[i], key->parent);
	return true;
}

bool
schema_keys_check_parents(const Schema *schema, Error *err)
{
	Arena arena = { 0 };
	const SchemaName *names;
	bool success = false;
	size_t i, k;

	if (schema->dialect != DIALECT_POSTGRESQL)
		return true;
	names = schema_names_sort_tables(schema, &arena, ERROR_DUMP, err);
	if (names == NULL)
		goto done;
	for (i = 0; i < schema->n_tables; i++)
		for (k = 0; k < schema->tables[i].n_foreign_keys; k++)
			if (!check_parent(schema, names, &schema->tables[i],
				&schema->tables[i].foreign_keys[k], err))
				goto done;
	success = true;
done:
	arena_free(&arena);
	return success;
}
