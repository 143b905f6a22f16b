/*
 * The ledger's chunks.
 */
#include "import/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/chunk.h"

static const char *
rows_text(char text[24], uint64_t rows)
{
	(void)snprintf(text, 24, "%llu", (unsigned long long)rows);
	return text;
}

/*
 * A chunk's transaction must be about the load that it belongs to: another
 * server may have answered since, the load may have been removed, or the table
 * made anew.  The lock tells others that we are at it; what keeps them from
 * loading it, too, is the key.
 */
static const char take_sql[] =
    "WITH ours AS MATERIALIZED (SELECT pg_try_advisory_xact_lock("
    "hashtextextended($1::text || ' ' || $2::text, 0)) AS got)"
    " INSERT INTO litehaul.chunk (load_id, path, sha256, rows)"
    " SELECT l.id, $2, $3, $4::bigint FROM ours"
    " JOIN litehaul.load AS l ON ours.got OR $5::boolean"
    " JOIN litehaul.object AS o ON o.load_id = l.id"
    "  AND o.name = split_part($2::text, '/', 2)"
    "  AND o.kind <> '" LEDGER_LOADED "'"
    " JOIN pg_class AS c ON c.oid = o.relation"
    " WHERE l.id = $1"
    " AND coalesce(l.database = litehaul.database(), true)"
    " ON CONFLICT DO NOTHING";

static const char taken_sql[] =
    "SELECT c.sha256, c.rows FROM litehaul.load AS l"
    " JOIN litehaul.chunk AS c ON c.load_id = l.id AND c.path = $2"
    " WHERE l.id = $1"
    " AND coalesce(l.database = litehaul.database(), true)";

bool
ledger_take(Server *server, const char *id, const char *path, bool wait,
    char sha256[DIGEST_HEX_BYTES], uint64_t *rows, LedgerTake *take, Error *err)
{
	char text[24];
	const char *values[] = { id, path, sha256, rows_text(text, *rows),
		wait ? "true" : "false" };
	PGresult *result;

	*take = LEDGER_TAKEN;
	if (!server_query(server, take_sql, values, 5, &result, err))
		return false;
	if (strcmp(PQcmdTuples(result), "1") == 0) {
		PQclear(result);
		return true;
	}
	PQclear(result);
	if (!server_query(server, taken_sql, values, 2, &result, err))
		return false;
	if (PQntuples(result) == 1) {
		*take = LEDGER_HAS;
		(void)snprintf(
		    sha256, DIGEST_HEX_BYTES, "%s", PQgetvalue(result, 0, 0));
		*rows = strtoull(PQgetvalue(result, 0, 1), NULL, 10);
		PQclear(result);
		return true;
	}
	PQclear(result);
	*take = LEDGER_BUSY;
	if (!ledger_affirm(server, id, err))
		return false;
	return !wait ||
	    error_set(err, ERROR_FAILED,
		"the table has been dropped or made anew since this load "
		"began. Run the same command again");
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
	PGresult *result;

	if (!server_query(server,
		"UPDATE litehaul.chunk SET rows = $3::bigint,"
		" rejected = $4::bigint, skipped = $5::bigint,"
		" updated = $6::bigint WHERE load_id = $1 AND path = $2",
		values, 6, &result, err))
		return false;
	PQclear(result);
	return true;
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

/* The first chunk whose path is not before path. */
static int
find_chunk(const LedgerChunks *chunks, const char *path)
{
	int low = 0, high = PQntuples(chunks->rows), middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(PQgetvalue(chunks->rows, middle, 0), path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
ledger_has_chunk(const LedgerChunks *chunks, const char *path,
    const char **sha256, uint64_t *rows)
{
	int row = find_chunk(chunks, path);

	if (row == PQntuples(chunks->rows) ||
	    strcmp(PQgetvalue(chunks->rows, row, 0), path) != 0)
		return false;
	*sha256 = PQgetvalue(chunks->rows, row, 1);
	*rows = strtoull(PQgetvalue(chunks->rows, row, 2), NULL, 10);
	return true;
}

bool
ledger_next_chunk(const LedgerChunks *chunks, const char *directory, int *row,
    unsigned long *ordinal, const char **sha256)
{
	char below[CHUNK_PATH_BYTES];
	const char *path;
	size_t size;

	size = (size_t)snprintf(below, sizeof below, "data/%s/", directory);
	if (*row < 0)
		*row = find_chunk(chunks, below);
	else
		++*row;
	for (; *row < PQntuples(chunks->rows); ++*row) {
		path = PQgetvalue(chunks->rows, *row, 0);
		if (strncmp(path, below, size) != 0)
			return false;
		*ordinal = strtoul(path + size, NULL, 10);
		*sha256 = PQgetvalue(chunks->rows, *row, 1);
		if (path[size] != '\0') /* orphans have no chunk */
			return true;
	}
	return false;
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
	char below[CHUNK_PATH_BYTES];
	int row;

	(void)snprintf(below, sizeof below, "data/%s/", directory);
	for (row = find_chunk(chunks, below); row < PQntuples(chunks->rows) &&
	     strncmp(PQgetvalue(chunks->rows, row, 0), below, strlen(below)) ==
		 0;
	     row++) {
		counts.rows += count_of(chunks, row, 2);
		counts.rejected += count_of(chunks, row, 3);
		counts.skipped += count_of(chunks, row, 4);
		counts.updated += count_of(chunks, row, 5);
	}
	return counts;
}

void
ledger_free_chunks(LedgerChunks *chunks)
{
	PQclear(chunks->rows);
	chunks->rows = NULL;
}
