/*
 * defaults: a column's DEFAULT in SQLite as one PostgreSQL has.
 *
 * Translated are literals (numbers, strings, TRUE and FALSE, NULL, x'00'), with
 * a sign and in parentheses if they like, and CURRENT_TIMESTAMP, CURRENT_DATE
 * and CURRENT_TIME.  A literal goes the way a value of the column would: the
 * column's affinity is applied to it, then it is cast to the column's type.
 * Everything else is refused with a reason.
 */
#ifndef TRANSFORM_DEFAULTS_H
#define TRANSFORM_DEFAULTS_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/schema.h"

/*
 * Set default_kind and default_text of a column of the postgresql dialect, whose
 * type is already set, from the one it comes from.  *reason is NULL, or says why
 * the column is left without its default.
 */
bool defaults_translate(const Column *from, Column *column, const char **reason,
    Arena *arena, Error *err) MUST_CHECK;

#endif
