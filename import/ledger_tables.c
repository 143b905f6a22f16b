/*
 * What the ledger consists of.  docs/ledger.md tells the same to operators.
 */
#include "import/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "import/sqlstate.h"

/* Any number that other programs are unlikely to lock: "litehaul" in ASCII. */
#define PREPARE_LOCK "7811887498271225196"

/* What an older litehaul would get wrong raises it; a mere column does not. */
#define LEDGER_VERSION      2
#define LEDGER_VERSION_TEXT "2"

static const char schema_sql[] = "CREATE SCHEMA litehaul";

/*
 * object.relation is the table's OID: a table of the same name that somebody
 * else made is not ours.  No foreign keys: they would make every chunk lock
 * its load's row.
 */
static const char tables_sql[] =
    "CREATE TABLE IF NOT EXISTS litehaul.load ("
    " id text PRIMARY KEY,"
    " source text NOT NULL,"
    " state text NOT NULL CHECK (state IN ('loading', 'finished')),"
    " namespace text NOT NULL,"
    " schema_sha256 text NOT NULL,"
    " started timestamptz NOT NULL DEFAULT now(),"
    " finished timestamptz,"
    " rows bigint,"
    /* Which program on which machine has begun it. */
    " client text,"
    " verified timestamptz,"
    " published timestamptz);"
    "CREATE TABLE IF NOT EXISTS litehaul.object ("
    " load_id text NOT NULL,"
    " kind text NOT NULL,"
    " name text NOT NULL,"
    " relation oid NOT NULL,"
    " PRIMARY KEY (load_id, kind, name));"
    /* Whose a relation is, is asked for all relations at once. */
    "CREATE INDEX IF NOT EXISTS object_relation"
    " ON litehaul.object (relation);"
    "CREATE TABLE IF NOT EXISTS litehaul.chunk ("
    " load_id text NOT NULL,"
    " path text NOT NULL,"
    " sha256 text NOT NULL,"
    " rows bigint NOT NULL,"
    " loaded timestamptz NOT NULL DEFAULT now(),"
    /* Of the rows, those that the server refused, and those that met their
     * key: left as it was there, or took its place. */
    " rejected bigint NOT NULL DEFAULT 0,"
    " skipped bigint NOT NULL DEFAULT 0,"
    " updated bigint NOT NULL DEFAULT 0,"
    " PRIMARY KEY (load_id, path));"
    /* The rows that the server refused, as they stand in the dump, until
     * somebody forgets the load: no crash loses them.  row counts the chunk's
     * from 1; of orphans, which have lost their chunk, the path is the
     * table's. */
    "CREATE TABLE IF NOT EXISTS litehaul.reject ("
    " load_id text NOT NULL,"
    " path text NOT NULL,"
    " row bigint NOT NULL,"
    " sqlstate text NOT NULL,"
    " message text NOT NULL,"
    " column_name text,"
    " constraint_name text,"
    " data text NOT NULL,"
    " PRIMARY KEY (load_id, path, row));"
    "CREATE TABLE IF NOT EXISTS litehaul.hook ("
    " load_id text NOT NULL,"
    " moment text NOT NULL,"
    " sha256 text NOT NULL,"
    " ran timestamptz NOT NULL DEFAULT now(),"
    " PRIMARY KEY (load_id, moment));"
    /* Tables that a publication has swapped: which one is live, and where the
     * one that it replaced is kept (NULL: there was none). */
    "CREATE TABLE IF NOT EXISTS litehaul.publication ("
    " load_id text NOT NULL,"
    " namespace text NOT NULL,"
    " name text NOT NULL,"
    " relation oid NOT NULL,"
    " replaced oid,"
    " replaced_namespace text,"
    " published timestamptz NOT NULL DEFAULT now(),"
    " PRIMARY KEY (load_id, namespace, name));"
    /* Schemas that we have made, to be dropped when they are empty. */
    "CREATE TABLE IF NOT EXISTS litehaul.namespace ("
    " namespace oid PRIMARY KEY,"
    " name text NOT NULL,"
    " made timestamptz NOT NULL DEFAULT now());"
    /* Foreign keys that a load has taken off tables that were there, as the
     * server wrote them down. */
    "CREATE TABLE IF NOT EXISTS litehaul.foreign_key ("
    " load_id text NOT NULL,"
    " relation oid NOT NULL,"
    " name text NOT NULL,"
    " definition text NOT NULL,"
    " PRIMARY KEY (load_id, relation, name));"
    "ALTER TABLE litehaul.load"
    " ADD COLUMN IF NOT EXISTS client text,"
    " ADD COLUMN IF NOT EXISTS verified timestamptz,"
    " ADD COLUMN IF NOT EXISTS published timestamptz,"
    /* Where it was begun: litehaul.database() there. */
    " ADD COLUMN IF NOT EXISTS database text,"
    /* What it is recognised by when its source's file was written anew. */
    " ADD COLUMN IF NOT EXISTS shape text;"
    "ALTER TABLE litehaul.object"
    /* What the table is made of, and what becomes of rows whose key is there;
     * NULL in a ledger of earlier releases. */
    " ADD COLUMN IF NOT EXISTS columns text,"
    " ADD COLUMN IF NOT EXISTS on_conflict text,"
    /* How many the dump has of it; NULL as long as that is not known. */
    " ADD COLUMN IF NOT EXISTS chunks bigint;"
    "ALTER TABLE litehaul.chunk"
    " ADD COLUMN IF NOT EXISTS rejected bigint NOT NULL DEFAULT 0,"
    " ADD COLUMN IF NOT EXISTS skipped bigint NOT NULL DEFAULT 0,"
    " ADD COLUMN IF NOT EXISTS updated bigint NOT NULL DEFAULT 0;"
    "ALTER TABLE litehaul.foreign_key"
    " ADD COLUMN IF NOT EXISTS parent oid,"
    " ADD COLUMN IF NOT EXISTS comment text;"
    /* The first releases marked only whole loads of new tables as complete. */
    "INSERT INTO litehaul.object (load_id, kind, name, relation)"
    " SELECT o.load_id, '" LEDGER_LOADED "', o.name, o.relation"
    " FROM litehaul.object AS o"
    " JOIN litehaul.load AS l ON l.id = o.load_id"
    " WHERE l.state = 'finished' AND o.kind = '" LEDGER_TABLE "'"
    " ON CONFLICT DO NOTHING;"
    "CREATE OR REPLACE FUNCTION litehaul.version() RETURNS integer"
    " LANGUAGE sql STABLE AS 'SELECT " LEDGER_VERSION_TEXT "'";

/*
 * Which database of which cluster: a ledger that came here by a restored dump
 * or a template speaks of other tables.  A promoted standby is the same one.
 * The nodes of a YugabyteDB have identifiers of their own but share the data.
 */
#define DATABASE_SQL(system)                                          \
	"CREATE OR REPLACE FUNCTION litehaul.database() RETURNS text" \
	" LANGUAGE sql STABLE AS $$ SELECT " system                   \
	" || '/' || (SELECT oid::text FROM pg_catalog.pg_database"    \
	" WHERE datname = pg_catalog.current_database()) $$"

static const char database_sql[] = DATABASE_SQL("'-'");
static const char database_system_sql[] = DATABASE_SQL(
    "(SELECT system_identifier::text FROM pg_catalog.pg_control_system())");

static const char system_sql[] =
    "SELECT coalesce(has_function_privilege('public',"
    " to_regprocedure('pg_catalog.pg_control_system()')::oid, 'EXECUTE'),"
    " false) AND version() NOT LIKE '%-YB-%'";

bool
ledger_exists(Server *server, bool *exists, Error *err)
{
	PGresult *result;

	if (!server_query(server,
		"SELECT to_regclass('litehaul.load') IS NOT NULL"
		" AND to_regclass('litehaul.object') IS NOT NULL"
		" AND to_regclass('litehaul.chunk') IS NOT NULL",
		NULL, 0, &result, err))
		return false;
	*exists = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return true;
}

/* The columns that came last to their tables, and the version. */
static const char complete_sql[] =
    "SELECT (SELECT count(*) = 10 FROM pg_attribute WHERE"
    " attrelid = to_regclass('litehaul.load')"
    "  AND attname IN ('client', 'shape')"
    " OR attrelid = to_regclass('litehaul.object')"
    "  AND attname IN ('on_conflict', 'chunks')"
    " OR attrelid = to_regclass('litehaul.chunk')"
    "  AND attname = 'updated'"
    " OR attrelid = to_regclass('litehaul.reject')"
    "  AND attname = 'data'"
    " OR attrelid = to_regclass('litehaul.hook')"
    "  AND attname = 'ran'"
    " OR attrelid = to_regclass('litehaul.publication')"
    "  AND attname = 'published'"
    " OR attrelid = to_regclass('litehaul.namespace')"
    "  AND attname = 'made'"
    " OR attrelid = to_regclass('litehaul.foreign_key')"
    "  AND attname = 'comment')"
    " AND to_regprocedure('litehaul.database()') IS NOT NULL,"
    " coalesce((SELECT substring(prosrc FROM '[0-9]+') FROM pg_proc"
    "  WHERE oid = to_regprocedure('litehaul.version()')), '1')";

bool
ledger_is_complete(Server *server, bool *complete, Error *err)
{
	PGresult *result;
	long version;

	if (!ledger_exists(server, complete, err))
		return false;
	if (!*complete)
		return true;
	if (!server_query(server, complete_sql, NULL, 0, &result, err))
		return false;
	version = strtol(PQgetvalue(result, 0, 1), NULL, 10);
	*complete =
	    PQgetvalue(result, 0, 0)[0] == 't' && version == LEDGER_VERSION;
	PQclear(result);
	if (version <= LEDGER_VERSION)
		return true;
	return error_set(err, ERROR_TARGET,
	    "the ledger was made by a newer litehaul (its version is %ld, this "
	    "program knows %d): use that one for this target",
	    version, LEDGER_VERSION);
}

static bool
make_database(Server *server, Error *err)
{
	PGresult *result;
	bool system;

	if (!server_query(server, system_sql, NULL, 0, &result, err))
		return false;
	system = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return server_run(
	    server, system ? database_system_sql : database_sql, err);
}

static bool
prepare(Server *server, void *context, Error *err)
{
	PGresult *result;
	bool exists;

	(void)context;
	if (!ledger_is_complete(server, &exists, err))
		return false;
	if (exists)
		return true;
	if (!server_query(server,
		"SELECT pg_advisory_xact_lock(" PREPARE_LOCK ")", NULL, 0,
		&result, err))
		return false;
	PQclear(result);
	/* Whoever had the lock may have made it. */
	if (!ledger_is_complete(server, &exists, err))
		return false;
	if (exists)
		return true;
	/* CREATE SCHEMA IF NOT EXISTS wants a privilege even where it exists. */
	if (!server_query(server,
		"SELECT to_regnamespace('litehaul') IS NOT NULL", NULL, 0,
		&result, err))
		return false;
	exists = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return (exists || server_run(server, schema_sql, err)) &&
	    server_run(server, tables_sql, err) && make_database(server, err);
}

bool
ledger_prepare(Server *server, Error *err)
{
	if (server_transact(server, SERVER_DURABLE, prepare, NULL, err))
		return true;
	return error_add(err, "schema \"litehaul\" for the ledger");
}
