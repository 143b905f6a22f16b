#include "transform/explain.h"

#include <string.h>
#include <strings.h>

#include "transform/reason.h"

/* Text that grows line by line.  Names come from a dump that anybody may have
 * made: what a terminal would act upon is escaped at the end of each line. */
typedef struct {
	Buf line;
	Buf *out;
} Page;

static bool
end_line(Page *page, Error *err)
{
	const Buf *line = &page->line;
	size_t i = 0;

	while (i < line->size) {
		uint8_t byte = line->data[i];
		/* C1 controls are C2 80 to C2 9F. */
		size_t size = byte == 0xc2 && i + 1 < line->size &&
			line->data[i + 1] < 0xa0
		    ? 2
		    : byte < ' ' || byte == 0x7f;

		if (size == 0 && !buf_put(page->out, &byte, 1, err))
			return false;
		for (size_t j = 0; j < size; j++)
			if (!buf_put_format(
				page->out, err, "\\x%02x", line->data[i + j]))
				return false;
		i += size == 0 ? 1 : size;
	}
	page->line.size = 0;
	return buf_put_text(page->out, "\n", err);
}

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
	return end_line(page, err);
}

/* How many values fit which type. */
static bool
put_evidence(Page *page, const ColumnProfile *profile, Error *err)
{
	char count[REASON_COUNT_BYTES];
	const char *separator = "  fits      ";

	if (profile == NULL)
		return buf_put_text(&page->line, "  evidence  none", err) &&
		    end_line(page, err);
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
	return page->line.size == 0 || end_line(page, err);
}

static bool
explain_column(
    const Rewrite *rewrite, size_t table, size_t column, Page *page, Error *err)
{
	const Table *from = &rewrite->source->tables[table];
	const Inference *inference = &rewrite->tables[table].columns[column];
	char sql[TYPE_SQL_BYTES];

	return buf_put_format(&page->line, err, "%s.%s", from->name,
		   from->columns[column].name) &&
	    end_line(page, err) &&
	    buf_put_format(&page->line, err, "  type      %s",
		type_sql(inference->type, sql)) &&
	    end_line(page, err) &&
	    buf_put_format(
		&page->line, err, "  reason    %s", inference->reason) &&
	    end_line(page, err) &&
	    put_evidence(page, rewrite_profile(rewrite, table, column), err);
}

static bool
explain_columns(const Rewrite *rewrite, const char *filter, Page *page,
    bool *found, Error *err)
{
	for (size_t i = 0; i < rewrite->source->n_tables; i++) {
		const Table *from = &rewrite->source->tables[i];

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

	buf_free(&page.line);
	if (!ok || found)
		return ok;
	return error_set(err, ERROR_USAGE,
	    "the dump has no table or column \"%s\" to explain", filter);
}

static bool
plan_index(const Table *table, const Index *index, Page *page, Error *err)
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
		if (!buf_put_format(&page->line, err, "%s%s%s",
			i == 0 ? "" : ", ",
			table->columns[index->parts[i].column].name,
			index->parts[i].descending ? " desc" : ""))
			return false;
	return buf_put_text(&page->line, ")", err) && end_line(page, err);
}

static bool
plan_column(const Column *from, const Column *to, Page *page, Error *err)
{
	static const char *const currents[] = {
		[DEFAULT_NONE] = "",
		[DEFAULT_SQL] = "",
		[DEFAULT_NULL] = " default null",
		[DEFAULT_VALUE] = " default ",
		[DEFAULT_CURRENT_TIMESTAMP] = " default current_timestamp",
		[DEFAULT_CURRENT_DATE] = " default current_date",
		[DEFAULT_CURRENT_TIME] = " default current_time",
	};
	char sql[TYPE_SQL_BYTES];
	bool value = to->default_kind == DEFAULT_VALUE;

	return buf_put_format(&page->line, err,
		   "    %s %s -> %s %s%s%s%s%s%s%s", from->name,
		   *from->declared == '\0' ? "(no type)" : from->declared,
		   to->name, type_sql(to->type, sql),
		   to->identity ? " identity" : "",
		   to->not_null ? " not null" : "", currents[to->default_kind],
		   value ? "'" : "", value ? to->default_text : "",
		   value ? "'" : "") &&
	    end_line(page, err);
}

static bool
plan_table(const Rewrite *rewrite, size_t i, Page *page, Error *err)
{
	const Table *from = &rewrite->source->tables[i];
	const Table *to = &rewrite->schema.tables[rewrite->tables[i].target];
	const TableProfile *profile = rewrite->tables[i].profile;
	char count[REASON_COUNT_BYTES];

	if (!buf_put_format(&page->line, err, "%s -> %s%s%s%s", from->name,
		to->name, profile == NULL ? "" : ", ",
		profile == NULL ? "" : reason_count(profile->rows, count),
		profile == NULL ? "" : " rows") ||
	    !end_line(page, err))
		return false;
	for (size_t j = 0; j < from->n_columns; j++)
		if (!plan_column(&from->columns[j], &to->columns[j], page, err))
			return false;
	for (size_t j = 0; j < to->n_indexes; j++)
		if (!plan_index(to, &to->indexes[j], page, err))
			return false;
	for (size_t j = 0; j < to->n_foreign_keys; j++)
		if (!buf_put_format(&page->line, err,
			"    foreign key %s -> %s", to->foreign_keys[j].name,
			to->foreign_keys[j].parent) ||
		    !end_line(page, err))
			return false;
	return true;
}

bool
explain_left_out(const LeftOut *left_out, Buf *out, Error *err)
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

static bool
plan_left_out(const LeftOut *left_out, Page *page, Error *err)
{
	if (!explain_left_out(left_out, &page->line, err))
		return false;
	if (left_out->text != NULL && *left_out->text != '\0' &&
	    !buf_put_format(&page->line, err, " (%s)", left_out->text))
		return false;
	return end_line(page, err);
}

static bool
plan_all(const Rewrite *rewrite, Page *page, Error *err)
{
	for (size_t i = 0; i < rewrite->source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE &&
		    !plan_table(rewrite, i, page, err))
			return false;
	for (size_t i = 0; i < rewrite->schema.n_left_out; i++)
		if (!plan_left_out(&rewrite->schema.left_out[i], page, err))
			return false;
	for (size_t i = 0; i < rewrite_note_count(rewrite); i++)
		if (!buf_put_format(&page->line, err, "note: %s",
			rewrite_note(rewrite, i)) ||
		    !end_line(page, err))
			return false;
	return true;
}

bool
explain_plan(const Rewrite *rewrite, Buf *out, Error *err)
{
	Page page = { .out = out };
	bool ok = plan_all(rewrite, &page, err);

	buf_free(&page.line);
	return ok;
}
