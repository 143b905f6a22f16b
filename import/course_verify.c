#include "import/course_verify.h"

#include <string.h>

#include "import/describe.h"
#include "import/namespace.h"
#include "import/readiness.h"
#include "import/rights.h"
#include "import/sessions.h"
#include "import/verify.h"

static void
tell_rows(void *context, const char *name, uint64_t rows)
{
	Course *course = context;

	report_progress(course->report, name, rows, 0, 0);
}

static bool
is_stream(const Course *course)
{
	return strcmp(course->settings->dump, "-") == 0;
}

/* Say what was found; a difference fails. */
static bool
conclude(Course *course, const VerifyReport *report, int64_t ms, Error *err)
{
	fit_tell(&report->texts, true, course->report);
	if (report->different_tables > 0)
		return error_set(err, ERROR_DIFFERENCE,
		    "%llu %s not as in the dump",
		    (unsigned long long)report->different_tables,
		    report->different_tables == 1 ? "table is" : "tables are");
	report_note(course->report,
	    "verified in %.1f s: %llu rows of %llu %s are as in the dump",
	    (double)ms / 1e3, (unsigned long long)report->rows,
	    (unsigned long long)report->tables,
	    report->tables == 1 ? "table" : "tables");
	return true;
}

/* With dump, else what was watched while it was loaded. */
static bool
compare(Course *course, DumpReader *dump, VerifyReport *report, Error *err)
{
	const char *path = is_stream(course) ? NULL : course->settings->dump;
	const Manifest *manifest = dump_manifest(course->dump);
	int64_t began_ms = report_now_ms();
	uint64_t sides = dump != NULL ? 2 : 1;
	bool good;

	report_phase(course->report, "verify",
	    manifest != NULL ? sides * manifest->totals.rows : 0, 0);
	good = dump != NULL
	    ? verify_run(
		  &course->plan, path, dump, report, tell_rows, course, err)
	    : verify_watch_end(course->watch, report, tell_rows, course, err);
	report_end(course->report);
	return good &&
	    conclude(course, report, report_now_ms() - began_ms, err);
}

/* For --status. */
static bool
mark_verified(Server *server, void *context, Error *err)
{
	const Course *course = context;
	const char *values[] = { course->plan.id };
	PGresult *result;

	if (!server_query(server,
		"UPDATE litehaul.load SET verified = now() WHERE id = $1",
		values, 1, &result, err))
		return false;
	PQclear(result);
	return true;
}

static bool
is_to_be_verified(const Course *course)
{
	return (course->settings->verify || course->plan.live != NULL) &&
	    !course->published && !course->settings->schema_only;
}

bool
course_verify_watch(Course *course, Error *err)
{
	return !is_to_be_verified(course) || !is_stream(course) ||
	    verify_watch_begin(
		&course->plan, &course->arena, &course->watch, err);
}

bool
course_verify_loaded(Course *course, Error *err)
{
	VerifyReport report = { 0 };
	DumpReader *dump = NULL;
	bool good;

	if (!is_to_be_verified(course))
		return true;
	good = (course->watch != NULL ||
		   dump_open(course->settings->dump, &dump, err)) &&
	    compare(course, dump, &report, err) &&
	    server_transact(course->plan.servers[0], SERVER_DURABLE,
		mark_verified, course, err);
	dump_close(dump);
	verify_free(&report);
	return good;
}

/* The load that the ledger has of this dump, which may have been published. */
static bool
find_load(Server *server, void *context, Error *err)
{
	Course *course = context;
	Plan *plan = &course->plan;
	char id[DIGEST_HEX_BYTES];
	LedgerState state;
	const char *beside;
	bool exists;

	course->finished = false;
	if (!ledger_exists(server, &exists, err))
		return false;
	if (!exists)
		return true;
	if (!ledger_find(server, plan->id, &state, err))
		return false;
	if (state == LEDGER_NONE) {
		beside = namespace_new(plan->namespace, &course->arena, err);
		if (beside == NULL ||
		    !ledger_id(dump_schema_digest(course->dump), beside, false,
			id, err) ||
		    !ledger_find(server, id, &state, err))
			return false;
		if (state != LEDGER_NONE)
			memcpy(plan->id, id, sizeof id);
	}
	course->finished = state == LEDGER_FINISHED;
	return true;
}

/* May the role read what is to be read? */
static bool
check_rights(Course *course, Error *err)
{
	RightsWish wish = { .reads = true };
	FitReport report = { 0 };
	size_t n;
	bool good;

	good = rights_check(&course->plan, &wish, &report, &course->arena, err);
	n = good ? fit_problems(&report) : 0;
	if (good)
		fit_tell(&report, false, course->report);
	fit_free(&report);
	if (!good || n == 0)
		return good;
	return error_set(err, ERROR_TARGET, "%zu %s missing", n,
	    n == 1 ? "right is" : "rights are");
}

typedef struct {
	const char *const *names;
	size_t n;
	Target *target;
} Describing;

static bool
describe(Server *server, void *context, Error *err)
{
	Describing *describing = context;

	target_free(describing->target);
	return describe_inside(
	    server, describing->names, describing->n, describing->target, err);
}

/* How were the rows sent into the tables as they are?  What does not fit is
 * told when the tables are compared. */
static bool
look_at_tables(Course *course, Error *err)
{
	Plan *plan = &course->plan;
	Target target = { 0 };
	Describing describing = { .target = &target };
	FitReport ignored = { 0 };
	bool good;

	good = plan_namespaces(plan, &course->arena, &describing.names,
		   &describing.n, err) &&
	    server_transact(plan->servers[0], SERVER_SNAPSHOT, describe,
		&describing, err) &&
	    fit_tables(plan, &target, &ignored, &course->arena, err);
	fit_free(&ignored);
	target_free(&target);
	return good;
}

/* All tables and where their rows are, connected. */
static bool
prepare(Course *course, ServerTarget *target, Error *err)
{
	Plan *plan = &course->plan;
	Error refused = { 0 };

	return course_plan(course, err) &&
	    course_connect(course, target, err) &&
	    readiness_version(plan->servers[0], err) &&
	    check_rights(course, err) && look_at_tables(course, err) &&
	    server_transact(
		plan->servers[0], SERVER_SNAPSHOT, find_load, course, err) &&
	    sessions_add(
		plan, target, course->settings->common.jobs, &refused, err);
}

bool
course_verify_run(Course *course, ServerTarget *target, Error *err)
{
	VerifyReport report = { 0 };
	bool good;

	if (!prepare(course, target, err))
		return false;
	if (!course->finished)
		report_note(course->report,
		    "the target has no finished load of this dump: what is "
		    "there is compared");
	good = compare(course, course->dump, &report, err);
	course->set_aside = report.rejected;
	if (good && report.rejected > 0)
		report_warning(course->report,
		    "rows that the server refused are not in the target: %llu",
		    (unsigned long long)report.rejected);
	verify_free(&report);
	return good;
}
