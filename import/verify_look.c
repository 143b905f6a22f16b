#include "import/verify_look.h"

#include "formats/rows_copy.h"

bool
verify_look_wants(const VerifyLook *look, size_t table)
{
	return look->tables[table].way == VERIFY_WHOLE &&
	    (look->only == VERIFY_ALL || look->only == table);
}

static bool
begin_sinks(VerifyLook *look, Error *err)
{
	size_t i, n = look->plan->schema->n_tables;

	for (i = 0; i < n; i++) {
		if (verify_look_wants(look, i) &&
		    (!verify_sink_begin(
			 &look->dump[i], look->kind, look->chosen, err) ||
			!verify_sink_begin(
			    &look->target[i], look->kind, look->chosen, err)))
			return false;
	}
	return true;
}

bool
verify_look_begin(VerifyLook *look, Error *err)
{
	const Schema *schema = look->plan->schema;
	size_t n_columns = 1, i;
	VerifyWorker *worker;

	look->dump = arena_alloc(
	    &look->arena, schema->n_tables + 1, sizeof *look->dump, err);
	look->target = arena_alloc(
	    &look->arena, schema->n_tables + 1, sizeof *look->target, err);
	look->workers = arena_alloc(
	    &look->arena, look->plan->n_servers, sizeof *look->workers, err);
	if (look->dump == NULL || look->target == NULL || look->workers == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		if (schema->tables[i].n_columns > n_columns)
			n_columns = schema->tables[i].n_columns;
	}
	for (i = 0; i < look->plan->n_servers; i++) {
		worker = &look->workers[i];
		worker->values =
		    arena_alloc(&look->arena, n_columns, sizeof(Value), err);
		worker->room.fields = arena_alloc(
		    &look->arena, n_columns, sizeof(VerifyField), err);
		if (worker->values == NULL || worker->room.fields == NULL)
			return false;
	}
	return begin_sinks(look, err);
}

void
verify_look_end(VerifyLook *look)
{
	size_t i, n = look->plan->schema->n_tables;

	for (i = 0; look->dump != NULL && i < n; i++)
		verify_sink_free(&look->dump[i]);
	for (i = 0; look->target != NULL && i < n; i++)
		verify_sink_free(&look->target[i]);
	for (i = 0; look->workers != NULL && i < look->plan->n_servers; i++) {
		verify_room_free(&look->workers[i].room);
		buf_free(&look->workers[i].wire);
	}
	arena_free(&look->arena);
	look->dump = look->target = NULL;
	look->workers = NULL;
}

/* The row at hand, in the form that the target sends. */
static bool
take_row(VerifyWorker *worker, const VerifyTable *table, VerifySink *sink,
    Error *err)
{
	const Feed *feed = &table->feed;
	Value *values = worker->values;
	size_t i, size;

	for (i = 0; feed->sent != NULL && i < feed->n_sent; i++)
		values[i] = values[feed->sent[i]];
	worker->wire.size = 0;
	if (!rows_copy_put(
		&worker->wire, feed->types, values, feed->n_sent, err))
		return false;
	return verify_row_split(worker->wire.data, worker->wire.size,
		   feed->n_sent, worker->room.fields, &size,
		   err) == STEP_ITEM &&
	    verify_sink_put(sink, &table->shape, &worker->room,
		worker->wire.data, worker->wire.size, err);
}

bool
verify_look_take(VerifyWorker *worker, const VerifyTable *table, RowsCsv *rows,
    VerifySink *sink, Error *err)
{
	Step step;

	while ((step = rows_csv_next(rows, worker->values, err)) == STEP_ITEM) {
		if (!take_row(worker, table, sink, err))
			return error_add(
			    err, "row %llu", (unsigned long long)rows->row);
	}
	return step == STEP_END;
}
