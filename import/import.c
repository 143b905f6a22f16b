/*
 * litehaul-import: loads a dump into PostgreSQL.
 *
 *	open the dump, connect, ask whether the server is ready
 *	make the tables, recorded in the ledger        tables.c
 *	load the chunks over all sessions              load.c
 *	reconcile with manifest, ledger and tables
 *	indexes, keys, sequences, statistics           phases.c
 *	mark the load finished
 *
 * Tables that are there (-a) are looked at instead of made: existing.c, and
 * their foreign keys and sequences are seen to by keys.c and sequences.c.
 *
 * Whatever ends a run early, the same command run again goes on from there.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump.h"
#include "formats/io.h"
#include "formats/options.h"
#include "formats/pipeline.h"
#include "formats/report.h"

#include "import/check.h"
#include "import/ddl.h"
#include "import/describe.h"
#include "import/existing.h"
#include "import/keys.h"
#include "import/ledger.h"
#include "import/load.h"
#include "import/phases.h"
#include "import/plan.h"
#include "import/preview.h"
#include "import/readiness.h"
#include "import/reconcile.h"
#include "import/sessions.h"
#include "import/settings.h"
#include "import/status.h"
#include "import/summary.h"
#include "import/tables.h"

/* A crash of the server can undo chunks that it had acknowledged; they are
 * loaded again this often before we give up on that server. */
#define LOAD_PASSES 3

typedef struct {
	const Settings *settings;
	Report *report;
	Arena arena;
	DumpReader *dump;
	Plan plan;
	LoadTable *loaded;  /* by table */
	uint64_t *rows;     /* by table, as the manifest says */
	bool finished;      /* the load was complete before this run */
	uint64_t set_aside; /* rows of the source that are not in the dump */
	int64_t load_ms, phase_ms[PHASES];
} Import;

static bool
print(Buf *text, Error *err)
{
	return io_write(
	    STDOUT_FILENO, "standard output", text->data, text->size, err);
}

static void
tell_chunk(void *context, const char *name, uint64_t rows, uint64_t raw_bytes)
{
	Import *import = context;

	report_progress(import->report, name, rows, raw_bytes, 0);
}

static bool
open_dump(Import *import, Error *err)
{
	const Schema *schema;

	if (!dump_open(import->settings->dump, &import->dump, err))
		return false;
	schema = dump_schema(import->dump);
	if (import->settings->check)
		return true;
	if (schema->dialect != DIALECT_POSTGRESQL)
		return error_set(err, ERROR_USAGE,
		    "this dump still is in the sqlite dialect: pipe it through "
		    "litehaul-transform first");
	return ddl_check(schema, err);
}

/* Which tables are asked for, and room for what is known of each. */
static bool
make_plan(Import *import, Error *err)
{
	const Schema *schema = dump_schema(import->dump);
	size_t n = schema->n_tables;

	import->rows =
	    arena_alloc(&import->arena, n + 1, sizeof(uint64_t), err);
	import->loaded =
	    arena_alloc(&import->arena, n + 1, sizeof(LoadTable), err);
	return import->rows != NULL && import->loaded != NULL &&
	    plan_make(&import->plan, schema, dump_schema_digest(import->dump),
		import->settings, &import->arena, err);
}

static bool
connect_first(Import *import, ServerTarget *target, Error *err)
{
	return sessions_open(&import->plan, target,
	    import->settings->common.jobs, &import->arena, err);
}

static bool
connect_workers(Import *import, ServerTarget *target, Error *err)
{
	unsigned wanted = import->settings->common.jobs;
	Error refused = { 0 };

	if (!sessions_add(&import->plan, target, wanted, &refused, err))
		return false;
	if (import->plan.n_servers < wanted)
		report_note(import->report,
		    "%u of %u connections: the server has no more to give%s%s",
		    import->plan.n_servers, wanted,
		    refused.kind == ERROR_NONE ? "" : ": ", refused.text);
	return true;
}

/* Is the server ready for what is asked of it? */
static bool
check_readiness(Import *import, Error *err)
{
	const char *const *names;
	size_t i, n;

	if (!plan_namespaces(&import->plan, &import->arena, &names, &n, err))
		return false;
	for (i = 0; i < n; i++) {
		if (!readiness_check(import->plan.servers[0], names[i],
			!import->plan.existing, err))
			return false;
	}
	return true;
}

static bool
load_once(Import *import, DumpReader *dump, bool *whole, Error *err)
{
	size_t i, n = import->plan.schema->n_tables;
	LoadTable *table;

	for (i = 0; i < n; i++) {
		table = &import->loaded[i];
		table->rows = table->raw_bytes = table->chunks = 0;
	}
	return load_run(&import->plan, dump, import->finished, import->loaded,
		   tell_chunk, import, err) &&
	    dump_finish(dump, err) &&
	    ledger_settle(import->plan.servers[0], import->plan.id, err) &&
	    reconcile_rows(
		&import->plan, dump_manifest(dump), import->rows, whole, err);
}

static bool
load_data(Import *import, Error *err)
{
	const Manifest *manifest = dump_manifest(import->dump);
	DumpReader *again = NULL;
	bool whole, again_possible = strcmp(import->settings->dump, "-") != 0;
	int64_t began_ms = report_now_ms();
	int pass;

	report_phase(import->report, "load",
	    manifest != NULL ? manifest->totals.rows : 0, 0);
	if (!load_once(import, import->dump, &whole, err))
		return false;
	for (pass = 1; !whole && again_possible && pass < LOAD_PASSES; pass++) {
		report_warning(import->report,
		    "the server lost chunks that it had acknowledged; they "
		    "are loaded again");
		if (!dump_open(import->settings->dump, &again, err))
			return false;
		if (!load_once(import, again, &whole, err)) {
			dump_close(again);
			return false;
		}
		dump_close(again);
	}
	import->load_ms = report_now_ms() - began_ms;
	if (whole)
		return true;
	return error_set(err, ERROR_TARGET,
	    "the server lost chunks that it had acknowledged. Run the same "
	    "command again to load them");
}

static bool
tell_step(void *context, const PhaseStep *step, Error *err)
{
	Import *import = context;
	const char *name = import->plan.schema->tables[step->table].name;

	(void)err;
	report_progress(import->report, name, 0, 0, 1);
	if (step->warning != NULL)
		report_warning(import->report, "%s", step->warning);
	return true;
}

static bool
tell_count(void *context, const PhaseStep *step, Error *err)
{
	Import *import = context;
	const char *name = import->plan.schema->tables[step->table].name;
	uint64_t rows = import->rows[step->table];

	report_progress(import->report, name, 0, 0, 1);
	if (step->count == rows)
		return true;
	return error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\" holds %llu rows, the dump %llu%s", name,
	    (unsigned long long)step->count, (unsigned long long)rows,
	    import->finished ? ". It has changed since it was loaded" : "");
}

static bool
run_phase(Import *import, Phase phase, Error *err)
{
	int64_t began_ms = report_now_ms();

	report_phase(import->report, phases_name(phase), 0,
	    phases_steps(&import->plan, phase));
	if (!phases_run(&import->plan, phase, import->rows,
		phase == PHASE_COUNT ? tell_count : tell_step, import, err))
		return false;
	import->phase_ms[phase] = report_now_ms() - began_ms;
	return true;
}

static bool
print_summary(Import *import, Error *err)
{
	ReportCell *cells;
	size_t n;

	if (!summary_make(&import->plan, import->loaded, import->load_ms,
		&import->arena, &cells, &n, err))
		return false;
	report_table(
	    import->report, summary_columns, SUMMARY_COLUMNS, cells, n);
	return true;
}

static void
note_times(Import *import)
{
	const int64_t *ms = import->phase_ms;

	report_note(import->report,
	    "load %.1f s, count %.1f s, indexes %.1f s, foreign keys %.1f s, "
	    "analyze %.1f s",
	    (double)import->load_ms / 1e3, (double)ms[PHASE_COUNT] / 1e3,
	    (double)(ms[PHASE_INDEXES] + ms[PHASE_CONSTRAINTS] +
		ms[PHASE_SEQUENCES]) /
		1e3,
	    (double)(ms[PHASE_FOREIGN_KEYS] + ms[PHASE_VALIDATE]) / 1e3,
	    (double)ms[PHASE_ANALYZE] / 1e3);
}

static void
note_resumed(Import *import)
{
	unsigned reconnects = sessions_reconnects(&import->plan);
	uint64_t chunks, sent;

	summary_chunks(&import->plan, import->loaded, &chunks, &sent);
	if (sent < chunks)
		report_note(import->report,
		    "%llu of %llu chunks had been loaded before",
		    (unsigned long long)(chunks - sent),
		    (unsigned long long)chunks);
	if (reconnects > 0)
		report_note(import->report,
		    "lost connections were made again %u times", reconnects);
}

static bool
finish_load(Import *import, Error *err)
{
	Phase phase;

	for (phase = PHASE_INDEXES; phase < PHASES; phase++) {
		if (!run_phase(import, phase, err))
			return false;
	}
	return ledger_finish(import->plan.servers[0], import->plan.id,
	    summary_rows(&import->plan, import->rows), err);
}

static void
tell_key(void *context, const char *table, const char *warning)
{
	Import *import = context;

	report_progress(import->report, table, 0, 0, 1);
	if (warning != NULL)
		report_warning(import->report, "%s", warning);
}

/* The end of a load into tables that were there. */
static bool
finish_existing(Import *import, Error *err)
{
	int64_t began_ms;

	if (!run_phase(import, PHASE_ANALYZE, err))
		return false;
	began_ms = report_now_ms();
	report_phase(import->report, phases_name(PHASE_FOREIGN_KEYS), 0, 0);
	if (!existing_finish(&import->plan,
		summary_rows(&import->plan, import->rows), tell_key, import,
		err))
		return false;
	import->phase_ms[PHASE_FOREIGN_KEYS] = report_now_ms() - began_ms;
	return true;
}

/* Foreign keys do not stay off because a load failed: without validation they
 * are back at once, and the load's next run finishes them. */
static void
restore_keys(Import *import)
{
	Error ignored = { 0 };

	if (server_is_connected(import->plan.servers[0]) &&
	    keys_put_back(&import->plan, &ignored))
		return;
	report_warning(import->report,
	    "foreign keys that the load has taken off may still be off: the "
	    "same command run again puts them back%s%s",
	    ignored.kind == ERROR_NONE ? "" : ": ", ignored.text);
}

/* Look at the tables that are there, and say what was seen. */
static bool
look_at_existing(Import *import, LedgerState *state, Error *err)
{
	ExistingWish wish = {
		.schema = dump_schema_digest(import->dump),
		.stream = dump_manifest(import->dump) == NULL,
		.dry_run = import->settings->common.dry_run,
	};
	FitReport report = { 0 };
	bool good;
	size_t i;

	good = existing_prepare(
	    &import->plan, &wish, &report, state, &import->arena, err);
	if (*state == LEDGER_FINISHED) /* then nothing happens */
		fit_clear(&report);
	for (i = 0; good && fit_text(&report.notes, i) != NULL; i++)
		report_note(import->report, "%s", fit_text(&report.notes, i));
	for (i = 0; fit_text(&report.problems, i) != NULL; i++)
		report_warning(
		    import->report, "%s", fit_text(&report.problems, i));
	fit_free(&report);
	return good;
}

/* What transform set aside is missing in the target, and ours is the exit code
 * that is asked. */
static void
warn_set_aside(Import *import)
{
	const Manifest *manifest = dump_manifest(import->dump);

	if (import->settings->schema_only || manifest == NULL)
		return;
	import->set_aside = manifest->set_aside;
	if (import->set_aside > 0)
		report_warning(import->report,
		    "rows of the source that litehaul-transform set aside are "
		    "not in the target: %llu",
		    (unsigned long long)import->set_aside);
}

/* The tables, made or found. */
static bool
prepare_tables(Import *import, Error *err)
{
	Plan *plan = &import->plan;
	LedgerState state;

	if (!ledger_prepare(plan->servers[0], err) ||
	    (import->settings->clean && !tables_drop(plan, err)))
		return false;
	if (plan->existing ? !look_at_existing(import, &state, err)
			   : !tables_prepare(plan,
				 dump_schema_digest(import->dump), &state, err))
		return false;
	import->finished = state == LEDGER_FINISHED;
	return true;
}

/* Rows, and all that follows.  Tables that were there live on when their load
 * is finished: they are not counted again. */
static bool
fill_tables(Import *import, Error *err)
{
	bool existing = import->plan.existing;

	if (existing && !import->finished && !keys_take_off(&import->plan, err))
		return false;
	if (!import->settings->schema_only && !load_data(import, err))
		return false;
	if (!import->settings->schema_only && !(existing && import->finished) &&
	    !run_phase(import, PHASE_COUNT, err))
		return false;
	if (import->finished)
		return true;
	return existing ? finish_existing(import, err)
			: finish_load(import, err);
}

/* Everything that changes the target. */
static bool
load(Import *import, Error *err)
{
	if (!prepare_tables(import, err))
		return false;
	if (!fill_tables(import, err)) {
		if (import->plan.existing && !import->finished)
			restore_keys(import);
		return false;
	}
	report_end(import->report);
	if (!print_summary(import, err))
		return false;
	note_resumed(import);
	warn_set_aside(import);
	if (import->finished)
		report_note(
		    import->report, "already loaded: nothing was changed");
	else
		note_times(import);
	return true;
}

static bool
run_check(Import *import, Error *err)
{
	const Manifest *manifest = dump_manifest(import->dump);
	CheckTotals totals;

	report_phase(import->report, "check",
	    manifest != NULL ? manifest->totals.rows : 0, 0);
	if (!check_run(import->dump, import->settings->common.jobs, &totals,
		tell_chunk, import, err))
		return false;
	report_end(import->report);
	report_note(import->report,
	    "the dump is whole: %llu tables, %llu chunks, %llu rows, %llu "
	    "bytes, %llu as they stand",
	    (unsigned long long)totals.tables,
	    (unsigned long long)totals.chunks, (unsigned long long)totals.rows,
	    (unsigned long long)totals.raw_bytes,
	    (unsigned long long)totals.bytes);
	return true;
}

static bool
run_status(Import *import, ServerTarget *target, Error *err)
{
	Buf text = { 0 };
	bool good;

	good = connect_first(import, target, err) &&
	    status_put(import->plan.servers[0],
		import->settings->common.report.json, &text, err) &&
	    print(&text, err);
	buf_free(&text);
	return good;
}

static bool
run_describe(Import *import, ServerTarget *target, Error *err)
{
	static const char *const usual[] = { "public" };
	const Settings *settings = import->settings;
	const char *const *names = usual;
	Target described = { 0 };
	Buf text = { 0 };
	size_t n = 1;
	bool good;

	if (settings->n_namespaces > 0) {
		names = settings->namespaces;
		n = settings->n_namespaces;
	}
	good = connect_first(import, target, err) &&
	    readiness_version(import->plan.servers[0], err) &&
	    describe_read(import->plan.servers[0], names, n, &described, err) &&
	    target_write(&described, &text, err) && print(&text, err);
	target_free(&described);
	buf_free(&text);
	return good;
}

static bool
run_preview(Import *import, Error *err)
{
	LedgerState state;
	Buf text = { 0 };
	bool good;

	if (import->plan.existing && !look_at_existing(import, &state, err))
		return false;
	good = preview_put(
		   &import->plan, dump_manifest(import->dump), &text, err) &&
	    print(&text, err);
	buf_free(&text);
	return good;
}

static bool
run(Import *import, ServerTarget *target, Error *err)
{
	const Settings *settings = import->settings;

	if (settings->status)
		return run_status(import, target, err);
	if (settings->describe)
		return run_describe(import, target, err);
	if (!open_dump(import, err))
		return false;
	if (settings->check)
		return run_check(import, err);
	if (!make_plan(import, err) || !connect_first(import, target, err) ||
	    !check_readiness(import, err))
		return false;
	if (settings->common.dry_run)
		return run_preview(import, err);
	return connect_workers(import, target, err) && load(import, err);
}

static void
close_all(Import *import)
{
	sessions_close(&import->plan);
	dump_close(import->dump);
	arena_free(&import->arena);
}

static void
print_version(void)
{
	char libraries[32];
	int version = PQlibVersion();

	(void)snprintf(libraries, sizeof libraries, "libpq %d.%d",
	    version / 10000, version % 10000);
	options_print_version(&settings_options, libraries, stdout);
}

int
main(int argc, char **argv)
{
	Settings settings = { 0 };
	Report report;
	Import import = { .settings = &settings, .report = &report };
	Error err = { 0 };
	int code = 0;
	bool ok;

	(void)signal(SIGPIPE, SIG_IGN);
	ok = settings_read(&settings, argc, argv, &err);
	report_begin(
	    &report, settings_options.program, &settings.common.report);
	if (ok && settings.help)
		options_print_help(&settings_options, stdout);
	else if (ok && settings.version)
		print_version();
	else if (ok)
		ok = run(&import, &settings.target, &err);
	if (ok)
		ok = io_end_output(&err);
	report_end(&report);
	if (!ok)
		code = report_error(&report, &err);
	else if (import.set_aside > 0)
		code = ERROR_REJECTS;
	close_all(&import);
	settings_free(&settings);
	return code;
}
