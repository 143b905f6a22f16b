/*
 * Foreign keys off and on again.
 *
 * Each has a transaction of its own, which changes the ledger with it and ends
 * at once: the parent may be a table that others live on, and it is locked as
 * a whole - against readers too while a key is taken off.  Whoever waits for
 * that lock makes all others wait behind him, so the wait is short, and made
 * again after a pause.  The child is locked before its parent, so nothing is
 * waited for while a parent is locked.
 */
#include "import/keys.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"
#include "import/blockers.h"
#include "import/interrupt.h"
#include "import/keys_query.h"
#include "import/ledger.h"
#include "import/statement.h"

/* Longer than deadlock_timeout, after which the server ends an autovacuum that
 * is in the way (1 s, if nobody has changed it). */
#define LOCK_WAIT "SET LOCAL lock_timeout = '2s'"

/* So often a lock is tried for: a quarter of a minute before the load has
 * begun, and more patiently after it. */
#define TRIES_OFF  6
#define TRIES_BACK 16

/* A key that an earlier, unfinished load has put back NOT VALID is what it was
 * before that load. */
static const char keep_sql[] =
    "INSERT INTO litehaul.foreign_key"
    " (load_id, relation, name, definition, parent, comment)"
    " SELECT $1, k.conrelid, k.conname,"
    " coalesce((SELECT min(f.definition) FROM litehaul.foreign_key AS f"
    "  WHERE f.relation = k.conrelid AND f.name = k.conname"
    "  AND NOT k.convalidated), pg_get_constraintdef(k.oid)),"
    " k.confrelid, obj_description(k.oid, 'pg_constraint')"
    " FROM pg_constraint AS k"
    " WHERE k.conrelid = $2::oid AND k.conname = $3 AND k.contype = 'f'"
    " ON CONFLICT (load_id, relation, name) DO UPDATE"
    " SET definition = excluded.definition, parent = excluded.parent,"
    " comment = excluded.comment";

/* Another run of the load may have finished it since we looked. */
static const char reopen_sql[] =
    "UPDATE litehaul.load SET state = 'loading', finished = NULL, rows = NULL"
    " WHERE id = $1 AND state <> 'loading'";

/* One that an unfinished load has taken off is ours to put back too. */
static const char adopt_sql[] =
    "INSERT INTO litehaul.foreign_key"
    " (load_id, relation, name, definition, parent, comment)"
    " SELECT $2, f.relation, f.name, min(f.definition), min(f.parent),"
    " min(f.comment)"
    " FROM litehaul.foreign_key AS f"
    " WHERE f.relation = ANY ($1::oid[]) AND NOT EXISTS ("
    "  SELECT FROM pg_constraint AS k"
    "  WHERE k.conrelid = f.relation AND k.conname = f.name)"
    " GROUP BY f.relation, f.name ON CONFLICT DO NOTHING";

/* Keys of the load $1 that are not there, as keys_query gives keys, and how to
 * make them; a relation that is gone needs none. */
static const char missing_sql[] =
    "SELECT f.relation, coalesce(f.parent, f.relation), n.nspname, c.relname,"
    " f.name, f.definition, coalesce(format("
    "  'COMMENT ON CONSTRAINT %I ON %I.%I IS %L',"
    "  f.name, n.nspname, c.relname, f.comment), '')"
    " FROM litehaul.foreign_key AS f"
    " JOIN pg_class AS c ON c.oid = f.relation"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE f.load_id = $1 AND NOT EXISTS ("
    "  SELECT FROM pg_constraint AS k"
    "  WHERE k.conrelid = f.relation AND k.conname = f.name)"
    " ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\","
    " f.name COLLATE \"C\"";

enum { MISSING_DEFINITION = KEYS_QUERY_NAME + 1, MISSING_COMMENT };

static const char not_valid[] = " NOT VALID";

typedef struct {
	const Plan *plan;
	BlockersKind kind; /* who is in the way */
	PGresult *keys;
	/* the key at work */
	int row;
	unsigned tries, most_tries;
} Change;

static const char *
value_of(const Change *change, int field)
{
	return PQgetvalue(change->keys, change->row, field);
}

/* Enough tries: false where somebody is in the way, who then is named. */
static bool
may_try_again(Server *server, const Change *change, Error *err)
{
	Buf relations = { 0 }, names = { 0 };
	const char *array = NULL, *text = NULL;
	bool good = false;

	if (array_begin(&relations, err) &&
	    array_put_text(
		&relations, value_of(change, KEYS_QUERY_RELATION), err) &&
	    array_put_text(
		&relations, value_of(change, KEYS_QUERY_PARENT), err))
		array = array_end(&relations, err);
	if (array != NULL &&
	    blockers_put(server, change->kind, array, &names, err))
		text = buf_text(&names, err);
	if (text != NULL && text[0] == '\0')
		good = true;
	else if (text != NULL)
		(void)error_set(err, ERROR_TARGET,
		    "the lock was not to be had in %u tries, because others "
		    "are at work on this table or the one it refers to: %s",
		    change->most_tries, text);
	buf_free(&relations);
	buf_free(&names);
	return good;
}

/* What a key's transaction begins with.  Another load may be about the same
 * key. */
static bool
begin_change(Server *server, Change *change, Error *err)
{
	if (change->tries++ >= change->most_tries &&
	    !may_try_again(server, change, err))
		return false;
	return ledger_lock(server, change->plan->id, "tables", err) &&
	    ledger_lock(server, value_of(change, KEYS_QUERY_RELATION),
		"foreign keys", err) &&
	    server_run(server, LOCK_WAIT, err);
}

/* ALTER TABLE "schema"."table" WHAT "name" DEFINITION: one statement, whatever
 * has become of the ledger. */
static bool
alter(Server *server, const Change *change, const char *what,
    const char *definition, Error *err)
{
	size_t size = strlen(definition), end = sizeof not_valid - 1;
	Buf sql = { 0 };
	const char *text = NULL;
	bool good;

	good = buf_put_text(&sql, "ALTER TABLE ", err) &&
	    ddl_put_name(&sql, value_of(change, KEYS_QUERY_SCHEMA),
		value_of(change, KEYS_QUERY_TABLE), err) &&
	    buf_put_text(&sql, what, err) &&
	    sqltext_put_name(&sql, value_of(change, KEYS_QUERY_NAME), err) &&
	    buf_put_text(&sql, " ", err) && buf_put_text(&sql, definition, err);
	if (good && size > 0 &&
	    (size < end || strcmp(definition + size - end, not_valid) != 0))
		good = buf_put_text(&sql, not_valid, err);
	if (good)
		text = buf_text(&sql, err);
	good = text != NULL && statement_run(server, text, NULL, 0, err);
	buf_free(&sql);
	return good;
}

/* The body of a transaction. */
static bool
take_off(Server *server, void *context, Error *err)
{
	Change *change = context;
	const char *values[3];

	values[0] = change->plan->id;
	values[1] = value_of(change, KEYS_QUERY_RELATION);
	values[2] = value_of(change, KEYS_QUERY_NAME);
	return begin_change(server, change, err) &&
	    statement_run(server, keep_sql, values, 3, err) &&
	    statement_run(server, reopen_sql, values, 1, err) &&
	    alter(server, change, " DROP CONSTRAINT IF EXISTS ", "", err);
}

static bool
ask_there(Server *server, const Change *change, bool *there, Error *err)
{
	const char *values[] = { value_of(change, KEYS_QUERY_RELATION),
		value_of(change, KEYS_QUERY_NAME) };
	PGresult *result;

	if (!server_query(server,
		"SELECT FROM pg_constraint"
		" WHERE conrelid = $1::oid AND conname = $2",
		values, 2, &result, err))
		return false;
	*there = PQntuples(result) > 0;
	PQclear(result);
	return true;
}

/* The body of a transaction. */
static bool
put_back(Server *server, void *context, Error *err)
{
	Change *change = context;
	const char *comment = value_of(change, MISSING_COMMENT);
	bool there;

	if (!begin_change(server, change, err) ||
	    !ask_there(server, change, &there, err))
		return false;
	if (there)
		return true;
	return alter(server, change, " ADD CONSTRAINT ",
		   value_of(change, MISSING_DEFINITION), err) &&
	    (comment[0] == '\0' ||
		statement_run(server, comment, NULL, 0, err));
}

static bool
change_key(Change *change, ServerBody *body, Error *err)
{
	change->tries = 0;
	return server_transact(change->plan->servers[0], SERVER_DURABLE, body,
		   change, err) ||
	    error_add(err, "table \"%s\", foreign key \"%s\"",
		value_of(change, KEYS_QUERY_TABLE),
		value_of(change, KEYS_QUERY_NAME));
}

/* The body of a transaction. */
static bool
list_present(Server *server, void *context, Error *err)
{
	Change *change = context;

	PQclear(change->keys);
	return keys_query(server, change->plan, &change->keys, err);
}

/* The body of a transaction. */
static bool
list_missing(Server *server, void *context, Error *err)
{
	Change *change = context;
	const char *values[] = { change->plan->id };

	PQclear(change->keys);
	return server_query(server, missing_sql, values, 1, &change->keys, err);
}

bool
keys_adopt(Server *server, const Plan *plan, Error *err)
{
	const char *values[] = { NULL, plan->id };
	Buf relations = { 0 };
	bool good;

	values[0] = keys_query_relations(plan, &relations, err);
	good = values[0] != NULL &&
	    statement_run(server, adopt_sql, values, 2, err);
	buf_free(&relations);
	return good;
}

bool
keys_take_off(const Plan *plan, Error *err)
{
	Change change = {
		.plan = plan,
		.kind = BLOCKERS_OF_READS_TOO,
		.most_tries = TRIES_OFF,
	};
	bool good;

	/* An earlier run may have taken them off. */
	if (plan->keys_stay)
		return keys_put_back(plan, err);
	good = server_transact(
	    plan->servers[0], SERVER_SNAPSHOT, list_present, &change, err);
	for (; good && change.row < PQntuples(change.keys); change.row++) {
		good = interrupt_check(err);
		if (good && value_of(&change, KEYS_QUERY_STAYS)[0] == '\0')
			good = change_key(&change, take_off, err);
	}
	PQclear(change.keys);
	return good;
}

bool
keys_are_back(Server *server, const Plan *plan, size_t table, const char *name,
    bool *back, Error *err)
{
	const char *values[] = { plan->id, plan->tables[table].relation, name };
	PGresult *result;

	if (!server_query(server,
		"SELECT FROM litehaul.foreign_key AS f"
		" LEFT JOIN pg_constraint AS k"
		"  ON k.conrelid = f.relation AND k.conname = f.name"
		" WHERE f.load_id = $1 AND f.relation = $2::oid"
		" AND CASE WHEN $3::text IS NULL THEN k.oid IS NOT NULL"
		" ELSE f.name = $3 END LIMIT 1",
		values, 3, &result, err))
		return false;
	*back = PQntuples(result) > 0;
	PQclear(result);
	return true;
}

bool
keys_take_off_again(Server *server, const Plan *plan, Error *err)
{
	Plan alone = *plan;

	alone.servers = &server;
	alone.n_servers = 1;
	return keys_take_off(&alone, err);
}

/* One that cannot be put back does not keep the others off. */
bool
keys_put_back(const Plan *plan, Error *err)
{
	Change change = {
		.plan = plan,
		.kind = BLOCKERS_OF_WRITES,
		.most_tries = TRIES_BACK,
	};
	Error ignored = { 0 };
	bool good;

	good = server_transact(
	    plan->servers[0], SERVER_DURABLE, list_missing, &change, err);
	for (; change.row < PQntuples(change.keys) &&
	     server_is_connected(plan->servers[0]);
	     change.row++) {
		if (change_key(&change, put_back, good ? err : &ignored))
			continue;
		good = false;
		change.most_tries = 1;
	}
	PQclear(change.keys);
	return good;
}
