#include "import/send.h"

#include <stdio.h>
#include <string.h>

#include "import/odds.h"
#include "import/sqlstate.h"

/* One transaction. */
typedef struct {
	Sender *sender;
	Send *send;
} Attempt;

static bool
check_rows(const Send *send, Error *err)
{
	uint64_t found = send->counts.rows;

	if (!send->counted || found == send->chunk->rows)
		return true;
	return error_set(err, ERROR_DUMP,
	    "the chunk holds %llu rows, the manifest says %llu",
	    (unsigned long long)found, (unsigned long long)send->chunk->rows);
}

static bool
send_rows(Sender *sender, Send *send, Error *err)
{
	Sieve *sieve = &sender->sieve;

	sieve->server = sender->server;
	sieve->plan = send->plan;
	sieve->feed = send->feed;
	sieve->merge = send->merge;
	sieve->key = send->key;
	sieve->rows = &sender->rows;
	if (!feed_open(
		send->feed, send->chunk, send->raw, &sender->rows, err) ||
	    !sieve_run(sieve, &send->counts, err))
		return false;
	send->counts.rows = sender->rows.csv.row;
	return check_rows(send, err);
}

/* Has a row not just been added, as the ledger's row of the chunk says? */
static bool
differs(const Send *send)
{
	const LedgerCounts *counts = &send->counts;

	return !send->counted || counts->rejected > 0 || counts->skipped > 0 ||
	    counts->updated > 0;
}

/* The body of a chunk's transaction. */
static bool
send_once(Server *server, void *context, Error *err)
{
	const Attempt *attempt = context;
	Send *send = attempt->send;
	const Plan *plan = send->plan;
	char sha256[DIGEST_HEX_BYTES];

	attempt->sender->sieve.place[0] = '\0';
	digest_hex(&send->chunk->digest, sha256);
	send->counts = (LedgerCounts){ .rows = send->chunk->rows };
	if (!ledger_take(server, plan->id, send->key, sha256,
		&send->counts.rows, &send->sent, err))
		return false;
	if (!send->sent)
		return odds_check(plan, sha256, &send->chunk->digest, err);
	/* What is checked at COMMIT could not be blamed on a row. */
	if (plan->existing &&
	    !server_run(server, "SET CONSTRAINTS ALL IMMEDIATE", err))
		return false;
	return send_rows(attempt->sender, send, err) &&
	    (!differs(send) ||
		ledger_set_counts(
		    server, plan->id, send->key, &send->counts, err));
}

/* What to do about rows that were there, or keys that stayed; always false. */
static bool
explain(const Server *server, Error *err)
{
	const char *state = server_failure(server, PG_DIAG_SQLSTATE);
	const char *advice;
	char text[ERROR_TEXT_BYTES];

	if (strcmp(state, SQLSTATE_UNIQUE) == 0)
		advice = "With -a rows are added to those that are there: "
			 "remove what is in the way, or leave the table out "
			 "with -T";
	else if (strcmp(state, SQLSTATE_FOREIGN_KEY) == 0)
		advice = "The parents must be there first, unless the table's "
			 "owner loads it, who can take the key off";
	else
		return false;
	(void)snprintf(text, sizeof text, "%s", err->text);
	return error_set(err, err->kind, "%s. %s", text, advice);
}

bool
send_chunk(Sender *sender, Send *send, Error *err)
{
	Attempt attempt = { .sender = sender, .send = send };
	bool good;

	good = server_transact(
	    sender->server, SERVER_QUICK, send_once, &attempt, err);
	feed_rest(&sender->rows);
	return good || (send->plan->existing && explain(sender->server, err));
}

void
sender_free(Sender *sender)
{
	feed_free(&sender->rows);
	sieve_free(&sender->sieve);
}
