#include "import/phases.h"

#include <stdlib.h>
#include <string.h>

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/pipeline.h"

#include "import/constraint.h"
#include "import/ddl.h"
#include "import/foreign_key.h"
#include "import/index_failure.h"
#include "import/ledger.h"
#include "import/orphans.h"
#include "import/parent.h"
#include "import/spread.h"
#include "import/sqlstate.h"

/* What CREATE INDEX may sort in, where the server's setting is lower: the
 * usual advice for building indexes (runtime-config-resource). */
#define WORK_MEMORY "256MB"

/* One step of a phase. */
typedef struct {
	const Plan *plan;
	Phase phase;
	size_t table;
	size_t part;      /* index, foreign key, check or column */
	const char *name; /* of the index or constraint; "" for none */
	uint64_t rows;    /* of the table, for the order */
	Tally tally;      /* PHASE_COUNT */
	bool orphans;     /* may be set aside */
	bool failed;      /* an index cannot be; warning says why */
	Buf warning;
} Task;

typedef struct {
	Arena arena;
	Task *tasks;
	size_t n, next;
	const Plan *plan;
	PhaseTell *tell;
	void *context;
	size_t failed; /* indexes */
} Run;

const char *
phases_name(Phase phase)
{
	static const char *const names[PHASES] = {
		[PHASE_COUNT] = "count",
		[PHASE_INDEXES] = "indexes",
		[PHASE_CONSTRAINTS] = "constraints",
		[PHASE_SEQUENCES] = "sequences",
		[PHASE_FOREIGN_KEYS] = "foreign keys",
		[PHASE_CHECKS] = "checks",
		[PHASE_VALIDATE] = "validate",
		[PHASE_ANALYZE] = "analyze",
	};

	return names[phase];
}

static const Table *
table_of(const Task *task)
{
	return &task->plan->schema->tables[task->table];
}

/* Run what put_... made of a statement; takes sql. */
static bool
run_sql(Server *server, Buf *sql, bool good, Error *err)
{
	const char *text = good ? buf_text(sql, err) : NULL;

	good = text != NULL && server_run(server, text, err);
	buf_free(sql);
	return good;
}

/* Does query, asked about the table ($1, its qualified name) and the task's
 * name ($2), give a row?  *value is its first column's first character. */
static bool
ask(Server *server, const Task *task, const char *query, bool *found,
    char *value, Error *err)
{
	const char *values[2] = { NULL, task->name };
	PGresult *result;
	Buf name = { 0 };
	bool good = false;

	if (!ddl_put_table_name(
		&name, task->plan->namespace, table_of(task), err))
		goto done;
	values[0] = buf_text(&name, err);
	if (values[0] == NULL ||
	    !server_query(server, query, values, 2, &result, err))
		goto done;
	*found = PQntuples(result) > 0;
	*value = *found ? PQgetvalue(result, 0, 0)[0] : '\0';
	PQclear(result);
	good = true;
done:
	buf_free(&name);
	return good;
}

static bool
ask_constraint(
    Server *server, const Task *task, bool *found, char *validated, Error *err)
{
	return ask(server, task,
	    "SELECT convalidated FROM pg_constraint"
	    " WHERE conrelid = $1::text::regclass AND conname = $2::text",
	    found, validated, err);
}

static bool
make_index(Server *server, Task *task, Error *err)
{
	const Table *table = table_of(task);
	bool found;
	char ignored;
	Buf sql = { 0 };

	if (spread_has_no_index(task->plan, task->table, task->part))
		return true;
	if (!ask(server, task,
		"SELECT x.indisunique FROM pg_index AS x"
		" JOIN pg_class AS c ON c.oid = x.indexrelid"
		" WHERE x.indrelid = $1::text::regclass"
		" AND c.relname = $2::text",
		&found, &ignored, err))
		return false;
	if (found)
		return true;
	if (!server_run(server,
		"SELECT set_config('maintenance_work_mem', '" WORK_MEMORY
		"', true) WHERE pg_size_bytes(current_setting("
		"'maintenance_work_mem')) < pg_size_bytes('" WORK_MEMORY "')",
		err))
		return false;
	return run_sql(server, &sql,
	    ddl_put_index(&sql, task->plan->namespace, table,
		&table->indexes[task->part], task->name, err),
	    err);
}

static bool
make_constraint(Server *server, Task *task, Error *err)
{
	bool found;
	char ignored;
	Buf sql = { 0 };

	if (!ask_constraint(server, task, &found, &ignored, err))
		return false;
	if (found)
		return true;
	return run_sql(server, &sql,
	    spread_put_constraint(
		&sql, task->plan, task->table, task->part, task->name, err),
	    err);
}

static bool
set_sequence(Server *server, Task *task, Error *err)
{
	const Table *table = table_of(task);
	Buf sql = { 0 };

	return run_sql(server, &sql,
		   ddl_put_sequence(&sql, task->plan->namespace, table,
		       &table->columns[task->part], err),
		   err) &&
	    spread_check_identity(server, task->plan, task->table, task->part,
		&task->warning, err);
}

static bool
make_foreign_key(Server *server, Task *task, Error *err)
{
	const Table *table = table_of(task);
	const ForeignKey *key = &table->foreign_keys[task->part];
	bool found;
	char ignored;
	Buf sql = { 0 };

	if (!ask_constraint(server, task, &found, &ignored, err))
		return false;
	if (found)
		return true;
	if (!parent_ask(server, task->plan->namespace, key, &found, err))
		return false;
	task->warning.size = 0;
	if (!found)
		return parent_describe(
		    table, key, task->name, false, &task->warning, err);
	return run_sql(server, &sql,
	    spread_put_foreign_key(
		&sql, task->plan, task->table, task->part, task->name, err),
	    err);
}

static bool
make_check(Server *server, Task *task, Error *err)
{
	const Table *table = table_of(task);
	bool found;
	char ignored;
	Buf sql = { 0 };

	if (!ask_constraint(server, task, &found, &ignored, err))
		return false;
	if (found)
		return true;
	return run_sql(server, &sql,
	    constraint_put(&sql, task->plan->namespace, table,
		&table->checks[task->part], task->name, err),
	    err);
}

/* What a task of PHASE_VALIDATE is about where it is no foreign key. */
static const Check *
check_of(const Task *task)
{
	const Table *table = table_of(task);

	return task->part < table->n_foreign_keys
	    ? NULL
	    : &table->checks[task->part - table->n_foreign_keys];
}

static bool
validate(Server *server, Task *task, Error *err)
{
	bool found;
	char validated;
	Buf sql = { 0 };

	if (!ask_constraint(server, task, &found, &validated, err))
		return false;
	if (!found || validated == 't')
		return true;
	return run_sql(server, &sql,
	    constraint_put_validate(
		&sql, task->plan->namespace, table_of(task), task->name, err),
	    err);
}

static bool
analyze(Server *server, Task *task, Error *err)
{
	Buf sql = { 0 };

	return run_sql(server, &sql,
	    buf_put_text(&sql, "ANALYZE ", err) &&
		ddl_put_table_name(
		    &sql, task->plan->namespace, table_of(task), err),
	    err);
}

/* The body of a step's transaction. */
static bool
run_step(Server *server, void *context, Error *err)
{
	Task *task = context;
	Buf step = { 0 };
	const char *text;
	bool good;

	if (task->phase == PHASE_COUNT)
		return tally_count(
		    server, task->plan, task->table, &task->tally, err);
	good = buf_put_format(&step, err, "%s %s %s", phases_name(task->phase),
	    table_of(task)->name, task->name);
	text = good ? buf_text(&step, err) : NULL;
	/* What holds a lock here is another step or importer of this load, and
	 * an index may take it hours. */
	good = text != NULL &&
	    server_run(server, "SET LOCAL lock_timeout = 0", err) &&
	    ledger_lock(server, task->plan->id, text, err) &&
	    ledger_affirm(server, task->plan->id, err);
	buf_free(&step);
	if (!good)
		return false;
	switch (task->phase) {
	case PHASE_INDEXES:
		return make_index(server, task, err);
	case PHASE_CONSTRAINTS:
		return make_constraint(server, task, err);
	case PHASE_SEQUENCES:
		return set_sequence(server, task, err);
	case PHASE_FOREIGN_KEYS:
		return make_foreign_key(server, task, err);
	case PHASE_CHECKS:
		return make_check(server, task, err);
	case PHASE_VALIDATE:
		return validate(server, task, err);
	case PHASE_ANALYZE:
		return analyze(server, task, err);
	case PHASE_COUNT:
	case PHASES:
		break;
	}
	return true;
}

static Step
take(void *context, void *job, Error *err)
{
	Run *run = context;

	(void)err;
	if (run->next == run->n)
		return STEP_END;
	*(Task **)job = &run->tasks[run->next++];
	return STEP_ITEM;
}

/* Did a constraint find rows that it does not permit, or, a check, values that
 * it cannot look at (a division by zero: class 22)? */
static bool
is_about_rows(const char *state)
{
	return strcmp(state, SQLSTATE_FOREIGN_KEY) == 0 ||
	    strcmp(state, SQLSTATE_CHECK) == 0 ||
	    strncmp(state, SQLSTATE_DATA, strlen(SQLSTATE_DATA)) == 0;
}

/* Such rows are no failure: the constraint stays NOT VALID, with a warning. */
static bool
describe_rows(Server *server, Task *task, Error *err)
{
	const Table *table = table_of(task);
	const Check *check = check_of(task);
	OrphansOf of = { .table = table, .name = task->name };

	task->orphans = check == NULL && task->plan->orphans == ORPHANS_REJECT;
	if (task->orphans)
		return true;
	if (check == NULL) {
		of.key = &table->foreign_keys[task->part];
		return orphans_describe(
		    server, task->plan->namespace, &of, &task->warning, err);
	}
	if (strcmp(server_failure(server, PG_DIAG_SQLSTATE), SQLSTATE_CHECK) ==
	    0)
		return constraint_describe(server, task->plan->namespace, table,
		    check, task->name, &task->warning, err);
	task->warning.size = 0;
	return buf_put_format(&task->warning, err,
	    "table \"%s\": the check \"%s\" is kept NOT VALID: %s", table->name,
	    task->name, server_failure(server, PG_DIAG_MESSAGE_PRIMARY));
}

static bool
work(void *context, void *job, unsigned worker, Error *err)
{
	const Run *run = context;
	Task *task = *(Task **)job;
	Server *server = run->plan->servers[worker];

	if (server_transact(server, SERVER_DURABLE, run_step, task, err))
		return true;
	if (task->phase == PHASE_VALIDATE &&
	    is_about_rows(server_failure(server, PG_DIAG_SQLSTATE)))
		return describe_rows(server, task, err);
	/* Another importer is just setting orphans aside (orphans_reject.h). */
	if (task->phase == PHASE_VALIDATE &&
	    task->plan->orphans != ORPHANS_KEEP &&
	    strcmp(server_failure(server, PG_DIAG_SQLSTATE),
		SQLSTATE_UNDEFINED) == 0) {
		task->orphans = true;
		return true;
	}
	task->failed = task->phase == PHASE_INDEXES &&
	    index_failure_is(server_failure(server, PG_DIAG_SQLSTATE));
	if (task->failed)
		return index_failure_put(
		    &task->warning, table_of(task), task->name, err);
	if (spread_excuses(task->plan, server))
		return spread_describe(server, table_of(task),
		    phases_name(task->phase), task->name, &task->warning, err);
	if (task->phase == PHASE_FOREIGN_KEYS &&
	    strcmp(server_failure(server, PG_DIAG_SQLSTATE),
		SQLSTATE_NO_PARENT_KEY) == 0)
		return parent_describe(table_of(task),
		    &table_of(task)->foreign_keys[task->part], task->name, true,
		    &task->warning, err);
	if (task->name[0] != '\0')
		(void)error_add(err, "\"%s\"", task->name);
	return error_add(err, "table \"%s\", %s", table_of(task)->name,
	    phases_name(task->phase));
}

static Step
give(void *context, void *job, Error *err)
{
	Run *run = context;
	Task *task = *(Task **)job;
	PhaseStep step = {
		.table = task->table,
		.tally = task->tally,
		.orphans = task->orphans,
	};

	run->failed += task->failed;
	if (task->warning.size > 0) {
		step.warning = buf_text(&task->warning, err);
		if (step.warning == NULL)
			return STEP_FAILED;
	}
	return run->tell(run->context, &step, err) ? STEP_END : STEP_FAILED;
}

/* How many steps a table has in a phase; where tasks is given, they are
 * written there, table and name still missing. */
static size_t
list_parts(const Table *table, Phase phase, Task *tasks)
{
	size_t i, n = 0, all = 0;
	bool has = false;

	switch (phase) {
	case PHASE_INDEXES:
	case PHASE_CONSTRAINTS:
		all = table->n_indexes;
		break;
	case PHASE_SEQUENCES:
		all = table->n_columns;
		break;
	case PHASE_FOREIGN_KEYS:
		all = table->n_foreign_keys;
		break;
	case PHASE_CHECKS:
		all = table->n_checks;
		break;
	case PHASE_VALIDATE:
		all = table->n_foreign_keys + table->n_checks;
		break;
	case PHASE_COUNT:
	case PHASE_ANALYZE:
		all = 1;
		break;
	case PHASES:
		break;
	}
	for (i = 0; i < all; i++) {
		has = phase != PHASE_CONSTRAINTS && phase != PHASE_SEQUENCES;
		if (phase == PHASE_CONSTRAINTS)
			has = ddl_is_constraint(&table->indexes[i]);
		if (phase == PHASE_SEQUENCES)
			has = table->columns[i].identity;
		if (has && tasks != NULL)
			tasks[n].part = i;
		n += has;
	}
	return n;
}

/* A table that others have put rows into cannot be counted. */
static bool
has_steps(const Plan *plan, size_t table, Phase phase)
{
	return plan->wanted[table] &&
	    (phase != PHASE_COUNT || !plan->tables[table].shared);
}

size_t
phases_steps(const Plan *plan, Phase phase)
{
	size_t i, n = 0;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (has_steps(plan, i, phase))
			n += list_parts(&plan->schema->tables[i], phase, NULL);
	}
	return n;
}

static const char *
part_name(const Table *table, const Task *task, Arena *arena, Error *err)
{
	if (task->phase == PHASE_INDEXES || task->phase == PHASE_CONSTRAINTS)
		return ddl_index_name(table, task->part, arena, err);
	if (task->phase == PHASE_CHECKS)
		return constraint_name(table, task->part, arena, err);
	if (task->phase == PHASE_VALIDATE && check_of(task) != NULL)
		return constraint_name(
		    table, task->part - table->n_foreign_keys, arena, err);
	if (task->phase == PHASE_FOREIGN_KEYS || task->phase == PHASE_VALIDATE)
		return foreign_key_name(table, task->part, arena, err);
	return "";
}

/* The largest tables first, so that none is left for the end alone. */
static int
compare_tasks(const void *one, const void *other)
{
	const Task *a = one, *b = other;

	if (a->rows != b->rows)
		return a->rows < b->rows ? 1 : -1;
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return a->part < b->part ? -1 : a->part > b->part;
}

static bool
list_tasks(Run *run, Phase phase, const uint64_t *table_rows, Error *err)
{
	const Plan *plan = run->plan;
	const Table *table;
	Task *task;
	size_t i, part, n;

	run->tasks = arena_alloc(&run->arena, phases_steps(plan, phase) + 1,
	    sizeof *run->tasks, err);
	if (run->tasks == NULL)
		return false;
	for (i = 0; i < plan->schema->n_tables; i++) {
		table = &plan->schema->tables[i];
		if (!has_steps(plan, i, phase))
			continue;
		n = list_parts(table, phase, run->tasks + run->n);
		for (part = 0; part < n; part++) {
			task = &run->tasks[run->n++];
			task->plan = plan;
			task->phase = phase;
			task->table = i;
			task->rows = table_rows == NULL ? 0 : table_rows[i];
			task->name = part_name(table, task, &run->arena, err);
			if (task->name == NULL)
				return false;
		}
	}
	qsort(run->tasks, run->n, sizeof *run->tasks, compare_tasks);
	return true;
}

/* Adding a foreign key or constraint takes a moment and strong locks, of two
 * tables at once: one session does it, so that none waits for another. */
static unsigned
threads_of(const Plan *plan, Phase phase)
{
	if (phase == PHASE_FOREIGN_KEYS || phase == PHASE_CONSTRAINTS ||
	    phase == PHASE_CHECKS)
		return 1;
	return plan->n_servers;
}

bool
phases_run(const Plan *plan, Phase phase, const uint64_t *table_rows,
    PhaseTell *tell, void *context, Error *err)
{
	Run run = { .plan = plan, .tell = tell, .context = context };
	Pipeline pipeline = {
		.threads = threads_of(plan, phase),
		.job_bytes = sizeof(Task *),
		.context = &run,
		.take = take,
		.work = work,
		.give = give,
	};
	bool good;
	size_t i;

	pipeline.n_jobs = pipeline_jobs(pipeline.threads);
	good = list_tasks(&run, phase, table_rows, err);
	if (good) {
		pipeline.jobs = arena_alloc(
		    &run.arena, pipeline.n_jobs, sizeof(Task *), err);
		good = pipeline.jobs != NULL && pipeline_run(&pipeline, err) &&
		    index_failure_check(run.failed, err);
	}
	for (i = 0; i < run.n; i++)
		buf_free(&run.tasks[i].warning);
	arena_free(&run.arena);
	return good;
}
