#include "import/verify_target.h"

#include <stdlib.h>
#include <string.h>

#include "formats/pipeline.h"
#include "formats/sqltext.h"

#include "import/verify_stream.h"

/* Pages of a table that are read at once: 16 MiB of usual ones, which take far
 * longer than to begin. */
#define PIECE_PAGES 2048

#define TID_RANGES_VERSION 140000

typedef struct {
	size_t table;
	uint64_t first, past; /* pages; past 0: to the end */
	bool rejects;         /* those of the table that were set aside */
} Piece;

typedef struct {
	Piece piece;
	VerifySink sink;
} Job;

typedef struct {
	Server *server;
	VerifyStream stream;
	VerifyField reject; /* a field of a row that was set aside */
	Buf line, sql;
} Session;

typedef struct {
	VerifyLook *look;
	Arena arena;
	Session *sessions; /* those that are alive; the first one holds the
			    * snapshot */
	unsigned n_sessions;
	Buf pieces; /* of Piece */
	size_t next;
	char *snapshot;
} Reader;

static bool
add_piece(Reader *reader, Piece piece, Error *err)
{
	return buf_put(&reader->pieces, &piece, sizeof piece, err);
}

/* How many pages a table has that can be read in pieces, else 0. */
static bool
count_pages(
    Server *server, const VerifyTable *table, uint64_t *pages, Error *err)
{
	const char *values[] = { table->name };
	PGresult *result;

	*pages = 0;
	if (server_version(server) < TID_RANGES_VERSION)
		return true;
	if (!server_query(server,
		"SELECT pg_relation_size(c.oid)"
		" / current_setting('block_size')::bigint"
		" FROM pg_class AS c JOIN pg_am AS am ON am.oid = c.relam"
		" WHERE c.oid = to_regclass($1) AND c.relkind = 'r'"
		" AND am.amname = 'heap'",
		values, 1, &result, err))
		return false;
	if (PQntuples(result) == 1)
		*pages = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return true;
}

static bool
list_table(Reader *reader, Server *server, size_t table, Error *err)
{
	Piece piece = { .table = table };
	uint64_t pages;

	if (!count_pages(server, &reader->look->tables[table], &pages, err))
		return false;
	/* The last piece has no end: the table may have grown. */
	for (; piece.first + PIECE_PAGES < pages; piece.first = piece.past) {
		piece.past = piece.first + PIECE_PAGES;
		if (!add_piece(reader, piece, err))
			return false;
	}
	piece.past = 0;
	if (!add_piece(reader, piece, err))
		return false;
	piece = (Piece){ .table = table, .rejects = true };
	return reader->look->tables[table].through ||
	    reader->look->tables[table].counts.rejected == 0 ||
	    add_piece(reader, piece, err);
}

/* Held until the end, so that no row moves to another page. */
static bool
lock_table(Server *server, const VerifyTable *table, Buf *sql, Error *err)
{
	PGresult *result;
	const char *text;

	sql->size = 0;
	if (!buf_put_format(sql, err, "%s LIMIT 0", table->select))
		return false;
	text = buf_text(sql, err);
	if (text == NULL || !server_query(server, text, NULL, 0, &result, err))
		return false;
	PQclear(result);
	return true;
}

static bool
list_pieces(Reader *reader, Server *server, Error *err)
{
	const VerifyLook *look = reader->look;
	const VerifyTable *table;
	size_t i;

	reader->pieces.size = 0;
	reader->next = 0;
	for (i = 0; i < look->plan->schema->n_tables; i++) {
		table = &look->tables[i];
		if (!verify_look_wants(look, i))
			continue;
		if (!lock_table(server, table, &reader->sessions[0].sql, err) ||
		    !list_table(reader, server, i, err))
			return error_add(
			    err, "table \"%s\"", table->table->name);
	}
	return true;
}

/* COPY (SELECT ...) TO STDOUT (FORMAT binary) */
static const char *
piece_sql(const Reader *reader, const Piece *piece, Buf *sql, Error *err)
{
	const VerifyTable *table = &reader->look->tables[piece->table];
	bool good;

	sql->size = 0;
	if (piece->rejects)
		good = buf_put_text(sql,
			   "COPY (SELECT data FROM litehaul.reject"
			   " WHERE load_id = ",
			   err) &&
		    sqltext_put_literal(sql, reader->look->plan->id, err) &&
		    buf_put_text(
			sql, " AND starts_with(path, 'data/' || ", err) &&
		    sqltext_put_literal(sql, table->table->directory, err) &&
		    buf_put_text(sql, " || '/')", err);
	else
		good = buf_put_format(sql, err, "COPY (SELECT %s FROM %s",
		    table->forms, table->name);
	if (good && piece->first > 0)
		good =
		    buf_put_format(sql, err, " WHERE ctid >= '(%llu,0)'::tid",
			(unsigned long long)piece->first);
	if (good && piece->past > 0)
		good = buf_put_format(sql, err, " %s ctid < '(%llu,0)'::tid",
		    piece->first > 0 ? "AND" : "WHERE",
		    (unsigned long long)piece->past);
	good = good && buf_put_text(sql, ") TO STDOUT (FORMAT binary)", err);
	return good ? buf_text(sql, err) : NULL;
}

/* One piece by one thread. */
typedef struct {
	Reader *reader;
	Job *job;
	unsigned number;
} Reading;

/* A line of CSV that litehaul.reject has: a row of the dump. */
static bool
take_reject(VerifyWorker *worker, const VerifyTable *table, Session *session,
    VerifySink *sink, Error *err)
{
	const VerifyField *field = &session->reject;
	Buf *line = &session->line;
	RowsCsv rows;

	line->size = 0;
	if (field->size < 0)
		return error_set(err, ERROR_FAILED,
		    "litehaul.reject has a row without its data");
	return rows_csv_put_header(
		   line, table->feed.names, table->table->n_columns, err) &&
	    buf_put(line, field->bytes, (size_t)field->size, err) &&
	    ((field->size > 0 && field->bytes[field->size - 1] == '\n') ||
		buf_put_text(line, "\n", err)) &&
	    rows_csv_open(&rows, line->data, line->size, table->feed.names,
		NULL, table->table->n_columns, err) &&
	    verify_look_take(worker, table, &rows, sink, err);
}

static bool
take_row(void *context, const uint8_t *row, size_t size, Error *err)
{
	const Reading *reading = context;
	const Reader *reader = reading->reader;
	const VerifyTable *table =
	    &reader->look->tables[reading->job->piece.table];
	VerifyWorker *worker = &reader->look->workers[reading->number];

	if (reading->job->piece.rejects)
		return take_reject(worker, table,
		    &reader->sessions[reading->number], &reading->job->sink,
		    err);
	return verify_sink_put(
	    &reading->job->sink, &table->shape, &worker->room, row, size, err);
}

static bool
read_piece(Server *server, Reading *reading, Error *err)
{
	const Reader *reader = reading->reader;
	const VerifyLook *look = reader->look;
	Session *session = &reader->sessions[reading->number];
	const Piece *piece = &reading->job->piece;
	const char *sql;

	if (!verify_sink_begin(
		&reading->job->sink, look->kind, look->chosen, err))
		return false;
	sql = piece_sql(reader, piece, &session->sql, err);
	return sql != NULL &&
	    verify_stream_read(&session->stream, server, sql,
		piece->rejects ? 1 : look->tables[piece->table].shape.n,
		piece->rejects ? &session->reject
			       : look->workers[reading->number].room.fields,
		take_row, reading, err);
}

/* The body of the transactions of all sessions but the first one. */
static bool
read_inside(Server *server, void *context, Error *err)
{
	Reading *reading = context;
	Session *session = &reading->reader->sessions[reading->number];
	const char *text;

	session->sql.size = 0;
	if (!buf_put_text(&session->sql, "SET TRANSACTION SNAPSHOT ", err) ||
	    !sqltext_put_literal(&session->sql, reading->reader->snapshot, err))
		return false;
	text = buf_text(&session->sql, err);
	return text != NULL && server_run(server, text, err) &&
	    server_run(server, VERIFY_SETTINGS, err) &&
	    read_piece(server, reading, err);
}

static Step
take(void *context, void *taken, Error *err)
{
	Reader *reader = context;
	Job *job = taken;

	(void)err;
	if (reader->next == reader->pieces.size / sizeof(Piece))
		return STEP_END;
	memcpy(&job->piece,
	    reader->pieces.data + reader->next++ * sizeof(Piece),
	    sizeof(Piece));
	return STEP_ITEM;
}

static bool
work(void *context, void *worked, unsigned number, Error *err)
{
	Reader *reader = context;
	Job *job = worked;
	Reading reading = { reader, job, number };
	Server *server = reader->sessions[number].server;
	bool good;

	/* The first one is in its transaction. */
	if (number == 0)
		good = read_piece(server, &reading, err);
	else
		good = server_transact(
		    server, SERVER_SNAPSHOT, read_inside, &reading, err);
	return good ||
	    error_add(err, "table \"%s\"",
		reader->look->tables[job->piece.table].table->name);
}

static Step
give(void *context, void *given, Error *err)
{
	Reader *reader = context;
	const VerifyLook *look = reader->look;
	const Job *job = given;
	size_t table = job->piece.table;

	if (!verify_sink_add(&look->target[table], &job->sink, err))
		return STEP_FAILED;
	look->tell(
	    look->context, look->tables[table].table->name, job->sink.sum.rows);
	return STEP_END;
}

static bool
run(Reader *reader, Error *err)
{
	Pipeline pipeline = {
		.threads = reader->n_sessions,
		.job_bytes = sizeof(Job),
		.n_jobs = pipeline_jobs(reader->n_sessions),
		.context = reader,
		.take = take,
		.work = work,
		.give = give,
	};
	Job *jobs;
	size_t i;
	bool good;

	jobs = arena_alloc(&reader->arena, pipeline.n_jobs, sizeof *jobs, err);
	if (jobs == NULL)
		return false;
	pipeline.jobs = jobs;
	good = pipeline_run(&pipeline, err);
	for (i = 0; i < pipeline.n_jobs; i++)
		verify_sink_free(&jobs[i].sink);
	return good;
}

/* Only other sessions need it. */
static bool
export_snapshot(Reader *reader, Server *server, Error *err)
{
	PGresult *result;

	if (reader->n_sessions == 1)
		return true;
	if (!server_query(
		server, "SELECT pg_export_snapshot()", NULL, 0, &result, err))
		return false;
	reader->snapshot =
	    arena_text(&reader->arena, PQgetvalue(result, 0, 0), err);
	PQclear(result);
	return reader->snapshot != NULL;
}

/* The body of the first session's transaction. */
static bool
read_all(Server *server, void *context, Error *err)
{
	Reader *reader = context;
	VerifyLook *look = reader->look;
	size_t i;

	for (i = 0; i < look->plan->schema->n_tables; i++) {
		if (verify_look_wants(look, i) &&
		    !verify_sink_begin(
			&look->target[i], look->kind, look->chosen, err))
			return false;
	}
	return server_run(server, VERIFY_SETTINGS, err) &&
	    export_snapshot(reader, server, err) &&
	    list_pieces(reader, server, err) && run(reader, err);
}

/* A session that was given up has no connection of its own. */
static bool
find_sessions(Reader *reader, Error *err)
{
	const Plan *plan = reader->look->plan;
	unsigned i;

	reader->sessions = arena_alloc(
	    &reader->arena, plan->n_servers, sizeof *reader->sessions, err);
	if (reader->sessions == NULL)
		return false;
	for (i = 0; i < plan->n_servers; i++) {
		if (!server_is_retired(plan->servers[i]))
			reader->sessions[reader->n_sessions++].server =
			    plan->servers[i];
	}
	return true;
}

bool
verify_target_read(VerifyLook *look, Error *err)
{
	const Plan *plan = look->plan;
	Reader reader = { .look = look };
	unsigned i;
	bool good;

	if (!find_sessions(&reader, err)) {
		arena_free(&reader.arena);
		return false;
	}
	/* The first one's connection is held for all: whoever waited for it to
	 * be given back would wait for ever. */
	server_share(plan->servers, plan->n_servers, NULL);
	good = server_transact(
	    reader.sessions[0].server, SERVER_SNAPSHOT, read_all, &reader, err);
	server_share(plan->servers, plan->n_servers, plan->pool);
	for (i = 0; i < reader.n_sessions; i++) {
		verify_stream_free(&reader.sessions[i].stream);
		buf_free(&reader.sessions[i].line);
		buf_free(&reader.sessions[i].sql);
	}
	buf_free(&reader.pieces);
	arena_free(&reader.arena);
	return good;
}
