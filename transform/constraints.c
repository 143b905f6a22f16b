#include "transform/constraints.h"

#include "transform/defaults.h"
#include "transform/reason.h"

/* The source's column that a column of the target comes from; NULL: none. */
static const Column *
source_of(const Rewrite *rewrite, size_t table, size_t column)
{
	int from = rewrite->tables[table].columns[column].from;

	return from < 0 ? NULL
			: &rewrite->input.source->tables[table].columns[from];
}

/* NOT NULL where it is declared and, as far as we know, true. */
static bool
set_not_null(Rewrite *rewrite, size_t table, size_t i, Error *err)
{
	RewriteColumn *column = &rewrite->tables[table].columns[i];
	const Column *from = source_of(rewrite, table, i);
	const ColumnProfile *profile =
	    rewrite_target_profile(rewrite, table, i);
	Column *to = &rewrite_target(rewrite, table)->columns[i];
	char count[REASON_COUNT_BYTES];

	to->not_null = (from != NULL && from->not_null && column->value < 0) ||
	    to->identity;
	if (column->mapping != NULL && column->mapping->has_not_null) {
		to->not_null = column->mapping->not_null || to->identity;
		return true;
	}
	if (!to->not_null || to->identity || profile == NULL ||
	    profile->classes[VALUE_NULL] == 0)
		return true;
	to->not_null = false;
	return rewrite_add_note(rewrite,
	    arena_format(&rewrite->schema.arena, err,
		"%s.%s: declared NOT NULL but %s values are NULL; "
		"becomes nullable",
		rewrite->input.source->tables[table].name, from->name,
		reason_count(profile->classes[VALUE_NULL], count)),
	    err);
}

static bool
leave_out(Rewrite *rewrite, const Table *from, const char *kind,
    const char *name, const char *text, const char *reason, Error *err)
{
	LeftOut left_out = { kind, from->name, name, text, reason };

	return rewrite_leave_out(rewrite, &left_out, err);
}

static bool
set_default(Rewrite *rewrite, size_t table, size_t i, Error *err)
{
	const Column *from = source_of(rewrite, table, i);
	Column *to = &rewrite_target(rewrite, table)->columns[i];
	const char *reason;

	if (from == NULL)
		return true;
	if (!defaults_translate(
		from, to, &reason, &rewrite->schema.arena, err))
		return false;
	if (reason != NULL &&
	    !leave_out(rewrite, &rewrite->input.source->tables[table],
		"default", from->name, from->default_text, reason, err))
		return false;
	if (from->generated == GENERATED_NO)
		return true;
	return leave_out(rewrite, &rewrite->input.source->tables[table],
	    "generated column", from->name,
	    from->generated_text == NULL ? "" : from->generated_text,
	    "becomes a plain column with the values it has", err);
}

static bool
set_checks(Rewrite *rewrite, size_t table, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];

	for (size_t i = 0; i < from->n_checks; i++)
		if (!leave_out(rewrite, from, "check", from->checks[i].name,
			from->checks[i].text, "expressions are not translated",
			err))
			return false;
	return true;
}

bool
constraints_rewrite(Rewrite *rewrite, size_t table, Error *err)
{
	RewriteTable *rewritten = &rewrite->tables[table];
	Table *to = rewrite_target(rewrite, table);

	for (size_t i = 0; i < rewritten->n_columns; i++) {
		to->columns[i].type = rewritten->columns[i].inference.type;
		if (rewritten->match != NULL)
			continue;
		if (!set_not_null(rewrite, table, i, err) ||
		    !set_default(rewrite, table, i, err))
			return false;
	}
	return rewritten->match != NULL || set_checks(rewrite, table, err);
}
