/*
 * ddl: a table of a dump as SQL statements for PostgreSQL.
 *
 * Everything in a statement is a quoted name, a quoted literal, or a word from
 * a table in ddl.c, so no byte of a dump becomes SQL.  ddl_check comes first:
 * it refuses what cannot be written or what the server would change in silence
 * (names over 63 bytes).  Each ddl_put_... appends one statement without ";".
 * namespace is the schema in the target of tables that name none themselves.
 *
 * Constraints are made in two steps, so that all indexes of a table are built
 * at the same time: ddl_put_index for every index, then ddl_put_constraint,
 * which takes the finished index over (sql-altertable, ADD table_constraint
 * USING INDEX).
 */
#ifndef IMPORT_DDL_H
#define IMPORT_DDL_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/schema.h"

/* NAMEDATALEN - 1 (sql-syntax-lexical 4.1.1). */
#define DDL_NAME_BYTES 63
/* MaxHeapAttributeNumber, MaxIndexKeys (limits). */
#define DDL_COLUMNS_LIMIT 1600
#define DDL_INDEX_LIMIT   32

/* Can every table of the schema be made?  ERROR_DUMP. */
bool ddl_check(const Schema *schema, Error *err) MUST_CHECK;

/* 1 to 63 bytes?  kind ("column") is for the message. */
bool ddl_check_name(const char *kind, const char *name, Error *err) MUST_CHECK;
bool ddl_has_column(const Table *table, int column);

/* The name of an index, made up where the schema has none: "users_pkey",
 * "users_email_key", as PostgreSQL itself would; always the same one. */
const char *ddl_index_name(
    const Table *table, size_t i, Arena *arena, Error *err) MUST_CHECK;

/* "table_column_column" and suffix; over 63 bytes it is cut and has "_" and 8
 * hex digits of the whole name's SHA-256 before the suffix. */
const char *ddl_made_up_name(
    Buf *whole, const char *suffix, Arena *arena, Error *err) MUST_CHECK;

/* "namespace"."name" */
bool ddl_put_name(
    Buf *out, const char *namespace, const char *name, Error *err) MUST_CHECK;

/* ALTER TABLE "namespace"."table" */
bool ddl_put_alter(
    Buf *out, const char *namespace, const Table *table, Error *err) MUST_CHECK;

/* A table's schema: its own, else namespace. */
const char *ddl_namespace(const char *namespace, const Table *table);
/* "namespace"."table" */
bool ddl_put_table_name(
    Buf *out, const char *namespace, const Table *table, Error *err) MUST_CHECK;

/* (formula) */
bool ddl_put_formula(Buf *out, const Formula *formula, const Table *table,
    Error *err) MUST_CHECK;

/* Columns, NOT NULL, defaults, identity, generated columns; no keys. */
bool ddl_put_table(
    Buf *out, const char *namespace, const Table *table, Error *err) MUST_CHECK;
bool ddl_put_index(Buf *out, const char *namespace, const Table *table,
    const Index *index, const char *name, Error *err) MUST_CHECK;
bool ddl_put_constraint(Buf *out, const char *namespace, const Table *table,
    const Index *index, const char *name, Error *err) MUST_CHECK;
/* COPY ... FROM STDIN of all columns that are not skipped; skipped is by
 * column, NULL for none. */
typedef enum { DDL_COPY_BINARY, DDL_COPY_TEXT } DdlCopy;
bool ddl_put_copy(Buf *out, const char *namespace, const Table *table,
    const bool *skipped, DdlCopy format, Error *err) MUST_CHECK;
/* Set the identity's sequence past the largest value and the table's
 * sequence; one that would stay below 1 is not touched. */
bool ddl_put_sequence(Buf *out, const char *namespace, const Table *table,
    const Column *column, Error *err) MUST_CHECK;

/* Is it a constraint in the target, or an index only? */
bool ddl_is_constraint(const Index *index);

/* The table's primary key, NULL for none. */
const Index *ddl_primary_key(const Table *table);

#endif
