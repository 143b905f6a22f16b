/*
 * Transactions, done again where that may help, also by way of another server's
 * session.
 */
#include "import/server.h"

#include <string.h>
#include <time.h>

#include "formats/report.h"

#include "import/connection.h"
#include "import/server_inside.h"

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

/* End whatever a failed body left open; the session is idle afterwards or
 * lost. */
static void
roll_back(Server *server)
{
	SqlstateAction action = server->action;
	PGresult *failed = server->failed;

	/* What the roll back itself says must not hide the reason for it. */
	server->failed = NULL;
	if (PQtransactionStatus(server->connection) == PQTRANS_ACTIVE)
		server_inside_drop_copy(server);
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
		return server_inside_fail(server, result, err);
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
