#include "import/existing.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"
#include "import/describe.h"
#include "import/sequences.h"

/* What a person does about most problems. */
static const char advice[] =
    "In most cases the dump can be fitted to the target: litehaul-import "
    "--describe -d ... > target.json, then litehaul-transform "
    "--target=target.json";

typedef struct {
	Plan *plan;
	const ExistingWish *wish;
	FitReport *report;
	Arena *arena;
	LedgerState state;
	PGresult *objects; /* the load's in the ledger */
} Existing;

enum {
	RELATION_OID,
	RELATION_WRITE, /* this role may */
	RELATION_READ,
	RELATION_SECURE, /* rows are kept from this role */
	RELATION_ROLE,
};

static const char relations_sql[] =
    "SELECT c.oid, has_table_privilege(c.oid, 'INSERT'),"
    " has_table_privilege(c.oid, 'SELECT'), row_security_active(c.oid),"
    " current_user"
    " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY"
    "  AS wanted (namespace, name, place)"
    " JOIN pg_namespace AS n ON n.nspname = wanted.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid"
    "  AND c.relname = wanted.name"
    " ORDER BY wanted.place";

/* Is the table to be loaded, and there? */
static bool
is_there(const Existing *existing, const Target *target, size_t i)
{
	return existing->plan->wanted[i] &&
	    fit_find(existing->plan, target, i) != NULL;
}

static bool
query_relations(Server *server, const Existing *existing, const Target *target,
    PGresult **relations, Error *err)
{
	const Plan *plan = existing->plan;
	const char *values[2];
	Buf namespaces = { 0 }, names = { 0 };
	const Table *table;
	bool good;
	size_t i;

	good = array_begin(&namespaces, err) && array_begin(&names, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		table = &plan->schema->tables[i];
		if (is_there(existing, target, i))
			good =
			    array_put_text(&namespaces,
				ddl_namespace(plan->namespace, table), err) &&
			    array_put_text(&names, table->name, err);
	}
	values[0] = good ? array_end(&namespaces, err) : NULL;
	values[1] = good ? array_end(&names, err) : NULL;
	good = values[0] != NULL && values[1] != NULL &&
	    server_query(server, relations_sql, values, 2, relations, err);
	buf_free(&namespaces);
	buf_free(&names);
	return good;
}

static bool
is_true(const PGresult *rows, int row, int field)
{
	return PQgetvalue(rows, row, field)[0] == 't';
}

/* May this role do what a load does? */
static bool
judge_rights(const Existing *existing, const Table *table,
    const PGresult *relations, int row, Error *err)
{
	const char *role = PQgetvalue(relations, row, RELATION_ROLE);

	if ((!is_true(relations, row, RELATION_WRITE) ||
		!is_true(relations, row, RELATION_READ)) &&
	    !fit_problem(existing->report, err,
		"table \"%s\": role \"%s\" must not write and read it. Its "
		"owner can permit it: GRANT SELECT, INSERT ON TABLE \"%s\" TO "
		"\"%s\"",
		table->name, role, table->name, role))
		return false;
	return !is_true(relations, row, RELATION_SECURE) ||
	    fit_problem(existing->report, err,
		"table \"%s\": row security applies to role \"%s\", and COPY "
		"cannot be used under it. Load as the owner or a role with "
		"BYPASSRLS",
		table->name, role);
}

static bool
read_relations(
    Server *server, const Existing *existing, const Target *target, Error *err)
{
	const Plan *plan = existing->plan;
	PGresult *relations;
	bool good = true;
	int row = 0;
	size_t i;

	if (!query_relations(server, existing, target, &relations, err))
		return false;
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		if (!is_there(existing, target, i) ||
		    row == PQntuples(relations))
			continue;
		plan->tables[i].relation = arena_text(existing->arena,
		    PQgetvalue(relations, row, RELATION_OID), err);
		good = plan->tables[i].relation != NULL &&
		    judge_rights(existing, &plan->schema->tables[i], relations,
			row++, err);
	}
	PQclear(relations);
	return good;
}

static bool
look(Server *server, Existing *existing, Error *err)
{
	Plan *plan = existing->plan;
	FitReport *report = existing->report;
	const char *const *namespaces;
	Target target = { 0 };
	bool good;
	size_t n;

	fit_clear(report);
	good = plan_namespaces(plan, existing->arena, &namespaces, &n, err) &&
	    describe_inside(server, namespaces, n, &target, err) &&
	    fit_tables(plan, &target, report, existing->arena, err) &&
	    read_relations(server, existing, &target, err) &&
	    keys_list(server, plan, existing->wish->stream, report, err) &&
	    sequences_check(server, plan, report, err);
	target_free(&target);
	if (!good || fit_problems(report) == 0)
		return good;
	return error_set(err, ERROR_FAILED,
	    "the target does not take this dump as it is: %zu %s, and nothing "
	    "was changed. %s",
	    fit_problems(report),
	    fit_problems(report) == 1 ? "problem" : "problems", advice);
}

static bool
read_objects(Server *server, Existing *existing, Error *err)
{
	const char *values[] = { existing->plan->id };

	PQclear(existing->objects);
	return server_query(server,
	    "SELECT name, kind, relation FROM litehaul.object"
	    " WHERE load_id = $1",
	    values, 1, &existing->objects, err);
}

/* What the ledger calls the load's table; NULL where it has it not, or one
 * that has been made anew since.  *loaded where it is complete. */
static const char *
kind_of(const Existing *existing, size_t i, bool *loaded)
{
	const Plan *plan = existing->plan;
	const PGresult *objects = existing->objects;
	const char *kind = NULL, *found;
	int row;

	*loaded = false;
	for (row = 0; row < PQntuples(objects); row++) {
		if (strcmp(PQgetvalue(objects, row, 0),
			plan->schema->tables[i].directory) != 0 ||
		    strcmp(PQgetvalue(objects, row, 2),
			plan->tables[i].relation) != 0)
			continue;
		found = PQgetvalue(objects, row, 1);
		if (strcmp(found, LEDGER_LOADED) == 0)
			*loaded = true;
		else
			kind = found;
	}
	return kind;
}

static bool
is_empty(Server *server, const Plan *plan, const Table *table, bool *empty,
    Error *err)
{
	const char *text = NULL;
	PGresult *result;
	Buf sql = { 0 };
	bool good;

	if (buf_put_text(&sql, "SELECT NOT EXISTS (SELECT FROM ", err) &&
	    ddl_put_table_name(&sql, plan->namespace, table, err) &&
	    buf_put_text(&sql, ")", err))
		text = buf_text(&sql, err);
	good =
	    text != NULL && server_query(server, text, NULL, 0, &result, err);
	buf_free(&sql);
	if (!good)
		return false;
	*empty = is_true(result, 0, 0);
	PQclear(result);
	return true;
}

/* Rows of two loads are in the table now; an unfinished one that began with it
 * empty cannot count its own any more. */
static bool
share(Server *server, const Plan *plan, size_t i, Error *err)
{
	const char *values[] = { plan->tables[i].relation, plan->id };
	PGresult *result;

	if (!server_query(server,
		"UPDATE litehaul.object SET kind = '" LEDGER_EXISTING "'"
		" WHERE relation = $1::oid AND load_id <> $2"
		" AND kind = '" LEDGER_EMPTY "'",
		values, 2, &result, err))
		return false;
	PQclear(result);
	return true;
}

/* Make the table the load's. */
static bool
take_table(Server *server, const Plan *plan, size_t i, Error *err)
{
	const Table *table = &plan->schema->tables[i];
	bool empty;

	if (!is_empty(server, plan, table, &empty, err) ||
	    !share(server, plan, i, err) ||
	    !ledger_put_table(server, plan->id,
		empty ? LEDGER_EMPTY : LEDGER_EXISTING, plan->namespace, table,
		err))
		return error_add(err, "table \"%s\"", table->name);
	plan->tables[i].shared = !empty;
	return true;
}

/* One that is the load's already. */
static bool
keep_table(const Existing *existing, size_t i, const char *kind, Error *err)
{
	const Plan *plan = existing->plan;

	plan->tables[i].shared = strcmp(kind, LEDGER_EXISTING) == 0;
	if (strcmp(kind, LEDGER_TABLE) != 0 ||
	    existing->state == LEDGER_FINISHED)
		return true;
	return error_set(err, ERROR_FAILED,
	    "table \"%s\" was made by this very load, which is not finished: "
	    "run it again without -a",
	    plan->schema->tables[i].name);
}

/* *finished where all tables had all their rows before. */
static bool
take_tables(Server *server, Existing *existing, bool *finished, Error *err)
{
	const Plan *plan = existing->plan;
	const char *kind;
	bool loaded;
	size_t i;

	*finished = existing->state == LEDGER_FINISHED;
	for (i = 0; i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		kind = kind_of(existing, i, &loaded);
		if (existing->state == LEDGER_NONE)
			kind = NULL;
		if (kind == NULL ||
		    (strcmp(kind, LEDGER_TABLE) != 0 && !loaded))
			*finished = false;
		if (kind == NULL ? !take_table(server, plan, i, err)
				 : !keep_table(existing, i, kind, err))
			return false;
	}
	return true;
}

/* The body of the transaction. */
static bool
prepare(Server *server, void *context, Error *err)
{
	Existing *existing = context;
	const Plan *plan = existing->plan;
	bool finished;

	existing->state = LEDGER_NONE;
	if (existing->wish->dry_run)
		return look(server, existing, err);
	if (!ledger_lock(server, plan->id, "tables", err) ||
	    !look(server, existing, err) ||
	    !ledger_find(server, plan->id, &existing->state, err) ||
	    !read_objects(server, existing, err) ||
	    !take_tables(server, existing, &finished, err))
		return false;
	if (finished)
		return true;
	if (existing->state == LEDGER_FINISHED)
		existing->state = LEDGER_LOADING;
	return keys_adopt(server, plan, err) &&
	    ledger_begin(server, plan->id, plan->schema->source.name,
		plan->namespace, existing->wish->schema, err);
}

bool
existing_prepare(Plan *plan, const ExistingWish *wish, FitReport *report,
    LedgerState *state, Arena *arena, Error *err)
{
	Existing existing = {
		.plan = plan, .wish = wish, .report = report, .arena = arena
	};
	bool good;

	good = server_transact(
	    plan->servers[0], SERVER_DURABLE, prepare, &existing, err);
	PQclear(existing.objects);
	*state = existing.state;
	return good;
}

bool
existing_finish(
    const Plan *plan, uint64_t rows, KeysTell *tell, void *context, Error *err)
{
	bool again;

	if (!sequences_set(plan, err))
		return false;
	do {
		if (!keys_put_back(plan, err) ||
		    !keys_validate(plan, tell, context, err) ||
		    !keys_finish(plan, rows, &again, err))
			return false;
	} while (again);
	return true;
}
