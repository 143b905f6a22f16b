#include "import/rejects.h"

#include <stdlib.h>
#include <string.h>

#include "formats/io.h"
#include "formats/json.h"
#include "formats/rows_csv.h"

#include "import/ledger.h"
#include "import/publish.h"
#include "import/rejects_read.h"
#include "import/rejects_schema.h"

/* Of rejects.ndjson, before it is written. */
#define WRITE_BYTES ((size_t)256 << 10)

/* Of a key that is shown. */
#define KEY_BYTES 80

/* Rows that were refused for one reason; all from the arena. */
typedef struct {
	ManifestReason reason; /* rule is the SQLSTATE, first the key */
	const char *constraint, *column, *path;
	uint64_t row;
} Kind;

/* One writing. */
typedef struct {
	Rejects *rejects;
	DumpWriter *writer;
	Compressor compressor;
	RejectsRead read;
	/* The table at work. */
	const Table *table;
	const size_t *key; /* its columns by which a row is told; NULL */
	size_t n_key;
	const char *const *names;
	Value *row;
	Chunk chunk;
	Buf raw;  /* its rows */
	Buf one;  /* a row behind a header, to be read */
	Buf text; /* of a key */
	Buf lines;
} Work;

static const Compression compression = { COMPRESS_ZSTD, 3 };

/* Beside the dump, or for a stream in the current directory; not where
 * litehaul-transform sets rows aside. */
static bool
choose_path(Rejects *rejects, Error *err)
{
	unsigned long long round = rejects->plan->schema->rejects_round + 1;
	bool stream = strcmp(rejects->dump, "-") == 0;
	const char *base = stream ? "litehaul" : rejects->dump;
	const char *joint = stream ? "-refused" : ".refused";
	int size = (int)io_path_size(base);

	if (rejects->path != NULL)
		return true;
	rejects->path = round == 1 || !stream
	    ? arena_format(&rejects->arena, err, "%.*s%s", size, base, joint)
	    : arena_format(&rejects->arena, err, "%.*s%s-%llu", size, base,
		  joint, round);
	return rejects->path != NULL;
}

bool
rejects_begin(Rejects *rejects, Error *err)
{
	DumpPresence presence;

	if (!choose_path(rejects, err) ||
	    !rejects_schema_begin(&rejects->schema,
		publish_schema(rejects->plan), &rejects->arena, err))
		return false;
	if (strcmp(rejects->path, "-") == 0)
		return error_set(err, ERROR_USAGE,
		    "--rejects: rows are set aside in a directory, not on "
		    "standard output");
	if (strcmp(rejects->dump, "-") != 0 &&
	    io_is_same(rejects->path, rejects->dump))
		return error_set(err, ERROR_USAGE,
		    "\"%s\" is the dump that is loaded: rows cannot be set "
		    "aside there; name another place with --rejects=DIR",
		    rejects->path);
	if (!dump_look(rejects->path, &rejects->schema, &presence, err))
		return false;
	return presence != DUMP_OTHER ||
	    error_set(err, ERROR_USAGE,
		"\"%s\", where rows that are refused would be set aside, holds "
		"another dump; remove it or name another place with "
		"--rejects=DIR",
		rejects->path);
}

size_t
rejects_kinds(const Rejects *rejects)
{
	return rejects->kinds.size / sizeof(Kind);
}

static Kind *
kind_at(const Rejects *rejects, size_t i)
{
	return (Kind *)(void *)rejects->kinds.data + i;
}

static Kind *
find_kind(const Rejects *rejects, const char *table, const Refused *refused)
{
	size_t i;
	Kind *kind;

	for (i = 0; i < rejects_kinds(rejects); i++) {
		kind = kind_at(rejects, i);
		if (kind->reason.table == NULL)
			return kind;
		if (strcmp(kind->reason.table, table) == 0 &&
		    strcmp(kind->reason.rule, refused->sqlstate) == 0 &&
		    strcmp(kind->constraint, refused->constraint) == 0 &&
		    strcmp(kind->column, refused->column) == 0)
			return kind;
	}
	return NULL;
}

/* The name of the column in the table, NULL for none that it has. */
static const char *
column_name(const Table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		if (strcmp(table->columns[i].name, name) == 0)
			return table->columns[i].name;
	}
	return NULL;
}

static bool
add_kind(Work *work, const Refused *refused, Error *err)
{
	Rejects *rejects = work->rejects;
	Arena *arena = &rejects->arena;
	bool last = rejects_kinds(rejects) == REJECTS_KINDS;
	const char *key = buf_text(&work->text, err);
	Kind kind = {
		.reason = {
			.table = last ? NULL : work->table->name,
			.column = last ? NULL : column_name(work->table,
			    refused->column),
			.values = 1,
			.rule = arena_text(arena,
			    last ? "other" : refused->sqlstate, err),
			.reason = arena_text(arena,
			    last ? "refused for other reasons" :
			    refused->message, err),
		},
		.constraint = arena_text(arena, refused->constraint, err),
		.column = arena_text(arena, refused->column, err),
		.path = arena_text(arena, refused->path, err),
		.row = refused->row,
	};

	if (key == NULL || kind.reason.rule == NULL ||
	    kind.reason.reason == NULL || kind.constraint == NULL ||
	    kind.column == NULL || kind.path == NULL)
		return false;
	if (!last && key[0] != '\0') {
		kind.reason.first = arena_text(arena, key, err);
		if (kind.reason.first == NULL)
			return false;
	}
	return buf_put(&rejects->kinds, &kind, sizeof kind, err);
}

static bool
count_kind(Work *work, const Refused *refused, Error *err)
{
	Kind *kind = find_kind(work->rejects, work->table->name, refused);

	if (kind == NULL)
		return add_kind(work, refused, err);
	kind->reason.values++;
	return true;
}

/* Read the row's line into work->row. */
static bool
read_row(Work *work, const Refused *refused, Error *err)
{
	size_t n = work->table->n_columns;
	RowsCsv rows;

	work->one.size = 0;
	if (!rows_csv_put_header(&work->one, work->names, n, err) ||
	    !buf_put(&work->one, refused->line, refused->size, err) ||
	    !buf_put_text(&work->one, "\n", err) ||
	    !rows_csv_open(&rows, work->one.data, work->one.size, work->names,
		NULL, n, err))
		return false;
	if (rows_csv_next(&rows, work->row, err) == STEP_ITEM &&
	    rows.at == rows.end)
		return true;
	return error_set(err, ERROR_FAILED,
	    "litehaul.reject: row %llu of %s is not the row of a chunk",
	    (unsigned long long)refused->row, refused->path);
}

static const Index *
primary_key(const Table *table)
{
	size_t i;

	for (i = 0; i < table->n_indexes; i++) {
		if (table->indexes[i].kind == INDEX_PRIMARY)
			return &table->indexes[i];
	}
	return NULL;
}

static bool
is_whole(const Value *value)
{
	size_t i = value->bytes[0] == '-';

	if (i == value->size)
		return false;
	for (; i < value->size; i++) {
		if (value->bytes[i] < '0' || value->bytes[i] > '9')
			return false;
	}
	return true;
}

static bool
put_key_value(Work *work, size_t column, const char *name, Error *err)
{
	const Value *value = &work->row[column];
	Buf *out = &work->lines;
	bool whole = type_is_whole(work->table->columns[column].type.name);
	int shown = (int)(value->size < 40 ? value->size : 40);

	if (!json_put_string(out, (const uint8_t *)name, strlen(name), err) ||
	    !buf_put_text(out, ":", err) ||
	    !buf_put_format(&work->text, err, "%s%s=%.*s",
		work->text.size == 0 ? "" : ", ", name,
		value->class == VALUE_NULL ? 4 : shown,
		value->class == VALUE_NULL ? "NULL"
					   : (const char *)value->bytes))
		return false;
	if (value->class == VALUE_NULL)
		return buf_put_text(out, "null", err);
	/* The ledger is the operator's: what stands there may be anything. */
	whole = whole && value->size > 0 && is_whole(value);
	return whole ? buf_put(out, value->bytes, value->size, err)
		     : json_put_string(out, value->bytes, value->size, err);
}

/* The dump's key, or where it was fitted to the target, the target's. */
static bool
choose_key(Work *work, Arena *arena, Error *err)
{
	const Plan *plan = work->rejects->plan;
	const Index *primary = primary_key(work->table);
	size_t i, *columns;

	work->key = NULL;
	work->n_key = 0;
	if (primary == NULL) {
		i = 0;
		while (strcmp(plan->schema->tables[i].directory,
			   work->table->directory) != 0)
			i++;
		work->key = plan->tables[i].key;
		work->n_key = plan->tables[i].n_key;
		return true;
	}
	columns = arena_alloc(arena, primary->n_parts, sizeof *columns, err);
	if (columns == NULL)
		return false;
	work->key = columns;
	for (i = 0; i < primary->n_parts; i++) {
		if (primary->parts[i].column >= 0)
			columns[work->n_key++] =
			    (size_t)primary->parts[i].column;
	}
	return true;
}

/* Put the row's key as JSON into the line, and for people into text. */
static bool
put_key(Work *work, Error *err)
{
	size_t i, column;

	work->text.size = 0;
	if (work->key == NULL)
		return true;
	if (!buf_put_text(&work->lines, ",\"key\":{", err))
		return false;
	for (i = 0; i < work->n_key; i++) {
		column = work->key[i];
		if ((i > 0 && !buf_put_text(&work->lines, ",", err)) ||
		    !put_key_value(
			work, column, work->table->columns[column].name, err))
			return false;
	}
	return buf_put_text(&work->lines, "}", err);
}

/* ,"name":"text" */
static bool
put_member(Buf *out, const char *name, const char *text, Error *err)
{
	return buf_put_format(out, err, ",\"%s\":", name) &&
	    json_put_string(out, (const uint8_t *)text, strlen(text), err);
}

static bool
put_line(Work *work, const Refused *refused, Error *err)
{
	Buf *out = &work->lines;
	const char *name = work->table->name;

	return buf_put_text(out, "{\"table\":", err) &&
	    json_put_string(out, (const uint8_t *)name, strlen(name), err) &&
	    put_member(out, "path", refused->path, err) &&
	    buf_put_format(
		out, err, ",\"row\":%llu", (unsigned long long)refused->row) &&
	    put_key(work, err) &&
	    (refused->column[0] == '\0' ||
		put_member(out, "column", refused->column, err)) &&
	    (refused->constraint[0] == '\0' ||
		put_member(out, "constraint", refused->constraint, err)) &&
	    put_member(out, "sqlstate", refused->sqlstate, err) &&
	    put_member(out, "message", refused->message, err) &&
	    buf_put_text(out, "}\n", err);
}

static bool
write_lines(Work *work, Error *err)
{
	if (!dump_append_reasons(
		work->writer, work->lines.data, work->lines.size, err))
		return false;
	work->lines.size = 0;
	return true;
}

static bool
write_chunk(Work *work, Error *err)
{
	if (work->chunk.rows == 0)
		return true;
	if (!chunk_pack(&work->chunk, &compression, &work->compressor,
		&work->raw, err) ||
	    !dump_put_chunk(work->writer, &work->chunk, err))
		return false;
	work->chunk.rows = 0;
	work->chunk.bytes.size = work->raw.size = 0;
	return true;
}

static bool
put_row(Work *work, const Refused *refused, Error *err)
{
	if (!read_row(work, refused, err) || !put_line(work, refused, err) ||
	    !count_kind(work, refused, err))
		return false;
	if (work->chunk.rows == 0 &&
	    !rows_csv_put_header(
		&work->raw, work->names, work->table->n_columns, err))
		return false;
	if (!buf_put(&work->raw, refused->line, refused->size, err) ||
	    !buf_put_text(&work->raw, "\n", err))
		return false;
	work->chunk.rows++;
	work->rejects->rows++;
	return (work->raw.size < CHUNK_BYTES_DEFAULT ||
		   write_chunk(work, err)) &&
	    (work->lines.size < WRITE_BYTES || write_lines(work, err));
}

static bool
put_table(Work *work, Server *server, size_t i, Error *err)
{
	Rejects *rejects = work->rejects;
	Refused refused;
	Arena arena = { 0 };
	Step step = STEP_FAILED;

	work->table = &rejects->schema.tables[i];
	work->chunk.table = i;
	work->names = schema_column_names(work->table, &arena, err);
	work->row =
	    arena_alloc(&arena, work->table->n_columns, sizeof(Value), err);
	if (work->names == NULL || work->row == NULL ||
	    !choose_key(work, &arena, err) ||
	    !rejects_read_begin(
		&work->read, server, rejects->plan->id, work->table, err))
		goto done;
	while ((step = rejects_read_next(&work->read, &refused, err)) ==
	    STEP_ITEM) {
		if (!put_row(work, &refused, err)) {
			step = STEP_FAILED;
			break;
		}
	}
	if (step == STEP_END && !write_chunk(work, err))
		step = STEP_FAILED;
done:
	arena_free(&arena);
	return step == STEP_END;
}

/* Most rows first. */
static int
compare_kinds(const void *one, const void *other)
{
	const Kind *first = one, *second = other;
	int order;

	if (first->reason.values != second->reason.values)
		return first->reason.values < second->reason.values ? 1 : -1;
	order = strcmp(first->path, second->path);
	if (order != 0)
		return order;
	return first->row < second->row ? -1 : first->row > second->row;
}

static bool
commit(Work *work, Error *err)
{
	Rejects *rejects = work->rejects;
	size_t n = rejects_kinds(rejects), i;
	ManifestReason *reasons;
	DumpSummary summary;

	qsort(rejects->kinds.data, n, sizeof(Kind), compare_kinds);
	reasons = arena_alloc(&rejects->arena, n, sizeof *reasons, err);
	if (reasons == NULL)
		return false;
	for (i = 0; i < n; i++)
		reasons[i] = kind_at(rejects, i)->reason;
	dump_sum_reasons(work->writer, reasons, n);
	return dump_commit(work->writer, &summary, err);
}

/* The body of the transaction that reads.  Importers of one load may write to
 * the same place: one after the other. */
static bool
write_rows(Server *server, void *context, Error *err)
{
	Work *work = context;
	Rejects *rejects = work->rejects;
	size_t i;

	dump_discard(work->writer);
	work->writer = NULL;
	rejects->rows = 0;
	rejects->kinds.size = 0;
	work->raw.size = work->lines.size = 0;
	work->chunk.rows = 0;
	if (!ledger_lock(server, rejects->plan->id, "rejects", err) ||
	    !rejects_schema_choose(
		&rejects->schema, rejects->plan, server, &rejects->arena, err))
		return false;
	if (rejects->schema.n_tables == 0)
		return true;
	if (!dump_create_over(
		rejects->path, &rejects->schema, &work->writer, err))
		return false;
	for (i = 0; i < rejects->schema.n_tables; i++) {
		if (!put_table(work, server, i, err))
			return false;
	}
	return write_lines(work, err) && commit(work, err);
}

static void
look_for_old(Rejects *rejects)
{
	DumpPresence presence;
	/* What cannot be read there is none of this run's business. */
	Error ignored;

	rejects->stale =
	    dump_look(rejects->path, &rejects->schema, &presence, &ignored) &&
	    (presence == DUMP_SAME || presence == DUMP_RESHAPED);
}

bool
rejects_write(Rejects *rejects, Server *server, Error *err)
{
	Work work = { .rejects = rejects };
	bool good;

	work.chunk.format = ROWS_CSV;
	good = server_transact(server, SERVER_SNAPSHOT, write_rows, &work, err);
	if (good && work.writer == NULL)
		look_for_old(rejects);
	dump_discard(work.writer);
	rejects_read_free(&work.read);
	compress_free(&work.compressor);
	buf_free(&work.chunk.bytes);
	buf_free(&work.raw);
	buf_free(&work.one);
	buf_free(&work.text);
	buf_free(&work.lines);
	return good || error_add(err, "rows that were refused");
}

bool
rejects_put_kind(const Rejects *rejects, size_t i, Buf *out, Error *err)
{
	const Kind *kind = kind_at(rejects, i);
	const ManifestReason *reason = &kind->reason;
	bool of_chunk = kind->path[strlen(kind->path) - 1] != '/';

	if (reason->table == NULL)
		return buf_put_format(out, err,
		    "%llu rows more were refused for other reasons",
		    (unsigned long long)reason->values);
	if (!buf_put_format(out, err, "table \"%s\": %llu %s refused",
		reason->table, (unsigned long long)reason->values,
		reason->values == 1 ? "row was" : "rows were") ||
	    (of_chunk ? !buf_put_format(out, err, ", %srow %llu of %s",
			    reason->values == 1 ? "" : "first ",
			    (unsigned long long)kind->row, kind->path)
		      : !buf_put_text(out,
			    reason->values == 1 ? "" : ", the first", err)))
		return false;
	return (reason->first == NULL ||
		   buf_put_format(out, err, " (%s)", reason->first)) &&
	    buf_put_format(
		out, err, ": %s (SQLSTATE %s)", reason->reason, reason->rule);
}

void
rejects_free(Rejects *rejects)
{
	buf_free(&rejects->kinds);
	arena_free(&rejects->arena);
}
