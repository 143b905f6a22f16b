/*
 * schema_names: the words of schema.json and the names in it, for the file
 * that writes it (schema.c) and the one that reads it (schema_read.c).
 */
#ifndef FORMATS_SCHEMA_NAMES_H
#define FORMATS_SCHEMA_NAMES_H

#include "formats/schema.h"

/* The words of an enum, by its values. */
typedef struct {
	const char *const *words;
	size_t n;
} SchemaNames;

extern const SchemaNames schema_names_table_kinds;
extern const SchemaNames schema_names_generated;
extern const SchemaNames schema_names_defaults;
extern const SchemaNames schema_names_index_kinds;

/* The value of a word; where names the place in errors, ERROR_DUMP. */
bool schema_names_parse(const SchemaNames *names, const char *text,
    const char *where, int *value, Error *err) MUST_CHECK;

/* A name and its place among its kind. */
typedef struct {
	const char *name;
	size_t index;
	const char *namespace; /* of a table; "" where it is the Schema's */
} SchemaName;

/* A table's columns sorted by name; NULL and an error of the given kind where
 * two have one name. */
SchemaName *schema_names_sort_columns(
    const Table *table, Arena *arena, ErrorKind kind, Error *err) MUST_CHECK;
bool schema_names_find(
    const SchemaName *names, size_t n, const char *name, int *index);

/* The tables likewise, by namespace and name.  A table is found by the namespace
 * that it or a foreign key says, NULL for the Schema's. */
SchemaName *schema_names_sort_tables(
    const Schema *schema, Arena *arena, ErrorKind kind, Error *err) MUST_CHECK;
bool schema_names_find_table(const Schema *schema, const SchemaName *names,
    const char *namespace, const char *name, size_t *index);

/* No two tables with one name (of one namespace) or directory, each directory its name's
 * encoding, no two columns of a table with one name; else an error of the
 * given kind. */
bool
schema_names_check(const Schema *schema, ErrorKind kind, Error *err) MUST_CHECK;

#endif
