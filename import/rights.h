/*
 * rights: what the role must be permitted to do in the target.
 *
 * All that is missing is told at once and before anything is changed, each as
 * a problem with the statement that grants it.  Superuser rights are never
 * needed.  The role is the one that everything is done as: --role, where it is
 * given, and of its memberships those that it inherits.
 */
#ifndef IMPORT_RIGHTS_H
#define IMPORT_RIGHTS_H

#include "import/fit.h"
#include "import/plan.h"

typedef struct {
	bool reads; /* nothing is loaded: the rows are looked at */
	bool clean; /* tables of the dump's names are dropped */
} RightsWish;

/* False only where the server cannot be asked; what is missing is in the
 * report.  plan->tables[].relation is filled, from arena. */
bool rights_check(Plan *plan, const RightsWish *wish, FitReport *report,
    Arena *arena, Error *err) MUST_CHECK;

#endif
