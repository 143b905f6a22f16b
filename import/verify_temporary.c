#include "import/verify_temporary.h"

#include <stdlib.h>

static bool
make_table(VerifyTemporary *temporary, Server *server, const VerifyTable *table,
    Error *err)
{
	Buf *sql = &temporary->sql;
	const char *text;

	sql->size = 0;
	if (!buf_put_format(sql, err,
		VERIFY_SETTINGS "CREATE TEMPORARY TABLE " VERIFY_TEMPORARY
				" ON COMMIT DROP AS %s WITH NO DATA",
		table->select))
		return false;
	text = buf_text(sql, err);
	return text != NULL && server_run(server, text, err);
}

/* Send rows up to number to. */
static bool
send_part(VerifyTemporary *temporary, Server *server, const Feed *feed,
    uint64_t to, Error *err)
{
	FeedRows *rows = &temporary->rows;
	bool binary = feed->loaded->format == DDL_COPY_BINARY;
	uint64_t taken;

	if (!server_copy_begin(server,
		binary ? "COPY " VERIFY_TEMPORARY " FROM STDIN (FORMAT binary)"
		       : "COPY " VERIFY_TEMPORARY " FROM STDIN (FORMAT text)",
		err) ||
	    !feed_send(feed, server, rows, to, err) ||
	    !server_copy_end(server, &taken, err))
		return false;
	if (!rows->refused)
		return true;
	*err = rows->reason;
	return false;
}

/* All rows but those with the numbers in set_aside, which are sorted. */
static bool
send_all(VerifyTemporary *temporary, Server *server, const Feed *feed,
    const PGresult *set_aside, Error *err)
{
	FeedRows *rows = &temporary->rows;
	int i, n = PQntuples(set_aside);
	const uint8_t *line;
	uint64_t number;
	size_t size;

	for (i = 0; i < n && !feed_ended(rows); i++) {
		number = strtoull(PQgetvalue(set_aside, i, 0), NULL, 10);
		if (number > rows->csv.row + 1 &&
		    !send_part(temporary, server, feed, number - 1, err))
			return false;
		if (!feed_ended(rows) &&
		    !feed_read_line(rows, &line, &size, err))
			return false;
	}
	return send_part(temporary, server, feed, UINT64_MAX, err);
}

bool
verify_temporary_fill(
    VerifyTemporary *temporary, Server *server, VerifyChunk *chunk, Error *err)
{
	const Feed *feed = &chunk->table->feed;
	const char *values[] = { chunk->id, chunk->key };
	PGresult *set_aside = NULL;
	bool good;

	if (!make_table(temporary, server, chunk->table, err) ||
	    !feed_open(feed, chunk->chunk, chunk->raw, &temporary->rows, err))
		return false;
	if (chunk->table->counts.rejected > 0 &&
	    !server_query(server,
		"SELECT row FROM litehaul.reject"
		" WHERE load_id = $1 AND path = $2 ORDER BY row",
		values, 2, &set_aside, err))
		return false;
	good = send_all(temporary, server, feed, set_aside, err);
	PQclear(set_aside);
	chunk->rows = temporary->rows.csv.row;
	return good;
}

void
verify_temporary_free(VerifyTemporary *temporary)
{
	feed_free(&temporary->rows);
	buf_free(&temporary->sql);
}
