/*
 * reconcile: has every row of the dump arrived, as the ledger sees it?
 */
#ifndef IMPORT_RECONCILE_H
#define IMPORT_RECONCILE_H

#include "formats/manifest.h"

#include "import/plan.h"

/*
 * Set rows, by table, as the manifest says, and hold the ledger's chunks
 * against them: false in *whole where rows of a table are missing, which a
 * crash of the server brings about.  More than the dump has is
 * ERROR_DIFFERENCE.
 */
bool reconcile_rows(const Plan *plan, const Manifest *manifest, uint64_t *rows,
    bool *whole, Error *err) MUST_CHECK;

#endif
