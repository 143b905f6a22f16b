/* Validation of the keys that have been put back, over all sessions. */
#include "import/keys.h"

#include <string.h>

#include "formats/pipeline.h"

#include "import/constraint.h"
#include "import/describe.h"
#include "import/interrupt.h"
#include "import/ledger.h"
#include "import/orphans.h"
#include "import/sqlstate.h"

/* Keys of the load $1 that have to be validated: those that were valid. */
static const char list_sql[] =
    "SELECT n.nspname, c.relname, k.conname, k.confmatchtype = 'f'"
    " FROM litehaul.foreign_key AS f"
    " JOIN pg_class AS c ON c.oid = f.relation"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_constraint AS k"
    "  ON k.conrelid = f.relation AND k.conname = f.name"
    " WHERE f.load_id = $1 AND NOT k.convalidated"
    " AND f.definition NOT LIKE '% NOT VALID'"
    " ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\","
    " k.conname COLLATE \"C\"";

/* A key that some rows violate is not validated again. */
static const char give_up_sql[] =
    "UPDATE litehaul.foreign_key AS f"
    " SET definition = f.definition || ' NOT VALID'"
    " FROM pg_class AS c, pg_namespace AS n"
    " WHERE f.load_id = $1 AND c.oid = f.relation AND n.oid = c.relnamespace"
    " AND n.nspname = $2 AND c.relname = $3 AND f.name = $4"
    " AND f.definition NOT LIKE '% NOT VALID'";

typedef struct {
	const Plan *plan;
	PGresult *keys;
	int next;
	KeysTell *tell;
	void *context;
	bool *orphans;
} Run;

typedef struct {
	int row;
	Table table; /* with name and namespace only */
	const char *name;
	bool full;    /* MATCH FULL */
	bool orphans; /* were found, and may be set aside */
	Buf warning;
} Job;

static Step
take(void *context, void *taken, Error *err)
{
	Run *run = context;
	Job *job = taken;

	if (!interrupt_check(err))
		return STEP_FAILED;
	if (run->next == PQntuples(run->keys))
		return STEP_END;
	job->row = run->next++;
	job->warning.size = 0;
	job->table = (Table){
		.namespace = PQgetvalue(run->keys, job->row, 0),
		.name = PQgetvalue(run->keys, job->row, 1),
	};
	job->name = PQgetvalue(run->keys, job->row, 2);
	job->full = PQgetvalue(run->keys, job->row, 3)[0] == 't';
	job->orphans = false;
	return STEP_ITEM;
}

static bool
validate(Server *server, void *context, Error *err)
{
	const Job *job = context;
	const char *text = NULL;
	Buf sql = { 0 };
	bool good;

	if (constraint_put_validate(&sql, "", &job->table, job->name, err))
		text = buf_text(&sql, err);
	/* What holds a lock may be another run's validation. */
	good = text != NULL &&
	    server_run(server, "SET LOCAL lock_timeout = 0", err) &&
	    server_run(server, text, err);
	buf_free(&sql);
	return good;
}

static const TargetTable *
find_table(const Target *target, const char *name)
{
	size_t i;

	for (i = 0; i < target->n_tables; i++) {
		if (strcmp(target->tables[i].name, name) == 0)
			return &target->tables[i];
	}
	return NULL;
}

static const TargetForeignKey *
find_key(const TargetTable *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->n_foreign_keys; i++) {
		if (strcmp(table->foreign_keys[i].name, name) == 0)
			return &table->foreign_keys[i];
	}
	return NULL;
}

/* What orphans_describe wants to know of a table: columns and primary key. */
static bool
make_table(const TargetTable *there, Table *table, Arena *arena, Error *err)
{
	const TargetKey *key = there->keys;
	size_t i;

	table->n_columns = there->n_columns;
	table->columns = arena_alloc(
	    arena, there->n_columns + 1, sizeof *table->columns, err);
	table->indexes = arena_alloc(arena, 1, sizeof *table->indexes, err);
	if (table->columns == NULL || table->indexes == NULL)
		return false;
	for (i = 0; i < there->n_columns; i++)
		table->columns[i].name = there->columns[i].name;
	if (there->n_keys == 0 || !key->primary)
		return true;
	table->n_indexes = 1;
	table->indexes->kind = INDEX_PRIMARY;
	table->indexes->n_parts = key->n_columns;
	table->indexes->parts = arena_alloc(
	    arena, key->n_columns, sizeof *table->indexes->parts, err);
	if (table->indexes->parts == NULL)
		return false;
	for (i = 0; i < key->n_columns; i++)
		table->indexes->parts[i].column = key->columns[i];
	return true;
}

/* REFERENCES on the parents is enough for the key, but not to see them. */
static bool
describe_orphans(Server *server, Job *job, const ForeignKey *key, Error *err)
{
	OrphansOf of = { &job->table, key, job->name, job->full };
	Error unseen = { 0 };

	if (orphans_describe(
		server, job->table.namespace, &of, &job->warning, &unseen))
		return true;
	if (strcmp(server_failure(server, PG_DIAG_SQLSTATE),
		SQLSTATE_PRIVILEGE) != 0) {
		*err = unseen;
		return false;
	}
	job->warning.size = 0;
	return buf_put_format(&job->warning, err,
	    "table \"%s\": rows have no parent in \"%s\" (foreign key \"%s\", "
	    "kept NOT VALID; nothing was deleted); to name them takes SELECT "
	    "on \"%s\"",
	    job->table.name, key->parent, job->name, key->parent);
}

/* The rows without a parent, in words. */
static bool
describe(Server *server, Job *job, Error *err)
{
	const char *namespaces[] = { job->table.namespace };
	const TargetTable *there;
	const TargetForeignKey *key = NULL;
	Target target = { 0 };
	Arena arena = { 0 };
	ForeignKey wanted;
	bool good = false;

	if (!describe_read(server, namespaces, 1, &target, err))
		goto done;
	there = find_table(&target, job->table.name);
	if (there != NULL)
		key = find_key(there, job->name);
	if (key == NULL) {
		good = buf_put_format(&job->warning, err,
		    "table \"%s\": foreign key \"%s\" is kept NOT VALID",
		    job->table.name, job->name);
		goto done;
	}
	wanted = (ForeignKey){
		.name = key->name,
		.columns = key->columns,
		.parent_columns = key->parent_columns,
		.n_columns = key->n_columns,
		.parent = key->parent,
		.parent_namespace = key->parent_namespace,
	};
	good = make_table(there, &job->table, &arena, err) &&
	    describe_orphans(server, job, &wanted, err);
done:
	arena_free(&arena);
	target_free(&target);
	return good;
}

typedef struct {
	const Plan *plan;
	const Job *job;
} GiveUp;

static bool
give_up(Server *server, void *context, Error *err)
{
	const GiveUp *up = context;
	const char *values[] = { up->plan->id, up->job->table.namespace,
		up->job->table.name, up->job->name };
	PGresult *result;

	if (!server_query(server, give_up_sql, values, 4, &result, err))
		return false;
	PQclear(result);
	return true;
}

static bool
work(void *context, void *worked, unsigned worker, Error *err)
{
	const Run *run = context;
	Job *job = worked;
	Server *server = run->plan->servers[worker];
	GiveUp up = { run->plan, job };
	Error failed = { 0 };
	const char *state;

	if (server_transact(server, SERVER_DURABLE, validate, job, &failed))
		return true;
	state = server_failure(server, PG_DIAG_SQLSTATE);
	/* Another run has just taken it off again: keys_finish sees that. */
	if (strcmp(state, SQLSTATE_UNDEFINED) == 0)
		return true;
	job->orphans = strcmp(state, SQLSTATE_FOREIGN_KEY) == 0;
	if (job->orphans && run->plan->orphans == ORPHANS_REJECT)
		return true;
	if (job->orphans)
		return describe(server, job, err) &&
		    server_transact(server, SERVER_DURABLE, give_up, &up, err);
	*err = failed;
	return error_add(err, "table \"%s\", foreign key \"%s\"",
	    job->table.name, job->name);
}

static Step
give(void *context, void *given, Error *err)
{
	Run *run = context;
	Job *job = given;
	const char *warning = NULL;

	if (job->orphans)
		*run->orphans = true;
	if (job->warning.size > 0) {
		warning = buf_text(&job->warning, err);
		if (warning == NULL)
			return STEP_FAILED;
	}
	run->tell(run->context, job->table.name, warning);
	return STEP_END;
}

/* The body of the transaction that lists the keys. */
static bool
list(Server *server, void *context, Error *err)
{
	Run *run = context;
	const char *values[] = { run->plan->id };

	PQclear(run->keys);
	return server_query(server, list_sql, values, 1, &run->keys, err);
}

bool
keys_validate(
    const Plan *plan, bool *orphans, KeysTell *tell, void *context, Error *err)
{
	Run run = {
		.plan = plan,
		.tell = tell,
		.context = context,
		.orphans = orphans,
	};
	Pipeline pipeline = {
		.threads = plan->n_servers,
		.job_bytes = sizeof(Job),
		.n_jobs = pipeline_jobs(plan->n_servers),
		.context = &run,
		.take = take,
		.work = work,
		.give = give,
	};
	Arena arena = { 0 };
	Job *jobs;
	bool good = false;
	size_t i;

	*orphans = false;
	jobs = arena_alloc(&arena, pipeline.n_jobs, sizeof *jobs, err);
	pipeline.jobs = jobs;
	if (jobs != NULL)
		good = server_transact(
			   plan->servers[0], SERVER_DURABLE, list, &run, err) &&
		    pipeline_run(&pipeline, err);
	for (i = 0; jobs != NULL && i < pipeline.n_jobs; i++)
		buf_free(&jobs[i].warning);
	PQclear(run.keys);
	arena_free(&arena);
	return good;
}
