#include "import/server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/sqltext.h"

#include "import/password.h"
#include "import/sqlstate.h"

/* A lost connection is tried again after 0.1 s, then twice as long up to 5 s,
 * in all for a minute: a restart or a failover takes less. */
#define WAIT_FIRST_MS 100
#define WAIT_MOST_MS  5000
#define WAIT_ALL_MS   60000

/* One message of COPY data; libpq copies it once. */
#define COPY_PUT_BYTES ((size_t)256 << 10)

struct Server {
	Arena arena; /* holds this object */
	const ServerTarget *target;
	PGconn *connection;
	PGresult *failed;      /* the server's last error */
	SqlstateAction action; /* what that failure asks for */
	unsigned reconnects;
	char *copied; /* by libpq, out of a COPY */
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

/* Blanks and line ends of a message become one blank each. */
static void
put_flat(char *out, size_t capacity, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used + 1 < capacity; text++) {
		if (strchr(" \t\r\n", *text) == NULL)
			out[used++] = *text;
		else if (used > 0 && out[used - 1] != ' ')
			out[used++] = ' ';
	}
	while (used > 0 && strchr(" .", out[used - 1]) != NULL)
		used--;
	out[used] = '\0';
}

static bool
fail_connection(Server *server, Error *err)
{
	char text[1024];

	put_flat(text, sizeof text, PQerrorMessage(server->connection));
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
	put_flat(flat, sizeof flat, message);
	put_flat(flat_detail, sizeof flat_detail, detail);
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

/* The libpq parameters of a target, which end with a NULL. */
#define PARAMETERS 16

typedef struct {
	const char *names[PARAMETERS], *values[PARAMETERS];
	size_t n;
} Parameters;

static void
parameter(Parameters *parameters, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	assert(parameters->n + 1 < PARAMETERS);
	parameters->names[parameters->n] = name;
	parameters->values[parameters->n++] = value;
}

/* A later parameter overrides an earlier one and what dbname expands to
 * (libpq-connect, PQconnectdbParams). */
static PGconn *
open_connection(const ServerTarget *target)
{
	Parameters parameters = { 0 };

	/* A network that swallows packets must not hold us for two hours. */
	parameter(&parameters, "keepalives_idle", "30");
	parameter(&parameters, "keepalives_interval", "10");
	parameter(&parameters, "keepalives_count", "3");
	if (getenv("PGCONNECT_TIMEOUT") == NULL)
		parameter(&parameters, "connect_timeout", "15");
	parameter(&parameters, "dbname", target->dbname);
	parameter(&parameters, "host", target->host);
	parameter(&parameters, "port", target->port);
	parameter(&parameters, "user", target->user);
	parameter(&parameters, "password", target->password);
	parameter(&parameters, "client_encoding", "UTF8");
	parameter(&parameters, "fallback_application_name", "litehaul-import");
	return PQconnectdbParams(parameters.names, parameters.values, 1);
}

/* libpq prints notices by itself otherwise. */
static void
drop_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

static bool
is_number_list(const char *text)
{
	return text[strspn(text, "0123456789,")] == '\0';
}

/*
 * Is dbname, where it is a conninfo or URI, one that libpq reads as it was
 * meant?  A password with an unescaped "@" or "/" ends up in host or port and
 * from there in messages, so such are refused without quoting anything.
 */
static bool
check_conninfo(const char *dbname, Error *err)
{
	PQconninfoOption *options, *at;
	bool good;

	if (dbname == NULL ||
	    (strchr(dbname, '=') == NULL &&
		strncmp(dbname, "postgres://", 11) != 0 &&
		strncmp(dbname, "postgresql://", 13) != 0))
		return true;
	options = PQconninfoParse(dbname, NULL);
	good = options != NULL;
	for (at = options; good && at->keyword != NULL; at++) {
		if (at->val == NULL)
			continue;
		if (strcmp(at->keyword, "host") == 0 &&
		    strchr(at->val, '@') != NULL)
			good = false;
		if (strcmp(at->keyword, "port") == 0 &&
		    !is_number_list(at->val))
			good = false;
	}
	PQconninfoFree(options);
	if (good)
		return true;
	return error_set(err, ERROR_USAGE,
	    "the connection string cannot be read. It looks like "
	    "\"host=db1 dbname=app\" or \"postgresql://user@db1/app\"; in a "
	    "URI, \"@\", \"/\", \":\" and \"%%\" inside a password are "
	    "written as %%40, %%2F, %%3A and %%25");
}

static bool
ask_password(ServerTarget *target)
{
	return password_ask(
	    "Password: ", target->password, sizeof target->password);
}

static bool
connect_first(Server *server, ServerTarget *target, Error *err)
{
	if (target->ask_password && target->password[0] == '\0')
		(void)ask_password(target);
	server->connection = open_connection(target);
	if (server->connection != NULL &&
	    PQstatus(server->connection) == CONNECTION_BAD &&
	    PQconnectionNeedsPassword(server->connection) &&
	    target->password[0] == '\0' && !target->never_ask &&
	    ask_password(target)) {
		PQfinish(server->connection);
		server->connection = open_connection(target);
	}
	if (PQstatus(server->connection) != CONNECTION_OK)
		return fail_connection(server, err);
	PQsetNoticeReceiver(server->connection, drop_notice, NULL);
	return true;
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
	if (!check_conninfo(target->dbname, err))
		return false;
	made = arena_alloc(&arena, 1, sizeof *made, err);
	if (made == NULL)
		return false;
	made->arena = arena;
	made->target = target;
	if (!connect_first(made, target, err) || !put_settings(made, err)) {
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
	PQfinish(server->connection);
	buf_free(&server->settings);
	buf_free(&server->begin);
	arena = server->arena;
	arena_free(&arena);
}

int
server_version(const Server *server)
{
	return PQserverVersion(server->connection);
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
	return PQstatus(server->connection) == CONNECTION_OK;
}

unsigned
server_reconnects(const Server *server)
{
	return server->reconnects;
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

bool
server_copy_begin(Server *server, const char *sql, Error *err)
{
	PGresult *result = PQexec(server->connection, sql);

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

bool
server_copy_put(Server *server, const uint8_t *bytes, size_t size, Error *err)
{
	size_t part;

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
server_copy_get(
    Server *server, const uint8_t **bytes, size_t *size, Error *err)
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
transact_once(Server *server, ServerMode mode, ServerBody *body, void *context,
    Error *err)
{
	server->action = SQLSTATE_STOP;
	PQclear(server->failed);
	server->failed = NULL;
	if (!begin(server, mode, err)) {
		roll_back(server);
		/* A role's own statement_timeout may end the statement that
		 * switches it off. */
		if (strcmp(server_failure(server, PG_DIAG_SQLSTATE),
			SQLSTATE_CANCELED) == 0)
			server->action = SQLSTATE_AGAIN;
		return false;
	}
	if (!body(server, context, err) || !commit(server, err)) {
		roll_back(server);
		return false;
	}
	return true;
}

/* Wait before another try; false when the time is up. */
static bool
wait_more(unsigned *wait_ms, unsigned *waited_ms)
{
	struct timespec pause;

	if (*waited_ms >= WAIT_ALL_MS)
		return false;
	pause.tv_sec = *wait_ms / 1000;
	pause.tv_nsec = (long)(*wait_ms % 1000) * 1000000;
	(void)nanosleep(&pause, NULL);
	*waited_ms += *wait_ms;
	*wait_ms *= 2;
	if (*wait_ms > WAIT_MOST_MS)
		*wait_ms = WAIT_MOST_MS;
	return true;
}

/* A new connection in place of a lost one; no password is asked for. */
static bool
reconnect(Server *server, Error *err)
{
	PQfinish(server->connection);
	server->connection = open_connection(server->target);
	if (PQstatus(server->connection) != CONNECTION_OK)
		return fail_connection(server, err);
	PQsetNoticeReceiver(server->connection, drop_notice, NULL);
	server->reconnects++;
	return true;
}

bool
server_transact(Server *server, ServerMode mode, ServerBody *body,
    void *context, Error *err)
{
	unsigned wait_ms = WAIT_FIRST_MS, waited_ms = 0;

	while (!transact_once(server, mode, body, context, err)) {
		if (server->action == SQLSTATE_STOP)
			return false;
		do {
			if (!wait_more(&wait_ms, &waited_ms))
				return error_add(err, "given up after %u s",
				    WAIT_ALL_MS / 1000);
		} while (
		    server->action == SQLSTATE_LOST && !reconnect(server, err));
	}
	return true;
}
