#include "transform/mapping.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/bytes.h"
#include "formats/io.h"
#include "transform/glob.h"
#include "transform/mapping_conflict.h"
#include "transform/mapping_entry.h"
#include "transform/mapping_field.h"
#include "transform/mapping_types.h"
#include "transform/yaml.h"

/* The version of the file that this program knows. */
#define VERSION "1"

/* It has been looked at before all other keys. */
static bool
read_version(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	(void)mapping;
	(void)node;
	(void)member;
	(void)err;
	return true;
}

static const MappingField target_fields[] = {
	{ "schema", mapping_field_namespace, offsetof(Mapping, namespace) },
};

static const MappingShape target_shape = { "target", target_fields,
	sizeof target_fields / sizeof *target_fields };

static bool
read_target(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	return mapping_field_read(mapping, node, &target_shape, member, err);
}

static const MappingField defaults_fields[] = {
	{ "identifiers", mapping_field_naming, offsetof(Mapping, naming) },
	MAPPING_FIELD_DEFAULTS(offsetof(Mapping, defaults)),
};

static const MappingShape defaults_shape = { "defaults", defaults_fields,
	sizeof defaults_fields / sizeof *defaults_fields };

static bool
read_defaults(Mapping *mapping, const YamlNode *node, void *member, Error *err)
{
	return mapping_field_read(mapping, node, &defaults_shape, member, err);
}

static const MappingField root_fields[] = {
	{ "defaults", read_defaults, 0 },
	{ "tables", mapping_entry_tables, 0 },
	{ "target", read_target, 0 },
	{ "types", mapping_types_read, 0 },
	{ "version", read_version, 0 },
};

static const MappingShape root_shape = { "a mapping file", root_fields,
	sizeof root_fields / sizeof *root_fields };

/* First of all: a later version may know keys that we do not. */
static bool
check_version(const Mapping *mapping, const YamlNode *root, Error *err)
{
	const YamlNode *version;

	if (root->kind != YAML_MAPPING)
		return mapping_field_is_object(
		    mapping, root, root_shape.what, err);
	version = yaml_find(root, "version");
	if (version == NULL)
		return mapping_field_refuse(mapping, root, err,
		    "no version; write \"version: " VERSION "\" first");
	if (version->kind != YAML_SCALAR || *version->text == '\0' ||
	    version->text[strspn(version->text, "0123456789")] != '\0')
		return mapping_field_refuse(
		    mapping, version, err, "the version must be " VERSION);
	if (strcmp(version->text, VERSION) == 0)
		return true;
	return mapping_field_refuse(mapping, version, err,
	    "version %s, and this litehaul knows version " VERSION " only",
	    version->text);
}

/* By name, whatever its case; equal ones, and globs, as they stand. */
static int
compare_tables(const void *one, const void *other)
{
	const MappingTable *a = *(const MappingTable *const *)one;
	const MappingTable *b = *(const MappingTable *const *)other;
	int order = (int)a->glob - (int)b->glob;

	if (order == 0 && !a->glob)
		order = strcasecmp(a->name, b->name);
	return order != 0 ? order : (a > b) - (a < b);
}

static bool
sort_tables(Mapping *mapping, Error *err)
{
	size_t n = mapping->n_tables;

	mapping->found =
	    arena_alloc(&mapping->arena, n, sizeof *mapping->found, err);
	if (mapping->found == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		mapping->found[i] = &mapping->tables[i];
		mapping->n_named += !mapping->tables[i].glob;
	}
	qsort(mapping->found, n, sizeof *mapping->found, compare_tables);
	return true;
}

static bool
read_root(Mapping *mapping, const Buf *buf, Error *err)
{
	const YamlNode *root, *tables;

	if (!yaml_read(buf->data, buf->size, mapping->path, &mapping->arena,
		&root, err) ||
	    !check_version(mapping, root, err) ||
	    !mapping_field_read(mapping, root, &root_shape, mapping, err))
		return false;
	tables = yaml_find(root, "tables");
	return tables == NULL ||
	    (mapping_conflict_tables(mapping, tables, err) &&
		sort_tables(mapping, err));
}

bool
mapping_read(const char *path, Mapping *mapping, Error *err)
{
	Buf buf = { 0 };
	bool ok = false;

	mapping->path = path;
	if (io_read_given(path, YAML_BYTES_LIMIT, &buf, err)) {
		ok = read_root(mapping, &buf, err);
	} else {
		error_add(err, "mapping file");
		err->kind = ERROR_USAGE;
	}
	buf_free(&buf);
	return ok;
}

void
mapping_free(Mapping *mapping)
{
	arena_free(&mapping->arena);
	*mapping = (Mapping){ 0 };
}

/* The first entry without a glob whose name is not before this one. */
static size_t
find_name(const Mapping *mapping, const char *table)
{
	size_t low = 0, high = mapping->n_named;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcasecmp(mapping->found[middle]->name, table) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The entry that names the table: by its very name, else in other case. */
static const MappingTable *
find_named(const Mapping *mapping, const char *table)
{
	const MappingTable *best = NULL;

	for (size_t i = find_name(mapping, table); i < mapping->n_named; i++) {
		const MappingTable *entry = mapping->found[i];

		if (strcmp(entry->name, table) == 0)
			return entry;
		if (strcasecmp(entry->name, table) != 0)
			break;
		if (best == NULL)
			best = entry;
	}
	return best;
}

const MappingTable *
mapping_table(const Mapping *mapping, const char *table)
{
	const MappingTable *best = find_named(mapping, table);

	if (best != NULL)
		return best;
	for (size_t i = mapping->n_named; i < mapping->n_tables; i++) {
		const MappingTable *entry = mapping->found[i];

		if (glob_matches(entry->name, table) &&
		    (best == NULL ||
			glob_weight(entry->name) >= glob_weight(best->name)))
			best = entry;
	}
	return best;
}

const MappingColumn *
mapping_column(const MappingTable *entry, const char *column)
{
	const MappingColumn *best = NULL;

	for (size_t i = 0; entry != NULL && i < entry->n_columns; i++) {
		const MappingColumn *candidate = &entry->columns[i];

		if (strcmp(candidate->name, column) == 0)
			return candidate;
		if (best == NULL && strcasecmp(candidate->name, column) == 0)
			best = candidate;
	}
	return best;
}

static void
prefer(MappingDefaults *defaults, const MappingDefaults *nearer)
{
	if (nearer->has_policy) {
		defaults->has_policy = true;
		defaults->policy = nearer->policy;
	}
	if (nearer->has_nul) {
		defaults->has_nul = true;
		defaults->nul = nearer->nul;
	}
	if (nearer->has_utf8) {
		defaults->has_utf8 = true;
		defaults->utf8 = nearer->utf8;
	}
	if (nearer->has_zone) {
		defaults->has_zone = true;
		defaults->zone = nearer->zone;
		defaults->zone_name = nearer->zone_name;
	}
}

MappingDefaults
mapping_defaults(const Mapping *mapping, const MappingTable *entry,
    const MappingColumn *column)
{
	MappingDefaults defaults = mapping->defaults;

	if (entry != NULL)
		prefer(&defaults, &entry->defaults);
	if (column != NULL)
		prefer(&defaults, &column->defaults);
	return defaults;
}

const char *
mapping_where(
    const Mapping *mapping, MappingPlace place, Arena *arena, Error *err)
{
	return arena_format(
	    arena, err, "%s:%u:%u", mapping->path, place.line, place.column);
}
