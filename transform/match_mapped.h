/*
 * match_mapped: a column for which the mapping says what becomes of its values,
 * against the column of an existing schema that takes them.
 *
 * The user is believed; what cannot be is a contradiction, and a problem.
 */
#ifndef TRANSFORM_MATCH_MAPPED_H
#define TRANSFORM_MATCH_MAPPED_H

#include "transform/match_column.h"

/* Does the mapping say what the values become?  mapped may be NULL. */
bool match_mapped_decides(const MappingColumn *mapped);

/* Hold type, using and values against the target's column; rule is what the
 * values go through. */
bool match_mapped_check(const MatchColumn *column, MatchFindings *findings,
    const Rule *rule, Error *err) MUST_CHECK;

#endif
