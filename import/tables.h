/*
 * tables: makes the target's tables, or finds those that an unfinished run of
 * the same load made; refuses to touch anybody else's.
 */
#ifndef IMPORT_TABLES_H
#define IMPORT_TABLES_H

#include "import/ledger.h"
#include "import/plan.h"

/*
 * Find or make all wanted tables, each recorded in the ledger in the same
 * transaction; schema is the digest of schema.json.  Tables, or relations with
 * the names that indexes will get, that are there and not this load's are
 * ERROR_FAILED, all named in one go, and nothing has been made then.
 * *state is LEDGER_FINISHED where the load had completed all of them before,
 * else LEDGER_LOADING.
 */
bool tables_prepare(const Plan *plan, const Digest *schema, LedgerState *state,
    Error *err) MUST_CHECK;

/* Would tables_prepare refuse?  Nothing is made or written, and the ledger need
 * not be there. */
bool tables_look(const Plan *plan, Error *err) MUST_CHECK;

/* Drop all wanted tables that are there, whoever made them, never anything
 * that depends on them, and forget the load, as far as these are all of it. */
bool tables_drop(const Plan *plan, Error *err) MUST_CHECK;

#endif
