#include "import/ledger.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "import/array.h"
#include "import/ddl.h"
#include "import/foreign_key.h"
#include "import/statement.h"

#define CLIENT_BYTES 512

bool
ledger_id(const Digest *schema, const char *namespace, bool schema_only,
    char id[DIGEST_HEX_BYTES], Error *err)
{
	char hex[DIGEST_HEX_BYTES];
	Buf text = { 0 };
	Digest digest;
	bool good;

	digest_hex(schema, hex);
	good = buf_put_format(&text, err, "%s %s %s", hex,
		   schema_only ? "schema" : "data", namespace) &&
	    digest_of(text.data, text.size, &digest, err);
	if (good)
		digest_hex(&digest, id);
	buf_free(&text);
	return good;
}

bool
ledger_shape(const Schema *schema, const char *namespace, bool schema_only,
    char shape[DIGEST_HEX_BYTES], Error *err)
{
	Schema timeless = *schema;
	Buf text = { 0 };
	Digest digest;
	bool good;

	timeless.source.bytes = 0;
	timeless.source.modified = 0;
	good = schema_write(&timeless, &text, err) &&
	    digest_of(text.data, text.size, &digest, err) &&
	    ledger_id(&digest, namespace, schema_only, shape, err);
	buf_free(&text);
	return good;
}

const char *
ledger_put_names(const Plan *plan, Buf *names, Error *err)
{
	const Schema *schema = plan->schema;
	bool good;
	size_t i;

	good = array_begin(names, err);
	for (i = 0; good && i < schema->n_tables; i++) {
		if (plan->wanted[i])
			good = array_put_text(
			    names, schema->tables[i].directory, err);
	}
	return good ? array_end(names, err) : NULL;
}

bool
ledger_lock(Server *server, const char *id, const char *step, Error *err)
{
	const char *values[] = { id, step };

	return statement_run(server,
	    "SELECT pg_advisory_xact_lock("
	    "hashtextextended($1::text || ' ' || $2::text, 0))",
	    values, 2, err);
}

bool
ledger_find(Server *server, const char *id, LedgerState *state, Error *err)
{
	const char *values[] = { id };
	PGresult *result;

	if (!server_query(server,
		"SELECT state FROM litehaul.load WHERE id = $1", values, 1,
		&result, err))
		return false;
	if (PQntuples(result) == 0)
		*state = LEDGER_NONE;
	else if (strcmp(PQgetvalue(result, 0, 0), "finished") == 0)
		*state = LEDGER_FINISHED;
	else
		*state = LEDGER_LOADING;
	PQclear(result);
	return true;
}

/* "litehaul-import 1.0 on host"; the name is for people only. */
static void
describe_client(char text[CLIENT_BYTES])
{
	char host[HOST_NAME_MAX + 1];

	if (gethostname(host, sizeof host) != 0)
		host[0] = '\0';
	host[sizeof host - 1] = '\0';
	(void)snprintf(text, CLIENT_BYTES, "litehaul-import %s%s%s",
	    LITEHAUL_VERSION, host[0] == '\0' ? "" : " on ", host);
}

static const char begin_sql[] =
    "INSERT INTO litehaul.load"
    " (id, source, state, namespace, schema_sha256, client, shape, database)"
    " VALUES ($1, $2, 'loading', $3, $4, $5, $6, litehaul.database())"
    " ON CONFLICT (id) DO UPDATE SET state = 'loading', finished = NULL,"
    " rows = NULL, verified = NULL, shape = excluded.shape,"
    " database = excluded.database";

const char *
ledger_conflict(const Plan *plan)
{
	static const char *const names[] = {
		[CONFLICT_ERROR] = "error",
		[CONFLICT_SKIP] = "skip",
		[CONFLICT_UPDATE] = "update",
	};

	return names[plan->conflict];
}

bool
ledger_begin(Server *server, const Plan *plan, const Digest *schema, Error *err)
{
	char hex[DIGEST_HEX_BYTES], client[CLIENT_BYTES];
	const char *values[] = { plan->id, plan->schema->source.name,
		plan->namespace, hex, client, plan->shape };
	const char *conflict[] = { plan->id, NULL, ledger_conflict(plan) };
	Buf names = { 0 };
	bool good;

	digest_hex(schema, hex);
	describe_client(client);
	conflict[1] = ledger_put_names(plan, &names, err);
	good = conflict[1] != NULL &&
	    statement_run(server, begin_sql, values, 6, err) &&
	    statement_run(server,
		"UPDATE litehaul.object SET on_conflict = $3"
		" WHERE load_id = $1 AND name = ANY ($2::text[])"
		" AND on_conflict IS DISTINCT FROM $3",
		conflict, 3, err);
	buf_free(&names);
	return good;
}

bool
ledger_put_table(Server *server, const char *id, const char *kind,
    const char *namespace, const Table *table, Error *err)
{
	const char *values[] = { id, NULL, table->directory, kind };
	Buf text = { 0 };
	bool good = false;

	if (!buf_put_format(&text, err, "data/%s/", table->directory))
		goto done;
	values[1] = buf_text(&text, err);
	if (values[1] == NULL ||
	    !statement_run(server,
		"DELETE FROM litehaul.chunk WHERE load_id = $1"
		" AND starts_with(path, $2)",
		values, 2, err) ||
	    !statement_run(server,
		"DELETE FROM litehaul.reject WHERE load_id = $1"
		" AND starts_with(path, $2)",
		values, 2, err))
		goto done;
	text.size = 0;
	if (!ddl_put_table_name(&text, namespace, table, err))
		goto done;
	values[1] = buf_text(&text, err);
	good = values[1] != NULL &&
	    statement_run(server,
		"WITH old AS (DELETE FROM litehaul.object"
		"  WHERE load_id = $1 AND name = $3 AND kind <> $4::text)"
		" INSERT INTO litehaul.object"
		" (load_id, kind, name, relation, columns)"
		" SELECT $1, $4::text, $3, c.oid, " LEDGER_COLUMNS(
		    "c.oid") " FROM pg_class AS c WHERE c.oid = "
			     "$2::text::regclass"
			     " ON CONFLICT (load_id, kind, name)"
			     " DO UPDATE SET relation = excluded.relation,"
			     " columns = excluded.columns",
		values, 4, err);
done:
	buf_free(&text);
	return good;
}

bool
ledger_forget(Server *server, const char *id, Error *err)
{
	static const char *const statements[] = {
		"DELETE FROM litehaul.chunk WHERE load_id = $1",
		"DELETE FROM litehaul.object WHERE load_id = $1",
		"DELETE FROM litehaul.foreign_key WHERE load_id = $1",
		"DELETE FROM litehaul.reject WHERE load_id = $1",
		"DELETE FROM litehaul.hook WHERE load_id = $1",
		"DELETE FROM litehaul.publication WHERE load_id = $1",
		"DELETE FROM litehaul.load WHERE id = $1",
	};
	const char *values[] = { id };
	size_t i;

	for (i = 0; i < sizeof statements / sizeof statements[0]; i++) {
		if (!statement_run(server, statements[i], values, 1, err))
			return false;
	}
	return true;
}

/* What goes with a load's tables, and the load with its last one. */
bool
ledger_forget_tables(Server *server, const Plan *plan, Error *err)
{
	static const char *const statements[] = {
		"DELETE FROM litehaul.chunk WHERE load_id = $1"
		" AND split_part(path, '/', 2) = ANY ($2::text[])",
		"DELETE FROM litehaul.reject WHERE load_id = $1"
		" AND split_part(path, '/', 2) = ANY ($2::text[])",
		"DELETE FROM litehaul.foreign_key WHERE load_id = $1"
		" AND relation IN (SELECT relation FROM litehaul.object"
		"  WHERE load_id = $1 AND name = ANY ($2::text[]))",
		"DELETE FROM litehaul.object WHERE load_id = $1"
		" AND name = ANY ($2::text[])",
	};
	const char *values[] = { plan->id, NULL };
	PGresult *left = NULL;
	Buf names = { 0 };
	bool good = false;
	size_t i;

	values[1] = ledger_put_names(plan, &names, err);
	if (values[1] == NULL)
		goto done;
	for (i = 0; i < sizeof statements / sizeof statements[0]; i++) {
		if (!statement_run(server, statements[i], values, 2, err))
			goto done;
	}
	good = server_query(server,
	    "SELECT FROM litehaul.object WHERE load_id = $1 LIMIT 1", values, 1,
	    &left, err);
	if (good && PQntuples(left) == 0)
		good = ledger_forget(server, plan->id, err);
done:
	PQclear(left);
	buf_free(&names);
	return good;
}

bool
ledger_affirm(Server *server, const char *id, Error *err)
{
	const char *values[] = { id };
	PGresult *result;
	bool there, here;

	if (!server_query(server,
		"SELECT coalesce(database = litehaul.database(), true)"
		" FROM litehaul.load WHERE id = $1",
		values, 1, &result, err))
		return false;
	there = PQntuples(result) == 1;
	here = there && PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (here)
		return true;
	if (there)
		return error_set(err, ERROR_TARGET,
		    "the ledger speaks of another database: this one is a copy "
		    "of that which the load began in, or the connection leads "
		    "to another server now. If all its tables came with it as "
		    "they were: UPDATE litehaul.load SET database = "
		    "litehaul.database() WHERE id = '%s'; to start over, use "
		    "--clean or another database",
		    id);
	return error_set(err, ERROR_FAILED,
	    "the load is no longer in the ledger: another litehaul-import "
	    "with --clean or --undo has removed it, or this is not the "
	    "database that it began in. Run the same command again to begin "
	    "it anew");
}

typedef struct {
	const char *id;
	const Plan *plan;
} Load;

/* A commit that writes nothing would not flush what earlier ones wrote. */
static bool
settle(Server *server, void *context, Error *err)
{
	const Load *load = context;
	const char *values[] = { load->id };

	return ledger_affirm(server, load->id, err) &&
	    statement_run(server,
		"UPDATE litehaul.load SET state = state WHERE id = $1", values,
		1, err);
}

bool
ledger_settle(Server *server, const char *id, Error *err)
{
	Load load = { .id = id };

	return server_transact(server, SERVER_DURABLE, settle, &load, err);
}

/* Tables of which this or another run is not done yet keep a load unfinished. */
static const char finish_sql[] =
    "UPDATE litehaul.load SET state = 'finished', finished = now(),"
    " rows = (SELECT coalesce(sum(rows - rejected - skipped - updated), 0)"
    "   FROM litehaul.chunk WHERE load_id = $1)"
    "  - (SELECT count(*) FROM litehaul.reject"
    "   WHERE load_id = $1 AND right(path, 1) = '/')"
    " WHERE id = $1 AND NOT EXISTS ("
    "  SELECT FROM litehaul.object AS o WHERE o.load_id = $1"
    "  AND o.kind <> '" LEDGER_LOADED "' AND NOT EXISTS ("
    "   SELECT FROM litehaul.object AS l WHERE l.load_id = $1"
    "   AND l.kind = '" LEDGER_LOADED "' AND l.name = o.name"
    "   AND l.relation = o.relation))";

bool
ledger_finish_inside(Server *server, const char *id, Error *err)
{
	const char *values[] = { id };

	return ledger_affirm(server, id, err) &&
	    statement_run(server, finish_sql, values, 1, err);
}

/* n_tables where the dump has it not. */
static size_t
find_parent(const Plan *plan, const ForeignKey *key)
{
	const char *namespace =
	    foreign_key_parent_namespace(plan->namespace, key);
	const Schema *schema = plan->schema;
	size_t i = 0;

	while (i < schema->n_tables &&
	    (strcmp(schema->tables[i].name, key->parent) != 0 ||
		strcmp(ddl_namespace(plan->namespace, &schema->tables[i]),
		    namespace) != 0))
		i++;
	return i;
}

/* Pairs of child and parent, as two arrays. */
static bool
put_children(const Plan *plan, Buf *children, Buf *parents, Error *err)
{
	const Schema *schema = plan->schema;
	const Table *child;
	bool good;
	size_t i, k, parent;

	good = array_begin(children, err) && array_begin(parents, err);
	for (i = 0; i < schema->n_tables; i++) {
		child = &schema->tables[i];
		for (k = 0; good && k < child->n_foreign_keys; k++) {
			parent = find_parent(plan, &child->foreign_keys[k]);
			if (parent < schema->n_tables)
				good = array_put_text(
					   children, child->directory, err) &&
				    array_put_text(parents,
					schema->tables[parent].directory, err);
		}
	}
	return good && array_end(children, err) != NULL &&
	    array_end(parents, err) != NULL;
}

/* Tables that were complete without the foreign keys to those that have become
 * so now: a run that includes them makes the keys. */
static const char reopen_sql[] =
    "DELETE FROM litehaul.object AS c"
    " USING unnest($3::text[], $4::text[]) AS f (child, parent),"
    " litehaul.object AS p"
    " WHERE c.load_id = $1 AND c.kind = '" LEDGER_LOADED "'"
    " AND c.name = f.child AND c.name <> ALL ($2::text[])"
    " AND p.load_id = $1 AND p.kind = '" LEDGER_LOADED "'"
    " AND p.name = f.parent AND p.name = ANY ($2::text[])"
    " AND NOT EXISTS (SELECT FROM pg_constraint AS k"
    "  WHERE k.contype = 'f' AND k.conrelid = c.relation"
    "  AND k.confrelid = p.relation)";

static bool
reopen_children(Server *server, const Plan *plan, const char *names, Error *err)
{
	const char *values[] = { plan->id, names, NULL, NULL };
	Buf children = { 0 }, parents = { 0 };
	bool good;

	good = put_children(plan, &children, &parents, err) &&
	    (values[2] = buf_text(&children, err)) != NULL &&
	    (values[3] = buf_text(&parents, err)) != NULL &&
	    statement_run(server, reopen_sql, values, 4, err);
	buf_free(&children);
	buf_free(&parents);
	return good;
}

static bool
finish(Server *server, void *context, Error *err)
{
	const Load *load = context;
	const Plan *plan = load->plan;
	const char *values[] = { plan->id, NULL };
	Buf names = { 0 };
	bool good;

	values[1] = ledger_put_names(plan, &names, err);
	good = values[1] != NULL &&
	    ledger_lock(server, plan->id, "tables", err) &&
	    statement_run(server,
		"INSERT INTO litehaul.object (load_id, kind, name, relation)"
		" SELECT load_id, '" LEDGER_LOADED "', name, relation"
		" FROM litehaul.object WHERE load_id = $1"
		" AND kind = '" LEDGER_TABLE "' AND name = ANY ($2::text[])"
		" ON CONFLICT (load_id, kind, name)"
		" DO UPDATE SET relation = excluded.relation",
		values, 2, err) &&
	    reopen_children(server, plan, values[1], err) &&
	    ledger_finish_inside(server, plan->id, err);
	buf_free(&names);
	return good;
}

bool
ledger_finish(Server *server, const Plan *plan, Error *err)
{
	Load load = { .plan = plan };

	return server_transact(server, SERVER_DURABLE, finish, &load, err);
}
