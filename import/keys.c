#include "import/keys.h"

#include <stdlib.h>
#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"
#include "import/ledger.h"

/* Foreign keys among the relations $1.  One of a partitioned table cannot be
 * added NOT VALID (sql-altertable). */
#define KEYS_AMONG                                          \
	" FROM pg_constraint AS k"                          \
	" JOIN pg_class AS c ON c.oid = k.conrelid"         \
	" JOIN pg_namespace AS n ON n.oid = c.relnamespace" \
	" WHERE k.contype = 'f' AND k.conparentid = 0"      \
	" AND k.conrelid = ANY ($1::oid[]) AND k.confrelid = ANY ($1::oid[])"
#define IS_REMOVABLE                                \
	"(c.relkind = 'r' AND NOT c.relispartition" \
	" AND pg_has_role(c.relowner, 'USAGE')"     \
	" AND has_table_privilege(k.confrelid, 'REFERENCES'))"
#define IN_ORDER                                                      \
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"," \
	" k.conname COLLATE \"C\""

static const char list_sql[] =
    "SELECT k.conrelid, k.confrelid, k.conname, " IS_REMOVABLE KEYS_AMONG
	IN_ORDER;

/* A key that an earlier, unfinished load has put back NOT VALID is what it was
 * before that load. */
static const char keep_sql[] =
    "INSERT INTO litehaul.foreign_key (load_id, relation, name, definition)"
    " SELECT $2, k.conrelid, k.conname,"
    " coalesce((SELECT min(f.definition) FROM litehaul.foreign_key AS f"
    "  WHERE f.relation = k.conrelid AND f.name = k.conname"
    "  AND NOT k.convalidated), pg_get_constraintdef(k.oid))" KEYS_AMONG
    " AND " IS_REMOVABLE " ON CONFLICT DO NOTHING";

/* One that an unfinished load has taken off is ours to put back too. */
static const char adopt_sql[] =
    "INSERT INTO litehaul.foreign_key (load_id, relation, name, definition)"
    " SELECT $2, f.relation, f.name, min(f.definition)"
    " FROM litehaul.foreign_key AS f"
    " WHERE f.relation = ANY ($1::oid[]) AND NOT EXISTS ("
    "  SELECT FROM pg_constraint AS k"
    "  WHERE k.conrelid = f.relation AND k.conname = f.name)"
    " GROUP BY f.relation, f.name ON CONFLICT DO NOTHING";

static const char drop_sql[] =
    "SELECT n.nspname, c.relname, k.conname" KEYS_AMONG
    " AND " IS_REMOVABLE IN_ORDER;

/* Keys of the load $1 that are not there; a relation that is gone needs
 * none. */
static const char missing_sql[] =
    "SELECT n.nspname, c.relname, f.name, f.definition"
    " FROM litehaul.foreign_key AS f"
    " JOIN pg_class AS c ON c.oid = f.relation"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE f.load_id = $1 AND NOT EXISTS ("
    "  SELECT FROM pg_constraint AS k"
    "  WHERE k.conrelid = f.relation AND k.conname = f.name)"
    " ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\","
    " f.name COLLATE \"C\"";

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

static const char not_valid[] = " NOT VALID";

/* The relations of all wanted tables, as an array. */
static const char *
put_relations(const Plan *plan, Buf *out, Error *err)
{
	const char *relation;
	size_t i;

	if (!array_begin(out, err))
		return NULL;
	for (i = 0; i < plan->schema->n_tables; i++) {
		relation = plan->tables[i].relation;
		if (plan->wanted[i] && relation != NULL &&
		    !array_put_text(out, relation, err))
			return NULL;
	}
	return array_end(out, err);
}

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

/* A key that stays; ranks rise until its child stands above its parent.
 * *changed where that was not so yet. */
static void
rank_key(Plan *plan, const PGresult *keys, int row, bool *changed)
{
	size_t child = find_relation(plan, PQgetvalue(keys, row, 0));
	size_t parent = find_relation(plan, PQgetvalue(keys, row, 1));
	unsigned above = plan->tables[parent].rank + 1;

	if (child == parent)
		plan->tables[child].in_order = true;
	else if (plan->tables[child].rank < above) {
		plan->tables[child].rank = above;
		*changed = true;
	}
}

static bool
stays(const PGresult *keys, int row)
{
	return PQgetvalue(keys, row, 3)[0] != 't';
}

/* A stream comes as it comes: the parents must be first in it. */
static bool
judge_stream(
    const Plan *plan, const PGresult *keys, FitReport *report, Error *err)
{
	size_t child, parent;
	int row;

	for (row = 0; row < PQntuples(keys); row++) {
		child = find_relation(plan, PQgetvalue(keys, row, 0));
		parent = find_relation(plan, PQgetvalue(keys, row, 1));
		if (stays(keys, row) && child < parent &&
		    !fit_problem(report, err,
			"table \"%s\" refers to \"%s\", which comes later in "
			"the stream, and its foreign key \"%s\" cannot be "
			"taken off by this role. Stage the dump: "
			"litehaul-transform -f DIRECTORY, then litehaul-import "
			"-a DIRECTORY",
			name_of(plan, child), name_of(plan, parent),
			PQgetvalue(keys, row, 2)))
			return false;
	}
	return true;
}

static bool
judge_order(Plan *plan, const PGresult *keys, bool stream, FitReport *report,
    Error *err)
{
	size_t round, n = plan->schema->n_tables, i;
	bool changed = true;
	int row, n_stay = 0;

	for (round = 0; changed && round <= n; round++) {
		changed = false;
		for (row = 0; row < PQntuples(keys); row++) {
			if (stays(keys, row))
				rank_key(plan, keys, row, &changed);
		}
	}
	plan->n_ranks = 1;
	for (i = 0; i < n; i++) {
		if (plan->tables[i].rank >= plan->n_ranks)
			plan->n_ranks = plan->tables[i].rank + 1;
	}
	for (row = 0; row < PQntuples(keys); row++)
		n_stay += stays(keys, row);
	if (n_stay > 0 &&
	    !fit_note(report, err,
		"foreign keys that this role cannot take off stay in force: "
		"%d; tables are loaded in their order",
		n_stay))
		return false;
	if (changed)
		return fit_problem(report, err,
		    "foreign keys among the tables go round in a circle, and "
		    "this role cannot take them off: load as the tables' "
		    "owner, for instance with --role");
	if (!stream || n_stay == 0)
		return true;
	for (i = 0; i < n; i++) {
		plan->tables[i].rank = 0;
		plan->tables[i].in_order = true;
	}
	plan->n_ranks = 1;
	return judge_stream(plan, keys, report, err);
}

static bool
note_taken_off(const PGresult *keys, FitReport *report, Error *err)
{
	Buf names = { 0 };
	const char *text;
	bool good = true;
	int row;

	for (row = 0; good && row < PQntuples(keys); row++) {
		if (!stays(keys, row))
			good = buf_put_format(&names, err, "%s\"%s\"",
			    names.size == 0 ? "" : ", ",
			    PQgetvalue(keys, row, 2));
	}
	if (good && names.size > 0) {
		text = buf_text(&names, err);
		good = text != NULL &&
		    fit_note(report, err,
			"foreign keys are taken off for the load and put back "
			"afterwards: %s",
			text);
	}
	buf_free(&names);
	return good;
}

bool
keys_list(
    Server *server, Plan *plan, bool stream, FitReport *report, Error *err)
{
	const char *values[1];
	PGresult *keys = NULL;
	Buf relations = { 0 };
	bool good;

	values[0] = put_relations(plan, &relations, err);
	good = values[0] != NULL &&
	    server_query(server, list_sql, values, 1, &keys, err) &&
	    note_taken_off(keys, report, err) &&
	    judge_order(plan, keys, stream, report, err);
	PQclear(keys);
	buf_free(&relations);
	return good;
}

static bool
run(Server *server, const char *sql, const char *const *values, int n,
    Error *err)
{
	PGresult *result;

	if (!server_query(server, sql, values, n, &result, err))
		return false;
	PQclear(result);
	return true;
}

/* ALTER TABLE "schema"."table" WHAT "name": of a row that begins with these
 * three. */
static bool
put_alter(Buf *sql, const PGresult *keys, int row, const char *what, Error *err)
{
	sql->size = 0;
	return buf_put_text(sql, "ALTER TABLE ", err) &&
	    ddl_put_name(
		sql, PQgetvalue(keys, row, 0), PQgetvalue(keys, row, 1), err) &&
	    buf_put_text(sql, what, err) &&
	    sqltext_put_name(sql, PQgetvalue(keys, row, 2), err);
}

static bool
drop_keys(Server *server, const PGresult *keys, Error *err)
{
	Buf sql = { 0 };
	const char *text;
	bool good = true;
	int row;

	for (row = 0; good && row < PQntuples(keys); row++) {
		text = put_alter(&sql, keys, row, " DROP CONSTRAINT ", err)
		    ? buf_text(&sql, err)
		    : NULL;
		good = text != NULL && server_run(server, text, err);
		if (!good)
			(void)error_add(err, "table \"%s\", foreign key \"%s\"",
			    PQgetvalue(keys, row, 1), PQgetvalue(keys, row, 2));
	}
	buf_free(&sql);
	return good;
}

bool
keys_take_off(Server *server, const Plan *plan, Error *err)
{
	const char *values[2] = { NULL, plan->id };
	PGresult *keys = NULL;
	Buf relations = { 0 };
	bool good;

	values[0] = put_relations(plan, &relations, err);
	good = values[0] != NULL && run(server, keep_sql, values, 2, err) &&
	    run(server, adopt_sql, values, 2, err) &&
	    server_query(server, drop_sql, values, 1, &keys, err) &&
	    drop_keys(server, keys, err);
	PQclear(keys);
	buf_free(&relations);
	return good;
}

static bool
add_key(Server *server, const PGresult *keys, int row, Error *err)
{
	const char *definition = PQgetvalue(keys, row, 3), *text = NULL;
	size_t size = strlen(definition), end = sizeof not_valid - 1;
	Buf sql = { 0 };
	bool good;

	good = put_alter(&sql, keys, row, " ADD CONSTRAINT ", err) &&
	    buf_put_text(&sql, " ", err) && buf_put_text(&sql, definition, err);
	if (good &&
	    (size < end || strcmp(definition + size - end, not_valid) != 0))
		good = buf_put_text(&sql, not_valid, err);
	if (good)
		text = buf_text(&sql, err);
	/* One statement, whatever has become of the ledger. */
	good = text != NULL && run(server, text, NULL, 0, err);
	buf_free(&sql);
	return good ||
	    error_add(err, "table \"%s\", foreign key \"%s\"",
		PQgetvalue(keys, row, 1), PQgetvalue(keys, row, 2));
}

/* The body of the transaction. */
static bool
put_back(Server *server, void *context, Error *err)
{
	const Plan *plan = context;
	const char *values[] = { plan->id };
	PGresult *keys;
	bool good = true;
	int row;

	if (!ledger_lock(server, plan->id, "tables", err) ||
	    !server_query(server, missing_sql, values, 1, &keys, err))
		return false;
	for (row = 0; good && row < PQntuples(keys); row++)
		good = add_key(server, keys, row, err);
	PQclear(keys);
	return good;
}

bool
keys_put_back(const Plan *plan, Error *err)
{
	/* The body changes nothing of it. */
	Plan copy = *plan;

	return server_transact(
	    plan->servers[0], SERVER_DURABLE, put_back, &copy, err);
}

typedef struct {
	const Plan *plan;
	uint64_t rows;
	bool again;
} Finish;

static bool
complete(Server *server, const Plan *plan, Error *err)
{
	const char *values[2] = { NULL, plan->id };
	Buf relations = { 0 };
	bool good;

	values[0] = put_relations(plan, &relations, err);
	good = values[0] != NULL && run(server, complete_sql, values, 2, err);
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
	    run(server, forget_sql, values, 1, err) &&
	    ledger_finish_inside(server, finish->plan->id, finish->rows, err);
}

bool
keys_finish(const Plan *plan, uint64_t rows, bool *again, Error *err)
{
	Finish context = { .plan = plan, .rows = rows };

	if (!server_transact(
		plan->servers[0], SERVER_DURABLE, finish, &context, err))
		return false;
	*again = context.again;
	return true;
}
