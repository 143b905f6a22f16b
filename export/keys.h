/*
 * keys: a table's indexes and foreign keys, from SQLite's pragmas and the
 * CREATE statements, into the schema.  What cannot be carried is left out with
 * the reason.
 */
#ifndef EXPORT_KEYS_H
#define EXPORT_KEYS_H

#include <sqlite3.h>

#include "export/ddlscan.h"
#include "export/objects.h"
#include "formats/schema.h"

typedef struct {
	sqlite3 *db;
	const Objects *objects;
	Schema *schema;
} KeysContext;

/*
 * Fill table->indexes, the primary key first, then as they were made.
 * primary is the column that alone is the PRIMARY KEY, -1 for none or several:
 * where SQLite keeps no index for it, it is the rowid, and rowid_column is set.
 * *walk is the name of the index that is the table itself (WITHOUT ROWID),
 * else NULL.
 */
bool keys_read_indexes(const KeysContext *context, Table *table,
    const DdlTable *ddl, int primary, const char **walk, Error *err) MUST_CHECK;

/* Fill table->foreign_keys; all tables of the schema must be there. */
bool keys_read_foreign_keys(const KeysContext *context, Table *table,
    const DdlTable *ddl, Error *err) MUST_CHECK;

/* Add to schema->left_out; NULL texts count as "". */
bool keys_leave_out(Schema *schema, const LeftOut *what, Error *err) MUST_CHECK;

/* Index of the column with that name, ASCII case ignored; -1 for none. */
int keys_find_column(const Table *table, const char *name);

#endif
