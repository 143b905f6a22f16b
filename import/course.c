#include "import/course.h"

#include <string.h>

#include "import/course_preview.h"
#include "import/course_publish.h"
#include "import/course_rejects.h"
#include "import/course_verify.h"
#include "import/ddl.h"
#include "import/existing.h"
#include "import/join.h"
#include "import/keys.h"
#include "import/odds.h"
#include "import/orphans_reject.h"
#include "import/readiness.h"
#include "import/reconcile.h"
#include "import/rights.h"
#include "import/sessions.h"
#include "import/spread.h"
#include "import/status.h"
#include "import/summary.h"
#include "import/tables.h"

/* A crash of the server can undo chunks that it had acknowledged; they are
 * loaded again this often before we give up on that server. */
#define LOAD_PASSES 3

void
course_tell_chunk(
    void *context, const char *name, uint64_t rows, uint64_t raw_bytes)
{
	Course *course = context;

	report_progress(course->report, name, rows, raw_bytes, 0);
}

bool
course_open_dump(Course *course, Error *err)
{
	const Schema *schema;

	if (!dump_open(course->settings->dump, &course->dump, err))
		return false;
	schema = dump_schema(course->dump);
	if (course->settings->command == COMMAND_CHECK)
		return true;
	if (schema->dialect != DIALECT_POSTGRESQL)
		return error_set(err, ERROR_USAGE,
		    "this dump still is in the sqlite dialect: pipe it through "
		    "litehaul-transform first");
	return ddl_check(schema, err);
}

/* Which tables are asked for, and room for what is known of each. */
static bool
make_plan(Course *course, Error *err)
{
	const Schema *schema = dump_schema(course->dump);
	size_t n = schema->n_tables;

	course->rows =
	    arena_alloc(&course->arena, n + 1, sizeof(uint64_t), err);
	course->counts =
	    arena_alloc(&course->arena, n + 1, sizeof(LedgerCounts), err);
	course->loaded =
	    arena_alloc(&course->arena, n + 1, sizeof(LoadTable), err);
	return course->rows != NULL && course->counts != NULL &&
	    course->loaded != NULL &&
	    plan_make(&course->plan, schema, dump_schema_digest(course->dump),
		course->settings, &course->arena, err);
}

bool
course_connect(Course *course, ServerTarget *target, Error *err)
{
	if (course->dump != NULL)
		target->purpose = dump_schema(course->dump)->source.name;
	return sessions_open(&course->plan, target,
	    course->settings->common.jobs, &course->arena, err);
}

static bool
connect_workers(Course *course, ServerTarget *target, Error *err)
{
	unsigned wanted = course->settings->common.jobs;
	Error refused = { 0 };

	if (!sessions_add(&course->plan, target, wanted, &refused, err))
		return false;
	if (course->plan.n_servers < wanted)
		report_note(course->report,
		    "%u of %u connections: the server has no more to give%s%s",
		    course->plan.n_servers, wanted,
		    refused.kind == ERROR_NONE ? "" : ": ", refused.text);
	return true;
}

/* Is the server ready for what is asked of it, and is the role? */
static bool
check_readiness(Course *course, Error *err)
{
	RightsWish wish = {
		.reads = course->settings->command == COMMAND_VERIFY,
		.clean = course->settings->clean,
	};
	FitReport report = { 0 };
	size_t n = 0;
	bool good;

	good = (course->settings->common.dry_run
		       ? course_preview_ready(course, err)
		       : readiness_check(course->plan.servers[0], err)) &&
	    rights_check(&course->plan, &wish, &report, &course->arena, err);
	if (good) {
		fit_tell(&report, true, course->report);
		n = fit_problems(&report);
	}
	fit_free(&report);
	if (!good || n == 0)
		return good;
	return error_set(err, ERROR_TARGET,
	    "%zu %s missing, and nothing was changed", n,
	    n == 1 ? "right is" : "rights are");
}

static bool
load_once(Course *course, DumpReader *dump, bool *whole, Error *err)
{
	size_t i, n = course->plan.schema->n_tables;
	LoadWish wish = { course->finished, course->watch };
	LoadTable *table;

	for (i = 0; i < n; i++) {
		table = &course->loaded[i];
		table->rows = table->raw_bytes = table->chunks = 0;
	}
	return load_run(&course->plan, dump, &wish, course->loaded,
		   course_tell_chunk, course, err) &&
	    dump_finish(dump, err) &&
	    status_expect(&course->plan, dump_manifest(dump), err) &&
	    ledger_settle(course->plan.servers[0], course->plan.id, err) &&
	    reconcile_rows(
		&course->plan, dump_manifest(dump), course->counts, whole, err);
}

static bool
load_data(Course *course, Error *err)
{
	const Manifest *manifest = dump_manifest(course->dump);
	DumpReader *again = NULL;
	bool whole, again_possible = strcmp(course->settings->dump, "-") != 0;
	int64_t began_ms = report_now_ms();
	int pass;

	report_phase(course->report, "load",
	    manifest != NULL ? manifest->totals.rows : 0, 0);
	if (!course_verify_watch(course, err) ||
	    !reconcile_chunks(&course->plan, manifest, err) ||
	    (manifest != NULL &&
		!status_expect(&course->plan, manifest, err)) ||
	    !load_once(course, course->dump, &whole, err))
		return false;
	for (pass = 1; !whole && again_possible && pass < LOAD_PASSES; pass++) {
		report_warning(course->report,
		    "the server lost chunks that it had acknowledged; they "
		    "are loaded again");
		if (!dump_open(course->settings->dump, &again, err))
			return false;
		if (!load_once(course, again, &whole, err)) {
			dump_close(again);
			return false;
		}
		dump_close(again);
	}
	course->load_ms = report_now_ms() - began_ms;
	if (whole)
		return true;
	return error_set(err, ERROR_TARGET,
	    "the server lost chunks that it had acknowledged. Run the same "
	    "command again to load them");
}

static bool
tell_step(void *context, const PhaseStep *step, Error *err)
{
	Course *course = context;
	const char *name = course->plan.schema->tables[step->table].name;

	(void)err;
	report_progress(course->report, name, 0, 0, 1);
	if (step->warning != NULL)
		report_warning(course->report, "%s", step->warning);
	course->orphans |= step->orphans;
	return true;
}

static bool
tell_count(void *context, const PhaseStep *step, Error *err)
{
	Course *course = context;
	const char *name = course->plan.schema->tables[step->table].name;

	report_progress(course->report, name, 0, 0, 1);
	if (step->tally.rows == step->tally.expected ||
	    (step->tally.finished && !course->finished))
		return true;
	(void)error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\" holds %llu rows, the dump %llu%s", name,
	    (unsigned long long)step->tally.rows,
	    (unsigned long long)step->tally.expected,
	    course->finished ? ". It has changed since it was loaded"
			     : ": some were removed or added beside the load");
	return !course->finished && odds_advise(&course->plan, err);
}

static bool
run_phase(Course *course, Phase phase, Error *err)
{
	int64_t began_ms = report_now_ms();

	report_phase(course->report, phases_name(phase), 0,
	    phases_steps(&course->plan, phase));
	if (!phases_run(&course->plan, phase, course->rows,
		phase == PHASE_COUNT ? tell_count : tell_step, course, err))
		return false;
	course->phase_ms[phase] = report_now_ms() - began_ms;
	return true;
}

static bool
print_summary(Course *course, Error *err)
{
	ReportCell *cells;
	size_t n;

	if (!summary_make(&course->plan, course->loaded, course->load_ms,
		&course->arena, &cells, &n, err))
		return false;
	report_table(
	    course->report, summary_columns, SUMMARY_COLUMNS, cells, n);
	return true;
}

/* What has become of rows that met their key (--on-conflict). */
static void
note_merged(Course *course)
{
	const Plan *plan = &course->plan;
	const LedgerCounts *counts = course->counts;
	size_t i;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (plan->conflict == CONFLICT_ERROR || !plan->wanted[i])
			continue;
		report_note(course->report,
		    "table \"%s\": %llu inserted, %llu skipped, %llu updated",
		    plan->schema->tables[i].name,
		    (unsigned long long)(counts[i].rows - counts[i].rejected -
			counts[i].skipped - counts[i].updated),
		    (unsigned long long)counts[i].skipped,
		    (unsigned long long)counts[i].updated);
	}
}

static void
note_times(Course *course)
{
	const int64_t *ms = course->phase_ms;

	report_note(course->report,
	    "load %.1f s, count %.1f s, indexes %.1f s, foreign keys %.1f s, "
	    "analyze %.1f s",
	    (double)course->load_ms / 1e3, (double)ms[PHASE_COUNT] / 1e3,
	    (double)(ms[PHASE_INDEXES] + ms[PHASE_CONSTRAINTS] +
		ms[PHASE_SEQUENCES]) /
		1e3,
	    (double)(ms[PHASE_FOREIGN_KEYS] + ms[PHASE_VALIDATE]) / 1e3,
	    (double)ms[PHASE_ANALYZE] / 1e3);
}

static void
note_resumed(Course *course)
{
	unsigned reconnects = sessions_reconnects(&course->plan);
	unsigned retired = sessions_retired(&course->plan);
	uint64_t chunks, sent;

	summary_chunks(&course->plan, course->loaded, &chunks, &sent);
	if (sent < chunks)
		report_note(course->report,
		    "%llu of %llu chunks had been loaded before",
		    (unsigned long long)(chunks - sent),
		    (unsigned long long)chunks);
	if (reconnects > 0)
		report_note(course->report,
		    "lost connections were made again %u times", reconnects);
	if (retired > 0)
		report_note(course->report,
		    "the server had no room for %u lost connections; the "
		    "others did their work",
		    retired);
}

static void
tell_key(void *context, const char *table, const char *warning)
{
	Course *course = context;

	report_progress(course->report, table, 0, 0, 1);
	if (warning != NULL)
		report_warning(course->report, "%s", warning);
}

/* Set aside the orphans that validation has met; what cannot be is kept. Another
 * importer may be at it, too, and have taken keys away under the validation. */
static bool
reject_orphans(Course *course, Error *err)
{
	Plan *plan = &course->plan;
	bool again = plan->orphans == ORPHANS_REJECT, good;

	while (again) {
		if (course->orphans
			? !orphans_reject(plan, tell_key, course, err)
			: !orphans_wait(plan, err))
			return false;
		course->orphans = false;
		plan->orphans = ORPHANS_REST;
		good = run_phase(course, PHASE_FOREIGN_KEYS, err) &&
		    run_phase(course, PHASE_VALIDATE, err);
		plan->orphans = ORPHANS_REJECT;
		if (!good)
			return false;
		again = course->orphans;
	}
	return true;
}

static bool
finish_load(Course *course, Error *err)
{
	Phase phase;

	for (phase = PHASE_INDEXES; phase < PHASES; phase++) {
		if (!run_phase(course, phase, err) ||
		    (phase == PHASE_VALIDATE && !reject_orphans(course, err)))
			return false;
	}
	return ledger_finish(course->plan.servers[0], &course->plan, err);
}

/* The end of a load into tables that were there. */
static bool
finish_existing(Course *course, Error *err)
{
	int64_t began_ms;

	if (!run_phase(course, PHASE_ANALYZE, err))
		return false;
	began_ms = report_now_ms();
	report_phase(course->report, phases_name(PHASE_FOREIGN_KEYS), 0, 0);
	if (!existing_finish(&course->plan, tell_key, course, err))
		return false;
	course->phase_ms[PHASE_FOREIGN_KEYS] = report_now_ms() - began_ms;
	return true;
}

/* Foreign keys do not stay off because a load failed: without validation they
 * are back at once, and the load's next run finishes them. */
static void
restore_keys(Course *course)
{
	Error ignored = { 0 };

	if (server_is_connected(course->plan.servers[0]) &&
	    keys_put_back(&course->plan, &ignored))
		return;
	report_warning(course->report,
	    "foreign keys that the load has taken off may still be off: the "
	    "same command run again puts them back%s%s",
	    ignored.kind == ERROR_NONE ? "" : ": ", ignored.text);
}

/* Look at the tables that are there, and say what was seen. */
static bool
look_at_existing(Course *course, LedgerState *state, Error *err)
{
	ExistingWish wish = {
		.schema = dump_schema_digest(course->dump),
		.stream = dump_manifest(course->dump) == NULL,
		.dry_run = course->settings->common.dry_run,
	};
	FitReport report = { 0 };
	bool good;

	good = existing_prepare(
	    &course->plan, &wish, &report, state, &course->arena, err);
	if (*state == LEDGER_FINISHED) /* then nothing happens */
		fit_clear(&report);
	fit_tell(&report, good, course->report);
	fit_free(&report);
	return good;
}

/* What transform set aside is missing in the target, and ours is the exit code
 * that is asked. */
static void
warn_set_aside(Course *course)
{
	const Manifest *manifest = dump_manifest(course->dump);

	if (course->settings->schema_only || manifest == NULL)
		return;
	course->set_aside = manifest->set_aside;
	if (course->set_aside > 0)
		report_warning(course->report,
		    "rows of the source that litehaul-transform set aside are "
		    "not in the target: %llu",
		    (unsigned long long)course->set_aside);
}

/* Run the operator's SQL of this moment, if there is any left to run. */
static bool
run_hook(Course *course, Hook hook, Error *err)
{
	const char *path = course->hooks.scripts[hook].path;
	bool ran;

	if (path == NULL)
		return true;
	report_phase(course->report, hooks_moment(hook), 0, 0);
	if (!hooks_run(&course->hooks, &course->plan, hook, &ran, err))
		return false;
	if (ran)
		report_note(course->report, "--%s: \"%s\" has been run",
		    hooks_moment(hook), path);
	else
		report_detail(course->report,
		    "--%s: \"%s\" is not run again, or not for a load that "
		    "is finished",
		    hooks_moment(hook), path);
	return true;
}

/* The tables, made or found. */
static bool
prepare_tables(Course *course, Error *err)
{
	Plan *plan = &course->plan;
	LedgerState state;

	if (!ledger_prepare(plan->servers[0], err) ||
	    !join_load(plan, dump_manifest(course->dump), err) ||
	    (course->settings->clean
		    ? !course_publish_clean(course, err)
		    : !hooks_check(&course->hooks, plan, false, err)) ||
	    !run_hook(course, HOOK_BEFORE, err) ||
	    !course_publish_look(course, err))
		return false;
	course->finished = course->published;
	if (course->published)
		return true;
	if (plan->existing ? !look_at_existing(course, &state, err)
			   : !tables_prepare(plan,
				 dump_schema_digest(course->dump), &state, err))
		return false;
	course->finished = state == LEDGER_FINISHED;
	return run_hook(course, HOOK_AFTER_TABLES, err) &&
	    (plan->existing || spread_look(plan, err));
}

/* How many rows of each table are to be in the target. */
static void
count_expected(Course *course)
{
	const LedgerCounts *counts;
	size_t i;

	for (i = 0; i < course->plan.schema->n_tables; i++) {
		counts = &course->counts[i];
		course->rows[i] = counts->rows - counts->rejected -
		    counts->skipped - counts->updated;
	}
}

/* Rows, and all that follows.  Tables that were there live on when their load
 * is finished: they are not counted again. */
static bool
fill_tables(Course *course, Error *err)
{
	bool existing = course->plan.existing;

	if (existing && !course->finished && !keys_take_off(&course->plan, err))
		return false;
	if (!course->settings->schema_only && !load_data(course, err))
		return false;
	course->whole = true;
	count_expected(course);
	if (!course->settings->schema_only && !course->published &&
	    !(existing && course->finished) &&
	    !run_phase(course, PHASE_COUNT, err))
		return false;
	if (course->finished)
		return true;
	return existing ? finish_existing(course, err)
			: finish_load(course, err);
}

/* Everything that changes the target.  What comes after the load is finished
 * knows by itself whether it has been done. */
static bool
load(Course *course, Error *err)
{
	if (!course_rejects_begin(course, err) || !prepare_tables(course, err))
		return false;
	if (!fill_tables(course, err) && !course_publish_overtaken(course)) {
		if (course->plan.existing && !course->finished)
			restore_keys(course);
		course_rejects_stop(course, err);
		return false;
	}
	if ((!course_verify_loaded(course, err) &&
		(err->kind == ERROR_DIFFERENCE ||
		    !course_publish_overtaken(course))) ||
	    !course_publish_swap(course, err) ||
	    !run_hook(course, HOOK_AFTER, err))
		return false;
	report_end(course->report);
	if (!course->published && !print_summary(course, err))
		return false;
	note_merged(course);
	note_resumed(course);
	warn_set_aside(course);
	if (course->published)
		report_note(course->report,
		    "already loaded and published: nothing was changed");
	else if (course->finished)
		report_note(course->report, "already loaded: %s",
		    course->plan.live != NULL ? "no row was changed"
					      : "nothing was changed");
	else
		note_times(course);
	return course_rejects_end(course, err);
}

bool
course_plan(Course *course, Error *err)
{
	return course_open_dump(course, err) && make_plan(course, err);
}

bool
course_open(Course *course, ServerTarget *target, Error *err)
{
	return hooks_read(&course->hooks, course->settings, err) &&
	    course_plan(course, err) && course_connect(course, target, err) &&
	    check_readiness(course, err) &&
	    readiness_warn(course->plan.servers[0], course->report, err);
}

bool
course_run(Course *course, ServerTarget *target, Error *err)
{
	return connect_workers(course, target, err) && load(course, err);
}

bool
course_preview(Course *course, Buf *text, Error *err)
{
	LedgerState state;

	if (course_preview_join(course, err) &&
	    (!course->plan.existing || look_at_existing(course, &state, err)) &&
	    course_publish_look(course, err) &&
	    course_preview_put(course, text, err))
		return true;
	course_preview_explain(course, err);
	return false;
}

void
course_close(Course *course)
{
	verify_watch_free(course->watch);
	sessions_close(&course->plan);
	dump_close(course->dump);
	hooks_free(&course->hooks);
	rejects_free(&course->rejects);
	arena_free(&course->arena);
}
