/*
 * match_table: one table of the dump against one table of an existing schema:
 * which column goes where, what is missing on either side.
 */
#ifndef TRANSFORM_MATCH_TABLE_H
#define TRANSFORM_MATCH_TABLE_H

#include "transform/match.h"
#include "transform/match_findings.h"

typedef struct {
	const MatchInput *input;
	const Table *from;
	const TableProfile *profile; /* NULL: no evidence */
	const MappingTable *entry;   /* NULL: the mapping has none */
	const TargetTable *to;
} MatchTableInput;

/* Fill columns, rules, added and added_rules. */
bool match_table_fit(const MatchTableInput *input, MatchFindings *findings,
    MatchTable *table, Error *err) MUST_CHECK;

#endif
