/*
 * swap: tables that change places with others, all in one transaction.
 *
 *	swap_begin(server, &swap, err)	in each transaction, first
 *	swap_lock(server, &swap, err)	all or none
 *	swap_move(server, &swap, err)	what is live out, then what shall be in
 *
 * Readers wait while live tables are locked, and a reader that holds one and
 * wants another could wait for us as we for him.  So only the first lock is
 * waited for with patience, while nothing is held that anybody reads; all
 * others must come before the server would look for a deadlock (1 s), or the
 * transaction ends and is made again after a pause.  The table that was
 * not to be had is the first one then, so an autovacuum, which gives way only
 * to who waits longer, is no obstacle.
 *
 * Any number of tries is bounded: then an error names who is in the way.
 */
#ifndef IMPORT_SWAP_H
#define IMPORT_SWAP_H

#include "formats/error.h"

#include "import/server.h"

/* A table and the schemas that it leaves and comes to. */
typedef struct {
	const char *relation; /* OID */
	const char *name;
	const char *from, *to;
} SwapMove;

typedef struct {
	/* Set by the caller in each transaction. */
	SwapMove *out; /* of the live schemas */
	size_t n_out;
	SwapMove *in;
	size_t n_in;
	/* Ours, zero at first, kept from one try to the next. */
	size_t first; /* which of out is locked first */
	unsigned tries;
} Swap;

/* ERROR_TARGET when there have been tries enough. */
bool swap_begin(Server *server, Swap *swap, Error *err) MUST_CHECK;
/* ERROR_FAILED where a table is not what and where it should be. */
bool swap_lock(Server *server, Swap *swap, Error *err) MUST_CHECK;
bool swap_move(Server *server, const Swap *swap, Error *err) MUST_CHECK;

#endif
