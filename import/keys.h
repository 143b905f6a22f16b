/*
 * keys: foreign keys of tables that were there and that are being loaded.
 *
 *	keys_list(server, plan, stream, report, err)	which, and what of them
 *	keys_adopt(server, plan, err)			in the same transaction
 *	keys_take_off(plan, err)			before the first row
 *	keys_put_back(plan, err)			after the last one
 *	keys_validate(plan, &orphans, tell, context, err)
 *	keys_finish(plan, &again, err)
 *
 * With a key in force the order of the rows would matter, and each row would
 * look for its parent, be that loaded too or not.  So it is taken off and, with
 * the rows there, put back NOT VALID and validated, as new tables' keys are.
 * What it was is kept in litehaul.foreign_key, in the words of
 * pg_get_constraintdef, from the very transaction that takes it off until the
 * load is finished: whoever runs the load again puts it back.
 *
 * A key that we may not take off - the table is not ours, the table or the
 * parent is partitioned, we could not put it back - stays, and parents that are
 * loaded are so before their children.  Keys of other tables that refer to
 * those that are loaded are none of ours.
 */
#ifndef IMPORT_KEYS_H
#define IMPORT_KEYS_H

#include "import/fit.h"
#include "import/plan.h"

/*
 * Inside: look at the keys and set rank and in_order of plan->tables and
 * plan->n_ranks.  What cannot be loaded in any order, or not from a stream, is
 * told as a problem.
 */
bool keys_list(Server *server, Plan *plan, bool stream, FitReport *report,
    Error *err) MUST_CHECK;

/* Inside: make keys that another unfinished load has taken off this one's. */
bool keys_adopt(Server *server, const Plan *plan, Error *err) MUST_CHECK;

/* Some may be off when it fails.  ERROR_TARGET names who is in the way. */
bool keys_take_off(const Plan *plan, Error *err) MUST_CHECK;

/*
 * Another importer of the load that fails puts keys back, and rows are refused
 * then whose parents are still to come.  Inside: is there such a key of the
 * table?  With name: was this one, which has refused a row, such a key?  It may
 * be off again by now.  keys_take_off_again takes them off once more, by a
 * session of the caller's.
 */
bool keys_are_back(Server *server, const Plan *plan, size_t table,
    const char *name, bool *back, Error *err) MUST_CHECK;
bool
keys_take_off_again(Server *server, const Plan *plan, Error *err) MUST_CHECK;

/* All that the ledger has and the tables have not. */
bool keys_put_back(const Plan *plan, Error *err) MUST_CHECK;

/* Told of each key in order, in one thread at a time; warning is borrowed for
 * the call, NULL for none. */
typedef void KeysTell(void *context, const char *table, const char *warning);

/* *orphans where there are rows without a parent.  They are a warning, and the
 * key stays NOT VALID for good; but with ORPHANS_REJECT it is left to the
 * caller what to do about them. */
bool keys_validate(const Plan *plan, bool *orphans, KeysTell *tell,
    void *context, Error *err) MUST_CHECK;

/* Mark the load finished.  *again: another run of it has taken keys off
 * meanwhile; put them back first. */
bool keys_finish(const Plan *plan, bool *again, Error *err) MUST_CHECK;

#endif
