#include "import/orphans.h"

#include <stdlib.h>
#include <string.h>

#include "import/ddl.h"
#include "import/foreign_key.h"

/* Enough to find the cause, little enough for one line. */
#define NAMED_ORPHANS 20

typedef struct {
	const char *namespace;
	const Table *table;
	const ForeignKey *key;
	bool full;
	const char *name;
	Buf *text;
} Orphans;

static bool
query(Server *server, Buf *sql, bool good, PGresult **result, Error *err)
{
	const char *text = good ? buf_text(sql, err) : NULL;

	good = text != NULL && server_query(server, text, NULL, 0, result, err);
	buf_free(sql);
	return good;
}

/* "id=7 has user_id=99": columns of the primary key, then of the foreign. */
static bool
put_row(const Orphans *orphans, const PGresult *rows, int row, Error *err)
{
	int i, n = PQnfields(rows);
	int n_primary = n - (int)orphans->key->n_columns;
	const char *before;

	for (i = 0; i < n; i++) {
		before = i == 0 ? "" : i == n_primary ? " has " : " ";
		if (!buf_put_format(orphans->text, err, "%s%s=%.60s", before,
			PQfname(rows, i), PQgetvalue(rows, row, i)))
			return false;
	}
	return true;
}

static bool
put_rows(const Orphans *orphans, const PGresult *rows, Error *err)
{
	int i;

	for (i = 0; i < PQntuples(rows); i++) {
		if (!buf_put_text(orphans->text, i == 0 ? ": " : "; ", err) ||
		    !put_row(orphans, rows, i, err))
			return false;
	}
	return true;
}

/* Name the first few, and say how to list the others. */
static bool
name_rows(Server *server, const Orphans *orphans, bool more, Error *err)
{
	PGresult *rows;
	Buf sql = { 0 }, first = { 0 };
	bool good;

	if (!foreign_key_put_orphans(&sql, orphans->namespace, orphans->table,
		orphans->key, orphans->full, err)) {
		buf_free(&sql);
		return false;
	}
	good = query(server, &first,
	    buf_put(&first, sql.data, sql.size, err) &&
		buf_put_format(&first, err, " LIMIT %d", NAMED_ORPHANS),
	    &rows, err);
	if (good) {
		good = put_rows(orphans, rows, err);
		PQclear(rows);
	}
	if (good && more)
		good =
		    buf_put_text(orphans->text, "; ... All of them: ", err) &&
		    buf_put(orphans->text, sql.data, sql.size, err);
	buf_free(&sql);
	return good;
}

static bool
describe(Server *server, void *context, Error *err)
{
	const Orphans *orphans = context;
	const char *count;
	PGresult *rows;
	Buf sql = { 0 };
	bool good, more;

	orphans->text->size = 0;
	if (!query(server, &sql,
		foreign_key_put_orphan_count(&sql, orphans->namespace,
		    orphans->table, orphans->key, orphans->full, err),
		&rows, err))
		return false;
	count = PQgetvalue(rows, 0, 0);
	more = strtoull(count, NULL, 10) > NAMED_ORPHANS;
	good = buf_put_format(orphans->text, err,
	    "table \"%s\": %s %s no parent in \"%s\" (foreign key \"%s\", "
	    "kept NOT VALID; nothing was deleted)",
	    orphans->table->name, count,
	    strcmp(count, "1") == 0 ? "row has" : "rows have",
	    orphans->key->parent, orphans->name);
	PQclear(rows);
	return good && name_rows(server, orphans, more, err);
}

bool
orphans_describe(Server *server, const char *namespace, const OrphansOf *of,
    Buf *text, Error *err)
{
	Orphans orphans = { namespace, of->table, of->key, of->full, of->name,
		text };

	if (server_transact(server, SERVER_QUICK, describe, &orphans, err))
		return true;
	return error_add(
	    err, "table \"%s\", orphans of \"%s\"", of->table->name, of->name);
}
