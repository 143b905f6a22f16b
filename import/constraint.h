/*
 * constraint: a table's CHECK constraints as SQL statements (see ddl.h), and
 * what all constraints that are validated have in common.
 *
 * They are added NOT VALID, which looks at no row, and validated afterwards:
 * where a row violates one - SQLite can be told not to look - it stays NOT
 * VALID, so that new rows are checked, and the rows are counted and named.
 */
#ifndef IMPORT_CONSTRAINT_H
#define IMPORT_CONSTRAINT_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/schema.h"

#include "import/server.h"

/* Can it be made?  ERROR_DUMP. */
bool constraint_check(const Check *check, Error *err) MUST_CHECK;

/* Its name; made up where it has none, or one that stands in the table before:
 * "users_check", "users_check1". */
const char *constraint_name(
    const Table *table, size_t i, Arena *arena, Error *err) MUST_CHECK;

bool constraint_put(Buf *out, const char *namespace, const Table *table,
    const Check *check, const char *name, Error *err) MUST_CHECK;
/* Of any kind of constraint. */
bool constraint_put_validate(Buf *out, const char *namespace,
    const Table *table, const char *name, Error *err) MUST_CHECK;

/* Put in text how many rows violate it and which is the first: table "users":
 * 3 rows violate "users_check", which is kept NOT VALID: id=7 */
bool
constraint_describe(Server *server, const char *namespace, const Table *table,
    const Check *check, const char *name, Buf *text, Error *err) MUST_CHECK;

#endif
