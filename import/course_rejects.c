#include "import/course_rejects.h"

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

static bool
write_rejects(Course *course, Error *err)
{
	Rejects *rejects = &course->rejects;

	if (!rejects_write(rejects, course->plan.servers[0], err))
		return false;
	if (rejects->stale)
		report_note(course->report,
		    "no row was refused; what \"%s\" holds is from an earlier "
		    "load",
		    rejects->path);
	return rejects->rows == 0 || tell_kinds(course, err);
}

bool
course_rejects_end(Course *course, Error *err)
{
	const Rejects *rejects = &course->rejects;

	if (course->settings->schema_only)
		return true;
	if (!write_rejects(course, err))
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
