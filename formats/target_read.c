#include <stdlib.h>
#include <string.h>

#include "formats/document.h"
#include "formats/json.h"
#include "formats/target.h"
#include "formats/target_words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Objects as they stand in the document, before names are looked up. */

typedef struct {
	const char *format, *dialect, *kind, *server, *namespace;
	uint64_t version;
	const JsonNode *tables;
} RawTarget;

typedef struct {
	TargetTable table; /* what needs no looking up */
	const JsonNode *columns, *keys, *foreign_keys, *checks, *triggers;
} RawTable;

typedef struct {
	TargetColumn column;
	const char *base, *element, *identity;
	uint64_t fraction_digits;
	const JsonNode *labels;
} RawColumn;

typedef struct {
	TargetKey key;
	const JsonNode *columns;
} RawKey;

typedef struct {
	TargetForeignKey key;
	bool not_valid;
	const JsonNode *columns, *parent_columns;
} RawForeignKey;

#define AT(type, member) offsetof(type, member)

static const JsonField target_fields[] = {
	{ "format", JSON_TEXT, false, AT(RawTarget, format) },
	{ "version", JSON_COUNT, false, AT(RawTarget, version) },
	{ "dialect", JSON_TEXT, false, AT(RawTarget, dialect) },
	{ "kind", JSON_TEXT, false, AT(RawTarget, kind) },
	{ "server", JSON_TEXT, false, AT(RawTarget, server) },
	{ "namespace", JSON_TEXT, false, AT(RawTarget, namespace) },
	{ "tables", JSON_NODE, false, AT(RawTarget, tables) },
};
static const JsonField table_fields[] = {
	{ "namespace", JSON_TEXT, false, AT(RawTable, table.namespace) },
	{ "name", JSON_TEXT, false, AT(RawTable, table.name) },
	{ "partitioned", JSON_BOOL, true, AT(RawTable, table.partitioned) },
	{ "row_security", JSON_BOOL, true, AT(RawTable, table.row_security) },
	{ "columns", JSON_NODE, false, AT(RawTable, columns) },
	{ "keys", JSON_NODE, true, AT(RawTable, keys) },
	{ "foreign_keys", JSON_NODE, true, AT(RawTable, foreign_keys) },
	{ "checks", JSON_NODE, true, AT(RawTable, checks) },
	{ "triggers", JSON_NODE, true, AT(RawTable, triggers) },
};
static const JsonField column_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawColumn, column.name) },
	{ "type", JSON_TEXT, false, AT(RawColumn, column.type_sql) },
	{ "base", JSON_TEXT, true, AT(RawColumn, base) },
	{ "fraction_digits", JSON_COUNT, true, AT(RawColumn, fraction_digits) },
	{ "domain", JSON_BOOL, true, AT(RawColumn, column.domain) },
	{ "array", JSON_BOOL, true, AT(RawColumn, column.array) },
	{ "element", JSON_TEXT, true, AT(RawColumn, element) },
	{ "labels", JSON_NODE, true, AT(RawColumn, labels) },
	{ "not_null", JSON_BOOL, true, AT(RawColumn, column.not_null) },
	{ "default", JSON_TEXT, true, AT(RawColumn, column.default_text) },
	{ "identity", JSON_TEXT, true, AT(RawColumn, identity) },
	{ "generated", JSON_BOOL, true, AT(RawColumn, column.generated) },
	{ "sequence", JSON_TEXT, true, AT(RawColumn, column.sequence) },
};
static const JsonField key_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawKey, key.name) },
	{ "primary", JSON_BOOL, true, AT(RawKey, key.primary) },
	{ "columns", JSON_NODE, false, AT(RawKey, columns) },
};
static const JsonField foreign_key_fields[] = {
	{ "name", JSON_TEXT, false, AT(RawForeignKey, key.name) },
	{ "columns", JSON_NODE, false, AT(RawForeignKey, columns) },
	{ "parent_namespace", JSON_TEXT, false,
	    AT(RawForeignKey, key.parent_namespace) },
	{ "parent", JSON_TEXT, false, AT(RawForeignKey, key.parent) },
	{ "parent_columns", JSON_NODE, false,
	    AT(RawForeignKey, parent_columns) },
	{ "deferrable", JSON_BOOL, true, AT(RawForeignKey, key.deferrable) },
	{ "not_valid", JSON_BOOL, true, AT(RawForeignKey, not_valid) },
};
static const JsonField check_fields[] = {
	{ "name", JSON_TEXT, false, AT(TargetCheck, name) },
	{ "text", JSON_TEXT, false, AT(TargetCheck, text) },
};

/* One table being read. */
typedef struct {
	TargetTable *table;
	Arena *arena;
	const char *where; /* "target.json, table 3" */
} TableReader;

/* An array of n elements of size bytes for a node that is an array; *array is
 * NULL where it is empty. */
static bool
read_array(const JsonNode *node, const TableReader *reader, size_t size,
    void *array, size_t *n, Error *err)
{
	void *made = NULL;

	if (!json_array_count(node, reader->where, n, err))
		return false;
	if (*n > 0 &&
	    (made = arena_alloc(reader->arena, *n, size, err)) == NULL)
		return false;
	memcpy(array, &made, sizeof(made));
	return true;
}

static bool
read_texts(const JsonNode *node, const TableReader *reader, const char ***texts,
    size_t *n, Error *err)
{
	if (!read_array(node, reader, sizeof(char *), texts, n, err))
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!json_node_text(json_array_at(node, i), reader->where,
			&(*texts)[i], reader->arena, err))
			return false;
	return true;
}

static bool
parse_type(const char *sql, const char *where, Type *type, Error *err)
{
	return type_parse(sql, type) ||
	    error_set(err, ERROR_DUMP, "%s: unknown type \"%s\"", where, sql);
}

static bool
read_identity(
    const char *word, const char *where, TargetIdentity *identity, Error *err)
{
	for (size_t i = 0; i < TARGET_WORDS_IDENTITY; i++)
		if (strcmp(target_words_identity[i], word) == 0) {
			*identity = (TargetIdentity)i;
			return true;
		}
	return error_set(
	    err, ERROR_DUMP, "%s: unknown identity \"%s\"", where, word);
}

/* Only a time's fraction can be limited, to what a microsecond has. */
static bool
read_fraction(
    const RawColumn *raw, const char *where, TargetColumn *column, Error *err)
{
	bool timed = column->known &&
	    (column->type.name == TYPE_TIME ||
		column->type.name == TYPE_TIMESTAMP ||
		column->type.name == TYPE_TIMESTAMPTZ);

	if (raw->fraction_digits == UINT64_MAX)
		return true;
	if (!timed || raw->fraction_digits > 6)
		return error_set(err, ERROR_DUMP,
		    "%s: \"fraction_digits\" is not for this type", where);
	column->fraction_limited = true;
	column->fraction_digits = (int)raw->fraction_digits;
	return true;
}

static bool
read_column_words(
    const RawColumn *raw, const char *where, TargetColumn *column, Error *err)
{
	column->known = raw->base != NULL;
	column->element_known = raw->element != NULL;
	if (raw->base != NULL &&
	    !parse_type(raw->base, where, &column->type, err))
		return false;
	if (raw->element != NULL &&
	    !parse_type(raw->element, where, &column->element, err))
		return false;
	if (raw->identity != NULL &&
	    !read_identity(raw->identity, where, &column->identity, err))
		return false;
	if (column->known && (column->array || column->n_labels > 0))
		return error_set(err, ERROR_DUMP,
		    "%s: an array or enum cannot be of type \"%s\"", where,
		    raw->base);
	if (column->element_known && !column->array)
		return error_set(
		    err, ERROR_DUMP, "%s: only an array has elements", where);
	return read_fraction(raw, where, column, err);
}

static bool
read_column(TableReader *reader, const JsonNode *node, size_t i, Error *err)
{
	TargetColumn *column = &reader->table->columns[i];
	RawColumn raw = { .fraction_digits = UINT64_MAX };
	TableReader own = *reader;

	own.where = arena_format(
	    reader->arena, err, "%s, column %zu", reader->where, i + 1);
	if (own.where == NULL ||
	    !json_read(node, own.where, column_fields, COUNT(column_fields),
		&raw, reader->arena, err))
		return false;
	*column = raw.column;
	return read_texts(
		   raw.labels, &own, &column->labels, &column->n_labels, err) &&
	    read_column_words(&raw, own.where, column, err);
}

static int
compare_names(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* No name twice, none empty: PostgreSQL has no such. */
static bool
check_names(const char **names, size_t n, const char *where, Error *err)
{
	qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++) {
		if (*names[i] == '\0')
			return error_set(
			    err, ERROR_DUMP, "%s: a name is empty", where);
		if (i > 0 && strcmp(names[i - 1], names[i]) == 0)
			return error_set(err, ERROR_DUMP,
			    "%s: there are two \"%s\"", where, names[i]);
	}
	return true;
}

static bool
read_columns(TableReader *reader, const JsonNode *node, Error *err)
{
	TargetTable *table = reader->table;
	const char **names;

	if (!read_array(node, reader, sizeof(TargetColumn), &table->columns,
		&table->n_columns, err))
		return false;
	names =
	    arena_alloc(reader->arena, table->n_columns, sizeof(*names), err);
	if (names == NULL)
		return false;
	for (size_t i = 0; i < table->n_columns; i++) {
		if (!read_column(reader, json_array_at(node, i), i, err))
			return false;
		names[i] = table->columns[i].name;
	}
	return check_names(names, table->n_columns, reader->where, err);
}

static bool
find_column(
    const TableReader *reader, const char *name, int *column, Error *err)
{
	for (size_t i = 0; i < reader->table->n_columns; i++)
		if (strcmp(reader->table->columns[i].name, name) == 0) {
			*column = (int)i;
			return true;
		}
	return error_set(err, ERROR_DUMP, "%s: the table has no column \"%s\"",
	    reader->where, name);
}

static bool
read_key_columns(TableReader *reader, const JsonNode *node, int **columns,
    size_t *n, Error *err)
{
	const char **names;

	if (!read_texts(node, reader, &names, n, err))
		return false;
	if (*n == 0)
		return error_set(err, ERROR_DUMP, "%s: a key without columns",
		    reader->where);
	*columns = arena_alloc(reader->arena, *n, sizeof(int), err);
	if (*columns == NULL)
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!find_column(reader, names[i], &(*columns)[i], err))
			return false;
	return true;
}

static bool
read_keys(TableReader *reader, const JsonNode *node, Error *err)
{
	TargetTable *table = reader->table;
	RawKey raw;

	if (!read_array(node, reader, sizeof(TargetKey), &table->keys,
		&table->n_keys, err))
		return false;
	for (size_t i = 0; i < table->n_keys; i++) {
		raw = (RawKey){ 0 };
		if (!json_read(json_array_at(node, i), reader->where,
			key_fields, COUNT(key_fields), &raw, reader->arena,
			err) ||
		    !read_key_columns(reader, raw.columns, &raw.key.columns,
			&raw.key.n_columns, err))
			return false;
		table->keys[i] = raw.key;
	}
	return true;
}

static bool
read_foreign_key(TableReader *reader, const JsonNode *node,
    TargetForeignKey *key, Error *err)
{
	RawForeignKey raw = { 0 };
	size_t n_parent;

	if (!json_read(node, reader->where, foreign_key_fields,
		COUNT(foreign_key_fields), &raw, reader->arena, err))
		return false;
	*key = raw.key;
	key->valid = !raw.not_valid;
	if (!read_key_columns(
		reader, raw.columns, &key->columns, &key->n_columns, err) ||
	    !read_texts(raw.parent_columns, reader, &key->parent_columns,
		&n_parent, err))
		return false;
	return key->n_columns == n_parent ||
	    error_set(err, ERROR_DUMP,
		"%s: a foreign key of %zu columns refers to %zu", reader->where,
		key->n_columns, n_parent);
}

static bool
read_constraints(TableReader *reader, const RawTable *raw, Error *err)
{
	TargetTable *table = reader->table;

	if (!read_keys(reader, raw->keys, err) ||
	    !read_array(raw->foreign_keys, reader, sizeof(TargetForeignKey),
		&table->foreign_keys, &table->n_foreign_keys, err) ||
	    !read_array(raw->checks, reader, sizeof(TargetCheck),
		&table->checks, &table->n_checks, err))
		return false;
	for (size_t i = 0; i < table->n_foreign_keys; i++)
		if (!read_foreign_key(reader,
			json_array_at(raw->foreign_keys, i),
			&table->foreign_keys[i], err))
			return false;
	for (size_t i = 0; i < table->n_checks; i++)
		if (!json_read(json_array_at(raw->checks, i), reader->where,
			check_fields, COUNT(check_fields), &table->checks[i],
			reader->arena, err))
			return false;
	return true;
}

static bool
read_table(TableReader *reader, const JsonNode *node, Error *err)
{
	RawTable raw = { 0 };

	if (!json_read(node, reader->where, table_fields, COUNT(table_fields),
		&raw, reader->arena, err))
		return false;
	*reader->table = raw.table;
	return read_columns(reader, raw.columns, err) &&
	    read_constraints(reader, &raw, err) &&
	    read_texts(raw.triggers, reader, &reader->table->triggers,
		&reader->table->n_triggers, err);
}

static int
compare_tables(const void *one, const void *other)
{
	const TargetTable *a = *(const TargetTable *const *)one;
	const TargetTable *b = *(const TargetTable *const *)other;
	int order = strcmp(a->namespace, b->namespace);

	return order != 0 ? order : strcmp(a->name, b->name);
}

/* No two tables with one name. */
static bool
check_tables(Target *target, const char *what, Error *err)
{
	const TargetTable **sorted =
	    arena_alloc(&target->arena, target->n_tables, sizeof(*sorted), err);

	if (sorted == NULL)
		return false;
	for (size_t i = 0; i < target->n_tables; i++)
		sorted[i] = &target->tables[i];
	qsort(sorted, target->n_tables, sizeof(*sorted), compare_tables);
	for (size_t i = 0; i < target->n_tables; i++)
		if (*sorted[i]->name == '\0' ||
		    (i > 0 && compare_tables(&sorted[i - 1], &sorted[i]) == 0))
			return error_set(err, ERROR_DUMP,
			    "%s: table \"%s\".\"%s\" %s", what,
			    sorted[i]->namespace, sorted[i]->name,
			    *sorted[i]->name == '\0' ? "has no name"
						     : "is there twice");
	return true;
}

static bool
read_target(const JsonNode *root, const char *what, Target *target, Error *err)
{
	TableReader reader = { .arena = &target->arena, .where = what };
	Dialect dialect = DIALECT_SQLITE;
	RawTarget raw = { 0 };

	if (!json_read(root, what, target_fields, COUNT(target_fields), &raw,
		&target->arena, err) ||
	    !document_parse_dialect(raw.dialect, what, &dialect, err))
		return false;
	if (dialect != DIALECT_POSTGRESQL ||
	    strcmp(raw.kind, TARGET_WORDS_KIND) != 0)
		return error_set(err, ERROR_DUMP,
		    "%s describes no target but a \"%s\" of dialect %s", what,
		    raw.kind, raw.dialect);
	target->server = raw.server;
	target->namespace = raw.namespace;
	if (!read_array(raw.tables, &reader, sizeof(TargetTable),
		&target->tables, &target->n_tables, err))
		return false;
	for (size_t i = 0; i < target->n_tables; i++) {
		reader.table = &target->tables[i];
		reader.where = arena_format(
		    &target->arena, err, "%s, table %zu", what, i + 1);
		if (reader.where == NULL ||
		    !read_table(&reader, json_array_at(raw.tables, i), err))
			return false;
	}
	return check_tables(target, what, err);
}

bool
target_read(const uint8_t *bytes, size_t size, const char *what, Target *target,
    Error *err)
{
	JsonDocument *document = NULL;
	bool success;

	success = document_check(bytes, size, what, err) &&
	    json_parse(bytes, size, what, &document, err) &&
	    read_target(json_root(document), what, target, err);
	json_free(document);
	if (!success && err->kind == ERROR_DUMP) {
		err->kind = ERROR_USAGE;
		(void)error_add(err,
		    "not a target as litehaul-import --describe writes it");
	}
	return success;
}
