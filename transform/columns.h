/*
 * columns: which columns a table of the target has, what fills them, what they
 * are called and of which type they are.
 *
 * In the order of the source's columns, less those left out, then those that
 * only the target has.  A type comes from the mapping's column; from the target
 * the dump is fitted to; from the mapping's list of declared types; else it is
 * inferred (infer.h).
 */
#ifndef TRANSFORM_COLUMNS_H
#define TRANSFORM_COLUMNS_H

#include "formats/error.h"
#include "transform/rewrite.h"

/* Fill the columns of one wanted table of the source, here and there. */
bool columns_rewrite(Rewrite *rewrite, size_t table, Error *err) MUST_CHECK;

#endif
