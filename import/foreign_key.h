/*
 * foreign_key: a table's foreign keys as SQL statements (see ddl.h).
 *
 * They are added NOT VALID, which looks at no row, and validated afterwards:
 * where that finds orphans - rows whose parent is missing, which SQLite
 * permits - the constraint stays NOT VALID, so that new rows are checked, and
 * the orphans are counted and named.
 */
#ifndef IMPORT_FOREIGN_KEY_H
#define IMPORT_FOREIGN_KEY_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/schema.h"

/* Can it be made?  ERROR_DUMP. */
bool foreign_key_check(
    const Table *table, const ForeignKey *key, Error *err) MUST_CHECK;

/* Its name, made up where it has none: "orders_user_id_fkey". */
const char *foreign_key_name(
    const Table *table, size_t i, Arena *arena, Error *err) MUST_CHECK;

bool foreign_key_put(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, const char *name, Error *err) MUST_CHECK;
/* Without NOT VALID, which a partitioned table's cannot be. */
bool foreign_key_put_valid(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, const char *name, Error *err) MUST_CHECK;
/* The schema of its parent: its own, else namespace. */
const char *
foreign_key_parent_namespace(const char *namespace, const ForeignKey *key);

/* Is the row "c" of the table an orphan?  A key with a NULL in it refers to
 * nothing; with full, which is MATCH FULL, it must be NULL throughout
 * (sql-createtable, REFERENCES). */
bool
foreign_key_put_orphan_test(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, bool full, Error *err) MUST_CHECK;
/* FROM the table AS c WHERE it is one. */
bool
foreign_key_put_orphan_rows(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, bool full, Error *err) MUST_CHECK;
/* How many orphans: one value. */
bool foreign_key_put_orphan_count(Buf *out, const char *namespace,
    const Table *table, const ForeignKey *key, bool full,
    Error *err) MUST_CHECK;
/* All orphans: the primary key's columns, if there is one, then the foreign
 * key's. */
bool
foreign_key_put_orphans(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, bool full, Error *err) MUST_CHECK;

#endif
