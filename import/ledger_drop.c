#include "import/ledger_drop.h"

#include "import/statement.h"

/* What ledger_tables.c makes. */
#define TABLES                                                         \
	"'load', 'object', 'chunk', 'reject', 'hook', 'publication', " \
	"'namespace', 'foreign_key'"
#define FUNCTIONS "'database', 'version'"

/* A load that begins now waits for this lock, and one that has begun has it
 * before us. */
static const char lock_sql[] =
    "LOCK TABLE litehaul.load IN ACCESS EXCLUSIVE MODE";

/* Whether nobody needs it, and it is nobody else's. */
static const char unused_sql[] =
    "SELECT pg_has_role(n.nspowner, 'USAGE')"
    " AND NOT EXISTS (SELECT FROM litehaul.load)"
    " AND NOT EXISTS (SELECT FROM litehaul.foreign_key)"
    " AND NOT EXISTS (SELECT FROM pg_depend AS d"
    "  LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass"
    "   AND c.oid = d.objid"
    "  LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass"
    "   AND p.oid = d.objid"
    "  WHERE d.refclassid = 'pg_namespace'::regclass"
    "  AND d.refobjid = n.oid AND d.deptype <> 'i'"
    "  AND coalesce(c.relname IN (" TABLES "), p.proname IN (" FUNCTIONS
    "), false) = false)"
    /* Views, functions and the like that use something of the ledger. */
    " AND NOT EXISTS (SELECT FROM pg_depend AS d"
    "  LEFT JOIN pg_class AS c ON d.refclassid = 'pg_class'::regclass"
    "   AND c.oid = d.refobjid AND c.relnamespace = n.oid"
    "  LEFT JOIN pg_proc AS p ON d.refclassid = 'pg_proc'::regclass"
    "   AND p.oid = d.refobjid AND p.pronamespace = n.oid"
    "  LEFT JOIN pg_constraint AS k ON d.classid = 'pg_constraint'::regclass"
    "   AND k.oid = d.objid AND k.connamespace = n.oid"
    "  WHERE d.deptype = 'n' AND k.oid IS NULL"
    "  AND (c.oid IS NOT NULL OR p.oid IS NOT NULL))"
    " FROM pg_namespace AS n WHERE n.nspname = 'litehaul'";

static const char drop_sql[] =
    "SELECT format('DROP TABLE litehaul.%I', relname) FROM pg_class"
    " WHERE relnamespace = 'litehaul'::regnamespace AND relkind = 'r'"
    " UNION ALL SELECT format('DROP FUNCTION %s', oid::regprocedure)"
    " FROM pg_proc WHERE pronamespace = 'litehaul'::regnamespace"
    " UNION ALL SELECT 'DROP SCHEMA litehaul'";

bool
ledger_drop(Server *server, Error *err)
{
	bool unused;

	return server_run(server, lock_sql, err) &&
	    statement_ask(server, unused_sql, NULL, 0, &unused, err) &&
	    (!unused || statement_run_listed(server, drop_sql, NULL, 0, err));
}
