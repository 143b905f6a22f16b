#include "import/load.h"

#include <stdio.h>
#include <string.h>

#include "formats/pipeline.h"
#include "formats/report.h"

#include "import/feed.h"
#include "import/interrupt.h"
#include "import/ledger.h"
#include "import/odds.h"
#include "import/send.h"

typedef struct {
	Sender sender;
	Compressor compressor;
	Buf raw; /* rows of the chunk at work */
} Worker;

typedef enum {
	JOB_KNOWN,  /* a directory's chunk that need not be read */
	JOB_LOADED, /* a stream's that the ledger has */
	JOB_COUNT,  /* a stream's of an unwanted table: rows are counted */
	JOB_SEND,
} JobKind;

typedef struct {
	Chunk chunk;
	JobKind kind;
	LedgerTake take; /* of one to be sent */
	VerifySink sink; /* of one that is watched */
	int64_t began_ms, ended_ms;
	char place[SIEVE_PLACE_BYTES]; /* of an error */
} Job;

typedef struct {
	const Plan *plan;
	DumpReader *dump;
	const Manifest *manifest; /* of a directory; NULL in a stream */
	LedgerChunks ledger;      /* as it was at the start */
	const LoadWish *wish;
	Arena arena;
	Feed *feeds;   /* by table */
	Merge *merges; /* likewise */
	/* Where tables have ranks: all chunks of the directory. */
	Buf chunks; /* of Chunk */
	unsigned rank;
	/* Those that another importer was at work on; the end waits for it. */
	Buf busy; /* of Chunk */
	/* What is being taken, and how far; NULL: what comes from the dump. */
	const Buf *list;
	size_t next;
	bool wait;
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
		if (!load->wish->finished)
			return true;
		(void)error_set(err, ERROR_FAILED,
		    "this load is finished, but without \"%s\": it was made "
		    "of other chunks",
		    key);
		return odds_advise(load->plan, err);
	}
	if (load->manifest != NULL)
		believe_manifest(load, chunk);
	else if (!digest_of(
		     chunk->bytes.data, chunk->bytes.size, &chunk->digest, err))
		return false;
	job->kind = load->manifest != NULL ? JOB_KNOWN : JOB_LOADED;
	return odds_check(load->plan, sha256, &chunk->digest, err) ||
	    error_add(err, "%s", key);
}

/* The next chunk of the dump, or of the rank at work. */
static Step
next_chunk(Load *load, Chunk *chunk, Error *err)
{
	Buf bytes = chunk->bytes;
	Chunk next;

	if (load->list == NULL)
		return dump_next_unloaded(load->dump, chunk, err);
	while (load->next < load->list->size / sizeof next) {
		memcpy(&next, load->list->data + load->next++ * sizeof next,
		    sizeof next);
		if (load->plan->tables[next.table].rank != load->rank)
			continue;
		*chunk = next;
		chunk->bytes = bytes;
		chunk->bytes.size = 0;
		return STEP_ITEM;
	}
	return STEP_END;
}

static Step
take(void *context, void *taken, Error *err)
{
	Load *load = context;
	Job *job = taken;
	Step step;

	if (!interrupt_check(err))
		return STEP_FAILED;
	job->take = LEDGER_HAS;
	job->place[0] = '\0';
	step = next_chunk(load, &job->chunk, err);
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

static bool
count_rows(const Load *load, Worker *worker, Job *job, Error *err)
{
	FeedRows *rows = &worker->sender.rows;
	bool good;

	good = feed_open(&load->feeds[job->chunk.table], &job->chunk,
		   &worker->raw, rows, err) &&
	    feed_count(rows, err);
	job->chunk.rows = rows->csv.row;
	feed_rest(rows);
	return good;
}

static bool
send(Load *load, Worker *worker, Job *job, Error *err)
{
	char key[LOAD_KEY_BYTES];
	Send send = {
		.plan = load->plan,
		.feed = &load->feeds[job->chunk.table],
		.merge = &load->merges[job->chunk.table],
		.chunk = &job->chunk,
		.raw = &worker->raw,
		.key = key,
		.counted = load->manifest != NULL,
		/* A stream's chunk comes once, and what comes in order must. */
		.wait = load->wait || load->manifest == NULL ||
		    load->plan->tables[job->chunk.table].in_order,
	};
	bool good;

	key_of(load, job, key);
	job->began_ms = report_now_ms();
	good = send_chunk(&worker->sender, &send, err);
	job->ended_ms = report_now_ms();
	memcpy(job->place, worker->sender.sieve.place, sizeof job->place);
	if (good)
		job->take = send.take;
	if (good && load->manifest == NULL)
		job->chunk.rows = send.counts.rows;
	return good;
}

static bool
work_chunk(Load *load, unsigned number, Job *job, Error *err)
{
	Worker *worker = &load->workers[number];

	if (!dump_load(load->dump, &job->chunk, err) ||
	    !chunk_unpack(&job->chunk, &worker->compressor, &worker->raw, err))
		return false;
	if (load->wish->watch != NULL && job->kind != JOB_COUNT &&
	    !verify_watch_take(load->wish->watch, number, &job->chunk,
		&worker->raw, &job->sink, err))
		return false;
	if (job->kind == JOB_LOADED)
		return true;
	return job->kind == JOB_COUNT ? count_rows(load, worker, job, err)
				      : send(load, worker, job, err);
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
	good = work_chunk(load, number, job, err);
	buf_free_huge(&worker->raw);
	buf_free_huge(&job->chunk.bytes);
	if (good)
		return true;
	chunk_path(&job->chunk, table_of(load, job)->directory, path);
	return error_add(err, "table \"%s\", %s%s", table_of(load, job)->name,
	    path, job->place);
}

static bool
put_off(Load *load, const Chunk *chunk, Error *err)
{
	Chunk unloaded = *chunk;

	unloaded.bytes = (Buf){ 0 };
	return buf_put(&load->busy, &unloaded, sizeof unloaded, err);
}

static Step
give(void *context, void *given, Error *err)
{
	Load *load = context;
	Job *job = given;
	const Chunk *chunk = &job->chunk;
	LoadTable *table = &load->tables[chunk->table];

	if (job->take == LEDGER_BUSY)
		return put_off(load, chunk, err) ? STEP_END : STEP_FAILED;
	if (!dump_confirm(load->dump, chunk, err))
		return STEP_FAILED;
	if (!load->plan->wanted[chunk->table])
		return STEP_END;
	if (load->wish->watch != NULL &&
	    !verify_watch_give(load->wish->watch, chunk, &job->sink, err))
		return STEP_FAILED;
	table->rows += chunk->rows;
	table->raw_bytes += chunk->raw_bytes;
	table->chunks++;
	if (job->take == LEDGER_TAKEN) {
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

static bool
prepare(Load *load, Error *err)
{
	const Plan *plan = load->plan;
	const Schema *schema = plan->schema;
	const Table *table;
	Sender *sender;
	size_t i, n_columns = 1;

	load->feeds = arena_alloc(
	    &load->arena, schema->n_tables + 1, sizeof *load->feeds, err);
	load->workers = arena_alloc(
	    &load->arena, plan->n_servers, sizeof *load->workers, err);
	load->merges = arena_alloc(
	    &load->arena, schema->n_tables + 1, sizeof *load->merges, err);
	if (load->feeds == NULL || load->workers == NULL ||
	    load->merges == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		table = &schema->tables[i];
		if (!feed_prepare(
			plan, i, &load->arena, &load->feeds[i], err) ||
		    !merge_prepare(plan, i, &load->feeds[i], &load->arena,
			&load->merges[i], err))
			return false;
		if (table->n_columns > n_columns)
			n_columns = table->n_columns;
	}
	for (i = 0; i < plan->n_servers; i++) {
		sender = &load->workers[i].sender;
		sender->server = plan->servers[i];
		sender->rows.row =
		    arena_alloc(&load->arena, n_columns, sizeof(Value), err);
		sender->rows.fields = arena_alloc(
		    &load->arena, n_columns, sizeof(RowsCsvField), err);
		if (sender->rows.row == NULL || sender->rows.fields == NULL)
			return false;
	}
	return ledger_read_chunks(
	    plan->servers[0], plan->id, &load->ledger, err);
}

/* Chunks of a table whose rows refer to each other come one by one. */
static unsigned
threads_of(const Load *load)
{
	const Plan *plan = load->plan;
	size_t i;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (plan->wanted[i] && plan->tables[i].in_order &&
		    plan->tables[i].rank == load->rank)
			return 1;
	}
	return plan->n_servers;
}

static bool
run(Load *load, Error *err)
{
	unsigned threads = threads_of(load);
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
	for (i = 0; i < n; i++) {
		buf_free(&jobs[i].chunk.bytes);
		verify_sink_free(&jobs[i].sink);
	}
	return good;
}

static bool
list_chunks(Load *load, Error *err)
{
	Chunk chunk = { 0 };
	Step step;

	while (
	    (step = dump_next_unloaded(load->dump, &chunk, err)) == STEP_ITEM) {
		if (!buf_put(&load->chunks, &chunk, sizeof chunk, err))
			return false;
	}
	return step == STEP_END;
}

/* The chunks of list, and then those of them that others were at work on. */
static bool
run_list(Load *load, const Buf *list, Error *err)
{
	bool good;

	load->list = list;
	load->next = 0;
	if (!run(load, err))
		return false;
	load->list = &load->busy;
	load->next = 0;
	load->wait = true;
	good = load->busy.size == 0 || run(load, err);
	load->wait = false;
	load->busy.size = 0;
	return good;
}

/* One rank after the other. */
static bool
run_all(Load *load, Error *err)
{
	if (load->plan->n_ranks <= 1)
		return run_list(load, NULL, err);
	if (!list_chunks(load, err))
		return false;
	for (; load->rank < load->plan->n_ranks; load->rank++) {
		if (!run_list(load, &load->chunks, err))
			return false;
	}
	return true;
}

bool
load_run(const Plan *plan, DumpReader *dump, const LoadWish *wish,
    LoadTable *tables, LoadTell *tell, void *context, Error *err)
{
	Load load = {
		.plan = plan,
		.dump = dump,
		.manifest = dump_manifest(dump),
		.wish = wish,
		.tables = tables,
		.tell = tell,
		.context = context,
	};
	bool good;
	unsigned i;

	good = prepare(&load, err) && run_all(&load, err);
	for (i = 0; load.workers != NULL && i < plan->n_servers; i++) {
		compress_free(&load.workers[i].compressor);
		buf_free(&load.workers[i].raw);
		sender_free(&load.workers[i].sender);
	}
	buf_free(&load.chunks);
	buf_free(&load.busy);
	ledger_free_chunks(&load.ledger);
	arena_free(&load.arena);
	return good;
}
