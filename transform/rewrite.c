#include "transform/rewrite.h"

#include <string.h>

#include "transform/columns.h"
#include "transform/constraints.h"
#include "transform/indexes.h"
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

Table *
rewrite_target(const Rewrite *rewrite, size_t table)
{
	size_t target = rewrite->tables[table].target;

	return target == REWRITE_NONE ? NULL : &rewrite->schema.tables[target];
}

const ColumnProfile *
rewrite_profile(const Rewrite *rewrite, size_t table, size_t column)
{
	const TableProfile *profile = rewrite->tables[table].profile;

	return profile == NULL ? NULL : &profile->columns[column];
}

const ColumnProfile *
rewrite_target_profile(const Rewrite *rewrite, size_t table, size_t column)
{
	const RewriteColumn *filled = &rewrite->tables[table].columns[column];

	if (filled->from < 0 || filled->value >= 0 ||
	    filled->rule.values != NULL ||
	    filled->rule.conversion != CONVERSION_NONE)
		return NULL;
	return rewrite_profile(rewrite, table, (size_t)filled->from);
}

ExpressionSpec
rewrite_expressions(const Rewrite *rewrite, size_t table)
{
	const RewriteTable *rewritten = &rewrite->tables[table];

	return (ExpressionSpec){
		.table = &rewrite->input.source->tables[table],
		.values = rewritten->values,
		.n_values = rewritten->n_values,
		.where =
		    rewritten->where.text == NULL ? NULL : &rewritten->where,
	};
}

Names *
rewrite_relations(Rewrite *rewrite, const char *namespace, Error *err)
{
	RewriteNamespace **at = &rewrite->namespaces;

	for (; *at != NULL; at = &(*at)->next) {
		const char *name = (*at)->name;

		if (name == namespace ||
		    (name != NULL && namespace != NULL &&
			strcmp(name, namespace) == 0))
			return &(*at)->relations;
	}
	*at = arena_alloc(
	    &rewrite->schema.arena, 1, sizeof(RewriteNamespace), err);
	if (*at == NULL)
		return NULL;
	(*at)->name = namespace;
	return &(*at)->relations;
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

/* Who asks for the table, and who does not. */
static bool
is_wanted(const Rewrite *rewrite, size_t table)
{
	const RewriteInput *input = &rewrite->input;
	const MappingTable *mapping = rewrite->tables[table].mapping;

	if (!input->wanted[table] || (mapping != NULL && mapping->skip))
		return false;
	return input->match == NULL ||
	    input->match->tables[table].target != NULL;
}

/* A target table for each one that is wanted. */
static bool
allot_tables(Rewrite *rewrite, Error *err)
{
	const RewriteInput *input = &rewrite->input;
	const Schema *source = input->source;
	Arena *arena = &rewrite->schema.arena;
	size_t n = 0;

	rewrite->tables =
	    arena_alloc(arena, source->n_tables, sizeof(RewriteTable), err);
	if (rewrite->tables == NULL)
		return false;
	for (size_t i = 0; i < source->n_tables; i++) {
		RewriteTable *table = &rewrite->tables[i];

		if (input->profile != NULL)
			table->profile = &input->profile->tables[i];
		if (input->mapping != NULL)
			table->mapping = mapping_table(
			    input->mapping, source->tables[i].name);
		table->target = REWRITE_NONE;
		if (!is_wanted(rewrite, i))
			continue;
		table->target = n++;
		if (input->match != NULL)
			table->match = &input->match->tables[i];
		if (!check_columns(&source->tables[i], err))
			return false;
	}
	rewrite->schema.n_tables = n;
	rewrite->schema.tables = arena_alloc(arena, n, sizeof(Table), err);
	return rewrite->schema.tables != NULL;
}

static bool
note_name(Rewrite *rewrite, const Name *name, Error *err)
{
	Arena *arena = &rewrite->schema.arena;

	if (name->change != NULL)
		return rewrite_add_note(rewrite,
		    arena_format(arena, err,
			"table \"%s\" is called \"%s\": %s", name->source,
			name->name, name->change),
		    err);
	if (!names_reserved(name->name))
		return true;
	return rewrite_add_note(rewrite,
	    arena_format(arena, err,
		"table \"%s\" is called by a reserved word: in SQL it must be "
		"written \"%s\", with its quotes",
		name->source, name->name),
	    err);
}

/* A table's schema; NULL for that of all. */
static const char *
namespace_of(const Rewrite *rewrite, size_t table)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	const char *namespace = NULL;

	if (rewritten->match != NULL)
	namespace = rewritten->match->target->namespace;
	else if (rewritten->mapping != NULL) namespace =
	    rewritten->mapping->rename_namespace;
	if (namespace != NULL &&
	    strcmp(namespace, rewrite->schema.namespace) == 0)
		return NULL;
	return namespace;
}

static bool
want_name(Rewrite *rewrite, size_t table, Name *name, Error *err)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	Table *to = rewrite_target(rewrite, table);

	to->namespace = namespace_of(rewrite, table);
	name->source = rewrite->input.source->tables[table].name;
	name->taken = rewrite_relations(rewrite, to->namespace, err);
	if (rewritten->match != NULL)
		name->wanted = rewritten->match->target->name;
	else if (rewritten->mapping != NULL)
		name->wanted = rewritten->mapping->rename;
	if (rewritten->mapping == NULL)
		return name->taken != NULL;
	name->place = mapping_where(rewrite->input.mapping,
	    rewritten->mapping->place, &rewrite->schema.arena, err);
	return name->taken != NULL && name->place != NULL;
}

/* The directory of a table's chunks is made of its name. */
static const char *
directory_of(const Table *table, Arena *arena, Error *err)
{
	const char *name = table->name;

	if (table->namespace != NULL)
		name = arena_format(
		    arena, err, "%s.%s", table->namespace, table->name);
	return name == NULL ? NULL : schema_directory(name, arena, err);
}

static bool
name_tables(Rewrite *rewrite, Error *err)
{
	Arena *arena = &rewrite->schema.arena;
	const Mapping *mapping = rewrite->input.mapping;
	size_t n = rewrite->schema.n_tables;
	Name *names = arena_alloc(arena, n, sizeof *names, err);

	if (names == NULL)
		return false;
	for (size_t i = 0; i < rewrite->input.source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE &&
		    !want_name(
			rewrite, i, &names[rewrite->tables[i].target], err))
			return false;
	if (!names_assign(NAMES_TABLE,
		mapping == NULL ? NAMING_FOLD : mapping->naming, names, n,
		arena, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		Table *table = &rewrite->schema.tables[i];

		table->name = names[i].name;
		table->source = names[i].source;
		table->directory = directory_of(table, arena, err);
		if (table->directory == NULL ||
		    !note_name(rewrite, &names[i], err))
			return false;
	}
	return true;
}

static bool
begin_table(Rewrite *rewrite, size_t table, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	Table *to = rewrite_target(rewrite, table);
	const RewriteTable *rewritten = &rewrite->tables[table];

	to->kind = TABLE_ROWID;
	to->autoincrement = from->autoincrement;
	to->sequence = from->sequence;
	if (rewritten->mapping != NULL && rewritten->mapping->where != NULL) {
		ExpressionText *where = &rewrite->tables[table].where;

		where->text = rewritten->mapping->where;
		where->place = mapping_where(rewrite->input.mapping,
		    rewritten->mapping->where_place, &rewrite->schema.arena,
		    err);
		if (where->place == NULL)
			return false;
	}
	return columns_rewrite(rewrite, table, err);
}

static bool
each_table(
    Rewrite *rewrite, bool (*step)(Rewrite *, size_t, Error *), Error *err)
{
	for (size_t i = 0; i < rewrite->input.source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE &&
		    !step(rewrite, i, err))
			return false;
	return true;
}

static void
begin_schema(Rewrite *rewrite, const RewriteInput *input)
{
	rewrite->input = *input;
	rewrite->schema.dialect = DIALECT_POSTGRESQL;
	rewrite->schema.namespace = "";
	if (input->match != NULL)
		rewrite->schema.namespace = input->target->namespace;
	else if (input->mapping != NULL && input->mapping->namespace != NULL)
		rewrite->schema.namespace = input->mapping->namespace;
	rewrite->schema.source = input->source->source;
	rewrite->schema.rejects_round = input->source->rejects_round;
}

/* An expression that is none is found before a row moves. */
static bool
try_expressions(Rewrite *rewrite, size_t table, Error *err)
{
	ExpressionSpec spec = rewrite_expressions(rewrite, table);
	Expressions *expressions = NULL;

	if (spec.n_values == 0 && spec.where == NULL)
		return true;
	if (!expressions_open(&spec, &expressions, err))
		return false;
	expressions_close(expressions);
	return true;
}

/* What makes a table besides its columns; one that is there has it already. */
static bool
rewrite_rest(Rewrite *rewrite, const References *references, Error *err)
{
	if (!each_table(rewrite, constraints_rewrite, err))
		return false;
	return rewrite->input.match != NULL ||
	    (indexes_rewrite(rewrite, err) &&
		references_rewrite(rewrite, references, err));
}

bool
rewrite_schema(const RewriteInput *input, Rewrite *rewrite, Error *err)
{
	References references = { 0 };

	begin_schema(rewrite, input);
	for (size_t i = 0; i < input->source->n_left_out; i++)
		if (!buf_put(&rewrite->left_out, &input->source->left_out[i],
			sizeof(LeftOut), err))
			return false;
	if (!allot_tables(rewrite, err) || !name_tables(rewrite, err) ||
	    !each_table(rewrite, begin_table, err) ||
	    !each_table(rewrite, try_expressions, err) ||
	    !references_resolve(rewrite, &references, err) ||
	    !references_match_types(rewrite, &references, err) ||
	    !rewrite_rest(rewrite, &references, err))
		return false;
	rewrite->schema.left_out = (LeftOut *)(void *)rewrite->left_out.data;
	rewrite->schema.n_left_out = rewrite->left_out.size / sizeof(LeftOut);
	return true;
}

void
rewrite_free(Rewrite *rewrite)
{
	RewriteNamespace *namespace = rewrite->namespaces;

	for (; namespace != NULL; namespace = namespace->next)
		names_free(&namespace->relations);
	buf_free(&rewrite->left_out);
	buf_free(&rewrite->notes);
	schema_free(&rewrite->schema);
	*rewrite = (Rewrite){ 0 };
}
