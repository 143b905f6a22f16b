#include "import/orphans_keys.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/foreign_key.h"
#include "import/keys_query.h"
#include "import/ledger.h"
#include "import/parent.h"

/* Of the load $1 and the tables $2. */
static const char list_sql[] =
    "SELECT f.relation, f.name, f.definition"
    " FROM litehaul.foreign_key AS f"
    " WHERE f.load_id = $1 AND f.relation = ANY ($2::oid[])"
    " AND f.definition NOT LIKE '% NOT VALID'"
    " AND NOT EXISTS (SELECT FROM litehaul.foreign_key AS other"
    "  WHERE other.relation = f.relation AND other.name = f.name"
    "  AND other.load_id <> f.load_id)"
    " ORDER BY f.relation, f.name COLLATE \"C\"";

enum { LIST_RELATION, LIST_NAME, LIST_DEFINITION };

/* A foreign key has at most as many columns as an index. */
#define COLUMNS_LIMIT DDL_INDEX_LIMIT

typedef struct {
	const char *at;
	SqlToken token; /* the next one */
	Arena *arena;
} Words;

static void
step(Words *words)
{
	words->token = sqltext_next(&words->at);
}

/* Pass over word; false where it is not next. */
static bool
pass(Words *words, const char *word)
{
	if (!sqltext_is(&words->token, word))
		return false;
	step(words);
	return true;
}

/* *name is NULL where none is next. */
static bool
read_name(Words *words, const char **name, Error *err)
{
	Buf meaning = { 0 };
	const char *text = NULL;

	*name = NULL;
	if (words->token.kind != SQL_WORD && words->token.kind != SQL_NAME)
		return true;
	if (sqltext_put_meaning(&meaning, &words->token, err))
		text = buf_text(&meaning, err);
	*name = text == NULL ? NULL : arena_text(words->arena, text, err);
	buf_free(&meaning);
	step(words);
	return *name != NULL;
}

/* (name, name); *n is 0 where it is none. */
static bool
read_names(Words *words, const char **names, size_t *n, Error *err)
{
	size_t found = 0;

	*n = 0;
	if (!pass(words, "("))
		return true;
	do {
		if (found == COLUMNS_LIMIT)
			return true;
		if (!read_name(words, &names[found], err))
			return false;
		if (names[found++] == NULL)
			return true;
	} while (pass(words, ","));
	if (pass(words, ")"))
		*n = found;
	return true;
}

/* The table that the key is from, with its columns only. */
static bool
make_from(OrphansKey *key, const char *const *names, size_t n, Arena *arena,
    Error *err)
{
	Table *from;
	size_t i;

	from = arena_alloc(arena, 1, sizeof *from, err);
	if (from == NULL)
		return false;
	from->columns = arena_alloc(arena, n, sizeof *from->columns, err);
	key->key.columns = arena_alloc(arena, n, sizeof *key->key.columns, err);
	if (from->columns == NULL || key->key.columns == NULL)
		return false;
	from->n_columns = n;
	for (i = 0; i < n; i++) {
		from->columns[i].name = names[i];
		key->key.columns[i] = (int)i;
	}
	key->key.n_columns = n;
	key->from = from;
	return true;
}

bool
orphans_keys_read(const char *definition, Arena *arena, OrphansKey *key,
    bool *known, Error *err)
{
	Words words = { .at = definition, .arena = arena };
	const char *names[COLUMNS_LIMIT], **parents;
	size_t n, n_parents;

	*known = false;
	*key = (OrphansKey){ 0 };
	parents = arena_alloc(arena, COLUMNS_LIMIT, sizeof *parents, err);
	if (parents == NULL)
		return false;
	step(&words);
	if (!pass(&words, "FOREIGN") || !pass(&words, "KEY"))
		return true;
	if (!read_names(&words, names, &n, err))
		return false;
	if (n == 0 || !pass(&words, "REFERENCES"))
		return true;
	if (!read_name(&words, &key->key.parent_namespace, err))
		return false;
	if (key->key.parent_namespace == NULL || !pass(&words, "."))
		return true;
	if (!read_name(&words, &key->key.parent, err))
		return false;
	if (key->key.parent == NULL)
		return true;
	if (!read_names(&words, parents, &n_parents, err) ||
	    !make_from(key, names, n, arena, err))
		return false;
	key->key.parent_columns = parents;
	key->full = pass(&words, "MATCH") && pass(&words, "FULL");
	*known = n_parents == n;
	return true;
}

static size_t
find_relation(const Plan *plan, const char *relation)
{
	size_t i;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (plan->wanted[i] && plan->tables[i].relation != NULL &&
		    strcmp(plan->tables[i].relation, relation) == 0)
			break;
	}
	return i;
}

static bool
is_self(const Plan *plan, const OrphansKey *key)
{
	const Table *table = &plan->schema->tables[key->table];

	return strcmp(key->key.parent, table->name) == 0 &&
	    strcmp(foreign_key_parent_namespace(plan->namespace, &key->key),
		ddl_namespace(plan->namespace, table)) == 0;
}

/* Add one from the ledger, as far as we know its kind. */
static bool
add_taken_off(const Plan *plan, const PGresult *rows, int row, Arena *arena,
    OrphansKeys *list, Error *err)
{
	OrphansKey *key = &list->keys[list->n];
	const Table *table;
	Table *from;
	bool known;
	size_t i;

	i = find_relation(plan, PQgetvalue(rows, row, LIST_RELATION));
	if (i == plan->schema->n_tables)
		return true;
	if (!orphans_keys_read(PQgetvalue(rows, row, LIST_DEFINITION), arena,
		key, &known, err))
		return false;
	if (!known)
		return true;
	table = &plan->schema->tables[i];
	from = arena_alloc(arena, 1, sizeof *from, err);
	key->name = arena_text(arena, PQgetvalue(rows, row, LIST_NAME), err);
	if (from == NULL || key->name == NULL)
		return false;
	*from = *key->from;
	from->name = table->name;
	from->namespace = ddl_namespace(plan->namespace, table);
	key->from = from;
	key->table = i;
	key->self = is_self(plan, key);
	key->waiting = true;
	list->n++;
	return true;
}

static bool
list_taken_off(Server *server, const Plan *plan, Arena *arena,
    OrphansKeys *list, Error *err)
{
	const char *values[] = { plan->id, NULL };
	PGresult *rows = NULL;
	Buf relations = { 0 };
	bool good;
	int row;

	values[1] = keys_query_relations(plan, &relations, err);
	good = values[1] != NULL &&
	    server_query(server, list_sql, values, 2, &rows, err);
	buf_free(&relations);
	if (!good)
		return false;
	list->keys = arena_alloc(
	    arena, (size_t)PQntuples(rows) + 1, sizeof *list->keys, err);
	good = list->keys != NULL;
	for (row = 0; good && row < PQntuples(rows); row++)
		good = add_taken_off(plan, rows, row, arena, list, err);
	PQclear(rows);
	return good;
}

/* One whose parent is not there has not been made, and no row can violate
 * it. */
static bool
add_of_dump(
    Server *server, const Plan *plan, OrphansKey *key, bool *there, Error *err)
{
	key->self = is_self(plan, key);
	key->waiting = true;
	return parent_ask(server, plan->namespace, &key->key, there, err);
}

static bool
list_of_dump(Server *server, const Plan *plan, Arena *arena, OrphansKeys *list,
    Error *err)
{
	const Schema *schema = plan->schema;
	const Table *table;
	OrphansKey *key;
	size_t i, part, all = 0;
	bool there;

	for (i = 0; i < schema->n_tables; i++)
		all += schema->tables[i].n_foreign_keys;
	list->keys = arena_alloc(arena, all + 1, sizeof *list->keys, err);
	if (list->keys == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		table = &schema->tables[i];
		for (part = 0; plan->wanted[i] && part < table->n_foreign_keys;
		     part++) {
			key = &list->keys[list->n];
			*key = (OrphansKey){ .table = i, .from = table };
			key->key = table->foreign_keys[part];
			key->name = foreign_key_name(table, part, arena, err);
			if (key->name == NULL ||
			    !add_of_dump(server, plan, key, &there, err))
				return false;
			list->n += there;
		}
	}
	return true;
}

bool
orphans_keys_list(Server *server, const Plan *plan, Arena *arena,
    OrphansKeys *list, Error *err)
{
	*list = (OrphansKeys){ 0 };
	return plan->existing ? list_taken_off(server, plan, arena, list, err)
			      : list_of_dump(server, plan, arena, list, err);
}

static const char left_sql[] =
    "SELECT format('%I of %s', k.conname, k.conrelid::regclass)"
    " FROM litehaul.object AS o JOIN pg_constraint AS k"
    "  ON k.conrelid = o.relation AND k.contype = 'f' AND NOT k.convalidated"
    " WHERE o.load_id = $1 AND o.kind = '" LEDGER_TABLE "'"
    " AND o.name = ANY ($2::text[]) ORDER BY 1";

typedef struct {
	const Plan *plan;
	Buf *names;
} Left;

/* The body of the transaction. */
static bool
list_left(Server *server, void *context, Error *err)
{
	const Left *left = context;
	const char *values[] = { left->plan->id, NULL };
	Buf directories = { 0 };
	PGresult *keys = NULL;
	bool good;
	int row;

	left->names->size = 0;
	values[1] = ledger_put_names(left->plan, &directories, err);
	good = values[1] != NULL &&
	    server_query(server, left_sql, values, 2, &keys, err);
	for (row = 0; good && row < PQntuples(keys); row++)
		good = buf_put_format(left->names, err, "%s%s",
		    row == 0 ? "" : ", ", PQgetvalue(keys, row, 0));
	PQclear(keys);
	buf_free(&directories);
	return good;
}

bool
orphans_keys_left(const Plan *plan, Buf *names, Error *err)
{
	Left left = { plan, names };

	return server_transact(
	    plan->servers[0], SERVER_SNAPSHOT, list_left, &left, err);
}
