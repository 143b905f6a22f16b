/*
 * publish: a load that takes the place of live tables, all at once (--publish).
 *
 *	publish_redirect(plan, arena, err)	tables are made beside the live
 *						ones: "public__new"
 *	publish_clean(plan, &all, arena, err)	with --clean
 *	publish_look(plan, report, &all, arena, err)	may it be done?
 *	...					the load, as any other
 *	publish_swap(plan, report, err)
 *
 * In the swap's transaction the live tables go to "public__old" and the loaded
 * ones take their places, with what carry.h says of the old ones.  Indexes,
 * constraints and sequences go along with their tables.  What others have tied
 * to a live table would be lost or stay with the old one, so it is refused, at
 * the start and again in that transaction (attached.h).
 *
 * Which tables have been published is told by where they are now: a table's
 * OID is in the ledger.  rollback.h has the way back.
 */
#ifndef IMPORT_PUBLISH_H
#define IMPORT_PUBLISH_H

#include "import/fit.h"
#include "import/plan.h"

/* Of a plan that has all but its load's id. */
bool publish_redirect(Plan *plan, Arena *arena, Error *err) MUST_CHECK;

/* The dump's own: what plan->schema is where nothing is published. */
const Schema *publish_schema(const Plan *plan);
/* The schema that a table is published in. */
const char *publish_live_namespace(const Plan *plan, size_t table);

/*
 * Look at the live tables; the ledger need not be there.  Tables that this load
 * has published are not wanted any more - but if that are *all, all are.
 * ERROR_FAILED where the report has problems.
 */
bool publish_look(Plan *plan, FitReport *report, bool *all, Arena *arena,
    Error *err) MUST_CHECK;

/* Drop what is in the way of this load beside the live tables, whoever's load
 * has made it; not where this one has published *all. */
bool publish_clean(Plan *plan, bool *all, Arena *arena, Error *err) MUST_CHECK;

/* The swap; what has been published is left alone.  Nothing has been changed
 * when it fails. */
bool publish_swap(const Plan *plan, FitReport *report, Error *err) MUST_CHECK;

/* Append what the swap would do, for people. */
bool publish_preview(const Plan *plan, Buf *out, Error *err) MUST_CHECK;

#endif
