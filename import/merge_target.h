/*
 * merge_target: where rows of a load may meet rows with their key
 * (--on-conflict), by the catalogs of the tables that are there.
 */
#ifndef IMPORT_MERGE_TARGET_H
#define IMPORT_MERGE_TARGET_H

#include "import/fit.h"
#include "import/plan.h"

typedef struct {
	const char *type; /* as SQL, with its collation where that is not the
			   * type's; NULL: the column is not sent */
	bool key;         /* of the key that decides */
	bool fixed;       /* GENERATED ALWAYS AS IDENTITY: no UPDATE sets it */
	bool nullable;
	bool exact; /* values that are two in the dump are two here */
} MergeColumn;

/* Of one table. */
typedef struct MergeTarget {
	const MergeColumn *columns; /* by column of the dump's table */
	const char *key; /* its name; NULL: with skip, any unique key */
	bool nulls_meet; /* NULLS NOT DISTINCT */
	bool once;       /* no two rows of the dump meet each other */
} MergeTarget;

/*
 * Inside: with plan->conflict, set merge and in_order of plan->tables.  Which
 * key decides is a note, that none can is a problem.  What the plan needs is
 * from arena.
 */
bool merge_target_find(Server *server, Plan *plan, FitReport *report,
    Arena *arena, Error *err) MUST_CHECK;

#endif
