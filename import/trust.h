/*
 * trust: is the target still what the ledger says of a load that was begun?
 *
 * The ledger keeps chunks from being loaded twice, and so would keep rows from
 * being loaded at all that somebody has removed, or sent the rest of a table
 * into another one.  What can be seen at once is looked at before the first
 * chunk; the count at the load's end finds the rest.
 */
#ifndef IMPORT_TRUST_H
#define IMPORT_TRUST_H

#include "import/fit.h"
#include "import/plan.h"

/*
 * Inside: look at the load, if the ledger has it, and at its wanted tables.
 * ERROR_TARGET: it was begun in another database; ERROR_DIFFERENCE: a table was
 * emptied, changed or made anew; ERROR_FAILED: it was begun with other options.
 * What to do is in the message.
 */
bool trust_check(Server *server, const Plan *plan, Error *err) MUST_CHECK;

/*
 * Inside: tables that were there and that a crash of the server empties, while
 * the ledger still says that their rows are in, are told as problems;
 * plan->tables[].relation is known.
 */
bool trust_durable(
    Server *server, const Plan *plan, FitReport *report, Error *err) MUST_CHECK;

/*
 * Inside: what of the wanted names is no table that rows can be loaded into is
 * told as a problem, and rules, which COPY passes by, in a note.
 */
bool trust_kinds(
    Server *server, const Plan *plan, FitReport *report, Error *err) MUST_CHECK;

/* Inside: has the table no rows? */
bool trust_is_empty(Server *server, const Plan *plan, const Table *table,
    bool *empty, Error *err) MUST_CHECK;

#endif
