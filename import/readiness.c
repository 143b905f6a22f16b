#include "import/readiness.h"

#include <stdlib.h>
#include <string.h>

#include "import/statement.h"

bool
readiness_version(const Server *server, Error *err)
{
	int version = server_version(server);

	if (version >= READINESS_VERSION)
		return true;
	return error_set(err, ERROR_TARGET,
	    "the server is PostgreSQL %d; litehaul needs %d or later",
	    version / 10000, READINESS_VERSION / 10000);
}

bool
readiness_to_read(const Server *server, Error *err)
{
	const char *encoding = server_parameter(server, "server_encoding");

	if (!readiness_version(server, err))
		return false;
	if (strcmp(encoding, "UTF8") != 0)
		return error_set(err, ERROR_TARGET,
		    "database \"%s\" has the encoding %s, which cannot hold "
		    "every text. Make one with CREATE DATABASE ... ENCODING "
		    "'UTF8' TEMPLATE template0",
		    server_database(server), encoding);
	return true;
}

/* The body of a transaction: beginning it tells of a standby. */
static bool
check_writable(Server *server, void *context, Error *err)
{
	PGresult *result;
	bool writable;

	(void)context;
	if (!server_query(server,
		"SELECT current_setting('default_transaction_read_only')"
		" = 'off', current_user",
		NULL, 0, &result, err))
		return false;
	writable = PQgetvalue(result, 0, 0)[0] == 't' ||
	    error_set(err, ERROR_TARGET,
		"database \"%s\" or role \"%s\" is set to read-only "
		"transactions (default_transaction_read_only)",
		server_database(server), PQgetvalue(result, 0, 1));
	PQclear(result);
	return writable;
}

bool
readiness_check(Server *server, Error *err)
{
	return readiness_to_read(server, err) &&
	    server_transact(server, SERVER_QUICK, check_writable, NULL, err);
}

/* Roles without rights see the rows of pg_stat_replication, if not all of their
 * columns. */
static bool
ask_waits(Server *server, void *context, Error *err)
{
	return statement_ask(server,
	    "SELECT current_setting('synchronous_standby_names') <> ''"
	    " AND NOT pg_is_in_recovery()"
	    " AND NOT EXISTS (SELECT FROM pg_stat_replication)",
	    NULL, 0, context, err);
}

bool
readiness_warn(Server *server, Report *report, Error *err)
{
	bool waits;

	if (!server_transact(server, SERVER_SNAPSHOT, ask_waits, &waits, err))
		return false;
	if (waits)
		report_warning(report,
		    "the server has synchronous_standby_names set and no "
		    "standby is connected: every COMMIT waits until one is");
	return true;
}

/* The session we have counts too, so one more than what is free is possible.
 * Limits of role and database are -1 for none. */
static const char sessions_sql[] =
    "SELECT least("
    " current_setting('max_connections')::int"
    "  - current_setting('superuser_reserved_connections')::int"
    "  - (SELECT count(*) FROM pg_stat_activity"
    "     WHERE usesysid IS NOT NULL),"
    " (SELECT nullif(rolconnlimit, -1) FROM pg_roles"
    "  WHERE rolname = session_user)"
    "  - (SELECT count(*) FROM pg_stat_activity WHERE usename = session_user),"
    " (SELECT nullif(datconnlimit, -1) FROM pg_database"
    "  WHERE datname = current_database())"
    "  - (SELECT count(*) FROM pg_stat_activity"
    "     WHERE datname = current_database())) + 1";

static bool
count_sessions(Server *server, void *context, Error *err)
{
	unsigned *possible = context;
	PGresult *result;
	long n;

	if (!server_query(server, sessions_sql, NULL, 0, &result, err))
		return false;
	n = strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	if (n < 1)
		n = 1;
	if ((unsigned long)n < *possible)
		*possible = (unsigned)n;
	return true;
}

bool
readiness_sessions(
    Server *server, unsigned wanted, unsigned *possible, Error *err)
{
	*possible = wanted;
	return wanted <= 1 ||
	    server_transact(
		server, SERVER_SNAPSHOT, count_sessions, possible, err);
}
