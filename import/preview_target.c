#include "import/preview_target.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "import/array.h"
#include "import/readiness.h"

typedef struct {
	const Plan *plan;
	PreviewTarget *target;
	Arena *arena;
} Asking;

static const char who_sql[] =
    "SELECT current_user, current_database(),"
    " split_part(current_setting('server_version'), ' ', 1),"
    " pg_database_size(current_database())";

static bool
ask_who(Server *server, const Asking *asking, Error *err)
{
	PreviewTarget *target = asking->target;
	PGresult *result;

	if (!server_query(server, who_sql, NULL, 0, &result, err))
		return false;
	target->who = arena_format(asking->arena, err,
	    "database \"%s\", role \"%s\", PostgreSQL %s",
	    PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 0),
	    PQgetvalue(result, 0, 2));
	target->database_bytes = strtoull(PQgetvalue(result, 0, 3), NULL, 10);
	PQclear(result);
	return target->who != NULL;
}

static bool
ask_load(Server *server, const Asking *asking, Error *err)
{
	const char *values[] = { asking->plan->id };
	PreviewTarget *target = asking->target;
	PGresult *result;

	if (!ledger_find(server, asking->plan->id, &target->state, err) ||
	    !server_query(server,
		"SELECT to_char(started, 'YYYY-MM-DD HH24:MI') || ' UTC'"
		" FROM litehaul.load WHERE id = $1",
		values, 1, &result, err))
		return false;
	target->started = arena_text(asking->arena,
	    PQntuples(result) == 0 ? "" : PQgetvalue(result, 0, 0), err);
	PQclear(result);
	return target->started != NULL;
}

static bool
ask_hooks(Server *server, const Asking *asking, Error *err)
{
	const char *values[] = { asking->plan->id };
	PGresult *result;
	int row, hook;

	if (!server_query(server,
		"SELECT moment FROM litehaul.hook WHERE load_id = $1", values,
		1, &result, err))
		return false;
	for (row = 0; row < PQntuples(result); row++) {
		for (hook = 0; hook < HOOKS; hook++) {
			if (strcmp(PQgetvalue(result, row, 0),
				hooks_moment((Hook)hook)) == 0)
				asking->target->ran[hook] = true;
		}
	}
	PQclear(result);
	return true;
}

/* One row a table of the schema that is there. */
enum {
	TABLE_PLACE, /* from 1 */
	TABLE_OURS,
	TABLE_CHUNKS,
	TABLE_ROWS,
	TABLE_BYTES,
	TABLE_TRIGGERS,
};

#define TABLES_SQL(ours, chunks)                                             \
	"SELECT w.place, " ours ", " chunks ","                              \
	" greatest(c.reltuples, 0)::bigint, pg_total_relation_size(c.oid),"  \
	" (SELECT string_agg(quote_ident(t.tgname), ', ' ORDER BY t.tgname)" \
	"  FROM pg_trigger AS t WHERE t.tgrelid = c.oid"                     \
	"  AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"             \
	"  AND t.tgtype & 4 <> 0)"                                           \
	" FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY"   \
	"  AS w (namespace, name, directory, place)"                         \
	" JOIN pg_namespace AS n ON n.nspname = w.namespace"                 \
	" JOIN pg_class AS c ON c.relnamespace = n.oid"                      \
	"  AND c.relname = w.name"                                           \
	" WHERE $1 <> ''"

static const char tables_sql[] =
    TABLES_SQL("EXISTS (SELECT FROM litehaul.object AS o WHERE o.load_id = $1"
	       " AND o.relation = c.oid AND o.kind = '" LEDGER_TABLE "')",
	"(SELECT count(*) FROM litehaul.chunk AS k WHERE k.load_id = $1"
	" AND starts_with(k.path, 'data/' || w.directory || '/'))");
static const char tables_alone_sql[] = TABLES_SQL("false", "0");

static bool
take_tables(const Asking *asking, const PGresult *result, Error *err)
{
	PreviewTable *table;
	unsigned long place;
	int row;

	for (row = 0; row < PQntuples(result); row++) {
		place = strtoul(PQgetvalue(result, row, TABLE_PLACE), NULL, 10);
		table = &asking->target->tables[place - 1];
		table->there = true;
		table->ours = PQgetvalue(result, row, TABLE_OURS)[0] == 't';
		table->chunks =
		    strtoull(PQgetvalue(result, row, TABLE_CHUNKS), NULL, 10);
		table->rows =
		    strtoull(PQgetvalue(result, row, TABLE_ROWS), NULL, 10);
		table->bytes =
		    strtoull(PQgetvalue(result, row, TABLE_BYTES), NULL, 10);
		table->triggers = arena_text(asking->arena,
		    PQgetvalue(result, row, TABLE_TRIGGERS), err);
		if (table->triggers == NULL)
			return false;
	}
	return true;
}

static bool
ask_tables(Server *server, const Asking *asking, bool ledger, Error *err)
{
	const Plan *plan = asking->plan;
	Buf namespaces = { 0 }, names = { 0 }, directories = { 0 };
	const char *values[4] = { plan->id };
	const Table *table;
	PGresult *result;
	bool good;
	size_t i;

	good = array_begin(&namespaces, err) && array_begin(&names, err) &&
	    array_begin(&directories, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		table = &plan->schema->tables[i];
		good = array_put_text(&namespaces,
			   ddl_namespace(plan->namespace, table), err) &&
		    array_put_text(&names, table->name, err) &&
		    array_put_text(&directories, table->directory, err);
	}
	values[1] = good ? array_end(&namespaces, err) : NULL;
	values[2] = good ? array_end(&names, err) : NULL;
	values[3] = good ? array_end(&directories, err) : NULL;
	good = values[1] != NULL && values[2] != NULL && values[3] != NULL &&
	    server_query(server, ledger ? tables_sql : tables_alone_sql, values,
		4, &result, err);
	if (good) {
		good = take_tables(asking, result, err);
		PQclear(result);
	}
	buf_free(&namespaces);
	buf_free(&names);
	buf_free(&directories);
	return good;
}

/* The body of the transaction. */
static bool
ask(Server *server, void *context, Error *err)
{
	const Asking *asking = context;
	bool ledger, complete;

	if (!ask_who(server, asking, err) ||
	    !ledger_exists(server, &ledger, err))
		return false;
	asking->target->started = "";
	if (!ledger)
		return ask_tables(server, asking, false, err);
	return ask_load(server, asking, err) &&
	    ask_tables(server, asking, true, err) &&
	    ledger_is_complete(server, &complete, err) &&
	    (!complete || ask_hooks(server, asking, err));
}

bool
preview_target_read(
    const Plan *plan, PreviewTarget *target, Arena *arena, Error *err)
{
	Asking asking = { plan, target, arena };

	target->tables = arena_alloc(
	    arena, plan->schema->n_tables + 1, sizeof *target->tables, err);
	return target->tables != NULL &&
	    server_transact(
		plan->servers[0], SERVER_SNAPSHOT, ask, &asking, err) &&
	    readiness_sessions(
		plan->servers[0], UINT_MAX, &target->free_sessions, err);
}
