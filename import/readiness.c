#include "import/readiness.h"

#include <stdlib.h>
#include <string.h>

#include "import/sqlstate.h"

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

static bool
check_session(Server *server, Error *err)
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
	if (strcmp(server_parameter(server, "standard_conforming_strings"),
		"on") != 0)
		return error_set(err, ERROR_TARGET,
		    "standard_conforming_strings is off in database \"%s\". "
		    "Switch it on: ALTER DATABASE \"%s\" SET "
		    "standard_conforming_strings = on",
		    server_database(server), server_database(server));
	return true;
}

static bool
is_true(const PGresult *result, int column)
{
	return PQgetvalue(result, 0, column)[0] == 't';
}

/* One row about the target, in the order of FACT_... */
enum {
	FACT_READ_ONLY,
	FACT_SCHEMA_EXISTS,
	FACT_SCHEMA_CREATE,
	FACT_DATABASE_CREATE,
	FACT_LEDGER_EXISTS,
	FACT_LEDGER_USAGE,
	FACT_LEDGER_WRITE,
	FACT_ROLE,
};

static const char facts_sql[] =
    "SELECT current_setting('default_transaction_read_only') = 'on',"
    " n.oid IS NOT NULL,"
    " coalesce(has_schema_privilege(n.oid, 'CREATE'), false),"
    " has_database_privilege(current_database(), 'CREATE'),"
    " l.oid IS NOT NULL,"
    " coalesce(has_schema_privilege(l.oid, 'USAGE'), false),"
    " CASE WHEN c.oid IS NULL"
    "  THEN coalesce(has_schema_privilege(l.oid, 'CREATE'), false)"
    "  ELSE has_table_privilege(c.oid, 'INSERT') END,"
    " current_user"
    " FROM (SELECT) AS one"
    " LEFT JOIN pg_namespace AS n ON n.nspname = $1"
    " LEFT JOIN pg_namespace AS l ON l.nspname = 'litehaul'"
    " LEFT JOIN pg_class AS c ON c.relnamespace = l.oid"
    "  AND c.relname = 'chunk'";

static bool
judge_namespace(const PGresult *facts, const char *namespace, Error *err)
{
	const char *role = PQgetvalue(facts, 0, FACT_ROLE);

	if (is_true(facts, FACT_SCHEMA_EXISTS) &&
	    !is_true(facts, FACT_SCHEMA_CREATE))
		return error_set(err, ERROR_TARGET,
		    "role \"%s\" must not create tables in schema \"%s\". An "
		    "owner can permit it: GRANT CREATE ON SCHEMA \"%s\" TO "
		    "\"%s\"",
		    role, namespace, namespace, role);
	if (!is_true(facts, FACT_SCHEMA_EXISTS) &&
	    !is_true(facts, FACT_DATABASE_CREATE))
		return error_set(err, ERROR_TARGET,
		    "there is no schema \"%s\", and role \"%s\" must not make "
		    "one. An owner can: CREATE SCHEMA \"%s\" AUTHORIZATION "
		    "\"%s\"",
		    namespace, role, namespace, role);
	return true;
}

static bool
judge_facts(const PGresult *facts, const char *database, Error *err)
{
	const char *role = PQgetvalue(facts, 0, FACT_ROLE);

	if (is_true(facts, FACT_READ_ONLY))
		return error_set(err, ERROR_TARGET,
		    "database \"%s\" or role \"%s\" is set to read-only "
		    "transactions (default_transaction_read_only)",
		    database, role);
	if (!is_true(facts, FACT_LEDGER_EXISTS) &&
	    !is_true(facts, FACT_DATABASE_CREATE))
		return error_set(err, ERROR_TARGET,
		    "role \"%s\" must not make the schema \"litehaul\" for the "
		    "ledger in database \"%s\". An owner can: CREATE SCHEMA "
		    "litehaul AUTHORIZATION \"%s\"",
		    role, database, role);
	if (is_true(facts, FACT_LEDGER_EXISTS) &&
	    (!is_true(facts, FACT_LEDGER_USAGE) ||
		!is_true(facts, FACT_LEDGER_WRITE)))
		return error_set(err, ERROR_TARGET,
		    "role \"%s\" must not use the ledger in schema "
		    "\"litehaul\". Its owner can permit it: GRANT USAGE, "
		    "CREATE "
		    "ON SCHEMA litehaul TO \"%s\"; GRANT ALL ON ALL TABLES IN "
		    "SCHEMA litehaul TO \"%s\"",
		    role, role, role);
	return true;
}

typedef struct {
	const char *namespace;
	bool make_tables;
} Target;

static bool
judge(Server *server, void *context, Error *err)
{
	const Target *target = context;
	const char *values[] = { target->namespace };
	PGresult *facts;
	bool good;

	if (!server_query(server, facts_sql, values, 1, &facts, err))
		return false;
	good = (!target->make_tables ||
		   judge_namespace(facts, target->namespace, err)) &&
	    judge_facts(facts, server_database(server), err);
	PQclear(facts);
	return good;
}

bool
readiness_check(
    Server *server, const char *namespace, bool make_tables, Error *err)
{
	Target target = { namespace, make_tables };

	if (!check_session(server, err))
		return false;
	if (server_transact(server, SERVER_QUICK, judge, &target, err))
		return true;
	/* Our transactions begin READ WRITE, which a standby refuses so. */
	if (strcmp(server_failure(server, PG_DIAG_SQLSTATE),
		SQLSTATE_NOT_SUPPORTED) != 0)
		return false;
	return error_set(err, ERROR_TARGET,
	    "the server is a standby, which only its primary can change. "
	    "Connect to the primary (in a URI with several hosts: "
	    "target_session_attrs=read-write)");
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
		server, SERVER_QUICK, count_sessions, possible, err);
}
