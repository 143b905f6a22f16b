/*
 * orphans_move: the statement that moves orphans of one foreign key out of
 * their table into litehaul.reject, as lines of the dump.
 */
#ifndef IMPORT_ORPHANS_MOVE_H
#define IMPORT_ORPHANS_MOVE_H

#include "import/orphans_keys.h"

/*
 * Parameters: $1 the load, $2 the table's path ("data/orders/"), $3 the key's
 * name.  With chain, and where the key refers to its own table, the rows that
 * refer to moved ones go with them; else they are orphans afterwards.
 */
bool orphans_move_put(Buf *out, const Plan *plan, const OrphansKey *key,
    bool chain, Error *err) MUST_CHECK;

#endif
