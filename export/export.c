/*
 * litehaul-export: a SQLite database into a dump.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "export/catalog.h"
#include "export/reading.h"
#include "export/scan.h"
#include "export/settings.h"
#include "export/source.h"
#include "formats/dump.h"
#include "formats/io.h"
#include "formats/pipeline.h"
#include "formats/profile.h"
#include "formats/report.h"

/* Writers of a smaller database hardly notice that they wait. */
#define LARGE_BYTES ((uint64_t)64 << 20)

/* What a table's export came to. */
typedef struct {
	uint64_t rows, chunks, raw_bytes, bytes;
} Tally;

/* One run of the program. */
typedef struct {
	Settings settings;
	Report report;
	SourceFile source;
	Catalog catalog;
	Reading *readings;
	Tally *tallies; /* by table */
	Profile profile;
	Scan scan;
	Arena arena;
} Export;

static bool
is_stream(const Export *export)
{
	return strcmp(export->settings.common.file, "-") == 0;
}

/* The table that a --where is for, and the condition behind its colon: of
 * names that fit the longest, for names may hold colons. */
static bool
find_where(const Export *export, const char *where, size_t *table,
    const char **condition, Error *err)
{
	const Schema *schema = &export->catalog.schema;
	size_t i, size, longest = 0;

	*condition = NULL;
	for (i = 0; i < schema->n_tables; i++) {
		size = strlen(schema->tables[i].name);
		if (sqlite3_strnicmp(
			schema->tables[i].name, where, (int)size) != 0 ||
		    where[size] != ':' ||
		    (*condition != NULL && size < longest))
			continue;
		longest = size;
		*table = i;
		*condition = where + size + 1;
	}
	if (*condition == NULL)
		return error_set(err, ERROR_USAGE,
		    "--where=\"%s\" names no table that is exported; it is "
		    "TABLE: SQL",
		    where);
	return true;
}

static bool
make_readings(Export *export, Error *err)
{
	const Catalog *catalog = &export->catalog;
	const size_t n = catalog->schema.n_tables;
	const char **conditions, *condition;
	size_t i, table = 0;

	export->readings =
	    arena_alloc(&export->arena, n, sizeof(*export->readings), err);
	export->tallies =
	    arena_alloc(&export->arena, n, sizeof(*export->tallies), err);
	conditions = arena_alloc(&export->arena, n, sizeof(*conditions), err);
	if (export->readings == NULL || export->tallies == NULL ||
	    conditions == NULL)
		return false;
	for (i = 0; i < export->settings.n_where; i++) {
		if (!find_where(export, export->settings.where[i], &table,
			&condition, err))
			return false;
		if (conditions[table] != NULL)
			return error_set(err, ERROR_USAGE,
			    "two --where for table \"%s\": join them by AND",
			    catalog->schema.tables[table].name);
		conditions[table] = condition;
	}
	for (i = 0; i < n; i++)
		if (!reading_make(&export->readings[i], catalog, i,
			conditions[i], &export->arena, err) ||
		    !reading_check_where(
			&export->readings[i], export->source.readers[0], err))
			return false;
	return true;
}

/* A name for people's screens: control characters are shown as \xHH. */
static void
print_name(const char *name)
{
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			printf("\\x%02x", (unsigned char)*name);
		else
			putchar(*name);
}

static bool
list_tables(Export *export, Error *err)
{
	const Schema *schema = &export->catalog.schema;
	uint64_t rows;
	size_t i;

	printf("%15s %8s  %s\n", "rows", "columns", "table");
	for (i = 0; i < schema->n_tables; i++) {
		if (!reading_count(&export->readings[i],
			export->source.readers[0], &rows, err))
			return error_add(
			    err, "table \"%s\"", schema->tables[i].name);
		printf("%15llu %8zu  ", (unsigned long long)rows,
		    schema->tables[i].n_columns);
		print_name(schema->tables[i].name);
		putchar('\n');
	}
	return true;
}

static const ReportColumn summary_columns[] = {
	{ "table", REPORT_TEXT },
	{ "rows", REPORT_COUNT },
	{ "chunks", REPORT_COUNT },
	{ "raw", REPORT_BYTES },
	{ "stored", REPORT_BYTES },
};
#define SUMMARY_COLUMNS (sizeof(summary_columns) / sizeof(summary_columns[0]))

static void
put_cells(ReportCell *cells, const char *name, const Tally *tally)
{
	cells[0].text = name;
	cells[1].value = tally->rows;
	cells[2].value = tally->chunks;
	cells[3].value = tally->raw_bytes;
	cells[4].value = tally->bytes;
}

/* The first columns of the summary and a line of totals. */
static bool
print_summary(Export *export, size_t columns, Error *err)
{
	const Schema *schema = &export->catalog.schema;
	const size_t n = schema->n_tables;
	Tally total = { 0 };
	ReportCell *cells;
	ReportCell row[SUMMARY_COLUMNS] = { 0 };
	size_t i;

	cells =
	    arena_alloc(&export->arena, (n + 1) * columns, sizeof(*cells), err);
	if (cells == NULL)
		return false;
	for (i = 0; i < n; i++) {
		put_cells(row, schema->tables[i].name, &export->tallies[i]);
		memcpy(cells + i * columns, row, columns * sizeof(*row));
		total.rows += export->tallies[i].rows;
		total.chunks += export->tallies[i].chunks;
		total.raw_bytes += export->tallies[i].raw_bytes;
		total.bytes += export->tallies[i].bytes;
	}
	put_cells(row, "total", &total);
	memcpy(cells + n * columns, row, columns * sizeof(*row));
	report_table(&export->report, summary_columns, columns, cells, n + 1);
	return true;
}

static void
print_left_out(Export *export)
{
	const Schema *schema = &export->catalog.schema;
	const LeftOut *left;
	size_t i;

	for (i = 0; i < schema->n_left_out; i++) {
		left = &schema->left_out[i];
		if (left->table[0] == '\0' ||
		    strcmp(left->table, left->name) == 0)
			report_detail(&export->report,
			    "left out: %s \"%s\": %s", left->kind, left->name,
			    left->reason);
		else
			report_detail(&export->report,
			    "left out: %s \"%s\" of \"%s\": %s", left->kind,
			    left->name, left->table, left->reason);
	}
	if (schema->n_left_out > 0)
		report_note(&export->report,
		    "%zu thing%s left out: schema.json says which and why%s",
		    schema->n_left_out,
		    schema->n_left_out == 1 ? " is" : "s are",
		    export->settings.common.report.verbose
			? ""
			: " (-v lists them)");
}

static bool
print_plan(Export *export, Error *err)
{
	const Schema *schema = &export->catalog.schema;
	Tally *tally;
	Plan plan = { 0 };
	bool ok = false;
	size_t i;

	if (!plan_begin(&plan, export->source.readers[0], export->readings,
		schema->n_tables, export->settings.chunk_bytes, err))
		goto done;
	for (i = 0; i < schema->n_tables; i++) {
		tally = &export->tallies[i];
		if (!reading_count(&export->readings[i],
			export->source.readers[0], &tally->rows, err) ||
		    !plan_estimate(
			&plan, i, tally->rows, &tally->raw_bytes, err)) {
			error_add(err, "table \"%s\"", schema->tables[i].name);
			goto done;
		}
		tally->chunks =
		    (tally->raw_bytes + export->settings.chunk_bytes - 1) /
		    export->settings.chunk_bytes;
	}
	/* how small they are stored is not known */
	ok = print_summary(export, SUMMARY_COLUMNS - 1, err);
	print_left_out(export);
	report_note(&export->report,
	    "dry run: nothing was written; chunks and bytes are estimates");
done:
	plan_end(&plan);
	return ok;
}

static Step
run_take(void *context, void *job, Error *err)
{
	Export *export = context;

	return scan_take(&export->scan, job, err);
}

static bool
run_work(void *context, void *job, unsigned worker, Error *err)
{
	Export *export = context;

	return scan_work(&export->scan, job, worker, err);
}

static Step
run_give(void *context, void *job, Error *err)
{
	Export *export = context;
	const ScanJob *done = job;
	const size_t table = done->range.table;
	Tally *tally = &export->tallies[table];
	Step step;

	step = scan_give(&export->scan, job, err);
	if (step == STEP_FAILED)
		return step;
	if (export->scan.options.writer != NULL && done->chunk.rows > 0) {
		tally->rows += done->chunk.rows;
		tally->chunks++;
		tally->raw_bytes += done->chunk.raw_bytes;
		tally->bytes += done->chunk.bytes.size;
	}
	report_progress(&export->report,
	    export->catalog.schema.tables[table].name, done->chunk.rows,
	    done->chunk.raw_bytes, 0);
	return step;
}

/* Read all rows once, for the evidence, the chunks, or both. */
static bool
run_scan(Export *export, Profile *profile, DumpWriter *writer, Error *err)
{
	const ScanOptions scan_options = {
		.threads = export->settings.common.jobs,
		.format = export->settings.format,
		.chunk_bytes = export->settings.chunk_bytes,
		.compression = export->settings.common.compression,
		.profile = profile,
		.writer = writer,
	};
	Pipeline pipeline = {
		.threads = export->settings.common.jobs,
		.job_bytes = sizeof(ScanJob),
		.context = export,
		.take = run_take,
		.work = run_work,
		.give = run_give,
	};
	bool ok;

	ok = scan_begin(&export->scan, &export->source, &export->catalog,
	    export->readings, &scan_options, err);
	if (ok) {
		pipeline.jobs = export->scan.jobs;
		pipeline.n_jobs = export->scan.n_jobs;
		ok = pipeline_run(&pipeline, err);
	}
	scan_end(&export->scan);
	return ok;
}

static bool
begin_profile(Export *export, Error *err)
{
	const Schema *schema = &export->catalog.schema;
	Profile *profile = &export->profile;
	TableProfile *table;
	size_t i;

	profile->n_tables = schema->n_tables;
	profile->tables = arena_alloc(
	    &profile->arena, schema->n_tables, sizeof(*profile->tables), err);
	if (profile->tables == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		table = &profile->tables[i];
		table->n_columns = schema->tables[i].n_columns;
		table->columns = arena_alloc(&profile->arena, table->n_columns,
		    sizeof(*table->columns), err);
		if (table->columns == NULL)
			return false;
	}
	return true;
}

static uint64_t
profiled_rows(const Profile *profile)
{
	uint64_t rows = 0;
	size_t i;

	for (i = 0; i < profile->n_tables; i++)
		rows += profile->tables[i].rows;
	return rows;
}

static bool
put_rows(Export *export, DumpWriter *writer, Error *err)
{
	if (export->settings.profile_none) {
		report_phase(&export->report, "export", 0, 0);
		return run_scan(export, NULL, writer, err);
	}
	if (!begin_profile(export, err))
		return false;
	if (!is_stream(export) || export->settings.profile_last) {
		report_phase(&export->report, "export", 0, 0);
		return run_scan(export, &export->profile, writer, err) &&
		    dump_put_profile(writer, &export->profile, err);
	}
	report_phase(&export->report, "profile", 0, 0);
	if (!run_scan(export, &export->profile, NULL, err) ||
	    !dump_put_profile(writer, &export->profile, err))
		return false;
	report_phase(
	    &export->report, "export", profiled_rows(&export->profile), 0);
	return run_scan(export, NULL, writer, err);
}

/* What people do next: app.dump becomes app.pg. */
static void
print_next(Export *export)
{
	const char *file = export->settings.common.file;
	size_t size = strlen(file), ending = strlen(".dump");

	if (size > ending && strcmp(file + size - ending, ".dump") == 0)
		size -= ending;
	report_note(&export->report, "next: litehaul-transform %s -f %.*s.pg",
	    file, (int)size, file);
}

static bool
write_dump(Export *export, Error *err)
{
	DumpWriter *writer = NULL;
	DumpSummary summary = { 0 };
	bool ok = false;

	if (!dump_create(export->settings.common.file, &export->catalog.schema,
		&writer, err))
		return false;
	if ((export->settings.schema_only || put_rows(export, writer, err)) &&
	    source_check_unchanged(&export->source, err))
		ok = dump_commit(writer, &summary, err);
	dump_discard(writer);
	report_end(&export->report);
	if (!ok)
		return false;
	/* In a pipe the table to look at is the last program's. */
	if (is_stream(export) && !export->settings.common.report.verbose)
		report_note(&export->report, "%llu tables, %llu rows",
		    (unsigned long long)summary.totals.tables,
		    (unsigned long long)summary.totals.rows);
	else if (!print_summary(export, SUMMARY_COLUMNS, err))
		return false;
	print_left_out(export);
	report_note(
	    &export->report, "manifest sha256 %s", summary.manifest_sha256);
	if (!is_stream(export))
		print_next(export);
	return true;
}

/* What to know about the way the source is read. */
static void
print_source(Export *export)
{
	const SourceFile *source = &export->source;
	Report *report = &export->report;

	if (source->immutable)
		report_note(report,
		    "the database cannot be written by anybody: it is read "
		    "without locks");
	else if (!source->wal && source->about.bytes >= LARGE_BYTES)
		report_note(report,
		    "the database is not in WAL mode: writers wait while this "
		    "runs");
	else if (!source->wal)
		report_detail(report,
		    "the database is not in WAL mode: writers wait while this "
		    "runs");
	if (source->linked)
		report_warning(report,
		    "the file has several names (hard links): a writer that "
		    "uses another one has another -wal, which is not seen");
	if (source->n_readers < scan_readers(export->settings.common.jobs))
		report_note(report,
		    "writers commit too often for several readers to begin at "
		    "one state: one reads, all encode");
}

static bool
run(Export *export, Error *err)
{
	if (!source_open(&export->source, export->settings.database,
		export->settings.list || export->settings.common.dry_run ||
			export->settings.schema_only
		    ? 1
		    : scan_readers(export->settings.common.jobs),
		(int)export->settings.wait_ms, err))
		return false;
	if (!catalog_read(&export->source, &export->settings.common,
		&export->catalog, err) ||
	    !make_readings(export, err))
		return error_add(
		    err, "database \"%s\"", export->settings.database);
	if (export->settings.list)
		return list_tables(export, err);
	if (export->settings.common.dry_run)
		return print_plan(export, err);
	if (!export->settings.schema_only)
		print_source(export);
	return write_dump(export, err);
}

int
main(int argc, char **argv)
{
	Export export = { 0 };
	Error err = { 0 };
	int status = 0;
	bool ok;

	/* A reader that went away is an error of write(2). */
	(void)signal(SIGPIPE, SIG_IGN);
	ok = settings_read(&export.settings, argc, argv, &err);
	report_begin(
	    &export.report, "litehaul-export", &export.settings.common.report);
	if (ok && export.settings.help)
		settings_print_help(stdout);
	else if (ok && export.settings.version)
		settings_print_version(stdout);
	else if (ok)
		ok = run(&export, &err);
	if (ok)
		ok = io_end_output(&err);
	report_end(&export.report);
	if (!ok)
		status = report_error(&export.report, &err);
	catalog_free(&export.catalog);
	profile_free(&export.profile);
	source_close(&export.source);
	arena_free(&export.arena);
	settings_free(&export.settings);
	return status;
}
