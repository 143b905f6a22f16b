#include "import/undo.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"
#include "import/attached.h"
#include "import/ddl.h"
#include "import/keys.h"
#include "import/ledger.h"
#include "import/ledger_drop.h"
#include "import/namespace.h"
#include "import/sqlstate.h"
#include "import/statement.h"

/* Tables dropped in one transaction; see tables.c. */
#define BATCH_TABLES 500

/* Names listed in a message before "and more". */
#define LISTED_NAMES 30

enum {
	MADE_OID,
	MADE_SCHEMA,
	MADE_NAME,
	MADE_ROWS, /* that the load has put there */
	MADE_SOURCE,
	MADE_PUBLISHED, /* it is live by a publication */
	MADE_REPLACED,  /* it is kept by one */
};

/* Orphans that were set aside have lost their chunk; see ledger.h. */
static const char made_sql[] =
    "SELECT c.oid, n.nspname, c.relname, coalesce(s.rows, 0), l.source,"
    " EXISTS (SELECT FROM litehaul.publication AS p"
    "  WHERE p.relation = c.oid),"
    " EXISTS (SELECT FROM litehaul.publication AS p"
    "  WHERE p.replaced = c.oid)"
    " FROM litehaul.load AS l"
    " JOIN litehaul.object AS o ON o.load_id = l.id"
    "  AND o.kind = '" LEDGER_TABLE "'"
    " JOIN pg_class AS c ON c.oid = o.relation AND c.relkind IN ('r', 'p')"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN (SELECT split_part(path, '/', 2) AS directory,"
    "   sum(rows) AS rows FROM ("
    "    SELECT path, rows - rejected - skipped - updated AS rows"
    "     FROM litehaul.chunk WHERE load_id = $1"
    "    UNION ALL SELECT path, -1 FROM litehaul.reject"
    "     WHERE load_id = $1 AND right(path, 1) = '/') AS part"
    "  GROUP BY 1) AS s ON s.directory = o.name"
    " WHERE l.id = $1 ORDER BY c.oid";

/* Tables that were there, and hold rows of the load. */
static const char existing_sql[] =
    "SELECT DISTINCT coalesce(t.relname, o.name) FROM litehaul.object AS o"
    " JOIN litehaul.chunk AS c ON c.load_id = o.load_id"
    "  AND starts_with(c.path, 'data/' || o.name || '/')"
    " LEFT JOIN pg_class AS t ON t.oid = o.relation"
    " WHERE o.load_id = $1"
    " AND o.kind IN ('" LEDGER_EXISTING "', '" LEDGER_EMPTY "')"
    " AND c.rows > c.rejected + c.skipped ORDER BY 1";

typedef struct {
	const Undo *wish;
	Buf *told;
	Arena arena;
	const char *id, *source, *namespace;
	PGresult *made;
	int n; /* tables of this transaction */
	/* Schemas that tables were dropped of, each once. */
	const char **namespaces;
	size_t n_namespaces;
	size_t n_dropped; /* before this transaction */
	bool done;
} Change;

static const char *
value_of(const Change *change, int row, int field)
{
	return PQgetvalue(change->made, row, field);
}

static bool
is_true(const Change *change, int row, int field)
{
	return value_of(change, row, field)[0] == 't';
}

static bool
refuse_none(Error *err)
{
	return error_set(err, ERROR_FAILED,
	    "there is no ledger in the target, and so no load to undo");
}

/* One load, or it is not clear which. */
static bool
choose(Change *change, const PGresult *loads, Error *err)
{
	int n = PQntuples(loads), row;
	Buf list = { 0 };
	const char *text;
	bool good = true;

	if (n == 0)
		return error_set(err, ERROR_FAILED,
		    "the ledger knows no such load (%.12s); --status lists "
		    "those that it knows",
		    change->wish->ids[0]);
	if (n == 1) {
		change->id =
		    arena_text(&change->arena, PQgetvalue(loads, 0, 0), err);
		change->source =
		    arena_text(&change->arena, PQgetvalue(loads, 0, 1), err);
		change->namespace =
		    arena_text(&change->arena, PQgetvalue(loads, 0, 2), err);
		return change->id != NULL && change->source != NULL &&
		    change->namespace != NULL;
	}
	for (row = 0; good && row < n && row < LISTED_NAMES; row++)
		good = buf_put_format(&list, err, "%s%.12s of \"%s\"",
		    row == 0 ? "" : ", ", PQgetvalue(loads, row, 0),
		    PQgetvalue(loads, row, 1));
	text = good ? buf_text(&list, err) : NULL;
	if (text != NULL)
		(void)error_set(err, ERROR_FAILED,
		    "%d loads could be meant: %s. Name one: --undo=LOAD", n,
		    text);
	buf_free(&list);
	return false;
}

/* The body of a transaction. */
static bool
find_load(Server *server, void *context, Error *err)
{
	Change *change = context;
	const char *values[1];
	PGresult *loads;
	Buf ids = { 0 };
	bool ledger, good;
	size_t i;

	if (!ledger_is_complete(server, &ledger, err))
		return false;
	if (!ledger)
		return refuse_none(err);
	good = array_begin(&ids, err);
	for (i = 0; good && i < change->wish->n_ids; i++)
		good = array_put_text(&ids, change->wish->ids[i], err);
	values[0] = good ? array_end(&ids, err) : NULL;
	good = values[0] != NULL &&
	    server_query(server,
		"SELECT id, source, namespace FROM litehaul.load AS l"
		" WHERE EXISTS (SELECT FROM unnest($1::text[]) AS i"
		"  WHERE starts_with(l.id, i)) ORDER BY started, id",
		values, 1, &loads, err);
	buf_free(&ids);
	if (!good)
		return false;
	good = choose(change, loads, err);
	PQclear(loads);
	return good;
}

/* The body of a transaction: may it be undone at all? */
static bool
check_existing(Server *server, void *context, Error *err)
{
	Change *change = context;
	const char *values[] = { change->id }, *text;
	Buf list = { 0 };
	PGresult *names;
	bool good = true;
	int row, n;

	if (!server_query(server, existing_sql, values, 1, &names, err))
		return false;
	n = PQntuples(names);
	for (row = 0; good && row < n && row < LISTED_NAMES; row++)
		good = buf_put_format(&list, err, "%s\"%s\"",
		    row == 0 ? "" : ", ", PQgetvalue(names, row, 0));
	PQclear(names);
	text = good ? buf_text(&list, err) : NULL;
	good = text != NULL;
	if (good && n > 0)
		good = error_set(err, ERROR_FAILED,
		    "load %.12s of \"%s\" has put rows into tables that were "
		    "there, and they cannot be told from the others: %s%s. "
		    "Delete them yourself",
		    change->id, change->source, text,
		    n > LISTED_NAMES ? " and more" : "");
	buf_free(&list);
	return good;
}

static bool
count(Server *server, const Change *change, int row, bool *same, Error *err)
{
	const char *values[] = { value_of(change, row, MADE_ROWS) }, *text;
	Buf sql = { 0 };
	bool good;

	good = buf_put_text(&sql, "SELECT count(*) = $1::bigint FROM ", err) &&
	    ddl_put_name(&sql, value_of(change, row, MADE_SCHEMA),
		value_of(change, row, MADE_NAME), err);
	text = good ? buf_text(&sql, err) : NULL;
	good =
	    text != NULL && statement_ask(server, text, values, 1, same, err);
	buf_free(&sql);
	return good;
}

/* Nobody writes to the table from now on. */
static bool
lock(Server *server, const Change *change, int row, Error *err)
{
	Buf sql = { 0 };

	return statement_run_put(server, &sql,
	    buf_put_text(&sql, "LOCK TABLE ", err) &&
		ddl_put_name(&sql, value_of(change, row, MADE_SCHEMA),
		    value_of(change, row, MADE_NAME), err) &&
		buf_put_text(&sql, " IN SHARE ROW EXCLUSIVE MODE", err),
	    err);
}

static bool
judge_table(Server *server, const Change *change, int row, Error *err)
{
	const char *name = value_of(change, row, MADE_NAME);
	FitReport *report = change->wish->report;
	bool same;

	if (is_true(change, row, MADE_REPLACED))
		return fit_problem(report, err,
		    "table \"%s\" is kept for --rollback, in schema \"%s\": "
		    "--discard drops it",
		    name, value_of(change, row, MADE_SCHEMA));
	if (is_true(change, row, MADE_PUBLISHED))
		return fit_problem(report, err,
		    "table \"%s\" is published: --rollback takes it back "
		    "first",
		    name);
	if ((!change->wish->dry_run && !lock(server, change, row, err)) ||
	    !count(server, change, row, &same, err))
		return error_add(err, "table \"%s\"", name);
	return same ||
	    fit_problem(report, err,
		"table \"%s\" does not hold the %s rows that the load has put "
		"there: others have changed it since",
		name, value_of(change, row, MADE_ROWS));
}

static bool
judge(Server *server, const Change *change, Error *err)
{
	FitReport *report = change->wish->report;
	Buf relations = { 0 };
	const char *array;
	bool good;
	int row;
	size_t n;

	good = array_begin(&relations, err);
	for (row = 0; good && row < PQntuples(change->made); row++)
		good = array_put_text(
		    &relations, value_of(change, row, MADE_OID), err);
	array = good ? array_end(&relations, err) : NULL;
	good = array != NULL &&
	    attached_tell(server, ATTACHED_DROPPED, array, report, err);
	for (row = 0; good && row < change->n; row++)
		good = judge_table(server, change, row, err);
	buf_free(&relations);
	n = fit_problems(report);
	if (!good || n == 0)
		return good;
	return error_set(err, ERROR_FAILED,
	    "load %.12s of \"%s\" cannot be undone: %zu %s, and nothing was "
	    "changed. What is to go in spite of that, drop yourself first",
	    change->id, change->source, n, n == 1 ? "problem" : "problems");
}

/* Foreign keys of tables that go later, to those that go now. */
static bool
drop_keys(Server *server, const Change *change, const char *now, Error *err)
{
	const char *values[] = { now, change->id };

	if (change->n == PQntuples(change->made))
		return true;
	return statement_run_listed(server,
	    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I',"
	    "  conrelid::regclass, conname) FROM pg_constraint"
	    " WHERE contype = 'f' AND confrelid = ANY ($1::oid[])"
	    " AND conrelid <> ALL ($1::oid[]) AND conrelid IN ("
	    "  SELECT relation FROM litehaul.object WHERE load_id = $2"
	    "  AND kind = '" LEDGER_TABLE "')",
	    values, 2, err);
}

static bool
drop_tables(Server *server, const Change *change, Error *err)
{
	Buf now = { 0 }, sql = { 0 };
	const char *array;
	bool good;
	int row;

	good = array_begin(&now, err);
	for (row = 0; good && row < change->n; row++)
		good = array_put_text(
			   &now, value_of(change, row, MADE_OID), err) &&
		    buf_put_text(&sql, row == 0 ? "DROP TABLE " : ", ", err) &&
		    ddl_put_name(&sql, value_of(change, row, MADE_SCHEMA),
			value_of(change, row, MADE_NAME), err);
	array = good ? array_end(&now, err) : NULL;
	good = array != NULL && drop_keys(server, change, array, err);
	buf_free(&now);
	if (change->n > 0)
		return statement_run_put(server, &sql, good, err);
	buf_free(&sql);
	return good;
}

/* Remember the schemas of this transaction's tables. */
static bool
note_namespaces(Change *change, Error *err)
{
	size_t n = change->n_namespaces, k, room;
	const char *name, **names;
	int row;

	room = n + (size_t)change->n + 1;
	names = arena_alloc(&change->arena, room, sizeof *names, err);
	if (names == NULL)
		return false;
	if (n > 0)
		memcpy(names, change->namespaces, n * sizeof *names);
	else /* the load's own, with or without tables */
		names[n++] = change->namespace;
	for (row = 0; row < change->n; row++) {
		name = value_of(change, row, MADE_SCHEMA);
		for (k = 0; k < n && strcmp(names[k], name) != 0; k++)
			continue;
		if (k < n)
			continue;
		names[n] = arena_text(&change->arena, name, err);
		if (names[n++] == NULL)
			return false;
	}
	change->namespaces = names;
	change->n_namespaces = n;
	return true;
}

/* Keys that were valid before the load are so again. */
static const char validate_sql[] =
    "SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I',"
    "  k.conrelid::regclass, k.conname) FROM litehaul.foreign_key AS f"
    " JOIN pg_constraint AS k ON k.conrelid = f.relation"
    "  AND k.conname = f.name AND NOT k.convalidated"
    " WHERE f.load_id = $1 AND f.definition NOT LIKE '% NOT VALID'";

/* With no table left. */
static bool
finish(Server *server, Change *change, Error *err)
{
	const char *values[] = { change->id };
	size_t i;

	if (!statement_run_listed(server, validate_sql, values, 1, err))
		return false;
	for (i = 0; i < change->n_namespaces; i++) {
		if (!namespace_drop(server, change->namespaces[i], err))
			return false;
	}
	change->done = true;
	return ledger_forget(server, change->id, err) &&
	    ledger_drop(server, err);
}

static bool
tell(const Change *change, Error *err)
{
	bool dry_run = change->wish->dry_run;
	size_t n = change->n_dropped +
	    (size_t)(dry_run ? PQntuples(change->made) : change->n);

	change->told->size = 0;
	return buf_put_format(change->told, err,
	    "%s load %.12s of \"%s\": %zu %s %s",
	    dry_run ? "would undo" : "undid", change->id, change->source, n,
	    n == 1 ? "table" : "tables",
	    dry_run ? "would be dropped" : "dropped");
}

static bool
tell_gone(const Change *change, Error *err)
{
	change->told->size = 0;
	return buf_put_format(change->told, err,
	    "load %.12s of \"%s\" is gone: another litehaul-import has undone "
	    "it meanwhile",
	    change->id, change->source);
}

/* Is the load there?  Not where the answer to our own COMMIT was lost. */
static bool
is_there(Server *server, const Change *change, bool *there, Error *err)
{
	const char *values[] = { change->id };

	*there = false;
	/* Who had the lock may have taken the ledger along. */
	return ledger_lock(server, change->id, "tables", err) &&
	    ledger_is_complete(server, there, err) &&
	    (!*there ||
		statement_ask(server,
		    "SELECT true FROM litehaul.load WHERE id = $1", values, 1,
		    there, err));
}

/* The body of a transaction. */
static bool
drop_batch(Server *server, void *context, Error *err)
{
	Change *change = context;
	const char *values[] = { change->id };
	bool there;

	fit_clear(change->wish->report);
	change->done = false;
	if (!is_there(server, change, &there, err))
		return false;
	if (!there) {
		change->done = true;
		return change->told->size > 0 || tell_gone(change, err);
	}
	PQclear(change->made);
	change->made = NULL;
	if (!ledger_affirm(server, change->id, err) ||
	    !server_query(server, made_sql, values, 1, &change->made, err))
		return false;
	change->n = PQntuples(change->made);
	if (change->n > BATCH_TABLES)
		change->n = BATCH_TABLES;
	if (!judge(server, change, err) || !tell(change, err))
		return false;
	if (change->wish->dry_run) {
		change->done = true;
		return true;
	}
	return drop_tables(server, change, err) &&
	    note_namespaces(change, err) &&
	    (change->n < PQntuples(change->made) ||
		finish(server, change, err));
}

static bool
drop_all(Change *change, Error *err)
{
	Server *server = change->wish->plan->servers[0];

	do {
		change->n_dropped += (size_t)change->n;
		change->n = 0;
		if (!server_transact(
			server, SERVER_DURABLE, drop_batch, change, err))
			return false;
	} while (!change->done);
	return true;
}

/* Foreign keys that a load into existing tables has taken off come back in any
 * case. */
static bool
run(Change *change, Error *err)
{
	Plan *plan = change->wish->plan;
	Server *server = plan->servers[0];

	if (!server_transact(server, SERVER_SNAPSHOT, find_load, change, err))
		return false;
	(void)snprintf(plan->id, sizeof plan->id, "%s", change->id);
	return (change->wish->dry_run || keys_put_back(plan, err)) &&
	    server_transact(
		server, SERVER_SNAPSHOT, check_existing, change, err) &&
	    drop_all(change, err);
}

/* Another may have undone it, and taken the ledger along, at any moment. */
static bool
excuse(Change *change, Error *err)
{
	const Server *server = change->wish->plan->servers[0];
	const char *state = server_failure(server, PG_DIAG_SQLSTATE);

	if ((strcmp(state, SQLSTATE_NO_TABLE) != 0 &&
		strcmp(state, SQLSTATE_NO_FUNCTION) != 0) ||
	    strstr(err->text, "litehaul.") == NULL)
		return false;
	return change->id == NULL ? refuse_none(err) : tell_gone(change, err);
}

bool
undo_run(const Undo *undo, Buf *told, Error *err)
{
	Change change = { .wish = undo, .told = told };
	bool good = run(&change, err) || excuse(&change, err);

	PQclear(change.made);
	arena_free(&change.arena);
	return good;
}
