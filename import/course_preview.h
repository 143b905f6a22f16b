/*
 * course_preview: what there is to a course that goes nowhere (--dry-run).
 */
#ifndef IMPORT_COURSE_PREVIEW_H
#define IMPORT_COURSE_PREVIEW_H

#include "import/course.h"

/* As readiness_check.  A target that cannot be written to, which somebody may
 * have seen to in order to be on the safe side, is a warning. */
bool course_preview_ready(Course *course, Error *err) MUST_CHECK;

/* As join_load, where there is a ledger. */
bool course_preview_join(Course *course, Error *err) MUST_CHECK;

/* Of what was refused: the operator's SQL may see to it first. */
void course_preview_explain(const Course *course, Error *err);

/* Refuse what the load itself would refuse, or append what it would do. */
bool course_preview_put(Course *course, Buf *text, Error *err) MUST_CHECK;

#endif
