#include "import/status.h"

#include <stdlib.h>
#include <string.h>

#include "formats/json.h"

#include "import/array.h"
#include "import/ledger.h"
#include "import/sqlstate.h"
#include "import/status_table.h"

/* Digits of a load's id that are shown; enough to tell loads apart. */
#define ID_DIGITS 12

static const char *const keys[STATUS_FIELDS] = {
	[STATUS_ID] = "id",
	[STATUS_SOURCE] = "source",
	[STATUS_STATE] = "state",
	[STATUS_NAMESPACE] = "schema",
	[STATUS_TABLES_LOADED] = "tables_loaded",
	[STATUS_TABLES] = "tables",
	[STATUS_CHUNKS_LOADED] = "chunks_loaded",
	[STATUS_CHUNKS] = "chunks",
	[STATUS_ROWS] = "rows",
	[STATUS_REJECTED] = "rejected",
	[STATUS_SKIPPED] = "skipped",
	[STATUS_UPDATED] = "updated",
	[STATUS_STARTED] = "started",
	[STATUS_FINISHED] = "finished",
	[STATUS_VERIFIED] = "verified",
	[STATUS_PUBLISHED] = "published",
	[STATUS_CLIENT] = "client",
	[STATUS_OBSTACLE] = "obstacle",
};

/* What an older ledger may not have. */
enum {
	PART_REJECTS,
	PART_KEYS,
	PART_DATABASE,
};

static const char parts_sql[] =
    "SELECT to_regclass('litehaul.reject') IS NOT NULL,"
    " to_regclass('litehaul.foreign_key') IS NOT NULL,"
    " to_regprocedure('litehaul.database()') IS NOT NULL";

/*
 * j ->> 'column' is NULL where an older ledger has no such column.  Tables that
 * a load has made and somebody has dropped are made again; others are missing.
 * One that was published is where its tables are.  %s: rows that lost their
 * place after their chunk was loaded (refused.h), and the database that this is.
 */
static const char loads_sql[] =
    "SELECT l.id, l.source,"
    " CASE WHEN j ->> 'published' IS NOT NULL THEN 'published'"
    "  ELSE l.state END,"
    " CASE WHEN j ->> 'published' IS NOT NULL THEN coalesce(("
    "  SELECT string_agg(DISTINCT n.nspname, ', ') FROM litehaul.object AS o"
    "   JOIN pg_class AS c ON c.oid = o.relation"
    "   JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    "   WHERE o.load_id = l.id AND o.kind = '" LEDGER_TABLE "'), l.namespace)"
    "  ELSE l.namespace END,"
    " CASE WHEN l.state = 'finished' THEN o.tables ELSE o.loaded END,"
    " o.tables, c.chunks,"
    " CASE WHEN l.state = 'finished' THEN c.chunks ELSE o.chunks END,"
    " c.rows, c.rejected + %s, c.skipped, c.updated,"
    " to_char((j ->> 'started')::timestamptz, f.seconds),"
    " to_char((j ->> 'finished')::timestamptz, f.seconds),"
    " to_char((j ->> 'verified')::timestamptz, f.seconds),"
    " to_char((j ->> 'published')::timestamptz, f.seconds),"
    " j ->> 'client',"
    " CASE WHEN l.state = 'finished' THEN 'it is finished'"
    "  WHEN j ->> 'database' <> %s THEN 'it was begun in another database'"
    "  WHEN o.missing IS NOT NULL"
    "   THEN 'tables that were there are gone: ' || o.missing END"
    " FROM litehaul.load AS l,"
    " LATERAL to_jsonb(l) AS j,"
    " (SELECT 'YYYY-MM-DD HH24:MI:SS\"Z\"' AS seconds) AS f,"
    " LATERAL (SELECT"
    "  count(*) FILTER (WHERE kind <> '" LEDGER_LOADED "') AS tables,"
    "  count(*) FILTER (WHERE kind = '" LEDGER_LOADED "') AS loaded,"
    "  CASE WHEN bool_and(kind = '" LEDGER_LOADED "'"
    "   OR j ->> 'chunks' IS NOT NULL)"
    "   THEN sum((j ->> 'chunks')::bigint) END AS chunks,"
    "  string_agg(name, ', ' ORDER BY name) FILTER (WHERE"
    "   kind IN ('" LEDGER_EXISTING "', '" LEDGER_EMPTY "')"
    "   AND NOT EXISTS (SELECT FROM pg_class WHERE oid = relation)) AS missing"
    "  FROM litehaul.object AS o, LATERAL to_jsonb(o) AS j"
    "  WHERE load_id = l.id AND kind IN ('" LEDGER_TABLE "',"
    "   '" LEDGER_EXISTING "', '" LEDGER_EMPTY "', '" LEDGER_LOADED "')) AS o,"
    " LATERAL (SELECT count(*) AS chunks,"
    "  coalesce(sum((j ->> 'rows')::bigint), 0) AS rows,"
    "  coalesce(sum((j ->> 'rejected')::bigint), 0) AS rejected,"
    "  coalesce(sum((j ->> 'skipped')::bigint), 0) AS skipped,"
    "  coalesce(sum((j ->> 'updated')::bigint), 0) AS updated"
    "  FROM litehaul.chunk AS c, LATERAL to_jsonb(c) AS j"
    "  WHERE c.load_id = l.id) AS c"
    " ORDER BY l.started DESC, l.id";

static const char keys_sql[] =
    "SELECT k.load_id, k.relation::regclass, k.name, k.definition"
    " FROM litehaul.foreign_key AS k WHERE NOT EXISTS (SELECT"
    "  FROM pg_constraint AS c WHERE c.conrelid = k.relation"
    "  AND c.conname = k.name)"
    " AND EXISTS (SELECT FROM pg_class WHERE oid = k.relation)"
    " ORDER BY k.load_id, 2, 3";

static bool
is_number(int field)
{
	return field >= STATUS_TABLES_LOADED && field <= STATUS_UPDATED;
}

static void
put_field(JsonWriter *json, const PGresult *loads, int row, int field)
{
	const char *value = PQgetvalue(loads, row, field);

	if (PQgetisnull(loads, row, field))
		json_put_null(json, keys[field]);
	else if (is_number(field))
		json_put_integer(json, keys[field], strtoll(value, NULL, 10));
	else
		json_put_text(json, keys[field], value);
}

static void
put_keys(JsonWriter *json, const PGresult *off, const char *id)
{
	int row;

	json_begin_array(json, "foreign_keys_off");
	for (row = 0; row < PQntuples(off); row++) {
		if (strcmp(PQgetvalue(off, row, STATUS_KEY_LOAD), id) != 0)
			continue;
		json_begin_object(json, NULL);
		json_put_text(
		    json, "table", PQgetvalue(off, row, STATUS_KEY_TABLE));
		json_put_text(
		    json, "name", PQgetvalue(off, row, STATUS_KEY_NAME));
		json_put_text(json, "definition",
		    PQgetvalue(off, row, STATUS_KEY_DEFINITION));
		json_end(json);
	}
	json_end(json);
}

static bool
put_json(const StatusLoads *loads, Buf *out, Error *err)
{
	char digits[ID_DIGITS + 1];
	JsonWriter json;
	const char *id;
	int row, field;

	for (row = 0; row < PQntuples(loads->loads); row++) {
		id = PQgetvalue(loads->loads, row, STATUS_ID);
		(void)snprintf(digits, sizeof digits, "%s", id);
		json = (JsonWriter){ .out = out };
		json_begin_object(&json, NULL);
		json_put_text(&json, "load", digits);
		for (field = 0; field < STATUS_FIELDS; field++)
			put_field(&json, loads->loads, row, field);
		json_put_bool(&json, "resumable",
		    PQgetisnull(loads->loads, row, STATUS_OBSTACLE));
		put_keys(&json, loads->keys, id);
		json_end(&json);
		if (!json_finish(&json, err) || !buf_put_text(out, "\n", err))
			return false;
	}
	return true;
}

static bool
read_loads(Server *server, StatusLoads *loads, Error *err)
{
	PGresult *parts;
	Buf sql = { 0 };
	const char *text;
	bool good, has_keys;

	if (!server_query(server, parts_sql, NULL, 0, &parts, err))
		return false;
	has_keys = PQgetvalue(parts, 0, PART_KEYS)[0] == 't';
	good = buf_put_format(&sql, err, loads_sql,
	    PQgetvalue(parts, 0, PART_REJECTS)[0] == 't'
		? "(SELECT count(*) FROM litehaul.reject AS r"
		  " WHERE r.load_id = l.id AND right(r.path, 1) = '/')"
		: "0",
	    PQgetvalue(parts, 0, PART_DATABASE)[0] == 't'
		? "litehaul.database()"
		: "NULL");
	PQclear(parts);
	text = good ? buf_text(&sql, err) : NULL;
	good = text != NULL &&
	    server_query(server, text, NULL, 0, &loads->loads, err) &&
	    (!has_keys ||
		server_query(server, keys_sql, NULL, 0, &loads->keys, err));
	buf_free(&sql);
	return good;
}

static void
free_loads(StatusLoads *loads)
{
	PQclear(loads->loads);
	PQclear(loads->keys);
	*loads = (StatusLoads){ 0 };
}

/* The body of the transaction. */
static bool
look(Server *server, void *context, Error *err)
{
	StatusLoads *loads = context;
	bool exists;

	free_loads(loads);
	if (!ledger_exists(server, &exists, err))
		return false;
	return !exists || read_loads(server, loads, err);
}

bool
status_put(Server *server, bool json, Buf *out, Error *err)
{
	StatusLoads loads = { 0 };
	bool good;

	good = server_transact(server, SERVER_SNAPSHOT, look, &loads, err);
	if (good)
		good = json ? put_json(&loads, out, err)
			    : status_table_put(&loads, out, err);
	else if (strcmp(server_failure(server, PG_DIAG_SQLSTATE),
		     SQLSTATE_PRIVILEGE) == 0)
		(void)error_add(err,
		    "the ledger cannot be read. Its owner can permit it: GRANT "
		    "USAGE ON SCHEMA litehaul TO ...; GRANT SELECT ON ALL "
		    "TABLES IN SCHEMA litehaul TO ...");
	free_loads(&loads);
	return good;
}

typedef struct {
	const Plan *plan;
	const char *names, *chunks; /* arrays */
} Expected;

static bool
write_expected(Server *server, void *context, Error *err)
{
	const Expected *expected = context;
	const char *values[] = { expected->plan->id, expected->names,
		expected->chunks };
	PGresult *result;

	if (!ledger_lock(server, expected->plan->id, "tables", err) ||
	    !server_query(server,
		"UPDATE litehaul.object AS o SET chunks = n.chunks"
		" FROM unnest($2::text[], $3::bigint[]) AS n (name, chunks)"
		" WHERE o.load_id = $1 AND o.name = n.name"
		" AND o.kind <> '" LEDGER_LOADED "'"
		" AND o.chunks IS DISTINCT FROM n.chunks",
		values, 3, &result, err))
		return false;
	PQclear(result);
	return true;
}

bool
status_expect(const Plan *plan, const Manifest *manifest, Error *err)
{
	Buf names = { 0 }, chunks = { 0 };
	Expected expected = { .plan = plan };
	char number[24];
	bool good;
	size_t i;

	good = array_begin(&names, err) && array_begin(&chunks, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		(void)snprintf(
		    number, sizeof number, "%zu", manifest->tables[i].n_files);
		good = array_put_text(
			   &names, plan->schema->tables[i].directory, err) &&
		    array_put_text(&chunks, number, err);
	}
	expected.names = good ? array_end(&names, err) : NULL;
	expected.chunks = good ? array_end(&chunks, err) : NULL;
	good = expected.names != NULL && expected.chunks != NULL &&
	    server_transact(
		plan->servers[0], SERVER_QUICK, write_expected, &expected, err);
	buf_free(&names);
	buf_free(&chunks);
	return good;
}
