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
 * course.c puts the steps in order; here are main and what loads nothing.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/io.h"
#include "formats/options.h"
#include "formats/report.h"

#include "import/check.h"
#include "import/course.h"
#include "import/course_publish.h"
#include "import/course_verify.h"
#include "import/describe.h"
#include "import/interrupt.h"
#include "import/readiness.h"
#include "import/settings.h"
#include "import/status.h"

static bool
print(Buf *text, Error *err)
{
	return io_write(
	    STDOUT_FILENO, "standard output", text->data, text->size, err);
}

static bool
run_check(Course *course, Error *err)
{
	const Manifest *manifest;
	CheckTotals totals;

	if (!course_open_dump(course, err))
		return false;
	manifest = dump_manifest(course->dump);
	report_phase(course->report, "check",
	    manifest != NULL ? manifest->totals.rows : 0, 0);
	if (!check_run(course->dump, course->settings->common.jobs, &totals,
		course_tell_chunk, course, err))
		return false;
	report_end(course->report);
	report_note(course->report,
	    "the dump is whole: %llu tables, %llu chunks, %llu rows, %llu "
	    "bytes, %llu as they stand",
	    (unsigned long long)totals.tables,
	    (unsigned long long)totals.chunks, (unsigned long long)totals.rows,
	    (unsigned long long)totals.raw_bytes,
	    (unsigned long long)totals.bytes);
	return true;
}

static bool
run_status(Course *course, ServerTarget *target, Error *err)
{
	Buf text = { 0 };
	bool good;

	good = course_connect(course, target, err) &&
	    status_put(course->plan.servers[0],
		course->settings->common.report.json, &text, err) &&
	    print(&text, err);
	buf_free(&text);
	return good;
}

static bool
run_describe(Course *course, ServerTarget *target, Error *err)
{
	static const char *const usual[] = { "public" };
	const Settings *settings = course->settings;
	const char *const *names = usual;
	Target described = { 0 };
	Buf text = { 0 };
	size_t n = 1;
	bool good;

	if (settings->n_namespaces > 0) {
		names = settings->namespaces;
		n = settings->n_namespaces;
	}
	good = course_connect(course, target, err) &&
	    readiness_version(course->plan.servers[0], err) &&
	    describe_read(course->plan.servers[0], names, n, &described, err) &&
	    target_write(&described, &text, err) && print(&text, err);
	target_free(&described);
	buf_free(&text);
	return good;
}

static bool
run_preview(Course *course, Error *err)
{
	Buf text = { 0 };
	bool good;

	good = course_preview(course, &text, err) && print(&text, err);
	buf_free(&text);
	return good;
}

static bool
run_load(Course *course, ServerTarget *target, Error *err)
{
	if (course->settings->data_only)
		interrupt_catch();
	if (!course_open(course, target, err))
		return false;
	return course->settings->common.dry_run
	    ? run_preview(course, err)
	    : course_run(course, target, err);
}

static bool
run(Course *course, ServerTarget *target, Error *err)
{
	switch (course->settings->command) {
	case COMMAND_CHECK:
		return run_check(course, err);
	case COMMAND_STATUS:
		return run_status(course, target, err);
	case COMMAND_DESCRIBE:
		return run_describe(course, target, err);
	case COMMAND_ROLLBACK:
	case COMMAND_DISCARD:
		return course_publish_back(course, target, err);
	case COMMAND_UNDO:
		return course_publish_undo(course, target, err);
	case COMMAND_VERIFY:
		return course_verify_run(course, target, err);
	case COMMAND_LOAD:
		break;
	}
	return run_load(course, target, err);
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
	Course course = { .settings = &settings, .report = &report };
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
		ok = run(&course, &settings.target, &err);
	if (ok)
		ok = io_end_output(&err);
	report_end(&report);
	if (!ok)
		code = report_error(&report, &err);
	if (!ok && interrupt_caught() > 0)
		code = 128 + interrupt_caught();
	else if (ok && course.set_aside > 0)
		code = ERROR_REJECTS;
	course_close(&course);
	settings_free(&settings);
	return code;
}
