#include "formats/schema_names.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
	[TABLE_ROWID] = "rowid",
	[TABLE_WITHOUT_ROWID] = "without_rowid",
	[TABLE_VIRTUAL] = "virtual",
};
static const char *const generated_names[] = {
	[GENERATED_NO] = "no",
	[GENERATED_VIRTUAL] = "virtual",
	[GENERATED_STORED] = "stored",
};
static const char *const default_names[] = {
	[DEFAULT_NONE] = "none",
	[DEFAULT_SQL] = "sql",
	[DEFAULT_NULL] = "null",
	[DEFAULT_VALUE] = "value",
	[DEFAULT_CURRENT_TIMESTAMP] = "current_timestamp",
	[DEFAULT_CURRENT_DATE] = "current_date",
	[DEFAULT_CURRENT_TIME] = "current_time",
	[DEFAULT_FORMULA] = "formula",
};
static const char *const index_names[] = {
	[INDEX_PLAIN] = "plain",
	[INDEX_UNIQUE] = "unique",
	[INDEX_PRIMARY] = "primary",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const SchemaNames schema_names_table_kinds = { kind_names, COUNT(kind_names) };
const SchemaNames schema_names_generated = { generated_names,
	COUNT(generated_names) };
const SchemaNames schema_names_defaults = { default_names,
	COUNT(default_names) };
const SchemaNames schema_names_index_kinds = { index_names,
	COUNT(index_names) };

static int
compare_texts(const char *one, const char *other)
{
	return strcmp(one == NULL ? "" : one, other == NULL ? "" : other);
}

static int
compare_names(const void *one, const void *other)
{
	const SchemaName *first = one, *second = other;
	int order = strcmp(first->name, second->name);

	return order != 0 ? order
			  : compare_texts(first->namespace, second->namespace);
}

/* Sort the names; two that are equal are an error. */
static bool
sort_names(
    SchemaName *names, size_t n, const char *what, ErrorKind kind, Error *err)
{
	size_t i;

	if (n > 1)
		qsort(names, n, sizeof(*names), compare_names);
	for (i = 1; i < n; i++)
		if (compare_names(&names[i - 1], &names[i]) == 0)
			return error_set(err, kind, "%s \"%s\" is there twice",
			    what, names[i].name);
	return true;
}

/* The columns' names, sorted; NULL and err filled where two are equal. */
SchemaName *
schema_names_sort_columns(
    const Table *table, Arena *arena, ErrorKind kind, Error *err)
{
	SchemaName *names;
	size_t i;

	names = arena_alloc(arena, table->n_columns, sizeof(*names), err);
	if (names == NULL)
		return NULL;
	for (i = 0; i < table->n_columns; i++)
		names[i] = (SchemaName){ table->columns[i].name, i, NULL };
	if (!sort_names(names, table->n_columns, "column", kind, err))
		return NULL;
	return names;
}

static const char *
namespace_of(const Schema *schema, const char *namespace)
{
	if (namespace == NULL ||
	    compare_texts(schema->namespace, namespace) == 0)
		return "";
	return namespace;
}

SchemaName *
schema_names_sort_tables(
    const Schema *schema, Arena *arena, ErrorKind kind, Error *err)
{
	SchemaName *names;
	size_t i;

	names = arena_alloc(arena, schema->n_tables, sizeof(*names), err);
	if (names == NULL)
		return NULL;
	for (i = 0; i < schema->n_tables; i++)
		names[i] = (SchemaName){ schema->tables[i].name, i,
			namespace_of(schema, schema->tables[i].namespace) };
	if (!sort_names(names, schema->n_tables, "table", kind, err))
		return NULL;
	return names;
}

bool
schema_names_find_table(const Schema *schema, const SchemaName *names,
    const char *namespace, const char *name, size_t *index)
{
	SchemaName key = { name, 0, namespace_of(schema, namespace) };
	const SchemaName *found =
	    bsearch(&key, names, schema->n_tables, sizeof(key), compare_names);

	if (found == NULL)
		return false;
	*index = found->index;
	return true;
}

/* Is the directory what its table's name encodes to? */
static bool
check_directory(const Table *table, ErrorKind kind, Error *err)
{
	Arena arena = { 0 };
	const char *name = table->name, *directory;
	bool success = false;

	if (table->namespace != NULL)
		name = arena_format(
		    &arena, err, "%s.%s", table->namespace, table->name);
	directory = name == NULL ? NULL : schema_directory(name, &arena, err);
	if (directory == NULL)
		goto done;
	if (table->directory == NULL ||
	    strcmp(table->directory, directory) != 0) {
		error_set(err, kind,
		    "table \"%s\": its directory is \"%s\", expected \"%s\"",
		    table->name,
		    table->directory == NULL ? "" : table->directory,
		    directory);
		goto done;
	}
	success = true;
done:
	arena_free(&arena);
	return success;
}

static bool
check_columns(const Table *table, ErrorKind kind, Error *err)
{
	Arena arena = { 0 };
	bool success =
	    schema_names_sort_columns(table, &arena, kind, err) != NULL;

	arena_free(&arena);
	if (!success)
		return error_add(err, "table \"%s\"", table->name);
	return true;
}

bool
schema_names_check(const Schema *schema, ErrorKind kind, Error *err)
{
	Arena arena = { 0 };
	SchemaName *names;
	size_t i;
	bool success = false;

	for (i = 0; i < schema->n_tables; i++)
		if (!check_directory(&schema->tables[i], kind, err) ||
		    !check_columns(&schema->tables[i], kind, err))
			goto done;
	names = schema_names_sort_tables(schema, &arena, kind, err);
	if (names == NULL)
		goto done;
	for (i = 0; i < schema->n_tables; i++)
		names[i] = (SchemaName){ schema->tables[i].directory, i, NULL };
	success = sort_names(names, schema->n_tables, "directory", kind, err);
done:
	arena_free(&arena);
	return success;
}

bool
schema_names_parse(const SchemaNames *names, const char *text,
    const char *where, int *value, Error *err)
{
	size_t i;

	for (i = 0; i < names->n; i++) {
		if (strcmp(names->words[i], text) == 0) {
			*value = (int)i;
			return true;
		}
	}
	return error_set(err, ERROR_DUMP,
	    "%s: \"%s\" is not one of the words that may stand there", where,
	    text);
}

bool
schema_names_find(
    const SchemaName *names, size_t n, const char *name, int *index)
{
	SchemaName key = { name, 0, NULL };
	const SchemaName *found =
	    bsearch(&key, names, n, sizeof(key), compare_names);

	if (found == NULL)
		return false;
	*index = (int)found->index;
	return true;
}
