#include "import/merge.h"

#include <stdlib.h>

#include "formats/sqltext.h"

#include "import/ddl.h"
#include "import/merge_target.h"

#define STAGE "pg_temp." MERGE_STAGE

/*
 * What an INSERT ... ON CONFLICT DO UPDATE has met cannot be told from its
 * result, nor from xmax, which partitioned tables do not give.  So its
 * condition, which is evaluated once for each row that is met (sql-insert),
 * counts in the stage's own sequence: 1 for such a row, and MET_CHANGED more
 * for one that differs.  A sequence is not rolled back, so it begins anew.
 */
#define MET         "'pg_temp.litehaul_met'"
#define MET_CHANGED "4294967296"
#define MET_SHIFT   32
#define MET_COUNT   "setval(" MET ", currval(" MET ") + "

/* The alias of the table, as no table of a dump is likely to be called. */
#define THERE "litehaul_there"

typedef struct {
	const Plan *plan;
	const Feed *feed;
	const MergeTarget *target;
	const char *row; /* the stage's column that numbers its rows */
	Buf *out;
} Text;

static const Column *
column_of(const Text *text, size_t i)
{
	return &text->feed->table->columns[i];
}

/* Of the columns that are sent, which. */
typedef enum { COLUMNS_ALL, COLUMNS_KEY, COLUMNS_SET } Columns;

static bool
is_one(const Text *text, size_t i, Columns which)
{
	const MergeColumn *column = &text->target->columns[i];

	if (column->type == NULL)
		return false;
	switch (which) {
	case COLUMNS_ALL:
		return true;
	case COLUMNS_KEY:
		return column->key;
	case COLUMNS_SET:
		return !column->key && !column->fixed;
	}
	return false;
}

static size_t
count_columns(const Text *text, Columns which)
{
	size_t i, n = 0;

	for (i = 0; i < text->feed->table->n_columns; i++)
		n += is_one(text, i, which);
	return n;
}

/* "a", "b", each behind prefix */
static bool
put_columns(const Text *text, Columns which, const char *prefix, Error *err)
{
	size_t i, n = 0;

	for (i = 0; i < text->feed->table->n_columns; i++) {
		if (!is_one(text, i, which))
			continue;
		if (!buf_put_text(text->out, n++ == 0 ? "" : ", ", err) ||
		    !buf_put_text(text->out, prefix, err) ||
		    !sqltext_put_name(text->out, column_of(text, i)->name, err))
			return false;
	}
	return true;
}

static bool
put_stage(const Text *text, Error *err)
{
	size_t i;

	if (!buf_put_text(
		text->out, "CREATE TEMPORARY TABLE " STAGE " (", err) ||
	    !sqltext_put_name(text->out, text->row, err) ||
	    !buf_put_text(text->out,
		" bigint GENERATED ALWAYS AS IDENTITY"
		" (SEQUENCE NAME pg_temp.litehaul_met CACHE 1000)",
		err))
		return false;
	for (i = 0; i < text->feed->table->n_columns; i++) {
		if (!is_one(text, i, COLUMNS_ALL))
			continue;
		if (!buf_put_text(text->out, ", ", err) ||
		    !sqltext_put_name(
			text->out, column_of(text, i)->name, err) ||
		    !buf_put_format(
			text->out, err, " %s", text->target->columns[i].type))
			return false;
	}
	return buf_put_text(text->out, ") ON COMMIT DROP", err);
}

/* Rows whose key has a NULL do not meet, so each is kept. */
static bool
put_guard(const Text *text, Error *err)
{
	size_t i, n = 0;

	for (i = 0; i < text->feed->table->n_columns; i++) {
		if (text->target->nulls_meet || !is_one(text, i, COLUMNS_KEY) ||
		    !text->target->columns[i].nullable)
			continue;
		if (!buf_put_text(
			text->out, n++ == 0 ? ", CASE WHEN " : " OR ", err) ||
		    !sqltext_put_name(
			text->out, column_of(text, i)->name, err) ||
		    !buf_put_text(text->out, " IS NULL", err))
			return false;
	}
	return n == 0 ||
	    (buf_put_text(text->out, " THEN ", err) &&
		sqltext_put_name(text->out, text->row, err) &&
		buf_put_text(text->out, " END", err));
}

/* The rows of the stage; with last, of those with the same key the last one
 * only. */
static bool
put_rows(const Text *text, bool last, Error *err)
{
	Buf *out = text->out;

	return buf_put_text(out, "(SELECT ", err) &&
	    (!last ||
		(buf_put_text(out, "DISTINCT ON (", err) &&
		    put_columns(text, COLUMNS_KEY, "", err) &&
		    put_guard(text, err) && buf_put_text(out, ") ", err))) &&
	    buf_put_text(out, "* FROM " STAGE, err) &&
	    (!last ||
		(buf_put_text(out, " ORDER BY ", err) &&
		    put_columns(text, COLUMNS_KEY, "", err) &&
		    put_guard(text, err) && buf_put_text(out, ", ", err) &&
		    sqltext_put_name(out, text->row, err) &&
		    buf_put_text(out, " DESC", err))) &&
	    buf_put_text(out, ") AS stage", err);
}

/* SET ... WHERE it differs; the operator of records tells two images of one value
 * apart, and needs no equality of the type (functions-comparisons,
 * COMPOSITE-TYPE-COMPARISON). */
static bool
put_update(const Text *text, Error *err)
{
	Buf *out = text->out;
	size_t i, n = 0;

	if (!buf_put_text(out, " DO UPDATE SET ", err))
		return false;
	for (i = 0; i < text->feed->table->n_columns; i++) {
		if (!is_one(text, i, COLUMNS_SET))
			continue;
		if (!buf_put_text(out, n++ == 0 ? "" : ", ", err) ||
		    !sqltext_put_name(out, column_of(text, i)->name, err) ||
		    !buf_put_text(out, " = excluded.", err) ||
		    !sqltext_put_name(out, column_of(text, i)->name, err))
			return false;
	}
	return buf_put_text(out,
		   " WHERE CASE WHEN " MET_COUNT "1) IS NULL THEN false"
		   " WHEN ROW(",
		   err) &&
	    put_columns(text, COLUMNS_SET, THERE ".", err) &&
	    buf_put_text(out, ")::record OPERATOR(pg_catalog.*<>) ROW(", err) &&
	    put_columns(text, COLUMNS_SET, "excluded.", err) &&
	    buf_put_text(out,
		")::record THEN " MET_COUNT MET_CHANGED ") IS NOT NULL"
		" ELSE false END",
		err);
}

static bool
put_insert(const Text *text, const Merge *merge, Error *err)
{
	Buf *out = text->out;

	if (!buf_put_text(out, "INSERT INTO ", err) ||
	    !ddl_put_table_name(
		out, text->plan->namespace, text->feed->table, err) ||
	    !buf_put_text(out, " AS " THERE " (", err) ||
	    !put_columns(text, COLUMNS_ALL, "", err) ||
	    !buf_put_text(out, ") OVERRIDING SYSTEM VALUE SELECT ", err) ||
	    !put_columns(text, COLUMNS_ALL, "", err) ||
	    !buf_put_text(out, " FROM ", err) ||
	    !put_rows(text, merge->update && !text->target->once, err) ||
	    !buf_put_text(out, " ON CONFLICT", err))
		return false;
	if (text->target->key != NULL &&
	    (!buf_put_text(out, " (", err) ||
		!put_columns(text, COLUMNS_KEY, "", err) ||
		!buf_put_text(out, ")", err)))
		return false;
	return merge->counts ? put_update(text, err)
			     : buf_put_text(out, " DO NOTHING", err);
}

static bool
put_count(const Text *text, Error *err)
{
	return buf_put_text(text->out, "SELECT count(*) FROM ", err) &&
	    put_rows(text, true, err);
}

static bool
put_copy(const Text *text, Error *err)
{
	const Feed *feed = text->feed;
	Table stage = *feed->table;

	stage.namespace = "pg_temp";
	stage.name = MERGE_STAGE;
	return ddl_put_copy(text->out, "", &stage, feed->loaded->skipped,
	    feed->loaded->format, err);
}

/* What has been put, from the arena; NULL where that failed. */
static const char *
keep(Buf *out, bool good, Arena *arena, Error *err)
{
	const char *text = good ? buf_text(out, err) : NULL;

	if (text != NULL)
		text = arena_text(arena, text, err);
	out->size = 0;
	return text;
}

/* A name that none of the table's columns has. */
static const char *
choose_row(const Table *table, Arena *arena, Error *err)
{
	const char *name = "litehaul_row";
	size_t i = 0;

	while (name != NULL && i < table->n_columns) {
		if (strcmp(table->columns[i++].name, name) != 0)
			continue;
		name = arena_format(arena, err, "%s_", name);
		i = 0;
	}
	return name;
}

bool
merge_prepare(const Plan *plan, size_t table, const Feed *feed, Arena *arena,
    Merge *merge, Error *err)
{
	Buf out = { 0 };
	Text text = { .plan = plan,
		.feed = feed,
		.target = plan->tables[table].merge,
		.out = &out };

	*merge = (Merge){ 0 };
	if (text.target == NULL)
		return true;
	merge->update = plan->conflict == CONFLICT_UPDATE;
	merge->counts = merge->update && count_columns(&text, COLUMNS_SET) > 0;
	text.row = choose_row(feed->table, arena, err);
	if (text.row == NULL)
		return false;
	merge->copy = keep(&out, put_copy(&text, err), arena, err);
	merge->insert = keep(&out, put_insert(&text, merge, err), arena, err);
	if (merge->update && !text.target->once)
		merge->count = keep(&out, put_count(&text, err), arena, err);
	merge->stage = keep(&out, put_stage(&text, err), arena, err);
	buf_free(&out);
	return merge->copy != NULL && merge->insert != NULL &&
	    merge->stage != NULL &&
	    (!merge->update || text.target->once || merge->count != NULL);
}

bool
merge_put_copy(Buf *out, const Merge *merge, const Feed *feed, Error *err)
{
	if (merge->stage == NULL)
		return buf_put_text(out, feed->copy, err);
	return buf_put_text(out, merge->stage, err) &&
	    buf_put_text(out, ";", err) && buf_put_text(out, merge->copy, err);
}

/* Rows, of which each is one of these. */
typedef struct {
	uint64_t all;
	uint64_t written; /* inserted, or updated and changed by that */
	uint64_t met;     /* their key was there */
	uint64_t changed; /* and the rest of the row was another */
	uint64_t last;    /* the last one with their key */
} Counts;

static bool
ask(Server *server, const char *sql, uint64_t *number, Error *err)
{
	PGresult *result;

	if (!server_query(server, sql, NULL, 0, &result, err))
		return false;
	*number = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return true;
}

static bool
insert(Server *server, const Merge *merge, Counts *counts, Error *err)
{
	PGresult *result;
	uint64_t met;

	if (merge->counts &&
	    !ask(server, "SELECT setval(" MET ", 1)", &met, err))
		return false;
	if (!server_query(server, merge->insert, NULL, 0, &result, err))
		return false;
	counts->written = strtoull(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	counts->met = counts->all - counts->written;
	if (!merge->counts)
		return true;
	if (!ask(server, "SELECT currval(" MET ") - 1", &met, err))
		return false;
	counts->changed = met >> MET_SHIFT;
	counts->met = met - (counts->changed << MET_SHIFT);
	return true;
}

/* Of rows with the same key only one has gone in. */
static bool
count_last(Server *server, const Merge *merge, Counts *counts, Error *err)
{
	counts->last = counts->all;
	if (merge->count == NULL ||
	    counts->written - counts->changed + counts->met == counts->all)
		return true;
	return ask(server, merge->count, &counts->last, err);
}

bool
merge_apply(Server *server, const Merge *merge, uint64_t n,
    LedgerCounts *counts, Error *err)
{
	Counts found = { .all = n };
	uint64_t arrived;

	if (merge->stage == NULL)
		return true;
	if (!insert(server, merge, &found, err) ||
	    !count_last(server, merge, &found, err))
		return false;
	arrived = found.written - found.changed + found.met;
	if (merge->update && arrived != found.last)
		return error_set(err, ERROR_DIFFERENCE,
		    "of %llu rows a trigger of the table leaves out %llu: it "
		    "returns NULL. Disable it for the load, or leave the table "
		    "out with -T",
		    (unsigned long long)found.last,
		    (unsigned long long)(found.last - arrived));
	if (!server_run(server, "DROP TABLE " STAGE, err))
		return false;
	counts->skipped += found.met - found.changed;
	counts->updated += found.changed + found.all - found.last;
	return true;
}
