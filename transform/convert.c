#include "transform/convert.h"

#include <assert.h>

#include "formats/rows_csv.h"
#include "formats/rows_ndjson.h"

/* Rejects are few and stay: worth their compression. */
static const Compression aside_compression = { COMPRESS_ZSTD, 3 };

static const CastRefusal value_refusal = { "value",
	"an expression of the mapping fails for this row" };

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
	Reader reader;
	const Value *picked; /* of the row at hand: what the target's columns
			      * are made of */
	char path[CHUNK_PATH_BYTES];
} Passage;

/* What becomes of the columns. */
static bool
begin_columns(Convert *convert, const Rewrite *rewrite, size_t i, Error *err)
{
	ConvertTable *table = &convert->tables[i];
	const RewriteTable *rewritten = &rewrite->tables[i];
	const Table *to = rewrite_target(rewrite, i);
	Arena *arena = &convert->arena;

	table->columns = rewritten->columns;
	table->n_columns = rewritten->n_columns;
	table->target_names = schema_column_names(to, arena, err);
	table->rules = arena_alloc(arena, table->n_columns, sizeof(Rule), err);
	if (table->target_names == NULL || table->rules == NULL)
		return false;
	table->straight = table->n_columns == table->from->n_columns;
	for (size_t j = 0; j < table->n_columns; j++) {
		const RewriteColumn *column = &table->columns[j];

		table->rules[j] = column->rule;
		/* An existing target says it by its rules. */
		table->rules[j].not_null |= to->columns[j].not_null;
		table->straight = table->straight && column->value < 0 &&
		    column->from == (int)j;
	}
	table->expressions = rewrite_expressions(rewrite, i);
	table->computed =
	    table->expressions.n_values > 0 || table->expressions.where != NULL;
	return true;
}

static bool
begin_table(Convert *convert, const Rewrite *rewrite, size_t i, Error *err)
{
	ConvertTable *table = &convert->tables[i];
	const Table *from = &rewrite->input.source->tables[i];
	Arena *arena = &convert->arena;

	table->from = from;
	table->wanted = rewrite->tables[i].target != REWRITE_NONE;
	table->names = schema_column_names(from, arena, err);
	table->affinities = schema_affinities(from, arena, err);
	if (table->names == NULL || table->affinities == NULL)
		return false;
	return !table->wanted || begin_columns(convert, rewrite, i, err);
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
	const Schema *source = rewrite->input.source;
	size_t n = source->n_tables, n_columns = 0;
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
		if (source->tables[i].n_columns > n_columns)
			n_columns = source->tables[i].n_columns;
		if (convert->tables[i].n_columns > n_columns)
			n_columns = convert->tables[i].n_columns;
	}
	for (unsigned i = 0; i < threads; i++) {
		ConvertWorker *worker = &convert->workers[i];

		worker->row = arena_alloc(arena, n_columns, sizeof(Value), err);
		worker->picked =
		    arena_alloc(arena, n_columns, sizeof(Value), err);
		worker->cells =
		    arena_alloc(arena, n_columns, sizeof(Value), err);
		worker->fields =
		    arena_alloc(arena, n_columns, sizeof(RowsCsvField), err);
		worker->picked_fields =
		    arena_alloc(arena, n_columns, sizeof(RowsCsvField), err);
		if (worker->row == NULL || worker->picked == NULL ||
		    worker->cells == NULL || worker->fields == NULL ||
		    worker->picked_fields == NULL)
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

/* Fail the run for a row that does not fit. */
static bool
stop(const Passage *passage, const Reject *reject, Error *err)
{
	Buf buf = { 0 };
	char sql[TYPE_SQL_BYTES];
	const char *text;

	if (reject->value == NULL)
		return error_set(err, ERROR_FAILED,
		    "table \"%s\", row %llu of %s: %s: %s", reject->table->name,
		    (unsigned long long)reject->row, reject->path,
		    reject->refusal->reason, reject->detail);
	if (!reject_put_value(&buf, reject->value, err))
		goto done;
	text = buf_text(&buf, err);
	if (text == NULL)
		goto done;
	error_set(err, ERROR_FAILED,
	    "table \"%s\", row %llu, column \"%s\": '%s' (%s) does not fit "
	    "%s: %s",
	    passage->table->from->name, (unsigned long long)reject->row,
	    reject->column, text, value_class_name(reject->value->class),
	    type_sql(reject->type, sql), reject->refusal->reason);
done:
	buf_free(&buf);
	return false;
}

static Reject
begin_reject(const Passage *passage, const CastRefusal *refusal)
{
	return (Reject){
		.table = passage->table->from,
		.row = passage->job->in.rows,
		.values = passage->worker->row,
		.refusal = refusal,
		.path = passage->path,
		.key = passage->table->key,
		.n_key = passage->table->n_key,
	};
}

/* Say that a value does not fit: into the log, or as the run's error. */
static bool
complain(Passage *passage, size_t i, const CastRefusal *refusal, Error *err)
{
	const ConvertTable *table = passage->table;
	const RewriteColumn *column = &table->columns[i];
	Reject reject = begin_reject(passage, refusal);

	reject.column = column->from < 0 ? table->target_names[i]
					 : table->names[column->from];
	reject.value = &passage->picked[i];
	reject.type = table->rules[i].type;
	if (table->rules[i].policy == POLICY_STOP)
		return stop(passage, &reject, err);
	return reject_log_put(&passage->job->log, &reject, err);
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

/*
 * Look at every value of a row that does not fit as it is.  With POLICY_NULL
 * what may be NULL is made so, in cells only, as the row itself may yet go
 * aside; *fits tells whether the row can go on.
 */
static bool
examine(Passage *passage, bool *fits, Error *err)
{
	const ConvertTable *table = passage->table;
	Cast cast = { .text_is_valid = passage->worker->cast.text_is_valid };
	uint64_t nulled = 0;
	bool ok = false;
	Value cell;

	*fits = true;
	for (size_t i = 0; i < table->n_columns; i++) {
		const Rule *rule = &table->rules[i];
		const CastRefusal *refusal;

		cast.scratch.size = 0;
		if (!rule_value(&cast, &passage->picked[i], rule, &cell, err))
			goto done;
		refusal = cast.refusal;
		if (refusal == NULL)
			continue;
		if (rule->policy == POLICY_NULL && !rule->not_null) {
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
convert_row(Passage *passage, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;
	size_t n = table->n_columns;
	bool exact, fits;

	if (!rule_row(&worker->cast, passage->picked, table->rules, n,
		worker->cells, err))
		return false;
	if (worker->cast.refused > 0) {
		if (!examine(passage, &fits, err))
			return false;
		if (!fits)
			return set_aside(passage, err);
	}
	if (worker->cast.fields != NULL) {
		if (!rows_csv_put_kept(&worker->out, worker->cells,
			worker->cast.fields, n, &exact, err))
			return false;
	} else if (!rows_csv_put(
		       &worker->out, worker->cells, NULL, n, &exact, err)) {
		return false;
	}
	if (!exact)
		return error_set(err, ERROR_FAILED,
		    "table \"%s\", row %llu: a value that was cast is not "
		    "text",
		    table->from->name,
		    (unsigned long long)passage->job->in.rows);
	passage->job->out.rows++;
	return true;
}

/* What the target's columns are made of. */
static void
pick(Passage *passage, const Value *values)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;

	for (size_t i = 0; i < table->n_columns; i++) {
		const RewriteColumn *column = &table->columns[i];

		if (column->value >= 0) {
			assert(values != NULL);
			worker->picked[i] = values[column->value];
			worker->picked_fields[i] = (RowsCsvField){ 0 };
			continue;
		}
		worker->picked[i] = worker->row[column->from];
		worker->picked_fields[i] = worker->fields[column->from];
	}
	passage->picked = worker->picked;
}

/* Have CSV rows tell of their fields, for what stays as it is. */
static bool
keep_fields(Passage *passage, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;

	if (passage->reader.format != ROWS_CSV)
		return true;
	worker->cast.fields = table->straight && !table->computed
	    ? worker->fields
	    : worker->picked_fields;
	return rows_csv_keep(
	    &passage->reader.csv, worker->fields, &worker->room, err);
}

/* Rows that are what they are. */
static bool
convert_plain(Passage *passage, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;
	Step step;

	if (!keep_fields(passage, err))
		return false;
	passage->picked = worker->row;
	while ((step = next_row(&passage->reader, worker->row, err)) ==
	    STEP_ITEM) {
		passage->job->in.rows++;
		if (!table->wanted)
			continue;
		if (!table->straight)
			pick(passage, NULL);
		if (!convert_row(passage, err))
			return false;
	}
	return step == STEP_END;
}

static Step
pull(void *context, const Value **row, Error *err)
{
	Passage *passage = context;
	Step step = next_row(&passage->reader, passage->worker->row, err);

	passage->job->in.rows += step == STEP_ITEM;
	*row = passage->worker->row;
	return step;
}

/* The worker's expressions of the table at hand. */
static bool
prepare_expressions(Passage *passage, Error *err)
{
	ConvertWorker *worker = passage->worker;

	if (worker->computed != passage->table) {
		expressions_close(worker->expressions);
		worker->expressions = NULL;
		worker->computed = NULL;
		if (!expressions_open(&passage->table->expressions,
			&worker->expressions, err))
			return false;
		worker->computed = passage->table;
	}
	return expressions_begin(worker->expressions, pull, passage, err);
}

/* A row whose expressions fail. */
static bool
fail_row(Passage *passage, const char *detail, Error *err)
{
	Reject reject = begin_reject(passage, &value_refusal);

	reject.detail = detail;
	if (passage->convert->policy == POLICY_STOP)
		return stop(passage, &reject, err);
	return reject_log_put(&passage->job->log, &reject, err) &&
	    set_aside(passage, err);
}

/* Rows over which the mapping's expressions go. */
static bool
convert_computed(Passage *passage, Error *err)
{
	ExpressionRow row;
	Step step;

	/* What an expression gives, nobody has looked at. */
	passage->worker->cast.text_is_valid = false;
	if (!keep_fields(passage, err) || !prepare_expressions(passage, err))
		return false;
	while ((step = expressions_next(
		    passage->worker->expressions, &row, err)) == STEP_ITEM) {
		if (row.failed != NULL) {
			if (!fail_row(passage, row.failed, err))
				return false;
			continue;
		}
		if (!row.wanted) {
			passage->job->filtered++;
			continue;
		}
		pick(passage, row.values);
		if (!convert_row(passage, err))
			return false;
	}
	return step == STEP_END;
}

static bool
convert_rows(Passage *passage, Error *err)
{
	const ConvertTable *table = passage->table;
	ConvertWorker *worker = passage->worker;
	ConvertJob *job = passage->job;

	if (!open_rows(&passage->reader, table, &job->in, &worker->raw, err))
		return false;
	job->in.rows = 0;
	/* What the CSV reader gives has been found valid by it. */
	worker->cast.text_is_valid = job->in.format == ROWS_CSV;
	worker->cast.fields = worker->cast.field = NULL;
	if (table->wanted &&
	    !rows_csv_put_header(
		&worker->out, table->target_names, table->n_columns, err))
		return false;
	return table->computed ? convert_computed(passage, err)
			       : convert_plain(passage, err);
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
	job->out.rows = job->aside.rows = 0;
	job->nulled = job->filtered = 0;
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
		expressions_close(worker->expressions);
		buf_free(&worker->raw);
		buf_free(&worker->out);
		buf_free(&worker->aside);
		buf_free(&worker->room);
	}
	arena_free(&convert->arena);
}
