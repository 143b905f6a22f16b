#include "import/verify_through.h"

typedef struct {
	VerifyThrough *through;
	VerifyChunk *chunk;
} Run;

static bool
take_row(void *context, const uint8_t *row, size_t size, Error *err)
{
	Run *run = context;
	VerifyThrough *through = run->through;

	return verify_sink_put(through->sink, &run->chunk->table->shape,
	    &through->worker->room, row, size, err);
}

/* The body of the transaction, which leaves nothing. */
static bool
send_through(Server *server, void *context, Error *err)
{
	Run *run = context;
	VerifyThrough *through = run->through;
	const VerifyTable *table = run->chunk->table;
	Buf *sql = &through->temporary->sql;
	const char *text;

	if (!verify_sink_begin(through->sink, through->look->kind,
		through->look->chosen, err) ||
	    !verify_temporary_fill(through->temporary, server, run->chunk, err))
		return false;
	sql->size = 0;
	if (!buf_put_format(sql, err,
		"COPY (SELECT %s FROM " VERIFY_TEMPORARY
		") TO STDOUT (FORMAT binary)",
		table->forms))
		return false;
	text = buf_text(sql, err);
	return text != NULL &&
	    verify_stream_read(through->stream, server, text, table->shape.n,
		through->worker->room.fields, take_row, run, err);
}

bool
verify_through_run(
    VerifyThrough *through, Server *server, VerifyChunk *chunk, Error *err)
{
	Run run = { through, chunk };
	bool good;

	good = server_transact(server, SERVER_QUICK, send_through, &run, err);
	feed_rest(&through->temporary->rows);
	return good;
}
