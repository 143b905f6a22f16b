#include "import/describe_keys.h"

#include <string.h>

#define FROM_TABLES " JOIN pg_namespace AS n ON n.oid = c.relnamespace"

/* A key of plain columns over all rows; what INCLUDE adds is no part of it. */
static const char keys_sql[] =
    "SELECT c.oid, i.relname, x.indisprimary,"
    " (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid"
    "  AND a.attnum = part.n)"
    " FROM pg_class AS c" FROM_TABLES
    " JOIN pg_index AS x ON x.indrelid = c.oid"
    " JOIN pg_class AS i ON i.oid = x.indexrelid,"
    " unnest(x.indkey) WITH ORDINALITY AS part (n, place)" DESCRIBE_KEYS_WHERE
    " AND x.indisunique AND x.indisvalid AND x.indpred IS NULL"
    " AND x.indexprs IS NULL AND part.place <= "
    "x.indnkeyatts" DESCRIBE_KEYS_ORDER
    ", NOT x.indisprimary, i.relname COLLATE \"C\", part.place";

static const char foreign_keys_sql[] =
    "SELECT c.oid, k.conname, k.condeferrable, k.convalidated,"
    " a.attname, pn.nspname, p.relname, pa.attname"
    " FROM pg_class AS c" FROM_TABLES
    " JOIN pg_constraint AS k ON k.conrelid = c.oid"
    "  AND k.contype = 'f' AND k.conparentid = 0"
    " JOIN pg_class AS p ON p.oid = k.confrelid"
    " JOIN pg_namespace AS pn ON pn.oid = p.relnamespace,"
    " unnest(k.conkey, k.confkey) WITH ORDINALITY AS part (n, parent, place),"
    " pg_attribute AS a, pg_attribute AS pa" DESCRIBE_KEYS_WHERE
    " AND a.attrelid = c.oid AND a.attnum = part.n"
    " AND pa.attrelid = p.oid AND pa.attnum = part.parent" DESCRIBE_KEYS_ORDER
    ", k.conname COLLATE \"C\", part.place";

static const char checks_sql[] =
    "SELECT c.oid, k.conname, pg_get_constraintdef(k.oid)"
    " FROM pg_class AS c" FROM_TABLES
    " JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype = "
    "'c'" DESCRIBE_KEYS_WHERE DESCRIBE_KEYS_ORDER ", k.conname COLLATE \"C\"";

/* 'R' fires on replicas only, 'D' not at all. */
static const char triggers_sql[] =
    "SELECT c.oid, t.tgname"
    " FROM pg_class AS c" FROM_TABLES
    " JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal"
    "  AND t.tgenabled IN ('O', 'A')" DESCRIBE_KEYS_WHERE DESCRIBE_KEYS_ORDER
    ", t.tgname COLLATE \"C\"";

typedef struct {
	Target *target;
	TargetTable *table;
	const PGresult *rows;
	int first, n; /* the table's rows */
} Keys;

typedef bool ReadTable(const Keys *keys, Error *err);

int
describe_keys_run(const PGresult *rows, int first)
{
	int row = first + 1;

	while (row < PQntuples(rows) &&
	    strcmp(PQgetvalue(rows, row, 0), PQgetvalue(rows, first, 0)) == 0)
		row++;
	return row - first;
}

TargetTable *
describe_keys_table(const PGresult *rows, int row, const char *const *oids,
    Target *target, size_t *from)
{
	size_t i;

	for (i = *from; i < target->n_tables; i++) {
		if (strcmp(oids[i], PQgetvalue(rows, row, 0)) == 0) {
			*from = i;
			return &target->tables[i];
		}
	}
	return NULL; /* made since the tables were listed */
}

static const char *
field(const Keys *keys, int row, int number)
{
	return PQgetvalue(keys->rows, keys->first + row, number);
}

static bool
is_true(const Keys *keys, int row, int number)
{
	return field(keys, row, number)[0] == 't';
}

static bool
keep(const Keys *keys, int row, int number, const char **text, Error *err)
{
	*text = arena_text(&keys->target->arena, field(keys, row, number), err);
	return *text != NULL;
}

static int
find_column(const TargetTable *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		if (strcmp(table->columns[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* How many of the table's rows begin another thing than the one before. */
static size_t
count_names(const Keys *keys)
{
	size_t n = 1;
	int i;

	for (i = 1; i < keys->n; i++)
		n += strcmp(field(keys, i, 1), field(keys, i - 1, 1)) != 0;
	return n;
}

/* The rows from row on that have the same name. */
static size_t
count_parts(const Keys *keys, int row)
{
	int i = row + 1;

	while (
	    i < keys->n && strcmp(field(keys, i, 1), field(keys, row, 1)) == 0)
		i++;
	return (size_t)(i - row);
}

static void *
room(const Keys *keys, size_t n, size_t size, Error *err)
{
	return arena_alloc(&keys->target->arena, n, size, err);
}

static bool
read_keys(const Keys *keys, Error *err)
{
	TargetTable *table = keys->table;
	TargetKey *key;
	size_t part;
	int row;

	table->keys = room(keys, count_names(keys), sizeof *table->keys, err);
	if (table->keys == NULL)
		return false;
	for (row = 0; row < keys->n; row += (int)key->n_columns) {
		key = &table->keys[table->n_keys++];
		key->primary = is_true(keys, row, 2);
		key->n_columns = count_parts(keys, row);
		key->columns = room(keys, key->n_columns, sizeof(int), err);
		if (key->columns == NULL ||
		    !keep(keys, row, 1, &key->name, err))
			return false;
		for (part = 0; part < key->n_columns; part++)
			key->columns[part] =
			    find_column(table, field(keys, row + (int)part, 3));
	}
	return true;
}

static bool
read_foreign_key(const Keys *keys, int row, TargetForeignKey *key, Error *err)
{
	size_t part;

	key->deferrable = is_true(keys, row, 2);
	key->valid = is_true(keys, row, 3);
	key->n_columns = count_parts(keys, row);
	key->columns = room(keys, key->n_columns, sizeof(int), err);
	key->parent_columns = room(keys, key->n_columns, sizeof(char *), err);
	if (key->columns == NULL || key->parent_columns == NULL ||
	    !keep(keys, row, 1, &key->name, err) ||
	    !keep(keys, row, 5, &key->parent_namespace, err) ||
	    !keep(keys, row, 6, &key->parent, err))
		return false;
	for (part = 0; part < key->n_columns; part++) {
		key->columns[part] =
		    find_column(keys->table, field(keys, row + (int)part, 4));
		if (!keep(keys, row + (int)part, 7, &key->parent_columns[part],
			err))
			return false;
	}
	return true;
}

static bool
read_foreign_keys(const Keys *keys, Error *err)
{
	TargetTable *table = keys->table;
	TargetForeignKey *key;
	int row;

	table->foreign_keys =
	    room(keys, count_names(keys), sizeof *table->foreign_keys, err);
	if (table->foreign_keys == NULL)
		return false;
	for (row = 0; row < keys->n; row += (int)key->n_columns) {
		key = &table->foreign_keys[table->n_foreign_keys++];
		if (!read_foreign_key(keys, row, key, err))
			return false;
	}
	return true;
}

static bool
read_checks(const Keys *keys, Error *err)
{
	TargetTable *table = keys->table;
	int row;

	table->n_checks = (size_t)keys->n;
	table->checks = room(keys, table->n_checks, sizeof *table->checks, err);
	if (table->checks == NULL)
		return false;
	for (row = 0; row < keys->n; row++) {
		if (!keep(keys, row, 1, &table->checks[row].name, err) ||
		    !keep(keys, row, 2, &table->checks[row].text, err))
			return false;
	}
	return true;
}

static bool
read_triggers(const Keys *keys, Error *err)
{
	TargetTable *table = keys->table;
	int row;

	table->n_triggers = (size_t)keys->n;
	table->triggers =
	    room(keys, table->n_triggers, sizeof *table->triggers, err);
	if (table->triggers == NULL)
		return false;
	for (row = 0; row < keys->n; row++) {
		if (!keep(keys, row, 1, &table->triggers[row], err))
			return false;
	}
	return true;
}

typedef struct {
	const char *sql;
	ReadTable *read;
} Part;

static const Part parts[] = {
	{ keys_sql, read_keys },
	{ foreign_keys_sql, read_foreign_keys },
	{ checks_sql, read_checks },
	{ triggers_sql, read_triggers },
};

static bool
read_part(Server *server, const Part *part, const char *namespaces,
    const char *const *oids, Target *target, Error *err)
{
	const char *values[] = { namespaces };
	Keys keys = { .target = target };
	PGresult *rows;
	size_t from = 0;
	bool good = true;

	if (!server_query(server, part->sql, values, 1, &rows, err))
		return false;
	keys.rows = rows;
	while (good && keys.first < PQntuples(rows)) {
		keys.n = describe_keys_run(rows, keys.first);
		keys.table =
		    describe_keys_table(rows, keys.first, oids, target, &from);
		good = keys.table == NULL || part->read(&keys, err);
		keys.first += keys.n;
	}
	PQclear(rows);
	return good;
}

bool
describe_keys_read(Server *server, const char *namespaces,
    const char *const *oids, Target *target, Error *err)
{
	size_t i;

	for (i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!read_part(
			server, &parts[i], namespaces, oids, target, err))
			return false;
	}
	return true;
}
