#include "import/course_rejects.h"

#include "import/orphans_keys.h"

/* Kinds of reasons that are told one by one. */
#define KINDS_TOLD 10

bool
course_rejects_begin(Course *course, Error *err)
{
	Rejects *rejects = &course->rejects;

	rejects->plan = &course->plan;
	rejects->dump = course->settings->dump;
	rejects->path = course->settings->rejects;
	if (course->settings->schema_only)
		return true;
	return rejects_begin(rejects, err);
}

static bool
tell_kinds(Course *course, Error *err)
{
	const Rejects *rejects = &course->rejects;
	size_t i, n = rejects_kinds(rejects);
	Buf line = { 0 };
	const char *text = "";

	for (i = 0; text != NULL && i < n && i < KINDS_TOLD; i++) {
		line.size = 0;
		text = rejects_put_kind(rejects, i, &line, err)
		    ? buf_text(&line, err)
		    : NULL;
		if (text != NULL)
			report_warning(course->report, "%s", text);
	}
	buf_free(&line);
	if (text != NULL && n > KINDS_TOLD)
		report_warning(course->report,
		    "and for %zu reasons more, which \"%s/manifest.json\" "
		    "counts",
		    n - KINDS_TOLD, rejects->path);
	return text != NULL;
}

/* The rows are safe, and so is what was loaded; always false. */
static bool
explain_unwritten(Error *err)
{
	char text[ERROR_TEXT_BYTES];

	if (err->kind == ERROR_TARGET)
		return false;
	(void)snprintf(text, sizeof text, "%s", err->text);
	return error_set(err, ERROR_FAILED,
	    "%s. They are kept in litehaul.reject: the same command with "
	    "--rejects=DIR, which loads nothing twice, writes them there",
	    text);
}

static bool
write_rejects(Course *course, Error *err)
{
	Rejects *rejects = &course->rejects;

	if (!rejects_write(rejects, course->plan.servers[0], err))
		return explain_unwritten(err);
	if (rejects->stale)
		report_note(course->report,
		    "no row was refused; what \"%s\" holds is from an earlier "
		    "load",
		    rejects->path);
	return rejects->rows == 0 || tell_kinds(course, err);
}

/* A load that was finished with its orphans keeps them. */
static bool
tell_late(Course *course, Error *err)
{
	const Plan *plan = &course->plan;
	const char *text = "";
	Buf names = { 0 };

	if (course->finished && plan->orphans == ORPHANS_REJECT)
		text = orphans_keys_left(plan, &names, err)
		    ? buf_text(&names, err)
		    : NULL;
	if (text != NULL && text[0] != '\0')
		report_warning(course->report,
		    "--orphans=reject comes too late for a load that is "
		    "finished: foreign keys are NOT VALID: %s. Use --clean to "
		    "load it anew",
		    text);
	buf_free(&names);
	return text != NULL;
}

bool
course_rejects_end(Course *course, Error *err)
{
	const Rejects *rejects = &course->rejects;

	if (course->settings->schema_only)
		return true;
	if (!tell_late(course, err) || !write_rejects(course, err))
		return false;
	course->set_aside += rejects->rows;
	if (rejects->rows > 0)
		report_warning(course->report,
		    "%llu %s refused and set aside in \"%s\", with the reasons "
		    "in its rejects.ndjson. Once the reasons are mended, "
		    "\"litehaul-import -a %s\" loads %s",
		    (unsigned long long)rejects->rows,
		    rejects->rows == 1 ? "row was" : "rows were", rejects->path,
		    rejects->path, rejects->rows == 1 ? "it" : "them");
	return true;
}

void
course_rejects_stop(Course *course, const Error *err)
{
	const Rejects *rejects = &course->rejects;
	Error failed = { 0 };

	if (course->settings->schema_only || err->kind != ERROR_FAILED ||
	    course->settings->max_rejects == UINT64_MAX ||
	    !server_is_connected(course->plan.servers[0]))
		return;
	if (!write_rejects(course, &failed))
		report_warning(course->report, "%s", failed.text);
	else if (rejects->rows > 0)
		report_warning(course->report,
		    "%llu %s refused before and set aside in \"%s\"",
		    (unsigned long long)rejects->rows,
		    rejects->rows == 1 ? "row was" : "rows were",
		    rejects->path);
}
