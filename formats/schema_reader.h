/*
 * schema_reader: one table of schema.json being read: what schema_read.c, which
 * reads the columns, and schema_keys.c, which reads the rest, share.
 */
#ifndef FORMATS_SCHEMA_READER_H
#define FORMATS_SCHEMA_READER_H

#include <stddef.h>

#include "formats/json.h"
#include "formats/schema.h"
#include "formats/schema_names.h"

/* "schema.json, table 50000, foreign key 12" and more. */
#define SCHEMA_READER_WHERE_BYTES 128

#define SCHEMA_READER_COUNT(array)     (sizeof(array) / sizeof((array)[0]))
#define SCHEMA_READER_AT(type, member) offsetof(type, member)

typedef struct {
	Schema *schema;
	Table *table;
	SchemaName *names; /* of its columns, sorted */
	char where[SCHEMA_READER_WHERE_BYTES];
} SchemaReader;

/* The index of a column by its name. */
bool schema_reader_column(const SchemaReader *reader, const char *name,
    int *column, Error *err) MUST_CHECK;

/* An array of n elements of size bytes for a node that is an array; *array is
 * NULL where it is empty. */
bool schema_reader_array(const JsonNode *node, const char *where, size_t size,
    Arena *arena, void *array, size_t *n, Error *err) MUST_CHECK;

#endif
