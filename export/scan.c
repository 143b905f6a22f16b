#include "export/scan.h"

#include "formats/rows_csv.h"
#include "formats/rows_ndjson.h"

/* Room behind a full chunk for its last row, so that the buffer seldom grows
 * by half for it. */
#define RAW_SLACK_BYTES ((size_t)1 << 20)

unsigned
scan_readers(unsigned threads)
{
	return threads == 1 ? 1 : threads + 1;
}

bool
scan_begin(Scan *scan, SourceFile *source, const Catalog *catalog,
    const Reading *readings, const ScanOptions *options, Error *err)
{
	size_t i, n_tables = catalog->schema.n_tables, columns = 1;

	scan->options = *options;
	scan->source = source;
	scan->readings = readings;
	scan->n_jobs = pipeline_jobs(options->threads);
	for (i = 0; i < n_tables; i++)
		if (catalog->schema.tables[i].n_columns > columns)
			columns = catalog->schema.tables[i].n_columns;
	scan->jobs =
	    arena_alloc(&scan->arena, scan->n_jobs, sizeof(*scan->jobs), err);
	scan->workers = arena_alloc(
	    &scan->arena, options->threads, sizeof(*scan->workers), err);
	if (scan->jobs == NULL || scan->workers == NULL)
		return false;
	for (i = 0; i < options->threads; i++) {
		scan->workers[i].row =
		    arena_alloc(&scan->arena, columns, sizeof(Value), err);
		if (scan->workers[i].row == NULL)
			return false;
	}
	if (!pipeline_pool_create(1, &scan->first, err) ||
	    (source->n_readers > 1 &&
		!pipeline_pool_create(
		    source->n_readers - 1, &scan->others, err)))
		return false;
	return plan_begin(&scan->plan, source->readers[0], readings, n_tables,
	    options->chunk_bytes, err);
}

void
scan_end(Scan *scan)
{
	ScanJob *job;
	size_t i;

	for (i = 0; scan->jobs != NULL && i < scan->n_jobs; i++) {
		job = &scan->jobs[i];
		sqlite3_finalize(job->cursor);
		plan_free_range(&job->range);
		buf_free(&job->chunk.bytes);
		buf_free(&job->pending);
		evidence_free(&job->evidence);
	}
	for (i = 0; scan->workers != NULL && i < scan->options.threads; i++) {
		buf_free(&scan->workers[i].raw);
		compress_free(&scan->workers[i].compressor);
	}
	plan_end(&scan->plan);
	pipeline_pool_free(scan->first);
	pipeline_pool_free(scan->others);
	arena_free(&scan->arena);
	*scan = (Scan){ 0 };
}

Step
scan_take(void *context, void *job, Error *err)
{
	Scan *scan = context;
	ScanJob *next = job;
	Step step;

	(void)pipeline_pool_claim(scan->first);
	step = plan_next(&scan->plan, &next->range, err);
	pipeline_pool_release(scan->first, 0);
	next->begun = false;
	next->more = false;
	next->pending.size = 0;
	return step;
}

/* What the row as read means for the chunk. */
typedef enum { ROW_FAILED, ROW_WRITTEN, ROW_PENDING } RowFate;

static RowFate
put_row(const Reading *reading, ScanJob *job, ScanWorker *worker, Error *err)
{
	const size_t n = reading->table->n_columns;
	bool exact = false;

	if (job->chunk.format == ROWS_CSV) {
		if (!rows_csv_put(&worker->raw, worker->row,
			reading->affinities, n, &exact, err))
			return ROW_FAILED;
		if (exact)
			return ROW_WRITTEN;
		if (job->chunk.rows > 0)
			return rows_ndjson_put(&job->pending, reading->names,
				   worker->row, n, err)
			    ? ROW_PENDING
			    : ROW_FAILED;
		/* nothing but the header yet */
		job->chunk.format = ROWS_NDJSON;
		worker->raw.size = 0;
	}
	return rows_ndjson_put(
		   &worker->raw, reading->names, worker->row, n, err)
	    ? ROW_WRITTEN
	    : ROW_FAILED;
}

/* An empty chunk: the row that waits for it, or a header. */
static bool
begin_chunk(const Scan *scan, const Reading *reading, ScanJob *job,
    ScanWorker *worker, Error *err)
{
	Buf *raw = &worker->raw;
	size_t room;

	raw->size = 0;
	job->chunk.rows = 0;
	job->chunk.table = job->range.table;
	job->chunk.format = scan->options.format;
	if (scan->options.writer == NULL)
		return true;
	if (__builtin_add_overflow(
		scan->options.chunk_bytes, RAW_SLACK_BYTES, &room))
		room = RAW_SLACK_BYTES;
	if (!buf_reserve(raw, room, err))
		return false;
	if (job->pending.size > 0) {
		job->chunk.format = ROWS_NDJSON;
		job->chunk.rows = 1;
		if (!buf_put(raw, job->pending.data, job->pending.size, err))
			return false;
		job->pending.size = 0;
		return true;
	}
	return job->chunk.format == ROWS_NDJSON ||
	    rows_csv_put_header(
		raw, reading->names, reading->table->n_columns, err);
}

/*
 * The next row into the worker, checked against the one before: rowids that do
 * not grow are a sign of a damaged b-tree, which SQLite itself does not see.
 */
static Step
read_row(const Reading *reading, ScanJob *job, sqlite3_stmt *statement,
    ScanWorker *worker, Error *err)
{
	Step step = source_step(statement, err);
	int64_t rowid = 0;

	if (step != STEP_ITEM)
		return step;
	if (!reading_row(reading, statement, worker->row, &rowid, err))
		return STEP_FAILED;
	if (!reading->has_rowid)
		return STEP_ITEM;
	if (job->begun && rowid <= job->last_rowid) {
		error_set(err, ERROR_SOURCE,
		    "rowid %lld comes next: the file is damaged; copy it and "
		    "save what can be saved: sqlite3 COPY .recover | sqlite3 "
		    "NEW",
		    (long long)rowid);
		return STEP_FAILED;
	}
	job->begun = true;
	job->last_rowid = rowid;
	return STEP_ITEM;
}

/* One row into the evidence and the chunk.  *full ends the chunk. */
static bool
take_row(const Scan *scan, const Reading *reading, ScanJob *job,
    ScanWorker *worker, bool *full, Error *err)
{
	RowFate fate = ROW_WRITTEN;
	bool valid = false;

	if (scan->options.writer != NULL) {
		fate = put_row(reading, job, worker, err);
		if (fate == ROW_FAILED)
			return false;
		valid = fate == ROW_WRITTEN && job->chunk.format == ROWS_CSV;
	}
	if (scan->options.profile != NULL &&
	    !evidence_row(&job->evidence, worker->row,
		reading->has_rowid ? &job->last_rowid : NULL, valid, err))
		return false;
	job->chunk.rows += fate == ROW_WRITTEN;
	if (scan->options.writer == NULL)
		return true;
	*full = fate == ROW_PENDING ||
	    worker->raw.size >= scan->options.chunk_bytes;
	if (!*full || reading->n_key == 0)
		return true;
	/* where the next chunk goes on */
	return reading_copy_key(
	    reading, worker->row, job->last_rowid, &job->range.after, err);
}

/* Rows of the statement into a chunk, until it is full or they end. */
static bool
fill_chunk(const Scan *scan, const Reading *reading, ScanJob *job,
    sqlite3_stmt *statement, ScanWorker *worker, Error *err)
{
	bool full;
	Step step;

	if (!begin_chunk(scan, reading, job, worker, err))
		return false;
	full = job->chunk.rows > 0 &&
	    worker->raw.size >= scan->options.chunk_bytes;
	while (!full) {
		step = read_row(reading, job, statement, worker, err);
		if (step == STEP_FAILED)
			return false;
		if (step == STEP_END)
			break;
		if (!take_row(scan, reading, job, worker, &full, err))
			return false;
	}
	job->more = full;
	return true;
}

/* Read a chunk over a connection that nobody else uses meanwhile. */
static bool
read_chunk(const Scan *scan, const Reading *reading, ScanJob *job, sqlite3 *db,
    ScanWorker *worker, Error *err)
{
	bool ok;

	if (job->cursor == NULL &&
	    !reading_prepare(reading, db, &job->range.after, &job->range.upto,
		&job->cursor, err))
		return false;
	ok = fill_chunk(scan, reading, job, job->cursor, worker, err);
	/* With a key to go on by, any reader may go on. */
	if (!ok || !job->more || reading->n_key > 0) {
		sqlite3_finalize(job->cursor);
		job->cursor = NULL;
	}
	return ok;
}

/* Say how far a table could be read. */
static bool
add_place(const Reading *reading, const ScanJob *job, Error *err)
{
	int64_t rowid = job->last_rowid;

	if (!job->begun && reading->has_rowid && job->range.after.set)
		rowid = job->range.after.values[0].integer;
	else if (!job->begun)
		return error_add(err, "table \"%s\"", reading->table->name);
	return error_add(err, "table \"%s\", after rowid %lld",
	    reading->table->name, (long long)rowid);
}

bool
scan_work(void *context, void *job, unsigned worker, Error *err)
{
	Scan *scan = context;
	ScanJob *own = job;
	ScanWorker *me = &scan->workers[worker];
	const Reading *reading = &scan->readings[own->range.table];
	PipelinePool *pool;
	unsigned number, reader;
	bool ok;

	if (scan->options.profile != NULL &&
	    !evidence_begin(&own->evidence, reading->table, err))
		return false;
	pool = scan->others != NULL && reading->n_key > 0 ? scan->others
							  : scan->first;
	number = pipeline_pool_claim(pool);
	reader = pool == scan->first ? 0 : number + 1;
	ok = read_chunk(
	    scan, reading, own, scan->source->readers[reader], me, err);
	pipeline_pool_release(pool, number);
	if (!ok)
		return add_place(reading, own, err);
	if (scan->options.writer == NULL || own->chunk.rows == 0)
		return true;
	return chunk_pack(&own->chunk, &scan->options.compression,
	    &me->compressor, &me->raw, err);
}

/* Without rowids only their number tells that rows come again and again. */
static bool
count_rows(Scan *scan, const ScanJob *job, Error *err)
{
	const Table *table = scan->readings[job->range.table].table;

	if (scan->table != job->range.table)
		scan->rows = 0;
	scan->table = job->range.table;
	scan->rows += job->chunk.rows;
	/* a virtual table has its rows from anywhere */
	if (table->kind == TABLE_VIRTUAL || scan->rows <= scan->plan.rows_most)
		return true;
	plan_error_damaged(err);
	return error_add(err, "table \"%s\"", table->name);
}

Step
scan_give(void *context, void *job, Error *err)
{
	Scan *scan = context;
	ScanJob *own = job;
	Profile *profile = scan->options.profile;

	if (!count_rows(scan, own, err))
		return STEP_FAILED;
	if (profile != NULL &&
	    !evidence_merge(&profile->tables[own->range.table], &own->evidence,
		&profile->arena, err))
		return STEP_FAILED;
	if (scan->options.writer != NULL && own->chunk.rows > 0 &&
	    !dump_put_chunk(scan->options.writer, &own->chunk, err))
		return STEP_FAILED;
	return own->more ? STEP_ITEM : STEP_END;
}
