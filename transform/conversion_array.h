/*
 * conversion_array: a JSON array of scalars as the text form of a PostgreSQL
 * array of one dimension (arrays, "Array Value Input"):
 *
 *	["a \"b\"", 1.50, true, null, "NULL", ""]
 *	{"a \"b\"",1.50,true,NULL,"NULL",""}
 *
 * Strings always have their quotes, everything else never.
 */
#ifndef TRANSFORM_CONVERSION_ARRAY_H
#define TRANSFORM_CONVERSION_ARRAY_H

#include "formats/error.h"
#include "formats/value.h"
#include "transform/cast.h"

/* Is it an array of scalars, JSON as jsonb takes it (no \u0000)? */
bool conversion_array_takes(const uint8_t *text, size_t size);

/* Write what was taken. */
bool conversion_array_put(
    Cast *cast, const Value *value, Value *out, Error *err) MUST_CHECK;

#endif
