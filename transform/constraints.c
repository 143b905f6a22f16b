#include "transform/constraints.h"

#include <string.h>

#include "formats/formula.h"
#include "transform/defaults.h"
#include "transform/json_check.h"
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

/* What translate.h is to know of the table. */
static bool
set_translation(Rewrite *rewrite, size_t table, Error *err)
{
	RewriteTable *rewritten = &rewrite->tables[table];
	const Table *from = &rewrite->input.source->tables[table];
	const char *encoding = rewrite->input.source->source.encoding;
	Arena *arena = &rewrite->schema.arena;
	int *columns =
	    arena_alloc(arena, from->n_columns, sizeof *columns, err);
	Rule *rules = arena_alloc(arena, from->n_columns, sizeof *rules, err);

	if (columns == NULL || rules == NULL)
		return false;
	for (size_t i = 0; i < from->n_columns; i++) {
		int target = rewritten->target_columns[i];

		columns[i] = -1;
		if (target < 0)
			continue;
		rules[i] = rewritten->columns[target].rule;
		if (rewritten->columns[target].value < 0)
			columns[i] = target;
	}
	rewritten->translation = (TranslateTable){ .from = from,
		.to = rewrite_target(rewrite, table),
		.target_columns = columns,
		.profile = rewritten->profile,
		.rules = rules,
		.utf16 = encoding != NULL && strcmp(encoding, "UTF-8") != 0 };
	return true;
}

static bool
add_note(Rewrite *rewrite, const Table *from, const char *name,
    const char *note, Error *err)
{
	return note == NULL ||
	    rewrite_add_note(rewrite,
		arena_format(&rewrite->schema.arena, err, "%s.%s: %s",
		    from->name, name, note),
		err);
}

static bool
set_default(Rewrite *rewrite, size_t table, size_t i, Error *err)
{
	const Column *from = source_of(rewrite, table, i);
	Column *to = &rewrite_target(rewrite, table)->columns[i];
	const RewriteColumn *filled = &rewrite->tables[table].columns[i];
	const char *reason;

	if (from == NULL || from->generated != GENERATED_NO || to->identity)
		return true;
	if (!defaults_translate_by_rule(
		from, &filled->rule, to, &reason, &rewrite->schema.arena, err))
		return false;
	return reason == NULL ||
	    leave_out(rewrite, &rewrite->input.source->tables[table], "default",
		from->name, from->default_text, reason, err);
}

/* A generated column of PostgreSQL cannot be made of another (sql-createtable,
 * GENERATED ALWAYS AS). */
static bool
uses_generated(const Formula *formula, const Table *from,
    const Rewrite *rewrite, size_t table)
{
	if (formula->kind == FORMULA_COLUMN) {
		int source =
		    rewrite->tables[table].columns[formula->column].from;

		return source >= 0 &&
		    from->columns[source].generated != GENERATED_NO;
	}
	for (size_t i = 0; i < formula->n_arguments; i++)
		if (uses_generated(formula->arguments[i], from, rewrite, table))
			return true;
	return false;
}

/* Becomes a generated column where the server would compute what it holds;
 * else a plain one with the values it has. */
static bool
set_generated(Rewrite *rewrite, size_t table, size_t i, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	const Column *column = source_of(rewrite, table, i);
	const RewriteColumn *filled = &rewrite->tables[table].columns[i];
	Column *to = &rewrite_target(rewrite, table)->columns[i];
	Translation translation = { .reason = "a mapping makes its values" };
	TranslateWanted wanted = { .use = TRANSLATE_GENERATED };

	if (column == NULL || column->generated == GENERATED_NO)
		return true;
	wanted.affinity = column->affinity;
	wanted.type = to->type;
	if (filled->value < 0 && rule_is_plain(&filled->rule) &&
	    column->generated_text != NULL &&
	    !translate(column->generated_text,
		&rewrite->tables[table].translation, &wanted, &translation,
		&rewrite->schema.arena, err))
		return false;
	if (translation.formula != NULL &&
	    uses_generated(translation.formula, from, rewrite, table)) {
		translation.formula = NULL;
		translation.reason = "it is made of another generated column";
	}
	if (translation.formula == NULL)
		return leave_out(rewrite, from, "generated column",
		    column->name,
		    column->generated_text == NULL ? ""
						   : column->generated_text,
		    arena_format(&rewrite->schema.arena, err,
			"%s; becomes a plain column with the values it has",
			translation.reason),
		    err);
	to->generated = GENERATED_STORED;
	to->formula = translation.formula;
	return add_note(rewrite, from, column->name, translation.note, err);
}

/* A check's name, for it has one: short enough and its own among the table's
 * checks. */
static const char *
name_check(Rewrite *rewrite, const Table *from, const Check *check,
    Names *names, Error *err)
{
	Arena *arena = &rewrite->schema.arena;
	const char *wanted = names_fold(check->name, arena, err);
	const char *name = names_take(wanted, names, arena, err);

	if (name == NULL || strcmp(name, wanted) == 0)
		return name;
	return rewrite_add_note(rewrite,
		   arena_format(arena, err, "%s: check \"%s\" is called \"%s\"",
		       from->name, check->name, name),
		   err)
	    ? name
	    : NULL;
}

static bool
set_check(Rewrite *rewrite, size_t table, const Check *check, Names *names,
    Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	Table *to = rewrite_target(rewrite, table);
	TranslateWanted wanted = { .use = TRANSLATE_CHECK };
	Translation translation;
	Check *copy = &to->checks[to->n_checks];

	if (!translate(check->text, &rewrite->tables[table].translation,
		&wanted, &translation, &rewrite->schema.arena, err))
		return false;
	if (translation.formula == NULL)
		return leave_out(rewrite, from, "check", check->name,
		    check->text, translation.reason, err);
	copy->name = *check->name == '\0'
	    ? ""
	    : name_check(rewrite, from, check, names, err);
	copy->formula = translation.formula;
	to->n_checks++;
	return copy->name != NULL &&
	    add_note(rewrite, from, check->text, translation.note, err);
}

/* Does the check say no more than that a column is the JSON it has become? */
static bool
says_type(
    Rewrite *rewrite, size_t table, const Check *check, bool *says, Error *err)
{
	const Table *to = rewrite_target(rewrite, table);

	*says = false;
	for (size_t i = 0; i < to->n_columns && !*says; i++) {
		const Column *source = source_of(rewrite, table, i);
		TypeName type = to->columns[i].type.name;

		if (source != NULL &&
		    (type == TYPE_JSON || type == TYPE_JSONB) &&
		    !json_check_is_all(check, source->name, says, err))
			return false;
	}
	return true;
}

static bool
set_checks(Rewrite *rewrite, size_t table, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	Table *to = rewrite_target(rewrite, table);
	Names names = { 0 };
	bool success = true;

	to->checks = arena_alloc(
	    &rewrite->schema.arena, from->n_checks, sizeof(Check), err);
	if (to->checks == NULL)
		return false;
	for (size_t i = 0; success && i < from->n_checks; i++) {
		const Check *check = &from->checks[i];
		bool needless;

		success = says_type(rewrite, table, check, &needless, err) &&
		    (needless || set_check(rewrite, table, check, &names, err));
	}
	names_free(&names);
	return success;
}

bool
constraints_rewrite(Rewrite *rewrite, size_t table, Error *err)
{
	RewriteTable *rewritten = &rewrite->tables[table];
	Table *to = rewrite_target(rewrite, table);

	for (size_t i = 0; i < rewritten->n_columns; i++)
		to->columns[i].type = rewritten->columns[i].inference.type;
	if (rewritten->match != NULL)
		return true;
	if (!set_translation(rewrite, table, err))
		return false;
	for (size_t i = 0; i < rewritten->n_columns; i++)
		if (!set_not_null(rewrite, table, i, err) ||
		    !set_generated(rewrite, table, i, err) ||
		    !set_default(rewrite, table, i, err))
			return false;
	return set_checks(rewrite, table, err);
}
