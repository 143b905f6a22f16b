/*
 * reconcile: has every row of the dump arrived, as the ledger sees it?
 */
#ifndef IMPORT_RECONCILE_H
#define IMPORT_RECONCILE_H

#include "formats/manifest.h"

#include "import/ledger.h"
#include "import/plan.h"

/*
 * Set counts, by table, as manifest and ledger have them, and hold the ledger's
 * chunks against the manifest: false in *whole where rows of a table are
 * missing, which a crash of the server brings about.  More than the dump has is
 * ERROR_DIFFERENCE.
 */
bool reconcile_rows(const Plan *plan, const Manifest *manifest,
    LedgerCounts *counts, bool *whole, Error *err) MUST_CHECK;

#endif
