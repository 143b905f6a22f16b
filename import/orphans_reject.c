#include "import/orphans_reject.h"

#include <stdlib.h>
#include <string.h>

#include "formats/sqltext.h"

#include "import/foreign_key.h"
#include "import/ledger.h"
#include "import/orphans_move.h"
#include "import/sqlstate.h"
#include "import/statement.h"

typedef struct {
	const Plan *plan;
	Arena arena;
	OrphansKeys list;
	uint64_t *moved;    /* by table */
	Buf *warnings;      /* by key; "" for none */
	const char **names; /* of the tables, qualified, by key */
	bool back;          /* keys of tables that were there are in force */
} Reject;

/* What acts on DELETE of the table $1. */
static const char guards_sql[] =
    "SELECT coalesce((SELECT min(t.tgname) FROM pg_trigger AS t"
    "  WHERE t.tgrelid = c.oid AND NOT t.tgisinternal"
    "  AND t.tgenabled IN ('O', 'A') AND t.tgtype & 8 <> 0),"
    " (SELECT min(r.rulename) FROM pg_rewrite AS r WHERE r.ev_class = c.oid"
    "  AND r.ev_type = '4' AND r.ev_enabled <> 'D'), '')"
    " FROM pg_class AS c WHERE c.oid = $1::text::regclass";

/* Keys in force that refer to the table $1: their table, whether we may read
 * it, and how rows of both, o and c, belong together. */
static const char outside_sql[] =
    "SELECT k.conrelid::regclass,"
    " has_table_privilege(k.conrelid, 'SELECT'),"
    " (SELECT string_agg(format('o.%I = c.%I', a.attname, p.attname),"
    "   ' AND ')"
    "  FROM unnest(k.conkey, k.confkey) AS part (child, parent)"
    "  JOIN pg_attribute AS a ON a.attrelid = k.conrelid"
    "   AND a.attnum = part.child"
    "  JOIN pg_attribute AS p ON p.attrelid = k.confrelid"
    "   AND p.attnum = part.parent)"
    " FROM pg_constraint AS k"
    " WHERE k.contype = 'f' AND k.conparentid = 0"
    " AND k.confrelid = $1::text::regclass"
    " ORDER BY 1";

enum { OUTSIDE_TABLE, OUTSIDE_READ, OUTSIDE_JOIN };

static bool
put_orphans(Buf *sql, const Reject *reject, const OrphansKey *key, Error *err)
{
	return foreign_key_put_orphan_rows(
	    sql, reject->plan->namespace, key->from, &key->key, key->full, err);
}

static bool
have_orphans(Server *server, const Reject *reject, const OrphansKey *key,
    bool *have, Error *err)
{
	Buf sql = { 0 };

	return statement_ask_put(server, &sql,
	    buf_put_text(&sql, "SELECT EXISTS (SELECT", err) &&
		put_orphans(&sql, reject, key, err) &&
		buf_put_text(&sql, ")", err),
	    have, err);
}

/* Say why the orphans of the key stay, if there are any. */
static bool
leave(Server *server, Reject *reject, size_t i, const char *why, Error *err)
{
	const OrphansKey *key = &reject->list.keys[i];
	Buf *warning = &reject->warnings[i];
	bool have;

	if (!have_orphans(server, reject, key, &have, err))
		return false;
	warning->size = 0;
	return !have ||
	    buf_put_format(warning, err,
		"table \"%s\": rows without a parent in \"%s\" cannot be set "
		"aside: %s",
		key->from->name, key->key.parent, why);
}

/* Does a trigger or rule act on DELETE?  *left where that is so. */
static bool
judge_guards(Server *server, Reject *reject, size_t i, bool *left, Error *err)
{
	const char *values[] = { reject->names[i] };
	char why[256];
	PGresult *result;
	bool good = true;

	if (!server_query(server, guards_sql, values, 1, &result, err))
		return false;
	*left = PQgetvalue(result, 0, 0)[0] != '\0';
	if (*left) {
		(void)snprintf(why, sizeof why,
		    "its \"%s\" acts on DELETE, and could reach other rows",
		    PQgetvalue(result, 0, 0));
		good = leave(server, reject, i, why, err);
	}
	PQclear(result);
	return good;
}

/* Does a row of another table refer to an orphan? */
static bool
is_referred(Server *server, const Reject *reject, const OrphansKey *key,
    const PGresult *outside, int row, bool *is, Error *err)
{
	Buf sql = { 0 };

	if (PQgetvalue(outside, row, OUTSIDE_READ)[0] != 't')
		return have_orphans(server, reject, key, is, err);
	return statement_ask_put(server, &sql,
	    buf_put_text(&sql, "SELECT EXISTS (SELECT", err) &&
		put_orphans(&sql, reject, key, err) &&
		buf_put_format(&sql, err,
		    " AND EXISTS (SELECT FROM %s AS o WHERE %s))",
		    PQgetvalue(outside, row, OUTSIDE_TABLE),
		    PQgetvalue(outside, row, OUTSIDE_JOIN)),
	    is, err);
}

/* From now on nobody can refer to an orphan anew. */
static bool
lock_orphans(
    Server *server, const Reject *reject, const OrphansKey *key, Error *err)
{
	Buf sql = { 0 };

	return statement_run_put(server, &sql,
	    buf_put_text(&sql, "SELECT count(*) FROM (SELECT", err) &&
		put_orphans(&sql, reject, key, err) &&
		buf_put_text(&sql, " FOR UPDATE OF c) AS locked", err),
	    err);
}

/* *chain where no other table refers to this one. */
static bool
judge_outside(Server *server, Reject *reject, size_t i, bool *left, bool *chain,
    Error *err)
{
	const OrphansKey *key = &reject->list.keys[i];
	const char *values[] = { reject->names[i] };
	PGresult *outside;
	char why[256];
	bool good = true;
	int row;

	if (!server_query(server, outside_sql, values, 1, &outside, err))
		return false;
	*chain = PQntuples(outside) == 0;
	if (!*chain)
		good = lock_orphans(server, reject, key, err);
	for (row = 0; good && !*left && row < PQntuples(outside); row++) {
		good =
		    is_referred(server, reject, key, outside, row, left, err);
		if (!good || !*left)
			continue;
		(void)snprintf(why, sizeof why, "rows of %s %s to them",
		    PQgetvalue(outside, row, OUTSIDE_TABLE),
		    PQgetvalue(outside, row, OUTSIDE_READ)[0] == 't'
			? "refer"
			: "may refer");
		good = leave(server, reject, i, why, err);
	}
	PQclear(outside);
	return good;
}

static bool
move(Server *server, Reject *reject, const OrphansKey *key, bool chain,
    uint64_t *moved, Error *err)
{
	const Table *table = &reject->plan->schema->tables[key->table];
	const char *values[] = { reject->plan->id, NULL, key->name };
	const char *text = NULL;
	Buf sql = { 0 }, path = { 0 };
	PGresult *result;
	bool good;

	if (buf_put_format(&path, err, "data/%s/", table->directory))
		values[1] = buf_text(&path, err);
	if (values[1] != NULL &&
	    orphans_move_put(&sql, reject->plan, key, chain, err))
		text = buf_text(&sql, err);
	good =
	    text != NULL && server_query(server, text, values, 3, &result, err);
	buf_free(&sql);
	buf_free(&path);
	if (!good)
		return error_add(err, "foreign key \"%s\"", key->name);
	*moved = strtoull(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return true;
}

/* Rows of the table have gone: those that refer to it are looked at again. */
static void
wake(Reject *reject, const OrphansKey *by)
{
	const Plan *plan = reject->plan;
	const Table *table = &plan->schema->tables[by->table];
	OrphansKey *key;
	size_t i;

	for (i = 0; i < reject->list.n; i++) {
		key = &reject->list.keys[i];
		if (strcmp(key->key.parent, table->name) == 0 &&
		    strcmp(foreign_key_parent_namespace(
			       plan->namespace, &key->key),
			ddl_namespace(plan->namespace, table)) == 0)
			key->waiting = true;
	}
}

static bool
look_at(Server *server, Reject *reject, size_t i, Error *err)
{
	OrphansKey *key = &reject->list.keys[i];
	bool left = false, chain;
	uint64_t moved = 0;

	key->waiting = false;
	if (!judge_guards(server, reject, i, &left, err))
		return false;
	if (!left && !judge_outside(server, reject, i, &left, &chain, err))
		return false;
	if (left)
		return true;
	chain = chain && key->self;
	if (!move(server, reject, key, chain, &moved, err))
		return false;
	if (moved == 0)
		return true;
	reject->moved[key->table] += moved;
	wake(reject, key);
	if (chain)
		key->waiting = false;
	return true;
}

static bool
look_at_all(Server *server, Reject *reject, Error *err)
{
	bool again;
	size_t i;

	do {
		again = false;
		for (i = 0; i < reject->list.n; i++) {
			if (!reject->list.keys[i].waiting)
				continue;
			again = true;
			if (!look_at(server, reject, i, err))
				return false;
		}
	} while (again);
	return true;
}

static bool
check_limit(Server *server, const Plan *plan, Error *err)
{
	const char *values[] = { plan->id };
	unsigned long long n;
	PGresult *result;

	if (plan->max_rejects == UINT64_MAX)
		return true;
	if (!server_query(server,
		"SELECT count(*) FROM litehaul.reject WHERE load_id = $1",
		values, 1, &result, err))
		return false;
	n = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	if (n <= plan->max_rejects)
		return true;
	return error_set(err, ERROR_FAILED,
	    "with them %llu rows would be set aside, more than "
	    "--max-rejects=%llu allows. They stay where they are; with "
	    "--orphans=keep they are left there",
	    n, (unsigned long long)plan->max_rejects);
}

/* Is there a key that the table has and that is not valid? */
static bool
is_unfinished(
    Server *server, const Reject *reject, bool *unfinished, Error *err)
{
	const char *values[2];
	PGresult *result;
	size_t i;

	*unfinished = false;
	for (i = 0; !*unfinished && i < reject->list.n; i++) {
		values[0] = reject->names[i];
		values[1] = reject->list.keys[i].name;
		if (!server_query(server,
			"SELECT FROM pg_constraint"
			" WHERE conrelid = $1::text::regclass"
			" AND conname = $2 AND NOT convalidated",
			values, 2, &result, err))
			return false;
		*unfinished = PQntuples(result) > 0;
		PQclear(result);
	}
	return true;
}

/* The keys of new tables, which are made again afterwards. */
static bool
drop_keys(Server *server, const Reject *reject, Error *err)
{
	const OrphansKey *key;
	const char *text;
	Buf sql = { 0 };
	bool good = true;
	size_t i;

	for (i = 0; good && i < reject->list.n; i++) {
		key = &reject->list.keys[i];
		sql.size = 0;
		text = NULL;
		if (ddl_put_alter(
			&sql, reject->plan->namespace, key->from, err) &&
		    buf_put_text(&sql, " DROP CONSTRAINT IF EXISTS ", err) &&
		    sqltext_put_name(&sql, key->name, err))
			text = buf_text(&sql, err);
		good = text != NULL && server_run(server, text, err);
	}
	buf_free(&sql);
	return good;
}

static void
clear(Reject *reject)
{
	size_t i;

	for (i = 0; reject->warnings != NULL && i < reject->list.n; i++)
		buf_free(&reject->warnings[i]);
	reject->warnings = NULL;
	reject->list = (OrphansKeys){ 0 };
	arena_free(&reject->arena);
}

static bool
list(Server *server, Reject *reject, Error *err)
{
	const Plan *plan = reject->plan;
	const OrphansKey *key;
	const char *text;
	Buf name = { 0 };
	bool good;
	size_t i;

	reject->moved = arena_alloc(
	    &reject->arena, plan->schema->n_tables + 1, sizeof(uint64_t), err);
	if (reject->moved == NULL ||
	    !orphans_keys_list(
		server, plan, &reject->arena, &reject->list, err))
		return false;
	reject->names = arena_alloc(
	    &reject->arena, reject->list.n + 1, sizeof *reject->names, err);
	reject->warnings =
	    arena_alloc(&reject->arena, reject->list.n + 1, sizeof(Buf), err);
	good = reject->names != NULL && reject->warnings != NULL;
	for (i = 0; good && i < reject->list.n; i++) {
		key = &reject->list.keys[i];
		name.size = 0;
		text =
		    ddl_put_table_name(&name, plan->namespace, key->from, err)
		    ? buf_text(&name, err)
		    : NULL;
		reject->names[i] =
		    text == NULL ? NULL : arena_text(&reject->arena, text, err);
		good = reject->names[i] != NULL;
	}
	buf_free(&name);
	return good;
}

static bool
wait(Server *server, const Plan *plan, Error *err)
{
	return server_run(server,
		   "SET LOCAL lock_timeout = 0;"
		   /* The shortest text that is the same double again. */
		   "SET LOCAL extra_float_digits = 1",
		   err) &&
	    ledger_lock(server, plan->id, "orphans", err);
}

/* Another importer of the load may have put keys back since they were taken
 * off. With the locks none comes until the transaction's end. */
static bool
look_for_keys(Server *server, Reject *reject, Error *err)
{
	const char *values[] = { reject->plan->id };
	Buf sql = { 0 };
	bool good;
	size_t i;

	for (i = 0; i < reject->list.n; i++) {
		good = buf_put_format(&sql, err,
		    "LOCK TABLE ONLY %s IN ROW EXCLUSIVE MODE",
		    reject->names[i]);
		if (!statement_run_put(server, &sql, good, err))
			return false;
	}
	return statement_ask(server,
	    "SELECT EXISTS (SELECT FROM litehaul.foreign_key AS f"
	    " JOIN pg_constraint AS k"
	    "  ON k.conrelid = f.relation AND k.conname = f.name"
	    " WHERE f.load_id = $1)",
	    values, 1, &reject->back, err);
}

/* The body of the transaction. */
static bool
reject_all(Server *server, void *context, Error *err)
{
	Reject *reject = context;
	bool unfinished = true;

	clear(reject);
	reject->back = false;
	if (!wait(server, reject->plan, err) || !list(server, reject, err))
		return false;
	if (reject->plan->existing) {
		if (!look_for_keys(server, reject, err))
			return false;
		if (reject->back)
			return true;
	} else {
		if (!is_unfinished(server, reject, &unfinished, err))
			return false;
		if (!unfinished)
			return true;
		if (!drop_keys(server, reject, err))
			return false;
	}
	return look_at_all(server, reject, err) &&
	    check_limit(server, reject->plan, err);
}

static bool
tell_moved(const Reject *reject, size_t table, KeysTell *tell, void *context,
    Error *err)
{
	unsigned long long n = reject->moved[table];
	const char *name = reject->plan->schema->tables[table].name, *text;
	Buf warning = { 0 };

	if (n == 0)
		return true;
	text = buf_put_format(&warning, err,
		   "table \"%s\": %llu %s without a parent %s set aside", name,
		   n, n == 1 ? "row" : "rows", n == 1 ? "was" : "were")
	    ? buf_text(&warning, err)
	    : NULL;
	if (text != NULL)
		tell(context, name, text);
	buf_free(&warning);
	return text != NULL;
}

static bool
tell_all(const Reject *reject, KeysTell *tell, void *context, Error *err)
{
	const char *text;
	size_t i;

	for (i = 0; i < reject->plan->schema->n_tables; i++) {
		if (!tell_moved(reject, i, tell, context, err))
			return false;
	}
	for (i = 0; i < reject->list.n; i++) {
		if (reject->warnings[i].size == 0)
			continue;
		text = buf_text(&reject->warnings[i], err);
		if (text == NULL)
			return false;
		tell(context, reject->list.keys[i].from->name, text);
	}
	return true;
}

/* REFERENCES on the parents is enough for the keys, but not to see them: then
 * nothing is set aside. */
static bool
tell_unseen(const Reject *reject, const Error *unseen, KeysTell *tell,
    void *context, Error *err)
{
	const char *name, *text;
	Buf warning = { 0 };

	if (reject->list.n == 0 ||
	    strcmp(server_failure(reject->plan->servers[0], PG_DIAG_SQLSTATE),
		SQLSTATE_PRIVILEGE) != 0) {
		*err = *unseen;
		return error_add(err, "rows without a parent");
	}
	name = reject->list.keys[0].from->name;
	text =
	    buf_put_format(&warning, err,
		"rows without a parent cannot be set aside: %s", unseen->text)
	    ? buf_text(&warning, err)
	    : NULL;
	if (text != NULL)
		tell(context, name, text);
	buf_free(&warning);
	return text != NULL;
}

bool
orphans_reject(const Plan *plan, KeysTell *tell, void *context, Error *err)
{
	Reject reject = { .plan = plan };
	Error unseen = { 0 };
	bool done, good;

	while ((done = server_transact(plan->servers[0], SERVER_DURABLE,
		    reject_all, &reject, &unseen)) &&
	    reject.back) {
		if (!keys_take_off(plan, err)) {
			clear(&reject);
			return false;
		}
	}
	good = done ? tell_all(&reject, tell, context, err)
		    : tell_unseen(&reject, &unseen, tell, context, err);
	clear(&reject);
	return good;
}

/* The body of a transaction. */
static bool
wait_alone(Server *server, void *context, Error *err)
{
	const Plan *const *plan = context;

	return wait(server, *plan, err);
}

bool
orphans_wait(const Plan *plan, Error *err)
{
	return server_transact(
	    plan->servers[0], SERVER_QUICK, wait_alone, &plan, err);
}
