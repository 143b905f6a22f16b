#include "import/namespace.h"

#include <string.h>

#include "formats/bytes.h"
#include "formats/sqltext.h"

#include "import/ddl.h"
#include "import/statement.h"

static const char *
beside(const char *live, const char *suffix, Arena *arena, Error *err)
{
	Buf whole = { 0 };
	const char *name = NULL;

	if (buf_put_text(&whole, live, err))
		name = ddl_made_up_name(&whole, suffix, arena, err);
	buf_free(&whole);
	return name;
}

const char *
namespace_new(const char *live, Arena *arena, Error *err)
{
	return beside(live, "__new", arena, err);
}

const char *
namespace_old(const char *live, Arena *arena, Error *err)
{
	return beside(live, "__old", arena, err);
}

static bool
run(Server *server, const char *what, const char *name, Error *err)
{
	Buf sql = { 0 };
	bool good =
	    buf_put_text(&sql, what, err) && sqltext_put_name(&sql, name, err);

	return statement_run_put(server, &sql, good, err);
}

bool
namespace_make(Server *server, const char *name, Error *err)
{
	const char *values[] = { name };
	bool exists;

	/* CREATE SCHEMA IF NOT EXISTS wants a privilege even where it is. */
	if (!statement_ask(server,
		"SELECT true FROM pg_namespace WHERE nspname = $1", values, 1,
		&exists, err))
		return false;
	if (exists)
		return true;
	return (run(server, "CREATE SCHEMA ", name, err) &&
		   statement_run(server,
		       "INSERT INTO litehaul.namespace (namespace, name)"
		       " SELECT oid, nspname FROM pg_namespace"
		       " WHERE nspname = $1 ON CONFLICT (namespace)"
		       " DO UPDATE SET name = excluded.name, made = now()",
		       values, 1, err)) ||
	    error_add(err, "schema \"%s\"", name);
}

/* Everything in a schema depends on it. */
static const char empty_sql[] =
    "SELECT NOT EXISTS (SELECT FROM pg_depend AS d"
    "  WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid)"
    " FROM pg_namespace AS n"
    " JOIN litehaul.namespace AS o ON o.namespace = n.oid"
    " AND o.name = n.nspname WHERE n.nspname = $1";

bool
namespace_drop(Server *server, const char *name, Error *err)
{
	const char *values[] = { name };
	bool empty;

	if (!statement_ask(server, empty_sql, values, 1, &empty, err))
		return false;
	if (!empty)
		return true;
	return (run(server, "DROP SCHEMA ", name, err) &&
		   statement_run(server,
		       "DELETE FROM litehaul.namespace WHERE name = $1", values,
		       1, err)) ||
	    error_add(err, "schema \"%s\"", name);
}
