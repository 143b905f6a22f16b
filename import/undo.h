/*
 * undo: removes what a load has made, and nothing else (--undo).
 *
 * Its tables are known by their OIDs, wherever they are now.  A table with
 * other rows than the load's, or with something of others tied to it, stays,
 * and so does all the rest.  Rows that a load has added to tables that were
 * there cannot be told from those of others, so such a load cannot be undone.
 */
#ifndef IMPORT_UNDO_H
#define IMPORT_UNDO_H

#include "formats/bytes.h"

#include "import/fit.h"
#include "import/plan.h"

typedef struct {
	Plan *plan;             /* its sessions; the load's id is put here */
	const char *const *ids; /* beginnings of ids, one of which is meant */
	size_t n_ids;
	bool dry_run;      /* look only */
	FitReport *report; /* what is in the way */
} Undo;

/* told gets a line for people.  ERROR_FAILED where it cannot be. */
bool undo_run(const Undo *undo, Buf *told, Error *err) MUST_CHECK;

#endif
