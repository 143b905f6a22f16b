/*
 * suggest: the mapping file that says what has been decided, for a person to
 * edit (litehaul-mapping(5)).
 *
 * It names every table and column of the source, with its type and, as
 * comments, why it has it and what its values are.  Read back unedited, with the
 * same options, it decides the same: the new dump is the same bytes.
 */
#ifndef TRANSFORM_SUGGEST_H
#define TRANSFORM_SUGGEST_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "transform/rewrite.h"

/* Append the file. */
bool suggest_put(const Rewrite *rewrite, Buf *out, Error *err) MUST_CHECK;

#endif
