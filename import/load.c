#include "import/load.h"

#include <stdio.h>
#include <string.h>

#include "formats/pipeline.h"
#include "formats/report.h"
#include "formats/rows_copy.h"
#include "formats/rows_csv.h"

#include "import/ddl.h"
#include "import/ledger.h"
#include "import/place.h"

/* Rows are collected up to this before libpq gets them. */
#define SEND_BYTES ((size_t)256 << 10)

/* A buffer that one huge row has blown up past this is not kept. */
#define KEEP_BYTES ((size_t)64 << 20)

/* What every chunk of a table needs, made once. */
typedef struct {
	const char *const *names;
	const Type *types;
	const char *copy; /* COPY ... FROM STDIN */
} Facts;

typedef struct {
	Server *server;
	Compressor compressor;
	Buf raw; /* rows of the chunk at work */
	Buf out; /* COPY data not yet sent */
	Value *row;
} Worker;

typedef enum {
	JOB_KNOWN,  /* a directory's chunk that need not be read */
	JOB_LOADED, /* a stream's that the ledger has */
	JOB_COUNT,  /* a stream's of an unwanted table: rows are counted */
	JOB_SEND,
} JobKind;

#define PLACE_BYTES 160

typedef struct {
	Chunk chunk;
	JobKind kind;
	bool sent;
	int64_t began_ms, ended_ms;
	char place[PLACE_BYTES]; /* of a server's error: ", row 7" */
} Job;

typedef struct {
	const Plan *plan;
	DumpReader *dump;
	const Manifest *manifest; /* of a directory; NULL in a stream */
	LedgerChunks ledger;      /* as it was at the start */
	bool finished;            /* so it has all chunks */
	Arena arena;
	Facts *facts; /* by table */
	Worker *workers;
	LoadTable *tables;
	LoadTell *tell;
	void *context;
} Load;

static const Table *
table_of(const Load *load, const Job *job)
{
	return &load->plan->schema->tables[job->chunk.table];
}

void
load_key(const Chunk *chunk, const char *directory, char key[LOAD_KEY_BYTES])
{
	size_t size = strlen("data/") + strlen(directory) + 1;

	chunk_path(chunk, directory, key);
	key[size + strcspn(key + size, ".")] = '\0';
}

static void
key_of(const Load *load, const Job *job, char key[LOAD_KEY_BYTES])
{
	load_key(&job->chunk, table_of(load, job)->directory, key);
}

/* The ledger has a chunk with this name: is it this one? */
static bool
check_same(const char *sha256, const Digest *digest, Error *err)
{
	char hex[DIGEST_HEX_BYTES];

	digest_hex(digest, hex);
	if (strcmp(hex, sha256) == 0)
		return true;
	return error_set(err, ERROR_FAILED,
	    "this load was begun with other data, or the same in other chunks: "
	    "the ledger has SHA-256 %.12s... here, the dump %.12s.... Use "
	    "--clean to start over",
	    sha256, hex);
}

/* What the manifest says of a chunk, as dump_confirm wants it. */
static void
believe_manifest(const Load *load, Chunk *chunk)
{
	const ManifestFile *file;

	file = &load->manifest->tables[chunk->table].files[chunk->ordinal - 1];
	chunk->rows = file->rows;
	chunk->raw_bytes = file->raw_bytes;
	chunk->digest = file->digest;
}

/* A wanted chunk: to be sent, or does the ledger have it?  That is asked here,
 * in the dump's order, so that other data is met before any of it is sent. */
static bool
look_up(const Load *load, Job *job, Error *err)
{
	Chunk *chunk = &job->chunk;
	char key[LOAD_KEY_BYTES];
	const char *sha256;

	key_of(load, job, key);
	if (!ledger_has_chunk(&load->ledger, key, &sha256, &chunk->rows)) {
		if (!load->finished)
			return true;
		return error_set(err, ERROR_FAILED,
		    "this load is finished, but without \"%s\": it was made "
		    "of other chunks. Use --clean to start over",
		    key);
	}
	if (load->manifest != NULL)
		believe_manifest(load, chunk);
	else if (!digest_of(
		     chunk->bytes.data, chunk->bytes.size, &chunk->digest, err))
		return false;
	job->kind = load->manifest != NULL ? JOB_KNOWN : JOB_LOADED;
	return check_same(sha256, &chunk->digest, err) ||
	    error_add(err, "%s", key);
}

static Step
take(void *context, void *taken, Error *err)
{
	Load *load = context;
	Job *job = taken;
	Step step;

	job->sent = false;
	job->place[0] = '\0';
	step = dump_next_unloaded(load->dump, &job->chunk, err);
	if (step != STEP_ITEM)
		return step;
	job->kind = JOB_SEND;
	if (load->plan->wanted[job->chunk.table])
		return look_up(load, job, err) ? STEP_ITEM : STEP_FAILED;
	job->kind = JOB_COUNT;
	if (load->manifest == NULL)
		return STEP_ITEM;
	job->kind = JOB_KNOWN;
	believe_manifest(load, &job->chunk);
	return STEP_ITEM;
}

/* One attempt at a chunk. */
typedef struct {
	Load *load;
	Worker *worker;
	Job *job;
	bool used; /* raw has been read, which changes it */
	bool sent;
	uint64_t rows;
} Attempt;

/* Reading rows changes raw; a stream's chunk cannot be loaded again, so it is
 * kept in the job's idle Buf. */
static bool
keep_raw(const Load *load, Worker *worker, Job *job, Error *err)
{
	job->chunk.bytes.size = 0;
	return load->manifest != NULL ||
	    buf_put(&job->chunk.bytes, worker->raw.data, worker->raw.size, err);
}

static bool
restore_raw(const Load *load, Worker *worker, Job *job, Error *err)
{
	if (load->manifest == NULL) {
		buf_swap(&worker->raw, &job->chunk.bytes);
		return keep_raw(load, worker, job, err);
	}
	return dump_load(load->dump, &job->chunk, err) &&
	    chunk_unpack(&job->chunk, &worker->compressor, &worker->raw, err);
}

static bool
send_out(Worker *worker, Error *err)
{
	bool sent;

	sent = server_copy_put(
	    worker->server, worker->out.data, worker->out.size, err);
	worker->out.size = 0;
	if (worker->out.capacity > KEEP_BYTES)
		buf_free(&worker->out);
	return sent;
}

static bool
open_rows(
    const Load *load, Worker *worker, const Job *job, RowsCsv *rows, Error *err)
{
	const Table *table = table_of(load, job);

	if (job->chunk.format != ROWS_CSV)
		return error_set(
		    err, ERROR_DUMP, "a postgresql dump holds CSV only");
	return rows_csv_open(rows, worker->raw.data, worker->raw.size,
	    load->facts[job->chunk.table].names, NULL, table->n_columns, err);
}

/* Read all rows and send them as COPY data; *n counts them. */
static bool
send_rows(
    const Load *load, Worker *worker, const Job *job, uint64_t *n, Error *err)
{
	const Type *types = load->facts[job->chunk.table].types;
	size_t n_columns = table_of(load, job)->n_columns;
	RowsCsv rows;
	Step step;

	worker->out.size = 0;
	if (!open_rows(load, worker, job, &rows, err) ||
	    !rows_copy_begin(&worker->out, err))
		return false;
	while ((step = rows_csv_next(&rows, worker->row, err)) == STEP_ITEM) {
		if (!rows_copy_put(
			&worker->out, types, worker->row, n_columns, err))
			return error_add(
			    err, "row %llu", (unsigned long long)rows.row);
		if (worker->out.size >= SEND_BYTES && !send_out(worker, err))
			return false;
	}
	*n = rows.row;
	return step == STEP_END && rows_copy_end(&worker->out, err) &&
	    send_out(worker, err);
}

static bool
check_rows(const Load *load, const Job *job, uint64_t found, Error *err)
{
	if (load->manifest == NULL || found == job->chunk.rows)
		return true;
	return error_set(err, ERROR_DUMP,
	    "the chunk holds %llu rows, the manifest says %llu",
	    (unsigned long long)found, (unsigned long long)job->chunk.rows);
}

/* The body of a chunk's transaction. */
static bool
send_chunk(Server *server, void *context, Error *err)
{
	Attempt *attempt = context;
	Load *load = attempt->load;
	Job *job = attempt->job;
	char key[LOAD_KEY_BYTES], sha256[DIGEST_HEX_BYTES];
	uint64_t accepted;
	bool taken;

	key_of(load, job, key);
	digest_hex(&job->chunk.digest, sha256);
	attempt->sent = false;
	attempt->rows = job->chunk.rows;
	if (!ledger_take(server, load->plan->id, key, sha256, &attempt->rows,
		&taken, err))
		return false;
	if (!taken)
		return check_same(sha256, &job->chunk.digest, err);
	if (attempt->used && !restore_raw(load, attempt->worker, job, err))
		return false;
	attempt->used = true;
	if (!server_copy_begin(
		server, load->facts[job->chunk.table].copy, err) ||
	    !send_rows(load, attempt->worker, job, &attempt->rows, err) ||
	    !check_rows(load, job, attempt->rows, err) ||
	    !server_copy_end(server, &accepted, err))
		return false;
	if (accepted != attempt->rows)
		return error_set(err, ERROR_DIFFERENCE,
		    "%llu rows were sent, the server took %llu",
		    (unsigned long long)attempt->rows,
		    (unsigned long long)accepted);
	attempt->sent = true;
	return load->manifest != NULL ||
	    ledger_set_rows(server, load->plan->id, key, attempt->rows, err);
}

/* Note which row and column a server's error is about. */
static void
note_place(const Load *load, const Worker *worker, Job *job)
{
	Place place;
	int n = 0;

	place = place_find(table_of(load, job),
	    server_failure(worker->server, PG_DIAG_CONTEXT),
	    server_failure(worker->server, PG_DIAG_COLUMN_NAME));
	if (place.row > 0)
		n = snprintf(job->place, PLACE_BYTES, ", row %llu", place.row);
	if (place.column[0] != '\0')
		(void)snprintf(job->place + n, PLACE_BYTES - (size_t)n,
		    ", column \"%s\"", place.column);
}

static bool
count_rows(const Load *load, Worker *worker, Job *job, Error *err)
{
	RowsCsv rows;
	Step step;

	if (!open_rows(load, worker, job, &rows, err))
		return false;
	do
		step = rows_csv_next(&rows, worker->row, err);
	while (step == STEP_ITEM);
	job->chunk.rows = rows.row;
	return step == STEP_END;
}

static bool
send(Load *load, Worker *worker, Job *job, Error *err)
{
	Attempt attempt = { .load = load, .worker = worker, .job = job };

	if (!keep_raw(load, worker, job, err))
		return false;
	job->began_ms = report_now_ms();
	if (!server_transact(
		worker->server, SERVER_QUICK, send_chunk, &attempt, err)) {
		note_place(load, worker, job);
		return false;
	}
	job->ended_ms = report_now_ms();
	job->sent = attempt.sent;
	if (load->manifest == NULL)
		job->chunk.rows = attempt.rows;
	return true;
}

static bool
work_chunk(Load *load, Worker *worker, Job *job, Error *err)
{
	if (!dump_load(load->dump, &job->chunk, err) ||
	    !chunk_unpack(&job->chunk, &worker->compressor, &worker->raw, err))
		return false;
	if (job->kind == JOB_LOADED)
		return true;
	return job->kind == JOB_COUNT ? count_rows(load, worker, job, err)
				      : send(load, worker, job, err);
}

static void
drop_huge(Buf *buf)
{
	if (buf->capacity > KEEP_BYTES)
		buf_free(buf);
}

static bool
work(void *context, void *worked, unsigned number, Error *err)
{
	Load *load = context;
	Worker *worker = &load->workers[number];
	Job *job = worked;
	char path[CHUNK_PATH_BYTES];
	bool good;

	if (job->kind == JOB_KNOWN)
		return true;
	good = work_chunk(load, worker, job, err);
	drop_huge(&worker->raw);
	drop_huge(&job->chunk.bytes);
	if (good)
		return true;
	chunk_path(&job->chunk, table_of(load, job)->directory, path);
	return error_add(err, "table \"%s\", %s%s", table_of(load, job)->name,
	    path, job->place);
}

static Step
give(void *context, void *given, Error *err)
{
	Load *load = context;
	Job *job = given;
	const Chunk *chunk = &job->chunk;
	LoadTable *table = &load->tables[chunk->table];

	if (!dump_confirm(load->dump, chunk, err))
		return STEP_FAILED;
	if (!load->plan->wanted[chunk->table])
		return STEP_END;
	table->rows += chunk->rows;
	table->raw_bytes += chunk->raw_bytes;
	table->chunks++;
	if (job->sent) {
		table->sent_rows += chunk->rows;
		table->sent_chunks++;
		if (table->began_ms == 0 || job->began_ms < table->began_ms)
			table->began_ms = job->began_ms;
		if (job->ended_ms > table->ended_ms)
			table->ended_ms = job->ended_ms;
	}
	load->tell(load->context, table_of(load, job)->name, chunk->rows,
	    chunk->raw_bytes);
	return STEP_END;
}

static const char *
copy_text(Load *load, const Table *table, Error *err)
{
	Buf sql = { 0 };
	const char *text, *copy = NULL;

	if (ddl_put_copy(&sql, load->plan->namespace, table, err)) {
		text = buf_text(&sql, err);
		if (text != NULL)
			copy = arena_text(&load->arena, text, err);
	}
	buf_free(&sql);
	return copy;
}

static bool
prepare(Load *load, Error *err)
{
	const Plan *plan = load->plan;
	const Schema *schema = plan->schema;
	const Table *table;
	size_t i, n_columns = 1;
	Facts *facts;

	load->facts = arena_alloc(
	    &load->arena, schema->n_tables + 1, sizeof *load->facts, err);
	load->workers = arena_alloc(
	    &load->arena, plan->n_servers, sizeof *load->workers, err);
	if (load->facts == NULL || load->workers == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		table = &schema->tables[i];
		facts = &load->facts[i];
		facts->names = schema_column_names(table, &load->arena, err);
		facts->types = schema_types(table, &load->arena, err);
		facts->copy = copy_text(load, table, err);
		if (facts->names == NULL || facts->types == NULL ||
		    facts->copy == NULL)
			return false;
		if (table->n_columns > n_columns)
			n_columns = table->n_columns;
	}
	for (i = 0; i < plan->n_servers; i++) {
		load->workers[i].server = plan->servers[i];
		load->workers[i].row =
		    arena_alloc(&load->arena, n_columns, sizeof(Value), err);
		if (load->workers[i].row == NULL)
			return false;
	}
	return ledger_read_chunks(
	    plan->servers[0], plan->id, &load->ledger, err);
}

static bool
run(Load *load, Error *err)
{
	unsigned threads = load->plan->n_servers;
	size_t n = pipeline_jobs(threads), i;
	Pipeline pipeline = {
		.threads = threads,
		.job_bytes = sizeof(Job),
		.n_jobs = n,
		.context = load,
		.take = take,
		.work = work,
		.give = give,
	};
	Job *jobs;
	bool good;

	jobs = arena_alloc(&load->arena, n, sizeof *jobs, err);
	if (jobs == NULL)
		return false;
	pipeline.jobs = jobs;
	good = pipeline_run(&pipeline, err);
	for (i = 0; i < n; i++)
		buf_free(&jobs[i].chunk.bytes);
	return good;
}

bool
load_run(const Plan *plan, DumpReader *dump, bool finished, LoadTable *tables,
    LoadTell *tell, void *context, Error *err)
{
	Load load = {
		.plan = plan,
		.dump = dump,
		.manifest = dump_manifest(dump),
		.finished = finished,
		.tables = tables,
		.tell = tell,
		.context = context,
	};
	bool good;
	unsigned i;

	good = prepare(&load, err) && run(&load, err);
	for (i = 0; load.workers != NULL && i < plan->n_servers; i++) {
		compress_free(&load.workers[i].compressor);
		buf_free(&load.workers[i].raw);
		buf_free(&load.workers[i].out);
	}
	ledger_free_chunks(&load.ledger);
	arena_free(&load.arena);
	return good;
}
