#include "transform/explain.h"

#include <string.h>
#include <strings.h>

#include "transform/page.h"
#include "transform/reason.h"

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
put_range(Buf *out, const ColumnProfile *profile, int class, Error *err)
{
	switch ((ValueClass) class) {
	case VALUE_INTEGER:
		return buf_put_format(out, err, " (%lld to %lld)",
		    (long long)profile->integer_min,
		    (long long)profile->integer_max);
	case VALUE_REAL:
		return buf_put_format(out, err, " (%g to %g)",
		    profile->real_min, profile->real_max);
	case VALUE_TEXT:
		return buf_put_format(out, err, " (at most %llu characters)",
		    (unsigned long long)profile->text_characters_max);
	case VALUE_BLOB:
		return buf_put_format(out, err, " (at most %llu bytes)",
		    (unsigned long long)profile->blob_bytes_max);
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return true;
}

/* "evidence  12 NULL, 43,868 integer (1 to 90), 3 text (at most 3 characters)"
 */
static bool
put_classes(Page *page, const ColumnProfile *profile, Error *err)
{
	char count[REASON_COUNT_BYTES];
	const char *separator = "  evidence  ";

	for (int i = VALUE_NULL; i < VALUE_CLASSES; i++) {
		if (profile->classes[i] == 0)
			continue;
		if (!buf_put_format(&page->line, err, "%s%s %s", separator,
			reason_count(profile->classes[i], count),
			value_class_name((ValueClass)i)) ||
		    !put_range(&page->line, profile, i, err))
			return false;
		separator = ", ";
	}
	if (page->line.size == 0 &&
	    !buf_put_text(&page->line, "  evidence  no rows", err))
		return false;
	return page_end_line(page, err);
}

/* How many values fit which type. */
static bool
put_evidence(Page *page, const ColumnProfile *profile, Error *err)
{
	char count[REASON_COUNT_BYTES];
	const char *separator = "  fits      ";

	if (profile == NULL)
		return buf_put_text(&page->line, "  evidence  none", err) &&
		    page_end_line(page, err);
	if (!put_classes(page, profile, err))
		return false;
	for (int i = 0; i < FITS_COUNT; i++) {
		if (profile->fits[i] == 0)
			continue;
		if (!buf_put_format(&page->line, err, "%s%s %s", separator,
			profile_fits_name((Fits)i),
			reason_count(profile->fits[i], count)))
			return false;
		separator = ", ";
	}
	return page->line.size == 0 || page_end_line(page, err);
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

static bool
explain_column(
    const Rewrite *rewrite, size_t table, size_t column, Page *page, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	const RewriteTable *rewritten = &rewrite->tables[table];
	int target = rewritten->target_columns[column];
	const RewriteColumn *filled;
	char sql[TYPE_SQL_BYTES];

	if (!buf_put_format(&page->line, err, "%s.%s", from->name,
		from->columns[column].name) ||
	    !page_end_line(page, err))
		return false;
	if (target < 0)
		return put_line(page, "type", "left out", err) &&
		    put_evidence(
			page, rewrite_profile(rewrite, table, column), err);
	filled = &rewritten->columns[target];
	return put_line(page, "type", type_sql(filled->inference.type, sql),
		   err) &&
	    put_line(page, "reason", filled->inference.reason, err) &&
	    put_making(page, rewritten, filled, err) &&
	    put_evidence(page, rewrite_profile(rewrite, table, column), err);
}

static bool
explain_columns(const Rewrite *rewrite, const char *filter, Page *page,
    bool *found, Error *err)
{
	for (size_t i = 0; i < rewrite->input.source->n_tables; i++) {
		const Table *from = &rewrite->input.source->tables[i];

		if (rewrite->tables[i].target == REWRITE_NONE)
			continue;
		for (size_t j = 0; j < from->n_columns; j++) {
			if (!matches(filter, from->name, from->columns[j].name))
				continue;
			*found = true;
			if (!explain_column(rewrite, i, j, page, err))
				return false;
		}
	}
	return true;
}

bool
explain_types(const Rewrite *rewrite, const char *filter, Buf *out, Error *err)
{
	Page page = { .out = out };
	bool found = filter == NULL;
	bool ok = explain_columns(rewrite, filter, &page, &found, err);

	page_free(&page);
	if (!ok || found)
		return ok;
	return error_set(err, ERROR_USAGE,
	    "the dump has no table or column \"%s\" to explain", filter);
}
