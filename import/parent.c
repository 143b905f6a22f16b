#include "import/parent.h"

#include "import/foreign_key.h"

bool
parent_ask(Server *server, const char *namespace, const ForeignKey *key,
    bool *found, Error *err)
{
	const char *values[] = { foreign_key_parent_namespace(namespace, key),
		key->parent };
	PGresult *result;

	if (!server_query(server,
		"SELECT FROM pg_class AS c"
		" JOIN pg_namespace AS n ON n.oid = c.relnamespace"
		" WHERE n.nspname = $1 AND c.relname = $2",
		values, 2, &result, err))
		return false;
	*found = PQntuples(result) > 0;
	PQclear(result);
	return true;
}

bool
parent_describe(const Table *table, const ForeignKey *key, const char *name,
    bool found, Buf *warning, Error *err)
{
	warning->size = 0;
	return buf_put_format(warning, err,
	    "table \"%s\": foreign key \"%s\" was not made, because its parent "
	    "table \"%s\" %s. A load of both tables makes it",
	    table->name, name, key->parent,
	    found ? "has no primary key or unique constraint for it, or not yet"
		  : "is not in the target");
}
