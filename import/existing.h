/*
 * existing: loading into tables that are there (--data-only).
 *
 * Everything that could go wrong because of what the tables are is looked for
 * before the first row moves, and told in one go.  Nothing is made but the
 * ledger; foreign keys of the tables are taken off until the rows are there (keys.h).
 */
#ifndef IMPORT_EXISTING_H
#define IMPORT_EXISTING_H

#include "import/fit.h"
#include "import/keys.h"
#include "import/ledger.h"
#include "import/plan.h"

typedef struct {
	const Digest *schema; /* of schema.json */
	bool stream;          /* the dump's order is what it is */
	bool dry_run;         /* look only */
} ExistingWish;

/*
 * Look at the tables, fill plan->tables, and begin the load.  ERROR_FAILED
 * where the report has problems: nothing has been changed then.  *state is
 * what the ledger said before: LEDGER_FINISHED only where all tables were
 * loaded.  What the plan needs is from arena.
 */
bool existing_prepare(Plan *plan, const ExistingWish *wish, FitReport *report,
    LedgerState *state, Arena *arena, Error *err) MUST_CHECK;

/* With all rows there: sequences, foreign keys, and the load is finished. */
bool existing_finish(
    const Plan *plan, KeysTell *tell, void *context, Error *err) MUST_CHECK;

#endif
