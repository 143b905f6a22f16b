#include "import/existing.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/describe.h"
#include "import/merge_target.h"
#include "import/orphans_reject.h"
#include "import/relation.h"
#include "import/sequences.h"
#include "import/trust.h"

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
	    relation_find(server, plan, existing->arena, err) &&
	    trust_kinds(server, plan, report, err) &&
	    trust_durable(server, plan, report, err) &&
	    merge_target_find(server, plan, report, existing->arena, err) &&
	    keys_list(server, plan, existing->wish->stream, report, err);
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

	if (!trust_is_empty(server, plan, table, &empty, err) ||
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

	*finished = existing->state != LEDGER_NONE;
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

/* Without changing anything: have all tables all their rows? */
static bool
peek(Server *server, Existing *existing, Error *err)
{
	const Plan *plan = existing->plan;
	bool complete, loaded;
	LedgerState state;
	const char *kind;
	size_t i;

	if (!ledger_is_complete(server, &complete, err))
		return false;
	if (!complete)
		return true;
	if (!ledger_find(server, plan->id, &state, err) ||
	    !read_objects(server, existing, err))
		return false;
	for (i = 0; state != LEDGER_NONE && i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		kind = kind_of(existing, i, &loaded);
		if (kind == NULL || !loaded)
			return true;
	}
	if (state != LEDGER_NONE)
		existing->state = LEDGER_FINISHED;
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
		return look(server, existing, err) &&
		    peek(server, existing, err);
	if (!ledger_lock(server, plan->id, "tables", err) ||
	    !look(server, existing, err) || !trust_check(server, plan, err) ||
	    !ledger_find(server, plan->id, &existing->state, err) ||
	    !read_objects(server, existing, err) ||
	    !take_tables(server, existing, &finished, err))
		return false;
	if (finished) {
		/* Other tables of the load may be unfinished. */
		existing->state = LEDGER_FINISHED;
		return true;
	}
	if (existing->state == LEDGER_FINISHED)
		existing->state = LEDGER_LOADING;
	return keys_adopt(server, plan, err) &&
	    ledger_begin(server, plan, existing->wish->schema, err);
}

bool
existing_prepare(Plan *plan, const ExistingWish *wish, FitReport *report,
    LedgerState *state, Arena *arena, Error *err)
{
	Existing existing = {
		.plan = plan, .wish = wish, .report = report, .arena = arena
	};
	bool good;

	good = server_transact(plan->servers[0],
	    wish->dry_run ? SERVER_SNAPSHOT : SERVER_DURABLE, prepare,
	    &existing, err);
	PQclear(existing.objects);
	*state = existing.state;
	return good;
}

bool
existing_finish(const Plan *plan, KeysTell *tell, void *context, Error *err)
{
	Plan last = *plan;
	bool again, orphans;

	if (!sequences_set(plan, err))
		return false;
	do {
		if ((plan->orphans == ORPHANS_REJECT &&
			!orphans_wait(plan, err)) ||
		    !keys_put_back(plan, err) ||
		    !keys_validate(&last, &orphans, tell, context, err))
			return false;
		again = orphans && last.orphans == ORPHANS_REJECT;
		/* What cannot be set aside once is kept. */
		if (again)
			last.orphans = ORPHANS_KEEP;
		if (again ? !keys_take_off(plan, err) ||
			    !orphans_reject(plan, tell, context, err)
			  : !keys_finish(plan, &again, err))
			return false;
	} while (again);
	return true;
}
