#include "transform/match_table.h"

#include <string.h>

#include "transform/infer.h"
#include "transform/match_column.h"
#include "transform/match_names.h"

/* One table on its way: names are those of the source's columns, then those of
 * the mapping's add. */
typedef struct {
	const MatchTableInput *input;
	MatchFindings *findings;
	MatchTable *table;
	MatchName *names;
	size_t n_from, n_names;
	MatchTarget *targets;
} Fitting;

static const TargetTable *
target_of(const Fitting *fitting)
{
	return fitting->input->to;
}

static const MappingColumn *
mapped_of(const Fitting *fitting, size_t i)
{
	const MappingTable *entry = fitting->input->entry;

	if (i >= fitting->n_from)
		return &entry->add[i - fitting->n_from];
	return mapping_column(entry, fitting->input->from->columns[i].name);
}

static void
want_name(const Fitting *fitting, size_t i)
{
	const MappingColumn *mapped = mapped_of(fitting, i);
	MatchName *name = &fitting->names[i];

	if (mapped != NULL) {
		if (mapped->skip)
			return;
		name->renamed = mapped->rename;
		name->name = mapped->name;
	}
	if (i < fitting->n_from)
		name->name = fitting->input->from->columns[i].name;
}

static bool
pair_columns(Fitting *fitting, Error *err)
{
	const TargetTable *to = target_of(fitting);
	Arena *arena = fitting->findings->arena;
	const MappingTable *entry = fitting->input->entry;

	fitting->n_from = fitting->input->from->n_columns;
	fitting->n_names = fitting->n_from + (entry == NULL ? 0 : entry->n_add);
	fitting->names =
	    arena_alloc(arena, fitting->n_names, sizeof(MatchName), err);
	fitting->targets =
	    arena_alloc(arena, to->n_columns, sizeof(MatchTarget), err);
	if (fitting->names == NULL || fitting->targets == NULL)
		return false;
	for (size_t i = 0; i < fitting->n_names; i++)
		want_name(fitting, i);
	for (size_t i = 0; i < to->n_columns; i++)
		fitting->targets[i].name = to->columns[i].name;
	return match_names_pair(fitting->names, fitting->n_names,
	    fitting->targets, to->n_columns, MATCH_NAMES_LOOSE, err);
}

static const ColumnProfile *
profile_of(const Fitting *fitting, size_t i)
{
	const TableProfile *profile = fitting->input->profile;

	return profile == NULL || i >= fitting->n_from ? NULL
						       : &profile->columns[i];
}

/* Nothing would be lost with the column. */
static bool
holds_nothing(const Fitting *fitting, size_t i)
{
	const ColumnProfile *profile = profile_of(fitting, i);

	return profile != NULL && infer_values(profile) == 0;
}

static bool
report_homeless(const Fitting *fitting, size_t i, Error *err)
{
	const TargetTable *to = target_of(fitting);
	const MatchName *name = &fitting->names[i];
	const char *table = fitting->input->from->name;
	const char *near =
	    match_names_nearest(name, fitting->targets, to->n_columns);

	if (name->renamed == NULL && holds_nothing(fitting, i))
		return match_findings_note(fitting->findings, err,
		    "%s.%s: %s.%s has no such column; it is left out, for it "
		    "holds no value",
		    table, name->name, to->namespace, to->name);
	return match_findings_problem(fitting->findings, err,
	    "%s.%s: %s.%s has no column \"%s\"%s%s%s; %s", table, name->name,
	    to->namespace, to->name,
	    name->renamed == NULL ? name->name : name->renamed,
	    near == NULL ? "" : ", the nearest is \"", near == NULL ? "" : near,
	    near == NULL ? "" : "\"",
	    i >= fitting->n_from
		? "take it out of add"
		: "say where it goes with rename:, or leave it out with skip: "
		  "true");
}

/* Two names for one column; told once. */
static bool
report_rivals(const Fitting *fitting, size_t i, Error *err)
{
	const TargetTable *to = target_of(fitting);
	const MatchName *name = &fitting->names[i];

	if (name->rival > (int)i)
		return true;
	return match_findings_problem(fitting->findings, err,
	    "%s.%s and %s.%s both go to %s.%s.%s; say which does, with rename: "
	    "or skip: true",
	    fitting->input->from->name, fitting->names[name->rival].name,
	    fitting->input->from->name, name->name, to->namespace, to->name,
	    to->columns[name->target].name);
}

static bool
fit_column(const Fitting *fitting, size_t i, Rule *rule, Error *err)
{
	const MatchTableInput *input = fitting->input;
	const TargetTable *to = target_of(fitting);
	const MatchName *name = &fitting->names[i];
	MatchColumn column = { .from = name->name,
		.column = i < fitting->n_from ? &input->from->columns[i] : NULL,
		.profile = profile_of(fitting, i),
		.to = &to->columns[name->target],
		.mapping = input->input->mapping,
		.entry = input->entry,
		.mapped = mapped_of(fitting, i) };

	column.label = arena_format(fitting->findings->arena, err,
	    "%s.%s -> %s.%s.%s %s", input->from->name, name->name,
	    to->namespace, to->name, column.to->name, column.to->type_sql);
	if (column.label == NULL)
		return false;
	if (column.mapping != NULL)
		column.defaults = mapping_defaults(
		    column.mapping, column.entry, column.mapped);
	return match_column_fit(&column, fitting->findings, rule, err);
}

/* Find the column a place, and its values a way. */
static bool
place_column(Fitting *fitting, size_t i, int *place, Rule *rule, Error *err)
{
	const TargetTable *to = target_of(fitting);
	const MatchName *name = &fitting->names[i];

	*place = -1;
	if (name->name == NULL)
		return true;
	if (name->target < 0)
		return report_homeless(fitting, i, err);
	if (name->rival >= 0)
		return report_rivals(fitting, i, err);
	if (to->columns[name->target].generated)
		return match_findings_note(fitting->findings, err,
		    "%s.%s: %s.%s.%s is computed by the server; the dump's "
		    "values are left out",
		    fitting->input->from->name, name->name, to->namespace,
		    to->name, to->columns[name->target].name);
	*place = name->target;
	return fit_column(fitting, i, rule, err);
}

static bool
place_columns(Fitting *fitting, Error *err)
{
	MatchTable *table = fitting->table;
	Arena *arena = fitting->findings->arena;
	size_t n_from = fitting->n_from, n_added = fitting->n_names - n_from;

	table->columns = arena_alloc(arena, n_from, sizeof(int), err);
	table->rules = arena_alloc(arena, n_from, sizeof(Rule), err);
	table->added = arena_alloc(arena, n_added, sizeof(int), err);
	table->added_rules = arena_alloc(arena, n_added, sizeof(Rule), err);
	if (table->columns == NULL || table->rules == NULL ||
	    table->added == NULL || table->added_rules == NULL)
		return false;
	for (size_t i = 0; i < n_from; i++)
		if (!place_column(
			fitting, i, &table->columns[i], &table->rules[i], err))
			return false;
	for (size_t i = 0; i < n_added; i++)
		if (!place_column(fitting, n_from + i, &table->added[i],
			&table->added_rules[i], err))
			return false;
	return true;
}

static bool
is_filled(const Fitting *fitting, size_t column)
{
	for (size_t i = 0; i < fitting->n_names; i++)
		if (fitting->names[i].target == (int)column)
			return true;
	return false;
}

static bool
fills_itself(const TargetColumn *column)
{
	return column->generated || column->default_text != NULL ||
	    column->identity != TARGET_IDENTITY_NONE;
}

/* A column that must have a value and gets none. */
static bool
report_missing(const Fitting *fitting, const TargetColumn *column, Error *err)
{
	const TargetTable *to = target_of(fitting);
	char sql[TYPE_SQL_BYTES];

	return match_findings_problem(fitting->findings, err,
	    "%s -> %s.%s: column \"%s\" %s is NOT NULL without a default, and "
	    "the dump has none for it; give it a value: add: { \"%s\": { type: "
	    "\"%s\", value: \"...\" } }",
	    fitting->input->from->name, to->namespace, to->name, column->name,
	    column->type_sql, column->name, type_sql(column->type, sql));
}

/* "name, other" and one more. */
static bool
extend(Arena *arena, const char **list, const char *name, Error *err)
{
	*list = arena_format(
	    arena, err, "%s%s%s", *list, **list == '\0' ? "" : ", ", name);
	return *list != NULL;
}

/* Columns that only the target has. */
static bool
check_unfilled(const Fitting *fitting, Error *err)
{
	const TargetTable *to = target_of(fitting);
	const TableProfile *profile = fitting->input->profile;
	Arena *arena = fitting->findings->arena;
	const char *defaults = "", *nulls = "";

	for (size_t i = 0; i < to->n_columns; i++) {
		const TargetColumn *column = &to->columns[i];

		if (is_filled(fitting, i) || column->generated)
			continue;
		if (fills_itself(column)) {
			if (!extend(arena, &defaults, column->name, err))
				return false;
		} else if (!column->not_null) {
			if (!extend(arena, &nulls, column->name, err))
				return false;
		} else if ((profile == NULL || profile->rows > 0) &&
		    !report_missing(fitting, column, err)) {
			return false;
		}
	}
	if (*defaults == '\0' && *nulls == '\0')
		return true;
	return match_findings_note(fitting->findings, err,
	    "%s -> %s.%s: the dump has nothing for columns of the target: "
	    "%s%s%s%s%s",
	    fitting->input->from->name, to->namespace, to->name, defaults,
	    *defaults == '\0' ? "" : " (by their defaults)",
	    *defaults == '\0' || *nulls == '\0' ? "" : ", ", nulls,
	    *nulls == '\0' ? "" : " (NULL)");
}

static bool
note_habits(const Fitting *fitting, Error *err)
{
	const TargetTable *to = target_of(fitting);
	Arena *arena = fitting->findings->arena;
	const char *triggers = "";

	for (size_t i = 0; i < to->n_triggers; i++)
		if (!extend(arena, &triggers, to->triggers[i], err))
			return false;
	if (to->n_triggers > 0 &&
	    !match_findings_note(fitting->findings, err,
		"%s.%s: triggers fire for every row that is loaded: %s",
		to->namespace, to->name, triggers))
		return false;
	return !to->row_security ||
	    match_findings_note(fitting->findings, err,
		"%s.%s: row-level security is on; load as the table's owner "
		"or as a role that bypasses it",
		to->namespace, to->name);
}

bool
match_table_fit(const MatchTableInput *input, MatchFindings *findings,
    MatchTable *table, Error *err)
{
	Fitting fitting = {
		.input = input, .findings = findings, .table = table
	};

	return pair_columns(&fitting, err) && place_columns(&fitting, err) &&
	    check_unfilled(&fitting, err) && note_habits(&fitting, err);
}
