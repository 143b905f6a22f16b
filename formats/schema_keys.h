/*
 * schema_keys: reading a table's indexes, foreign keys and checks from
 * schema.json, for schema_read.c.
 */
#ifndef FORMATS_SCHEMA_KEYS_H
#define FORMATS_SCHEMA_KEYS_H

#include "formats/json.h"
#include "formats/schema_reader.h"

/* The nodes of a table; NULL where there is none. */
typedef struct {
	const JsonNode *indexes, *foreign_keys, *checks;
} SchemaKeys;

/* The table has its columns already.  ERROR_DUMP. */
bool schema_keys_read(
    SchemaReader *reader, const SchemaKeys *keys, Error *err) MUST_CHECK;

/* SQLite's foreign keys may lead nowhere; what is to be made in PostgreSQL may
 * not, and shall not fail after all rows are loaded.  ERROR_DUMP. */
bool schema_keys_check_parents(const Schema *schema, Error *err) MUST_CHECK;

#endif
