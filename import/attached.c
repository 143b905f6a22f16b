#include "import/attached.h"

#include "formats/bytes.h"

/* pg_publication_namespace, FOR TABLES IN SCHEMA, came with it. */
#define PUBLISHED_SCHEMAS_VERSION 150000

/*
 * $1: the tables.  What depends on a table depends on it, on a sequence of its
 * columns, or on its row type (catalog-pg-depend); "n" is what DROP would not
 * take along by itself.  An array has its element's name in the catalog.
 */
static const char tables_sql[] =
    "WITH gone AS ("
    "  SELECT oid, relname AS name, relkind, reltype, relnamespace,"
    "   relrowsecurity FROM pg_class WHERE oid = ANY ($1::oid[])),"
    " part AS ("
    "  SELECT oid, 'pg_class'::regclass::oid AS class, oid AS part FROM gone"
    "  UNION ALL"
    "  SELECT gone.oid, d.classid, d.objid FROM gone JOIN pg_depend AS d"
    "   ON d.refclassid = 'pg_class'::regclass AND d.refobjid = gone.oid"
    "   AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
    "   JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'"
    "  UNION ALL"
    "  SELECT gone.oid, 'pg_type'::regclass::oid, t.oid"
    "   FROM gone JOIN pg_type AS r ON r.oid = gone.reltype"
    "   JOIN pg_type AS t ON t.oid IN (r.oid, r.typarray)),"
    " used AS ("
    "  SELECT DISTINCT part.oid, d.classid, d.objid, d.objsubid"
    "   FROM part JOIN pg_depend AS d ON d.refclassid = part.class"
    "   AND d.refobjid = part.part AND d.deptype = 'n')"
    " SELECT gone.name, found.text, found.problem FROM gone JOIN (";

/* What depends on a table: each gives the table, a text, and whether it is a
 * problem. */
static const char depends_sql[] =
    "SELECT oid, CASE relkind WHEN 'p' THEN 'it is partitioned'"
    "  WHEN 'v' THEN 'it is a view'"
    "  WHEN 'm' THEN 'it is a materialized view'"
    "  WHEN 'f' THEN 'it is a foreign table'"
    "  ELSE 'it is no table' END AS text, true AS problem"
    " FROM gone WHERE relkind <> 'r'"
    /* Views, and what the rules of others do. */
    " UNION SELECT used.oid, format(CASE v.relkind"
    "  WHEN 'v' THEN 'the view \"%s.%s\" reads it'"
    "  WHEN 'm' THEN 'the materialized view \"%s.%s\" reads it'"
    "  ELSE 'a rule of the table \"%s.%s\" uses it' END,"
    "  n.nspname, v.relname), true"
    " FROM used JOIN pg_rewrite AS r ON used.classid = 'pg_rewrite'::regclass"
    "  AND r.oid = used.objid AND r.ev_class <> ALL ($1::oid[])"
    " JOIN pg_class AS v ON v.oid = r.ev_class"
    " JOIN pg_namespace AS n ON n.oid = v.relnamespace"
    " UNION SELECT used.oid, format('the function \"%s.%s\" uses it',"
    "  n.nspname, p.proname), true"
    " FROM used JOIN pg_proc AS p ON used.classid = 'pg_proc'::regclass"
    "  AND p.oid = used.objid"
    " JOIN pg_namespace AS n ON n.oid = p.pronamespace"
    " UNION SELECT used.oid, format('the foreign key \"%s\" of the table"
    " \"%s.%s\" refers to it', k.conname, n.nspname, c.relname), true"
    " FROM used JOIN pg_constraint AS k"
    "  ON used.classid = 'pg_constraint'::regclass AND k.oid = used.objid"
    "  AND k.contype = 'f' AND k.conrelid <> ALL ($1::oid[])"
    " JOIN pg_class AS c ON c.oid = k.conrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " UNION SELECT used.oid, format('the column \"%s\" of the table \"%s.%s\""
    " draws its default from its sequence',"
    "  a.attname, n.nspname, c.relname), true"
    " FROM used JOIN pg_attrdef AS d"
    "  ON used.classid = 'pg_attrdef'::regclass AND d.oid = used.objid"
    "  AND d.adrelid <> ALL ($1::oid[])"
    " JOIN pg_attribute AS a"
    "  ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
    " JOIN pg_class AS c ON c.oid = d.adrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " UNION SELECT used.oid, format('the column \"%s\" of \"%s.%s\" is of its"
    " row type', a.attname, n.nspname, c.relname), true"
    " FROM used JOIN pg_attribute AS a"
    "  ON used.classid = 'pg_class'::regclass AND used.objsubid > 0"
    "  AND a.attrelid = used.objid AND a.attnum = used.objsubid"
    "  AND a.attrelid <> ALL ($1::oid[])"
    " JOIN pg_class AS c ON c.oid = a.attrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    /* Whatever else there may be, in the server's words. */
    " UNION SELECT used.oid, format('%s depends on it',"
    "  pg_describe_object(used.classid, used.objid, used.objsubid)), true"
    " FROM used"
    " LEFT JOIN pg_policy AS p"
    "  ON used.classid = 'pg_policy'::regclass AND p.oid = used.objid"
    " LEFT JOIN pg_constraint AS k"
    "  ON used.classid = 'pg_constraint'::regclass AND k.oid = used.objid"
    " WHERE used.classid NOT IN ('pg_rewrite'::regclass, 'pg_proc'::regclass,"
    "  'pg_attrdef'::regclass, 'pg_class'::regclass, 'pg_trigger'::regclass)"
    " AND coalesce(p.polrelid, 0) <> ALL ($1::oid[])"
    " AND (k.oid IS NULL"
    "  OR (k.contype <> 'f' AND k.conrelid <> ALL ($1::oid[])))";

/* What it has itself. */
static const char has_sql[] =
    " UNION SELECT gone.oid, format('it has the rule \"%s\"', r.rulename), true"
    " FROM gone JOIN pg_rewrite AS r ON r.ev_class = gone.oid"
    "  AND gone.relkind = 'r'"
    " UNION SELECT gone.oid, format('it has the trigger \"%s\"', t.tgname),"
    "  true"
    " FROM gone JOIN pg_trigger AS t ON t.tgrelid = gone.oid"
    "  AND NOT t.tgisinternal"
    " UNION SELECT gone.oid, format('it has the policy \"%s\"', p.polname),"
    "  true"
    " FROM gone JOIN pg_policy AS p ON p.polrelid = gone.oid"
    " UNION SELECT oid, 'row security is switched on for it', true"
    " FROM gone WHERE relrowsecurity"
    " UNION SELECT gone.oid, format('it is a part of the table \"%s.%s\"',"
    "  n.nspname, c.relname), true"
    " FROM gone JOIN pg_inherits AS i ON i.inhrelid = gone.oid"
    " JOIN pg_class AS c ON c.oid = i.inhparent"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " UNION SELECT gone.oid, format('the table \"%s.%s\" inherits from it',"
    "  n.nspname, c.relname), true"
    " FROM gone JOIN pg_inherits AS i ON i.inhparent = gone.oid"
    "  AND gone.relkind = 'r'"
    " JOIN pg_class AS c ON c.oid = i.inhrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " UNION SELECT gone.oid, format('the publication \"%s\" (logical"
    " replication) names it', p.pubname), true"
    " FROM gone JOIN pg_publication_rel AS r ON r.prrelid = gone.oid"
    " JOIN pg_publication AS p ON p.oid = r.prpubid"
    " UNION SELECT gone.oid, format('it belongs to the extension \"%s\"',"
    "  e.extname), true"
    " FROM gone JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass"
    "  AND d.objid = gone.oid AND d.refclassid = 'pg_extension'::regclass"
    "  AND d.deptype = 'e' JOIN pg_extension AS e ON e.oid = d.refobjid";

/* A subscriber would go on with the rows that it has, beside ours. */
static const char moved_sql[] =
    " UNION SELECT gone.oid, format('the publication \"%s\" (logical"
    " replication) is for all tables', p.pubname), true"
    " FROM gone JOIN pg_publication AS p ON p.puballtables"
    " UNION SELECT gone.oid, format('its foreign key \"%s\" to \"%s.%s\" stays"
    " in force: rows that the table refers to cannot go, or go with it, until"
    " --discard', k.conname, n.nspname, c.relname), false"
    " FROM gone JOIN pg_constraint AS k ON k.conrelid = gone.oid"
    "  AND k.contype = 'f' AND k.confrelid <> ALL ($1::oid[])"
    " JOIN pg_class AS c ON c.oid = k.confrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " UNION SELECT gone.oid, format('its extended statistics \"%s\" are not"
    " made for the new table', s.stxname), false"
    " FROM gone JOIN pg_statistic_ext AS s ON s.stxrelid = gone.oid";

static const char moved_schema_sql[] =
    " UNION SELECT gone.oid, format('the publication \"%s\" (logical"
    " replication) is for all tables of its schema', p.pubname), true"
    " FROM gone JOIN pg_publication_namespace AS s"
    "  ON s.pnnspid = gone.relnamespace"
    " JOIN pg_publication AS p ON p.oid = s.pnpubid";

static const char end_sql[] = ") AS found ON found.oid = gone.oid"
			      " ORDER BY gone.name COLLATE \"C\", found.text";

enum { FOUND_TABLE, FOUND_TEXT, FOUND_PROBLEM };

static const char *
put_sql(const Server *server, AttachedFate fate, Buf *sql, Error *err)
{
	bool moved = fate == ATTACHED_MOVED;

	if (!buf_put_text(sql, tables_sql, err) ||
	    !buf_put_text(sql, depends_sql, err) ||
	    !buf_put_text(sql, has_sql, err) ||
	    (moved && !buf_put_text(sql, moved_sql, err)) ||
	    (moved && server_version(server) >= PUBLISHED_SCHEMAS_VERSION &&
		!buf_put_text(sql, moved_schema_sql, err)) ||
	    !buf_put_text(sql, end_sql, err))
		return NULL;
	return buf_text(sql, err);
}

static bool
tell(FitReport *report, const PGresult *found, int row, Error *err)
{
	const char *table = PQgetvalue(found, row, FOUND_TABLE);
	const char *text = PQgetvalue(found, row, FOUND_TEXT);

	if (PQgetvalue(found, row, FOUND_PROBLEM)[0] == 't')
		return fit_problem(
		    report, err, "table \"%s\": %s", table, text);
	return fit_note(report, err, "table \"%s\": %s", table, text);
}

bool
attached_tell(Server *server, AttachedFate fate, const char *relations,
    FitReport *report, Error *err)
{
	const char *values[] = { relations }, *text;
	PGresult *found = NULL;
	Buf sql = { 0 };
	bool good;
	int row;

	text = put_sql(server, fate, &sql, err);
	good =
	    text != NULL && server_query(server, text, values, 1, &found, err);
	for (row = 0; good && row < PQntuples(found); row++)
		good = tell(report, found, row, err);
	PQclear(found);
	buf_free(&sql);
	return good;
}
