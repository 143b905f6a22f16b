/*
 * course_publish: a publication as a part of a load's course (publish.h).
 *
 * Each does nothing where there is none to make.
 */
#ifndef IMPORT_COURSE_PUBLISH_H
#define IMPORT_COURSE_PUBLISH_H

#include "import/course.h"

/* What --clean does, with a publication or without. */
bool course_publish_clean(Course *course, Error *err) MUST_CHECK;
/* Before tables are made: look at the live ones.  course->published where this
 * load has published all of its tables. */
bool course_publish_look(Course *course, Error *err) MUST_CHECK;
/* The load has failed: because another run of it has published it meanwhile? */
bool course_publish_overtaken(Course *course);
/* The load is complete. */
bool course_publish_swap(Course *course, Error *err) MUST_CHECK;

/* --rollback and --discard, which need no dump; --undo, which may do without
 * one. */
bool course_publish_back(
    Course *course, ServerTarget *target, Error *err) MUST_CHECK;
bool course_publish_undo(
    Course *course, ServerTarget *target, Error *err) MUST_CHECK;

#endif
