/*
 * litehaul-transform: a dump in SQLite's dialect becomes one in PostgreSQL's.
 *
 *	read mapping and target, open the dump, hold them against each other
 *	decide names, types and what fills every column (rewrite.h)
 *	--explain, --suggest, --dry-run: say so and stop
 *	convert chunk by chunk (run.h), bad rows into the rejects (rejects.h)
 *	commit the rejects, then the dump: what is complete has its rejects
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump.h"
#include "formats/io.h"
#include "formats/report.h"
#include "transform/convert.h"
#include "transform/explain.h"
#include "transform/mapping.h"
#include "transform/match.h"
#include "transform/outline.h"
#include "transform/rejects.h"
#include "transform/rename_map.h"
#include "transform/rewrite.h"
#include "transform/run.h"
#include "transform/settings.h"
#include "transform/suggest.h"
#include "transform/summary.h"

/* Everything that is open while the program runs. */
typedef struct {
	const Settings *settings;
	Report *report;
	Mapping mapping;
	Target target;
	Match match;
	Rewrite rewrite;
	DumpReader *reader;
	bool *wanted;
	const char *rejects; /* where rows are set aside */
	bool aside;          /* there are such */
	Arena arena;
} Program;

/* Which tables -t and -T leave. */
static bool
choose_tables(Program *program, Error *err)
{
	const Schema *schema = dump_schema(program->reader);
	const CommonOptions *common = &program->settings->common;
	size_t n = schema->n_tables;
	const char **names =
	    arena_alloc(&program->arena, n, sizeof *names, err);

	program->wanted =
	    arena_alloc(&program->arena, n, sizeof *program->wanted, err);
	if (names == NULL || program->wanted == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		names[i] = schema->tables[i].name;
		program->wanted[i] = options_want_table(common, names[i]);
	}
	return options_check_patterns(common, names, n, err);
}

static bool
open_dump(Program *program, Error *err)
{
	const Settings *settings = program->settings;
	const char *path = settings->dump == NULL ? "-" : settings->dump;

	if (!dump_open(path, &program->reader, err))
		return false;
	if (dump_schema(program->reader)->dialect == DIALECT_SQLITE)
		return choose_tables(program, err);
	return error_set(err, ERROR_USAGE,
	    "this dump is in the postgresql dialect already: "
	    "hand it to litehaul-import");
}

static void
warn(void *context, const char *text)
{
	report_warning(context, "%s", text);
}

static bool
read_target(Program *program, Error *err)
{
	const char *path = program->settings->target;
	Buf buf = { 0 };
	bool ok;

	if (path == NULL)
		return true;
	ok = io_read_given(path, SCHEMA_BYTES_LIMIT, &buf, err) &&
	    target_read(buf.data, buf.size, path, &program->target, err);
	buf_free(&buf);
	return ok;
}

/* What the operator brought, before the dump is opened: it may take long to
 * come. */
static bool
read_instructions(Program *program, Error *err)
{
	const char *path = program->settings->mapping;

	return (path == NULL || mapping_read(path, &program->mapping, err)) &&
	    read_target(program, err);
}

/* All that does not go into the target, in one list. */
static bool
refuse_problems(const Program *program, Error *err)
{
	const Match *match = &program->match;

	for (size_t i = 0; i < match->n_problems; i++)
		report_warning(program->report, "%s", match->problems[i]);
	return error_set(err, ERROR_USAGE,
	    "the dump does not fit \"%s\" in %zu place%s, named above; nothing "
	    "was converted",
	    program->settings->target, match->n_problems,
	    match->n_problems == 1 ? "" : "s");
}

static bool
fit_target(Program *program, const Mapping *mapping, Error *err)
{
	MatchInput input = { .source = dump_schema(program->reader),
		.profile = dump_profile(program->reader),
		.wanted = program->wanted,
		.mapping = mapping,
		.target = &program->target };

	if (program->settings->target == NULL)
		return true;
	if (!match_tables(&input, &program->match, err))
		return false;
	return program->match.n_problems == 0 || refuse_problems(program, err);
}

static bool
decide(Program *program, Error *err)
{
	const Settings *settings = program->settings;
	const Schema *source = dump_schema(program->reader);
	const Mapping *mapping =
	    settings->mapping == NULL ? NULL : &program->mapping;
	RewriteInput input = { .source = source,
		.profile = dump_profile(program->reader),
		.wanted = program->wanted,
		.mapping = mapping,
		.policy = settings->policy };

	if (mapping != NULL &&
	    !mapping_check(mapping, source, warn, program->report, err))
		return false;
	if (!fit_target(program, mapping, err))
		return false;
	if (settings->target != NULL) {
		input.match = &program->match;
		input.target = &program->target;
	}
	return rewrite_schema(&input, &program->rewrite, err);
}

/* Say what would be done, on standard output. */
static bool
print_decisions(const Program *program, Error *err)
{
	const Settings *settings = program->settings;
	const Rewrite *rewrite = &program->rewrite;
	Buf buf = { 0 };
	bool ok = false;

	switch (settings->action) {
	case SETTINGS_EXPLAIN:
		ok = explain_types(rewrite, settings->explained, &buf, err);
		break;
	case SETTINGS_SUGGEST:
		ok = suggest_put(rewrite, &buf, err);
		break;
	case SETTINGS_PLAN:
	case SETTINGS_CONVERT:
		ok = outline_put(rewrite, &buf, err);
		break;
	}
	if (ok)
		ok = io_write(
		    STDOUT_FILENO, "standard output", buf.data, buf.size, err);
	buf_free(&buf);
	return ok;
}

static bool
write_rename_map(const Program *program, Error *err)
{
	const char *path = program->settings->rename_map;
	Buf buf = { 0 };
	bool ok;

	if (path == NULL)
		return true;
	ok = rename_map_put(&program->rewrite, &buf, err) &&
	    io_write_given(path, buf.data, buf.size, err);
	buf_free(&buf);
	return ok;
}

static void
show_progress(void *context, const char *table, uint64_t rows, uint64_t bytes)
{
	report_progress(context, table, rows, bytes, 0);
}

/* Rows the manifest promises for the tables that are read; 0: not known. */
static uint64_t
expected_rows(const DumpReader *reader)
{
	const Manifest *manifest = dump_manifest(reader);

	return manifest == NULL ? 0 : manifest->totals.rows;
}

/* Both dumps, the rejects first. */
static bool
commit(Program *program, Run *run, Error *err)
{
	DumpSummary dump = { 0 }, rejected = { 0 };
	Summary summary = { .settings = program->settings,
		.run = run,
		.dump = &dump,
		.evidence = run->rejects->profile != NULL };

	dump_set_aside(run->writer, run->rejects->rows);
	program->aside = run->rejects->rows > 0;
	return rejects_commit(run->rejects, &rejected, err) &&
	    dump_commit(run->writer, &dump, err) &&
	    summary_print(program->report, &summary, err);
}

/* Where rows are set aside, which must not be where they come from. */
static bool
choose_rejects(Program *program, Error *err)
{
	const Settings *settings = program->settings;
	const char *file = settings->common.file;

	program->rejects = settings->rejects;
	if (program->rejects == NULL)
		program->rejects = rejects_default_path(
		    file, dump_schema(program->reader), &program->arena, err);
	return program->rejects != NULL &&
	    rejects_begin_check(program->rejects, settings->dump, file, err);
}

static bool
convert_dump(Program *program, Error *err)
{
	const CommonOptions *common = &program->settings->common;
	Convert convert = { .policy = program->settings->policy,
		.compression = common->compression };
	Rejects rejects = { .schema = dump_schema(program->reader),
		.profile = dump_profile(program->reader),
		.path = program->rejects,
		.limit = program->settings->limit,
		.expected =
		    rejects_expected_rows(program->reader, program->wanted) };
	Run run = { .reader = program->reader,
		.convert = &convert,
		.rejects = &rejects,
		.rewrite = &program->rewrite,
		.progress = show_progress,
		.progress_context = program->report };
	bool ok =
	    convert_begin(&convert, &program->rewrite, common->jobs, err) &&
	    dump_create(
		common->file, &program->rewrite.schema, &run.writer, err);

	if (ok) {
		report_phase(program->report, "transform",
		    expected_rows(program->reader), 0);
		ok = run_all(&run, common->jobs, err) &&
		    commit(program, &run, err);
	}
	dump_discard(run.writer);
	rejects_free(&rejects);
	run_free(&run);
	convert_end(&convert);
	return ok;
}

static bool
transform(Program *program, Error *err)
{
	bool ok = read_instructions(program, err) && open_dump(program, err) &&
	    decide(program, err);

	if (ok && program->settings->action != SETTINGS_CONVERT)
		ok = print_decisions(program, err);
	else if (ok)
		/* The names are known; a path that cannot be written is best
		 * known before hours of work, too. */
		ok = choose_rejects(program, err) &&
		    write_rename_map(program, err) &&
		    convert_dump(program, err);
	rewrite_free(&program->rewrite);
	match_free(&program->match);
	dump_close(program->reader);
	target_free(&program->target);
	mapping_free(&program->mapping);
	arena_free(&program->arena);
	return ok;
}

/* --help and --version; false where neither is asked for. */
static bool
answer(const Settings *settings)
{
	if (settings->help)
		settings_print_help(stdout);
	else if (settings->version)
		settings_print_version(stdout);
	return settings->help || settings->version;
}

int
main(int argc, char **argv)
{
	Settings settings = { 0 };
	Report report;
	Program program = { .settings = &settings, .report = &report };
	Error err = { 0 };
	bool ok;

	/* A reader that goes away is an error of write(2), not the end. */
	signal(SIGPIPE, SIG_IGN);
	ok = settings_read(&settings, argc, argv, &err);
	report_begin(&report, "litehaul-transform", &settings.common.report);
	if (ok && answer(&settings))
		ok = io_end_output(&err);
	else if (ok)
		ok = transform(&program, &err);
	settings_free(&settings);
	if (!ok)
		return report_error(&report, &err);
	return program.aside ? ERROR_REJECTS : 0;
}
