#include "import/swap.h"

#include <string.h>

#include "formats/report.h"
#include "formats/sqltext.h"

#include "import/array.h"
#include "import/blockers.h"
#include "import/ddl.h"
#include "import/statement.h"

/* Longer than deadlock_timeout, after which the server ends an autovacuum that
 * is in the way; and shorter, for all other locks together. */
#define FIRST_LOCK_MS 1500
#define OTHER_LOCK_MS 800

/* With the pauses in between about half a minute. */
#define TRIES 8

static bool
put_moves(Buf *relations, const SwapMove *moves, size_t n, Error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!array_put_text(relations, moves[i].relation, err))
			return false;
	}
	return true;
}

/* Those who hold the locks, told after the last try. */
bool
swap_begin(Server *server, Swap *swap, Error *err)
{
	Buf relations = { 0 }, names = { 0 };
	const char *array = NULL, *text = NULL;
	bool good = false;

	if (swap->tries++ < TRIES)
		return true;
	if (array_begin(&relations, err) &&
	    put_moves(&relations, swap->in, swap->n_in, err) &&
	    put_moves(&relations, swap->out, swap->n_out, err))
		array = array_end(&relations, err);
	if (array != NULL &&
	    blockers_put(server, BLOCKERS_OF_READS_TOO, array, &names, err))
		text = buf_text(&names, err);
	if (text != NULL && text[0] == '\0')
		good = true;
	else if (text != NULL)
		(void)error_set(err, ERROR_TARGET,
		    "the tables could not all be locked in %d tries, because "
		    "others are at work on them: %s. Nothing was swapped; the "
		    "same command tries again",
		    TRIES, text);
	buf_free(&relations);
	buf_free(&names);
	return good;
}

static bool
wait_at_most(Server *server, int64_t ms, Error *err)
{
	Buf sql = { 0 };

	return statement_run_put(server, &sql,
	    buf_put_format(&sql, err, "SET LOCAL lock_timeout = '%lldms'",
		(long long)(ms < 1 ? 1 : ms)),
	    err);
}

static bool
lock(Server *server, const SwapMove *move, Error *err)
{
	Buf sql = { 0 };

	return statement_run_put(server, &sql,
	    buf_put_text(&sql, "LOCK TABLE ", err) &&
		ddl_put_name(&sql, move->from, move->name, err) &&
		buf_put_text(&sql, " IN ACCESS EXCLUSIVE MODE", err),
	    err);
}

/* Live tables, the one that was not to be had last time first. */
static bool
lock_live(Server *server, Swap *swap, int64_t *end_ms, Error *err)
{
	size_t i, at, first = swap->first;

	for (i = 0; i < swap->n_out; i++) {
		at = (first + i) % swap->n_out;
		if (!wait_at_most(server,
			i == 0 ? FIRST_LOCK_MS : *end_ms - report_now_ms(),
			err))
			return false;
		if (!lock(server, &swap->out[at], err)) {
			swap->first = at;
			return error_add(
			    err, "table \"%s\"", swap->out[at].name);
		}
		if (i == 0)
			*end_ms = report_now_ms() + OTHER_LOCK_MS;
	}
	return true;
}

/* A table of that name may be another one meanwhile. */
static bool
check_moves(Server *server, const SwapMove *moves, size_t n, Error *err)
{
	const char *values[3];
	bool same;
	size_t i;

	for (i = 0; i < n; i++) {
		values[0] = moves[i].relation;
		values[1] = moves[i].from;
		values[2] = moves[i].name;
		if (!statement_ask(server,
			"SELECT true FROM pg_class AS c"
			" JOIN pg_namespace AS n ON n.oid = c.relnamespace"
			" WHERE c.oid = $1::oid AND n.nspname = $2"
			" AND c.relname = $3",
			values, 3, &same, err))
			return false;
		if (!same)
			return error_set(err, ERROR_FAILED,
			    "table \"%s\" of schema \"%s\" was made anew or "
			    "renamed meanwhile. Run the same command again",
			    moves[i].name, moves[i].from);
	}
	return true;
}

bool
swap_lock(Server *server, Swap *swap, Error *err)
{
	int64_t end_ms = 0;
	size_t i;

	/* Nobody is kept waiting by these. */
	if (!wait_at_most(server, FIRST_LOCK_MS, err))
		return false;
	for (i = 0; i < swap->n_in; i++) {
		if (!lock(server, &swap->in[i], err))
			return error_add(err, "table \"%s\"", swap->in[i].name);
	}
	return lock_live(server, swap, &end_ms, err) &&
	    /* Sequences are locked when they move. */
	    wait_at_most(server, OTHER_LOCK_MS, err) &&
	    check_moves(server, swap->out, swap->n_out, err) &&
	    check_moves(server, swap->in, swap->n_in, err);
}

static bool
move_all(Server *server, const SwapMove *moves, size_t n, Error *err)
{
	Buf sql = { 0 };
	size_t i;
	bool good;

	for (i = 0; i < n; i++) {
		good = buf_put_text(&sql, "ALTER TABLE ", err) &&
		    ddl_put_name(&sql, moves[i].from, moves[i].name, err) &&
		    buf_put_text(&sql, " SET SCHEMA ", err) &&
		    sqltext_put_name(&sql, moves[i].to, err);
		if (!statement_run_put(server, &sql, good, err))
			return error_add(err, "table \"%s\"", moves[i].name);
	}
	return true;
}

bool
swap_move(Server *server, const Swap *swap, Error *err)
{
	return move_all(server, swap->out, swap->n_out, err) &&
	    move_all(server, swap->in, swap->n_in, err);
}
