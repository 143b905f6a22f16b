/*
 * mapping: the mapping file, what a user decides about a migration
 * (litehaul-mapping(5)).
 *
 *	mapping_read("mapping.yaml", &mapping, err)
 *	mapping_check(&mapping, schema, warn, context, err)
 *	mapping_table(&mapping, "Orders") ...
 *	mapping_free(&mapping)
 *
 * Every error is ERROR_USAGE and begins with "file:line:column: ".  Unknown,
 * duplicate and contradictory keys are errors, with the nearest known word.
 */
#ifndef TRANSFORM_MAPPING_H
#define TRANSFORM_MAPPING_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/schema.h"
#include "formats/type.h"
#include "transform/names.h"
#include "transform/rule.h"

/* Where a key or value stands, both from 1. */
typedef struct {
	unsigned line, column;
} MappingPlace;

typedef enum {
	MAPPING_IDENTITY_UNSET,
	MAPPING_IDENTITY_NONE,
	MAPPING_IDENTITY_BY_DEFAULT,
} MappingIdentity;

/* Settings that stand in defaults, a table or a column; the nearest wins. */
typedef struct {
	bool has_policy, has_nul, has_utf8, has_zone;
	Policy policy;
	NulPolicy nul;
	Utf8Policy utf8;
	const Zone *zone;
	const char *zone_name; /* as written; NULL: UTC */
} MappingDefaults;

/* A column, or one that only the target has (in add). */
typedef struct {
	MappingPlace place;
	const char *name;
	const char *rename; /* NULL: by the naming */
	bool has_type;
	Type type;
	Conversion conversion; /* `using` */
	MappingIdentity identity;
	const char *value; /* SQL; NULL for none */
	MappingPlace value_place;
	const RuleValue *values; /* sorted by from; NULL for none */
	size_t n_values;
	MappingDefaults defaults; /* on_error, text_nul, ... */
	bool has_not_null, not_null;
	bool skip;
	bool optional; /* need not be in the dump */
} MappingColumn;

typedef struct {
	MappingPlace place;
	const char *name; /* a table's, or a glob (glob.h) */
	bool glob;
	const char *rename;           /* NULL: by the naming */
	const char *rename_namespace; /* NULL: the mapping's schema */
	const char *where;            /* SQL; NULL for all rows */
	MappingPlace where_place;
	MappingDefaults defaults;
	MappingColumn *columns;
	size_t n_columns;
	MappingColumn *add;
	size_t n_add;
	bool skip;
	bool optional;
} MappingTable;

/* "VARCHAR(*)": text. */
typedef struct {
	MappingPlace place;
	const char *declared; /* upper case, blanks squeezed; * in its
			       * parentheses is any */
	Type type;
} MappingType;

typedef struct {
	const char *path;
	const char *namespace; /* target's schema; NULL: not set */
	Naming naming;
	MappingDefaults defaults;
	MappingType *types;
	size_t n_types;
	MappingTable *tables; /* in the file's order */
	size_t n_tables;
	/* To find one among many: those with a name, by it, then globs. */
	const MappingTable **found;
	size_t n_named;
	Arena arena;
} Mapping;

/* Free the Mapping whatever comes back.  The path is borrowed.  "-" is not a
 * file here. */
bool mapping_read(const char *path, Mapping *mapping, Error *err) MUST_CHECK;

/*
 * Hold the mapping against the dump's schema: entries that name tables or
 * columns the dump lacks are errors, all of them in one message, each in a line
 * with its place and the nearest name; those that are optional are told to
 * warn.  An entry with a glob must match a table, too.
 */
bool mapping_check(const Mapping *mapping, const Schema *schema,
    void (*warn)(void *context, const char *text), void *context,
    Error *err) MUST_CHECK;

/* The entry for a table: the one that names it (case ignored where none has the
 * very name), else the glob with the most characters that are not wild, the last
 * of equals; NULL. */
const MappingTable *mapping_table(const Mapping *mapping, const char *table);
/* A column of an entry, case ignored; NULL.  entry may be NULL. */
const MappingColumn *
mapping_column(const MappingTable *entry, const char *column);
/* The type the mapping gives a declared type; NULL for none. */
const Type *mapping_declared(const Mapping *mapping, const char *declared);

/* What holds for a column: its own, its table's and the mapping's settings, the
 * nearest first.  entry and column may be NULL. */
MappingDefaults mapping_defaults(const Mapping *mapping,
    const MappingTable *entry, const MappingColumn *column);

/* "mapping.yaml:12:7"; NULL when memory is out. */
const char *mapping_where(const Mapping *mapping, MappingPlace place,
    Arena *arena, Error *err) MUST_CHECK;

void mapping_free(Mapping *mapping);

#endif
