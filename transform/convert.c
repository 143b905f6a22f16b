#include "transform/convert.h"

#include "formats/rows_csv.h"
#include "formats/rows_ndjson.h"

/* Rejects are few and stay: worth their compression. */
static const Compression aside_compression = { COMPRESS_ZSTD, 3 };

static const CastRefusal null_refusal = { "not_null",
	"NULL in a column that must not be NULL" };

/* The rows of a chunk in either format. */
typedef struct {
	RowsFormat format;
	RowsCsv csv;
	RowsNdjson ndjson;
} Reader;

/* One chunk on its way, so that the steps below need not be handed it all. */
typedef struct {
	const Convert *convert;
	const ConvertTable *table;
	ConvertWorker *worker;
	ConvertJob *job;
	char path[CHUNK_PATH_BYTES];
} Passage;

static bool
begin_table(Convert *convert, const Rewrite *rewrite, size_t i, Error *err)
{
	ConvertTable *table = &convert->tables[i];
	const Table *from = &rewrite->source->tables[i];
	size_t target = rewrite->tables[i].target;
	const Table *to;
	Arena *arena = &convert->arena;

	table->from = from;
	table->wanted = target != REWRITE_NONE;
	table->names = schema_column_names(from, arena, err);
	table->affinities = schema_affinities(from, arena, err);
	if (table->names == NULL || table->affinities == NULL)
		return false;
	if (!table->wanted)
		return true;
	to = &rewrite->schema.tables[target];
	table->target_names = schema_column_names(to, arena, err);
	table->types = schema_types(to, arena, err);
	table->not_null = arena_alloc(arena, to->n_columns, sizeof(int), err);
	if (table->target_names == NULL || table->types == NULL ||
	    table->not_null == NULL)
		return false;
	for (size_t j = 0; j < to->n_columns; j++)
		if (to->columns[j].not_null)
			table->not_null[table->n_not_null++] = (int)j;
	return true;
}

/* The columns of the source's primary key, for messages. */
static bool
find_key(Convert *convert, ConvertTable *table, Error *err)
{
	const Table *from = table->from;
	const Index *primary = NULL;

	for (size_t i = 0; i < from->n_indexes; i++)
		if (from->indexes[i].kind == INDEX_PRIMARY)
			primary = &from->indexes[i];
	table->n_key = 0;
	if (primary == NULL)
		return true;
	table->key =
	    arena_alloc(&convert->arena, primary->n_parts, sizeof(int), err);
	if (table->key == NULL)
		return false;
	for (size_t i = 0; i < primary->n_parts; i++) {
		int column = primary->parts[i].column;
		bool again = false;

		for (size_t j = 0; j < table->n_key; j++)
			again |= table->key[j] == column;
		if (column >= 0 && !again)
			table->key[table->n_key++] = column;
	}
	return true;
}

bool
convert_begin(
    Convert *convert, const Rewrite *rewrite, unsigned threads, Error *err)
{
	size_t n = rewrite->source->n_tables;
	size_t n_columns = 0;
	Arena *arena = &convert->arena;

	convert->tables = arena_alloc(arena, n, sizeof(ConvertTable), err);
	convert->workers =
	    arena_alloc(arena, threads, sizeof(ConvertWorker), err);
	if (convert->tables == NULL || convert->workers == NULL)
		return false;
	convert->n_workers = threads;
	for (size_t i = 0; i < n; i++) {
		if (!begin_table(convert, rewrite, i, err) ||
		    !find_key(convert, &convert->tables[i], err))
			return false;
		if (rewrite->source->tables[i].n_columns > n_columns)
			n_columns = rewrite->source->tables[i].n_columns;
	}
	for (unsigned i = 0; i < threads; i++) {
		ConvertWorker *worker = &convert->workers[i];

		worker->row = arena_alloc(arena, n_columns, sizeof(Value), err);
		worker->cells =
		    arena_alloc(arena, n_columns, sizeof(Value), err);
		if (worker->row == NULL || worker->cells == NULL)
			return false;
	}
	return true;
}

static bool
open_rows(Reader *reader, const ConvertTable *table, const Chunk *chunk,
    Buf *raw, Error *err)
{
	size_t n = table->from->n_columns;

	reader->format = chunk->format;
	if (chunk->format == ROWS_CSV)
		return rows_csv_open(&reader->csv, raw->data, raw->size,
		    table->names, table->affinities, n, err);
	return rows_ndjson_open(
	    &reader->ndjson, raw->data, raw->size, table->names, n, err);
}

static Step
next_row(Reader *reader, Value *row, Error *err)
{
	if (reader->format == ROWS_CSV)
		return rows_csv_next(&reader->csv, row, err);
	return rows_ndjson_next(&reader->ndjson, row, err);
}

/* Say that a value does not fit: into the log, or as the run's error. */
static bool
complain(
    Passage *passage, size_t column, const CastRefusal *refusal, Error *err)
{
	const ConvertTable *table = passage->table;
	Reject reject = {
		.table = table->from,
		.row = passage->job->in.rows,
		.values = passage->worker->row,
		.column = column,
		.type = table->types[column],
		.refusal = refusal,
		.path = passage->path,
		.key = table->key,
		.n_key = table->n_key,
	};
	const Value *value = &reject.values[column];
	char sql[TYPE_SQL_BYTES];
	Buf buf = { 0 };
	const char *text;

	if (passage->convert->policy != CONVERT_STOP)
		return reject_log_put(&passage->job->log, &reject, err);
	if (!reject_put_value(&buf, value, err))
		goto done;
	text = buf_text(&buf, err);
	if (text == NULL)
		goto done;
	error_set(err, ERROR_FAILED,
	    "table \"%s\", row %llu of %s, column \"%s\": '%s' (%s) does not "
	    "fit %s: %s",
	    table->from->name, (unsigned long long)reject.row, passage->path,
	    table->names[column], text, value_class_name(value->class),
	    type_sql(reject.type, sql), refusal->reason);
done:
	buf_free(&buf);
	return false;
}

/* Put the row into the chunk of rejects, as it came. */
static bool
set_aside(Passage *passage, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;
	Chunk *aside = &passage->job->aside;
	size_t n = table->from->n_columns;
	bool exact;

	aside->rows++;
	if (aside->format == ROWS_NDJSON)
		return rows_ndjson_put(
		    &worker->aside, table->names, worker->row, n, err);
	if (aside->rows == 1 &&
	    !rows_csv_put_header(&worker->aside, table->names, n, err))
		return false;
	if (!rows_csv_put(
		&worker->aside, worker->row, table->affinities, n, &exact, err))
		return false;
	return exact ||
	    error_set(err, ERROR_FAILED,
		"table \"%s\": a row read from CSV cannot be written as CSV",
		table->from->name);
}

static bool
must_not_be_null(const ConvertTable *table, size_t column)
{
	for (size_t i = 0; i < table->n_not_null; i++)
		if (table->not_null[i] == (int)column)
			return true;
	return false;
}

/*
 * Look at every value of a row that does not fit as it is.  With CONVERT_NULL
 * what may be NULL is made so, in cells only, as the row itself may yet go
 * aside; *fits tells whether the row can go on.
 */
static bool
examine(Passage *passage, bool *fits, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;
	Cast cast = { .text_is_valid = worker->cast.text_is_valid };
	bool nulls = passage->convert->policy == CONVERT_NULL;
	uint64_t nulled = 0;
	bool ok = false;
	Value cell;

	*fits = true;
	for (size_t i = 0; i < table->from->n_columns; i++) {
		const CastRefusal *refusal;

		cast.scratch.size = 0;
		if (!cast_value(
			&cast, &worker->row[i], table->types[i], &cell, err))
			goto done;
		refusal = cast.refusal;
		if (worker->row[i].class == VALUE_NULL &&
		    must_not_be_null(table, i))
			refusal = &null_refusal;
		if (refusal == NULL)
			continue;
		if (nulls && !must_not_be_null(table, i)) {
			nulled++;
			continue;
		}
		*fits = false;
		if (!complain(passage, i, refusal, err))
			goto done;
	}
	if (*fits)
		passage->job->nulled += nulled;
	ok = true;
done:
	cast_free(&cast);
	return ok;
}

static bool
null_is_where_it_must_not(const ConvertTable *table, const Value *cells)
{
	for (size_t i = 0; i < table->n_not_null; i++)
		if (cells[table->not_null[i]].class == VALUE_NULL)
			return true;
	return false;
}

static bool
convert_row(Passage *passage, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;
	size_t n = table->from->n_columns;
	bool exact, fits;

	if (!cast_row(&worker->cast, worker->row, table->types, n,
		worker->cells, err))
		return false;
	if (worker->cast.refused > 0 ||
	    null_is_where_it_must_not(table, worker->cells)) {
		if (!examine(passage, &fits, err))
			return false;
		if (!fits)
			return set_aside(passage, err);
	}
	if (!rows_csv_put(&worker->out, worker->cells, NULL, n, &exact, err))
		return false;
	if (!exact)
		return error_set(err, ERROR_FAILED,
		    "table \"%s\", row %llu of %s: a value that was cast is "
		    "not text",
		    table->from->name,
		    (unsigned long long)passage->job->in.rows, passage->path);
	passage->job->out.rows++;
	return true;
}

static bool
convert_rows(Passage *passage, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;
	ConvertJob *job = passage->job;
	Reader reader;
	Step step;

	if (!open_rows(&reader, table, &job->in, &worker->raw, err))
		return false;
	job->in.rows = 0;
	/* What the CSV reader gives has been found valid by it. */
	worker->cast.text_is_valid = job->in.format == ROWS_CSV;
	if (table->wanted &&
	    !rows_csv_put_header(
		&worker->out, table->target_names, table->from->n_columns, err))
		return false;
	while ((step = next_row(&reader, worker->row, err)) == STEP_ITEM) {
		job->in.rows++;
		if (table->wanted && !convert_row(passage, err))
			return false;
	}
	return step == STEP_END;
}

static bool
pack(const Passage *passage, Error *err)
{
	const Convert *convert = passage->convert;
	ConvertWorker *worker = passage->worker;
	ConvertJob *job = passage->job;

	job->out.table = job->aside.table = job->in.table;
	job->out.format = ROWS_CSV;
	/* A chunk whose rows were all set aside is a header: chunk n of the
	 * one dump is chunk n of the other. */
	job->out.ordinal = job->in.ordinal;
	if (passage->table->wanted &&
	    !chunk_pack(&job->out, &convert->compression, &worker->compressor,
		&worker->out, err))
		return false;
	return job->aside.rows == 0 ||
	    chunk_pack(&job->aside, &aside_compression, &worker->compressor,
		&worker->aside, err);
}

bool
convert_chunk(
    Convert *convert, ConvertJob *job, unsigned worker_number, Error *err)
{
	ConvertWorker *worker = &convert->workers[worker_number];
	Passage passage = { .convert = convert,
		.worker = worker,
		.job = job,
		.table = &convert->tables[job->in.table] };

	chunk_path(&job->in, passage.table->from->directory, passage.path);
	worker->raw.size = worker->out.size = worker->aside.size = 0;
	job->out.rows = job->aside.rows = job->nulled = 0;
	job->aside.format = job->in.format;
	reject_log_clear(&job->log);
	if (!chunk_unpack(&job->in, &worker->compressor, &worker->raw, err) ||
	    !convert_rows(&passage, err))
		return error_add(err, "%s", passage.path);
	buf_swap(&job->in.bytes, &job->out.bytes);
	return pack(&passage, err);
}

void
convert_reset(ConvertJob *job)
{
	buf_swap(&job->in.bytes, &job->out.bytes);
	job->in.bytes.size = 0;
	job->out.bytes.size = 0;
	job->aside.bytes.size = 0;
}

void
convert_free_job(ConvertJob *job)
{
	buf_free(&job->in.bytes);
	buf_free(&job->out.bytes);
	buf_free(&job->aside.bytes);
	reject_log_free(&job->log);
}

void
convert_end(Convert *convert)
{
	for (unsigned i = 0; i < convert->n_workers; i++) {
		ConvertWorker *worker = &convert->workers[i];

		compress_free(&worker->compressor);
		cast_free(&worker->cast);
		buf_free(&worker->raw);
		buf_free(&worker->out);
		buf_free(&worker->aside);
	}
	arena_free(&convert->arena);
}
