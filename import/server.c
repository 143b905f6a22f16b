#include "import/server.h"

#include <stdlib.h>
#include <string.h>

#include "formats/sqltext.h"

#include "import/connection.h"
#include "import/flat.h"
#include "import/server_inside.h"

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
    "SET LOCAL standard_conforming_strings = on;"
    "SET LOCAL quote_all_identifiers = off;"
    "SET LOCAL client_min_messages = warning;";

bool
server_inside_lose(Server *server, Error *err)
{
	char text[CONNECTION_TEXT_BYTES];

	connection_text(server->connection, text);
	server->action = SQLSTATE_LOST;
	return error_set(err, ERROR_TARGET, "%s",
	    text[0] == '\0' ? "the connection to the server was lost" : text);
}

/* What to do about it. */
static const char *
advice(const char *state, const char *message)
{
	if (strcmp(state, SQLSTATE_DISK_FULL) == 0)
		return ". Make room at the server and run the same command "
		       "again";
	if ((strcmp(state, SQLSTATE_NO_TABLE) == 0 ||
		strcmp(state, SQLSTATE_NO_FUNCTION) == 0) &&
	    strstr(message, "litehaul.") != NULL)
		return ". The ledger is gone: --undo or somebody else has "
		       "removed it. Run the same command again to begin the "
		       "load anew";
	return "";
}

bool
server_inside_fail(Server *server, PGresult *result, Error *err)
{
	const char *state, *message, *detail;
	char flat[1024], flat_detail[512];

	PQclear(server->failed);
	server->failed = result;
	state = server_failure(server, PG_DIAG_SQLSTATE);
	if (state[0] == '\0')
		return server_inside_lose(server, err);
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
	    advice(state, flat));
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
		return server_inside_fail(server, result, err);
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
		return server_inside_fail(server, got, err);
	*result = got;
	return true;
}
