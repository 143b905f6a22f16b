#include "transform/mapping_entry.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "formats/guess.h"
#include "transform/glob.h"
#include "transform/mapping_conflict.h"
#include "transform/mapping_field.h"

static bool
read_using(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	Conversion *conversion = member;
	const char *name;
	Guess guess = { 0 };

	if (!mapping_field_text(mapping, node, &name, err))
		return false;
	if (conversion_parse(name, conversion))
		return true;
	guess.text = name;
	guess.size = strlen(name);
	for (size_t i = CONVERSION_NONE + 1; i < CONVERSION_COUNT; i++)
		guess_offer(&guess, conversion_name((Conversion)i));
	if (guess_best(&guess) == NULL)
		return mapping_field_refuse(mapping, node, err,
		    "unknown conversion \"%s\"; litehaul-mapping(5) lists them",
		    name);
	return mapping_field_refuse(mapping, node, err,
	    "unknown conversion \"%s\"; did you mean \"%s\"?", name,
	    guess_best(&guess));
}

static bool
read_identity(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	static const char *const words[] = { "by_default", "none" };
	MappingIdentity *identity = member;
	size_t which;

	if (!mapping_field_word(mapping, node, words, 2, &which, err))
		return false;
	*identity =
	    which == 0 ? MAPPING_IDENTITY_BY_DEFAULT : MAPPING_IDENTITY_NONE;
	return true;
}

static bool
read_column_type(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingColumn *column = member;

	column->has_type = true;
	return mapping_field_type(mapping, node, &column->type, err);
}

static bool
read_not_null(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingColumn *column = member;

	column->has_not_null = true;
	return mapping_field_flag(mapping, node, &column->not_null, err);
}

/* SQL, of which nothing but SQLite knows whether it is any.  null is. */
static bool
read_value(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingColumn *column = member;

	column->value_place = mapping_field_place(node);
	if (yaml_is_null(node) && *node->text != '\0' && *node->text != '~') {
		column->value = node->text;
		return true;
	}
	return mapping_field_text(mapping, node, &column->value, err);
}

static int
compare_values(const void *one, const void *other)
{
	return strcmp(
	    ((const RuleValue *)one)->from, ((const RuleValue *)other)->from);
}

static bool
read_pair(Mapping *mapping, const YamlNode *key, RuleValue *value, Error *err)
{
	const YamlNode *to = key->value;

	if (yaml_is_null(key))
		return mapping_field_refuse(mapping, key, err,
		    "NULL stays NULL in a map of values; write \"null\" for "
		    "the word, or use value: \"coalesce(...)\"");
	if (to->kind != YAML_SCALAR)
		return mapping_field_refuse(
		    mapping, to, err, "a single value is wanted here");
	value->from = key->text;
	value->to = yaml_is_null(to) ? NULL : to->text;
	return true;
}

static bool
read_values(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingColumn *column = member;
	RuleValue *values;

	if (!mapping_field_is_object(mapping, node, "a map of values", err))
		return false;
	if (node->n == 0)
		return mapping_field_refuse(mapping, node, err,
		    "a map of no values, which no value would fit");
	values = arena_alloc(&mapping->arena, node->n, sizeof(RuleValue), err);
	if (values == NULL)
		return false;
	for (const YamlNode *key = node->first; key != NULL; key = key->next)
		if (!read_pair(mapping, key, &values[column->n_values++], err))
			return false;
	qsort(values, node->n, sizeof *values, compare_values);
	column->values = values;
	return true;
}

#define IN_COLUMN(member) offsetof(MappingColumn, member)

static const MappingField column_fields[] = {
	{ "identity", read_identity, IN_COLUMN(identity) },
	{ "not_null", read_not_null, 0 },
	{ "optional", mapping_field_flag, IN_COLUMN(optional) },
	{ "rename", mapping_field_name, IN_COLUMN(rename) },
	{ "skip", mapping_field_flag, IN_COLUMN(skip) },
	{ "type", read_column_type, 0 },
	{ "using", read_using, IN_COLUMN(conversion) },
	{ "value", read_value, 0 },
	{ "values", read_values, 0 },
	MAPPING_FIELD_DEFAULTS(IN_COLUMN(defaults)),
};

static const MappingField add_fields[] = {
	{ "identity", read_identity, IN_COLUMN(identity) },
	{ "not_null", read_not_null, 0 },
	{ "type", read_column_type, 0 },
	{ "using", read_using, IN_COLUMN(conversion) },
	{ "value", read_value, 0 },
	{ "values", read_values, 0 },
	MAPPING_FIELD_DEFAULTS(IN_COLUMN(defaults)),
};

static const MappingShape column_shape = { "a column", column_fields,
	sizeof column_fields / sizeof *column_fields };
static const MappingShape add_shape = { "a column of add", add_fields,
	sizeof add_fields / sizeof *add_fields };

static bool
read_column_list(Mapping *mapping, const YamlNode *node, bool added,
    MappingColumn **columns, size_t *n, Error *err)
{
	const MappingShape *shape = added ? &add_shape : &column_shape;

	if (!mapping_field_is_object(
		mapping, node, added ? "add" : "columns", err))
		return false;
	*columns =
	    arena_alloc(&mapping->arena, node->n, sizeof(MappingColumn), err);
	if (*columns == NULL)
		return false;
	for (const YamlNode *key = node->first; key != NULL; key = key->next) {
		MappingColumn *column = &(*columns)[*n];

		column->place = mapping_field_place(key);
		column->name = key->text;
		if ((added &&
			!mapping_field_name(
			    mapping, key, &column->name, err)) ||
		    !mapping_field_read(
			mapping, key->value, shape, column, err) ||
		    !mapping_conflict_column(mapping, key, column, added, err))
			return false;
		++*n;
	}
	return true;
}

static bool
read_columns(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingTable *table = member;

	return read_column_list(
	    mapping, node, false, &table->columns, &table->n_columns, err);
}

static bool
read_add(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingTable *table = member;

	return read_column_list(
	    mapping, node, true, &table->add, &table->n_add, err);
}

#define IN_TABLE(member) offsetof(MappingTable, member)

static const MappingField rename_fields[] = {
	{ "schema", mapping_field_namespace, IN_TABLE(rename_namespace) },
	{ "table", mapping_field_name, IN_TABLE(rename) },
};

static const MappingShape rename_shape = { "rename", rename_fields,
	sizeof rename_fields / sizeof *rename_fields };

/* A name, or { schema: ..., table: ... }. */
static bool
read_rename(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingTable *table = member;

	if (node->kind == YAML_SCALAR)
		return mapping_field_name(mapping, node, &table->rename, err);
	if (node->kind == YAML_MAPPING && node->n == 0)
		return mapping_field_refuse(
		    mapping, node, err, "a rename to nothing");
	return mapping_field_read(mapping, node, &rename_shape, table, err);
}

static bool
read_where(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	MappingTable *table = member;

	table->where_place = mapping_field_place(node);
	return mapping_field_text(mapping, node, &table->where, err);
}

static const MappingField table_fields[] = {
	{ "add", read_add, 0 },
	{ "columns", read_columns, 0 },
	{ "optional", mapping_field_flag, IN_TABLE(optional) },
	{ "rename", read_rename, 0 },
	{ "skip", mapping_field_flag, IN_TABLE(skip) },
	{ "where", read_where, 0 },
	MAPPING_FIELD_DEFAULTS(IN_TABLE(defaults)),
};

static const MappingShape table_shape = { "a table", table_fields,
	sizeof table_fields / sizeof *table_fields };

static bool
read_name(
    Mapping *mapping, const YamlNode *key, MappingTable *table, Error *err)
{
	GlobKind kind = glob_kind(key->text);
	char *name;

	if (kind == GLOB_BROKEN)
		return mapping_field_refuse(mapping, key, err,
		    "the pattern \"%s\" does not end; "
		    "a backslash before a [ or \\ makes it a plain one",
		    key->text);
	name = arena_text(&mapping->arena, key->text, err);
	if (name == NULL)
		return false;
	if (kind == GLOB_NAME)
		glob_unescape(name);
	table->glob = kind == GLOB_WILD;
	table->name = name;
	return true;
}

bool
mapping_entry_tables(
    Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	(void)member;
	if (!mapping_field_is_object(mapping, node, "tables", err))
		return false;
	mapping->tables =
	    arena_alloc(&mapping->arena, node->n, sizeof(MappingTable), err);
	if (mapping->tables == NULL)
		return false;
	for (const YamlNode *key = node->first; key != NULL; key = key->next) {
		MappingTable *table = &mapping->tables[mapping->n_tables++];

		table->place = mapping_field_place(key);
		if (!read_name(mapping, key, table, err) ||
		    !mapping_field_read(
			mapping, key->value, &table_shape, table, err) ||
		    !mapping_conflict_table(mapping, key, table, err))
			return false;
	}
	return true;
}
