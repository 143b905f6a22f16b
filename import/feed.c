#include "import/feed.h"

#include <string.h>

#include "formats/rows_copy.h"

#include "import/copy_text.h"

/* Rows are collected up to this before libpq gets them. */
#define SEND_BYTES ((size_t)256 << 10)

static bool
is_skipped(const PlanTable *loaded, size_t column)
{
	return loaded->skipped != NULL && loaded->skipped[column];
}

/* Which columns are sent, and their types. */
static bool
choose_columns(Feed *feed, Arena *arena, Error *err)
{
	const Table *table = feed->table;
	size_t *sent, i;
	Type *types;

	sent = arena_alloc(arena, table->n_columns, sizeof *sent, err);
	types = arena_alloc(arena, table->n_columns, sizeof *types, err);
	if (sent == NULL || types == NULL)
		return false;
	for (i = 0; i < table->n_columns; i++) {
		if (is_skipped(feed->loaded, i))
			continue;
		sent[feed->n_sent] = i;
		types[feed->n_sent++] = table->columns[i].type;
	}
	feed->sent = feed->n_sent < table->n_columns ? sent : NULL;
	feed->types = types;
	return true;
}

bool
feed_prepare(
    const Plan *plan, size_t table, Arena *arena, Feed *feed, Error *err)
{
	const char *text = NULL;
	Buf sql = { 0 };

	*feed = (Feed){ .table = &plan->schema->tables[table],
		.loaded = &plan->tables[table] };
	feed->names = schema_column_names(feed->table, arena, err);
	if (feed->names == NULL || !choose_columns(feed, arena, err))
		return false;
	if (ddl_put_copy(&sql, plan->namespace, feed->table,
		feed->loaded->skipped, feed->loaded->format, err))
		text = buf_text(&sql, err);
	feed->copy = text == NULL ? NULL : arena_text(arena, text, err);
	buf_free(&sql);
	return feed->copy != NULL;
}

bool
feed_open(
    const Feed *feed, const Chunk *chunk, Buf *raw, FeedRows *rows, Error *err)
{
	rows->refused = NULL;
	if (chunk->format != ROWS_CSV)
		return error_set(
		    err, ERROR_DUMP, "a postgresql dump holds CSV only");
	return rows_csv_open(&rows->csv, raw->data, raw->size, feed->names,
		   NULL, feed->table->n_columns, err) &&
	    rows_csv_keep(&rows->csv, rows->fields, &rows->room, err);
}

static bool
send_out(Server *server, Buf *out, Error *err)
{
	bool sent;

	sent = server_copy_put(server, out->data, out->size, err);
	out->size = 0;
	buf_free_huge(out);
	return sent;
}

/* The digits of a second's fraction in a moment's text. */
static int
fraction_digits(const Value *value)
{
	const uint8_t *point, *at, *end;

	point =
	    value->size == 0 ? NULL : memchr(value->bytes, '.', value->size);
	if (point == NULL)
		return 0;
	end = value->bytes + value->size;
	for (at = point + 1; at < end && *at >= '0' && *at <= '9'; at++)
		continue;
	return (int)(at - point - 1);
}

/* The server would round them away in silence: the name of the column, and err
 * filled, or NULL. */
static const char *
find_fraction(const Feed *feed, const Value *row, Error *err)
{
	const int *limits = feed->loaded->fractions;
	size_t i;

	for (i = 0; limits != NULL && i < feed->table->n_columns; i++) {
		if (limits[i] < 0 || row[i].class != VALUE_TEXT ||
		    fraction_digits(&row[i]) <= limits[i])
			continue;
		(void)error_set(err, ERROR_FAILED,
		    "\"%.*s\" has more digits of a second than the %d that "
		    "the target keeps",
		    (int)(row[i].size < 60 ? row[i].size : 60),
		    (const char *)row[i].bytes, limits[i]);
		return feed->table->columns[i].name;
	}
	return NULL;
}

static bool
put_row(const Feed *feed, Buf *out, Value *row, Error *err)
{
	size_t i;

	for (i = 0; feed->sent != NULL && i < feed->n_sent; i++)
		row[i] = row[feed->sent[i]];
	if (feed->loaded->format == DDL_COPY_TEXT)
		return copy_text_put(out, row, feed->n_sent, err);
	return rows_copy_put(out, feed->types, row, feed->n_sent, err);
}

/* One row more in out. */
static Step
read_row(const Feed *feed, FeedRows *rows, Error *err)
{
	RowsCsv before = rows->csv;
	Step step;

	step = rows_csv_next(&rows->csv, rows->row, err);
	if (step != STEP_ITEM)
		return step;
	rows->refused = find_fraction(feed, rows->row, &rows->reason);
	if (rows->refused != NULL) {
		rows->csv = before;
		return STEP_END;
	}
	if (put_row(feed, &rows->out, rows->row, err))
		return STEP_ITEM;
	(void)error_add(err, "row %llu", (unsigned long long)rows->csv.row);
	return STEP_FAILED;
}

bool
feed_send(
    const Feed *feed, Server *server, FeedRows *rows, uint64_t to, Error *err)
{
	bool binary = feed->loaded->format == DDL_COPY_BINARY;
	Buf *out = &rows->out;
	Step step = STEP_ITEM;

	out->size = 0;
	rows->refused = NULL;
	if (binary && !rows_copy_begin(out, err))
		return false;
	while (step == STEP_ITEM && rows->csv.row < to) {
		step = read_row(feed, rows, err);
		if (out->size >= SEND_BYTES && !send_out(server, out, err))
			return false;
	}
	return step != STEP_FAILED && (!binary || rows_copy_end(out, err)) &&
	    send_out(server, out, err);
}

bool
feed_ended(const FeedRows *rows)
{
	return rows->csv.at == rows->csv.end;
}

bool
feed_read_line(FeedRows *rows, const uint8_t **line, size_t *size, Error *err)
{
	*line = rows->csv.at;
	if (rows_csv_next(&rows->csv, rows->row, err) != STEP_ITEM)
		return false;
	*size = (size_t)(rows->csv.at - *line) - strlen("\n");
	return true;
}

bool
feed_count(FeedRows *rows, Error *err)
{
	Step step;

	do
		step = rows_csv_next(&rows->csv, rows->row, err);
	while (step == STEP_ITEM);
	return step == STEP_END;
}

void
feed_rest(FeedRows *rows)
{
	buf_free_huge(&rows->room);
	buf_free_huge(&rows->out);
}

void
feed_free(FeedRows *rows)
{
	buf_free(&rows->room);
	buf_free(&rows->out);
}
