#include "import/sieve.h"

#include <stdio.h>
#include <string.h>

#include "formats/hash.h"

#include "import/place.h"
#include "import/refused.h"
#include "import/sqlstate.h"

/* Rows to be set aside are collected up to this. */
#define REFUSED_BYTES ((size_t)1 << 20)

/* Rows that wait are tried together, each time without those whose parent is
 * missing, until about so many were sent: some ten seconds.  A long chain of
 * orphans may need more, and then so many rounds are done row by row. */
#define ROWS_TOGETHER 4000000
#define ROUNDS_ALONE  4

#define SAVEPOINT "SAVEPOINT litehaul;"
#define RELEASE   "RELEASE SAVEPOINT litehaul;"
#define ROLL_BACK "ROLLBACK TO SAVEPOINT litehaul;"

/* What was done since the savepoint. */
typedef enum {
	POINT_NONE,  /* there is none */
	POINT_GOOD,  /* it is to stay */
	POINT_FAILED /* it is to be undone */
} Point;

/* A row to be tried again. */
typedef struct {
	uint64_t row; /* of the chunk; 0: it is settled */
	uint8_t *at;  /* its line */
	Hash missing; /* of what the server says of the parent */
} Waiting;

static uint64_t
limit_of(const Sieve *sieve)
{
	return sieve->plan->max_rejects;
}

static void
note_row(Sieve *sieve, uint64_t row, const char *column)
{
	char *place = sieve->place;
	int n = 0;

	place[0] = '\0';
	if (row > 0)
		n = snprintf(place, SIEVE_PLACE_BYTES, ", row %llu",
		    (unsigned long long)row);
	if (column[0] != '\0')
		(void)snprintf(place + n, SIEVE_PLACE_BYTES - (size_t)n,
		    ", column \"%s\"", column);
}

static Place
find_place(const Sieve *sieve)
{
	Table named = *sieve->feed->table;

	if (sieve->merge->stage != NULL)
		named.name = MERGE_STAGE;
	return place_find(&named,
	    server_failure(sieve->server, PG_DIAG_CONTEXT),
	    server_failure(sieve->server, PG_DIAG_COLUMN_NAME));
}

/* Begin a COPY behind a savepoint. */
static bool
begin_copy(Sieve *sieve, Error *err)
{
	static const char *const texts[] = {
		[POINT_NONE] = SAVEPOINT,
		[POINT_GOOD] = RELEASE SAVEPOINT,
		[POINT_FAILED] = ROLL_BACK,
	};
	const char *sql = NULL;

	sieve->sql.size = 0;
	if (buf_put_text(&sieve->sql, texts[sieve->point], err) &&
	    merge_put_copy(&sieve->sql, sieve->merge, sieve->feed, err))
		sql = buf_text(&sieve->sql, err);
	return sql != NULL && server_copy_begin(sieve->server, sql, err);
}

/* Rows up to to, all that are left at most. */
static bool
copy_rows(Sieve *sieve, uint64_t to, LedgerCounts *counts, Error *err)
{
	uint64_t first = sieve->rows->csv.row, sent, accepted;

	if (!begin_copy(sieve, err) ||
	    !feed_send(sieve->feed, sieve->server, sieve->rows, to, err) ||
	    !server_copy_end(sieve->server, &accepted, err))
		return false;
	sent = sieve->rows->csv.row - first;
	if (accepted != sent)
		return error_set(err, ERROR_DIFFERENCE,
		    "of %llu rows the server took %llu: a trigger of the table "
		    "that returns NULL leaves out the others. Disable it for "
		    "the load, or leave the table out with -T",
		    (unsigned long long)sent, (unsigned long long)accepted);
	if (!merge_apply(sieve->server, sieve->merge, sent, counts, err))
		return false;
	sieve->point = POINT_GOOD;
	return true;
}

/* Rows collected so far go to the ledger. */
static bool
send_refused(Sieve *sieve, Error *err)
{
	static const char *const texts[] = {
		[POINT_NONE] = "",
		[POINT_GOOD] = RELEASE,
		[POINT_FAILED] = ROLL_BACK RELEASE,
	};

	if (!refused_send(
		sieve->server, texts[sieve->point], &sieve->refused, err))
		return false;
	sieve->point = POINT_NONE;
	return true;
}

/* Ask how many rows others have had refused. */
static bool
count_before(Sieve *sieve, Error *err)
{
	if (limit_of(sieve) == UINT64_MAX)
		return true;
	if (sieve->point == POINT_FAILED) {
		if (!server_run(sieve->server, ROLL_BACK, err))
			return false;
		sieve->point = POINT_GOOD;
	}
	return refused_count(
	    sieve->server, sieve->plan->id, &sieve->before, err);
}

static bool
is_too_many(const Sieve *sieve, const LedgerCounts *counts)
{
	uint64_t limit = limit_of(sieve);

	return limit != UINT64_MAX &&
	    (sieve->before > limit || counts->rejected > limit - sieve->before);
}

/* Set the row at hand aside, and go past it. */
static bool
set_aside(Sieve *sieve, const Refused *why, LedgerCounts *counts, Error *err)
{
	Refused refused = *why;

	refused.path = sieve->key;
	refused.row = sieve->rows->csv.row + 1;
	note_row(sieve, refused.row, refused.column);
	if (!feed_read_line(sieve->rows, &refused.line, &refused.size, err) ||
	    !refused_put(&sieve->refused, sieve->plan->id, &refused, err) ||
	    (counts->rejected == 0 && !count_before(sieve, err)))
		return false;
	counts->rejected++;
	if (is_too_many(sieve, counts))
		return error_set(err, ERROR_FAILED,
		    "%s (SQLSTATE %s). With this row more are refused than "
		    "--max-rejects=%llu allows, and its chunk is not loaded. "
		    "The same command with a larger number goes on",
		    why->message, why->sqlstate,
		    (unsigned long long)limit_of(sieve));
	return sieve->refused.size < REFUSED_BYTES || send_refused(sieve, err);
}

/* The server refused the row at hand by itself. */
static bool
set_aside_theirs(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	const Server *server = sieve->server;
	char message[REFUSED_MESSAGE_BYTES], state[8];
	Refused why = {
		.sqlstate = state,
		.message = message,
		.column = find_place(sieve).column,
		.constraint = server_failure(server, PG_DIAG_CONSTRAINT_NAME),
	};

	(void)snprintf(state, sizeof state, "%s",
	    server_failure(server, PG_DIAG_SQLSTATE));
	refused_message(server, message);
	return set_aside(sieve, &why, counts, err);
}

/* We refused the row at hand. */
static bool
set_aside_ours(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	const FeedRows *rows = sieve->rows;
	uint64_t row = rows->csv.row + 1;
	Refused why = {
		.sqlstate = SQLSTATE_TIME,
		.message = rows->reason.text,
		.column = rows->refused,
		.constraint = "",
	};

	if (limit_of(sieve) == 0) {
		note_row(sieve, row, why.column);
		*err = rows->reason;
		return false;
	}
	search_refuse(&sieve->search);
	return set_aside(sieve, &why, counts, err);
}

/* What the server says of the parent that it misses. */
static Hash
hash_missing(const Sieve *sieve)
{
	const char *name =
	    server_failure(sieve->server, PG_DIAG_CONSTRAINT_NAME);
	const char *detail =
	    server_failure(sieve->server, PG_DIAG_MESSAGE_DETAIL);

	return hash_sum(
	    hash_of(name, strlen(name)), hash_of(detail, strlen(detail)));
}

/* The row at hand is to be tried again. */
static bool
let_wait(Sieve *sieve, Error *err)
{
	RowsCsv *csv = &sieve->rows->csv;
	Waiting waiting = { csv->row + 1, csv->at, hash_missing(sieve) };
	const uint8_t *line;
	size_t size;

	return buf_put(&sieve->waiting, &waiting, sizeof waiting, err) &&
	    feed_read_line(sieve->rows, &line, &size, err);
}

static bool
is_orphan(const Sieve *sieve)
{
	return strcmp(server_failure(sieve->server, PG_DIAG_SQLSTATE),
		   SQLSTATE_FOREIGN_KEY) == 0;
}

/* The server refused the row at hand. */
static bool
take_out(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	if (sieve->feed->loaded->in_order && is_orphan(sieve))
		return let_wait(sieve, err);
	return set_aside_theirs(sieve, counts, err);
}

/* A try of rows has failed: is it about one of them?  err is filled where it
 * is not. */
static bool
is_about_rows(Sieve *sieve, const Error *failure, Error *err)
{
	sieve->point = POINT_FAILED;
	if (limit_of(sieve) > 0 &&
	    sqlstate_blames_row(
		server_failure(sieve->server, PG_DIAG_SQLSTATE)))
		return true;
	*err = *failure;
	return false;
}

/* Copy the rows that the search asks for. */
static bool
try_copy(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	FeedRows *rows = sieve->rows;
	Search *search = &sieve->search;
	RowsCsv before = rows->csv;
	uint64_t last, suspect = 0;
	Error failure;
	Place place;

	server_forget_failure(sieve->server);
	if (copy_rows(sieve, search->to, counts, &failure)) {
		if (rows->csv.row >= search->next)
			search_pass(search, rows->csv.row);
		return rows->refused == NULL ||
		    set_aside_ours(sieve, counts, err);
	}
	last = rows->csv.row;
	place = find_place(sieve);
	if (place.row > 0)
		suspect = search->next - 1 + place.row;
	note_row(sieve, suspect, place.column);
	if (!is_about_rows(sieve, &failure, err))
		return false;
	if (last < search->next) {
		*err = failure;
		return false;
	}
	rows->csv = before;
	return !search_fail(search, last, suspect) ||
	    take_out(sieve, counts, err);
}

static void
go_to(Sieve *sieve, const Waiting *waiting)
{
	sieve->rows->csv.at = waiting->at;
	sieve->rows->csv.row = waiting->row - 1;
}

/* Try a row that waited again, *good whether it is in now. */
static bool
try_again(Sieve *sieve, const Waiting *waiting, LedgerCounts *counts,
    bool *good, Error *err)
{
	Error failure;

	go_to(sieve, waiting);
	server_forget_failure(sieve->server);
	*good = copy_rows(sieve, waiting->row, counts, &failure);
	if (*good)
		return true;
	go_to(sieve, waiting);
	return is_about_rows(sieve, &failure, err);
}

static Waiting *
all_waiting(const Sieve *sieve, size_t *n)
{
	*n = sieve->waiting.size / sizeof(Waiting);
	return (Waiting *)(void *)sieve->waiting.data;
}

/* Rows that are settled wait no longer. */
static void
drop_settled(Sieve *sieve)
{
	size_t n, i, left = 0;
	Waiting *all = all_waiting(sieve, &n);

	for (i = 0; i < n; i++) {
		if (all[i].row > 0)
			all[left++] = all[i];
	}
	sieve->waiting.size = left * sizeof *all;
}

/* One round over the rows that wait, each alone; in the last one those that
 * are refused again are set aside. */
static bool
try_alone(Sieve *sieve, unsigned round, LedgerCounts *counts, Error *err)
{
	bool last = round + 1 == ROUNDS_ALONE, good;
	size_t n, i;
	Waiting *all = all_waiting(sieve, &n), *waiting;

	for (i = 0; i < n; i++) {
		waiting = &all[round % 2 == 0 ? n - 1 - i : i];
		if (!try_again(sieve, waiting, counts, &good, err) ||
		    (!good && last && !set_aside_theirs(sieve, counts, err)))
			return false;
		if (good || last)
			waiting->row = 0;
	}
	drop_settled(sieve);
	return true;
}

/* The rows that wait, as a chunk of their own. */
static bool
gather(Sieve *sieve, Error *err)
{
	size_t n, i, size;
	const Waiting *all = all_waiting(sieve, &n);
	const uint8_t *line;

	sieve->together.size = 0;
	if (!rows_csv_put_header(&sieve->together, sieve->feed->names,
		sieve->feed->table->n_columns, err))
		return false;
	for (i = 0; i < n; i++) {
		go_to(sieve, &all[i]);
		if (!feed_read_line(sieve->rows, &line, &size, err) ||
		    !buf_put(&sieve->together, line, size + 1, err))
			return false;
	}
	return true;
}

/* Copy all rows that wait, *good whether they are in now. */
static bool
copy_together(Sieve *sieve, LedgerCounts *counts, bool *good, Error *err)
{
	RowsCsv chunk = sieve->rows->csv;
	Error failure;
	bool opened;

	if (!gather(sieve, err))
		return false;
	server_forget_failure(sieve->server);
	opened = rows_csv_open(&sieve->rows->csv, sieve->together.data,
		     sieve->together.size, sieve->feed->names, NULL,
		     sieve->feed->table->n_columns, err) &&
	    rows_csv_keep(&sieve->rows->csv, sieve->rows->fields,
		&sieve->rows->room, err);
	*good = opened && copy_rows(sieve, UINT64_MAX, counts, &failure);
	sieve->rows->csv = chunk;
	return opened && (*good || is_about_rows(sieve, &failure, err));
}

/* Set those aside that miss the parent which the server names. */
static bool
set_aside_orphans(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	Hash missing = hash_missing(sieve);
	size_t n, i;
	Waiting *all = all_waiting(sieve, &n);

	for (i = 0; i < n; i++) {
		if (!hash_equal(all[i].missing, missing))
			continue;
		go_to(sieve, &all[i]);
		if (!set_aside_theirs(sieve, counts, err))
			return false;
		all[i].row = 0;
	}
	drop_settled(sieve);
	return true;
}

/* Rows may be each other's parents, so they are tried together first. */
static bool
try_together(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	size_t before = SIZE_MAX, sent = 0;
	bool good;

	while (sieve->waiting.size > 0 && sieve->waiting.size < before &&
	    sent < ROWS_TOGETHER) {
		before = sieve->waiting.size;
		sent += before / sizeof(Waiting);
		if (!copy_together(sieve, counts, &good, err))
			return false;
		if (good)
			sieve->waiting.size = 0;
		else if (is_orphan(sieve) &&
		    !set_aside_orphans(sieve, counts, err))
			return false;
	}
	return true;
}

static bool
settle_waiting(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	RowsCsv end = sieve->rows->csv;
	unsigned round;

	if (!try_together(sieve, counts, err))
		return false;
	for (round = 0; round < ROUNDS_ALONE; round++) {
		if (!try_alone(sieve, round, counts, err))
			return false;
	}
	sieve->rows->csv = end;
	return true;
}

static bool
copy_all(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	search_begin(&sieve->search);
	do {
		if (!try_copy(sieve, counts, err))
			return false;
	} while (!feed_ended(sieve->rows));
	return true;
}

/* Rows that were refused go to the ledger with the transaction. */
static bool
settle_refused(Sieve *sieve, const LedgerCounts *counts, Error *err)
{
	if (sieve->refused.size > 0 && !send_refused(sieve, err))
		return false;
	if (counts->rejected == 0 || limit_of(sieve) == UINT64_MAX)
		return true;
	/* One of us counts at a time, or two might both stay below. */
	if (!ledger_lock(sieve->server, sieve->plan->id, "rejects", err) ||
	    !count_before(sieve, err))
		return false;
	sieve->place[0] = '\0';
	return !is_too_many(sieve, counts) ||
	    error_set(err, ERROR_FAILED,
		"with its rows more are refused than --max-rejects=%llu "
		"allows, so it is not loaded. The same command with a larger "
		"number goes on",
		(unsigned long long)limit_of(sieve));
}

static void
begin(Sieve *sieve)
{
	sieve->point = POINT_NONE;
	sieve->before = 0;
	sieve->refused.size = sieve->waiting.size = 0;
	sieve->place[0] = '\0';
}

bool
sieve_run(Sieve *sieve, LedgerCounts *counts, Error *err)
{
	begin(sieve);
	return copy_all(sieve, counts, err) &&
	    settle_waiting(sieve, counts, err) &&
	    settle_refused(sieve, counts, err);
}

void
sieve_free(Sieve *sieve)
{
	buf_free(&sieve->sql);
	buf_free(&sieve->refused);
	buf_free(&sieve->waiting);
	buf_free(&sieve->together);
}
