/*
 * replaced: a load's tables before and after SQL of the operator's, which may
 * have made them anew.
 *
 *	replaced_begin(server, plan, &replaced, err)
 *	...the operator's SQL
 *	replaced_end(server, plan, &replaced, err)
 *	replaced_free(&replaced)
 *
 * All within one transaction's body.
 */
#ifndef IMPORT_REPLACED_H
#define IMPORT_REPLACED_H

#include "import/plan.h"

typedef struct {
	PGresult *before; /* a row for each column of each wanted table */
} Replaced;

bool replaced_begin(Server *server, const Plan *plan, Replaced *replaced,
    Error *err) MUST_CHECK;

/*
 * Are the tables still what the rows can be sent into: there, with all their
 * columns and their types?  Everything that is wrong is told in one go.  New
 * ones are the load's from now on; tables that were there before the load
 * (plan->existing) must be the same.
 */
bool replaced_end(Server *server, const Plan *plan, Replaced *replaced,
    Error *err) MUST_CHECK;

void replaced_free(Replaced *replaced);

#endif
