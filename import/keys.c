#include "import/keys.h"

#include <string.h>

#include "import/keys_query.h"
#include "import/ledger.h"
#include "import/statement.h"

/* Names in one note; more are counted. */
#define NAMED_KEYS 20

/* Is one not there, or not validated though it was? */
static const char unfinished_sql[] =
    "SELECT EXISTS (SELECT FROM litehaul.foreign_key AS f"
    " JOIN pg_class AS c ON c.oid = f.relation"
    " LEFT JOIN pg_constraint AS k"
    "  ON k.conrelid = f.relation AND k.conname = f.name"
    " WHERE f.load_id = $1 AND (k.oid IS NULL"
    "  OR (NOT k.convalidated AND f.definition NOT LIKE '% NOT VALID')))";

static const char forget_sql[] =
    "DELETE FROM litehaul.foreign_key WHERE (relation, name) IN ("
    " SELECT relation, name FROM litehaul.foreign_key WHERE load_id = $1)";

/* The tables of this run are complete, whatever becomes of others that the
 * load has begun with. */
static const char complete_sql[] =
    "INSERT INTO litehaul.object (load_id, kind, name, relation)"
    " SELECT load_id, '" LEDGER_LOADED "', name, relation"
    " FROM litehaul.object WHERE load_id = $2"
    " AND relation = ANY ($1::oid[]) AND kind <> '" LEDGER_LOADED "'"
    " ON CONFLICT DO NOTHING";

/* The table of the schema that has the relation. */
static size_t
find_relation(const Plan *plan, const char *relation)
{
	size_t i, n = plan->schema->n_tables;

	for (i = 0; i < n; i++) {
		if (plan->wanted[i] && plan->tables[i].relation != NULL &&
		    strcmp(plan->tables[i].relation, relation) == 0)
			return i;
	}
	return n;
}

static const char *
name_of(const Plan *plan, size_t table)
{
	return plan->schema->tables[table].name;
}

static char
reason_of(const PGresult *keys, int row)
{
	return PQgetvalue(keys, row, KEYS_QUERY_STAYS)[0];
}

static bool
stays(const PGresult *keys, int row)
{
	return reason_of(keys, row) != '\0';
}

/* A key that stays, and both of its tables are loaded. */
static bool
is_inner(const Plan *plan, const PGresult *keys, int row)
{
	return stays(keys, row) &&
	    find_relation(plan, PQgetvalue(keys, row, KEYS_QUERY_PARENT)) <
	    plan->schema->n_tables;
}

/* A key that stays, and its parents are in a table that is not loaded. */
static bool
is_outer(const Plan *plan, const PGresult *keys, int row)
{
	return stays(keys, row) && !is_inner(plan, keys, row);
}

/* Ranks rise until the child stands above its parent.  *changed where that was
 * not so yet. */
static void
rank_key(Plan *plan, const PGresult *keys, int row, bool *changed)
{
	size_t child, parent;
	unsigned above;

	child = find_relation(plan, PQgetvalue(keys, row, KEYS_QUERY_RELATION));
	parent = find_relation(plan, PQgetvalue(keys, row, KEYS_QUERY_PARENT));
	above = plan->tables[parent].rank + 1;
	if (child == parent)
		plan->tables[child].in_order = true;
	else if (plan->tables[child].rank < above) {
		plan->tables[child].rank = above;
		*changed = true;
	}
}

/* A stream comes as it comes: the parents must be first in it. */
static bool
judge_stream(
    const Plan *plan, const PGresult *keys, FitReport *report, Error *err)
{
	size_t child, parent;
	int row;

	for (row = 0; row < PQntuples(keys); row++) {
		if (!is_inner(plan, keys, row))
			continue;
		child = find_relation(
		    plan, PQgetvalue(keys, row, KEYS_QUERY_RELATION));
		parent = find_relation(
		    plan, PQgetvalue(keys, row, KEYS_QUERY_PARENT));
		if (child < parent &&
		    !fit_problem(report, err,
			"table \"%s\" refers to \"%s\", which comes later in "
			"the stream, and its foreign key \"%s\" %s. Stage the "
			"dump: litehaul-transform -f DIRECTORY, then "
			"litehaul-import -a DIRECTORY",
			name_of(plan, child), name_of(plan, parent),
			PQgetvalue(keys, row, KEYS_QUERY_NAME),
			plan->keys_stay ? "stays in force"
					: "cannot be taken off by this role"))
			return false;
	}
	return true;
}

/* *circle where no order would do. */
static void
rank_tables(Plan *plan, const PGresult *keys, bool *circle)
{
	size_t round, n = plan->schema->n_tables, i;
	int row;

	*circle = true;
	for (round = 0; *circle && round <= n; round++) {
		*circle = false;
		for (row = 0; row < PQntuples(keys); row++) {
			if (is_inner(plan, keys, row))
				rank_key(plan, keys, row, circle);
		}
	}
	plan->n_ranks = 1;
	for (i = 0; i < n; i++) {
		if (plan->tables[i].rank >= plan->n_ranks)
			plan->n_ranks = plan->tables[i].rank + 1;
	}
}

static bool
judge_order(Plan *plan, const PGresult *keys, bool stream, FitReport *report,
    Error *err)
{
	size_t i;
	int row, n_inner = 0;
	bool circle;

	rank_tables(plan, keys, &circle);
	for (row = 0; row < PQntuples(keys); row++)
		n_inner += is_inner(plan, keys, row);
	if (n_inner > 0 &&
	    !fit_note(report, err,
		"foreign keys %sstay in force: %d; tables are loaded in their "
		"order",
		plan->keys_stay ? "" : "that this role cannot take off ",
		n_inner))
		return false;
	if (circle)
		return fit_problem(report, err,
		    "foreign keys among the tables go round in a circle, and "
		    "%s",
		    plan->keys_stay
			? "they are kept: load without --keep-foreign-keys"
			: "this role cannot take them off: load as the "
			  "tables' owner, for instance with --role");
	if (!stream || n_inner == 0)
		return true;
	for (i = 0; i < plan->schema->n_tables; i++) {
		plan->tables[i].rank = 0;
		plan->tables[i].in_order = true;
	}
	plan->n_ranks = 1;
	return judge_stream(plan, keys, report, err);
}

typedef bool Choose(const Plan *plan, const PGresult *keys, int row);

static bool
is_taken_off(const Plan *plan, const PGresult *keys, int row)
{
	(void)plan;
	return !stays(keys, row);
}

/* One note about all keys that are chosen, if any. */
static bool
note_keys(const Plan *plan, const PGresult *keys, Choose *choose,
    const char *about, FitReport *report, Error *err)
{
	int row, n = 0;
	Buf names = { 0 };
	const char *text;
	bool good = true;

	for (row = 0; good && row < PQntuples(keys); row++) {
		if (choose(plan, keys, row) && n++ < NAMED_KEYS)
			good = buf_put_format(&names, err, "%s\"%s\"",
			    n == 1 ? "" : ", ",
			    PQgetvalue(keys, row, KEYS_QUERY_NAME));
	}
	if (good && n > NAMED_KEYS)
		good =
		    buf_put_format(&names, err, " and %d more", n - NAMED_KEYS);
	if (good && n > 0) {
		text = buf_text(&names, err);
		good = text != NULL &&
		    fit_note(report, err, "%s: %s", about, text);
	}
	buf_free(&names);
	return good;
}

/* Has a row before this one the same grant? */
static bool
is_repeated(const PGresult *keys, int row)
{
	const char *grant = PQgetvalue(keys, row, KEYS_QUERY_GRANT);

	while (row-- > 0) {
		if (reason_of(keys, row) == KEYS_QUERY_NO_GRANT &&
		    strcmp(PQgetvalue(keys, row, KEYS_QUERY_GRANT), grant) == 0)
			return true;
	}
	return false;
}

static bool
note_grants(const PGresult *keys, FitReport *report, Error *err)
{
	int row;

	for (row = 0; row < PQntuples(keys); row++) {
		if (reason_of(keys, row) == KEYS_QUERY_NO_GRANT &&
		    !is_repeated(keys, row) &&
		    !fit_note(report, err,
			"foreign keys could be taken off and put back with: %s",
			PQgetvalue(keys, row, KEYS_QUERY_GRANT)))
			return false;
	}
	return true;
}

bool
keys_list(
    Server *server, Plan *plan, bool stream, FitReport *report, Error *err)
{
	PGresult *keys;
	bool good;

	good = keys_query(server, plan, &keys, err) &&
	    note_keys(plan, keys, is_taken_off,
		"foreign keys are taken off for the load and put back "
		"afterwards",
		report, err) &&
	    note_keys(plan, keys, is_outer,
		"foreign keys to tables that are not loaded stay in force, "
		"which takes time with each row",
		report, err) &&
	    note_grants(keys, report, err) &&
	    judge_order(plan, keys, stream, report, err);
	PQclear(keys);
	return good;
}

typedef struct {
	const Plan *plan;
	bool again;
} Finish;

static bool
complete(Server *server, const Plan *plan, Error *err)
{
	const char *values[2] = { NULL, plan->id };
	Buf relations = { 0 };
	bool good;

	values[0] = keys_query_relations(plan, &relations, err);
	good = values[0] != NULL &&
	    statement_run(server, complete_sql, values, 2, err);
	buf_free(&relations);
	return good;
}

static bool
finish(Server *server, void *context, Error *err)
{
	Finish *finish = context;
	const char *values[] = { finish->plan->id };
	PGresult *result;

	if (!ledger_lock(server, finish->plan->id, "tables", err) ||
	    !server_query(server, unfinished_sql, values, 1, &result, err))
		return false;
	finish->again = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	if (finish->again)
		return true;
	return complete(server, finish->plan, err) &&
	    statement_run(server, forget_sql, values, 1, err) &&
	    ledger_finish_inside(server, finish->plan->id, err);
}

bool
keys_finish(const Plan *plan, bool *again, Error *err)
{
	Finish context = { .plan = plan };

	if (!server_transact(
		plan->servers[0], SERVER_DURABLE, finish, &context, err))
		return false;
	*again = context.again;
	return true;
}
