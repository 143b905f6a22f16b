#include "import/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "import/flat.h"
#include "import/password.h"
#include "import/secret.h"
#include "import/sqlstate.h"

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
begin(const ServerTarget *target)
{
	Parameters parameters = { 0 };
	char name[SERVER_PURPOSE_BYTES];

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
	(void)snprintf(name, sizeof name, "litehaul-import%s%s",
	    target->purpose == NULL ? "" : " ",
	    target->purpose == NULL ? "" : target->purpose);
	parameter(&parameters, "fallback_application_name", name);
	return PQconnectdbParams(parameters.names, parameters.values, 1);
}

static bool
is_number_list(const char *text)
{
	return text[strspn(text, "0123456789,")] == '\0';
}

/* A password with an unescaped "@" or "/" ends up in host, port or dbname, and
 * from there in messages. */
static bool
is_misread(const PQconninfoOption *option, bool uri)
{
	if (option->val == NULL)
		return false;
	if (strcmp(option->keyword, "host") == 0)
		return strchr(option->val, '@') != NULL;
	if (strcmp(option->keyword, "port") == 0)
		return !is_number_list(option->val);
	return uri && strcmp(option->keyword, "dbname") == 0 &&
	    strpbrk(option->val, "@/") != NULL;
}

/* "postgresql//user:secret@host/app": a URI with a slip would be the name of a
 * database to libpq, and the server's message would quote it. */
static bool
is_name(const char *dbname)
{
	const char *colon = strchr(dbname, ':');

	return colon == NULL || strchr(colon, '@') == NULL;
}

/* Is dbname, where it is more than a name, one that libpq reads as it was
 * meant?  Those that it is not are refused without quoting anything. */
static bool
check_conninfo(const char *dbname, Error *err)
{
	PQconninfoOption *options, *at;
	bool good, uri;

	if (dbname == NULL ||
	    (strchr(dbname, '=') == NULL && !secret_is_uri(dbname) &&
		is_name(dbname)))
		return true;
	uri = strncmp(dbname, "postgres://", 11) == 0 ||
	    strncmp(dbname, "postgresql://", 13) == 0;
	/* Of another scheme it would be the name of a database to libpq. */
	good = uri || strchr(dbname, '=') != NULL;
	options = good ? PQconninfoParse(dbname, NULL) : NULL;
	good = options != NULL;
	for (at = options; good && at->keyword != NULL; at++)
		good = !is_misread(at, uri);
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

void
connection_text(const PGconn *connection, char text[CONNECTION_TEXT_BYTES])
{
	flat_put(text, CONNECTION_TEXT_BYTES, PQerrorMessage(connection));
}

static bool
fail_first(const PGconn *connection, const ServerTarget *target, Error *err)
{
	char text[CONNECTION_TEXT_BYTES];
	const char *advice = "";

	connection_text(connection, text);
	if (PQconnectionNeedsPassword(connection) &&
	    target->password[0] == '\0')
		advice = target->never_ask
		    ? ". A password is needed: PGPASSWORD, the password file "
		      "~/.pgpass and a service file may give it, or leave "
		      "out -w"
		    : ". A password is needed, and there is no terminal to ask "
		      "for it: PGPASSWORD, the password file ~/.pgpass and a "
		      "service file may give it";
	return error_set(err, ERROR_TARGET, "%s%s",
	    text[0] == '\0' ? "could not connect" : text, advice);
}

/* libpq prints notices by itself otherwise. */
static void
drop_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

bool
connection_open(ServerTarget *target, PGconn **connection, Error *err)
{
	PGconn *made;

	*connection = NULL;
	if (!check_conninfo(target->dbname, err))
		return false;
	if (target->ask_password && target->password[0] == '\0')
		(void)ask_password(target);
	made = begin(target);
	if (made != NULL && PQstatus(made) == CONNECTION_BAD &&
	    PQconnectionNeedsPassword(made) && target->password[0] == '\0' &&
	    !target->never_ask && ask_password(target)) {
		PQfinish(made);
		made = begin(target);
	}
	if (PQstatus(made) != CONNECTION_OK) {
		(void)fail_first(made, target, err);
		PQfinish(made);
		return false;
	}
	PQsetNoticeReceiver(made, drop_notice, NULL);
	*connection = made;
	return true;
}

/* A SQLSTATE as PQERRORS_VERBOSE writes it: ":  28P01: "; NULL for none. */
static const char *
find_state(const char *text)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *at;

	for (at = text; (at = strstr(at, ":  ")) != NULL; at++) {
		if (strspn(at + 3, letters) == 5 && at[8] == ':')
			return at + 3;
	}
	return NULL;
}

static bool
starts_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/*
 * There is one line for each server that was tried.  What says nothing of a
 * state comes from this side of the network.  One server that may be there
 * later is enough to try again.
 */
static ConnectionState
judge_line(const char *line)
{
	const char *at = find_state(line);
	char state[6];

	if (at == NULL)
		return starts_with(line, "connection to server") ||
			starts_with(line, "could not")
		    ? CONNECTION_LATER
		    : CONNECTION_NEVER;
	(void)snprintf(state, sizeof state, "%.5s", at);
	if (strcmp(state, SQLSTATE_CONNECTIONS) == 0)
		return CONNECTION_FULL;
	return sqlstate_action(state) == SQLSTATE_STOP ? CONNECTION_NEVER
						       : CONNECTION_LATER;
}

ConnectionState
connection_judge(const char *text)
{
	ConnectionState found = CONNECTION_NEVER, state;
	char line[CONNECTION_TEXT_BYTES];
	size_t size;

	if (find_state(text) == NULL)
		return CONNECTION_LATER;
	for (; *text != '\0'; text += size + (text[size] != '\0')) {
		size = strcspn(text, "\n");
		(void)snprintf(line, sizeof line, "%.*s", (int)size, text);
		state = judge_line(line);
		if (state == CONNECTION_LATER)
			return state;
		if (state == CONNECTION_FULL)
			found = state;
	}
	return found;
}

/* Cut off where in the server's source the error is. */
static void
drop_location(char *text)
{
	char *at = strstr(text, " LOCATION: ");

	if (at != NULL)
		*at = '\0';
}

ConnectionState
connection_again(PGconn *connection, Error *err)
{
	char text[CONNECTION_TEXT_BYTES];
	ConnectionState state;

	/* Otherwise there would be no SQLSTATE for a failed connection. */
	(void)PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
	PQreset(connection);
	(void)PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
	if (PQstatus(connection) == CONNECTION_OK)
		return CONNECTION_AGAIN;
	state = connection_judge(PQerrorMessage(connection));
	connection_text(connection, text);
	drop_location(text);
	(void)error_set(err, ERROR_TARGET, "%s", text);
	return state;
}
