#include "import/send.h"

#include <stdio.h>
#include <string.h>

#include "import/keys.h"
#include "import/odds.h"
#include "import/sqlstate.h"

/* Names of PostgreSQL have 63 bytes at most. */
#define KEY_BYTES 64

/* One transaction. */
typedef struct {
	Sender *sender;
	Send *send;
	bool keys_back;      /* so rows were refused that are good */
	char key[KEY_BYTES]; /* the one that did; "" where it is not known */
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

/* Rows were refused: not because a foreign key has come back? */
static bool
check_keys(Server *server, void *context, Error *err)
{
	Attempt *attempt = context;
	const Send *send = attempt->send;

	if (!send->plan->existing || send->plan->keys_stay)
		return true;
	if (!keys_are_back(server, send->plan, send->chunk->table,
		attempt->key[0] == '\0' ? NULL : attempt->key,
		&attempt->keys_back, err))
		return false;
	return !attempt->keys_back ||
	    error_set(err, ERROR_FAILED,
		"foreign keys that the load has taken off are back");
}

/* What is checked at COMMIT could not be blamed on a row.  The lock, which COPY
 * takes anyway, is ours until then even where a try is rolled back, so that no
 * foreign key comes or goes meanwhile. */
static bool
begin_existing(Server *server, const Send *send, Error *err)
{
	const char *text = NULL;
	Buf sql = { 0 };
	bool good;

	if (buf_put_text(
		&sql, "SET CONSTRAINTS ALL IMMEDIATE; LOCK TABLE ONLY ", err) &&
	    ddl_put_table_name(
		&sql, send->plan->namespace, send->feed->table, err) &&
	    buf_put_text(&sql, " IN ROW EXCLUSIVE MODE", err))
		text = buf_text(&sql, err);
	good = text != NULL && server_run(server, text, err);
	buf_free(&sql);
	return good;
}

/* The body of a chunk's transaction. */
static bool
send_once(Server *server, void *context, Error *err)
{
	Attempt *attempt = context;
	Send *send = attempt->send;
	const Plan *plan = send->plan;
	char sha256[DIGEST_HEX_BYTES];

	attempt->sender->sieve.place[0] = '\0';
	digest_hex(&send->chunk->digest, sha256);
	send->counts = (LedgerCounts){ .rows = send->chunk->rows };
	if (!ledger_take(server, plan->id, send->key, send->wait, sha256,
		&send->counts.rows, &send->take, err))
		return false;
	if (send->take == LEDGER_HAS)
		return odds_check(plan, sha256, &send->chunk->digest, err);
	if (send->take == LEDGER_BUSY)
		return true;
	if (plan->existing && !begin_existing(server, send, err))
		return false;
	return send_rows(attempt->sender, send, err) &&
	    (send->counts.rejected == 0 || check_keys(server, attempt, err)) &&
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

/* Where no row may be refused, its failure is the transaction's. */
static void
look_for_keys(Attempt *attempt, Error *err)
{
	Server *server = attempt->sender->server;
	bool orphan = strcmp(server_failure(server, PG_DIAG_SQLSTATE),
			  SQLSTATE_FOREIGN_KEY) == 0;
	Error ignored;

	if (attempt->keys_back)
		return;
	(void)explain(server, err);
	(void)snprintf(attempt->key, sizeof attempt->key, "%s",
	    server_failure(server, PG_DIAG_CONSTRAINT_NAME));
	if (orphan)
		(void)!server_transact(
		    server, SERVER_QUICK, check_keys, attempt, &ignored);
}

bool
send_chunk(Sender *sender, Send *send, Error *err)
{
	Attempt attempt = { .sender = sender, .send = send };
	bool good;

	do {
		attempt.keys_back = false;
		attempt.key[0] = '\0';
		good = server_transact(
		    sender->server, SERVER_QUICK, send_once, &attempt, err);
		if (!good && send->plan->existing)
			look_for_keys(&attempt, err);
		if (attempt.keys_back &&
		    !keys_take_off_again(sender->server, send->plan, err))
			return false;
	} while (attempt.keys_back);
	feed_rest(&sender->rows);
	return good;
}

void
sender_free(Sender *sender)
{
	feed_free(&sender->rows);
	sieve_free(&sender->sieve);
}
