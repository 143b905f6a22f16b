/*
 * send: one chunk into its table, in one transaction with its ledger row.
 *
 *	sender = { .server }, with room for rows
 *	send_chunk(&sender, &send, err)
 *	sender_free(&sender)
 *
 * Rows that the server refuses, or that it would change in silence, are set
 * aside in the same transaction, up to the plan's limit (sieve.h).
 */
#ifndef IMPORT_SEND_H
#define IMPORT_SEND_H

#include "formats/chunk.h"

#include "import/feed.h"
#include "import/ledger.h"
#include "import/merge.h"
#include "import/plan.h"
#include "import/sieve.h"

/* A worker's; it may be used for one chunk after the other. */
typedef struct {
	Server *server;
	FeedRows rows; /* row and fields set by the caller */
	Sieve sieve;   /* ours */
} Sender;

typedef struct {
	/* Set by the caller, borrowed. */
	const Plan *plan;
	const Feed *feed;
	const Merge *merge;
	const Chunk *chunk; /* unpacked: its digest is known */
	Buf *raw;           /* its rows; they stay as they are */
	const char *key;    /* of the chunk in the ledger */
	bool counted;       /* chunk->rows is what it has to hold */
	bool wait;          /* for another importer that is at work on it */
	/* Ours. */
	LedgerTake take; /* LEDGER_HAS: and counts.rows */
	LedgerCounts counts;
} Send;

/* Where in the chunk it failed is in sender->sieve.place. */
bool send_chunk(Sender *sender, Send *send, Error *err) MUST_CHECK;

void sender_free(Sender *sender);

#endif
