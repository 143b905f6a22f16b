#include "import/course_preview.h"

#include "import/join.h"
#include "import/preview.h"
#include "import/readiness.h"
#include "import/tables.h"

bool
course_preview_ready(Course *course, Error *err)
{
	Server *server = course->plan.servers[0];
	Error refused = { 0 };

	if (!readiness_to_read(server, err))
		return false;
	if (!readiness_check(server, &refused))
		report_warning(course->report,
		    "the load itself would be refused: %s", refused.text);
	return true;
}

static bool
ask_complete(Server *server, void *complete, Error *err)
{
	return ledger_is_complete(server, complete, err);
}

bool
course_preview_join(Course *course, Error *err)
{
	Plan *plan = &course->plan;
	bool complete;

	if (!server_transact(plan->servers[0], SERVER_SNAPSHOT, ask_complete,
		&complete, err))
		return false;
	return !complete || join_load(plan, dump_manifest(course->dump), err);
}

void
course_preview_explain(const Course *course, Error *err)
{
	const char *path = course->hooks.scripts[HOOK_BEFORE].path;
	char text[ERROR_TEXT_BYTES];

	if (path == NULL || err->kind != ERROR_FAILED)
		return;
	(void)snprintf(text, sizeof text, "%s", err->text);
	(void)error_set(err, err->kind,
	    "%s. What \"%s\" (--before) would change is not seen here", text,
	    path);
}

bool
course_preview_put(Course *course, Buf *text, Error *err)
{
	const PreviewWish wish = {
		.plan = &course->plan,
		.settings = course->settings,
		.hooks = &course->hooks,
		.manifest = dump_manifest(course->dump),
	};

	if (!course->settings->clean &&
	    (!hooks_check(&course->hooks, &course->plan, true, err) ||
		(!course->plan.existing && !course->published &&
		    !tables_look(&course->plan, err))))
		return false;
	return preview_put(&wish, text, err);
}
