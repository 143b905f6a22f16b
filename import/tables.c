#include "import/tables.h"

#include <string.h>

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/sqltext.h"

#include "import/array.h"
#include "import/ddl.h"
#include "import/namespace.h"
#include "import/trust.h"

/* Tables made or dropped in one transaction.  Each takes about six entries of
 * the server's lock table, which has at least 64 * 100 by default. */
#define BATCH_TABLES 500

/* Names listed in a message before "and N more". */
#define LISTED_NAMES 30

typedef struct {
	const Plan *plan;
	const Digest *schema;
	size_t from, to; /* this transaction's part of the schema's tables */
	PGresult *relations; /* by schema and name: RELATION_... */
	Buf namespaces;      /* of all wanted tables, as an array */
	bool finished;       /* all of them were complete before */
} Tables;

static const char relations_sql[] =
    "SELECT n.nspname, c.relname, own.load_id IS NOT NULL,"
    " (SELECT min(l.source) FROM litehaul.object AS o"
    "  JOIN litehaul.load AS l ON l.id = o.load_id"
    "  WHERE o.relation = c.oid AND l.id <> $1 AND l.state = 'loading'"
    "  AND o.kind = '" LEDGER_TABLE "'),"
    " EXISTS (SELECT FROM litehaul.object AS d WHERE d.load_id = $1"
    "  AND d.kind = '" LEDGER_LOADED "' AND d.relation = c.oid)"
    " FROM pg_class AS c"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_index AS x ON x.indexrelid = c.oid"
    " LEFT JOIN litehaul.object AS own ON own.load_id = $1"
    "  AND own.kind = '" LEDGER_TABLE "'"
    "  AND own.relation = coalesce(x.indrelid, c.oid)"
    " WHERE n.nspname = ANY ($2::text[])"
    " ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

enum {
	RELATION_NAMESPACE,
	RELATION_NAME,
	RELATION_OURS,
	RELATION_SOURCE, /* of another load, unfinished, that made it */
	RELATION_LOADED, /* ours, and complete */
};

static bool
list_namespaces(Tables *tables, Error *err)
{
	const char *const *names;
	Arena arena = { 0 };
	bool good;
	size_t i, n;

	good = plan_namespaces(tables->plan, &arena, &names, &n, err) &&
	    array_begin(&tables->namespaces, err);
	for (i = 0; good && i < n; i++)
		good = array_put_text(&tables->namespaces, names[i], err);
	arena_free(&arena);
	return good && array_end(&tables->namespaces, err) != NULL;
}

static bool
read_relations(Server *server, Tables *tables, const char *sql, Error *err)
{
	const char *values[] = { tables->plan->id,
		(const char *)tables->namespaces.data };

	PQclear(tables->relations);
	return server_query(server, sql, values, 2, &tables->relations, err);
}

/* The row of a relation, -1 where it is not there. */
static int
find_relation(const Tables *tables, const char *namespace, const char *name)
{
	int low = 0, high = PQntuples(tables->relations), middle, order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(
		    PQgetvalue(tables->relations, middle, RELATION_NAMESPACE),
		    namespace);
		if (order == 0)
			order = strcmp(PQgetvalue(tables->relations, middle,
					   RELATION_NAME),
			    name);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static int
find_table(const Tables *tables, const Table *table)
{
	return find_relation(
	    tables, ddl_namespace(tables->plan->namespace, table), table->name);
}

static bool
is_ours(const Tables *tables, int relation)
{
	return PQgetvalue(tables->relations, relation, RELATION_OURS)[0] == 't';
}

static bool
is_loaded(const Tables *tables, int relation)
{
	return PQgetvalue(tables->relations, relation, RELATION_LOADED)[0] ==
	    't';
}

/* A list of names that are in the way. */
typedef struct {
	Buf text;
	size_t n;
	const char *source; /* of an unfinished load that owns one */
} Obstacles;

static bool
add_obstacle(const Tables *tables, const char *kind, const char *namespace,
    const char *name, Obstacles *obstacles, Error *err)
{
	int relation = find_relation(tables, namespace, name);

	if (relation < 0 || is_ours(tables, relation))
		return true;
	if (!PQgetisnull(tables->relations, relation, RELATION_SOURCE))
		obstacles->source =
		    PQgetvalue(tables->relations, relation, RELATION_SOURCE);
	if (++obstacles->n > LISTED_NAMES)
		return true;
	if (!buf_put_format(&obstacles->text, err, "%s%s \"%s\"",
		obstacles->n == 1 ? "" : ", ", kind, name))
		return false;
	return strcmp(namespace, tables->plan->namespace) == 0 ||
	    buf_put_format(
		&obstacles->text, err, " in schema \"%s\"", namespace);
}

static bool
add_table_obstacles(const Tables *tables, const Table *table, Arena *arena,
    Obstacles *obstacles, Error *err)
{
	const char *namespace = ddl_namespace(tables->plan->namespace, table);
	const char *name;
	size_t i, n = obstacles->n;

	if (!add_obstacle(
		tables, "table", namespace, table->name, obstacles, err))
		return false;
	if (obstacles->n > n) /* its indexes need not be said */
		return true;
	for (i = 0; i < table->n_indexes; i++) {
		name = ddl_index_name(table, i, arena, err);
		if (name == NULL ||
		    !add_obstacle(
			tables, "index", namespace, name, obstacles, err))
			return false;
	}
	return true;
}

static bool
refuse(const Tables *tables, Obstacles *obstacles, Error *err)
{
	const char *list = buf_text(&obstacles->text, err);

	if (list == NULL)
		return false;
	if (obstacles->source != NULL)
		return error_set(err, ERROR_FAILED,
		    "schema \"%s\" of the target holds tables of an unfinished "
		    "load of \"%s\" with names that this one needs: %s%s. "
		    "Finish that load, or use --clean to drop them first",
		    tables->plan->namespace, obstacles->source, list,
		    obstacles->n > LISTED_NAMES ? " and more" : "");
	return error_set(err, ERROR_FAILED,
	    "schema \"%s\" of the target already has %s%s. Use -a to add "
	    "rows to tables that are there, --clean to drop such tables "
	    "first, or -n to load into another schema",
	    tables->plan->namespace, list,
	    obstacles->n > LISTED_NAMES ? " and more" : "");
}

/* Is anything in the way that is not this load's? */
static bool
check_obstacles(const Tables *tables, Error *err)
{
	const Schema *schema = tables->plan->schema;
	Obstacles obstacles = { 0 };
	Arena arena = { 0 };
	bool good = false;
	size_t i;

	for (i = 0; i < schema->n_tables; i++) {
		if (tables->plan->wanted[i] &&
		    !add_table_obstacles(
			tables, &schema->tables[i], &arena, &obstacles, err))
			goto done;
	}
	good = obstacles.n == 0 || refuse(tables, &obstacles, err);
done:
	arena_free(&arena);
	buf_free(&obstacles.text);
	return good;
}

static bool
make_table(Server *server, const Tables *tables, const Table *table, Error *err)
{
	const Plan *plan = tables->plan;
	const char *text;
	Buf sql = { 0 };
	bool good;

	good = ddl_put_table(&sql, plan->namespace, table, err);
	text = good ? buf_text(&sql, err) : NULL;
	good = text != NULL && server_run(server, text, err) &&
	    ledger_put_table(
		server, plan->id, LEDGER_TABLE, plan->namespace, table, err);
	buf_free(&sql);
	return good || error_add(err, "table \"%s\"", table->name);
}

static bool
make_namespaces(Server *server, const Tables *tables, Error *err)
{
	const Plan *plan = tables->plan;
	const char *const *names;
	Arena arena = { 0 };
	bool good;
	size_t i, n;

	good = plan_namespaces(plan, &arena, &names, &n, err);
	for (i = 0; good && i < n; i++)
		good = namespace_make(server, names[i], err);
	arena_free(&arena);
	return good;
}

/* Several loads may be about the same schemas. */
static bool
lock_namespaces(Server *server, const Tables *tables, Error *err)
{
	const char *const *names;
	Arena arena = { 0 };
	bool good;
	size_t i, n;

	good = plan_namespaces(tables->plan, &arena, &names, &n, err);
	for (i = 0; good && i < n; i++)
		good = ledger_lock(server, names[i], "schema", err);
	arena_free(&arena);
	return good;
}

/* Make those of the batch that are not there; all is set to whether the load
 * had completed those that are. */
static bool
make_missing(Server *server, const Tables *tables, bool *all, Error *err)
{
	const Plan *plan = tables->plan;
	const Table *table;
	int relation;
	size_t i;

	*all = true;
	for (i = tables->from; i < tables->to; i++) {
		table = &plan->schema->tables[i];
		if (!plan->wanted[i])
			continue;
		relation = find_table(tables, table);
		if (relation >= 0 && is_loaded(tables, relation))
			continue;
		*all = false;
		if (relation < 0 && !make_table(server, tables, table, err))
			return false;
	}
	return true;
}

static bool
make_batch(Server *server, void *context, Error *err)
{
	Tables *tables = context;
	const Plan *plan = tables->plan;
	LedgerState state;
	bool all;

	if (!ledger_lock(server, plan->id, "tables", err) ||
	    !lock_namespaces(server, tables, err) ||
	    (tables->from == 0 && !trust_check(server, plan, err)) ||
	    !read_relations(server, tables, relations_sql, err) ||
	    !check_obstacles(tables, err) ||
	    !make_namespaces(server, tables, err) ||
	    !ledger_find(server, plan->id, &state, err) ||
	    !make_missing(server, tables, &all, err))
		return false;
	if (state == LEDGER_NONE || !all)
		tables->finished = false;
	if (all && state != LEDGER_NONE)
		return true;
	return ledger_begin(server, plan, tables->schema, err);
}

static bool
run_batches(Tables *tables, ServerBody *batch, Error *err)
{
	size_t n = tables->plan->schema->n_tables;

	do {
		tables->to = tables->from + BATCH_TABLES < n
		    ? tables->from + BATCH_TABLES
		    : n;
		if (!server_transact(tables->plan->servers[0], SERVER_DURABLE,
			batch, tables, err))
			return false;
		tables->from = tables->to;
	} while (tables->from < n);
	return true;
}

bool
tables_prepare(
    const Plan *plan, const Digest *schema, LedgerState *state, Error *err)
{
	Tables tables = { .plan = plan, .schema = schema, .finished = true };
	bool good = list_namespaces(&tables, err);

	if (good)
		good = run_batches(&tables, make_batch, err);
	PQclear(tables.relations);
	buf_free(&tables.namespaces);
	*state = tables.finished ? LEDGER_FINISHED : LEDGER_LOADING;
	return good;
}

/* Without a ledger nothing can be this load's. */
static const char strangers_sql[] =
    "SELECT n.nspname, c.relname, false, NULL, false"
    " FROM pg_class AS c"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE $1 <> '' AND n.nspname = ANY ($2::text[])"
    " ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

static bool
look(Server *server, void *context, Error *err)
{
	Tables *tables = context;
	bool ledger, complete;

	return ledger_exists(server, &ledger, err) &&
	    ledger_is_complete(server, &complete, err) &&
	    (!complete || trust_check(server, tables->plan, err)) &&
	    read_relations(
		server, tables, ledger ? relations_sql : strangers_sql, err) &&
	    check_obstacles(tables, err);
}

bool
tables_look(const Plan *plan, Error *err)
{
	Tables tables = { .plan = plan };
	bool good = list_namespaces(&tables, err) &&
	    server_transact(
		plan->servers[0], SERVER_SNAPSHOT, look, &tables, err);

	PQclear(tables.relations);
	buf_free(&tables.namespaces);
	return good;
}

static bool
is_wanted(const Plan *plan, const char *namespace, const char *name)
{
	const Table *table;
	size_t i;

	for (i = 0; i < plan->schema->n_tables; i++) {
		table = &plan->schema->tables[i];
		if (plan->wanted[i] && strcmp(table->name, name) == 0 &&
		    strcmp(ddl_namespace(plan->namespace, table), namespace) ==
			0)
			return true;
	}
	return false;
}

/* Foreign keys between tables that are dropped in different transactions go
 * first; the others go with their tables. */
static bool
drop_foreign_keys(Server *server, const Tables *tables, Error *err)
{
	const char *values[] = { (const char *)tables->namespaces.data };
	PGresult *keys;
	Buf sql = { 0 };
	const char *text;
	bool good = false;
	int i;

	if (!server_query(server,
		"SELECT n.nspname, c.relname, k.conname"
		" FROM pg_constraint AS k"
		" JOIN pg_class AS c ON c.oid = k.conrelid"
		" JOIN pg_namespace AS n ON n.oid = c.relnamespace"
		" WHERE k.contype = 'f' AND k.conparentid = 0"
		" AND n.nspname = ANY ($1::text[])",
		values, 1, &keys, err))
		return false;
	for (i = 0; i < PQntuples(keys); i++) {
		if (!is_wanted(tables->plan, PQgetvalue(keys, i, 0),
			PQgetvalue(keys, i, 1)))
			continue;
		sql.size = 0;
		if (!buf_put_text(&sql, "ALTER TABLE ", err) ||
		    !ddl_put_name(&sql, PQgetvalue(keys, i, 0),
			PQgetvalue(keys, i, 1), err) ||
		    !buf_put_text(&sql, " DROP CONSTRAINT ", err) ||
		    !sqltext_put_name(&sql, PQgetvalue(keys, i, 2), err))
			goto done;
		text = buf_text(&sql, err);
		if (text == NULL || !server_run(server, text, err))
			goto done;
	}
	good = true;
done:
	PQclear(keys);
	buf_free(&sql);
	return good;
}

/* DROP TABLE a, b, c; false in *any where none is there. */
static bool
put_drop(const Tables *tables, Buf *sql, bool *any, Error *err)
{
	const Plan *plan = tables->plan;
	const Table *table;
	size_t i;

	*any = false;
	for (i = tables->from; i < tables->to; i++) {
		table = &plan->schema->tables[i];
		if (!plan->wanted[i] || find_table(tables, table) < 0)
			continue;
		if (!buf_put_text(sql, *any ? ", " : "DROP TABLE ", err) ||
		    !ddl_put_table_name(sql, plan->namespace, table, err))
			return false;
		*any = true;
	}
	return true;
}

static bool
drop_batch(Server *server, void *context, Error *err)
{
	Tables *tables = context;
	const char *text;
	Buf sql = { 0 };
	bool any, good = false;

	if (!ledger_lock(server, tables->plan->id, "tables", err) ||
	    !read_relations(server, tables, relations_sql, err))
		return false;
	if (tables->plan->schema->n_tables > BATCH_TABLES &&
	    !drop_foreign_keys(server, tables, err))
		return false;
	if (!put_drop(tables, &sql, &any, err))
		goto done;
	text = buf_text(&sql, err);
	/* Another importer of this load may be at it: when the tables are gone,
	 * what it has put into them is in the ledger. */
	good = text != NULL && (!any || server_run(server, text, err)) &&
	    ledger_forget_tables(server, tables->plan, err);
done:
	buf_free(&sql);
	return good;
}

bool
tables_drop(const Plan *plan, Error *err)
{
	Tables tables = { .plan = plan };
	bool good = list_namespaces(&tables, err);

	if (good)
		good = run_batches(&tables, drop_batch, err);
	PQclear(tables.relations);
	buf_free(&tables.namespaces);
	return good || error_add(err, "--clean");
}
