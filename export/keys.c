#include "export/keys.h"

#include <string.h>

#include "export/source.h"

/* Arrays of unknown length double when they are full: room for a power of two
 * at any time, so the length alone tells when. */
static bool
make_room(Arena *arena, void **array, size_t n, size_t size, Error *err)
{
	void *grown;

	if (n != 0 && (n & (n - 1)) != 0)
		return true;
	grown = arena_alloc(arena, n == 0 ? 1 : 2 * n, size, err);
	if (grown == NULL)
		return false;
	if (n > 0)
		memcpy(grown, *array, n * size);
	*array = grown;
	return true;
}

bool
keys_leave_out(Schema *schema, const LeftOut *what, Error *err)
{
	LeftOut *left;
	void *array = schema->left_out;

	if (!make_room(
		&schema->arena, &array, schema->n_left_out, sizeof(*left), err))
		return false;
	schema->left_out = array;
	left = &schema->left_out[schema->n_left_out++];
	*left = *what;
	left->table = what->table != NULL ? what->table : "";
	left->name = what->name != NULL ? what->name : "";
	left->text = what->text != NULL ? what->text : "";
	return true;
}

int
keys_find_column(const Table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->n_columns; i++)
		if (sqlite3_stricmp(table->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* The name written for the PRIMARY KEY or UNIQUE constraint that made an
 * index of these parts; "" for none. */
static const char *
constraint_name(const Table *table, const DdlTable *ddl, const Index *index)
{
	const DdlKey *key;
	size_t i, j;

	for (i = 0; i < ddl->n_keys; i++) {
		key = &ddl->keys[i];
		if (key->primary != (index->kind == INDEX_PRIMARY) ||
		    key->n_columns != index->n_parts)
			continue;
		for (j = 0; j < key->n_columns; j++)
			if (index->parts[j].column !=
			    keys_find_column(table, key->columns[j]))
				break;
		if (j == key->n_columns && key->name[0] != '\0')
			return key->name;
	}
	return "";
}

/* A row of index_list, copied. */
typedef struct {
	const char *name;
	const char *origin; /* "c": CREATE INDEX, "u": UNIQUE, "pk" */
	bool unique;
} Listed;

static bool
read_list(const KeysContext *context, const char *table, Listed **list,
    size_t *n, Error *err)
{
	Arena *arena = &context->schema->arena;
	sqlite3_stmt *row = NULL;
	void *array = NULL;
	Listed *listed;
	Step step;

	if (!objects_prepare(
		context->db, "PRAGMA main.index_list(%s)", table, &row, err))
		return false;
	*n = 0;
	while ((step = source_step(row, err)) == STEP_ITEM) {
		step = STEP_FAILED;
		if (!make_room(arena, &array, *n, sizeof(*listed), err))
			break;
		listed = (Listed *)array + (*n)++;
		listed->name = objects_name(row, 1, arena, err);
		listed->unique = sqlite3_column_int(row, 2) != 0;
		listed->origin = objects_name(row, 3, arena, err);
		if (listed->name == NULL || listed->origin == NULL)
			break;
	}
	sqlite3_finalize(row);
	*list = array;
	return step != STEP_FAILED;
}

/* One row of index_xinfo as a part.  *reason tells why it cannot be. */
static bool
read_part(sqlite3_stmt *row, const Table *table, Arena *arena, IndexPart *part,
    const char **reason, Error *err)
{
	const char *name;
	int id = sqlite3_column_int(row, 1);

	part->column = -1;
	part->descending = sqlite3_column_int(row, 3) != 0;
	if (id == -1) {
		part->column = table->rowid_column;
		if (part->column < 0)
			*reason = "it is of the rowid, which is no column";
	} else if (id >= 0) {
		name = objects_name(row, 2, arena, err);
		if (name == NULL)
			return false;
		part->column = keys_find_column(table, name);
		if (part->column < 0)
			*reason = "it is of a column that is left out";
	}
	name = objects_name(row, 4, arena, err);
	if (name == NULL)
		return false;
	if (part->column < 0 ||
	    sqlite3_stricmp(name, table->columns[part->column].collation) != 0)
		part->collation = name;
	return true;
}

static bool
read_parts(const KeysContext *context, const Table *table, const char *name,
    Index *index, const char **reason, Error *err)
{
	Arena *arena = &context->schema->arena;
	sqlite3_stmt *row = NULL;
	void *array = NULL;
	Step step;

	if (!objects_prepare(
		context->db, "PRAGMA main.index_xinfo(%s)", name, &row, err))
		return false;
	while ((step = source_step(row, err)) == STEP_ITEM) {
		/* only what the index is made of, not what it carries */
		if (sqlite3_column_int(row, 5) == 0)
			continue;
		step = STEP_FAILED;
		if (!make_room(arena, &array, index->n_parts,
			sizeof(*index->parts), err))
			break;
		index->parts = array;
		if (!read_part(row, table, arena,
			&index->parts[index->n_parts++], reason, err))
			break;
	}
	sqlite3_finalize(row);
	return step != STEP_FAILED;
}

/* What the pragmas do not tell of a CREATE INDEX. */
static bool
read_texts(Index *index, const char *sql, Arena *arena, const char **reason,
    Error *err)
{
	DdlIndex ddl = { 0 };
	size_t i;

	if (!ddlscan_index(sql, arena, &ddl, err))
		return false;
	if (!ddl.understood || ddl.n_parts != index->n_parts) {
		*reason = "its CREATE statement cannot be read";
		return true;
	}
	for (i = 0; i < index->n_parts; i++)
		if (index->parts[i].column < 0)
			index->parts[i].text = ddl.parts[i];
	if (ddl.where[0] != '\0')
		index->where = ddl.where;
	return true;
}

/* Add one index to the table, or to what is left out. */
static bool
add_index(const KeysContext *context, Table *table, const DdlTable *ddl,
    const Listed *listed, Error *err)
{
	const Object *object = objects_find(context->objects, listed->name);
	const char *sql = object == NULL ? "" : object->sql;
	const char *reason = NULL;
	Index index = { .name = listed->name };

	index.constraint = listed->origin[0] != 'c';
	index.kind = INDEX_PLAIN;
	if (strcmp(listed->origin, "pk") == 0)
		index.kind = INDEX_PRIMARY;
	else if (listed->unique)
		index.kind = INDEX_UNIQUE;
	if (!read_parts(context, table, listed->name, &index, &reason, err))
		return false;
	if (index.constraint)
		index.name = constraint_name(table, ddl, &index);
	else if (!read_texts(
		     &index, sql, &context->schema->arena, &reason, err))
		return false;
	if (reason == NULL) {
		table->indexes[table->n_indexes++] = index;
		return true;
	}
	return keys_leave_out(context->schema,
	    &(LeftOut){ .kind = "index",
		.table = table->name,
		.name = listed->name,
		.text = sql,
		.reason = reason },
	    err);
}

/* The primary key that is the rowid: SQLite keeps no index for it. */
static bool
add_rowid_key(Table *table, const DdlTable *ddl, Arena *arena, Error *err)
{
	Index *index = &table->indexes[table->n_indexes++];

	index->kind = INDEX_PRIMARY;
	index->constraint = true;
	index->n_parts = 1;
	index->parts = arena_alloc(arena, 1, sizeof(*index->parts), err);
	if (index->parts == NULL)
		return false;
	index->parts[0].column = table->rowid_column;
	index->name = constraint_name(table, ddl, index);
	return true;
}

bool
keys_read_indexes(const KeysContext *context, Table *table, const DdlTable *ddl,
    int primary, const char **walk, Error *err)
{
	Arena *arena = &context->schema->arena;
	Listed *list = NULL;
	const Listed *key = NULL;
	size_t i, n;

	*walk = NULL;
	if (!read_list(context, table->name, &list, &n, err))
		return false;
	table->indexes = arena_alloc(arena, n + 1, sizeof(Index), err);
	if (table->indexes == NULL)
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(list[i].origin, "pk") == 0)
			key = &list[i];
	if (key == NULL && primary >= 0) {
		table->rowid_column = primary;
		if (!add_rowid_key(table, ddl, arena, err))
			return false;
	} else if (key != NULL) {
		if (!add_index(context, table, ddl, key, err))
			return false;
		if (table->kind == TABLE_WITHOUT_ROWID)
			*walk = key->name;
	}
	/* the newest stands first in the list */
	for (i = n; i-- > 0;)
		if (&list[i] != key &&
		    !add_index(context, table, ddl, &list[i], err))
			return false;
	return true;
}

/* The parent's primary key, which a foreign key without columns means. */
static const Index *
find_primary(const Table *table)
{
	size_t i;

	for (i = 0; i < table->n_indexes; i++)
		if (table->indexes[i].kind == INDEX_PRIMARY)
			return &table->indexes[i];
	return NULL;
}

/* Names of the parent's columns as the parent has them.  False: there are no
 * such columns. */
static bool
resolve_parent(ForeignKey *key, const Table *parent)
{
	const Index *primary;
	size_t i;
	int column;

	key->parent = parent->name;
	primary = find_primary(parent);
	for (i = 0; i < key->n_columns; i++) {
		if (key->parent_columns[i] != NULL)
			column =
			    keys_find_column(parent, key->parent_columns[i]);
		else if (primary != NULL && primary->n_parts == key->n_columns)
			column = primary->parts[i].column;
		else
			column = -1;
		if (column < 0)
			return false;
		key->parent_columns[i] = parent->columns[column].name;
	}
	return true;
}

static bool
add_foreign_key(const KeysContext *context, Table *table,
    const ForeignKey *found, Error *err)
{
	ForeignKey key = *found;
	const char *reason = NULL;
	const Object *parent = objects_find(context->objects, key.parent);
	size_t i;

	if (parent == NULL)
		reason = "its parent table does not exist";
	else if (parent->exported == 0)
		reason = "its parent table is not exported";
	else if (!resolve_parent(
		     &key, &context->schema->tables[parent->exported - 1]))
		reason = "its parent table has no such key";
	for (i = 0; i < key.n_columns; i++)
		if (key.columns[i] < 0)
			reason = "it is of a column that is left out";
	if (reason == NULL) {
		table->foreign_keys[table->n_foreign_keys++] = key;
		return true;
	}
	return keys_leave_out(context->schema,
	    &(LeftOut){ .kind = "foreign key",
		.table = table->name,
		.name = key.name,
		.text = arena_format(
		    &context->schema->arena, err, "REFERENCES %s", key.parent),
		.reason = reason },
	    err);
}

/* A row of foreign_key_list as one more column of its key. */
static bool
read_reference(sqlite3_stmt *row, const Table *table, ForeignKey *key,
    Arena *arena, Error *err)
{
	void *columns = key->columns;
	void *parents = key->parent_columns;
	size_t n = key->n_columns;
	const char *name;

	if (!make_room(arena, &columns, n, sizeof(*key->columns), err) ||
	    !make_room(arena, &parents, n, sizeof(*key->parent_columns), err))
		return false;
	key->columns = columns;
	key->parent_columns = parents;
	key->parent = objects_name(row, 2, arena, err);
	name = objects_name(row, 3, arena, err);
	key->on_update = objects_name(row, 5, arena, err);
	key->on_delete = objects_name(row, 6, arena, err);
	if (key->parent == NULL || name == NULL || key->on_update == NULL ||
	    key->on_delete == NULL)
		return false;
	key->columns[n] = keys_find_column(table, name);
	key->parent_columns[n] = NULL;
	key->n_columns++;
	if (sqlite3_column_type(row, 4) == SQLITE_NULL)
		return true;
	key->parent_columns[n] = objects_name(row, 4, arena, err);
	return key->parent_columns[n] != NULL;
}

/* All foreign keys of a table, in the order of the text. */
static bool
read_references(const KeysContext *context, const Table *table,
    ForeignKey **keys, size_t *n, Error *err)
{
	Arena *arena = &context->schema->arena;
	sqlite3_stmt *row = NULL;
	void *array = NULL;
	ForeignKey swap;
	size_t i;
	Step step;

	*n = 0;
	if (!objects_prepare(context->db, "PRAGMA main.foreign_key_list(%s)",
		table->name, &row, err))
		return false;
	while ((step = source_step(row, err)) == STEP_ITEM) {
		step = STEP_FAILED;
		if (sqlite3_column_int(row, 1) == 0 &&
		    !make_room(arena, &array, (*n)++, sizeof(**keys), err))
			break;
		if (array == NULL) {
			/* not SQLite's: a key's first row has the number 0 */
			error_set(err, ERROR_SOURCE,
			    "foreign keys of \"%s\" cannot be read",
			    table->name);
			break;
		}
		if (!read_reference(
			row, table, (ForeignKey *)array + *n - 1, arena, err))
			break;
	}
	sqlite3_finalize(row);
	*keys = array;
	for (i = 0; i < *n / 2; i++) {
		/* the newest has id 0 */
		swap = (*keys)[i];
		(*keys)[i] = (*keys)[*n - 1 - i];
		(*keys)[*n - 1 - i] = swap;
	}
	return step != STEP_FAILED;
}

bool
keys_read_foreign_keys(
    const KeysContext *context, Table *table, const DdlTable *ddl, Error *err)
{
	ForeignKey *keys = NULL;
	size_t i, n;

	if (!read_references(context, table, &keys, &n, err))
		return false;
	table->foreign_keys = arena_alloc(
	    &context->schema->arena, n, sizeof(*table->foreign_keys), err);
	if (table->foreign_keys == NULL)
		return false;
	for (i = 0; i < n; i++) {
		keys[i].name = "";
		if (n == ddl->n_foreign_keys) {
			keys[i].name = ddl->foreign_keys[i].name;
			keys[i].deferred = ddl->foreign_keys[i].deferred;
		}
		if (!add_foreign_key(context, table, &keys[i], err))
			return false;
	}
	return true;
}
