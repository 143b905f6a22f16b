/*
 * constraints: NOT NULL, defaults, generated columns and checks of a rewritten
 * table.
 *
 * A constraint goes along where the evidence does not contradict it and where
 * translate.h can say it in PostgreSQL; else it is left out with the reason.  A
 * table that is there already keeps the constraints it has.
 */
#ifndef TRANSFORM_CONSTRAINTS_H
#define TRANSFORM_CONSTRAINTS_H

#include "formats/error.h"
#include "transform/rewrite.h"

/* Once the types of all tables are settled. */
bool constraints_rewrite(Rewrite *rewrite, size_t table, Error *err) MUST_CHECK;

#endif
