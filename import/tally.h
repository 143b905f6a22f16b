/*
 * tally: how many rows a table of a load has, and how many it should have.
 */
#ifndef IMPORT_TALLY_H
#define IMPORT_TALLY_H

#include "import/plan.h"

typedef struct {
	uint64_t rows;
	uint64_t expected; /* as the ledger has it */
	bool finished;     /* the load is done with the table: from then on it
			    * belongs to those who use it */
} Tally;

/*
 * Inside: count the table.  All is of one state: what another importer of the
 * load does at this moment - an orphan set aside, say - is in all numbers or
 * in none.
 */
bool tally_count(Server *server, const Plan *plan, size_t table, Tally *tally,
    Error *err) MUST_CHECK;

#endif
