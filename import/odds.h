/*
 * odds: the ledger has other data than the dump.
 */
#ifndef IMPORT_ODDS_H
#define IMPORT_ODDS_H

#include "import/plan.h"

/* The ledger has sha256 for a chunk: is it this one?  ERROR_FAILED. */
bool odds_check(const Plan *plan, const char *sha256, const Digest *digest,
    Error *err) MUST_CHECK;

/* Add what to do about it to err.  Always false. */
bool odds_advise(const Plan *plan, Error *err);

#endif
