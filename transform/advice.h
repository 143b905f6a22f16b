/*
 * advice: what somebody may do about a value that does not fit, in one line of
 * words that a mapping file takes:
 *
 *	type: text; on_error: null; or value: "nullif(age, 'N/A')"
 *
 * It follows from the rule alone, but for the name of the column and a short
 * text, which stand in the SQL as they are.
 */
#ifndef TRANSFORM_ADVICE_H
#define TRANSFORM_ADVICE_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/value.h"

/* Append it.  column and value are NULL where there is none: a whole row. */
bool advice_put(Buf *out, const char *rule, const char *column,
    const Value *value, Error *err) MUST_CHECK;

#endif
