/*
 * outline: the plan of a run, for --dry-run: what is created, converted, renamed,
 * computed and left out, and what would be set aside, as far as the evidence
 * knows.
 */
#ifndef TRANSFORM_OUTLINE_H
#define TRANSFORM_OUTLINE_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "transform/rewrite.h"

/* Append the plan. */
bool outline_put(const Rewrite *rewrite, Buf *out, Error *err) MUST_CHECK;

/* Append one thing that is left out, and why, in a line without its end. */
bool outline_left_out(const LeftOut *left_out, Buf *out, Error *err) MUST_CHECK;

#endif
