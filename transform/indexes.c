#include "transform/indexes.h"

#include <strings.h>

#include "formats/sqltext.h"
#include "transform/index_parts.h"
#include "transform/reason.h"

/* INDEX_MAX_KEYS. */
#define INDEX_COLUMNS_LIMIT 32
/* A b-tree's entry holds 2704 bytes (a third of a page), headers too. */
#define INDEX_ENTRY_BYTES 2600

const char *
indexes_take_name(Rewrite *rewrite, const Table *table, const int *columns,
    size_t n, const char *ending, Error *err)
{
	Arena *arena = &rewrite->schema.arena;
	Buf buf = { 0 };
	const char *wanted = NULL;
	const char *text;
	Names *relations = rewrite_relations(rewrite, table->namespace, err);

	if (relations == NULL || !buf_put_text(&buf, table->name, err))
		goto done;
	for (size_t i = 0; i < n; i++)
		if (!buf_put_format(&buf, err, "_%s",
			columns[i] < 0 ? "expr"
				       : table->columns[columns[i]].name))
			goto done;
	if (!buf_put_text(&buf, ending, err))
		goto done;
	text = buf_text(&buf, err);
	if (text != NULL)
		wanted = names_take(text, relations, arena, err);
done:
	buf_free(&buf);
	return wanted;
}

static bool
put_parts(Buf *buf, const Table *from, const Index *index, Error *err)
{
	for (size_t i = 0; i < index->n_parts; i++) {
		const IndexPart *part = &index->parts[i];

		if (!buf_put_text(buf, i == 0 ? " (" : ", ", err))
			return false;
		if (part->column < 0) {
			if (!buf_put_text(buf, part->text, err))
				return false;
		} else if (!sqltext_put_name(
			       buf, from->columns[part->column].name, err)) {
			return false;
		}
		if (part->collation != NULL &&
		    strcasecmp(part->collation, "BINARY") != 0 &&
		    !buf_put_format(buf, err, " COLLATE %s", part->collation))
			return false;
		if (part->descending && !buf_put_text(buf, " DESC", err))
			return false;
	}
	return buf_put_text(buf, ")", err);
}

/* An index as the SQL it was, more or less, for people; NULL: no memory. */
static const char *
describe(Rewrite *rewrite, const Table *from, const Index *index, Error *err)
{
	static const char *const starts[] = {
		[INDEX_PLAIN] = "INDEX",
		[INDEX_UNIQUE] = "UNIQUE",
		[INDEX_PRIMARY] = "PRIMARY KEY",
	};
	Buf buf = { 0 };
	const char *text = NULL;
	const char *whole;

	if (!buf_put_text(&buf, starts[index->kind], err) ||
	    (*index->name != '\0' &&
		(!buf_put_text(&buf, " ", err) ||
		    !sqltext_put_name(&buf, index->name, err))) ||
	    !put_parts(&buf, from, index, err))
		goto done;
	if (index->where != NULL &&
	    !buf_put_format(&buf, err, " WHERE %s", index->where))
		goto done;
	whole = buf_text(&buf, err);
	if (whole != NULL)
		text = arena_text(&rewrite->schema.arena, whole, err);
done:
	buf_free(&buf);
	return text;
}

static bool
leave_out(Rewrite *rewrite, const Table *from, const Index *index,
    const char *reason, Error *err)
{
	LeftOut left_out = { "index", from->name, index->name,
		describe(rewrite, from, index, err), reason };

	if (index->kind == INDEX_PRIMARY)
		left_out.kind = "primary key";
	else if (index->constraint)
		left_out.kind = "unique constraint";
	return rewrite_leave_out(rewrite, &left_out, err);
}

/* Evidence for a part of the source's index, while its values go on as they
 * are; NULL where there is none. */
static const ColumnProfile *
part_profile(const Rewrite *rewrite, size_t table, const IndexPart *part)
{
	int column = index_parts_column(rewrite, table, part);

	return column < 0
	    ? NULL
	    : rewrite_target_profile(rewrite, table, (size_t)column);
}

/* Set the reason why an index cannot be made although its parts can, if there
 * is one. */
static bool
find_obstacle(Rewrite *rewrite, size_t table, const Index *index,
    IndexParts *parts, Error *err)
{
	char count[REASON_COUNT_BYTES];
	uint64_t bytes;

	if (index->n_parts > INDEX_COLUMNS_LIMIT) {
		parts->reason = "an index has at most 32 columns in PostgreSQL";
		return true;
	}
	bytes = index_parts_bytes(rewrite, table, parts);
	if (bytes <= INDEX_ENTRY_BYTES)
		return true;
	parts->reason = arena_format(&rewrite->schema.arena, err,
	    "values of up to %s bytes do not fit a b-tree of PostgreSQL, "
	    "whose entries hold 2,704",
	    reason_count(bytes, count));
	return parts->reason != NULL;
}

/* A column that does not compare byte for byte in SQLite, as a part of an index
 * that does here. */
static bool
note_collations(Rewrite *rewrite, const Table *from, const Index *index,
    const char *name, Error *err)
{
	for (size_t i = 0; i < index->n_parts; i++) {
		const IndexPart *part = &index->parts[i];
		const char *collation = part->collation;

		if (collation == NULL && part->column >= 0)
			collation = from->columns[part->column].collation;
		if (collation == NULL || strcasecmp(collation, "BINARY") == 0)
			continue;
		return rewrite_add_note(rewrite,
		    arena_format(&rewrite->schema.arena, err,
			"%s: index \"%s\" compares by %s in SQLite and byte "
			"for byte or by the database's locale in PostgreSQL",
			from->name, name, collation),
		    err);
	}
	return true;
}

/* A primary key needs NOT NULL; where NULLs are known it becomes unique. */
static bool
settle_primary(Rewrite *rewrite, size_t table, Index *index, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	Table *to = rewrite_target(rewrite, table);
	char count[REASON_COUNT_BYTES];

	for (size_t i = 0; i < index->n_parts; i++) {
		size_t column = (size_t)index->parts[i].column;
		const ColumnProfile *profile =
		    rewrite_target_profile(rewrite, table, column);

		if (profile == NULL || profile->classes[VALUE_NULL] == 0 ||
		    to->columns[column].identity)
			continue;
		index->kind = INDEX_UNIQUE;
		return rewrite_add_note(rewrite,
		    arena_format(&rewrite->schema.arena, err,
			"%s: the primary key holds %s NULL in \"%s\"; "
			"becomes a unique constraint",
			from->name,
			reason_count(profile->classes[VALUE_NULL], count),
			to->columns[column].source),
		    err);
	}
	for (size_t i = 0; i < index->n_parts; i++)
		to->columns[index->parts[i].column].not_null = true;
	return true;
}

/*
 * Values that SQLite tells apart by their class, 1 and '1', are one value in
 * the column's type: does the column hold such kinds?  Integers and reals are
 * compared as numbers in SQLite too.
 */
static bool
mixes_classes(const ColumnProfile *profile)
{
	bool numbers = profile->classes[VALUE_INTEGER] > 0 ||
	    profile->classes[VALUE_REAL] > 0;
	int kinds = numbers + (profile->classes[VALUE_TEXT] > 0) +
	    (profile->classes[VALUE_BLOB] > 0);

	return kinds > 1;
}

/* The first column of the index that does; NULL: none. */
static const char *
find_mixed(const Rewrite *rewrite, size_t table, const Index *index)
{
	const Table *from = &rewrite->input.source->tables[table];

	for (size_t i = 0; i < index->n_parts; i++) {
		const ColumnProfile *profile =
		    part_profile(rewrite, table, &index->parts[i]);

		if (profile != NULL && mixes_classes(profile))
			return from->columns[index->parts[i].column].name;
	}
	return NULL;
}

/* An index that is unique in SQLite but may not be here goes on as a plain
 * one: no row is refused for it. */
static bool
settle_unique(
    Rewrite *rewrite, size_t table, const Index *from, Index *index, Error *err)
{
	const char *mixed = find_mixed(rewrite, table, from);

	if (index->kind == INDEX_PLAIN || mixed == NULL)
		return true;
	index->kind = INDEX_PLAIN;
	index->constraint = false;
	return leave_out(rewrite, &rewrite->input.source->tables[table], from,
	    arena_format(&rewrite->schema.arena, err,
		"\"%s\" mixes storage classes, and 1 and '1' are different in "
		"SQLite but one value in a column of PostgreSQL; a plain index "
		"stands in its place",
		mixed),
	    err);
}

/* The name of an index that was not made by CREATE INDEX. */
static const char *
constraint_name(Rewrite *rewrite, const Table *to, const Index *from,
    const Index *index, Error *err)
{
	Names *relations = rewrite_relations(rewrite, to->namespace, err);
	int columns[INDEX_COLUMNS_LIMIT];

	if (relations == NULL)
		return NULL;
	if (*from->name != '\0')
		return names_take(
		    names_fold(from->name, &rewrite->schema.arena, err),
		    relations, &rewrite->schema.arena, err);
	if (index->kind == INDEX_PRIMARY)
		return indexes_take_name(rewrite, to, NULL, 0, "_pkey", err);
	for (size_t i = 0; i < index->n_parts; i++)
		columns[i] = index->parts[i].column;
	return indexes_take_name(rewrite, to, columns, index->n_parts,
	    index->kind == INDEX_PLAIN || !index->constraint ? "_idx" : "_key",
	    err);
}

/* The target's next index with these parts. */
static Index *
begin_index(Table *to, const Index *from, const IndexParts *parts)
{
	Index *index = &to->indexes[to->n_indexes];

	*index = (Index){ .kind = from->kind,
		.constraint = from->constraint || from->kind == INDEX_PRIMARY,
		.source = from->name,
		.parts = parts->parts,
		.n_parts = parts->n_parts,
		.condition = parts->condition };
	return index;
}

/* Add the index as columns alone; name is NULL where it has none of CREATE
 * INDEX. */
static bool
add_plain(Rewrite *rewrite, size_t table, const Index *from,
    const IndexParts *parts, const char *name, Error *err)
{
	const Table *source = &rewrite->input.source->tables[table];
	Table *to = rewrite_target(rewrite, table);
	Index *index = begin_index(to, from, parts);

	if (!settle_unique(rewrite, table, from, index, err) ||
	    (index->kind == INDEX_PRIMARY &&
		!settle_primary(rewrite, table, index, err)))
		return false;
	index->name = name != NULL
	    ? name
	    : constraint_name(rewrite, to, from, index, err);
	if (index->name == NULL)
		return false;
	to->n_indexes++;
	if (parts->note != NULL &&
	    !rewrite_add_note(rewrite,
		arena_format(&rewrite->schema.arena, err,
		    "%s: index \"%s\": %s", source->name, index->name,
		    parts->note),
		err))
		return false;
	/* Beside a unique index that ignores case, this one need not. */
	return from->kind != INDEX_PLAIN ||
	    note_collations(rewrite, source, from, index->name, err);
}

/* Is it case that the index does not tell apart, and not only blanks? */
static bool
ignores_case(const Table *from, const Index *index)
{
	for (size_t i = 0; i < index->n_parts; i++) {
		const IndexPart *part = &index->parts[i];
		const char *collation = part->collation;

		if (collation == NULL && part->column >= 0)
			collation = from->columns[part->column].collation;
		if (collation != NULL && strcasecmp(collation, "NOCASE") == 0)
			return true;
	}
	return false;
}

static bool
note_folded(Rewrite *rewrite, const Table *from, const Index *index,
    const char *name, Error *err)
{
	bool folds = ignores_case(from, index);

	return rewrite_add_note(rewrite,
	    arena_format(&rewrite->schema.arena, err,
		"%s: what \"%s\" keeps unique ignores %s as in SQLite, but = "
		"and ORDER BY do not in PostgreSQL: compare %s of it",
		from->name, name, folds ? "case" : "trailing blanks",
		folds ? "lower()" : "rtrim()"),
	    err);
}

/* Add what is unique without regard to case or trailing blanks as an index over
 * lower() or rtrim(). */
static bool
add_folded(Rewrite *rewrite, size_t table, const Index *from,
    const IndexParts *parts, const char *name, Error *err)
{
	const Table *source = &rewrite->input.source->tables[table];
	Table *to = rewrite_target(rewrite, table);
	Index *index = begin_index(to, from, parts);

	index->kind = INDEX_UNIQUE;
	index->constraint = false;
	if (name == NULL) {
		int columns[INDEX_COLUMNS_LIMIT];

		for (size_t i = 0; i < from->n_parts; i++)
			columns[i] =
			    index_parts_column(rewrite, table, &from->parts[i]);
		name = indexes_take_name(rewrite, to, columns, from->n_parts,
		    ignores_case(source, from) ? "_lower_idx" : "_rtrim_idx",
		    err);
	}
	index->name = name;
	if (name == NULL)
		return false;
	to->n_indexes++;
	return note_folded(rewrite, source, from, name, err);
}

/* Does a foreign key of the source refer to the index's columns? */
static bool
is_referenced(const Rewrite *rewrite, const Table *table, const Index *index)
{
	const Schema *source = rewrite->input.source;

	for (size_t i = 0; i < source->n_tables; i++)
		for (size_t j = 0; j < source->tables[i].n_foreign_keys; j++) {
			const ForeignKey *key =
			    &source->tables[i].foreign_keys[j];
			const char *first;

			if (strcasecmp(key->parent, table->name) != 0 ||
			    key->n_columns != index->n_parts ||
			    index->parts[0].column < 0)
				continue;
			first = table->columns[index->parts[0].column].name;
			for (size_t k = 0; k < key->n_columns; k++)
				if (strcasecmp(key->parent_columns[k], first) ==
				    0)
					return true;
		}
	return false;
}

/* Is a column of its own, beside that which ignores case, to be unique too? */
static bool
needs_plain(const Rewrite *rewrite, const Table *table, const Index *index)
{
	return index->kind == INDEX_PRIMARY ||
	    (index->where == NULL && is_referenced(rewrite, table, index));
}

/* Rewrite one index behind those the target has; name is NULL where it has none
 * of CREATE INDEX. */
static bool
rewrite_index(Rewrite *rewrite, size_t table, const Index *from,
    const char *name, Error *err)
{
	const Table *source = &rewrite->input.source->tables[table];
	bool folds = from->kind != INDEX_PLAIN &&
	    find_mixed(rewrite, table, from) == NULL;
	IndexParts parts;

	if (!index_parts_make(rewrite, table, from,
		folds ? INDEX_PARTS_COLLATIONS : INDEX_PARTS_COLUMNS, &parts,
		err) ||
	    (parts.reason == NULL &&
		!find_obstacle(rewrite, table, from, &parts, err)))
		return false;
	if (parts.reason != NULL)
		return leave_out(rewrite, source, from, parts.reason, err);
	if (!parts.folded)
		return add_plain(rewrite, table, from, &parts, name, err);
	if (!add_folded(rewrite, table, from, &parts, name, err))
		return false;
	return !needs_plain(rewrite, source, from) ||
	    (index_parts_make(
		 rewrite, table, from, INDEX_PARTS_COLUMNS, &parts, err) &&
		add_plain(rewrite, table, from, &parts, NULL, err));
}

/* Is it of CREATE INDEX, with a name that users know? */
static bool
has_name(const Index *index)
{
	return !index->constraint && *index->name != '\0';
}

static bool
has_primary(const Table *table)
{
	for (size_t i = 0; i < table->n_indexes; i++)
		if (table->indexes[i].kind == INDEX_PRIMARY)
			return true;
	return false;
}

static bool
rewrite_table(Rewrite *rewrite, size_t table, const Name **names, Error *err)
{
	const Table *from = &rewrite->input.source->tables[table];
	Table *to = rewrite_target(rewrite, table);
	IndexPart rowid = { .column = from->rowid_column };
	Index primary = { .name = "",
		.kind = INDEX_PRIMARY,
		.constraint = true,
		.parts = &rowid,
		.n_parts = 1 };

	to->n_indexes = 0;
	/* One may become two. */
	to->indexes = arena_alloc(&rewrite->schema.arena,
	    2 * from->n_indexes + 1, sizeof(Index), err);
	if (to->indexes == NULL)
		return false;
	if (from->rowid_column >= 0 && !has_primary(from) &&
	    !rewrite_index(rewrite, table, &primary, NULL, err))
		return false;
	for (size_t i = 0; i < from->n_indexes; i++) {
		const Index *index = &from->indexes[i];
		const char *name = NULL;

		if (has_name(index))
			name = (*names)++->name;
		if (!rewrite_index(rewrite, table, index, name, err))
			return false;
	}
	return true;
}

/* How many indexes of CREATE INDEX the wanted tables have. */
static size_t
count_names(const Rewrite *rewrite)
{
	size_t n = 0;

	for (size_t i = 0; i < rewrite->input.source->n_tables; i++) {
		const Table *from = &rewrite->input.source->tables[i];

		for (size_t j = 0; j < from->n_indexes &&
		     rewrite->tables[i].target != REWRITE_NONE;
		     j++)
			n += has_name(&from->indexes[j]);
	}
	return n;
}

/* Their names in their order; they have the first right to them. */
static bool
collect_names(Rewrite *rewrite, Name *names, Error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < rewrite->input.source->n_tables; i++) {
		const Table *from = &rewrite->input.source->tables[i];
		Names *relations;

		if (rewrite->tables[i].target == REWRITE_NONE)
			continue;
		relations = rewrite_relations(
		    rewrite, rewrite_target(rewrite, i)->namespace, err);
		if (relations == NULL)
			return false;
		for (size_t j = 0; j < from->n_indexes; j++)
			if (has_name(&from->indexes[j]))
				names[n++] =
				    (Name){ .source = from->indexes[j].name,
					    .taken = relations };
	}
	return true;
}

bool
indexes_rewrite(Rewrite *rewrite, Error *err)
{
	Arena *arena = &rewrite->schema.arena;
	size_t n = count_names(rewrite);
	Name *names = arena_alloc(arena, n, sizeof *names, err);
	const Name *next = names;

	if (names == NULL || !collect_names(rewrite, names, err) ||
	    !names_assign(NAMES_INDEX, NAMING_FOLD, names, n, arena, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (names[i].change != NULL &&
		    !rewrite_add_note(rewrite,
			arena_format(arena, err,
			    "index \"%s\" is called \"%s\": %s",
			    names[i].source, names[i].name, names[i].change),
			err))
			return false;
	for (size_t i = 0; i < rewrite->input.source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE &&
		    !rewrite_table(rewrite, i, &next, err))
			return false;
	return true;
}
