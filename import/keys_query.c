#include "import/keys_query.h"

#include "import/array.h"

/*
 * A key of a partitioned table cannot be added NOT VALID (sql-altertable), and
 * one that refers to such a table would be left with parts that are not valid.
 * To lock a table its owner needs one of three privileges (sql-lock).  Who
 * puts a key back needs REFERENCES on the columns and must see the schema.
 * NOT ENFORCED (PostgreSQL 18) costs nothing.
 */
static const char keys_sql[] =
    "SELECT k.conrelid, k.confrelid, n.nspname, c.relname, k.conname,"
    " CASE WHEN $2::boolean THEN 'k'"
    " WHEN c.relkind <> 'r' OR c.relispartition OR p.relkind <> 'r' THEN 'p'"
    " WHEN NOT pg_has_role(c.relowner, 'USAGE')"
    " OR NOT has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') THEN 'f'"
    " WHEN NOT has_schema_privilege(p.relnamespace, 'USAGE')"
    " OR NOT (SELECT bool_and(has_column_privilege(p.oid, a, 'REFERENCES'))"
    "  FROM unnest(k.confkey) AS a) THEN 'g' ELSE '' END,"
    " format('GRANT REFERENCES ON TABLE %s TO %I', p.oid::regclass,"
    " current_user)"
    " FROM pg_constraint AS k"
    " JOIN pg_class AS c ON c.oid = k.conrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_class AS p ON p.oid = k.confrelid"
    " WHERE k.contype = 'f' AND k.conparentid = 0"
    " AND k.conrelid = ANY ($1::oid[])"
    " AND pg_get_constraintdef(k.oid) NOT LIKE '% NOT ENFORCED'"
    " ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\","
    " k.conname COLLATE \"C\"";

const char *
keys_query_relations(const Plan *plan, Buf *out, Error *err)
{
	const char *relation;
	size_t i;

	if (!array_begin(out, err))
		return NULL;
	for (i = 0; i < plan->schema->n_tables; i++) {
		relation = plan->tables[i].relation;
		if (plan->wanted[i] && relation != NULL &&
		    !array_put_text(out, relation, err))
			return NULL;
	}
	return array_end(out, err);
}

bool
keys_query(Server *server, const Plan *plan, PGresult **keys, Error *err)
{
	const char *values[] = { NULL, plan->keys_stay ? "true" : "false" };
	Buf relations = { 0 };
	bool good;

	*keys = NULL;
	values[0] = keys_query_relations(plan, &relations, err);
	good = values[0] != NULL &&
	    server_query(server, keys_sql, values, 2, keys, err);
	buf_free(&relations);
	return good;
}
