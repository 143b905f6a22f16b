#include "transform/mapping_conflict.h"

#include <stdlib.h>
#include <string.h>

#include "transform/mapping_field.h"

/* A name in the target that an entry asks for. */
typedef struct {
	const char *space; /* its schema; "" for none */
	const char *name;
	const YamlNode *node;
} Claim;

/* What is left out has nothing else to be said about it. */
static bool
check_skip(
    const Mapping *mapping, const YamlNode *entry, const char *what, Error *err)
{
	for (const YamlNode *key = entry->first; key != NULL; key = key->next)
		if (strcmp(key->text, "skip") != 0 &&
		    strcmp(key->text, "optional") != 0)
			return mapping_field_refuse(mapping, key, err,
			    "skip: true leaves the %s out, and \"%s\" asks "
			    "something of it",
			    what, key->text);
	return true;
}

/* The type that the entry itself settles; false for none. */
static bool
settled_type(const MappingColumn *column, Type *type)
{
	*type = column->type;
	if (column->has_type)
		return true;
	if (column->conversion != CONVERSION_NONE)
		*type = conversion_type(column->conversion);
	return column->conversion != CONVERSION_NONE || column->values != NULL;
}

static bool
check_types(const Mapping *mapping, const YamlNode *entry,
    const MappingColumn *column, Error *err)
{
	char sql[TYPE_SQL_BYTES];
	Type type;

	if (!settled_type(column, &type))
		return true;
	if (column->conversion != CONVERSION_NONE &&
	    !conversion_gives(column->conversion, type))
		return mapping_field_refuse(mapping, yaml_find(entry, "using"),
		    err, "using: %s gives %s, not %s",
		    conversion_name(column->conversion),
		    conversion_types(column->conversion), type_sql(type, sql));
	if (column->identity == MAPPING_IDENTITY_BY_DEFAULT &&
	    !type_is_whole(type.name))
		return mapping_field_refuse(mapping,
		    yaml_find(entry, "identity"), err,
		    "identity takes the type bigint, integer or smallint, "
		    "not %s",
		    type_sql(type, sql));
	return true;
}

static bool
check_null(const Mapping *mapping, const YamlNode *entry,
    const MappingColumn *column, Error *err)
{
	if (column->has_not_null && column->not_null &&
	    column->defaults.has_policy &&
	    column->defaults.policy == POLICY_NULL)
		return mapping_field_refuse(mapping,
		    yaml_find(entry, "on_error"), err,
		    "on_error: null makes NULL what not_null: true forbids");
	if (column->has_not_null && !column->not_null &&
	    column->identity == MAPPING_IDENTITY_BY_DEFAULT)
		return mapping_field_refuse(mapping,
		    yaml_find(entry, "not_null"), err,
		    "an identity column is never NULL");
	return true;
}

bool
mapping_conflict_column(const Mapping *mapping, const YamlNode *key,
    const MappingColumn *column, bool added, Error *err)
{
	const YamlNode *entry = key->value;

	if (added && column->value == NULL)
		return mapping_field_refuse(mapping, key, err,
		    "the column \"%s\" of add has no value: the dump has none "
		    "for it. Where the target fills it by itself, leave it out "
		    "here",
		    column->name);
	if (column->skip)
		return check_skip(mapping, entry, "column", err);
	return check_types(mapping, entry, column, err) &&
	    check_null(mapping, entry, column, err);
}

static int
compare_claims(const void *one, const void *other)
{
	const Claim *a = one, *b = other;
	int order = strcmp(a->space, b->space);

	if (order == 0)
		order = strcmp(a->name, b->name);
	if (order != 0)
		return order;
	if (a->node->line != b->node->line)
		return a->node->line < b->node->line ? -1 : 1;
	return a->node->column < b->node->column ? -1 : 1;
}

static bool
check_claims(const Mapping *mapping, Claim *claims, size_t n, const char *what,
    Error *err)
{
	qsort(claims, n, sizeof *claims, compare_claims);
	for (size_t i = 1; i < n; i++)
		if (strcmp(claims[i - 1].space, claims[i].space) == 0 &&
		    strcmp(claims[i - 1].name, claims[i].name) == 0)
			return mapping_field_refuse(mapping, claims[i].node,
			    err, "a second %s called \"%s\"; line %u has one",
			    what, claims[i].name, claims[i - 1].node->line);
	return true;
}

/* Names that a table's entries ask for, each once. */
static bool
check_columns(Mapping *mapping, const YamlNode *entry, Error *err)
{
	const YamlNode *columns = yaml_find(entry, "columns");
	const YamlNode *added = yaml_find(entry, "add");
	size_t most =
	    (columns == NULL ? 0 : columns->n) + (added == NULL ? 0 : added->n);
	Claim *claims = arena_alloc(&mapping->arena, most, sizeof *claims, err);
	const YamlNode *key;
	size_t n = 0;

	if (claims == NULL)
		return false;
	for (key = columns == NULL ? NULL : columns->first; key != NULL;
	     key = key->next) {
		const YamlNode *rename = yaml_find(key->value, "rename");

		if (rename != NULL)
			claims[n++] = (Claim){ "", rename->text, rename };
	}
	for (key = added == NULL ? NULL : added->first; key != NULL;
	     key = key->next)
		claims[n++] = (Claim){ "", key->text, key };
	return check_claims(mapping, claims, n, "column", err);
}

bool
mapping_conflict_table(Mapping *mapping, const YamlNode *key,
    const MappingTable *table, Error *err)
{
	if (table->skip)
		return check_skip(mapping, key->value, "table", err);
	return check_columns(mapping, key->value, err);
}

bool
mapping_conflict_tables(Mapping *mapping, const YamlNode *tables, Error *err)
{
	const YamlNode *key = tables->first;
	Claim *claims =
	    arena_alloc(&mapping->arena, tables->n, sizeof *claims, err);
	size_t n = 0;

	if (claims == NULL)
		return false;
	for (size_t i = 0; i < mapping->n_tables; i++, key = key->next) {
		const MappingTable *table = &mapping->tables[i];
		const char *space = table->rename_namespace;

		if (table->rename == NULL || table->glob)
			continue;
		if (space == NULL)
			space = mapping->namespace;
		claims[n++] = (Claim){ space == NULL ? "" : space,
			table->rename, yaml_find(key->value, "rename") };
	}
	return check_claims(mapping, claims, n, "table", err);
}
