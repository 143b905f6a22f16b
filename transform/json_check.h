/*
 * json_check: columns that a CHECK promises to be JSON.
 *
 * SQLite has no type for JSON; Django and others declare such a column TEXT and
 * write CHECK (json_valid("data") OR "data" IS NULL).  For types that says as
 * much as JSON in the declaration does.
 */
#ifndef TRANSFORM_JSON_CHECK_H
#define TRANSFORM_JSON_CHECK_H

#include "formats/error.h"
#include "formats/schema.h"

/* Does a check of the table hold only where the column is NULL or valid JSON? */
bool json_check_of(
    const Table *table, size_t column, bool *json, Error *err) MUST_CHECK;

/* Is that all that the check says, so that a column of type json or jsonb needs
 * it no more? */
bool json_check_is_all(
    const Check *check, const char *column, bool *all, Error *err) MUST_CHECK;

#endif
