/*
 * sieve: the rows of a chunk into a table, without those that it refuses,
 * which are set aside (refused.h).
 *
 *	sieve = { .server, .plan, .feed, .merge, .key, .rows }
 *	sieve_run(&sieve, &counts, err)		inside
 *
 * Each try is a savepoint's: what fails is rolled back to it and done again in
 * the parts that search.h asks for.
 *
 * A row whose parent stands behind it in the same chunk is refused where they
 * are tried apart; so in a table whose rows refer to each other, rows that
 * miss a parent are tried again when the others are in.
 */
#ifndef IMPORT_SIEVE_H
#define IMPORT_SIEVE_H

#include "import/feed.h"
#include "import/ledger.h"
#include "import/merge.h"
#include "import/plan.h"
#include "import/search.h"

#define SIEVE_PLACE_BYTES 160

typedef struct {
	/* Set by the caller, borrowed. */
	Server *server;
	const Plan *plan;
	const Feed *feed;
	const Merge *merge; /* stage NULL: plainly */
	const char *key;    /* of the chunk in the ledger */
	FeedRows *rows;     /* opened */
	/* Ours; buffers are used again by the next chunk. */
	Search search;
	int point;       /* what the savepoint holds */
	uint64_t before; /* rows of the load refused by others, if asked */
	Buf sql;
	Buf refused;                   /* on their way to litehaul.reject */
	Buf waiting;                   /* rows to be tried again */
	Buf together;                  /* the same as a chunk of their own */
	char place[SIEVE_PLACE_BYTES]; /* of an error: ", row 7" */
} Sieve;

/* Inside; counts is set but for rows. */
bool sieve_run(Sieve *sieve, LedgerCounts *counts, Error *err) MUST_CHECK;

void sieve_free(Sieve *sieve);

#endif
