/*
 * orphans_reject: rows without a parent are set aside (--orphans=reject).
 *
 * They are moved out of their tables into litehaul.reject, all in one
 * transaction: rows that referred to them are orphans then and follow, until
 * there are none.  Foreign keys are off meanwhile, so that nothing cascades:
 * those of new tables are dropped here, to be made again; those of tables that
 * were there the caller takes off (keys.h).
 *
 * What could reach rows that are not the load's is not done: where a trigger
 * or rule of the table acts on DELETE, or rows of other tables refer to the
 * orphans, these stay, which is told.
 */
#ifndef IMPORT_ORPHANS_REJECT_H
#define IMPORT_ORPHANS_REJECT_H

#include "import/keys.h"
#include "import/plan.h"

/* Tells how many rows of each table have been set aside, and which must stay.
 * Stops with ERROR_FAILED where more than plan->max_rejects would be. */
bool orphans_reject(
    const Plan *plan, KeysTell *tell, void *context, Error *err) MUST_CHECK;

/* Wait for another importer that is at it. */
bool orphans_wait(const Plan *plan, Error *err) MUST_CHECK;

#endif
