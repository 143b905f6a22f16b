/*
 * forecast: what will become of the values of a column that do not fit, as far
 * as the evidence knows beforehand.
 *
 *	3 of 43,871 values do not fit, first 'N/A' (text) at rowid 17: such
 *	rows will be set aside
 *
 * Evidence is of the source's values.  Where an expression or a value map makes
 * others of them, and for most conversions, nothing is known and nothing said.
 */
#ifndef TRANSFORM_FORECAST_H
#define TRANSFORM_FORECAST_H

#include "transform/rewrite.h"

/* The clause for a column of the target; *clause is NULL where there is nothing
 * to say.  It lives in the arena. */
bool forecast_column(const Rewrite *rewrite, size_t table, size_t column,
    Arena *arena, const char **clause, Error *err) MUST_CHECK;

#endif
