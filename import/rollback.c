#include "import/rollback.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"
#include "import/attached.h"
#include "import/ddl.h"
#include "import/ledger.h"
#include "import/namespace.h"
#include "import/statement.h"
#include "import/swap.h"

enum {
	ROW_LOAD,
	ROW_LIVE, /* schema */
	ROW_NAME,
	ROW_PUBLISHED, /* OID, and where it is now */
	ROW_PUBLISHED_PLACE,
	ROW_REPLACED,
	ROW_REPLACED_SCHEMA, /* where it should be */
	ROW_REPLACED_PLACE,  /* and is */
	ROW_SOURCE,
	ROW_TIME,
};

/*
 * A table's place is NULL where it is gone, "" where it is as recorded.  %s: of
 * which loads.
 */
static const char rows_sql[] =
    "SELECT p.load_id, p.namespace, p.name, p.relation, new.place, p.replaced,"
    " p.replaced_namespace, old.place, l.source,"
    " to_char(p.published, 'YYYY-MM-DD HH24:MI:SS\"Z\"')"
    " FROM litehaul.publication AS p"
    " JOIN litehaul.load AS l ON l.id = p.load_id"
    " LEFT JOIN LATERAL (SELECT CASE WHEN n.nspname = p.namespace"
    "   AND c.relname = p.name THEN ''"
    "   ELSE format('%%I.%%I', n.nspname, c.relname) END AS place"
    "  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    "  WHERE c.oid = p.relation) AS new ON true"
    " LEFT JOIN LATERAL (SELECT CASE WHEN n.nspname = p.replaced_namespace"
    "   AND c.relname = p.name THEN ''"
    "   ELSE format('%%I.%%I', n.nspname, c.relname) END AS place"
    "  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    "  WHERE c.oid = p.replaced) AS old ON true"
    " WHERE p.load_id IN (%s)"
    " ORDER BY p.namespace COLLATE \"C\", p.name COLLATE \"C\"";

/* $1: a schema, or NULL for any. */
static const char last_sql[] = "SELECT load_id FROM litehaul.publication"
			       " WHERE namespace = coalesce($1, namespace)"
			       " ORDER BY published DESC, load_id LIMIT 1";

/* Publications that keep something, all of their tables. */
static const char kept_sql[] =
    "SELECT load_id FROM litehaul.publication"
    " WHERE namespace = coalesce($1, namespace) AND replaced IS NOT NULL";

typedef struct {
	const Rollback *wish;
	Buf *told;
	Swap swap;
	Arena arena;
	PGresult *rows;
	char id[DIGEST_HEX_BYTES]; /* of the first try, "" for none */
} Change;

static const char *
value_of(const Change *change, int row, int field)
{
	return PQgetvalue(change->rows, row, field);
}

static bool
is_null(const Change *change, int row, int field)
{
	return PQgetisnull(change->rows, row, field) == 1;
}

/* Read the rows of the publications of the loads that another query
 * selects. */
static bool
find(Server *server, Change *change, const char *loads, Error *err)
{
	const char *values[] = { change->wish->namespace };
	const char *sql;
	bool ledger;

	fit_clear(change->wish->report);
	PQclear(change->rows);
	change->rows = NULL;
	if (!ledger_is_complete(server, &ledger, err))
		return false;
	if (!ledger)
		return true;
	sql = arena_format(&change->arena, err, rows_sql, loads);
	return sql != NULL && ledger_lock(server, "publication", "swap", err) &&
	    server_query(server, sql, values, 1, &change->rows, err);
}

static bool
check_report(const Change *change, const char *what, Error *err)
{
	size_t n = fit_problems(change->wish->report);

	return n == 0 ||
	    error_set(err, ERROR_FAILED, "%s: %zu %s, and nothing was changed",
		what, n, n == 1 ? "problem" : "problems");
}

/* Is a table that was recorded still there? */
static bool
judge_place(
    const Change *change, int row, int place, const char *schema, Error *err)
{
	const char *name = value_of(change, row, ROW_NAME);
	FitReport *report = change->wish->report;

	if (is_null(change, row, place))
		return fit_problem(report, err,
		    "table \"%s\" of schema \"%s\" has been dropped, or made "
		    "anew",
		    name, schema);
	if (value_of(change, row, place)[0] != '\0')
		return fit_problem(report, err,
		    "table \"%s\" of schema \"%s\" is %s now", name, schema,
		    value_of(change, row, place));
	return true;
}

/* What is tied to the tables in the column field. */
static bool
judge_attached(Server *server, const Change *change, int field,
    AttachedFate fate, Error *err)
{
	Buf relations = { 0 };
	const char *array;
	bool good;
	int row;

	good = array_begin(&relations, err);
	for (row = 0; good && row < PQntuples(change->rows); row++)
		good = is_null(change, row, field) ||
		    array_put_text(
			&relations, value_of(change, row, field), err);
	array = good ? array_end(&relations, err) : NULL;
	good = array != NULL &&
	    attached_tell(server, fate, array, change->wish->report, err);
	buf_free(&relations);
	return good;
}

static bool
judge_places(const Change *change, Error *err)
{
	int row;

	for (row = 0; row < PQntuples(change->rows); row++) {
		if (!judge_place(change, row, ROW_PUBLISHED_PLACE,
			value_of(change, row, ROW_LIVE), err) ||
		    (!is_null(change, row, ROW_REPLACED) &&
			!judge_place(change, row, ROW_REPLACED_PLACE,
			    value_of(change, row, ROW_REPLACED_SCHEMA), err)))
			return false;
	}
	return true;
}

static bool
plan_moves(Change *change, Error *err)
{
	Swap *swap = &change->swap;
	size_t n = (size_t)PQntuples(change->rows);
	const char *live, *beside, *name;
	int row;

	swap->n_in = swap->n_out = 0;
	swap->in = arena_alloc(&change->arena, n, sizeof *swap->in, err);
	swap->out = arena_alloc(&change->arena, n, sizeof *swap->out, err);
	if (swap->in == NULL || swap->out == NULL)
		return false;
	for (row = 0; row < PQntuples(change->rows); row++) {
		live = value_of(change, row, ROW_LIVE);
		name = value_of(change, row, ROW_NAME);
		beside = namespace_new(live, &change->arena, err);
		if (beside == NULL)
			return false;
		swap->out[swap->n_out++] =
		    (SwapMove){ value_of(change, row, ROW_PUBLISHED), name,
			    live, beside };
		if (!is_null(change, row, ROW_REPLACED))
			swap->in[swap->n_in++] = (SwapMove){
				value_of(change, row, ROW_REPLACED), name,
				value_of(change, row, ROW_REPLACED_SCHEMA), live
			};
	}
	return true;
}

/* Another load may have been begun there. */
static bool
judge_beside(Server *server, const Change *change, Error *err)
{
	const SwapMove *move;
	const char *values[2];
	bool there;
	size_t i;

	for (i = 0; i < change->swap.n_out; i++) {
		move = &change->swap.out[i];
		values[0] = move->to;
		values[1] = move->name;
		if (!statement_ask(server,
			"SELECT true FROM pg_class AS c"
			" JOIN pg_namespace AS n ON n.oid = c.relnamespace"
			" WHERE n.nspname = $1 AND c.relname = $2",
			values, 2, &there, err) ||
		    (there &&
			!fit_problem(change->wish->report, err,
			    "table \"%s\": another load has made one in "
			    "schema \"%s\", where it would go: publish that "
			    "one, or --undo it",
			    move->name, move->to)))
			return false;
	}
	return true;
}

static bool
make_namespaces(Server *server, const Swap *swap, Error *err)
{
	size_t i;

	for (i = 0; i < swap->n_out; i++) {
		if (!namespace_make(server, swap->out[i].to, err))
			return false;
	}
	return true;
}

/* The schemas of replaced tables, and a live one that a first publication has
 * made. */
static bool
drop_namespaces(Server *server, const Change *change, Error *err)
{
	int row;

	for (row = 0; row < PQntuples(change->rows); row++) {
		if ((!is_null(change, row, ROW_REPLACED_SCHEMA) &&
			!namespace_drop(server,
			    value_of(change, row, ROW_REPLACED_SCHEMA), err)) ||
		    !namespace_drop(
			server, value_of(change, row, ROW_LIVE), err))
			return false;
	}
	return true;
}

static bool
forget(Server *server, const char *id, Error *err)
{
	const char *values[] = { id };

	return statement_run(server,
		   "DELETE FROM litehaul.publication WHERE load_id = $1",
		   values, 1, err) &&
	    statement_run(server,
		"UPDATE litehaul.load SET published = NULL WHERE id = $1",
		values, 1, err);
}

static bool
tell_back(const Change *change, Error *err)
{
	const Swap *swap = &change->swap;
	const char *live = value_of(change, 0, ROW_LIVE);

	change->told->size = 0;
	if (!buf_put_format(change->told, err,
		"%s the publication of load %.12s of \"%s\" at %s: ",
		change->wish->dry_run ? "would take back" : "took back",
		value_of(change, 0, ROW_LOAD), value_of(change, 0, ROW_SOURCE),
		value_of(change, 0, ROW_TIME)))
		return false;
	if (swap->n_in == 0
		? !buf_put_format(change->told, err,
		      "schema \"%s\" had no such tables before", live)
		: !buf_put_format(change->told, err,
		      "%zu %s of schema \"%s\" as before", swap->n_in,
		      swap->n_in == 1 ? "table" : "tables", live))
		return false;
	return buf_put_format(change->told, err,
	    "; what was published is in schema \"%s\", with all that was "
	    "written to it since, and the same --publish makes it live again",
	    swap->out[0].to);
}

/* Does the last publication still have its rows?  Not where the answer to our
 * own COMMIT was lost. */
static bool
is_done(const Change *change)
{
	if (change->id[0] == '\0')
		return false;
	return change->rows == NULL || PQntuples(change->rows) == 0 ||
	    strcmp(value_of(change, 0, ROW_LOAD), change->id) != 0;
}

static bool
refuse_none(const Change *change, Error *err)
{
	const char *namespace = change->wish->namespace;

	return error_set(err, ERROR_FAILED,
	    "there is no publication %s%s%s that could be taken back: none was "
	    "made, or --discard has dropped what it replaced",
	    namespace == NULL ? "in this database" : "in schema \"",
	    namespace == NULL ? "" : namespace, namespace == NULL ? "" : "\"");
}

/* The body of the transaction. */
static bool
roll_back(Server *server, void *context, Error *err)
{
	Change *change = context;
	Swap *swap = &change->swap;

	if (!swap_begin(server, swap, err) ||
	    !find(server, change, last_sql, err))
		return false;
	if (is_done(change))
		return true;
	if (change->rows == NULL || PQntuples(change->rows) == 0)
		return refuse_none(change, err);
	(void)snprintf(
	    change->id, sizeof change->id, "%s", value_of(change, 0, ROW_LOAD));
	if (!judge_places(change, err) || !plan_moves(change, err) ||
	    !judge_beside(server, change, err) || !tell_back(change, err) ||
	    !check_report(change, "it cannot be taken back", err))
		return false;
	if (!change->wish->dry_run && !swap_lock(server, swap, err))
		return false;
	if (!judge_attached(
		server, change, ROW_PUBLISHED, ATTACHED_MOVED, err) ||
	    !check_report(change, "it cannot be taken back", err))
		return false;
	return change->wish->dry_run ||
	    (make_namespaces(server, swap, err) &&
		swap_move(server, swap, err) &&
		forget(server, change->id, err) &&
		drop_namespaces(server, change, err));
}

static bool
run(const Rollback *rollback, ServerBody *body, Buf *told, Error *err)
{
	Change change = { .wish = rollback, .told = told };
	bool good;

	good = server_transact(
	    rollback->server, SERVER_DURABLE, body, &change, err);
	PQclear(change.rows);
	arena_free(&change.arena);
	return good;
}

bool
rollback_run(const Rollback *rollback, Buf *told, Error *err)
{
	return run(rollback, roll_back, told, err);
}

/* DROP TABLE of what is kept; one that somebody has moved is not ours. */
static bool
drop_kept(Server *server, const Change *change, size_t *n, Error *err)
{
	Buf sql = { 0 };
	bool good = true;
	int row;

	*n = 0;
	for (row = 0; good && row < PQntuples(change->rows); row++) {
		if (is_null(change, row, ROW_REPLACED_PLACE))
			continue;
		if (value_of(change, row, ROW_REPLACED_PLACE)[0] != '\0') {
			good = fit_note(change->wish->report, err,
			    "table \"%s\" is %s now, and stays",
			    value_of(change, row, ROW_NAME),
			    value_of(change, row, ROW_REPLACED_PLACE));
			continue;
		}
		good = buf_put_text(
			   &sql, (*n)++ == 0 ? "DROP TABLE " : ", ", err) &&
		    ddl_put_name(&sql,
			value_of(change, row, ROW_REPLACED_SCHEMA),
			value_of(change, row, ROW_NAME), err);
	}
	if (!good || *n == 0 || change->wish->dry_run) {
		buf_free(&sql);
		return good;
	}
	return statement_run_put(server, &sql, good, err);
}

/* Loads of which no table is left have nothing more to tell. */
static bool
forget_replaced(Server *server, const char *relation, Error *err)
{
	static const char loads_sql[] =
	    "SELECT o.load_id FROM litehaul.object AS o"
	    " WHERE o.relation = $1::oid AND o.kind = '" LEDGER_TABLE "'"
	    " AND NOT EXISTS (SELECT FROM litehaul.object AS other"
	    "  JOIN pg_class AS c ON c.oid = other.relation"
	    "  WHERE other.load_id = o.load_id)";
	const char *values[] = { relation };
	PGresult *loads;
	bool good = true;
	int row;

	if (!server_query(server, loads_sql, values, 1, &loads, err))
		return false;
	for (row = 0; good && row < PQntuples(loads); row++)
		good = ledger_forget(server, PQgetvalue(loads, row, 0), err);
	PQclear(loads);
	return good &&
	    statement_run(server,
		"DELETE FROM litehaul.publication WHERE relation = $1::oid",
		values, 1, err);
}

static bool
finish_discard(Server *server, const Change *change, Error *err)
{
	const char *values[1];
	int row;

	for (row = 0; row < PQntuples(change->rows); row++) {
		values[0] = value_of(change, row, ROW_LOAD);
		if (!statement_run(server,
			"DELETE FROM litehaul.publication WHERE load_id = $1",
			values, 1, err))
			return false;
		if (is_null(change, row, ROW_REPLACED))
			continue;
		if (!namespace_drop(server,
			value_of(change, row, ROW_REPLACED_SCHEMA), err) ||
		    !forget_replaced(
			server, value_of(change, row, ROW_REPLACED), err))
			return false;
	}
	return true;
}

/* The body of the transaction. */
static bool
discard(Server *server, void *context, Error *err)
{
	static const char what[] = "what was replaced cannot be dropped";
	Change *change = context;
	bool dry_run = change->wish->dry_run;
	size_t n;

	if (!find(server, change, kept_sql, err))
		return false;
	if (change->rows == NULL || PQntuples(change->rows) == 0)
		return change->told->size > 0 ||
		    buf_put_text(change->told,
			"nothing is kept that a publication has replaced", err);
	if (!ledger_affirm(server, value_of(change, 0, ROW_LOAD), err) ||
	    !judge_attached(
		server, change, ROW_REPLACED, ATTACHED_DROPPED, err) ||
	    !check_report(change, what, err) ||
	    !drop_kept(server, change, &n, err))
		return false;
	change->told->size = 0;
	return buf_put_format(change->told, err,
		   "%s %zu %s that publications had replaced",
		   dry_run ? "would drop" : "dropped", n,
		   n == 1 ? "table" : "tables") &&
	    (dry_run || finish_discard(server, change, err));
}

bool
rollback_discard(const Rollback *rollback, Buf *told, Error *err)
{
	return run(rollback, discard, told, err);
}
