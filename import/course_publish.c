#include "import/course_publish.h"

#include <string.h>

#include "import/namespace.h"
#include "import/publish.h"
#include "import/readiness.h"
#include "import/rollback.h"
#include "import/sqlstate.h"
#include "import/tables.h"
#include "import/undo.h"

bool
course_publish_clean(Course *course, Error *err)
{
	if (course->plan.live == NULL)
		return tables_drop(&course->plan, err);
	return publish_clean(
	    &course->plan, &course->published, &course->arena, err);
}

bool
course_publish_look(Course *course, Error *err)
{
	FitReport report = { 0 };
	bool good;

	if (course->plan.live == NULL)
		return true;
	good = publish_look(
	    &course->plan, &report, &course->published, &course->arena, err);
	fit_tell(&report, good, course->report);
	fit_free(&report);
	return good;
}

bool
course_publish_overtaken(Course *course)
{
	FitReport report = { 0 };
	Error ignored = { 0 };
	bool good;

	if (course->plan.live == NULL || course->published || !course->whole ||
	    !server_is_connected(course->plan.servers[0]))
		return false;
	good = publish_look(&course->plan, &report, &course->published,
	    &course->arena, &ignored);
	fit_free(&report);
	return good && course->published;
}

static size_t
count_wanted(const Plan *plan)
{
	size_t i, n = 0;

	for (i = 0; i < plan->schema->n_tables; i++)
		n += plan->wanted[i];
	return n;
}

bool
course_publish_swap(Course *course, Error *err)
{
	const Plan *plan = &course->plan;
	FitReport report = { 0 };
	size_t n = count_wanted(plan);
	bool good;

	if (plan->live == NULL || course->published)
		return true;
	report_phase(course->report, "publish", 0, 0);
	good = publish_swap(plan, &report, err);
	report_end(course->report);
	/* The notes have been told at the start. */
	fit_tell(&report, false, course->report);
	fit_free(&report);
	if (good)
		report_note(course->report,
		    "published: %zu %s of schema \"%s\"; what was replaced is "
		    "kept until --discard, and --rollback brings it back",
		    n, n == 1 ? "table" : "tables", plan->live_namespace);
	return good;
}

/* Whose right it would be, where the role's is not enough. */
static void
explain(const Course *course, Error *err)
{
	char text[ERROR_TEXT_BYTES];

	if (strcmp(server_failure(course->plan.servers[0], PG_DIAG_SQLSTATE),
		SQLSTATE_PRIVILEGE) != 0)
		return;
	(void)snprintf(text, sizeof text, "%s", err->text);
	(void)error_set(err, err->kind,
	    "%s. This takes the role that owns the tables, or a member of it, "
	    "with the rights of a load on the ledger; --role becomes another",
	    text);
}

bool
course_publish_back(Course *course, ServerTarget *target, Error *err)
{
	const Settings *settings = course->settings;
	FitReport report = { 0 };
	Rollback rollback = {
		.namespace =
		    settings->n_namespaces > 0 ? settings->namespaces[0] : NULL,
		.dry_run = settings->common.dry_run,
		.report = &report,
	};
	const char *text = NULL;
	Buf told = { 0 };
	bool good;

	if (!course_connect(course, target, err))
		return false;
	rollback.server = course->plan.servers[0];
	good = readiness_version(rollback.server, err) &&
	    (settings->command == COMMAND_ROLLBACK
		    ? rollback_run(&rollback, &told, err)
		    : rollback_discard(&rollback, &told, err));
	fit_tell(&report, good, course->report);
	if (!good)
		explain(course, err);
	fit_free(&report);
	if (good)
		text = buf_text(&told, err);
	if (text != NULL)
		report_note(course->report, "%s", text);
	buf_free(&told);
	return text != NULL;
}

/* The ids that a load of the dump has, with and without --publish. */
static bool
put_ids(Course *course, const char *ids[2], Error *err)
{
	const char *beside =
	    namespace_new(course->plan.namespace, &course->arena, err);
	char id[DIGEST_HEX_BYTES];

	if (beside == NULL ||
	    !ledger_id(
		dump_schema_digest(course->dump), beside, false, id, err))
		return false;
	ids[0] = arena_text(&course->arena, course->plan.id, err);
	ids[1] = arena_text(&course->arena, id, err);
	return ids[0] != NULL && ids[1] != NULL;
}

bool
course_publish_undo(Course *course, ServerTarget *target, Error *err)
{
	const Settings *settings = course->settings;
	const char *ids[2] = { settings->undo, NULL }, *text = NULL;
	FitReport report = { 0 };
	Undo undo = {
		.plan = &course->plan,
		.ids = ids,
		.n_ids = settings->undo != NULL ? 1 : 2,
		.dry_run = settings->common.dry_run,
		.report = &report,
	};
	Buf told = { 0 };
	bool good;

	if (settings->undo == NULL &&
	    (!course_plan(course, err) || !put_ids(course, ids, err)))
		return false;
	if (!course_connect(course, target, err))
		return false;
	good = readiness_version(course->plan.servers[0], err) &&
	    undo_run(&undo, &told, err);
	fit_tell(&report, good, course->report);
	if (!good)
		explain(course, err);
	fit_free(&report);
	if (good)
		text = buf_text(&told, err);
	if (text != NULL)
		report_note(course->report, "%s", text);
	buf_free(&told);
	return text != NULL;
}
