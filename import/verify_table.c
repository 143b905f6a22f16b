#include "import/verify_table.h"

#include <stdlib.h>
#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"

typedef struct {
	const Plan *plan;
	Server *server;
	FitReport *report;
	Arena *arena;
	bool has_objects, has_counts, has_rejects; /* the ledger is there, and
						     * a new one */
	VerifyTable *table;                        /* at work */
} Look;

static const char columns_sql[] =
    "SELECT (SELECT want.name FROM unnest($2::text[]) AS want (name)"
    "  WHERE NOT EXISTS (SELECT FROM pg_attribute AS a"
    "   WHERE a.attrelid = c.oid AND a.attname = want.name"
    "   AND a.attnum > 0 AND NOT a.attisdropped) LIMIT 1)"
    " FROM pg_class AS c WHERE c.oid = to_regclass($1)";

static const Column *
column_of(const VerifyTable *table, size_t i)
{
	const Feed *feed = &table->feed;

	return &table->table->columns[feed->sent == NULL ? i : feed->sent[i]];
}

const char *
verify_table_column(const VerifyTable *table, size_t i)
{
	return column_of(table, i)->name;
}

/* The texts of statements, and the names of the columns as an array. */
static bool
make_texts(Look *look, const char **names, Error *err)
{
	VerifyTable *table = look->table;
	const char *namespace = look->plan->namespace, *text = NULL;
	Buf sql = { 0 }, list = { 0 };
	bool good;
	size_t i;

	good = ddl_put_table_name(&sql, namespace, table->table, err);
	text = good ? buf_text(&sql, err) : NULL;
	if (text != NULL)
		table->name = arena_text(look->arena, text, err);
	sql.size = 0;
	good = text != NULL && table->name != NULL &&
	    buf_put_text(&sql, "SELECT ", err) && array_begin(&list, err);
	for (i = 0; good && i < table->feed.n_sent; i++)
		good = buf_put_text(&sql, i == 0 ? "" : ", ", err) &&
		    sqltext_put_name(&sql, column_of(table, i)->name, err) &&
		    array_put_text(&list, column_of(table, i)->name, err);
	good = good && buf_put_format(&sql, err, " FROM %s", table->name);
	text = good ? buf_text(&sql, err) : NULL;
	table->select =
	    text == NULL ? NULL : arena_text(look->arena, text, err);
	text = table->select == NULL ? NULL : array_end(&list, err);
	*names = text == NULL ? NULL : arena_text(look->arena, text, err);
	buf_free(&sql);
	buf_free(&list);
	return *names != NULL;
}

/* Are the table and all its columns there? */
static bool
look_for_columns(Look *look, const char *names, bool *there, Error *err)
{
	const char *values[] = { look->table->name, names };
	const char *name = look->table->table->name;
	PGresult *result;
	bool good = true;

	if (!server_query(look->server, columns_sql, values, 2, &result, err))
		return false;
	*there = PQntuples(result) == 1 && PQgetisnull(result, 0, 0);
	if (PQntuples(result) == 0)
		good = fit_problem(look->report, err,
		    "table \"%s\" is not in the target", name);
	else if (!*there)
		good = fit_problem(look->report, err,
		    "table \"%s\": the target has no column \"%s\"", name,
		    PQgetvalue(result, 0, 0));
	PQclear(result);
	return good;
}

/* TYPE_COUNT for what is not of the closed set. */
static TypeName
type_of(Oid oid)
{
	TypeName name = 0;

	while (name < TYPE_COUNT && type_oid(name) != oid)
		name++;
	return name;
}

static bool
is_text(TypeName name)
{
	return name == TYPE_TEXT || name == TYPE_VARCHAR || name == TYPE_CHAR;
}

/* Are a dump's values and a target's in one wire form? */
static bool
is_same_form(TypeName dump, TypeName target)
{
	return dump == target || (is_text(dump) && is_text(target));
}

static bool
make_forms(Look *look, TypeName *types, Error *err)
{
	VerifyTable *table = look->table;
	const char *text = NULL;
	bool good = true;
	Buf list = { 0 };
	size_t i;

	for (i = 0; good && i < table->feed.n_sent; i++) {
		good = buf_put_text(&list, i == 0 ? "" : ", ", err) &&
		    sqltext_put_name(&list, column_of(table, i)->name, err);
		if (!good || !table->through || types[i] != TYPE_COUNT)
			continue;
		types[i] = TYPE_TEXT;
		good = buf_put_text(&list, "::text", err);
	}
	text = good ? buf_text(&list, err) : NULL;
	table->forms = text == NULL ? NULL : arena_text(look->arena, text, err);
	buf_free(&list);
	return table->forms != NULL;
}

/* Hold the types of the target's columns, domains being what they are of,
 * against those that were sent. */
static bool
look_at_types(Look *look, Error *err)
{
	VerifyTable *table = look->table;
	size_t i, n = table->feed.n_sent;
	char sql[TYPE_SQL_BYTES];
	const char *text;
	PGresult *result;
	TypeName *types;
	bool good = true;

	types = arena_alloc(look->arena, n + 1, sizeof *types, err);
	text = arena_format(look->arena, err, "%s LIMIT 0", table->select);
	if (types == NULL || text == NULL ||
	    !server_query(look->server, text, NULL, 0, &result, err))
		return false;
	for (i = 0; good && i < n; i++) {
		types[i] = type_of(PQftype(result, (int)i));
		if (table->way != VERIFY_WHOLE || table->through ||
		    is_same_form(table->feed.types[i].name, types[i]))
			continue;
		table->way = VERIFY_NOT;
		good = fit_problem(look->report, err,
		    "table \"%s\", column \"%s\": %s in the dump is of "
		    "another type in the target now",
		    table->table->name, column_of(table, i)->name,
		    type_sql(table->feed.types[i], sql));
	}
	PQclear(result);
	table->shape.types = types;
	table->shape.n = n;
	return good && make_forms(look, types, err);
}

/* The place among the columns that are sent; n_sent where it is none. */
static size_t
place_of(const VerifyTable *table, int column)
{
	size_t i;

	for (i = 0; i < table->feed.n_sent; i++) {
		if (column_of(table, i) == &table->table->columns[column])
			break;
	}
	return i;
}

/* Does an index tell every row from all others? */
static bool
is_key(const VerifyTable *table, const Index *index)
{
	size_t i;
	int column;

	for (i = 0; i < index->n_parts; i++) {
		column = index->parts[i].column;
		if (column < 0 ||
		    place_of(table, column) == table->feed.n_sent ||
		    (index->kind != INDEX_PRIMARY &&
			!table->table->columns[column].not_null))
			return false;
	}
	return index->kind != INDEX_PLAIN && index->condition == NULL &&
	    index->n_parts > 0;
}

/* A dump that was fitted to the target has no keys; the target has. */
static bool
take_key_there(Look *look, Error *err)
{
	VerifyTable *table = look->table;
	const PlanTable *loaded = table->feed.loaded;
	size_t i, *key;

	if (loaded->key == NULL)
		return true;
	key = arena_alloc(look->arena, loaded->n_key, sizeof *key, err);
	if (key == NULL)
		return false;
	for (i = 0; i < loaded->n_key; i++)
		key[i] = place_of(table, (int)loaded->key[i]);
	table->shape.key = key;
	table->shape.n_key = loaded->n_key;
	return true;
}

static bool
choose_key(Look *look, Error *err)
{
	VerifyTable *table = look->table;
	const Table *described = table->table;
	const Index *index = ddl_primary_key(described);
	size_t i, *key;

	if (index != NULL && !is_key(table, index))
		index = NULL;
	for (i = 0; index == NULL && i < described->n_indexes; i++) {
		if (is_key(table, &described->indexes[i]))
			index = &described->indexes[i];
	}
	if (index == NULL)
		return take_key_there(look, err);
	key = arena_alloc(look->arena, index->n_parts, sizeof *key, err);
	if (key == NULL)
		return false;
	for (i = 0; i < index->n_parts; i++)
		key[i] = place_of(table, index->parts[i].column);
	table->shape.key = key;
	table->shape.n_key = index->n_parts;
	return true;
}

/* Name the columns that are not compared. */
static bool
note_skipped(Look *look, Error *err)
{
	const bool *skipped = look->table->feed.loaded->skipped;
	const Table *table = look->table->table;
	Buf names = { 0 };
	bool good = true;
	size_t i;

	for (i = 0; skipped != NULL && good && i < table->n_columns; i++) {
		if (skipped[i])
			good = buf_put_format(&names, err, "%s\"%s\"",
			    names.size == 0 ? "" : ", ",
			    table->columns[i].name);
	}
	if (good && names.size > 0)
		good = fit_note(look->report, err,
		    "table \"%s\": the server computes %.*s: not compared",
		    table->name, (int)names.size, (const char *)names.data);
	buf_free(&names);
	return good;
}

static bool
look_for_ledger(Look *look, Error *err)
{
	PGresult *result;

	if (!server_query(look->server,
		"SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid ="
		" to_regclass('litehaul.chunk') AND attname = 'updated'),"
		" to_regclass('litehaul.reject') IS NOT NULL,"
		" to_regclass('litehaul.object') IS NOT NULL",
		NULL, 0, &result, err))
		return false;
	look->has_counts = PQgetvalue(result, 0, 0)[0] == 't';
	look->has_rejects = PQgetvalue(result, 0, 1)[0] == 't';
	look->has_objects = PQgetvalue(result, 0, 2)[0] == 't';
	PQclear(result);
	return true;
}

static uint64_t
number_of(const PGresult *result, int column)
{
	return strtoull(PQgetvalue(result, 0, column), NULL, 10);
}

/* What became of the rows, other than that they were loaded. */
static bool
read_counts(Look *look, Error *err)
{
	LedgerCounts *counts = &look->table->counts;
	const char *path = arena_format(
	    look->arena, err, "data/%s/", look->table->table->directory);
	const char *values[] = { look->plan->id, path,
		look->table->table->directory };
	PGresult *result;

	*counts = (LedgerCounts){ 0 };
	if (path == NULL)
		return false;
	if (look->has_counts) {
		if (!server_query(look->server,
			"SELECT coalesce(sum(skipped), 0),"
			" coalesce(sum(updated), 0),"
			/* There a row that is skipped is the dump's. */
			" EXISTS (SELECT FROM litehaul.object AS o"
			"  WHERE load_id = $1 AND name = $3"
			"  AND to_jsonb(o) ->> 'on_conflict' = 'update')"
			" FROM litehaul.chunk"
			" WHERE load_id = $1 AND starts_with(path, $2)",
			values, 3, &result, err))
			return false;
		counts->skipped = number_of(result, 0);
		counts->updated = number_of(result, 1);
		look->table->updated = PQgetvalue(result, 0, 2)[0] == 't';
		look->table->left = look->table->updated ? 0 : counts->skipped;
		PQclear(result);
	}
	if (!look->has_rejects)
		return true;
	if (!server_query(look->server,
		"SELECT count(*), count(*) FILTER (WHERE path = $2)"
		" FROM litehaul.reject"
		" WHERE load_id = $1 AND starts_with(path, $2)",
		values, 2, &result, err))
		return false;
	counts->rejected = number_of(result, 0);
	look->table->orphans = number_of(result, 1);
	PQclear(result);
	return true;
}

/* Were there rows before, or did another load add some? */
static bool
look_for_others(Look *look, Error *err)
{
	VerifyTable *table = look->table;
	const char *values[] = { look->plan->id, table->table->directory,
		table->name };
	PGresult *result;

	table->shared = table->feed.loaded->shared;
	if (table->shared || !look->has_objects)
		return true;
	if (!server_query(look->server,
		"SELECT EXISTS (SELECT FROM litehaul.object AS o WHERE"
		" (load_id = $1 AND name = $2"
		"  AND kind = '" LEDGER_EXISTING "')"
		" OR (load_id <> $1 AND relation = to_regclass($3)"
		"  AND EXISTS (SELECT FROM litehaul.chunk AS c"
		"   WHERE c.load_id = o.load_id"
		"   AND starts_with(c.path, 'data/' || o.name || '/'))))",
		values, 3, &result, err))
		return false;
	table->shared = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return true;
}

/* Orphans are not known by their number in a chunk: only a lookup can do
 * without them. */
static void
choose_way(VerifyTable *table)
{
	bool text = table->feed.loaded->format == DDL_COPY_TEXT;

	table->through = false;
	table->way = VERIFY_WHOLE;
	if (table->shared || table->counts.skipped > 0 ||
	    table->counts.updated > 0 || (text && table->orphans > 0))
		table->way = VERIFY_ROWS;
	else
		table->through = text;
}

static bool
look_at_table(Look *look, Error *err)
{
	VerifyTable *table = look->table;
	const char *names;
	bool there;

	if (!make_texts(look, &names, err) || !choose_key(look, err) ||
	    !look_for_columns(look, names, &there, err))
		return false;
	if (!there)
		return true;
	if (!read_counts(look, err) || !look_for_others(look, err))
		return false;
	choose_way(table);
	return look_at_types(look, err) && note_skipped(look, err);
}

bool
verify_table_look(const Plan *plan, Server *server, VerifyTable *tables,
    FitReport *report, Arena *arena, Error *err)
{
	Look look = {
		.plan = plan, .server = server, .report = report, .arena = arena
	};
	size_t i;

	if (!look_for_ledger(&look, err))
		return false;
	for (i = 0; i < plan->schema->n_tables; i++) {
		look.table = &tables[i];
		look.table->table = &plan->schema->tables[i];
		look.table->way = VERIFY_NOT;
		if (!feed_prepare(plan, i, arena, &look.table->feed, err))
			return false;
		if (plan->wanted[i] && !look_at_table(&look, err))
			return error_add(
			    err, "table \"%s\"", look.table->table->name);
	}
	return true;
}
