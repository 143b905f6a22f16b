#include "transform/references.h"

#include <stdlib.h>
#include <strings.h>

#include "formats/sqltext.h"
#include "transform/indexes.h"

/* One column's new type may ask for another's, along chains of keys; longer
 * ones than this do not occur, and what does not settle is left out. */
#define MATCH_ROUNDS 8

typedef struct {
	const char *name;
	size_t table;
} Entry;

static int
compare_entries(const void *one, const void *other)
{
	return strcasecmp(
	    ((const Entry *)one)->name, ((const Entry *)other)->name);
}

/* The source's tables by name, case ignored as SQLite does. */
static Entry *
sort_tables(Rewrite *rewrite, Error *err)
{
	const Schema *source = rewrite->input.source;
	Entry *entries = arena_alloc(
	    &rewrite->schema.arena, source->n_tables, sizeof *entries, err);

	for (size_t i = 0; entries != NULL && i < source->n_tables; i++)
		entries[i] = (Entry){ source->tables[i].name, i };
	if (entries != NULL && source->n_tables > 0)
		qsort(entries, source->n_tables, sizeof *entries,
		    compare_entries);
	return entries;
}

static int
find_column(const Table *table, const char *name)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (strcasecmp(table->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

static const ForeignKey *
key_of(const Rewrite *rewrite, const Reference *reference)
{
	return &rewrite->input.source->tables[reference->child]
		    .foreign_keys[reference->key];
}

/* Which column of the target a column of a key is; -1 sets the obstacle. */
static int
find_target(
    const Rewrite *rewrite, size_t table, int column, Reference *reference)
{
	int target = -1;

	if (column < 0)
		reference->obstacle = "its parent table has no such column";
	else
		target = rewrite->tables[table].target_columns[column];
	if (column >= 0 && target < 0)
		reference->obstacle = "one of its columns is left out";
	return target;
}

static bool
resolve_columns(Rewrite *rewrite, Reference *reference, Error *err)
{
	const ForeignKey *key = key_of(rewrite, reference);
	const Table *parent = &rewrite->input.source->tables[reference->parent];
	Arena *arena = &rewrite->schema.arena;
	size_t n = key->n_columns;

	reference->columns = arena_alloc(arena, n, sizeof(int), err);
	reference->parent_columns = arena_alloc(arena, n, sizeof(int), err);
	if (reference->columns == NULL || reference->parent_columns == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		reference->columns[i] = find_target(
		    rewrite, reference->child, key->columns[i], reference);
		reference->parent_columns[i] =
		    find_target(rewrite, reference->parent,
			find_column(parent, key->parent_columns[i]), reference);
	}
	return true;
}

static bool
resolve(
    Rewrite *rewrite, const Entry *entries, Reference *reference, Error *err)
{
	const ForeignKey *key = key_of(rewrite, reference);
	size_t n = rewrite->input.source->n_tables;
	Entry wanted = { key->parent, 0 };
	const Entry *found = NULL;

	if (n > 0)
		found = bsearch(
		    &wanted, entries, n, sizeof wanted, compare_entries);
	if (found == NULL ||
	    rewrite->tables[found->table].target == REWRITE_NONE) {
		reference->obstacle = "its parent table is not here";
		return true;
	}
	reference->parent = found->table;
	return resolve_columns(rewrite, reference, err);
}

bool
references_resolve(Rewrite *rewrite, References *references, Error *err)
{
	const Schema *source = rewrite->input.source;
	Arena *arena = &rewrite->schema.arena;
	const Entry *entries = sort_tables(rewrite, err);
	size_t n = 0;

	if (entries == NULL)
		return false;
	for (size_t i = 0; i < source->n_tables; i++)
		if (rewrite->tables[i].target != REWRITE_NONE)
			n += source->tables[i].n_foreign_keys;
	references->n = 0;
	references->items = arena_alloc(arena, n, sizeof(Reference), err);
	if (references->items == NULL)
		return false;
	for (size_t i = 0; i < source->n_tables; i++) {
		if (rewrite->tables[i].target == REWRITE_NONE)
			continue;
		for (size_t j = 0; j < source->tables[i].n_foreign_keys; j++) {
			Reference *reference =
			    &references->items[references->n++];

			reference->child = i;
			reference->key = j;
			if (!resolve(rewrite, entries, reference, err))
				return false;
		}
	}
	return true;
}

/* Are both of one kind, so that neither needs another type? */
static bool
comparable(Type one, Type other)
{
	bool text = one.name == TYPE_TEXT || one.name == TYPE_VARCHAR;

	return one.name == other.name ||
	    (text && (other.name == TYPE_TEXT || other.name == TYPE_VARCHAR));
}

/* Give a column the type, and say so; *moved when it had another. */
static bool
move_type(Rewrite *rewrite, size_t table, int column, Type type, bool *moved,
    Error *err)
{
	RewriteColumn *moving = &rewrite->tables[table].columns[column];
	Inference *inference = &moving->inference;
	Arena *arena = &rewrite->schema.arena;
	char sql[TYPE_SQL_BYTES], old[TYPE_SQL_BYTES];
	const char *text;

	if (comparable(inference->type, type))
		return true;
	*moved = true;
	text = arena_format(arena, err,
	    "%s.%s: becomes %s, not %s, to compare with the other side of a "
	    "foreign key",
	    rewrite->input.source->tables[table].name,
	    rewrite_target(rewrite, table)->columns[column].source,
	    type_sql(type, sql), type_sql(inference->type, old));
	inference->type = moving->rule.type = type;
	if (!rewrite_add_note(rewrite, text, err))
		return false;
	inference->reason = arena_format(arena, err,
	    "%s; becomes %s to compare with the other side of a foreign key",
	    inference->reason, sql);
	return inference->reason != NULL;
}

/* May the column have the type?  A rowid stays a number: it is what the
 * sequence gives; a type that a user asked for stays. */
static bool
may_become(const Rewrite *rewrite, size_t table, int column, Type type)
{
	const RewriteColumn *moving = &rewrite->tables[table].columns[column];

	if (comparable(moving->inference.type, type))
		return true;
	return !moving->fixed &&
	    (type.name == TYPE_BIGINT ||
		rewrite_target(rewrite, table)->rowid_column != column);
}

/* Make one pair of columns comparable, where that is possible. */
static bool
match_pair(Rewrite *rewrite, const Reference *reference, size_t i, bool *moved,
    Error *err)
{
	size_t child = reference->child, parent = reference->parent;
	int column = reference->columns[i];
	int parent_column = reference->parent_columns[i];
	Type type = rewrite->tables[child].columns[column].inference.type;
	Type parent_type =
	    rewrite->tables[parent].columns[parent_column].inference.type;
	Type common;

	if (comparable(type, parent_type) ||
	    !infer_common(parent_type,
		rewrite_target_profile(rewrite, parent, (size_t)parent_column),
		type, rewrite_target_profile(rewrite, child, (size_t)column),
		&common))
		return true;
	if (!may_become(rewrite, child, column, common) ||
	    !may_become(rewrite, parent, parent_column, common))
		return true;
	return move_type(rewrite, parent, parent_column, common, moved, err) &&
	    move_type(rewrite, child, column, common, moved, err);
}

bool
references_match_types(Rewrite *rewrite, References *references, Error *err)
{
	bool moved = true;

	for (int round = 0; moved && round < MATCH_ROUNDS; round++) {
		moved = false;
		for (size_t i = 0; i < references->n; i++) {
			const Reference *reference = &references->items[i];
			size_t n = key_of(rewrite, reference)->n_columns;

			for (size_t j = 0; reference->obstacle == NULL && j < n;
			     j++)
				if (!match_pair(
					rewrite, reference, j, &moved, err))
					return false;
		}
	}
	return true;
}

/* Is there a primary key or unique index over exactly these columns? */
static bool
is_unique(const Table *parent, const int *columns, size_t n)
{
	for (size_t i = 0; i < parent->n_indexes; i++) {
		const Index *index = &parent->indexes[i];
		size_t covered = 0;

		if (index->kind == INDEX_PLAIN || index->n_parts != n ||
		    index->condition != NULL)
			continue;
		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < n; k++)
				if (index->parts[j].column == columns[k]) {
					covered++;
					break;
				}
		if (covered == n)
			return true;
	}
	return false;
}

static bool
is_float(TypeName name)
{
	return name == TYPE_DOUBLE || name == TYPE_REAL;
}

/* Does PostgreSQL compare the two by one operator of the parent's index?  Those
 * of one operator family do (indexes-opclass). */
static bool
referable(Type child, Type parent)
{
	return comparable(child, parent) ||
	    (type_is_whole(child.name) && type_is_whole(parent.name)) ||
	    (is_float(child.name) && is_float(parent.name));
}

static bool
repeats(const int *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (columns[i] == columns[j])
				return true;
	return false;
}

static bool
is_action(const char *action, const char *wanted)
{
	return action != NULL && strcasecmp(action, wanted) == 0;
}

/* Would the key's actions write to a column that the server computes
 * (sql-createtable, GENERATED ALWAYS AS)? */
static bool
writes_generated(
    const Table *child, const ForeignKey *key, const Reference *reference)
{
	bool writes = is_action(key->on_update, "CASCADE") ||
	    is_action(key->on_update, "SET NULL") ||
	    is_action(key->on_update, "SET DEFAULT") ||
	    is_action(key->on_delete, "SET NULL") ||
	    is_action(key->on_delete, "SET DEFAULT");

	for (size_t i = 0; writes && i < key->n_columns; i++)
		if (child->columns[reference->columns[i]].generated !=
		    GENERATED_NO)
			return true;
	return false;
}

/* Why the foreign key cannot be made, now that all else is known; NULL when it
 * can. */
static const char *
find_obstacle(const Rewrite *rewrite, const Reference *reference)
{
	size_t n = key_of(rewrite, reference)->n_columns;
	const Table *child, *parent;

	if (reference->obstacle != NULL)
		return reference->obstacle;
	child = rewrite_target(rewrite, reference->child);
	parent = rewrite_target(rewrite, reference->parent);
	if (repeats(reference->parent_columns, n))
		return "it names a column of its parent twice";
	for (size_t i = 0; i < n; i++)
		if (!referable(child->columns[reference->columns[i]].type,
			parent->columns[reference->parent_columns[i]].type))
			return "its columns and its parent's have types that "
			       "PostgreSQL does not compare";
	if (!is_unique(parent, reference->parent_columns, n))
		return "its parent's columns are not unique in PostgreSQL";
	if (writes_generated(child, key_of(rewrite, reference), reference))
		return "its actions would write to a generated column";
	return NULL;
}

static bool
put_columns(Buf *buf, const char *const *names, size_t n, Error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!buf_put_text(buf, i == 0 ? " (" : ", ", err) ||
		    !sqltext_put_name(buf, names[i], err))
			return false;
	return buf_put_text(buf, ")", err);
}

/* The foreign key as the SQL it was, more or less, for people. */
static const char *
describe(Rewrite *rewrite, const Table *from, const ForeignKey *key, Error *err)
{
	Arena *arena = &rewrite->schema.arena;
	Buf buf = { 0 };
	const char *text = NULL;
	const char *whole;
	const char **names =
	    arena_alloc(arena, key->n_columns, sizeof *names, err);

	if (names == NULL)
		return NULL;
	for (size_t i = 0; i < key->n_columns; i++)
		names[i] = from->columns[key->columns[i]].name;
	if (!buf_put_text(&buf, "FOREIGN KEY", err) ||
	    !put_columns(&buf, names, key->n_columns, err) ||
	    !buf_put_text(&buf, " REFERENCES ", err) ||
	    !sqltext_put_name(&buf, key->parent, err) ||
	    !put_columns(&buf, (const char *const *)key->parent_columns,
		key->n_columns, err))
		goto done;
	whole = buf_text(&buf, err);
	if (whole != NULL)
		text = arena_text(arena, whole, err);
done:
	buf_free(&buf);
	return text;
}

/* A key has a name of its own, or one that says what it joins. */
static const char *
name_key(Rewrite *rewrite, const Reference *reference, Error *err)
{
	const ForeignKey *key = key_of(rewrite, reference);
	Table *to = rewrite_target(rewrite, reference->child);
	Arena *arena = &rewrite->schema.arena;
	Names *relations;

	if (key->name == NULL || *key->name == '\0')
		return indexes_take_name(rewrite, to, reference->columns,
		    key->n_columns, "_fkey", err);
	relations = rewrite_relations(rewrite, to->namespace, err);
	if (relations == NULL)
		return NULL;
	return names_take(
	    names_fold(key->name, arena, err), relations, arena, err);
}

/* SQLite compares by the collation of the parent's column (foreignkeys.html
 * section 3). */
static bool
note_collations(
    Rewrite *rewrite, const Reference *reference, const char *name, Error *err)
{
	const ForeignKey *key = key_of(rewrite, reference);
	const Schema *source = rewrite->input.source;
	const Table *parent = &source->tables[reference->parent];

	for (size_t i = 0; i < key->n_columns; i++) {
		int column = find_column(parent, key->parent_columns[i]);
		const char *collation = parent->columns[column].collation;

		if (collation == NULL || strcasecmp(collation, "BINARY") == 0)
			continue;
		return rewrite_add_note(rewrite,
		    arena_format(&rewrite->schema.arena, err,
			"%s: foreign key \"%s\" compares by %s in SQLite and "
			"byte for byte in PostgreSQL: values must be spelt as "
			"in %s.%s",
			source->tables[reference->child].name, name, collation,
			parent->name, parent->columns[column].name),
		    err);
	}
	return true;
}

/* Rewrite one foreign key behind those the target has. */
static bool
rewrite_key(Rewrite *rewrite, const Reference *reference, Error *err)
{
	const ForeignKey *key = key_of(rewrite, reference);
	Table *to = rewrite_target(rewrite, reference->child);
	const Table *parent = rewrite_target(rewrite, reference->parent);
	ForeignKey *copy = &to->foreign_keys[to->n_foreign_keys];

	*copy = *key;
	copy->columns = reference->columns;
	copy->parent = parent->name;
	copy->parent_namespace = parent->namespace;
	copy->parent_columns = arena_alloc(
	    &rewrite->schema.arena, key->n_columns, sizeof(const char *), err);
	if (copy->parent_columns == NULL)
		return false;
	for (size_t i = 0; i < key->n_columns; i++)
		copy->parent_columns[i] =
		    parent->columns[reference->parent_columns[i]].name;
	copy->name = name_key(rewrite, reference, err);
	if (copy->name == NULL)
		return false;
	to->n_foreign_keys++;
	return note_collations(rewrite, reference, copy->name, err);
}

bool
references_rewrite(Rewrite *rewrite, const References *references, Error *err)
{
	for (size_t i = 0; i < references->n; i++) {
		const Reference *reference = &references->items[i];
		const Table *from =
		    &rewrite->input.source->tables[reference->child];
		const ForeignKey *key = key_of(rewrite, reference);
		LeftOut left_out = { "foreign key", from->name, key->name, NULL,
			find_obstacle(rewrite, reference) };
		Table *to = rewrite_target(rewrite, reference->child);

		if (reference->key == 0)
			to->foreign_keys = arena_alloc(&rewrite->schema.arena,
			    from->n_foreign_keys, sizeof(ForeignKey), err);
		if (to->foreign_keys == NULL)
			return false;
		if (left_out.reason == NULL) {
			if (!rewrite_key(rewrite, reference, err))
				return false;
			continue;
		}
		left_out.text = describe(rewrite, from, key, err);
		if (!rewrite_leave_out(rewrite, &left_out, err))
			return false;
	}
	return true;
}
