/*
 * ledger_drop: the end of the ledger, when there is no load left in it.
 */
#ifndef IMPORT_LEDGER_DROP_H
#define IMPORT_LEDGER_DROP_H

#include "formats/error.h"

#include "import/server.h"

/* Inside: drop the schema litehaul where no load is in the ledger and nothing
 * of others in the schema; else it stays. */
bool ledger_drop(Server *server, Error *err) MUST_CHECK;

#endif
