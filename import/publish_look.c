#include "import/publish_look.h"

#include <stdlib.h>
#include <string.h>

#include "import/array.h"
#include "import/ddl.h"
#include "import/ledger.h"
#include "import/namespace.h"
#include "import/publish.h"

enum { MADE_NAME, MADE_OID, MADE_SCHEMA, MADE_RELATION, MADE_REPLACED };

static const char made_sql[] =
    "SELECT o.name, c.oid, n.nspname, c.relname, (SELECT left(p.load_id, 12)"
    "  FROM litehaul.publication AS p WHERE p.replaced = c.oid LIMIT 1)"
    " FROM litehaul.object AS o"
    " JOIN pg_class AS c ON c.oid = o.relation"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE o.load_id = $1 AND o.kind = '" LEDGER_TABLE "'";

/* Where a table is that the load has made. */
static bool
place_table(PublishLook *look, PublishTable *table, const PGresult *made,
    int row, Error *err)
{
	const char *namespace = PQgetvalue(made, row, MADE_SCHEMA);
	const char *name = PQgetvalue(made, row, MADE_RELATION);
	bool same = strcmp(name, table->name) == 0;

	table->staged =
	    arena_text(&look->arena, PQgetvalue(made, row, MADE_OID), err);
	if (table->staged == NULL)
		return false;
	table->place = PUBLISH_LIVE;
	if (same && strcmp(namespace, table->live) == 0)
		return true;
	table->place = PUBLISH_STAGED;
	if (same && strcmp(namespace, table->beside) == 0)
		return true;
	if (!PQgetisnull(made, row, MADE_REPLACED))
		return error_set(err, ERROR_FAILED,
		    "table \"%s\" of this load was published, and load %s has "
		    "replaced it since: --rollback brings it back",
		    table->name, PQgetvalue(made, row, MADE_REPLACED));
	return error_set(err, ERROR_FAILED,
	    "table \"%s\" of this load is \"%s\" of schema \"%s\" now. Put it "
	    "back, or drop it, and run the same command again",
	    table->name, name, namespace);
}

static bool
find_made(Server *server, PublishLook *look, Error *err)
{
	const char *values[] = { look->plan->id };
	const Table *tables = look->plan->schema->tables;
	PGresult *made;
	bool good = true;
	size_t i;
	int row;

	if (!server_query(server, made_sql, values, 1, &made, err))
		return false;
	for (i = 0; good && i < look->n; i++) {
		for (row = 0; good && row < PQntuples(made); row++) {
			if (strcmp(PQgetvalue(made, row, MADE_NAME),
				tables[look->tables[i].table].directory) == 0)
				good = place_table(
				    look, &look->tables[i], made, row, err);
		}
	}
	PQclear(made);
	return good;
}

/* Schemas and names of all tables at work, as arrays. */
static bool
put_names(const PublishLook *look, PublishWhere where, Buf *namespaces,
    Buf *names, Error *err)
{
	const PublishTable *table;
	const char *namespace;
	size_t i;

	if (!array_begin(namespaces, err) || !array_begin(names, err))
		return false;
	for (i = 0; i < look->n; i++) {
		table = &look->tables[i];
		namespace = where == PUBLISH_AT_LIVE ? table->live
		    : where == PUBLISH_AT_BESIDE     ? table->beside
						     : table->kept;
		if (!array_put_text(namespaces, namespace, err) ||
		    !array_put_text(names, table->name, err))
			return false;
	}
	return array_end(namespaces, err) != NULL &&
	    array_end(names, err) != NULL;
}

bool
publish_look_ask(Server *server, const PublishLook *look, PublishWhere where,
    const char *sql, PGresult **answer, Error *err)
{
	Buf namespaces = { 0 }, names = { 0 };
	const char *values[2];
	bool good = put_names(look, where, &namespaces, &names, err);

	values[0] = (const char *)namespaces.data;
	values[1] = (const char *)names.data;
	good = good && server_query(server, sql, values, 2, answer, err);
	buf_free(&namespaces);
	buf_free(&names);
	return good;
}

size_t
publish_look_place(const PublishLook *look, const char *place)
{
	size_t i = strtoull(place, NULL, 10);

	return i < look->n ? i : look->n;
}

static bool
find_live(Server *server, PublishLook *look, Error *err)
{
	PGresult *live;
	PublishTable *table;
	bool good = true;
	int row;

	if (!publish_look_ask(server, look, PUBLISH_AT_LIVE,
		"SELECT w.place - 1, c.oid"
		" FROM unnest($1::text[], $2::text[]) WITH ORDINALITY"
		"  AS w (namespace, name, place)"
		" JOIN pg_namespace AS n ON n.nspname = w.namespace"
		" JOIN pg_class AS c ON c.relnamespace = n.oid"
		"  AND c.relname = w.name",
		&live, err))
		return false;
	for (row = 0; good && row < PQntuples(live); row++) {
		table = &look->tables[publish_look_place(
		    look, PQgetvalue(live, row, 0))];
		if (table->place == PUBLISH_LIVE)
			continue;
		table->old =
		    arena_text(&look->arena, PQgetvalue(live, row, 1), err);
		good = table->old != NULL;
	}
	PQclear(live);
	return good;
}

bool
publish_look_find(Server *server, PublishLook *look, Error *err)
{
	const Plan *plan = look->plan;
	PublishTable *table;
	size_t i;

	arena_free(&look->arena);
	look->n = 0;
	look->tables = arena_alloc(&look->arena, plan->schema->n_tables + 1,
	    sizeof *look->tables, err);
	if (look->tables == NULL)
		return false;
	for (i = 0; i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		table = &look->tables[look->n++];
		table->table = i;
		table->name = plan->schema->tables[i].name;
		table->live = publish_live_namespace(plan, i);
		table->beside =
		    ddl_namespace(plan->namespace, &plan->schema->tables[i]);
		table->kept = namespace_old(table->live, &look->arena, err);
		if (table->kept == NULL)
			return false;
	}
	return ledger_is_complete(server, &look->ledger, err) &&
	    (!look->ledger || find_made(server, look, err)) &&
	    find_live(server, look, err);
}

void
publish_look_free(PublishLook *look)
{
	arena_free(&look->arena);
}
