#include "transform/explain.h"

#include <string.h>
#include <strings.h>

#include "transform/findings.h"
#include "transform/forecast.h"
#include "transform/page.h"

/* Does the filter name this table, or this column of it? */
static bool
matches(const char *filter, const char *table, const char *column)
{
	size_t size = strlen(table);

	if (filter == NULL || strcasecmp(filter, table) == 0)
		return true;
	return strncasecmp(filter, table, size) == 0 && filter[size] == '.' &&
	    strcasecmp(filter + size + 1, column) == 0;
}

static bool
put_line(Page *page, const char *label, const char *text, Error *err)
{
	return buf_put_format(&page->line, err, "  %-9s %s", label, text) &&
	    page_end_line(page, err);
}

/* What is done to values before they become the type. */
static bool
put_making(Page *page, const RewriteTable *table, const RewriteColumn *column,
    Error *err)
{
	const Rule *rule = &column->rule;

	if (column->value >= 0 &&
	    !put_line(page, "value", table->values[column->value].text, err))
		return false;
	if (rule->values != NULL &&
	    (!buf_put_format(&page->line, err, "  values    a map of %zu",
		 rule->n_values) ||
		!page_end_line(page, err)))
		return false;
	return rule->conversion == CONVERSION_NONE ||
	    put_line(page, "using", conversion_name(rule->conversion), err);
}

/* What the values are, and of each hypothesis the first that breaks it. */
static bool
put_evidence(
    const Rewrite *rewrite, size_t table, size_t column, Page *page, Error *err)
{
	Arena arena = { 0 };
	const char **lines;
	size_t n;
	bool ok = findings_list(
	    &rewrite->input.source->tables[table].columns[column],
	    rewrite_profile(rewrite, table, column), &arena, &lines, &n, err);

	for (size_t i = 0; ok && i < n; i++)
		ok = put_line(page, i == 0 ? "evidence" : "", lines[i], err);
	arena_free(&arena);
	return ok;
}

static bool
put_forecast(
    const Rewrite *rewrite, size_t table, size_t column, Page *page, Error *err)
{
	Arena arena = { 0 };
	const char *clause;
	bool ok =
	    forecast_column(rewrite, table, column, &arena, &clause, err) &&
	    (clause == NULL || put_line(page, "misfits", clause, err));

	arena_free(&arena);
	return ok;
}

/* The name where it is more than the source's in lower case. */
static bool
put_name(const Column *from, const Column *to, Page *page, Error *err)
{
	return (from != NULL && strcasecmp(from->name, to->name) == 0) ||
	    put_line(page, "name", to->name, err);
}

/* A column of the target; from is NULL where only it has the column. */
static bool
explain_filled(const Rewrite *rewrite, size_t table, size_t column,
    const Column *from, Page *page, Error *err)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	const RewriteColumn *filled = &rewritten->columns[column];
	const Column *to = &rewrite_target(rewrite, table)->columns[column];
	char sql[TYPE_SQL_BYTES];

	return put_name(from, to, page, err) &&
	    put_line(
		page, "type", type_sql(filled->inference.type, sql), err) &&
	    put_line(page, "reason", filled->inference.reason, err) &&
	    put_making(page, rewritten, filled, err) &&
	    put_forecast(rewrite, table, column, page, err);
}

static bool
put_title(Page *page, const Table *from, const char *column, Error *err)
{
	return buf_put_format(&page->line, err, "%s.%s", from->name, column) &&
	    page_end_line(page, err);
}

static bool
explain_column(
    const Rewrite *rewrite, size_t table, size_t column, Page *page, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	int target = rewrite->tables[table].target_columns[column];

	return put_title(page, from, from->columns[column].name, err) &&
	    (target < 0 ? put_line(page, "type", "left out", err)
			: explain_filled(rewrite, table, (size_t)target,
			      &from->columns[column], page, err)) &&
	    put_evidence(rewrite, table, column, page, err);
}

/* Columns that the mapping adds. */
static bool
explain_added(const Rewrite *rewrite, size_t table, const char *filter,
    Page *page, bool *found, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	const RewriteTable *rewritten = &rewrite->tables[table];

	for (size_t i = 0; i < rewritten->n_columns; i++) {
		const char *name =
		    rewrite_target(rewrite, table)->columns[i].name;

		if (rewritten->columns[i].from >= 0 ||
		    !matches(filter, from->name, name))
			continue;
		*found = true;
		if (!put_title(page, from, name, err) ||
		    !explain_filled(rewrite, table, i, NULL, page, err))
			return false;
	}
	return true;
}

static bool
explain_table(const Rewrite *rewrite, size_t table, const char *filter,
    Page *page, bool *found, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];

	for (size_t i = 0; i < from->n_columns; i++) {
		if (!matches(filter, from->name, from->columns[i].name))
			continue;
		*found = true;
		if (!explain_column(rewrite, table, i, page, err))
			return false;
	}
	return explain_added(rewrite, table, filter, page, found, err);
}

bool
explain_types(const Rewrite *rewrite, const char *filter, Buf *out, Error *err)
{
	size_t n = rewrite->input.source->n_tables;
	Page page = { .out = out };
	bool found = filter == NULL;
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		if (rewrite->tables[i].target != REWRITE_NONE)
			ok = explain_table(
			    rewrite, i, filter, &page, &found, err);
	page_free(&page);
	if (!ok || found)
		return ok;
	return error_set(err, ERROR_USAGE,
	    "the dump has no table or column \"%s\" to explain", filter);
}
