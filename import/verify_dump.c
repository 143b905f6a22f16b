#include "import/verify_dump.h"

#include "formats/pipeline.h"

#include "import/load.h"
#include "import/verify_through.h"

typedef struct {
	Chunk chunk;
	VerifySink sink;
	VerifyChunk asked;
} Job;

typedef struct {
	Compressor compressor;
	Buf raw;
	VerifyTemporary temporary;
	VerifyStream stream;
} Reader;

typedef struct {
	VerifyLook *look;
	DumpReader *dump;
	VerifyTally *tallies;
	Arena arena;
	Reader *readers; /* one a session */
} DumpSide;

static const VerifyTable *
table_of(const DumpSide *side, const Job *job)
{
	return &side->look->tables[job->chunk.table];
}

static bool
is_wanted(const DumpSide *side, size_t table)
{
	return verify_look_wants(side->look, table) ||
	    (side->look->kind == SINK_SUM &&
		side->look->tables[table].way == VERIFY_ROWS);
}

static Step
take(void *context, void *taken, Error *err)
{
	DumpSide *side = context;
	Job *job = taken;
	Step step;

	do
		step = dump_next_unloaded(side->dump, &job->chunk, err);
	while (step == STEP_ITEM && !is_wanted(side, job->chunk.table));
	return step;
}

static bool
take_whole(const DumpSide *side, unsigned number, Job *job, Error *err)
{
	const VerifyTable *table = table_of(side, job);
	const VerifyLook *look = side->look;
	Buf *raw = &side->readers[number].raw;
	RowsCsv rows;

	if (job->chunk.format != ROWS_CSV)
		return error_set(
		    err, ERROR_DUMP, "a postgresql dump holds CSV only");
	if (!verify_sink_begin(&job->sink, look->kind, look->chosen, err) ||
	    !rows_csv_open(&rows, raw->data, raw->size, table->feed.names, NULL,
		table->table->n_columns, err) ||
	    !verify_look_take(
		&look->workers[number], table, &rows, &job->sink, err))
		return false;
	job->chunk.rows = rows.row;
	return true;
}

/* By way of the server, into the sink or to be looked up. */
static bool
ask_server(const DumpSide *side, unsigned number, Job *job, Error *err)
{
	const VerifyTable *table = table_of(side, job);
	Reader *reader = &side->readers[number];
	Server *server = side->look->plan->servers[number];
	VerifyThrough through = {
		.temporary = &reader->temporary,
		.stream = &reader->stream,
		.worker = &side->look->workers[number],
		.sink = &job->sink,
		.look = side->look,
	};
	char key[LOAD_KEY_BYTES];
	bool good;

	load_key(&job->chunk, table->table->directory, key);
	job->asked.id = side->look->plan->id;
	job->asked.table = table;
	job->asked.chunk = &job->chunk;
	job->asked.raw = &reader->raw;
	job->asked.key = key;
	good = table->way == VERIFY_WHOLE
	    ? verify_through_run(&through, server, &job->asked, err)
	    : verify_lookup_run(&reader->temporary, server, &job->asked, err);
	job->asked.key = NULL;
	job->chunk.rows = job->asked.rows;
	return good;
}

static bool
work_chunk(const DumpSide *side, unsigned number, Job *job, Error *err)
{
	Reader *reader = &side->readers[number];

	if (!dump_load(side->dump, &job->chunk, err) ||
	    !chunk_unpack(&job->chunk, &reader->compressor, &reader->raw, err))
		return false;
	return table_of(side, job)->way == VERIFY_WHOLE &&
		!table_of(side, job)->through
	    ? take_whole(side, number, job, err)
	    : ask_server(side, number, job, err);
}

static bool
work(void *context, void *worked, unsigned number, Error *err)
{
	const DumpSide *side = context;
	Job *job = worked;
	const Table *table = table_of(side, job)->table;
	char path[CHUNK_PATH_BYTES];
	bool good;

	good = work_chunk(side, number, job, err);
	buf_free_huge(&side->readers[number].raw);
	buf_free_huge(&side->look->workers[number].wire);
	buf_free_huge(&job->chunk.bytes);
	if (good)
		return true;
	chunk_path(&job->chunk, table->directory, path);
	return error_add(err, "table \"%s\", %s", table->name, path);
}

static bool
add_tally(VerifyTally *tally, VerifyChunk *chunk, Error *err)
{
	uint64_t found = chunk->missing + chunk->different;
	bool good = true;
	size_t i;

	tally->rows += chunk->rows;
	tally->missing += chunk->missing;
	tally->different += chunk->different;
	tally->left += found < chunk->left ? found : chunk->left;
	if (found <= chunk->left) /* nothing that is worth naming */
		fit_clear(&chunk->found);
	for (i = 0; good && i < fit_problems(&chunk->found) &&
	     fit_problems(&tally->found) < VERIFY_NAMED;
	     i++)
		good = fit_problem(&tally->found, err, "%s",
		    fit_text(&chunk->found.problems, i));
	fit_free(&chunk->found);
	return good;
}

static Step
give(void *context, void *given, Error *err)
{
	DumpSide *side = context;
	Job *job = given;
	size_t table = job->chunk.table;
	const VerifyLook *look = side->look;

	if (look->kind == SINK_SUM &&
	    !dump_confirm(side->dump, &job->chunk, err))
		return STEP_FAILED;
	if (look->tables[table].way == VERIFY_WHOLE
		? !verify_sink_add(&look->dump[table], &job->sink, err)
		: !add_tally(&side->tallies[table], &job->asked, err))
		return STEP_FAILED;
	look->tell(
	    look->context, look->tables[table].table->name, job->chunk.rows);
	return STEP_END;
}

static bool
prepare(DumpSide *side, Error *err)
{
	const Plan *plan = side->look->plan;
	const Schema *schema = plan->schema;
	FeedRows *rows;
	size_t i, n_columns = 1;

	side->readers = arena_alloc(
	    &side->arena, plan->n_servers, sizeof *side->readers, err);
	if (side->readers == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		if (schema->tables[i].n_columns > n_columns)
			n_columns = schema->tables[i].n_columns;
	}
	for (i = 0; i < plan->n_servers; i++) {
		rows = &side->readers[i].temporary.rows;
		rows->row =
		    arena_alloc(&side->arena, n_columns, sizeof(Value), err);
		rows->fields = arena_alloc(
		    &side->arena, n_columns, sizeof(RowsCsvField), err);
		if (rows->row == NULL || rows->fields == NULL)
			return false;
	}
	return true;
}

static bool
run(DumpSide *side, Error *err)
{
	unsigned threads = side->look->plan->n_servers;
	Pipeline pipeline = {
		.threads = threads,
		.job_bytes = sizeof(Job),
		.n_jobs = pipeline_jobs(threads),
		.context = side,
		.take = take,
		.work = work,
		.give = give,
	};
	Job *jobs;
	size_t i;
	bool good;

	jobs = arena_alloc(&side->arena, pipeline.n_jobs, sizeof *jobs, err);
	if (jobs == NULL)
		return false;
	pipeline.jobs = jobs;
	good = pipeline_run(&pipeline, err);
	for (i = 0; i < pipeline.n_jobs; i++) {
		buf_free(&jobs[i].chunk.bytes);
		verify_sink_free(&jobs[i].sink);
		fit_free(&jobs[i].asked.found);
	}
	return good;
}

bool
verify_dump_read(
    VerifyLook *look, DumpReader *dump, VerifyTally *tallies, Error *err)
{
	DumpSide side = { .look = look, .dump = dump, .tallies = tallies };
	bool good;
	unsigned i;

	good = prepare(&side, err) && run(&side, err) &&
	    (look->kind != SINK_SUM || dump_finish(dump, err));
	for (i = 0; side.readers != NULL && i < look->plan->n_servers; i++) {
		compress_free(&side.readers[i].compressor);
		buf_free(&side.readers[i].raw);
		verify_temporary_free(&side.readers[i].temporary);
		verify_stream_free(&side.readers[i].stream);
	}
	arena_free(&side.arena);
	return good;
}
