/*
 * describe_keys: keys, foreign keys, checks and triggers of the tables that
 * describe.c has found; for that file only.
 */
#ifndef IMPORT_DESCRIBE_KEYS_H
#define IMPORT_DESCRIBE_KEYS_H

#include "formats/target.h"

#include "import/server.h"

/* Which tables: kinds, and schemas in $1; partitions are their table's. */
#define DESCRIBE_KEYS_WHERE              \
	" WHERE c.relkind IN ('r', 'p')" \
	" AND NOT c.relispartition"      \
	" AND n.nspname = ANY ($1::text[])"
/* The order of all that is read, so that rows of one table stand together. */
#define DESCRIBE_KEYS_ORDER \
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\""

/* Inside: oids has the tables' OIDs as text, in the Target's order;
 * namespaces is an array of names. */
bool describe_keys_read(Server *server, const char *namespaces,
    const char *const *oids, Target *target, Error *err) MUST_CHECK;

/* The rows from first on that are of the same table as it, the first column
 * being its OID. */
int describe_keys_run(const PGresult *rows, int first);

/* The table of a row, looked for from *from on, which moves there. */
TargetTable *describe_keys_table(const PGresult *rows, int row,
    const char *const *oids, Target *target, size_t *from);

#endif
