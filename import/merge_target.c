#include "import/merge_target.h"

#include <string.h>

/* A name of a type that is not pg_catalog's is qualified, as search_path is
 * empty.  ON CONFLICT does not go with rules (sql-insert). */
static const char columns_sql[] =
    "SELECT a.attname, format_type(a.atttypid, a.atttypmod)"
    " || coalesce(' COLLATE ' || quote_ident(n.nspname) || '.'"
    "  || quote_ident(o.collname), ''),"
    " a.attidentity = 'a', NOT a.attnotnull,"
    " t.typtype = 'b' AND t.typname <> 'citext'"
    "  AND coalesce(c.collisdeterministic, true),"
    " EXISTS (SELECT FROM pg_rewrite AS r WHERE r.ev_class = a.attrelid"
    "  AND r.ev_type IN ('2', '3') AND r.ev_enabled <> 'D')"
    " FROM pg_attribute AS a"
    " JOIN pg_type AS t ON t.oid = a.atttypid"
    " LEFT JOIN pg_collation AS c ON c.oid = a.attcollation"
    " LEFT JOIN pg_collation AS o ON o.oid = a.attcollation"
    "  AND a.attcollation <> t.typcollation"
    " LEFT JOIN pg_namespace AS n ON n.oid = o.collnamespace"
    " WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped";

enum {
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_FIXED,
	COLUMN_NULLABLE,
	COLUMN_EXACT,
	COLUMN_RULES, /* of the table */
};

/* All that can refuse a second row; of an index over expressions or a part of
 * the rows, and of an exclusion, the columns do not matter. */
static const char keys_sql[] =
    "SELECT i.relname, x.indisprimary, x.indimmediate,"
    " x.indpred IS NULL AND x.indexprs IS NULL AND NOT x.indisexclusion,"
    " coalesce(to_jsonb(x) ->> 'indnullsnotdistinct', 'false'), a.attname"
    " FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid,"
    " unnest(x.indkey) WITH ORDINALITY AS part (n, place)"
    " LEFT JOIN pg_attribute AS a ON a.attnum = part.n"
    "  AND a.attrelid = $1::oid"
    " WHERE x.indrelid = $1::oid AND (x.indisunique OR x.indisexclusion)"
    " AND x.indisvalid AND part.place <= x.indnkeyatts"
    " ORDER BY NOT x.indisprimary, i.relname COLLATE \"C\", part.place";

enum {
	KEY_NAME,
	KEY_PRIMARY,
	KEY_IMMEDIATE, /* not DEFERRABLE, which ON CONFLICT cannot use */
	KEY_PLAIN,
	KEY_NULLS_MEET,
	KEY_COLUMN,
};

typedef struct {
	Plan *plan;
	FitReport *report;
	const Table *table;
	PlanTable *loaded;
	MergeTarget *target;
	MergeColumn *columns;
	PGresult *keys; /* a row a column of a key */
} Find;

static bool
is_true(const PGresult *rows, int row, int field)
{
	return PQgetvalue(rows, row, field)[0] == 't';
}

/* The place of a column in the dump's table, n_columns for none. */
static size_t
find_column(const Table *table, const char *name)
{
	size_t i = 0;

	while (
	    i < table->n_columns && strcmp(table->columns[i].name, name) != 0)
		i++;
	return i;
}

/* How many rows from first on are of the same key. */
static int
count_parts(const Find *find, int first)
{
	const char *name = PQgetvalue(find->keys, first, KEY_NAME);
	int n = 1;

	while (first + n < PQntuples(find->keys) &&
	    strcmp(PQgetvalue(find->keys, first + n, KEY_NAME), name) == 0)
		n++;
	return n;
}

/* The i-th column of the key at first, where it is sent. */
static const MergeColumn *
part_of(const Find *find, int first, int i, size_t *column)
{
	*column = find_column(
	    find->table, PQgetvalue(find->keys, first + i, KEY_COLUMN));
	if (*column == find->table->n_columns ||
	    find->columns[*column].type == NULL)
		return NULL;
	return &find->columns[*column];
}

/* Can ON CONFLICT (columns) name the key at first? */
static bool
can_decide(const Find *find, int first)
{
	size_t column;
	int i, n = count_parts(find, first);

	if (!is_true(find->keys, first, KEY_IMMEDIATE) ||
	    !is_true(find->keys, first, KEY_PLAIN))
		return false;
	for (i = 0; i < n; i++) {
		if (part_of(find, first, i, &column) == NULL)
			return false;
	}
	return true;
}

/* Is the column one of the key's at first, and are its values there as
 * different as in the dump? */
static bool
has_exact_part(const Find *find, int first, int wanted)
{
	const MergeColumn *part;
	size_t column;
	int i, n = count_parts(find, first);

	for (i = 0; i < n; i++) {
		part = part_of(find, first, i, &column);
		if (part != NULL && (int)column == wanted)
			return part->exact;
	}
	return false;
}

/* Does the dump promise that no two of its rows have the same key at first?
 * It does where a unique index of its own has no other columns. */
static bool
is_unique_in_dump(const Find *find, int first)
{
	const Index *index;
	size_t i, k;

	if (!is_true(find->keys, first, KEY_PLAIN) ||
	    is_true(find->keys, first, KEY_NULLS_MEET))
		return false;
	for (i = 0; i < find->table->n_indexes; i++) {
		index = &find->table->indexes[i];
		if (index->kind == INDEX_PLAIN || index->condition != NULL)
			continue;
		for (k = 0; k < index->n_parts && index->parts[k].column >= 0 &&
		     has_exact_part(find, first, index->parts[k].column);
		     k++)
			continue;
		if (k == index->n_parts)
			return true;
	}
	return false;
}

/* The key that decides: the primary one, else the only one that can.  -1 for
 * none; *n counts those that can. */
static int
choose_key(const Find *find, int *n)
{
	int row, chosen = -1;

	*n = 0;
	for (row = 0; row < PQntuples(find->keys);
	     row += count_parts(find, row)) {
		if (!can_decide(find, row))
			continue;
		chosen = row;
		(*n)++;
		if (is_true(find->keys, row, KEY_PRIMARY))
			return row;
	}
	return *n == 1 ? chosen : -1;
}

/* "a", "b": the keys that can decide, or all. */
static bool
put_keys(const Find *find, bool all, Buf *out, Error *err)
{
	int row;

	for (row = 0; row < PQntuples(find->keys);
	     row += count_parts(find, row)) {
		if ((all || can_decide(find, row)) &&
		    !buf_put_format(out, err, "%s\"%s\"",
			out->size == 0 ? "" : ", ",
			PQgetvalue(find->keys, row, KEY_NAME)))
			return false;
	}
	return true;
}

/* Why no key decides. */
static bool
refuse(const Find *find, int n, Error *err)
{
	const char *table = find->table->name, *text;
	Buf names = { 0 };
	bool good;

	good = put_keys(find, n == 0, &names, err);
	text = good ? buf_text(&names, err) : NULL;
	if (text == NULL)
		good = false;
	else if (n > 1)
		good = fit_problem(find->report, err,
		    "table \"%s\": several unique keys could decide which row "
		    "is updated: %s. Make one of them the primary key, or "
		    "leave the table out with -T",
		    table, text);
	else if (names.size == 0)
		good = fit_problem(find->report, err,
		    "table \"%s\" has no unique key, so there is no row to "
		    "update: make one, or leave the table out with -T",
		    table);
	else
		good = fit_problem(find->report, err,
		    "table \"%s\": none of its unique keys can decide which "
		    "rows meet: %s. That takes one of plain columns, all in "
		    "the dump, over all rows, and not DEFERRABLE",
		    table, text);
	buf_free(&names);
	return good;
}

/* Make the key at row the one that decides. */
static bool
take_key(Find *find, int row, Arena *arena, Error *err)
{
	int i, n = count_parts(find, row);
	size_t column;

	for (i = 0; i < n; i++) {
		if (part_of(find, row, i, &column) != NULL)
			find->columns[column].key = true;
	}
	find->target->nulls_meet = is_true(find->keys, row, KEY_NULLS_MEET);
	find->target->key =
	    arena_text(arena, PQgetvalue(find->keys, row, KEY_NAME), err);
	return find->target->key != NULL &&
	    fit_note(find->report, err,
		"table \"%s\": key \"%s\" decides which rows %s",
		find->table->name, find->target->key,
		find->plan->conflict == CONFLICT_UPDATE ? "are updated"
							: "are skipped");
}

/* Which row stays of several with one key must not be a matter of luck. */
static bool
judge_order(Find *find, int chosen, Error *err)
{
	int row;

	find->target->once = true;
	for (row = 0; row < PQntuples(find->keys);
	     row += count_parts(find, row)) {
		if ((chosen < 0 || row == chosen) &&
		    !is_unique_in_dump(find, row))
			find->target->once = false;
	}
	if (find->target->once)
		return true;
	find->loaded->in_order = true;
	return fit_note(find->report, err,
	    "table \"%s\": rows of the dump may have the same key, so its "
	    "chunks are loaded one after the other, and the %s row stays",
	    find->table->name,
	    find->plan->conflict == CONFLICT_UPDATE ? "last" : "first");
}

/* With skip every unique key decides, unless one of them is such that it can
 * not. */
static bool
judge_keys(Find *find, Arena *arena, Error *err)
{
	bool every = find->plan->conflict == CONFLICT_SKIP;
	int row, n, chosen;

	for (row = 0; row < PQntuples(find->keys); row++)
		every = every && is_true(find->keys, row, KEY_IMMEDIATE);
	if (every)
		return judge_order(find, -1, err);
	chosen = choose_key(find, &n);
	if (chosen < 0)
		return refuse(find, n, err);
	return take_key(find, chosen, arena, err) &&
	    judge_order(find, chosen, err);
}

/* A text is as long or short there as in the dump, with the same letters; of
 * numbers and times two that differ stay so. */
static bool
is_exact(const Column *column, const char *type, bool exact)
{
	switch (column->type.name) {
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
		return exact &&
		    (strcmp(type, "text") == 0 ||
			strncmp(type, "character varying", 17) == 0);
	case TYPE_BOOLEAN:
	case TYPE_BIGINT:
	case TYPE_INTEGER:
	case TYPE_SMALLINT:
	case TYPE_BYTEA:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_UUID:
		return exact;
	case TYPE_DOUBLE:
	case TYPE_REAL:
	case TYPE_NUMERIC:
	case TYPE_JSON:
	case TYPE_JSONB:
	case TYPE_COUNT:
		break;
	}
	return false;
}

static bool
read_columns(
    Find *find, const PGresult *rows, Arena *arena, bool *rules, Error *err)
{
	const bool *skipped = find->loaded->skipped;
	MergeColumn *column;
	size_t i;
	int row;

	for (row = 0; row < PQntuples(rows); row++) {
		*rules = is_true(rows, row, COLUMN_RULES);
		i = find_column(
		    find->table, PQgetvalue(rows, row, COLUMN_NAME));
		if (i == find->table->n_columns ||
		    (skipped != NULL && skipped[i]))
			continue;
		column = &find->columns[i];
		column->type =
		    arena_text(arena, PQgetvalue(rows, row, COLUMN_TYPE), err);
		if (column->type == NULL)
			return false;
		column->fixed = is_true(rows, row, COLUMN_FIXED);
		column->nullable = is_true(rows, row, COLUMN_NULLABLE);
		column->exact = is_exact(&find->table->columns[i], column->type,
		    is_true(rows, row, COLUMN_EXACT));
	}
	return true;
}

static bool
find_table(Server *server, Find *find, Arena *arena, Error *err)
{
	const char *values[] = { find->loaded->relation };
	PGresult *rows = NULL;
	bool rules = false, good;

	find->target = arena_alloc(arena, 1, sizeof *find->target, err);
	find->columns = arena_alloc(
	    arena, find->table->n_columns, sizeof *find->columns, err);
	if (find->target == NULL || find->columns == NULL)
		return false;
	find->target->columns = find->columns;
	find->loaded->merge = find->target;
	good = server_query(server, columns_sql, values, 1, &rows, err) &&
	    read_columns(find, rows, arena, &rules, err);
	PQclear(rows);
	if (!good)
		return false;
	if (rules)
		return fit_problem(find->report, err,
		    "table \"%s\" has rules for INSERT or UPDATE, with which "
		    "the server permits no --on-conflict: leave it out with "
		    "-T",
		    find->table->name);
	good = server_query(server, keys_sql, values, 1, &find->keys, err) &&
	    judge_keys(find, arena, err);
	PQclear(find->keys);
	find->keys = NULL;
	return good;
}

bool
merge_target_find(
    Server *server, Plan *plan, FitReport *report, Arena *arena, Error *err)
{
	Find find = { .plan = plan, .report = report };
	size_t i;

	if (plan->conflict == CONFLICT_ERROR)
		return true;
	for (i = 0; i < plan->schema->n_tables; i++) {
		find.table = &plan->schema->tables[i];
		find.loaded = &plan->tables[i];
		if (plan->wanted[i] && find.loaded->relation != NULL &&
		    !find_table(server, &find, arena, err))
			return error_add(err, "table \"%s\"", find.table->name);
	}
	return true;
}
