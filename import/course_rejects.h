/*
 * course_rejects: what a course does about rows that are refused.
 */
#ifndef IMPORT_COURSE_REJECTS_H
#define IMPORT_COURSE_REJECTS_H

#include "import/course.h"

/* Before anything is loaded: can they be written? */
bool course_rejects_begin(Course *course, Error *err) MUST_CHECK;

/* At the end: write and tell them; adds to course->set_aside. */
bool course_rejects_end(Course *course, Error *err) MUST_CHECK;

/* The load stops with err: what was refused until then is written, where
 * --max-rejects may be the reason. */
void course_rejects_stop(Course *course, const Error *err);

#endif
