/*
 * match_column: how the values of one column become those of a column of an
 * existing schema.
 */
#ifndef TRANSFORM_MATCH_COLUMN_H
#define TRANSFORM_MATCH_COLUMN_H

#include "formats/profile.h"
#include "formats/schema.h"
#include "formats/target.h"
#include "transform/mapping.h"
#include "transform/match_findings.h"
#include "transform/rule.h"

typedef struct {
	const char *label;    /* "users.age -> public.users.age integer" */
	const char *from;     /* name in the dump, or of the mapping's add */
	const Column *column; /* NULL for one of the mapping's add */
	const ColumnProfile *profile; /* NULL: no evidence */
	const TargetColumn *to;
	const Mapping *mapping;      /* NULL: none is given */
	const MappingTable *entry;   /* NULL: the mapping has none */
	const MappingColumn *mapped; /* likewise */
	MappingDefaults defaults;
} MatchColumn;

/*
 * Fill the rule.  Problems and notes go to findings; with a problem the rule
 * means nothing.
 */
bool match_column_fit(const MatchColumn *column, MatchFindings *findings,
    Rule *rule, Error *err) MUST_CHECK;

#endif
