/*
 * defaults: a column's DEFAULT in SQLite as one PostgreSQL has.
 *
 * A literal (a number, string, TRUE, FALSE, NULL or x'00', with a sign and in
 * parentheses if it likes) goes the way a value of the column would: the
 * column's affinity is applied to it, then the column's rule.
 * CURRENT_TIMESTAMP, CURRENT_DATE and CURRENT_TIME become kinds of their own
 * where the type has a meaning for them.  Everything else goes by translate.h,
 * which knows datetime('now', '+7 days') too, and becomes a formula or is
 * refused with a reason.
 */
#ifndef TRANSFORM_DEFAULTS_H
#define TRANSFORM_DEFAULTS_H

#include "formats/arena.h"
#include "formats/error.h"
#include "formats/schema.h"
#include "transform/rule.h"

/*
 * Set default_kind, default_text and formula of a column of the postgresql
 * dialect, whose type is already set, from the one it comes from; a generated
 * column has none, and its formula stays.  *reason is NULL, or says why the
 * column is left without its default.
 */
bool defaults_translate(const Column *from, Column *column, const char **reason,
    Arena *arena, Error *err) MUST_CHECK;

/* The same where a mapping or a target has a rule for the column's values; NULL:
 * nothing but the type. */
bool defaults_translate_by_rule(const Column *from, const Rule *rule,
    Column *column, const char **reason, Arena *arena, Error *err) MUST_CHECK;

#endif
