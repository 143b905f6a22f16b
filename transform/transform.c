/*
 * litehaul-transform: a dump in SQLite's dialect becomes one in PostgreSQL's.
 *
 *	open the dump, decide names and types (rewrite.h)
 *	--explain, --dry-run: say so and stop
 *	convert chunk by chunk (run.h), bad rows into the rejects (rejects.h)
 *	commit the rejects, then the dump: what is complete has its rejects
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump.h"
#include "formats/io.h"
#include "formats/options.h"
#include "formats/report.h"
#include "transform/convert.h"
#include "transform/explain.h"
#include "transform/reason.h"
#include "transform/rejects.h"
#include "transform/rewrite.h"
#include "transform/run.h"

enum { OPTION_REJECTS = OPTION_OWN, OPTION_ON_ERROR, OPTION_EXPLAIN };

static const Option option_rows[] = {
	OPTIONS_OUTPUT_ROWS,
	{ OPTION_REJECTS, 0, "rejects", "DIR",
	    "where rows that do not fit are set aside\n"
	    "(default: PATH.rejects, or litehaul-rejects)" },
	{ OPTION_ON_ERROR, 0, "on-error", "WHAT",
	    "what to do with a value that does not fit:\n"
	    "reject its row (default), null, or stop" },
	{ OPTION_EXPLAIN, 0, "explain", "[=TABLE[.COLUMN]]",
	    "print each column's type and why, and stop" },
	OPTIONS_SHARED_ROWS,
};

static const OptionTable option_table = {
	.program = "litehaul-transform",
	.usage = "[OPTION]... [DUMP]",
	.summary = "Turn a dump of a SQLite database into one for PostgreSQL.",
	.examples = "  litehaul-export app.db | litehaul-transform |\n"
		    "      litehaul-import -d postgresql:///app\n"
		    "  litehaul-transform app.dump -f app.pg\n"
		    "  litehaul-transform --explain=users.age app.dump\n",
	.options = option_rows,
	.n_options = sizeof option_rows / sizeof *option_rows,
};

typedef struct {
	CommonOptions common;
	const char *dump;    /* NULL: standard input */
	const char *rejects; /* NULL: the default */
	ConvertPolicy policy;
	bool explain;
	const char *explained; /* NULL: everything */
	bool finished;         /* help or version was all */
} Settings;

static bool
parse_policy(const char *text, ConvertPolicy *policy, Error *err)
{
	static const char *const names[] = {
		[CONVERT_REJECT] = "reject",
		[CONVERT_NULL] = "null",
		[CONVERT_STOP] = "stop",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], text) == 0) {
			*policy = (ConvertPolicy)i;
			return true;
		}
	return error_set(err, ERROR_USAGE,
	    "--on-error: \"%s\" is not reject, null or stop", text);
}

static bool
take_option(Settings *settings, int id, const char *value, Error *err)
{
	bool taken;

	if (!options_common(&settings->common, id, value, &taken, err))
		return false;
	if (taken)
		return true;
	switch (id) {
	case OPTION_HELP:
		options_print_help(&option_table, stdout);
		settings->finished = true;
		return true;
	case OPTION_VERSION:
		options_print_version(&option_table, NULL, stdout);
		settings->finished = true;
		return true;
	case OPTION_REJECTS:
		settings->rejects = value;
		return true;
	case OPTION_ON_ERROR:
		return parse_policy(value, &settings->policy, err);
	case OPTION_EXPLAIN:
		settings->explain = true;
		settings->explained = value;
		return true;
	case OPTION_OPERAND:
		if (settings->dump != NULL)
			return error_set(err, ERROR_USAGE,
			    "one dump at a time: \"%s\" is one too many",
			    value);
		settings->dump = value;
		return true;
	default:
		return error_set(
		    err, ERROR_USAGE, "option %d is not for us", id);
	}
}

static bool
read_options(int argc, char **argv, Settings *settings, Error *err)
{
	OptionReader reader;
	const char *value;
	Step step;
	int id;

	options_begin(&reader, &option_table, argc, argv);
	while ((step = options_next(&reader, &id, &value, err)) == STEP_ITEM) {
		if (!take_option(settings, id, value, err))
			return false;
		if (settings->finished)
			return true;
	}
	if (step == STEP_FAILED)
		return false;
	options_end_common(&settings->common);
	if (settings->dump == NULL && isatty(STDIN_FILENO))
		return error_set(err, ERROR_USAGE,
		    "no dump is named, and standard input is a terminal. "
		    "Try litehaul-transform --help");
	return true;
}

/* Which tables are wanted; in the arena. */
static bool
choose_tables(const Settings *settings, const Schema *schema, Arena *arena,
    bool **wanted, Error *err)
{
	const char **names =
	    arena_alloc(arena, schema->n_tables, sizeof *names, err);

	*wanted = arena_alloc(arena, schema->n_tables, sizeof **wanted, err);
	if (names == NULL || *wanted == NULL)
		return false;
	for (size_t i = 0; i < schema->n_tables; i++) {
		names[i] = schema->tables[i].name;
		(*wanted)[i] = options_want_table(&settings->common, names[i]);
	}
	return options_check_patterns(
	    &settings->common, names, schema->n_tables, err);
}

static bool
open_dump(const Settings *settings, DumpReader **reader, Error *err)
{
	const char *path = settings->dump == NULL ? "-" : settings->dump;

	if (!dump_open(path, reader, err))
		return false;
	if (dump_schema(*reader)->dialect == DIALECT_SQLITE)
		return true;
	return error_set(err, ERROR_USAGE,
	    "this dump is in the postgresql dialect already: "
	    "hand it to litehaul-import");
}

/* Say what would be done, on standard output. */
static bool
print_plan(const Settings *settings, const Rewrite *rewrite, Error *err)
{
	Buf buf = { 0 };
	bool ok;

	ok = settings->explain
	    ? explain_types(rewrite, settings->explained, &buf, err)
	    : explain_plan(rewrite, &buf, err);
	if (ok)
		ok = io_write(
		    STDOUT_FILENO, "standard output", buf.data, buf.size, err);
	buf_free(&buf);
	return ok;
}

/* Where rows are set aside when nobody said; NULL when memory is out. */
static const char *
rejects_path(const Settings *settings, Arena *arena, Error *err)
{
	const char *file = settings->common.file;
	size_t size = strlen(file);

	if (settings->rejects != NULL)
		return settings->rejects;
	if (strcmp(file, "-") == 0)
		return "litehaul-rejects";
	while (size > 1 && file[size - 1] == '/')
		size--;
	return arena_format(arena, err, "%.*s.rejects", (int)size, file);
}

static void
show_progress(void *context, const char *table, uint64_t rows, uint64_t bytes)
{
	report_progress(context, table, rows, bytes, 0);
}

static bool
print_left_out(Report *report, const Schema *schema, Error *err)
{
	size_t n = schema->n_left_out;
	Buf buf = { 0 };
	bool ok = false;

	for (size_t i = 0; i < n && report->options.verbose; i++) {
		const char *text;

		buf.size = 0;
		if (!explain_left_out(&schema->left_out[i], &buf, err))
			goto done;
		text = buf_text(&buf, err);
		if (text == NULL)
			goto done;
		report_detail(report, "%s", text);
	}
	if (n > 0)
		report_note(report,
		    "%zu thing%s left out or changed; schema.json lists %s%s",
		    n, n == 1 ? "" : "s", n == 1 ? "it" : "them",
		    report->options.verbose ? "" : ", as does -v");
	ok = true;
done:
	buf_free(&buf);
	return ok;
}

static bool
print_notes(Report *report, const Rewrite *rewrite, bool evidence, Error *err)
{
	if (!evidence)
		report_note(report,
		    "no evidence comes before the data: "
		    "declared types alone decide");
	for (size_t i = 0; i < rewrite_note_count(rewrite); i++)
		report_note(report, "%s", rewrite_note(rewrite, i));
	return print_left_out(report, &rewrite->schema, err);
}

/* The table of tables. */
static bool
print_table(Report *report, const Run *run, Arena *arena, Error *err)
{
	static const ReportColumn columns[] = {
		{ "table", REPORT_TEXT },
		{ "rows in", REPORT_COUNT },
		{ "rows out", REPORT_COUNT },
		{ "set aside", REPORT_COUNT },
	};
	const size_t n_columns = sizeof columns / sizeof *columns;
	const Rewrite *rewrite = run->rewrite;
	size_t n = rewrite->schema.n_tables;
	ReportCell *cells =
	    arena_alloc(arena, (n + 1) * n_columns, sizeof *cells, err);
	ReportCell *total, *row = cells;

	if (cells == NULL)
		return false;
	total = cells + n * n_columns;
	total[0].text = "total";
	for (size_t i = 0; i < rewrite->source->n_tables; i++) {
		const RunTable *table = &run->tables[i];

		if (rewrite->tables[i].target == REWRITE_NONE)
			continue;
		row[0].text = rewrite->source->tables[i].name;
		row[1].value = table->rows_in;
		row[2].value = table->rows_out;
		row[3].value = table->rejected;
		for (size_t j = 1; j < n_columns; j++)
			total[j].value += row[j].value;
		row += n_columns;
	}
	report_table(report, columns, n_columns, cells, n + 1);
	return true;
}

static void
print_rejects(Report *report, const Rejects *rejects, const Run *run)
{
	char count[REASON_COUNT_BYTES];

	for (size_t i = 0; i < run->rewrite->source->n_tables; i++)
		if (run->tables[i].nulled > 0)
			report_warning(report,
			    "table \"%s\": values that do not fit became "
			    "NULL: %s",
			    run->rewrite->source->tables[i].name,
			    reason_count(run->tables[i].nulled, count));
	if (rejects->rows == 0)
		return;
	report_warning(report, "%s row%s set aside in \"%s\"",
	    reason_count(rejects->rows, count),
	    rejects->rows == 1 ? " was" : "s were", rejects->path);
	for (size_t i = 0; i < rejects->n_counts; i++)
		report_warning(report, "  %s value%s: %s",
		    reason_count(rejects->counts[i].values, count),
		    rejects->counts[i].values == 1 ? "" : "s",
		    rejects->counts[i].refusal->reason);
}

static bool
print_summary(Report *report, const Settings *settings, const Run *run,
    const DumpSummary *summary, Arena *arena, Error *err)
{
	const char *file = settings->common.file;
	bool piped = strcmp(file, "-") == 0;
	char count[REASON_COUNT_BYTES];

	report_end(report);
	/* In a pipe the table to look at is the last program's. */
	if (piped && !report->options.verbose)
		report_note(report, "%zu tables, %s rows",
		    (size_t)summary->totals.tables,
		    reason_count(summary->totals.rows, count));
	else if (!print_table(report, run, arena, err))
		return false;
	if (!print_notes(
		report, run->rewrite, run->rejects->profile != NULL, err))
		return false;
	print_rejects(report, run->rejects, run);
	report_note(report, "manifest sha256 %s", summary->manifest_sha256);
	if (!piped)
		report_note(report,
		    "next: litehaul-import -d postgresql:///DATABASE %s", file);
	return true;
}

/* Rows the manifest promises for the tables that are read; 0: not known. */
static uint64_t
expected_rows(const DumpReader *reader)
{
	const Manifest *manifest = dump_manifest(reader);

	return manifest == NULL ? 0 : manifest->totals.rows;
}

/* *aside tells whether rows were set aside. */
static bool
convert_dump(const Settings *settings, DumpReader *reader,
    const Rewrite *rewrite, Report *report, bool *aside, Error *err)
{
	Arena arena = { 0 };
	DumpWriter *writer = NULL;
	DumpSummary summary = { 0 }, rejected = { 0 };
	Convert convert = { .policy = settings->policy,
		.compression = settings->common.compression };
	Rejects rejects = { .schema = dump_schema(reader),
		.profile = dump_profile(reader),
		.path = rejects_path(settings, &arena, err) };
	Run run = { .reader = reader,
		.convert = &convert,
		.rejects = &rejects,
		.rewrite = rewrite,
		.progress = show_progress,
		.progress_context = report };
	bool ok = false;

	if (rejects.path == NULL ||
	    !convert_begin(&convert, rewrite, settings->common.jobs, err) ||
	    !dump_create(settings->common.file, &rewrite->schema, &writer, err))
		goto done;
	run.writer = writer;
	report_phase(report, "transform", expected_rows(reader), 0);
	if (!run_all(&run, settings->common.jobs, err))
		goto done;
	dump_set_aside(writer, rejects.rows);
	if (!rejects_commit(&rejects, &rejected, err) ||
	    !dump_commit(writer, &summary, err) ||
	    !print_summary(report, settings, &run, &summary, &arena, err))
		goto done;
	*aside = rejects.rows > 0;
	ok = true;
done:
	dump_discard(writer);
	rejects_free(&rejects);
	run_free(&run);
	convert_end(&convert);
	arena_free(&arena);
	return ok;
}

static bool
transform(const Settings *settings, Report *report, bool *aside, Error *err)
{
	Arena arena = { 0 };
	Rewrite rewrite = { 0 };
	DumpReader *reader = NULL;
	bool *wanted;
	bool ok = false;

	if (!open_dump(settings, &reader, err) ||
	    !choose_tables(
		settings, dump_schema(reader), &arena, &wanted, err) ||
	    !rewrite_schema(dump_schema(reader), dump_profile(reader), wanted,
		&rewrite, err))
		goto done;
	if (settings->explain || settings->common.dry_run)
		ok = print_plan(settings, &rewrite, err);
	else
		ok = convert_dump(
		    settings, reader, &rewrite, report, aside, err);
done:
	rewrite_free(&rewrite);
	dump_close(reader);
	arena_free(&arena);
	return ok;
}

int
main(int argc, char **argv)
{
	Settings settings = { 0 };
	Report report;
	Error err = { 0 };
	bool aside = false;
	int code = 0;

	/* A reader that goes away is an error of write(2), not the end. */
	signal(SIGPIPE, SIG_IGN);
	options_begin_common(&settings.common);
	report_begin(&report, option_table.program, &settings.common.report);
	if (!read_options(argc, argv, &settings, &err)) {
		code = report_error(&report, &err);
	} else if (settings.finished) {
		if (!io_end_output(&err))
			code = report_error(&report, &err);
	} else {
		report_begin(
		    &report, option_table.program, &settings.common.report);
		if (!transform(&settings, &report, &aside, &err))
			code = report_error(&report, &err);
		else if (aside)
			code = ERROR_REJECTS;
	}
	options_free_common(&settings.common);
	return code;
}
