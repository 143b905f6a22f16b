#include "transform/explain.h"

#include <string.h>
#include <strings.h>

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
 * and how many fit which type. */
static bool
put_evidence(Buf *out, const ColumnProfile *profile, Error *err)
{
	char count[REASON_COUNT_BYTES];
	const char *separator = "";

	if (profile == NULL)
		return buf_put_text(out, "  evidence  none\n", err);
	if (!buf_put_text(out, "  evidence  ", err))
		return false;
	for (int i = VALUE_NULL; i < VALUE_CLASSES; i++) {
		if (profile->classes[i] == 0)
			continue;
		if (!buf_put_format(out, err, "%s%s %s", separator,
			reason_count(profile->classes[i], count),
			value_class_name((ValueClass)i)) ||
		    !put_range(out, profile, i, err))
			return false;
		separator = ", ";
	}
	if (*separator == '\0' && !buf_put_text(out, "no rows", err))
		return false;
	separator = "\n  fits      ";
	for (int i = 0; i < FITS_COUNT; i++) {
		if (profile->fits[i] == 0)
			continue;
		if (!buf_put_format(out, err, "%s%s %s", separator,
			profile_fits_name((Fits)i),
			reason_count(profile->fits[i], count)))
			return false;
		separator = ", ";
	}
	return buf_put_text(out, "\n", err);
}

static bool
explain_column(
    const Rewrite *rewrite, size_t table, size_t column, Buf *out, Error *err)
{
	const Table *from = &rewrite->source->tables[table];
	const Inference *inference = &rewrite->tables[table].columns[column];
	char sql[TYPE_SQL_BYTES];

	return buf_put_format(out, err,
		   "%s.%s\n  type      %s\n  reason    %s\n", from->name,
		   from->columns[column].name, type_sql(inference->type, sql),
		   inference->reason) &&
	    put_evidence(out, rewrite_profile(rewrite, table, column), err);
}

bool
explain_types(const Rewrite *rewrite, const char *filter, Buf *out, Error *err)
{
	bool found = filter == NULL;

	for (size_t i = 0; i < rewrite->source->n_tables; i++) {
		const Table *from = &rewrite->source->tables[i];

		if (rewrite->tables[i].target == REWRITE_NONE)
			continue;
		for (size_t j = 0; j < from->n_columns; j++) {
			if (!matches(filter, from->name, from->columns[j].name))
				continue;
			found = true;
			if (!explain_column(rewrite, i, j, out, err))
				return false;
		}
	}
	return found ||
	    error_set(err, ERROR_USAGE,
		"the dump has no table or column \"%s\" to explain", filter);
}

static bool
plan_index(const Table *table, const Index *index, Buf *out, Error *err)
{
	static const char *const kinds[] = {
		[INDEX_PLAIN] = "index",
		[INDEX_UNIQUE] = "unique",
		[INDEX_PRIMARY] = "primary key",
	};

	if (!buf_put_format(
		out, err, "    %s %s (", kinds[index->kind], index->name))
		return false;
	for (size_t i = 0; i < index->n_parts; i++)
		if (!buf_put_format(out, err, "%s%s%s", i == 0 ? "" : ", ",
			table->columns[index->parts[i].column].name,
			index->parts[i].descending ? " desc" : ""))
			return false;
	return buf_put_text(out, ")\n", err);
}

static bool
plan_column(const Column *from, const Column *to, Buf *out, Error *err)
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

	return buf_put_format(out, err, "    %s %s -> %s %s%s%s%s%s%s%s\n",
	    from->name, *from->declared == '\0' ? "(no type)" : from->declared,
	    to->name, type_sql(to->type, sql), to->identity ? " identity" : "",
	    to->not_null ? " not null" : "", currents[to->default_kind],
	    value ? "'" : "", value ? to->default_text : "", value ? "'" : "");
}

static bool
plan_table(const Rewrite *rewrite, size_t i, Buf *out, Error *err)
{
	const Table *from = &rewrite->source->tables[i];
	const Table *to = &rewrite->schema.tables[rewrite->tables[i].target];
	const TableProfile *profile = rewrite->tables[i].profile;
	char count[REASON_COUNT_BYTES];

	if (!buf_put_format(out, err, "%s -> %s%s%s%s\n", from->name, to->name,
		profile == NULL ? "" : ", ",
		profile == NULL ? "" : reason_count(profile->rows, count),
		profile == NULL ? "" : " rows"))
		return false;
	for (size_t j = 0; j < from->n_columns; j++)
		if (!plan_column(&from->columns[j], &to->columns[j], out, err))
			return false;
	for (size_t j = 0; j < to->n_indexes; j++)
		if (!plan_index(to, &to->indexes[j], out, err))
			return false;
	for (size_t j = 0; j < to->n_foreign_keys; j++)
		if (!buf_put_format(out, err, "    foreign key %s -> %s\n",
			to->foreign_keys[j].name, to->foreign_keys[j].parent))
			return false;
	return true;
}

bool
explain_plan(const Rewrite *rewrite, Buf *out, Error *err)
{
	for (size_t i = 0; i < rewrite->source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE &&
		    !plan_table(rewrite, i, out, err))
			return false;
	for (size_t i = 0; i < rewrite->schema.n_left_out; i++) {
		const LeftOut *left_out = &rewrite->schema.left_out[i];

		if (!buf_put_format(out, err, "left out: %s %s%s%s: %s (%s)\n",
			left_out->kind,
			left_out->table == NULL ? "" : left_out->table,
			left_out->table == NULL || *left_out->table == '\0'
			    ? ""
			    : ".",
			left_out->name == NULL ? "" : left_out->name,
			left_out->reason == NULL ? "" : left_out->reason,
			left_out->text == NULL ? "" : left_out->text))
			return false;
	}
	for (size_t i = 0; i < rewrite_note_count(rewrite); i++)
		if (!buf_put_format(
			out, err, "note: %s\n", rewrite_note(rewrite, i)))
			return false;
	return true;
}
