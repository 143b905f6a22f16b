/*
 * reconcile: is the ledger's load that of this dump, and has every row of it
 * arrived?
 */
#ifndef IMPORT_RECONCILE_H
#define IMPORT_RECONCILE_H

#include "formats/manifest.h"

#include "import/ledger.h"
#include "import/plan.h"

/* Before anything is loaded: is each chunk that the ledger has one of the
 * dump's?  ERROR_FAILED.  A stream has no manifest (NULL) yet. */
bool reconcile_chunks(
    const Plan *plan, const Manifest *manifest, Error *err) MUST_CHECK;

/* Has the load with this id just the chunks of the dump's wanted tables?  Never
 * without a manifest. */
bool reconcile_same(const Plan *plan, const char *id, const Manifest *manifest,
    bool *same, Error *err) MUST_CHECK;

/*
 * Set counts, by table, as manifest and ledger have them, and hold the ledger's
 * chunks against the manifest: false in *whole where rows of a table are
 * missing, which a crash of the server brings about.  ERROR_FAILED where the
 * ledger has chunks that are not the dump's.
 */
bool reconcile_rows(const Plan *plan, const Manifest *manifest,
    LedgerCounts *counts, bool *whole, Error *err) MUST_CHECK;

#endif
