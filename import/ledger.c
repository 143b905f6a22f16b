#include "import/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/sqltext.h"

#include "import/ddl.h"

/* Any number that other programs are unlikely to lock: "litehaul" in ASCII. */
#define PREPARE_LOCK "7811887498271225196"

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
    " ADD COLUMN IF NOT EXISTS published timestamptz;"
    "ALTER TABLE litehaul.chunk"
    " ADD COLUMN IF NOT EXISTS rejected bigint NOT NULL DEFAULT 0,"
    " ADD COLUMN IF NOT EXISTS skipped bigint NOT NULL DEFAULT 0,"
    " ADD COLUMN IF NOT EXISTS updated bigint NOT NULL DEFAULT 0;"
    "ALTER TABLE litehaul.foreign_key"
    " ADD COLUMN IF NOT EXISTS parent oid,"
    " ADD COLUMN IF NOT EXISTS comment text";

/* Run one statement with up to three text parameters and drop its result. */
static bool
run(Server *server, const char *sql, const char *const *values, int n,
    Error *err)
{
	PGresult *result;

	if (!server_query(server, sql, values, n, &result, err))
		return false;
	PQclear(result);
	return true;
}

bool
ledger_id(const Digest *schema, const char *namespace, bool schema_only,
    char id[DIGEST_HEX_BYTES], Error *err)
{
	char hex[DIGEST_HEX_BYTES];
	Buf text = { 0 };
	Digest digest;
	bool good;

	digest_hex(schema, hex);
	good = buf_put_format(&text, err, "%s %s %s", hex,
		   schema_only ? "schema" : "data", namespace) &&
	    digest_of(text.data, text.size, &digest, err);
	if (good)
		digest_hex(&digest, id);
	buf_free(&text);
	return good;
}

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

/* All of it: a table, or a column, may have come after the ledger was made. */
static bool
is_complete(Server *server, bool *complete, Error *err)
{
	PGresult *result;

	if (!ledger_exists(server, complete, err))
		return false;
	if (!*complete)
		return true;
	if (!server_query(server,
		"SELECT count(*) = 6 FROM pg_attribute WHERE"
		" attrelid = to_regclass('litehaul.load')"
		"  AND attname = 'client'"
		" OR attrelid = to_regclass('litehaul.chunk')"
		"  AND attname = 'updated'"
		" OR attrelid = to_regclass('litehaul.reject')"
		"  AND attname = 'data'"
		" OR attrelid = to_regclass('litehaul.hook')"
		"  AND attname = 'ran'"
		" OR attrelid = to_regclass('litehaul.publication')"
		"  AND attname = 'published'"
		" OR attrelid = to_regclass('litehaul.foreign_key')"
		"  AND attname = 'comment'",
		NULL, 0, &result, err))
		return false;
	*complete = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return true;
}

static bool
prepare(Server *server, void *context, Error *err)
{
	PGresult *result;
	bool exists;

	(void)context;
	if (!is_complete(server, &exists, err))
		return false;
	if (exists)
		return true;
	if (!server_query(server,
		"SELECT pg_advisory_xact_lock(" PREPARE_LOCK ")", NULL, 0,
		&result, err))
		return false;
	PQclear(result);
	/* CREATE SCHEMA IF NOT EXISTS wants a privilege even where it exists. */
	if (!server_query(server,
		"SELECT to_regnamespace('litehaul') IS NOT NULL", NULL, 0,
		&result, err))
		return false;
	exists = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return (exists || server_run(server, schema_sql, err)) &&
	    server_run(server, tables_sql, err);
}

bool
ledger_prepare(Server *server, Error *err)
{
	if (server_transact(server, SERVER_DURABLE, prepare, NULL, err))
		return true;
	return error_add(err, "schema \"litehaul\" for the ledger");
}

bool
ledger_lock(Server *server, const char *id, const char *step, Error *err)
{
	const char *values[] = { id, step };

	return run(server,
	    "SELECT pg_advisory_xact_lock("
	    "hashtextextended($1::text || ' ' || $2::text, 0))",
	    values, 2, err);
}

bool
ledger_find(Server *server, const char *id, LedgerState *state, Error *err)
{
	const char *values[] = { id };
	PGresult *result;

	if (!server_query(server,
		"SELECT state FROM litehaul.load WHERE id = $1", values, 1,
		&result, err))
		return false;
	if (PQntuples(result) == 0)
		*state = LEDGER_NONE;
	else if (strcmp(PQgetvalue(result, 0, 0), "finished") == 0)
		*state = LEDGER_FINISHED;
	else
		*state = LEDGER_LOADING;
	PQclear(result);
	return true;
}

bool
ledger_begin(Server *server, const char *id, const char *source,
    const char *namespace, const Digest *schema, Error *err)
{
	char hex[DIGEST_HEX_BYTES];
	const char *values[] = { id, source, namespace, hex };

	digest_hex(schema, hex);
	return run(server,
	    "INSERT INTO litehaul.load"
	    " (id, source, state, namespace, schema_sha256)"
	    " VALUES ($1, $2, 'loading', $3, $4)"
	    " ON CONFLICT (id) DO UPDATE"
	    " SET state = 'loading', finished = NULL, rows = NULL",
	    values, 4, err);
}

bool
ledger_put_table(Server *server, const char *id, const char *kind,
    const char *namespace, const Table *table, Error *err)
{
	const char *values[] = { id, NULL, table->directory, kind };
	Buf text = { 0 };
	bool good = false;

	if (!buf_put_format(&text, err, "data/%s/", table->directory))
		goto done;
	values[1] = buf_text(&text, err);
	if (values[1] == NULL ||
	    !run(server,
		"DELETE FROM litehaul.chunk WHERE load_id = $1"
		" AND starts_with(path, $2)",
		values, 2, err) ||
	    !run(server,
		"DELETE FROM litehaul.reject WHERE load_id = $1"
		" AND starts_with(path, $2)",
		values, 2, err))
		goto done;
	text.size = 0;
	if (!ddl_put_table_name(&text, namespace, table, err))
		goto done;
	values[1] = buf_text(&text, err);
	good = values[1] != NULL &&
	    run(server,
		"WITH old AS (DELETE FROM litehaul.object"
		"  WHERE load_id = $1 AND name = $3 AND kind <> $4::text)"
		" INSERT INTO litehaul.object (load_id, kind, name, relation)"
		" VALUES ($1, $4::text, $3, $2::text::regclass)"
		" ON CONFLICT (load_id, kind, name)"
		" DO UPDATE SET relation = excluded.relation",
		values, 4, err);
done:
	buf_free(&text);
	return good;
}

bool
ledger_forget(Server *server, const char *id, Error *err)
{
	static const char *const statements[] = {
		"DELETE FROM litehaul.chunk WHERE load_id = $1",
		"DELETE FROM litehaul.object WHERE load_id = $1",
		"DELETE FROM litehaul.foreign_key WHERE load_id = $1",
		"DELETE FROM litehaul.reject WHERE load_id = $1",
		"DELETE FROM litehaul.hook WHERE load_id = $1",
		"DELETE FROM litehaul.publication WHERE load_id = $1",
		"DELETE FROM litehaul.load WHERE id = $1",
	};
	const char *values[] = { id };
	size_t i;

	for (i = 0; i < sizeof statements / sizeof statements[0]; i++) {
		if (!run(server, statements[i], values, 1, err))
			return false;
	}
	return true;
}

static const char *
rows_text(char text[24], uint64_t rows)
{
	(void)snprintf(text, 24, "%llu", (unsigned long long)rows);
	return text;
}

typedef struct {
	const char *id;
	uint64_t rows;
} Load;

/* A commit that writes nothing would not flush what earlier ones wrote. */
static bool
settle(Server *server, void *context, Error *err)
{
	const Load *load = context;
	const char *values[] = { load->id };

	return run(server,
	    "UPDATE litehaul.load SET state = state WHERE id = $1", values, 1,
	    err);
}

bool
ledger_settle(Server *server, const char *id, Error *err)
{
	Load load = { .id = id };

	return server_transact(server, SERVER_DURABLE, settle, &load, err);
}

bool
ledger_finish_inside(Server *server, const char *id, uint64_t rows, Error *err)
{
	char text[24];
	const char *values[] = { id, rows_text(text, rows) };

	return run(server,
	    "UPDATE litehaul.load SET state = 'finished', finished = now(),"
	    " rows = $2::bigint WHERE id = $1",
	    values, 2, err);
}

static bool
finish(Server *server, void *context, Error *err)
{
	const Load *load = context;

	return ledger_finish_inside(server, load->id, load->rows, err);
}

bool
ledger_finish(Server *server, const char *id, uint64_t rows, Error *err)
{
	Load load = { id, rows };

	return server_transact(server, SERVER_DURABLE, finish, &load, err);
}

bool
ledger_take(Server *server, const char *id, const char *path,
    char sha256[DIGEST_HEX_BYTES], uint64_t *rows, bool *taken, Error *err)
{
	char text[24];
	const char *values[] = { id, path, sha256, rows_text(text, *rows) };
	PGresult *result;

	if (!server_query(server,
		"INSERT INTO litehaul.chunk (load_id, path, sha256, rows)"
		" VALUES ($1, $2, $3, $4::bigint) ON CONFLICT DO NOTHING",
		values, 4, &result, err))
		return false;
	*taken = strcmp(PQcmdTuples(result), "1") == 0;
	PQclear(result);
	if (*taken)
		return true;
	if (!server_query(server,
		"SELECT sha256, rows FROM litehaul.chunk"
		" WHERE load_id = $1 AND path = $2",
		values, 2, &result, err))
		return false;
	if (PQntuples(result) == 1) {
		(void)snprintf(
		    sha256, DIGEST_HEX_BYTES, "%s", PQgetvalue(result, 0, 0));
		*rows = strtoull(PQgetvalue(result, 0, 1), NULL, 10);
		PQclear(result);
		return true;
	}
	PQclear(result);
	return error_set(err, ERROR_FAILED,
	    "the ledger lost the chunk while it was looked up. Is another "
	    "litehaul-import --clean at work?");
}

bool
ledger_set_counts(Server *server, const char *id, const char *path,
    const LedgerCounts *counts, Error *err)
{
	char rows[24], rejected[24], skipped[24], updated[24];
	const char *values[] = { id, path, rows_text(rows, counts->rows),
		rows_text(rejected, counts->rejected),
		rows_text(skipped, counts->skipped),
		rows_text(updated, counts->updated) };

	return run(server,
	    "UPDATE litehaul.chunk SET rows = $3::bigint,"
	    " rejected = $4::bigint, skipped = $5::bigint,"
	    " updated = $6::bigint WHERE load_id = $1 AND path = $2",
	    values, 6, err);
}

typedef struct {
	const char *id;
	LedgerChunks *chunks;
} ReadChunks;

static bool
read_chunks(Server *server, void *context, Error *err)
{
	ReadChunks *read = context;
	const char *values[] = { read->id };

	ledger_free_chunks(read->chunks);
	return server_query(server,
	    "SELECT path COLLATE \"C\", sha256, rows, rejected, skipped, "
	    "updated"
	    " FROM litehaul.chunk WHERE load_id = $1"
	    " UNION ALL SELECT path, '', 0, count(*), 0, 0"
	    " FROM litehaul.reject WHERE load_id = $1"
	    "  AND right(path, 1) = '/' GROUP BY path"
	    " ORDER BY 1",
	    values, 1, &read->chunks->rows, err);
}

bool
ledger_read_chunks(
    Server *server, const char *id, LedgerChunks *chunks, Error *err)
{
	ReadChunks read = { id, chunks };

	return server_transact(server, SERVER_DURABLE, read_chunks, &read, err);
}

bool
ledger_has_chunk(const LedgerChunks *chunks, const char *path,
    const char **sha256, uint64_t *rows)
{
	int low = 0, high = PQntuples(chunks->rows), middle, order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(PQgetvalue(chunks->rows, middle, 0), path);
		if (order == 0) {
			*sha256 = PQgetvalue(chunks->rows, middle, 1);
			*rows = strtoull(
			    PQgetvalue(chunks->rows, middle, 2), NULL, 10);
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Does a path stand below data/DIRECTORY/? */
static bool
is_below(const char *path, const char *directory)
{
	size_t size = strlen(directory);

	return strncmp(path, "data/", 5) == 0 &&
	    strncmp(path + 5, directory, size) == 0 && path[5 + size] == '/';
}

static uint64_t
count_of(const LedgerChunks *chunks, int row, int field)
{
	return strtoull(PQgetvalue(chunks->rows, row, field), NULL, 10);
}

LedgerCounts
ledger_table_counts(const LedgerChunks *chunks, const char *directory)
{
	LedgerCounts counts = { 0 };
	int i, n = PQntuples(chunks->rows);

	for (i = 0; i < n; i++) {
		if (!is_below(PQgetvalue(chunks->rows, i, 0), directory))
			continue;
		counts.rows += count_of(chunks, i, 2);
		counts.rejected += count_of(chunks, i, 3);
		counts.skipped += count_of(chunks, i, 4);
		counts.updated += count_of(chunks, i, 5);
	}
	return counts;
}

void
ledger_free_chunks(LedgerChunks *chunks)
{
	PQclear(chunks->rows);
	chunks->rows = NULL;
}
