#include "import/server.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/report.h"
#include "formats/sqltext.h"

#include "import/connection.h"
#include "import/flat.h"
#include "import/sqlstate.h"

/* Another try is made after 0.1 s, then twice as long up to 5 s: less some
 * chance, so that those who were thrown out together do not return so. */
#define WAIT_FIRST_MS 100
#define WAIT_MOST_MS  5000
/* So often a transaction that fails for no fault of its own is done again:
 * half a minute of pauses. */
#define TRIES_MOST 12
/* So often a server says that it is full before its other sessions do the
 * work: three seconds, in which it may notice that ours are gone. */
#define REFUSALS_MOST 5

/* One message of COPY data; libpq copies it once. */
#define COPY_PUT_BYTES ((size_t)256 << 10)

struct Server {
	Arena arena; /* holds this object */
	const ServerTarget *target;
	PGconn *own;        /* connection that was opened for it */
	PGconn *connection; /* the one in use: own, or another server's */
	int version;
	bool connected;
	PGresult *failed;      /* the server's last error */
	SqlstateAction action; /* what that failure asks for */
	unsigned reconnects;
	int64_t lost_ms;    /* since when no transaction could begin; 0 */
	bool begun;         /* the last one did */
	PipelinePool *pool; /* of the servers that share; NULL for none */
	Server *const *all;
	unsigned number; /* own's in the pool */
	unsigned claimed;
	bool retired;
	bool patient;       /* sends a COPY to its end in any case */
	unsigned n_notices; /* in this COPY */
	char *copied;       /* by libpq, out of a COPY */
	bool copying_out;
	Buf settings; /* of a transaction, behind its BEGIN */
	Buf begin;
};

/*
 * Every transaction's beginning.  What a role or database may have set is
 * overridden where it would stop or change a load; lock_timeout makes a wait
 * for somebody's forgotten transaction end in an error that names it.
 */
static const char settings_text[] =
    "SET LOCAL search_path = '';"
    "SET LOCAL lock_timeout = '10s';"
    "SET LOCAL idle_in_transaction_session_timeout = 0;"
    "SET LOCAL TimeZone = 'UTC';"
    "SET LOCAL DateStyle = 'ISO, MDY';"
    "SET LOCAL IntervalStyle = 'postgres';"
    "SET LOCAL bytea_output = 'hex';"
    "SET LOCAL extra_float_digits = 1;"
    "SET LOCAL array_nulls = on;"
    "SET LOCAL xmloption = content;"
    "SET LOCAL client_min_messages = warning;";

/* A role's own statement_timeout ends with the statement behind the one that
 * switches it off, so that comes first. */
#define WRITE_BEGIN                                        \
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;" \
	"SET LOCAL statement_timeout = 0;"
static const char *const begin_texts[] = {
	[SERVER_QUICK] = WRITE_BEGIN "SET LOCAL synchronous_commit = off;",
	[SERVER_DURABLE] = WRITE_BEGIN "SET LOCAL synchronous_commit = on;",
	[SERVER_SNAPSHOT] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
			    "SET LOCAL statement_timeout = 0;",
};

static bool
fail_connection(Server *server, Error *err)
{
	char text[CONNECTION_TEXT_BYTES];

	connection_text(server->connection, text);
	server->action = SQLSTATE_LOST;
	return error_set(err, ERROR_TARGET, "%s",
	    text[0] == '\0' ? "the connection to the server was lost" : text);
}

/* Take result as the last failure and fill err from it. */
static bool
fail(Server *server, PGresult *result, Error *err)
{
	const char *state, *message, *detail;
	char flat[1024], flat_detail[512];

	PQclear(server->failed);
	server->failed = result;
	state = server_failure(server, PG_DIAG_SQLSTATE);
	if (state[0] == '\0')
		return fail_connection(server, err);
	server->action = PQstatus(server->connection) == CONNECTION_BAD
	    ? SQLSTATE_LOST
	    : sqlstate_action(state);
	message = server_failure(server, PG_DIAG_MESSAGE_PRIMARY);
	detail = server_failure(server, PG_DIAG_MESSAGE_DETAIL);
	/* This detail is the whole row, with whatever it holds. */
	if (strcmp(state, SQLSTATE_NOT_NULL) == 0 ||
	    strcmp(state, SQLSTATE_CHECK) == 0)
		detail = "";
	flat_put(flat, sizeof flat, message);
	flat_put(flat_detail, sizeof flat_detail, detail);
	return error_set(err, sqlstate_kind(state), "%s%s%s (SQLSTATE %s)%s",
	    flat, flat_detail[0] == '\0' ? "" : ": ", flat_detail, state,
	    strcmp(state, SQLSTATE_DISK_FULL) == 0
		? ". Make room at the server and run the same command again"
		: "");
}

const char *
server_failure(const Server *server, int field)
{
	const char *text;

	text = PQresultErrorField(server->failed, field);
	return text == NULL ? "" : text;
}

void
server_forget_failure(Server *server)
{
	PQclear(server->failed);
	server->failed = NULL;
}

static bool
put_settings(Server *server, Error *err)
{
	Buf *settings = &server->settings;

	if (!buf_put_text(settings, settings_text, err))
		return false;
	/* transaction_timeout came with PostgreSQL 17. */
	if (server_version(server) >= 170000 &&
	    !buf_put_text(settings, "SET LOCAL transaction_timeout = 0;", err))
		return false;
	if (server->target->role == NULL)
		return true;
	return buf_put_text(settings, "SET LOCAL ROLE ", err) &&
	    sqltext_put_name(settings, server->target->role, err) &&
	    buf_put_text(settings, ";", err);
}

bool
server_connect(ServerTarget *target, Server **server, Error *err)
{
	Arena arena = { 0 };
	Server *made;

	*server = NULL;
	made = arena_alloc(&arena, 1, sizeof *made, err);
	if (made == NULL)
		return false;
	made->arena = arena;
	made->target = target;
	if (!connection_open(target, &made->own, err)) {
		server_close(made);
		return false;
	}
	made->connection = made->own;
	made->connected = true;
	made->version = PQserverVersion(made->own);
	if (!put_settings(made, err)) {
		server_close(made);
		return false;
	}
	*server = made;
	return true;
}

void
server_close(Server *server)
{
	Arena arena;

	if (server == NULL)
		return;
	PQclear(server->failed);
	PQfreemem(server->copied);
	PQfinish(server->own);
	buf_free(&server->settings);
	buf_free(&server->begin);
	arena = server->arena;
	arena_free(&arena);
}

int
server_version(const Server *server)
{
	return server->version;
}

const char *
server_parameter(const Server *server, const char *name)
{
	const char *value = PQparameterStatus(server->connection, name);

	return value == NULL ? "" : value;
}

bool
server_is_connected(const Server *server)
{
	return server->connected;
}

unsigned
server_reconnects(const Server *server)
{
	return server->reconnects;
}

bool
server_is_retired(const Server *server)
{
	return server->retired;
}

void
server_share(Server *const *servers, unsigned n, PipelinePool *pool)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		servers[i]->pool = pool;
		servers[i]->all = servers;
		servers[i]->number = i;
	}
}

const char *
server_database(const Server *server)
{
	const char *name = PQdb(server->connection);

	return name == NULL ? "" : name;
}

/* Take result; true when it is what a statement should give. */
static bool
accept(Server *server, PGresult *result, Error *err)
{
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return fail(server, result, err);
	PQclear(result);
	return true;
}

bool
server_run(Server *server, const char *sql, Error *err)
{
	return accept(server, PQexec(server->connection, sql), err);
}

bool
server_reset(Server *server, Error *err)
{
	const char *settings = buf_text(&server->settings, err);

	return settings != NULL &&
	    server_run(server,
		"RESET ALL; RESET SESSION AUTHORIZATION; RESET ROLE;"
		"SET LOCAL statement_timeout = 0;"
		"SET LOCAL synchronous_commit = on;",
		err) &&
	    server_run(server, settings, err);
}

bool
server_query(Server *server, const char *sql, const char *const *values, int n,
    PGresult **result, Error *err)
{
	PGresult *got;
	ExecStatusType status;

	*result = NULL;
	got = PQexecParams(
	    server->connection, sql, n, NULL, values, NULL, NULL, 0);
	status = PQresultStatus(got);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		return fail(server, got, err);
	*result = got;
	return true;
}

static void
count_notice(void *context, const PGresult *result)
{
	Server *server = context;

	(void)result;
	server->n_notices++;
}

bool
server_copy_begin(Server *server, const char *sql, Error *err)
{
	PGresult *result = PQexec(server->connection, sql);

	(void)PQsetNoticeReceiver(server->connection, count_notice, server);

	if (PQresultStatus(result) != PGRES_COPY_IN)
		return fail(server, result, err);
	PQclear(result);
	return true;
}

/* Read all answers of a COPY whose end was sent, or that the server ended. */
static bool
read_copy_answers(Server *server, uint64_t *rows, Error *err)
{
	PGresult *result, *error = NULL;

	while ((result = PQgetResult(server->connection)) != NULL) {
		switch (PQresultStatus(result)) {
		case PGRES_COMMAND_OK:
			*rows = strtoull(PQcmdTuples(result), NULL, 10);
			PQclear(result);
			break;
		case PGRES_COPY_IN: /* its end could not be sent */
			PQclear(result);
			return error != NULL ? fail(server, error, err)
					     : fail_connection(server, err);
		default:
			if (error == NULL)
				error = result;
			else
				PQclear(result);
		}
	}
	return error == NULL || fail(server, error, err);
}

/* Leave COPY without its rows; what the server answers is of no interest but
 * for an error it already had. */
static bool
abandon_copy(Server *server, Error *err)
{
	uint64_t rows;

	(void)PQputCopyEnd(server->connection, "given up by the client");
	if (read_copy_answers(server, &rows, err))
		return fail_connection(server, err);
	return false;
}

/*
 * Has the server said something before the end of a COPY that is no notice?
 * It reads the rest and drops it then, which takes its time on a slow network.
 * libpq keeps what it is until the COPY is ended.
 */
static bool
has_early_answer(Server *server)
{
	struct pollfd ready = { .events = POLLIN };
	unsigned n_notices = server->n_notices;

	ready.fd = PQsocket(server->connection);
	if (server->patient || ready.fd < 0 || poll(&ready, 1, 0) != 1)
		return false;
	(void)PQconsumeInput(server->connection);
	(void)PQisBusy(server->connection); /* takes the notices */
	return server->n_notices == n_notices;
}

/* What was said early may be no error after all, but part of a long notice or
 * of no interest: then the COPY is made again, and not ended early. */
static bool
end_early(Server *server, Error *err)
{
	(void)!abandon_copy(server, err);
	if (strcmp(server_failure(server, PG_DIAG_SQLSTATE),
		SQLSTATE_CANCELED) == 0) {
		server->patient = true;
		server->action = SQLSTATE_AGAIN;
	}
	return false;
}

bool
server_copy_put(Server *server, const uint8_t *bytes, size_t size, Error *err)
{
	size_t part;

	if (has_early_answer(server))
		return end_early(server, err);
	for (; size > 0; bytes += part, size -= part) {
		part = size < COPY_PUT_BYTES ? size : COPY_PUT_BYTES;
		if (PQputCopyData(server->connection, (const char *)bytes,
			(int)part) != 1)
			return abandon_copy(server, err);
	}
	return true;
}

bool
server_copy_end(Server *server, uint64_t *rows, Error *err)
{
	*rows = 0;
	if (PQputCopyEnd(server->connection, NULL) != 1)
		return abandon_copy(server, err);
	return read_copy_answers(server, rows, err);
}

bool
server_copy_out(Server *server, const char *sql, Error *err)
{
	PGresult *result = PQexec(server->connection, sql);

	if (PQresultStatus(result) != PGRES_COPY_OUT)
		return fail(server, result, err);
	PQclear(result);
	server->copying_out = true;
	return true;
}

Step
server_copy_get(Server *server, const uint8_t **bytes, size_t *size, Error *err)
{
	uint64_t rows;
	int got;

	PQfreemem(server->copied);
	server->copied = NULL;
	got = PQgetCopyData(server->connection, &server->copied, 0);
	*bytes = (const uint8_t *)server->copied;
	*size = got > 0 ? (size_t)got : 0;
	if (got > 0)
		return STEP_ITEM;
	server->copying_out = false;
	if (!read_copy_answers(server, &rows, err))
		return STEP_FAILED;
	if (got == -1)
		return STEP_END;
	(void)fail_connection(server, err);
	return STEP_FAILED;
}

/* Leave COPY ... TO STDOUT before its end: what is on its way is read. */
static void
drop_copy_out(Server *server)
{
	PGcancel *cancel = PQgetCancel(server->connection);
	char ignored[256];
	char *copied;

	server->copying_out = false;
	if (cancel != NULL)
		(void)PQcancel(cancel, ignored, sizeof ignored);
	PQfreeCancel(cancel);
	while (PQgetCopyData(server->connection, &copied, 0) > 0)
		PQfreemem(copied);
}

/* End whatever a failed body left open; the session is idle afterwards or
 * lost. */
static void
roll_back(Server *server)
{
	SqlstateAction action = server->action;
	Error ignored = { 0 };
	PGresult *failed = server->failed;

	/* What the roll back itself says must not hide the reason for it. */
	server->failed = NULL;
	if (PQtransactionStatus(server->connection) == PQTRANS_ACTIVE) {
		if (server->copying_out)
			drop_copy_out(server);
		(void)!abandon_copy(server, &ignored);
	}
	server->action = action;
	if (PQtransactionStatus(server->connection) != PQTRANS_IDLE)
		PQclear(PQexec(server->connection, "ROLLBACK"));
	PQclear(server->failed);
	server->failed = failed;
	if (PQstatus(server->connection) == CONNECTION_BAD &&
	    server->action == SQLSTATE_AGAIN)
		server->action = SQLSTATE_LOST;
}

static bool
commit(Server *server, Error *err)
{
	PGresult *result = PQexec(server->connection, "COMMIT");

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		return fail(server, result, err);
	/* A transaction that had failed before answers ROLLBACK. */
	if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
		PQclear(result);
		return error_set(err, ERROR_FAILED,
		    "the server rolled the transaction back");
	}
	PQclear(result);
	return true;
}

/* BEGIN and all settings in one message. */
static bool
begin(Server *server, ServerMode mode, Error *err)
{
	const char *text = NULL;

	server->begin.size = 0;
	if (buf_put_text(&server->begin, begin_texts[mode], err) &&
	    buf_put(&server->begin, server->settings.data,
		server->settings.size, err))
		text = buf_text(&server->begin, err);
	return text != NULL && server_run(server, text, err);
}

static bool
failed_with(const Server *server, const char *state)
{
	return strcmp(server_failure(server, PG_DIAG_SQLSTATE), state) == 0;
}

/* What to do about a transaction that could not begin; always false. */
static bool
explain_begin(Server *server, Error *err)
{
	const char *role = server->target->role;

	/* A role's own statement_timeout may end the statement that switches
	 * it off. */
	if (failed_with(server, SQLSTATE_CANCELED))
		server->action = SQLSTATE_AGAIN;
	/* We ask for READ WRITE, which a standby refuses so. */
	if (failed_with(server, SQLSTATE_NOT_SUPPORTED))
		return error_set(err, ERROR_TARGET,
		    "the server is a standby, which only its primary can "
		    "change. Connect to the primary (in a URI with several "
		    "hosts: target_session_attrs=read-write)");
	if (strstr(err->text, "statement pooling mode") != NULL) {
		server->action = SQLSTATE_STOP;
		return error_set(err, ERROR_TARGET,
		    "a pooler in statement mode stands before the server, and "
		    "a load needs transactions. Connect to the server itself, "
		    "or set pool_mode to transaction or session");
	}
	if (role != NULL && failed_with(server, SQLSTATE_PRIVILEGE))
		return error_set(err, ERROR_TARGET,
		    "role \"%s\" must not become \"%s\". Who administers "
		    "that can permit it: GRANT \"%s\" TO \"%s\"",
		    PQuser(server->connection), role, role,
		    PQuser(server->connection));
	if (role != NULL && failed_with(server, SQLSTATE_BAD_VALUE))
		return error_set(err, ERROR_TARGET,
		    "there is no role \"%s\" for --role", role);
	return false;
}

static bool
transact_once(Server *server, ServerMode mode, ServerBody *body, void *context,
    Error *err)
{
	server->action = SQLSTATE_STOP;
	PQclear(server->failed);
	server->failed = NULL;
	server->begun = begin(server, mode, err);
	if (!server->begun) {
		roll_back(server);
		return explain_begin(server, err);
	}
	server->lost_ms = 0;
	if (!body(server, context, err) || !commit(server, err)) {
		roll_back(server);
		return false;
	}
	return true;
}

/* Wait before another try, each time longer. */
static void
pause_longer(unsigned *wait_ms)
{
	struct timespec moment;
	unsigned half = *wait_ms / 2, ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &moment);
	/* The clock's last digits are chance enough. */
	ms = *wait_ms - (unsigned)(moment.tv_nsec / 1000) % (half + 1);
	moment.tv_sec = ms / 1000;
	moment.tv_nsec = (long)(ms % 1000) * 1000000;
	(void)nanosleep(&moment, NULL);
	*wait_ms *= 2;
	if (*wait_ms > WAIT_MOST_MS)
		*wait_ms = WAIT_MOST_MS;
}

static bool
give_up(Error *err, const char *what, unsigned n, const char *unit)
{
	char text[ERROR_TEXT_BYTES];

	(void)snprintf(text, sizeof text, "%s", err->text);
	return error_set(err, ERROR_TARGET,
	    "%s %u %s: %s. Run the same command again to go on", what, n, unit,
	    text);
}

static void
claim(Server *server)
{
	if (server->pool == NULL)
		return;
	server->claimed = pipeline_pool_prefer(server->pool, server->number);
	server->connection = server->all[server->claimed]->own;
}

static void
release(Server *server)
{
	if (server->pool != NULL)
		pipeline_pool_release(server->pool, server->claimed);
	server->connection = server->own;
}

/* Give the session up and take another server's, where there is one. */
static bool
retire(Server *server)
{
	if (server->pool == NULL || !pipeline_pool_retire(server->pool))
		return false;
	server->all[server->claimed]->retired = true;
	claim(server);
	return true;
}

/* Has the server been away for too long?  A pooler takes connections also when
 * it is, so that counts from the last transaction that began. */
static bool
is_given_up(Server *server, Error *err)
{
	unsigned most_s = server->target->downtime_s;

	if (report_now_ms() - server->lost_ms < (int64_t)most_s * 1000)
		return false;
	(void)give_up(
	    err, "the server was lost and did not come back in", most_s, "s");
	return true;
}

/* A new connection in place of a lost one; no password is asked for. */
static bool
reconnect(Server *server, unsigned *wait_ms, Error *err)
{
	ConnectionState state;
	unsigned refusals = 0;

	while ((state = connection_again(server->connection, err)) !=
	    CONNECTION_AGAIN) {
		if (state == CONNECTION_NEVER)
			return false;
		refusals += state == CONNECTION_FULL;
		if (refusals >= REFUSALS_MOST && retire(server))
			return true;
		if (is_given_up(server, err))
			return false;
		pause_longer(wait_ms);
	}
	server->reconnects++;
	return true;
}

/* After a failure that is not the transaction's fault. */
static bool
prepare_again(Server *server, unsigned *wait_ms, unsigned *tries, Error *err)
{
	bool lost = server->action == SQLSTATE_LOST;

	if (lost && server->lost_ms == 0)
		server->lost_ms = report_now_ms();
	else if (lost && is_given_up(server, err))
		return false;
	if (server->begun && ++*tries == TRIES_MOST)
		return give_up(err, "given up after", TRIES_MOST, "tries");
	pause_longer(wait_ms);
	return !lost || reconnect(server, wait_ms, err);
}

static bool
try_again(Server *server, ServerMode mode, ServerBody *body, void *context,
    Error *err)
{
	unsigned wait_ms = WAIT_FIRST_MS, tries = 0;

	server->lost_ms = 0;
	while (!transact_once(server, mode, body, context, err)) {
		if (server->action == SQLSTATE_STOP ||
		    !prepare_again(server, &wait_ms, &tries, err))
			return false;
	}
	return true;
}

bool
server_transact(Server *server, ServerMode mode, ServerBody *body,
    void *context, Error *err)
{
	bool good;

	claim(server);
	good = try_again(server, mode, body, context, err);
	server->connected = PQstatus(server->connection) == CONNECTION_OK;
	release(server);
	return good;
}
