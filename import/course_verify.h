/*
 * course_verify: the comparison of dump and target as a part of a load's course
 * (verify.h).
 */
#ifndef IMPORT_COURSE_VERIFY_H
#define IMPORT_COURSE_VERIFY_H

#include "import/course.h"

/* The tables are there: a stream that is to be verified is watched from now
 * on. */
bool course_verify_watch(Course *course, Error *err) MUST_CHECK;
/* The rows are there: with --verify, or before a publication, compare them.
 * ERROR_DIFFERENCE. */
bool course_verify_loaded(Course *course, Error *err) MUST_CHECK;

/* --verify-only, from the connection on. */
bool
course_verify_run(Course *course, ServerTarget *target, Error *err) MUST_CHECK;

#endif
