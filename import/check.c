#include "import/check.h"

#include "formats/pipeline.h"
#include "formats/rows_copy.h"
#include "formats/rows_csv.h"
#include "formats/rows_ndjson.h"

/* The wire form of values is made to check them and then dropped. */
#define DROP_BYTES ((size_t)256 << 10)

typedef struct {
	const char *const *names;
	const Affinity *affinities; /* sqlite */
	const Type *types;          /* postgresql */
} Facts;

typedef struct {
	Compressor compressor;
	Buf raw, out;
	Value *row;
} Worker;

typedef struct {
	Chunk chunk;
	uint64_t bytes; /* as they stand in the file */
} Job;

typedef struct {
	DumpReader *dump;
	const Schema *schema;
	Arena arena;
	Facts *facts;
	Worker *workers;
	CheckTotals *totals;
	CheckTell *tell;
	void *context;
} CheckRun;

static Step
take(void *context, void *taken, Error *err)
{
	CheckRun *check = context;
	Job *job = taken;

	return dump_next_unloaded(check->dump, &job->chunk, err);
}

/* Is each value the text form of its column's type? */
static bool
check_values(const CheckRun *check, Worker *worker, const Job *job, Error *err)
{
	const Table *table = &check->schema->tables[job->chunk.table];
	const Facts *facts = &check->facts[job->chunk.table];

	if (check->schema->dialect != DIALECT_POSTGRESQL)
		return true;
	if (worker->out.size >= DROP_BYTES)
		worker->out.size = 0;
	return rows_copy_put(
	    &worker->out, facts->types, worker->row, table->n_columns, err);
}

static bool
check_csv(const CheckRun *check, Worker *worker, const Job *job, uint64_t *n,
    Error *err)
{
	const Table *table = &check->schema->tables[job->chunk.table];
	const Facts *facts = &check->facts[job->chunk.table];
	bool sqlite = check->schema->dialect == DIALECT_SQLITE;
	RowsCsv rows;
	Step step;

	if (!rows_csv_open(&rows, worker->raw.data, worker->raw.size,
		facts->names, sqlite ? facts->affinities : NULL,
		table->n_columns, err))
		return false;
	while ((step = rows_csv_next(&rows, worker->row, err)) == STEP_ITEM) {
		if (!check_values(check, worker, job, err))
			return error_add(
			    err, "row %llu", (unsigned long long)rows.row);
	}
	*n = rows.row;
	return step == STEP_END;
}

static bool
check_ndjson(const CheckRun *check, Worker *worker, const Job *job, uint64_t *n,
    Error *err)
{
	const Table *table = &check->schema->tables[job->chunk.table];
	RowsNdjson rows;
	Step step;

	if (check->schema->dialect == DIALECT_POSTGRESQL)
		return error_set(
		    err, ERROR_DUMP, "a postgresql dump holds CSV only");
	if (!rows_ndjson_open(&rows, worker->raw.data, worker->raw.size,
		check->facts[job->chunk.table].names, table->n_columns, err))
		return false;
	do
		step = rows_ndjson_next(&rows, worker->row, err);
	while (step == STEP_ITEM);
	*n = rows.row;
	return step == STEP_END;
}

static bool
check_chunk(const CheckRun *check, Worker *worker, Job *job, Error *err)
{
	uint64_t n = 0;

	if (!dump_load(check->dump, &job->chunk, err))
		return false;
	job->bytes = job->chunk.bytes.size;
	worker->out.size = 0;
	if (!chunk_unpack(&job->chunk, &worker->compressor, &worker->raw, err))
		return false;
	switch (job->chunk.format) {
	case ROWS_CSV:
		if (!check_csv(check, worker, job, &n, err))
			return false;
		break;
	case ROWS_NDJSON:
		if (!check_ndjson(check, worker, job, &n, err))
			return false;
	}
	if (dump_manifest(check->dump) != NULL && n != job->chunk.rows)
		return error_set(err, ERROR_DUMP,
		    "the chunk holds %llu rows, the manifest says %llu",
		    (unsigned long long)n, (unsigned long long)job->chunk.rows);
	job->chunk.rows = n;
	return true;
}

static bool
work(void *context, void *worked, unsigned number, Error *err)
{
	CheckRun *check = context;
	Job *job = worked;
	char path[CHUNK_PATH_BYTES];

	if (check_chunk(check, &check->workers[number], job, err))
		return true;
	chunk_path(&job->chunk,
	    check->schema->tables[job->chunk.table].directory, path);
	return error_add(err, "%s", path);
}

static Step
give(void *context, void *given, Error *err)
{
	CheckRun *check = context;
	const Job *job = given;

	if (!dump_confirm(check->dump, &job->chunk, err))
		return STEP_FAILED;
	check->totals->chunks++;
	check->totals->rows += job->chunk.rows;
	check->totals->raw_bytes += job->chunk.raw_bytes;
	check->totals->bytes += job->bytes;
	check->tell(check->context,
	    check->schema->tables[job->chunk.table].name, job->chunk.rows,
	    job->chunk.raw_bytes);
	return STEP_END;
}

static bool
prepare(CheckRun *check, unsigned jobs, Error *err)
{
	const Schema *schema = check->schema;
	const Table *table;
	size_t i, n_columns = 1;
	Facts *facts;

	check->facts = arena_alloc(
	    &check->arena, schema->n_tables + 1, sizeof *check->facts, err);
	check->workers =
	    arena_alloc(&check->arena, jobs, sizeof *check->workers, err);
	if (check->facts == NULL || check->workers == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		table = &schema->tables[i];
		facts = &check->facts[i];
		facts->names = schema_column_names(table, &check->arena, err);
		facts->affinities =
		    schema_affinities(table, &check->arena, err);
		facts->types = schema_types(table, &check->arena, err);
		if (facts->names == NULL || facts->affinities == NULL ||
		    facts->types == NULL)
			return false;
		if (table->n_columns > n_columns)
			n_columns = table->n_columns;
	}
	for (i = 0; i < jobs; i++) {
		check->workers[i].row =
		    arena_alloc(&check->arena, n_columns, sizeof(Value), err);
		if (check->workers[i].row == NULL)
			return false;
	}
	return true;
}

static bool
run(CheckRun *check, unsigned jobs, Error *err)
{
	Pipeline pipeline = {
		.threads = jobs,
		.job_bytes = sizeof(Job),
		.n_jobs = pipeline_jobs(jobs),
		.context = check,
		.take = take,
		.work = work,
		.give = give,
	};
	Job *ring;
	bool good;
	size_t i;

	ring = arena_alloc(&check->arena, pipeline.n_jobs, sizeof *ring, err);
	if (ring == NULL)
		return false;
	pipeline.jobs = ring;
	good = pipeline_run(&pipeline, err) && dump_finish(check->dump, err);
	for (i = 0; i < pipeline.n_jobs; i++)
		buf_free(&ring[i].chunk.bytes);
	return good;
}

bool
check_run(DumpReader *dump, unsigned jobs, CheckTotals *totals, CheckTell *tell,
    void *context, Error *err)
{
	CheckRun check = {
		.dump = dump,
		.schema = dump_schema(dump),
		.totals = totals,
		.tell = tell,
		.context = context,
	};
	bool good;
	size_t i;

	*totals = (CheckTotals){ .tables = check.schema->n_tables };
	good = prepare(&check, jobs, err) && run(&check, jobs, err);
	for (i = 0; check.workers != NULL && i < jobs; i++) {
		compress_free(&check.workers[i].compressor);
		buf_free(&check.workers[i].raw);
		buf_free(&check.workers[i].out);
	}
	arena_free(&check.arena);
	return good;
}
