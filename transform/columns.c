#include "transform/columns.h"

#include "formats/sqltext.h"
#include "transform/json_check.h"

/* One table on its way from here to there. */
typedef struct {
	Rewrite *rewrite;
	size_t table;
	const Table *from;
	Table *to;
	RewriteTable *rewritten;
} Passage;

static Arena *
arena_of(const Passage *passage)
{
	return &passage->rewrite->schema.arena;
}

/* Does a column of the source have a place in the target? */
static bool
travels(const Passage *passage, size_t i)
{
	const RewriteTable *table = passage->rewritten;
	const MappingColumn *mapping =
	    mapping_column(table->mapping, passage->from->columns[i].name);

	if (mapping != NULL && mapping->skip)
		return false;
	return table->match == NULL || table->match->columns[i] >= 0;
}

/* An expression's index in the table's values; -1 for none. */
static bool
add_value(
    Passage *passage, const MappingColumn *mapping, int *value, Error *err)
{
	RewriteTable *table = passage->rewritten;
	ExpressionText *text = &table->values[table->n_values];

	*value = -1;
	if (mapping == NULL || mapping->value == NULL)
		return true;
	text->text = mapping->value;
	text->place = mapping_where(passage->rewrite->input.mapping,
	    mapping->value_place, arena_of(passage), err);
	*value = (int)table->n_values++;
	return text->place != NULL;
}

static bool
add_column(Passage *passage, int from, const MappingColumn *mapping, Error *err)
{
	RewriteTable *table = passage->rewritten;
	RewriteColumn *column = &table->columns[table->n_columns];

	column->from = from;
	column->mapping = mapping;
	if (from >= 0)
		table->target_columns[from] = (int)table->n_columns;
	table->n_columns++;
	return add_value(passage, mapping, &column->value, err);
}

/* What fills the columns, and how many there are. */
static bool
list_columns(Passage *passage, Error *err)
{
	RewriteTable *table = passage->rewritten;
	const MappingTable *mapping = table->mapping;
	size_t n_added = mapping == NULL ? 0 : mapping->n_add;
	size_t n_from = passage->from->n_columns;
	Arena *arena = arena_of(passage);

	table->columns =
	    arena_alloc(arena, n_from + n_added, sizeof(RewriteColumn), err);
	table->values =
	    arena_alloc(arena, n_from + n_added, sizeof(ExpressionText), err);
	table->target_columns = arena_alloc(arena, n_from, sizeof(int), err);
	if (table->columns == NULL || table->values == NULL ||
	    table->target_columns == NULL)
		return false;
	for (size_t i = 0; i < n_from; i++) {
		table->target_columns[i] = -1;
		if (travels(passage, i) &&
		    !add_column(passage, (int)i,
			mapping_column(mapping, passage->from->columns[i].name),
			err))
			return false;
	}
	for (size_t i = 0; i < n_added; i++)
		if (!add_column(passage, -1, &mapping->add[i], err))
			return false;
	if (table->n_columns == 0)
		return error_set(err, ERROR_USAGE,
		    "table \"%s\": all columns are left out; leave the table "
		    "out instead, with skip: true or -T",
		    passage->from->name);
	return true;
}

/* The target's column that a column fills; NULL where no target is given. */
static const TargetColumn *
matched(const Passage *passage, size_t i)
{
	const RewriteTable *table = passage->rewritten;
	const RewriteColumn *column = &table->columns[i];
	const MatchTable *match = table->match;
	int at;

	if (match == NULL)
		return NULL;
	at = column->from >= 0
	    ? match->columns[column->from]
	    : match->added[column->mapping - table->mapping->add];
	return at < 0 ? NULL : &match->target->columns[at];
}

static const char *
source_name(const Passage *passage, const RewriteColumn *column)
{
	return column->from < 0 ? column->mapping->name
				: passage->from->columns[column->from].name;
}

/* How messages about a column's name begin. */
static const char *
place_of(const Passage *passage, const RewriteColumn *column, Error *err)
{
	const char *place = NULL;
	Arena *arena = arena_of(passage);

	if (column->mapping != NULL)
		place = mapping_where(passage->rewrite->input.mapping,
		    column->mapping->place, arena, err);
	if (column->mapping != NULL && place == NULL)
		return NULL;
	return arena_format(arena, err, "%s%stable \"%s\"",
	    place == NULL ? "" : place, place == NULL ? "" : ": ",
	    passage->from->name);
}

static bool
want_names(const Passage *passage, Names *taken, Name *names, Error *err)
{
	for (size_t i = 0; i < passage->rewritten->n_columns; i++) {
		const RewriteColumn *column = &passage->rewritten->columns[i];
		const TargetColumn *target = matched(passage, i);

		names[i].source = source_name(passage, column);
		names[i].taken = taken;
		if (target != NULL)
			names[i].wanted = target->name;
		else if (column->mapping != NULL &&
		    column->mapping->rename != NULL)
			names[i].wanted = column->mapping->rename;
		else if (column->from < 0)
			names[i].wanted = column->mapping->name;
		names[i].place = place_of(passage, column, err);
		if (names[i].place == NULL)
			return false;
	}
	return true;
}

static bool
note_name(Passage *passage, const Name *name, Error *err)
{
	Arena *arena = arena_of(passage);

	if (name->change != NULL)
		return rewrite_add_note(passage->rewrite,
		    arena_format(arena, err,
			"table \"%s\", column \"%s\" is called \"%s\": %s",
			passage->from->name, name->source, name->name,
			name->change),
		    err);
	return true;
}

/* Names that are fine between quotes and an error without, in one note. */
static bool
note_reserved(Passage *passage, const Name *names, size_t n, Error *err)
{
	Buf buf = { 0 };
	const char *text;
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		if (names_reserved(names[i].name))
			ok = buf_put_text(
				 &buf, buf.size == 0 ? "" : ", ", err) &&
			    sqltext_put_name(&buf, names[i].name, err);
	if (ok && buf.size > 0) {
		text = buf_text(&buf, err);
		ok = text != NULL &&
		    rewrite_add_note(passage->rewrite,
			arena_format(arena_of(passage), err,
			    "%s: columns called by reserved words must be "
			    "quoted in SQL: %s",
			    passage->from->name, text),
			err);
	}
	buf_free(&buf);
	return ok;
}

static bool
name_columns(Passage *passage, Error *err)
{
	Rewrite *rewrite = passage->rewrite;
	size_t n = passage->rewritten->n_columns;
	Naming naming = rewrite->input.mapping == NULL
	    ? NAMING_FOLD
	    : rewrite->input.mapping->naming;
	Name *names = arena_alloc(arena_of(passage), n, sizeof *names, err);
	Names taken = { 0 };
	bool ok = false;

	if (names == NULL)
		return false;
	if (!want_names(passage, &taken, names, err) ||
	    !names_assign(
		NAMES_COLUMN, naming, names, n, arena_of(passage), err))
		goto done;
	for (size_t i = 0; i < n; i++) {
		passage->to->columns[i].name = names[i].name;
		passage->to->columns[i].source =
		    passage->rewritten->columns[i].from < 0 ? NULL
							    : names[i].source;
		if (!note_name(passage, &names[i], err))
			goto done;
	}
	/* A table that is there has been lived with. */
	ok = passage->rewritten->match != NULL ||
	    note_reserved(passage, names, n, err);
done:
	names_free(&taken);
	return ok;
}

/* What holds for the column's values besides its type. */
static void
set_policies(const Passage *passage, RewriteColumn *column)
{
	const RewriteInput *input = &passage->rewrite->input;
	MappingDefaults defaults = { 0 };
	Rule *rule = &column->rule;

	if (input->mapping != NULL)
		defaults = mapping_defaults(input->mapping,
		    passage->rewritten->mapping, column->mapping);
	rule->policy = defaults.has_policy ? defaults.policy : input->policy;
	rule->nul = defaults.nul;
	rule->utf8 = defaults.utf8;
	rule->zone = defaults.zone;
	if (column->mapping != NULL && column->mapping->values != NULL) {
		rule->values = column->mapping->values;
		rule->n_values = column->mapping->n_values;
	}
}

/* Text that no text can be was asked to become bytes, and there is some. */
static bool
becomes_bytes(const Rule *rule, const ColumnProfile *profile)
{
	if (profile == NULL || rule->type.name != TYPE_TEXT)
		return false;
	return (rule->nul == NUL_BYTEA && profile->nul > 0) ||
	    (rule->utf8 == UTF8_BYTEA && profile->invalid_utf8 > 0);
}

/* The type that the mapping's entry for the column gives; false for none. */
static bool
take_mapped(Passage *passage, RewriteColumn *column, bool *done, Error *err)
{
	const MappingColumn *mapping = column->mapping;
	Rule *rule = &column->rule;

	*done = false;
	if (mapping == NULL)
		return true;
	if (mapping->conversion != CONVERSION_NONE)
		rule->conversion = mapping->conversion;
	if (mapping->has_type)
		rule->type = mapping->type;
	else if (mapping->conversion != CONVERSION_NONE)
		rule->type = conversion_type(mapping->conversion);
	else if (mapping->values != NULL || column->from < 0)
		rule->type = (Type){ .name = TYPE_TEXT };
	else
		return true;
	*done = true;
	column->inference.reason =
	    mapping_where(passage->rewrite->input.mapping, mapping->place,
		arena_of(passage), err);
	if (column->inference.reason == NULL)
		return false;
	column->inference.reason = arena_format(
	    arena_of(passage), err, "%s says so", column->inference.reason);
	return column->inference.reason != NULL;
}

static void
take_matched(const Passage *passage, RewriteColumn *column)
{
	const MatchTable *match = passage->rewritten->match;

	if (column->from >= 0)
		column->rule = match->rules[column->from];
	else
		column->rule = match->added_rules[column->mapping -
		    passage->rewritten->mapping->add];
	column->inference.reason = "the target's column has this type";
}

static bool
take_declared(Passage *passage, RewriteColumn *column, const Column *from,
    bool *done, Error *err)
{
	const Mapping *mapping = passage->rewrite->input.mapping;
	const Type *type = NULL;

	if (mapping != NULL)
		type = mapping_declared(mapping, from->declared);
	*done = type != NULL;
	if (type == NULL)
		return true;
	column->rule.type = *type;
	column->inference.reason = arena_format(arena_of(passage), err,
	    "%s gives this type to every %s", mapping->path, from->declared);
	return column->inference.reason != NULL;
}

/* What a note should not call set aside, because it is mended, or made NULL. */
static void
forget_mended(const Rule *rule, ColumnProfile *profile)
{
	if (rule->nul == NUL_STRIP || rule->policy != POLICY_REJECT)
		profile->nul = 0;
	if (rule->utf8 == UTF8_REPLACE || rule->utf8 == UTF8_LATIN1 ||
	    rule->policy != POLICY_REJECT)
		profile->invalid_utf8 = 0;
}

static bool
role_of(const Passage *passage, const RewriteColumn *column, InferRole *role,
    Error *err)
{
	bool json;

	*role = INFER_ROWID;
	if (passage->from->rowid_column == column->from)
		return true;
	if (!json_check_of(passage->from, (size_t)column->from, &json, err))
		return false;
	*role = json ? INFER_JSON : INFER_PLAIN;
	return true;
}

/* Nobody says the type: it is found out. */
static bool
take_inferred(Passage *passage, RewriteColumn *column, Error *err)
{
	const Column *from = &passage->from->columns[column->from];
	InferRole role;
	ColumnProfile mended;
	/* What an expression gives is another matter than what was there. */
	const ColumnProfile *profile = column->value >= 0
	    ? NULL
	    : rewrite_profile(
		  passage->rewrite, passage->table, (size_t)column->from);

	if (profile != NULL) {
		mended = *profile;
		forget_mended(&column->rule, &mended);
	}
	if (!role_of(passage, column, &role, err) ||
	    !infer_column(from, role, profile == NULL ? NULL : &mended,
		arena_of(passage), &column->inference, err))
		return false;
	column->rule.type = column->inference.type;
	if (becomes_bytes(&column->rule, profile)) {
		column->rule.type = (Type){ .name = TYPE_BYTEA };
		column->inference.reason =
		    "holds text that no text of PostgreSQL can be, and the "
		    "mapping asks for bytea then";
		column->inference.note = NULL;
	}
	return true;
}

static bool
decide_type(Passage *passage, size_t i, Error *err)
{
	RewriteColumn *column = &passage->rewritten->columns[i];
	bool done = matched(passage, i) != NULL;

	if (done)
		take_matched(passage, column);
	set_policies(passage, column);
	if (!done && !take_mapped(passage, column, &done, err))
		return false;
	if (!done && column->from >= 0 &&
	    !take_declared(passage, column,
		&passage->from->columns[column->from], &done, err))
		return false;
	column->fixed = done;
	if (!done && !take_inferred(passage, column, err))
		return false;
	column->inference.type = column->rule.type;
	if (column->inference.note == NULL)
		return true;
	return rewrite_add_note(passage->rewrite,
	    arena_format(arena_of(passage), err, "%s.%s: %s",
		passage->from->name, source_name(passage, column),
		column->inference.note),
	    err);
}

/* The key gives numbers by itself: the rowid's column, or what the mapping
 * says. */
static bool
is_identity(const Passage *passage, const RewriteColumn *column)
{
	MappingIdentity asked = column->mapping == NULL
	    ? MAPPING_IDENTITY_UNSET
	    : column->mapping->identity;

	if (!type_is_whole(column->rule.type.name) ||
	    asked == MAPPING_IDENTITY_NONE)
		return false;
	return asked == MAPPING_IDENTITY_BY_DEFAULT ||
	    (column->from >= 0 && column->value < 0 &&
		passage->from->rowid_column == column->from);
}

/* The type was found out, and does not count. */
static bool
refuse_identity(Passage *passage, const RewriteColumn *column, Error *err)
{
	char sql[TYPE_SQL_BYTES];
	const char *place = mapping_where(passage->rewrite->input.mapping,
	    column->mapping->place, arena_of(passage), err);

	return place != NULL &&
	    error_set(err, ERROR_USAGE,
		"%s: identity takes the type bigint, integer or smallint, and "
		"%s.%s is %s",
		place, passage->from->name, source_name(passage, column),
		type_sql(column->rule.type, sql));
}

static bool
decide_identity(Passage *passage, size_t i, Error *err)
{
	const RewriteColumn *column = &passage->rewritten->columns[i];

	/* An existing table has the ones it has. */
	if (passage->rewritten->match != NULL)
		return true;
	if (column->mapping != NULL &&
	    column->mapping->identity == MAPPING_IDENTITY_BY_DEFAULT &&
	    !type_is_whole(column->rule.type.name))
		return refuse_identity(passage, column, err);
	passage->to->columns[i].identity = is_identity(passage, column);
	return true;
}

bool
columns_rewrite(Rewrite *rewrite, size_t table, Error *err)
{
	Passage passage = { .rewrite = rewrite,
		.table = table,
		.from = &rewrite->input.source->tables[table],
		.to = rewrite_target(rewrite, table),
		.rewritten = &rewrite->tables[table] };
	const RewriteTable *rewritten = passage.rewritten;

	if (!list_columns(&passage, err))
		return false;
	passage.to->n_columns = rewritten->n_columns;
	passage.to->columns = arena_alloc(
	    &rewrite->schema.arena, rewritten->n_columns, sizeof(Column), err);
	if (passage.to->columns == NULL || !name_columns(&passage, err))
		return false;
	for (size_t i = 0; i < rewritten->n_columns; i++) {
		if (!decide_type(&passage, i, err) ||
		    !decide_identity(&passage, i, err))
			return false;
	}
	passage.to->rowid_column = passage.from->rowid_column < 0
	    ? -1
	    : rewritten->target_columns[passage.from->rowid_column];
	return true;
}
