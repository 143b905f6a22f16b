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
#include "import/ledger.h"
#include "import/load.h"
#include "import/phases.h"
#include "import/plan.h"
#include "import/preview.h"
#include "import/readiness.h"
#include "import/settings.h"
#include "import/status.h"
#include "import/tables.h"

/* A crash of the server can undo chunks that it had acknowledged; they are
 * loaded again this often before we give up on that server. */
#define LOAD_PASSES 3

/* Below this no rate is shown. */
#define RATE_MS_LEAST 50

typedef struct {
	const Settings *settings;
	Report *report;
	Arena arena;
	DumpReader *dump;
	Plan plan;
	bool *wanted;
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
choose_tables(Import *import, Error *err)
{
	const Schema *schema = dump_schema(import->dump);
	size_t n = schema->n_tables, i;
	const char **names;

	names = arena_alloc(&import->arena, n + 1, sizeof *names, err);
	import->wanted = arena_alloc(&import->arena, n + 1, sizeof(bool), err);
	import->rows =
	    arena_alloc(&import->arena, n + 1, sizeof(uint64_t), err);
	import->loaded =
	    arena_alloc(&import->arena, n + 1, sizeof(LoadTable), err);
	if (names == NULL || import->wanted == NULL || import->rows == NULL ||
	    import->loaded == NULL)
		return false;
	for (i = 0; i < n; i++) {
		names[i] = schema->tables[i].name;
		import->wanted[i] =
		    options_want_table(&import->settings->common, names[i]);
	}
	import->plan.schema = schema;
	import->plan.wanted = import->wanted;
	import->plan.namespace = import->settings->namespace;
	return options_check_patterns(
		   &import->settings->common, names, n, err) &&
	    ledger_id(dump_schema_digest(import->dump),
		import->settings->namespace, import->settings->schema_only,
		import->plan.id, err);
}

/* The first session; the target's password stays in settings for the rest. */
static bool
connect_first(Import *import, ServerTarget *target, Error *err)
{
	Plan *plan = &import->plan;
	unsigned most = import->settings->common.jobs;

	plan->servers =
	    arena_alloc(&import->arena, most, sizeof(Server *), err);
	if (plan->servers == NULL ||
	    !server_connect(target, &plan->servers[0], err))
		return false;
	plan->n_servers = 1;
	return true;
}

/* One session a worker, or as many as the server permits. */
static bool
connect_workers(Import *import, ServerTarget *target, Error *err)
{
	Plan *plan = &import->plan;
	unsigned wanted = import->settings->common.jobs, possible;
	Error refused = { 0 };

	if (!readiness_sessions(plan->servers[0], wanted, &possible, err))
		return false;
	while (plan->n_servers < possible &&
	    server_connect(target, &plan->servers[plan->n_servers], &refused))
		plan->n_servers++;
	if (plan->n_servers < wanted)
		report_note(import->report,
		    "%u of %u connections: the server has no more to give%s%s",
		    plan->n_servers, wanted,
		    refused.kind == ERROR_NONE ? "" : ": ", refused.text);
	return true;
}

/* Chunks that the target has; false in *whole where rows of a table are
 * missing that were loaded before. */
static bool
look_into_ledger(
    Import *import, const Manifest *manifest, bool *whole, Error *err)
{
	const Schema *schema = import->plan.schema;
	LedgerChunks chunks = { 0 };
	uint64_t rows;
	bool good = false;
	size_t i;

	*whole = true;
	if (!ledger_read_chunks(
		import->plan.servers[0], import->plan.id, &chunks, err))
		goto done;
	for (i = 0; i < schema->n_tables; i++) {
		if (!import->wanted[i])
			continue;
		import->rows[i] = manifest->tables[i].rows;
		rows = ledger_table_rows(&chunks, schema->tables[i].directory);
		if (rows < import->rows[i])
			*whole = false;
		if (rows > import->rows[i]) {
			(void)error_set(err, ERROR_DIFFERENCE,
			    "table \"%s\": the ledger has %llu rows, the dump "
			    "%llu. Use --clean to start over",
			    schema->tables[i].name, (unsigned long long)rows,
			    (unsigned long long)import->rows[i]);
			goto done;
		}
	}
	good = true;
done:
	ledger_free_chunks(&chunks);
	return good;
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
	    look_into_ledger(import, dump_manifest(dump), whole, err);
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

static uint64_t
sum_rows(const Import *import)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < import->plan.schema->n_tables; i++)
		sum += import->rows[i];
	return sum;
}

static void
put_cells(ReportCell *cells, const char *name, uint64_t rows, uint64_t bytes,
    int64_t ms)
{
	uint64_t time_ms = ms > 0 ? (uint64_t)ms : 0;

	cells[0].text = name;
	cells[1].value = rows;
	cells[2].value = bytes;
	cells[3].value = time_ms;
	/* A rate from a few milliseconds says nothing. */
	if (time_ms < RATE_MS_LEAST)
		cells[4].text = "";
	else
		cells[4].value = rows * 1000 / time_ms;
}

#define SUMMARY_COLUMNS 5

static bool
print_summary(Import *import, Error *err)
{
	static const ReportColumn columns[SUMMARY_COLUMNS] = {
		{ "table", REPORT_TEXT },
		{ "rows", REPORT_COUNT },
		{ "bytes", REPORT_BYTES },
		{ "time", REPORT_SECONDS },
		{ "rows/s", REPORT_COUNT },
	};
	const Schema *schema = import->plan.schema;
	uint64_t rows = 0, bytes = 0;
	const LoadTable *table;
	ReportCell *cells;
	size_t i, n = 0;

	cells = arena_alloc(&import->arena, schema->n_tables + 1,
	    SUMMARY_COLUMNS * sizeof *cells, err);
	if (cells == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		table = &import->loaded[i];
		if (!import->wanted[i])
			continue;
		put_cells(cells + n++ * SUMMARY_COLUMNS, schema->tables[i].name,
		    table->rows, table->raw_bytes,
		    table->ended_ms - table->began_ms);
		rows += table->rows;
		bytes += table->raw_bytes;
	}
	put_cells(cells + n++ * SUMMARY_COLUMNS, "total", rows, bytes,
	    import->load_ms);
	report_table(import->report, columns, SUMMARY_COLUMNS, cells, n);
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
	uint64_t chunks = 0, sent = 0;
	unsigned reconnects = 0, i;
	size_t table;

	for (table = 0; table < import->plan.schema->n_tables; table++) {
		chunks += import->loaded[table].chunks;
		sent += import->loaded[table].sent_chunks;
	}
	if (sent < chunks)
		report_note(import->report,
		    "%llu of %llu chunks had been loaded before",
		    (unsigned long long)(chunks - sent),
		    (unsigned long long)chunks);
	for (i = 0; i < import->plan.n_servers; i++)
		reconnects += server_reconnects(import->plan.servers[i]);
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
	return ledger_finish(
	    import->plan.servers[0], import->plan.id, sum_rows(import), err);
}

/* Everything that changes the target. */
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

static bool
load(Import *import, Error *err)
{
	Server *server = import->plan.servers[0];
	LedgerState state;

	if (!ledger_prepare(server, err) ||
	    (import->settings->clean && !tables_drop(&import->plan, err)) ||
	    !tables_prepare(
		&import->plan, dump_schema_digest(import->dump), &state, err))
		return false;
	import->finished = state == LEDGER_FINISHED;
	if (!import->settings->schema_only &&
	    (!load_data(import, err) || !run_phase(import, PHASE_COUNT, err)))
		return false;
	if (!import->finished && !finish_load(import, err))
		return false;
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
run_preview(Import *import, Error *err)
{
	Buf text = { 0 };
	bool good;

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
	if (!open_dump(import, err))
		return false;
	if (settings->check)
		return run_check(import, err);
	if (!choose_tables(import, err) ||
	    !connect_first(import, target, err) ||
	    !readiness_check(import->plan.servers[0], settings->namespace, err))
		return false;
	if (settings->common.dry_run)
		return run_preview(import, err);
	return connect_workers(import, target, err) && load(import, err);
}

static void
close_all(Import *import)
{
	unsigned i;

	for (i = 0; i < import->plan.n_servers; i++)
		server_close(import->plan.servers[i]);
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
