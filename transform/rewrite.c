#include "transform/rewrite.h"

#include <string.h>

#include "transform/defaults.h"
#include "transform/indexes.h"
#include "transform/reason.h"
#include "transform/references.h"

size_t
rewrite_note_count(const Rewrite *rewrite)
{
	return rewrite->notes.size / sizeof(const char *);
}

const char *
rewrite_note(const Rewrite *rewrite, size_t i)
{
	const char *note;

	memcpy(&note, rewrite->notes.data + i * sizeof note, sizeof note);
	return note;
}

bool
rewrite_add_note(Rewrite *rewrite, const char *text, Error *err)
{
	return text != NULL &&
	    buf_put(&rewrite->notes, &text, sizeof text, err);
}

bool
rewrite_leave_out(Rewrite *rewrite, const LeftOut *left_out, Error *err)
{
	return left_out->text != NULL && left_out->reason != NULL &&
	    buf_put(&rewrite->left_out, left_out, sizeof *left_out, err);
}

const ColumnProfile *
rewrite_profile(const Rewrite *rewrite, size_t table, size_t column)
{
	const TableProfile *profile = rewrite->tables[table].profile;

	return profile == NULL ? NULL : &profile->columns[column];
}

static bool
check_columns(const Table *from, Error *err)
{
	if (from->n_columns <= REWRITE_COLUMNS_LIMIT)
		return true;
	return error_set(err, ERROR_FAILED,
	    "table \"%s\" has %zu columns, and PostgreSQL's tables have at "
	    "most %d. Leave it out with -T",
	    from->name, from->n_columns, REWRITE_COLUMNS_LIMIT);
}

/* A target table for each one that is wanted; *n of them. */
static bool
allot_tables(
    Rewrite *rewrite, const Profile *profile, const bool *wanted, Error *err)
{
	const Schema *source = rewrite->source;
	Arena *arena = &rewrite->schema.arena;
	size_t n = 0;

	rewrite->tables =
	    arena_alloc(arena, source->n_tables, sizeof(RewriteTable), err);
	if (rewrite->tables == NULL)
		return false;
	for (size_t i = 0; i < source->n_tables; i++) {
		RewriteTable *table = &rewrite->tables[i];

		table->target = wanted[i] ? n++ : REWRITE_NONE;
		if (profile != NULL)
			table->profile = &profile->tables[i];
		if (wanted[i] && !check_columns(&source->tables[i], err))
			return false;
	}
	rewrite->schema.n_tables = n;
	rewrite->schema.tables = arena_alloc(arena, n, sizeof(Table), err);
	return rewrite->schema.tables != NULL;
}

static Table *
target_of(const Rewrite *rewrite, size_t table)
{
	size_t target = rewrite->tables[table].target;

	return target == REWRITE_NONE ? NULL : &rewrite->schema.tables[target];
}

static bool
note_rename(Rewrite *rewrite, const char *what, const Name *name, Error *err)
{
	if (name->change == NULL)
		return true;
	return rewrite_add_note(rewrite,
	    arena_format(&rewrite->schema.arena, err,
		"%s \"%s\" is called \"%s\": %s", what, name->source,
		name->name, name->change),
	    err);
}

static bool
name_tables(Rewrite *rewrite, Error *err)
{
	Arena *arena = &rewrite->schema.arena;
	size_t n = rewrite->schema.n_tables;
	Name *names = arena_alloc(arena, n, sizeof *names, err);

	if (names == NULL)
		return false;
	for (size_t i = 0; i < rewrite->source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE)
			names[rewrite->tables[i].target].source =
			    rewrite->source->tables[i].name;
	if (!names_assign(
		NAMES_TABLE, names, n, &rewrite->relations, arena, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		Table *table = &rewrite->schema.tables[i];

		table->name = names[i].name;
		table->source = names[i].source;
		table->directory = schema_directory(table->name, arena, err);
		if (table->directory == NULL ||
		    !note_rename(rewrite, "table", &names[i], err))
			return false;
	}
	return true;
}

static bool
name_columns(Rewrite *rewrite, const Table *from, Table *to, Error *err)
{
	Arena *arena = &rewrite->schema.arena;
	Name *names = arena_alloc(arena, from->n_columns, sizeof *names, err);
	Names taken = { 0 };
	bool ok = false;

	if (names == NULL)
		return false;
	for (size_t i = 0; i < from->n_columns; i++)
		names[i].source = from->columns[i].name;
	if (!names_assign(
		NAMES_COLUMN, names, from->n_columns, &taken, arena, err)) {
		error_add(err, "table \"%s\"", from->name);
		goto done;
	}
	for (size_t i = 0; i < from->n_columns; i++) {
		to->columns[i].name = names[i].name;
		to->columns[i].source = names[i].source;
		if (names[i].change == NULL)
			continue;
		if (!note_rename(rewrite,
			arena_format(
			    arena, err, "table \"%s\", column", from->name),
			&names[i], err))
			goto done;
	}
	ok = true;
done:
	names_free(&taken);
	return ok;
}

static bool
infer_columns(Rewrite *rewrite, size_t table, Error *err)
{
	const Table *from = &rewrite->source->tables[table];
	Table *to = target_of(rewrite, table);
	Arena *arena = &rewrite->schema.arena;
	Inference *inferences =
	    arena_alloc(arena, from->n_columns, sizeof *inferences, err);

	rewrite->tables[table].columns = inferences;
	if (inferences == NULL)
		return false;
	for (size_t i = 0; i < from->n_columns; i++) {
		bool key = from->rowid_column == (int)i;

		if (!infer_column(&from->columns[i], key,
			rewrite_profile(rewrite, table, i), arena,
			&inferences[i], err))
			return false;
		to->columns[i].identity = key;
		if (inferences[i].note == NULL)
			continue;
		if (!rewrite_add_note(rewrite,
			arena_format(arena, err, "%s.%s: %s", from->name,
			    from->columns[i].name, inferences[i].note),
			err))
			return false;
	}
	return true;
}

static bool
begin_table(Rewrite *rewrite, size_t table, Error *err)
{
	const Table *from = &rewrite->source->tables[table];
	Table *to = target_of(rewrite, table);

	to->kind = TABLE_ROWID;
	to->autoincrement = from->autoincrement;
	to->sequence = from->sequence;
	to->rowid_column = from->rowid_column;
	to->n_columns = from->n_columns;
	to->columns = arena_alloc(
	    &rewrite->schema.arena, from->n_columns, sizeof(Column), err);
	return to->columns != NULL && name_columns(rewrite, from, to, err) &&
	    infer_columns(rewrite, table, err);
}

/* NOT NULL where it is declared and, as far as we know, true. */
static bool
set_not_null(Rewrite *rewrite, size_t table, size_t i, Error *err)
{
	const Table *from = &rewrite->source->tables[table];
	const ColumnProfile *profile = rewrite_profile(rewrite, table, i);
	Column *to = &target_of(rewrite, table)->columns[i];
	char count[REASON_COUNT_BYTES];

	to->not_null = from->columns[i].not_null || to->identity;
	if (!to->not_null || to->identity || profile == NULL ||
	    profile->classes[VALUE_NULL] == 0)
		return true;
	to->not_null = false;
	return rewrite_add_note(rewrite,
	    arena_format(&rewrite->schema.arena, err,
		"%s.%s: declared NOT NULL but %s values are NULL; "
		"becomes nullable",
		from->name, from->columns[i].name,
		reason_count(profile->classes[VALUE_NULL], count)),
	    err);
}

static bool
leave_out_expressions(Rewrite *rewrite, const Table *from, const Column *column,
    const char *default_reason, Error *err)
{
	LeftOut left_out = { .table = from->name, .name = column->name };

	if (default_reason != NULL) {
		left_out.kind = "default";
		left_out.text = column->default_text;
		left_out.reason = default_reason;
		if (!rewrite_leave_out(rewrite, &left_out, err))
			return false;
	}
	if (column->generated == GENERATED_NO)
		return true;
	left_out.kind = "generated column";
	left_out.text =
	    column->generated_text == NULL ? "" : column->generated_text;
	left_out.reason = "becomes a plain column with the values it has";
	return rewrite_leave_out(rewrite, &left_out, err);
}

static bool
finish_table(Rewrite *rewrite, size_t table, Error *err)
{
	const Table *from = &rewrite->source->tables[table];
	Table *to = target_of(rewrite, table);
	const char *reason;

	for (size_t i = 0; i < from->n_columns; i++) {
		const Column *column = &from->columns[i];

		to->columns[i].type = rewrite->tables[table].columns[i].type;
		if (!set_not_null(rewrite, table, i, err) ||
		    !defaults_translate(column, &to->columns[i], &reason,
			&rewrite->schema.arena, err) ||
		    !leave_out_expressions(rewrite, from, column, reason, err))
			return false;
	}
	for (size_t i = 0; i < from->n_checks; i++) {
		LeftOut left_out = { "check", from->name, from->checks[i].name,
			from->checks[i].text,
			"expressions are not translated" };

		if (!rewrite_leave_out(rewrite, &left_out, err))
			return false;
	}
	return true;
}

static bool
each_table(
    Rewrite *rewrite, bool (*step)(Rewrite *, size_t, Error *), Error *err)
{
	for (size_t i = 0; i < rewrite->source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE &&
		    !step(rewrite, i, err))
			return false;
	return true;
}

bool
rewrite_schema(const Schema *source, const Profile *profile, const bool *wanted,
    Rewrite *rewrite, Error *err)
{
	References references = { 0 };

	rewrite->source = source;
	rewrite->schema.dialect = DIALECT_POSTGRESQL;
	rewrite->schema.namespace = "";
	rewrite->schema.source = source->source;
	for (size_t i = 0; i < source->n_left_out; i++)
		if (!buf_put(&rewrite->left_out, &source->left_out[i],
			sizeof(LeftOut), err))
			return false;
	if (!allot_tables(rewrite, profile, wanted, err) ||
	    !name_tables(rewrite, err) ||
	    !each_table(rewrite, begin_table, err) ||
	    !references_resolve(rewrite, &references, err) ||
	    !references_match_types(rewrite, &references, err) ||
	    !each_table(rewrite, finish_table, err) ||
	    !indexes_rewrite(rewrite, err) ||
	    !references_rewrite(rewrite, &references, err))
		return false;
	rewrite->schema.left_out = (LeftOut *)(void *)rewrite->left_out.data;
	rewrite->schema.n_left_out = rewrite->left_out.size / sizeof(LeftOut);
	return true;
}

void
rewrite_free(Rewrite *rewrite)
{
	names_free(&rewrite->relations);
	buf_free(&rewrite->left_out);
	buf_free(&rewrite->notes);
	schema_free(&rewrite->schema);
	*rewrite = (Rewrite){ 0 };
}
