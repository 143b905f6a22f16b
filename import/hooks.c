#include "import/hooks.h"

#include <stdlib.h>
#include <string.h>

#include "formats/io.h"

#include "import/ledger.h"
#include "import/replaced.h"
#include "import/script.h"
#include "import/sqlstate.h"

/* More would be a dump rather than a script. */
#define SCRIPT_BYTES_LIMIT ((uint64_t)64 << 20)

typedef struct {
	const HookScript *script;
	const Plan *plan;
	Hook hook;
	bool ran;        /* to its end; whether that is kept, COMMIT says */
	Replaced tables; /* of HOOK_AFTER_TABLES */
} Run;

const char *
hooks_moment(Hook hook)
{
	static const char *const names[HOOKS] = {
		[HOOK_BEFORE] = "before",
		[HOOK_AFTER_TABLES] = "after-tables",
		[HOOK_AFTER] = "after",
	};

	return names[hook];
}

/* Every statement is looked at once before the first one is run. */
static bool
check_statements(const HookScript *script, Error *err)
{
	const char *text = (const char *)script->text.data;
	ScriptStatement statement;
	Script reader;
	Step step;

	if (!script_begin(&reader, script->path, text, script->text.size, err))
		return false;
	do
		step = script_next(&reader, &statement, err);
	while (step == STEP_ITEM);
	return step == STEP_END;
}

bool
hooks_read(Hooks *hooks, const Settings *settings, Error *err)
{
	HookScript *script;
	Digest digest;
	size_t i;

	for (i = 0; i < HOOKS; i++) {
		script = &hooks->scripts[i];
		script->path = settings->hooks[i];
		if (script->path == NULL)
			continue;
		if (!io_read_given(
			script->path, SCRIPT_BYTES_LIMIT, &script->text, err) ||
		    !check_statements(script, err) ||
		    !digest_of(
			script->text.data, script->text.size, &digest, err))
			return error_add(err, "--%s", hooks_moment((Hook)i));
		digest_hex(&digest, script->sha256);
	}
	return true;
}

void
hooks_free(Hooks *hooks)
{
	size_t i;

	for (i = 0; i < HOOKS; i++)
		buf_free(&hooks->scripts[i].text);
}

/* Inside: what the ledger has of a hook; NULL of *row where it has not run. */
static bool
find(Server *server, const Plan *plan, Hook hook, PGresult **row, Error *err)
{
	const char *values[] = { plan->id, hooks_moment(hook) };

	if (!server_query(server,
		"SELECT sha256, to_char(ran, 'YYYY-MM-DD HH24:MI')"
		" FROM litehaul.hook WHERE load_id = $1 AND moment = $2",
		values, 2, row, err))
		return false;
	if (PQntuples(*row) > 0)
		return true;
	PQclear(*row);
	*row = NULL;
	return true;
}

/* Where somebody has deleted a load's row, to have it all done anew, its hooks
 * are to run again. */
static bool
forget_deleted(Server *server, const Plan *plan, Error *err)
{
	const char *values[] = { plan->id };
	PGresult *result;

	if (!server_query(server,
		"DELETE FROM litehaul.hook WHERE load_id = $1"
		" AND NOT EXISTS (SELECT FROM litehaul.load WHERE id = $1)"
		" AND EXISTS (SELECT FROM litehaul.object WHERE load_id = $1)",
		values, 1, &result, err))
		return false;
	PQclear(result);
	return true;
}

static bool
check_one(Server *server, const HookScript *script, const Plan *plan, Hook hook,
    Error *err)
{
	PGresult *row;
	bool good;

	if (!find(server, plan, hook, &row, err))
		return false;
	good = row == NULL ||
	    strcmp(PQgetvalue(row, 0, 0), script->sha256) == 0 ||
	    error_set(err, ERROR_FAILED,
		"--%s \"%s\": another file has run for this load (at %s UTC, "
		"SHA-256 %.12s...). Give that one; or leave the option out, "
		"if nothing more is to run; or, if the new one is to run too, "
		"DELETE FROM litehaul.hook WHERE load_id = '%s' AND moment = "
		"'%s'",
		hooks_moment(hook), script->path, PQgetvalue(row, 0, 1),
		PQgetvalue(row, 0, 0), plan->id, hooks_moment(hook));
	PQclear(row);
	return good;
}

typedef struct {
	const Hooks *hooks;
	const Plan *plan;
	bool dry_run;
} Files;

static bool
check_all(Server *server, void *context, Error *err)
{
	const Files *check = context;
	const HookScript *script;
	bool complete = true;
	size_t i;

	if (check->dry_run ? !ledger_is_complete(server, &complete, err)
			   : !forget_deleted(server, check->plan, err))
		return false;
	if (!complete)
		return true;
	for (i = 0; i < HOOKS; i++) {
		script = &check->hooks->scripts[i];
		if (script->path != NULL &&
		    !check_one(server, script, check->plan, (Hook)i, err))
			return false;
	}
	return true;
}

bool
hooks_check(const Hooks *hooks, const Plan *plan, bool dry_run, Error *err)
{
	Files check = { hooks, plan, dry_run };

	return server_transact(plan->servers[0],
	    dry_run ? SERVER_SNAPSHOT : SERVER_DURABLE, check_all, &check, err);
}

/* What is to be known of a statement that the server has refused. */
static bool
fail_statement(Server *server, const Run *run, const ScriptStatement *statement,
    Error *err)
{
	const char *state = server_failure(server, PG_DIAG_SQLSTATE),
		   *position =
		       server_failure(server, PG_DIAG_STATEMENT_POSITION),
		   *context = server_failure(server, PG_DIAG_CONTEXT);
	size_t line = script_line(statement, strtoull(position, NULL, 10));
	char text[ERROR_TEXT_BYTES];

	if (state[0] == '\0')
		return error_add(err, "%s:%zu", run->script->path, line);
	/* A right that the operator's own SQL lacks is its fault, and not the
	 * target's. */
	if (strcmp(state, SQLSTATE_PRIVILEGE) == 0)
		err->kind = ERROR_FAILED;
	(void)snprintf(text, sizeof text, "%s", err->text);
	(void)error_set(err, err->kind, "%s:%zu: %s%s%.*s%s", run->script->path,
	    line, text, context[0] == '\0' ? "" : ", in ",
	    (int)strcspn(context, "\n"), context,
	    strcmp(state, SQLSTATE_IN_TRANSACTION) == 0
		? ". The whole file is one transaction, so that it is run once "
		  "or not at all: run this statement by psql before or after"
		: "");
	return false;
}

static bool
run_statement(Server *server, const Run *run, const ScriptStatement *statement,
    Error *err)
{
	Buf sql = { 0 };
	const char *text;
	bool good;

	text = buf_put(&sql, statement->text, statement->size, err)
	    ? buf_text(&sql, err)
	    : NULL;
	good = text != NULL;
	if (good && !server_run(server, text, err))
		good = fail_statement(server, run, statement, err);
	buf_free(&sql);
	return good;
}

static bool
run_statements(Server *server, const Run *run, Error *err)
{
	const HookScript *script = run->script;
	ScriptStatement statement;
	Script reader;
	Step step;

	if (!script_begin(&reader, script->path,
		(const char *)script->text.data, script->text.size, err))
		return false;
	while ((step = script_next(&reader, &statement, err)) == STEP_ITEM) {
		if (!run_statement(server, run, &statement, err))
			return false;
	}
	return step == STEP_END;
}

/* The role's own settings in place of ours but for the limits on time, and the
 * load's schema before all that the role looks into. */
static bool
give_settings(Server *server, const Run *run, Error *err)
{
	const Plan *plan = run->plan;
	bool live = plan->live != NULL && run->hook != HOOK_AFTER_TABLES;
	const char *values[] = { live ? plan->live_namespace
				      : plan->namespace };
	PGresult *result;

	if (!server_run(server,
		"SET LOCAL search_path TO DEFAULT;"
		"SET LOCAL TimeZone TO DEFAULT;"
		"SET LOCAL DateStyle TO DEFAULT;"
		"SET LOCAL IntervalStyle TO DEFAULT;"
		"SET LOCAL bytea_output TO DEFAULT;"
		"SET LOCAL lock_timeout = '10s';",
		err) ||
	    !server_query(server,
		"SELECT set_config('search_path', concat_ws(', ',"
		" quote_ident($1), nullif(current_setting('search_path'), '')),"
		" true)",
		values, 1, &result, err))
		return false;
	PQclear(result);
	return true;
}

/* The transaction that this is. */
static bool
read_transaction(Server *server, char text[32], Error *err)
{
	PGresult *result;

	if (!server_query(
		server, "SELECT txid_current()", NULL, 0, &result, err))
		return false;
	(void)snprintf(text, 32, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return true;
}

/* The statements, and what must be so behind them. */
static bool
run_script(Server *server, Run *run, Error *err)
{
	bool tables = run->hook == HOOK_AFTER_TABLES;
	char before[32], after[32];

	if (tables && !replaced_begin(server, run->plan, &run->tables, err))
		return false;
	if (!read_transaction(server, before, err) ||
	    !give_settings(server, run, err) ||
	    !run_statements(server, run, err) || !server_reset(server, err) ||
	    !read_transaction(server, after, err))
		return false;
	if (strcmp(before, after) != 0)
		return error_set(err, ERROR_FAILED,
		    "%s: the file has ended the transaction that it was run "
		    "in, and cannot be recorded",
		    run->script->path);
	return !tables || replaced_end(server, run->plan, &run->tables, err) ||
	    error_add(err, "%s", run->script->path);
}

static bool
record(Server *server, const Run *run, Error *err)
{
	const char *values[] = { run->plan->id, hooks_moment(run->hook),
		run->script->sha256 };
	PGresult *result;

	if (!server_query(server,
		"INSERT INTO litehaul.hook (load_id, moment, sha256)"
		" VALUES ($1, $2, $3)",
		values, 3, &result, err))
		return false;
	PQclear(result);
	return true;
}

/* Tables with rows would be left behind by a script that makes them anew. */
static bool
refuse_late(Server *server, const Run *run, Error *err)
{
	const char *values[] = { run->plan->id };
	PGresult *result;
	bool good;

	if (run->hook != HOOK_AFTER_TABLES)
		return true;
	if (!server_query(server,
		"SELECT FROM litehaul.chunk WHERE load_id = $1 LIMIT 1", values,
		1, &result, err))
		return false;
	good = PQntuples(result) == 0;
	PQclear(result);
	return good ||
	    error_set(err, ERROR_FAILED,
		"--after-tables \"%s\": rows have been loaded before without "
		"it. Leave it out, or use --clean to begin the load anew",
		run->script->path);
}

/* The body of the transaction.  What another importer of the load does at the
 * same moment is waited for, however long it takes. */
static bool
run_once(Server *server, void *context, Error *err)
{
	Run *run = context;
	LedgerState state;
	PGresult *row;
	bool found;

	run->ran = false;
	if (!server_run(server, "SET LOCAL lock_timeout = 0", err) ||
	    !ledger_lock(server, run->plan->id, hooks_moment(run->hook), err) ||
	    !ledger_find(server, run->plan->id, &state, err) ||
	    !find(server, run->plan, run->hook, &row, err))
		return false;
	found = row != NULL;
	PQclear(row);
	if (found || (state == LEDGER_FINISHED && run->hook != HOOK_AFTER))
		return true;
	if (!refuse_late(server, run, err) || !run_script(server, run, err) ||
	    !record(server, run, err))
		return false;
	run->ran = true;
	return true;
}

bool
hooks_run(
    const Hooks *hooks, const Plan *plan, Hook hook, bool *ran, Error *err)
{
	Run run = {
		.script = &hooks->scripts[hook], .plan = plan, .hook = hook
	};
	bool good;

	*ran = false;
	if (run.script->path == NULL)
		return true;
	good = server_transact(
	    plan->servers[0], SERVER_DURABLE, run_once, &run, err);
	replaced_free(&run.tables);
	*ran = run.ran;
	if (!good && run.ran) /* what is deferred fails there */
		(void)error_add(err, "%s, at its end", run.script->path);
	return good || error_add(err, "--%s", hooks_moment(hook));
}
