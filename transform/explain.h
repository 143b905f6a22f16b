/*
 * explain: what the columns of a dump become and why, as text for people.
 */
#ifndef TRANSFORM_EXPLAIN_H
#define TRANSFORM_EXPLAIN_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "transform/rewrite.h"

/*
 * Append type, reason and evidence of every column; with a filter, "table" or
 * "table.column" in any case, of these.  ERROR_USAGE where it names nothing.
 */
bool explain_types(const Rewrite *rewrite, const char *filter, Buf *out,
    Error *err) MUST_CHECK;

#endif
