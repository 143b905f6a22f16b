#include "import/relation.h"

#include <stdlib.h>

#include "import/array.h"

/* place counts from 1.  Partitions are not loaded by themselves. */
static const char relations_sql[] =
    "SELECT wanted.place - 1, c.oid"
    " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY"
    "  AS wanted (namespace, name, place)"
    " JOIN pg_namespace AS n ON n.nspname = wanted.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid"
    "  AND c.relname = wanted.name"
    " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition";

bool
relation_put_names(const Plan *plan, Buf *namespaces, Buf *names, Error *err)
{
	const Table *table;
	bool good;
	size_t i;

	good = array_begin(namespaces, err) && array_begin(names, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		table = &plan->schema->tables[i];
		if (plan->wanted[i])
			good =
			    array_put_text(namespaces,
				ddl_namespace(plan->namespace, table), err) &&
			    array_put_text(names, table->name, err);
	}
	return good && array_end(namespaces, err) != NULL &&
	    array_end(names, err) != NULL;
}

/* The table that is the n-th of those that are wanted. */
static size_t
find_wanted(const Plan *plan, size_t n)
{
	size_t i = 0;

	while (!plan->wanted[i] || n-- > 0)
		i++;
	return i;
}

static bool
take(Plan *plan, const PGresult *found, Arena *arena, Error *err)
{
	PlanTable *table;
	size_t place, i;
	int row;

	for (i = 0; i < plan->schema->n_tables; i++)
		plan->tables[i].relation = NULL;
	for (row = 0; row < PQntuples(found); row++) {
		place = strtoul(PQgetvalue(found, row, 0), NULL, 10);
		table = &plan->tables[find_wanted(plan, place)];
		table->relation =
		    arena_text(arena, PQgetvalue(found, row, 1), err);
		if (table->relation == NULL)
			return false;
	}
	return true;
}

bool
relation_find(Server *server, Plan *plan, Arena *arena, Error *err)
{
	Buf namespaces = { 0 }, names = { 0 };
	const char *values[2];
	PGresult *found = NULL;
	bool good = false;

	if (!relation_put_names(plan, &namespaces, &names, err))
		goto done;
	values[0] = buf_text(&namespaces, err);
	values[1] = buf_text(&names, err);
	good = values[0] != NULL && values[1] != NULL &&
	    server_query(server, relations_sql, values, 2, &found, err) &&
	    take(plan, found, arena, err);
done:
	PQclear(found);
	buf_free(&namespaces);
	buf_free(&names);
	return good;
}
