#include "transform/outline.h"

#include <string.h>

#include "formats/formula.h"
#include "transform/forecast.h"
#include "transform/page.h"
#include "transform/reason.h"

static bool
put_part(const Table *table, const IndexPart *part, Page *page, Error *err)
{
	bool ok = part->column >= 0
	    ? buf_put_text(&page->line, table->columns[part->column].name, err)
	    : formula_put_sql(&page->line, part->formula, table, err);

	return ok &&
	    (!part->descending || buf_put_text(&page->line, " desc", err));
}

static bool
put_index(const Table *table, const Index *index, Page *page, Error *err)
{
	static const char *const kinds[] = {
		[INDEX_PLAIN] = "index",
		[INDEX_UNIQUE] = "unique",
		[INDEX_PRIMARY] = "primary key",
	};

	if (!buf_put_format(&page->line, err, "    %s %s (", kinds[index->kind],
		index->name))
		return false;
	for (size_t i = 0; i < index->n_parts; i++)
		if ((i > 0 && !buf_put_text(&page->line, ", ", err)) ||
		    !put_part(table, &index->parts[i], page, err))
			return false;
	if (!buf_put_text(&page->line, ")", err))
		return false;
	if (index->condition != NULL &&
	    (!buf_put_text(&page->line, " where ", err) ||
		!formula_put_sql(&page->line, index->condition, table, err)))
		return false;
	return page_end_line(page, err);
}

static bool
put_default(const Table *table, const Column *column, Page *page, Error *err)
{
	static const char *const currents[] = {
		[DEFAULT_NONE] = "",
		[DEFAULT_SQL] = "",
		[DEFAULT_NULL] = " default null",
		[DEFAULT_VALUE] = " default ",
		[DEFAULT_CURRENT_TIMESTAMP] = " default current_timestamp",
		[DEFAULT_CURRENT_DATE] = " default current_date",
		[DEFAULT_CURRENT_TIME] = " default current_time",
		[DEFAULT_FORMULA] = " default ",
	};

	if (!buf_put_text(&page->line, currents[column->default_kind], err))
		return false;
	if (column->default_kind == DEFAULT_VALUE)
		return buf_put_format(
		    &page->line, err, "'%s'", column->default_text);
	if (column->generated != GENERATED_NO &&
	    !buf_put_text(&page->line, " generated as ", err))
		return false;
	return column->formula == NULL ||
	    formula_put_sql(&page->line, column->formula, table, err);
}

/* "using unix_ms", "value: ..." */
static bool
put_making(const RewriteTable *table, const RewriteColumn *column, Page *page,
    Error *err)
{
	const Rule *rule = &column->rule;

	if (column->value >= 0 &&
	    !buf_put_format(&page->line, err, ", value: %s",
		table->values[column->value].text))
		return false;
	if (rule->values != NULL &&
	    !buf_put_format(
		&page->line, err, ", a map of %zu values", rule->n_values))
		return false;
	return rule->conversion == CONVERSION_NONE ||
	    buf_put_format(&page->line, err, ", using %s",
		conversion_name(rule->conversion));
}

/* Values that will not fit. */
static bool
put_forecast(
    const Rewrite *rewrite, size_t table, size_t i, Page *page, Error *err)
{
	Arena arena = { 0 };
	const char *clause;
	bool ok = forecast_column(rewrite, table, i, &arena, &clause, err) &&
	    (clause == NULL ||
		buf_put_format(&page->line, err, "; %s", clause));

	arena_free(&arena);
	return ok;
}

static bool
put_column(
    const Rewrite *rewrite, size_t table, size_t i, Page *page, Error *err)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	const RewriteColumn *filled = &rewritten->columns[i];
	const Table *to = rewrite_target(rewrite, table);
	const Column *column = &to->columns[i];
	char sql[TYPE_SQL_BYTES];
	bool ok;

	if (filled->from < 0) {
		ok = buf_put_text(&page->line, "    (added)", err);
	} else {
		const Column *from =
		    &rewrite->input.source->tables[table].columns[filled->from];

		ok = buf_put_format(&page->line, err, "    %s %s", from->name,
		    *from->declared == '\0' ? "(no type)" : from->declared);
	}
	return ok &&
	    buf_put_format(&page->line, err, " -> %s %s%s%s", column->name,
		type_sql(column->type, sql),
		column->identity ? " identity" : "",
		column->not_null ? " not null" : "") &&
	    put_default(to, column, page, err) &&
	    put_making(rewritten, filled, page, err) &&
	    put_forecast(rewrite, table, i, page, err) &&
	    page_end_line(page, err);
}

/* Columns of the source that go nowhere. */
static bool
put_skipped(const Rewrite *rewrite, size_t table, Page *page, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];

	for (size_t i = 0; i < from->n_columns; i++)
		if (rewrite->tables[table].target_columns[i] < 0 &&
		    (!buf_put_format(&page->line, err, "    %s is left out",
			 from->columns[i].name) ||
			!page_end_line(page, err)))
			return false;
	return true;
}

static bool
put_keys(const Table *to, Page *page, Error *err)
{
	for (size_t i = 0; i < to->n_indexes; i++)
		if (!put_index(to, &to->indexes[i], page, err))
			return false;
	for (size_t i = 0; i < to->n_foreign_keys; i++)
		if (!buf_put_format(&page->line, err,
			"    foreign key %s -> %s", to->foreign_keys[i].name,
			to->foreign_keys[i].parent) ||
		    !page_end_line(page, err))
			return false;
	for (size_t i = 0; i < to->n_checks; i++)
		if (!buf_put_text(&page->line, "    check ", err) ||
		    !formula_put_sql(
			&page->line, to->checks[i].formula, to, err) ||
		    !page_end_line(page, err))
			return false;
	return true;
}

/* "users -> auth.users, 43,871 rows" */
static bool
put_head(const Rewrite *rewrite, size_t table, Page *page, Error *err)
{
	const Table *to = rewrite_target(rewrite, table);
	const RewriteTable *rewritten = &rewrite->tables[table];
	const TableProfile *profile = rewritten->profile;
	const char *namespace = to->namespace;
	char count[REASON_COUNT_BYTES];

	if (namespace == NULL)
	namespace = rewrite->schema.namespace;
	if (!buf_put_format(&page->line, err, "%s -> %s%s%s",
		rewrite->input.source->tables[table].name, namespace,
		*namespace == '\0' ? "" : ".", to->name))
		return false;
	if (profile != NULL &&
	    !buf_put_format(&page->line, err, ", %s row%s",
		reason_count(profile->rows, count),
		profile->rows == 1 ? "" : "s"))
		return false;
	if (rewritten->where.text != NULL &&
	    !buf_put_format(
		&page->line, err, ", where %s", rewritten->where.text))
		return false;
	return page_end_line(page, err);
}

static bool
put_table(const Rewrite *rewrite, size_t table, Page *page, Error *err)
{
	if (!put_head(rewrite, table, page, err))
		return false;
	for (size_t i = 0; i < rewrite->tables[table].n_columns; i++)
		if (!put_column(rewrite, table, i, page, err))
			return false;
	return put_skipped(rewrite, table, page, err) &&
	    put_keys(rewrite_target(rewrite, table), page, err);
}

bool
outline_left_out(const LeftOut *left_out, Buf *out, Error *err)
{
	const char *table = left_out->table == NULL ? "" : left_out->table;
	const char *name = left_out->name == NULL ? "" : left_out->name;

	if (!buf_put_format(out, err, "left out: %s %s", left_out->kind,
		*table == '\0' ? name : table))
		return false;
	/* A table's own entry names it twice. */
	if (*table != '\0' && *name != '\0' && strcmp(table, name) != 0 &&
	    !buf_put_format(out, err, ".%s", name))
		return false;
	return left_out->reason == NULL ||
	    buf_put_format(out, err, ": %s", left_out->reason);
}

/* SQL of many lines in one. */
static bool
put_squeezed(const char *text, Page *page, Error *err)
{
	static const char blanks[] = " \t\r\n";

	text += strspn(text, blanks);
	while (*text != '\0') {
		size_t size = strcspn(text, blanks);

		if (!buf_put(&page->line, text, size, err))
			return false;
		text += size;
		text += strspn(text, blanks);
		if (*text != '\0' && !buf_put_text(&page->line, " ", err))
			return false;
	}
	return true;
}

static bool
put_left_out(const LeftOut *left_out, Page *page, Error *err)
{
	if (!outline_left_out(left_out, &page->line, err))
		return false;
	if (left_out->text != NULL && *left_out->text != '\0' &&
	    (!buf_put_text(&page->line, " (", err) ||
		!put_squeezed(left_out->text, page, err) ||
		!buf_put_text(&page->line, ")", err)))
		return false;
	return page_end_line(page, err);
}

static bool
put_note(const char *note, Page *page, Error *err)
{
	return buf_put_format(&page->line, err, "note: %s", note) &&
	    page_end_line(page, err);
}

/* Tables of the source that nobody asks for. */
static bool
put_unwanted(const Rewrite *rewrite, Page *page, Error *err)
{
	for (size_t i = 0; i < rewrite->input.source->n_tables; i++)
		if (rewrite->tables[i].target == REWRITE_NONE &&
		    (!buf_put_format(&page->line, err, "%s is left out",
			 rewrite->input.source->tables[i].name) ||
			!page_end_line(page, err)))
			return false;
	return true;
}

static bool
put_all(const Rewrite *rewrite, Page *page, Error *err)
{
	const Match *match = rewrite->input.match;

	for (size_t i = 0; i < rewrite->input.source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE &&
		    !put_table(rewrite, i, page, err))
			return false;
	if (!put_unwanted(rewrite, page, err))
		return false;
	for (size_t i = 0; i < rewrite->schema.n_left_out; i++)
		if (!put_left_out(&rewrite->schema.left_out[i], page, err))
			return false;
	for (size_t i = 0; i < rewrite_note_count(rewrite); i++)
		if (!put_note(rewrite_note(rewrite, i), page, err))
			return false;
	for (size_t i = 0; match != NULL && i < match->n_notes; i++)
		if (!put_note(match->notes[i], page, err))
			return false;
	return true;
}

bool
outline_put(const Rewrite *rewrite, Buf *out, Error *err)
{
	Page page = { .out = out };
	bool ok = put_all(rewrite, &page, err);

	page_free(&page);
	return ok;
}
