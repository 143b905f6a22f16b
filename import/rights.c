#include "import/rights.h"

#include <string.h>

#include "import/array.h"
#include "import/ledger.h"
#include "import/relation.h"
#include "import/sequences.h"

/* What rights_sql and owners_sql ask for. */
enum {
	RIGHTS_NAMESPACES, /* of all wanted tables, as an array */
	RIGHTS_NAMES,      /* their names */
	RIGHTS_MAKES,      /* they are made */
	RIGHTS_ON_TABLES,  /* privileges on those that are there, as an array */
	RIGHTS_TEMPORARY,  /* temporary tables are made */
	RIGHTS_ON_LEDGER,  /* privileges on the ledger's tables, as an array */
	RIGHTS_VALUES
};

#define OWNER_ADVICE                                                      \
	" CASE WHEN pg_has_role(o.oid, 'MEMBER')"                         \
	"  THEN 'Use --role=' || o.rolname"                               \
	" WHEN o.rolsuper THEN 'Its owner can give it away: ' ||"         \
	"  format('ALTER TABLE %I.%I OWNER TO %I', n.nspname, c.relname," \
	"   current_user)"                                                \
	" ELSE 'An administrator can permit it: ' ||"                     \
	"  format('GRANT %I TO %I', o.rolname, current_user) END"

/*
 * One row for each right that is missing: what it is about, and what to do.
 * Catalogs are read, no function that needs a privilege to look a name up.
 */
static const char rights_sql[] =
    "WITH wanted AS ("
    "  SELECT * FROM unnest($1::text[], $2::text[])"
    "   WITH ORDINALITY AS w (namespace, name, place)),"
    " spaces AS ("
    "  SELECT w.namespace AS name, n.oid, $3::boolean AS makes, w.place"
    "  FROM (SELECT namespace, min(place) AS place FROM wanted"
    "   GROUP BY namespace) AS w"
    "  LEFT JOIN pg_namespace AS n ON n.nspname = w.namespace"
    "  UNION ALL"
    "  SELECT 'litehaul', (SELECT oid FROM pg_namespace"
    "   WHERE nspname = 'litehaul'), 'INSERT' = ANY ($6::text[])"
    "   AND NOT EXISTS (SELECT FROM pg_class"
    "   WHERE relnamespace = (SELECT oid FROM pg_namespace"
    "    WHERE nspname = 'litehaul') AND relkind = 'r'), 0)"
    /* Schemas, of the ledger as well. */
    " SELECT 1 AS part, s.place, format('there is no schema \"%s\", and role"
    " \"%s\" must not make it', s.name, current_user),"
    " 'The database''s owner can: ' || format("
    "  'CREATE SCHEMA %I AUTHORIZATION %I', s.name, current_user)"
    " FROM spaces AS s WHERE s.oid IS NULL AND s.makes"
    " AND NOT has_database_privilege(current_database(), 'CREATE')"
    " UNION ALL"
    " SELECT 1, s.place, format('schema \"%s\": role \"%s\" lacks %s',"
    "  s.name, current_user, p.lacking),"
    " 'Its owner can permit it: ' || format("
    "  'GRANT %s ON SCHEMA %I TO %I', p.lacking, s.name, current_user)"
    " FROM spaces AS s, LATERAL (SELECT concat_ws(', ',"
    "  CASE WHEN NOT has_schema_privilege(s.oid, 'USAGE')"
    "   THEN 'USAGE' END,"
    "  CASE WHEN s.makes AND NOT has_schema_privilege(s.oid, 'CREATE')"
    "   THEN 'CREATE' END) AS lacking) AS p"
    " WHERE s.oid IS NOT NULL AND p.lacking <> ''"
    /* The ledger's tables. */
    " UNION ALL"
    " SELECT 2, 0, format('the ledger in schema \"litehaul\": role \"%s\""
    " lacks %s', current_user, string_agg(DISTINCT p, ', ' ORDER BY p DESC)),"
    " 'Its owner can permit it: ' || format('GRANT %s ON ALL TABLES IN SCHEMA"
    " litehaul TO %I', array_to_string($6::text[], ', '), current_user)"
    " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace,"
    "  unnest($6::text[]) AS p"
    " WHERE n.nspname = 'litehaul' AND c.relkind = 'r'"
    " AND NOT has_table_privilege(c.oid, p) HAVING count(*) > 0"
    /* The database. */
    " UNION ALL"
    " SELECT 3, 0, format('database \"%s\": role \"%s\" lacks TEMPORARY',"
    "  current_database(), current_user),"
    " 'Its owner can permit it: ' || format("
    "  'GRANT TEMPORARY ON DATABASE %I TO %I', current_database(),"
    "  current_user)"
    " WHERE $5::boolean"
    " AND NOT has_database_privilege(current_database(), 'TEMPORARY')"
    /* Tables that are there. */
    " UNION ALL"
    " SELECT 4, w.place, format('table \"%s\": role \"%s\" lacks %s', w.name,"
    "  current_user, p.lacking),"
    " 'Its owner can permit it: ' || format('GRANT %s ON TABLE %I.%I TO %I',"
    "  p.lacking, w.namespace, w.name, current_user)"
    " FROM wanted AS w JOIN pg_namespace AS n ON n.nspname = w.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name,"
    "  LATERAL (SELECT string_agg(p, ', ') AS lacking"
    "   FROM unnest($4::text[]) AS p"
    "   WHERE NOT has_table_privilege(c.oid, p)) AS p"
    " WHERE c.relkind IN ('r', 'p') AND p.lacking <> ''"
    " UNION ALL"
    " SELECT 4, w.place, format('table \"%s\": row security applies to role"
    " \"%s\", and COPY cannot be used under it', w.name, current_user),"
    " 'Load as the owner or a role with BYPASSRLS'"
    " FROM wanted AS w JOIN pg_namespace AS n ON n.nspname = w.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name"
    " WHERE NOT $3::boolean AND row_security_active(c.oid)"
    " ORDER BY 1, 2, 3";

static const char readable_sql[] =
    "SELECT bool_and(has_schema_privilege(n.oid, 'USAGE')"
    "  AND has_table_privilege(c.oid, 'SELECT'))"
    " FROM pg_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.oid"
    " WHERE n.nspname = 'litehaul' AND c.relkind = 'r'";

/* The ledger is there, but not all of it: an older release has made it. */
static const char ledger_sql[] =
    "SELECT 1, 0, format('the ledger in schema \"litehaul\" is an older"
    " release''s, and role \"%s\" must not change it', current_user),"
    " 'Let \"' || o.rolname || '\", who owns it, load first, or permit it: ' ||"
    " format('GRANT %I TO %I', o.rolname, current_user)"
    " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_roles AS o ON o.oid = c.relowner"
    " WHERE n.nspname = 'litehaul' AND c.relkind = 'r'"
    " AND (NOT pg_has_role(o.oid, 'USAGE')"
    "  OR NOT has_schema_privilege(n.oid, 'CREATE'))"
    " ORDER BY c.relname LIMIT 1";

/* Tables that are to be dropped or, made by an earlier run of the load $3, to
 * get keys and indexes; where the ledger cannot be read, all that are there. */
#define OWNERS_FROM                                          \
	" FROM unnest($1::text[], $2::text[])"               \
	"  WITH ORDINALITY AS w (namespace, name, place)"    \
	" JOIN pg_namespace AS n ON n.nspname = w.namespace" \
	" JOIN pg_class AS c ON c.relnamespace = n.oid"      \
	"  AND c.relname = w.name"                           \
	" JOIN pg_roles AS o ON o.oid = c.relowner"          \
	" WHERE NOT pg_has_role(o.oid, 'USAGE')"

#define OWNERS_SELECT                                                          \
	"SELECT 1, w.place, format('table \"%s\" is \"%s\"''s, and role "      \
	"\"%s\""                                                               \
	" must not change it', w.name, o.rolname, current_user)," OWNER_ADVICE \
	    OWNERS_FROM

static const char owners_sql[] = OWNERS_SELECT " ORDER BY 2";

static const char made_sql[] = OWNERS_SELECT
    " AND c.oid IN (SELECT relation FROM litehaul.object"
    "  WHERE load_id = $3 AND kind = '" LEDGER_TABLE "') ORDER BY 2";

/* What is worth knowing, and is no problem. */
static const char notes_sql[] =
    "SELECT format('session_replication_role is %s for role \"%s\": triggers"
    " of the tables do not fire, and foreign keys are not checked',"
    "  current_setting('session_replication_role'), session_user)"
    " WHERE current_setting('session_replication_role') = 'replica'";

typedef struct {
	Plan *plan;
	const RightsWish *wish;
	FitReport *report;
	Arena *arena;
	Buf namespaces, names;
} Rights;

/* Make problems of the rows of a query. */
static bool
ask(Server *server, const Rights *rights, const char *sql,
    const char *const *values, int n, Error *err)
{
	PGresult *rows;
	bool good = true;
	int row;

	if (!server_query(server, sql, values, n, &rows, err))
		return false;
	for (row = 0; good && row < PQntuples(rows); row++)
		good = fit_problem(rights->report, err, "%s. %s",
		    PQgetvalue(rows, row, 2), PQgetvalue(rows, row, 3));
	PQclear(rows);
	return good;
}

static const char *
privileges(const Rights *rights)
{
	const Plan *plan = rights->plan;
	bool updates = plan->conflict == CONFLICT_UPDATE;

	if (rights->wish->reads)
		return "{SELECT}";
	if (!plan->existing)
		return "{}";
	if (plan->orphans == ORPHANS_REJECT)
		return updates ? "{SELECT,INSERT,UPDATE,DELETE}"
			       : "{SELECT,INSERT,DELETE}";
	return updates ? "{SELECT,INSERT,UPDATE}" : "{SELECT,INSERT}";
}

static const char *
boolean(bool value)
{
	return value ? "true" : "false";
}

static bool
ask_rights(Server *server, Rights *rights, Error *err)
{
	const Plan *plan = rights->plan;
	bool writes = !rights->wish->reads;
	const char *values[RIGHTS_VALUES] = {
		[RIGHTS_NAMESPACES] = buf_text(&rights->namespaces, err),
		[RIGHTS_NAMES] = buf_text(&rights->names, err),
		[RIGHTS_MAKES] = boolean(writes && !plan->existing),
		[RIGHTS_ON_TABLES] = privileges(rights),
		[RIGHTS_TEMPORARY] =
		    boolean(writes && plan->conflict != CONFLICT_ERROR),
		[RIGHTS_ON_LEDGER] =
		    writes ? "{SELECT,INSERT,UPDATE,DELETE}" : "{SELECT}",
	};

	return values[RIGHTS_NAMESPACES] != NULL &&
	    values[RIGHTS_NAMES] != NULL &&
	    ask(server, rights, rights_sql, values, RIGHTS_VALUES, err);
}

/* What of a ledger is there? */
typedef enum { LEDGER_ABSENT, LEDGER_CLOSED, LEDGER_OLD, LEDGER_READY } Ledger;

static bool
ask_ledger(Server *server, Rights *rights, Ledger *ledger, Error *err)
{
	PGresult *result;
	bool complete;

	if (!server_query(server, readable_sql, NULL, 0, &result, err))
		return false;
	*ledger = PQgetisnull(result, 0, 0)      ? LEDGER_ABSENT
	    : PQgetvalue(result, 0, 0)[0] == 'f' ? LEDGER_CLOSED
						 : LEDGER_OLD;
	PQclear(result);
	if (*ledger != LEDGER_OLD)
		return true;
	if (!ledger_is_complete(server, &complete, err))
		return false;
	if (!complete)
		return ask(server, rights, ledger_sql, NULL, 0, err);
	*ledger = LEDGER_READY;
	return true;
}

/* Of tables that others may own. */
static bool
ask_owners(Server *server, Rights *rights, Ledger ledger, Error *err)
{
	const Plan *plan = rights->plan;
	const char *values[] = { buf_text(&rights->namespaces, err),
		buf_text(&rights->names, err), plan->id };

	if (values[0] == NULL || values[1] == NULL)
		return false;
	if (rights->wish->clean || (ledger == LEDGER_CLOSED && !plan->existing))
		return ask(server, rights, owners_sql, values, 2, err);
	return plan->existing || ledger != LEDGER_READY ||
	    ask(server, rights, made_sql, values, 3, err);
}

static bool
note(Server *server, const Rights *rights, Error *err)
{
	PGresult *rows;
	bool good = true;
	int row;

	if (!server_query(server, notes_sql, NULL, 0, &rows, err))
		return false;
	for (row = 0; good && row < PQntuples(rows); row++)
		good = fit_note(
		    rights->report, err, "%s", PQgetvalue(rows, row, 0));
	PQclear(rows);
	return good;
}

/* The body of the transaction. */
static bool
check(Server *server, void *context, Error *err)
{
	Rights *rights = context;
	Plan *plan = rights->plan;
	Ledger ledger;

	fit_clear(rights->report);
	if (!relation_put_names(
		plan, &rights->namespaces, &rights->names, err) ||
	    !relation_find(server, plan, rights->arena, err) ||
	    !ask_rights(server, rights, err))
		return false;
	if (rights->wish->reads)
		return true;
	return (!plan->existing ||
		   sequences_check(server, plan, rights->report, err)) &&
	    ask_ledger(server, rights, &ledger, err) &&
	    ask_owners(server, rights, ledger, err) &&
	    note(server, rights, err);
}

bool
rights_check(Plan *plan, const RightsWish *wish, FitReport *report,
    Arena *arena, Error *err)
{
	Rights rights = {
		.plan = plan, .wish = wish, .report = report, .arena = arena
	};
	bool good;

	good = server_transact(
	    plan->servers[0], SERVER_SNAPSHOT, check, &rights, err);
	buf_free(&rights.namespaces);
	buf_free(&rights.names);
	return good;
}
