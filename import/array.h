/*
 * array: values as the text form of a PostgreSQL array, for a parameter that
 * is text[] or oid[] (arrays, 8.15.6).
 *
 *	array_begin(&text, err)
 *	array_put_text(&text, name, err)	for each
 *	array_end(&text, err)			the parameter
 */
#ifndef IMPORT_ARRAY_H
#define IMPORT_ARRAY_H

#include "formats/bytes.h"
#include "formats/error.h"

bool array_begin(Buf *out, Error *err) MUST_CHECK;
bool array_put_text(Buf *out, const char *text, Error *err) MUST_CHECK;
/* The whole as text, borrowed from out; NULL when memory is out. */
const char *array_end(Buf *out, Error *err) MUST_CHECK;

#endif
