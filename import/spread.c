#include "import/spread.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/foreign_key.h"
#include "import/sqlstate.h"

typedef struct {
	Plan *plan;
	bool citus; /* whose tables look like any other */
} Look;

static bool
has_citus(Server *server, bool *citus, Error *err)
{
	PGresult *result;

	if (!server_query(server,
		"SELECT EXISTS (SELECT FROM pg_extension"
		" WHERE extname = 'citus')",
		NULL, 0, &result, err))
		return false;
	*citus = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return true;
}

/* All tables of the load's schemas that are no ordinary ones. */
static bool
query_tables(Server *server, const Plan *plan, PGresult **tables, Error *err)
{
	const char *values[] = { plan->id };

	return server_query(server,
	    "SELECT o.name FROM litehaul.object AS o"
	    " JOIN pg_class AS c ON c.oid = o.relation"
	    " WHERE o.load_id = $1 AND c.relkind <> 'r'",
	    values, 1, tables, err);
}

static bool
is_listed(const PGresult *tables, const char *directory)
{
	int row;

	for (row = 0; row < PQntuples(tables); row++) {
		if (strcmp(PQgetvalue(tables, row, 0), directory) == 0)
			return true;
	}
	return false;
}

static bool
look(Server *server, void *context, Error *err)
{
	Look *at = context;
	Plan *plan = at->plan;
	PGresult *tables;
	size_t i;

	if (!has_citus(server, &at->citus, err) ||
	    !query_tables(server, plan, &tables, err))
		return false;
	plan->spread = false;
	for (i = 0; i < plan->schema->n_tables; i++) {
		plan->tables[i].spread = plan->wanted[i] &&
		    (at->citus ||
			is_listed(tables, plan->schema->tables[i].directory));
		plan->spread = plan->spread || plan->tables[i].spread;
	}
	PQclear(tables);
	return true;
}

bool
spread_look(Plan *plan, Error *err)
{
	Look at = { .plan = plan };

	return server_transact(plan->servers[0], SERVER_QUICK, look, &at, err);
}

bool
spread_has_no_index(const Plan *plan, size_t table, size_t index)
{
	return plan->tables[table].spread &&
	    ddl_is_constraint(&plan->schema->tables[table].indexes[index]);
}

/* ALTER TABLE ... ADD CONSTRAINT ... PRIMARY KEY (...) */
static bool
put_key(Buf *out, const char *namespace, const Table *table, const Index *index,
    const char *name, Error *err)
{
	size_t i;

	if (!ddl_put_alter(out, namespace, table, err) ||
	    !buf_put_text(out, " ADD CONSTRAINT ", err) ||
	    !sqltext_put_name(out, name, err) ||
	    !buf_put_text(out,
		index->kind == INDEX_PRIMARY ? " PRIMARY KEY (" : " UNIQUE (",
		err))
		return false;
	for (i = 0; i < index->n_parts; i++) {
		if (!buf_put_text(out, i == 0 ? "" : ", ", err) ||
		    !sqltext_put_name(
			out, table->columns[index->parts[i].column].name, err))
			return false;
	}
	return buf_put_text(out, ")", err);
}

bool
spread_put_constraint(Buf *out, const Plan *plan, size_t table, size_t index,
    const char *name, Error *err)
{
	const Table *at = &plan->schema->tables[table];

	return plan->tables[table].spread
	    ? put_key(out, plan->namespace, at, &at->indexes[index], name, err)
	    : ddl_put_constraint(
		  out, plan->namespace, at, &at->indexes[index], name, err);
}

bool
spread_put_foreign_key(Buf *out, const Plan *plan, size_t table, size_t key,
    const char *name, Error *err)
{
	const Table *at = &plan->schema->tables[table];

	return plan->tables[table].spread
	    ? foreign_key_put_valid(
		  out, plan->namespace, at, &at->foreign_keys[key], name, err)
	    : foreign_key_put(
		  out, plan->namespace, at, &at->foreign_keys[key], name, err);
}

bool
spread_check_identity(Server *server, const Plan *plan, size_t table,
    size_t column, Buf *warning, Error *err)
{
	const Table *at = &plan->schema->tables[table];
	const char *values[] = { NULL, at->columns[column].name };
	Buf name = { 0 };
	PGresult *result = NULL;
	bool good;

	warning->size = 0;
	if (!plan->tables[table].spread)
		return true;
	good = ddl_put_table_name(&name, plan->namespace, at, err);
	values[0] = good ? buf_text(&name, err) : NULL;
	good = values[0] != NULL &&
	    server_query(server,
		"SELECT FROM pg_attribute WHERE attrelid = $1::text::regclass"
		" AND attname = $2::text AND attidentity = ''"
		" AND NOT atthasdef",
		values, 2, &result, err);
	if (good && PQntuples(result) > 0)
		good = buf_put_format(warning, err,
		    "table \"%s\": column \"%s\" has no identity and no "
		    "default any more: new rows must bring their own value",
		    at->name, values[1]);
	PQclear(result);
	buf_free(&name);
	return good;
}

/*
 * What the server says where a partitioned or foreign table cannot have a key:
 * "unique constraint on partitioned table must include all partitioning
 * columns" (0A000), "cannot create unique index on partitioned table" with
 * foreign partitions (42809), "there is no unique constraint matching given
 * keys for referenced table" (42830).  A foreign key that cannot be NOT VALID
 * ends at its first orphan (23503).
 */
bool
spread_excuses(const Plan *plan, const Server *server)
{
	static const char *const states[] = { SQLSTATE_NOT_SUPPORTED,
		SQLSTATE_WRONG_KIND, SQLSTATE_TABLE_DEFINITION,
		SQLSTATE_NO_PARENT_KEY, SQLSTATE_FOREIGN_KEY };
	const char *state = server_failure(server, PG_DIAG_SQLSTATE);
	size_t i;

	for (i = 0; plan->spread && i < sizeof states / sizeof states[0]; i++) {
		if (strcmp(state, states[i]) == 0)
			return true;
	}
	return false;
}

bool
spread_describe(const Server *server, const Table *table, const char *phase,
    const char *name, Buf *warning, Error *err)
{
	const char *detail = server_failure(server, PG_DIAG_MESSAGE_DETAIL);

	warning->size = 0;
	return buf_put_format(warning, err,
	    "table \"%s\": \"%s\" (%s) was left out, as the tables are now: "
	    "%s%s%s",
	    table->name, name, phase,
	    server_failure(server, PG_DIAG_MESSAGE_PRIMARY),
	    detail[0] == '\0' ? "" : ". ", detail);
}
