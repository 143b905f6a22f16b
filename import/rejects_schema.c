#include "import/rejects_schema.h"

#include <string.h>

#include "import/publish.h"

bool
rejects_schema_begin(
    Schema *schema, const Schema *from, Arena *arena, Error *err)
{
	static const char mark[] = " (refused)";
	size_t size = strlen(from->source.name);
	bool marked = size > strlen(mark) &&
	    strcmp(from->source.name + size - strlen(mark), mark) == 0;

	*schema = *from;
	schema->rejects_round++;
	schema->source.name = arena_format(
	    arena, err, "%s%s", from->source.name, marked ? "" : mark);
	return schema->source.name != NULL;
}

/* Which tables have rows that were refused: their directories. */
static bool
ask_tables(const Plan *plan, Server *server, PGresult **result, Error *err)
{
	const char *values[] = { plan->id };

	return server_query(server,
	    "SELECT DISTINCT split_part(path, '/', 2)"
	    " FROM litehaul.reject WHERE load_id = $1",
	    values, 1, result, err);
}

static bool
has_directory(const PGresult *directories, const char *directory)
{
	int i;

	for (i = 0; i < PQntuples(directories); i++) {
		if (strcmp(PQgetvalue(directories, i, 0), directory) == 0)
			return true;
	}
	return false;
}

static bool
is_same_namespace(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

static bool
has_parent(const Schema *schema, const ForeignKey *key)
{
	const Table *table;
	size_t i;

	for (i = 0; i < schema->n_tables; i++) {
		table = &schema->tables[i];
		if (strcmp(table->name, key->parent) == 0 &&
		    is_same_namespace(table->namespace, key->parent_namespace))
			return true;
	}
	return false;
}

/* A key to a table that is not there would make no schema. */
static bool
choose_keys(Schema *schema, Table *table, Arena *arena, Error *err)
{
	const ForeignKey *all = table->foreign_keys;
	size_t i, n = table->n_foreign_keys;

	table->n_foreign_keys = 0;
	table->foreign_keys = arena_alloc(arena, n + 1, sizeof *all, err);
	if (table->foreign_keys == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (has_parent(schema, &all[i]))
			table->foreign_keys[table->n_foreign_keys++] = all[i];
	}
	return true;
}

/* Loading the others again, without a row, would only cost time: their
 * foreign keys are taken off and validated. */
bool
rejects_schema_choose(
    Schema *schema, const Plan *plan, Server *server, Arena *arena, Error *err)
{
	const Schema *from = publish_schema(plan);
	PGresult *directories;
	bool good = true;
	size_t i;

	if (!ask_tables(plan, server, &directories, err))
		return false;
	schema->n_tables = 0;
	schema->tables =
	    arena_alloc(arena, from->n_tables + 1, sizeof *schema->tables, err);
	for (i = 0; schema->tables != NULL && i < from->n_tables; i++) {
		if (has_directory(directories, from->tables[i].directory))
			schema->tables[schema->n_tables++] = from->tables[i];
	}
	PQclear(directories);
	for (i = 0; good && i < schema->n_tables; i++)
		good = choose_keys(schema, &schema->tables[i], arena, err);
	return good && schema->tables != NULL;
}
