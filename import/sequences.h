/*
 * sequences: those that tables which were there draw from - by a default, as
 * serial or identity, whatever their name and schema - set past the largest
 * value that a load has brought.
 */
#ifndef IMPORT_SEQUENCES_H
#define IMPORT_SEQUENCES_H

#include "import/fit.h"
#include "import/plan.h"

/* Inside: a sequence that this role may not set is told as a problem. */
bool sequences_check(
    Server *server, const Plan *plan, FitReport *report, Error *err) MUST_CHECK;

/* Set all that stand below the largest value of a loaded column; none is ever
 * set back. */
bool sequences_set(const Plan *plan, Error *err) MUST_CHECK;

#endif
