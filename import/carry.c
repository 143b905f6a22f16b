#include "import/carry.h"

#include "import/statement.h"

/* With the table go its indexes and the sequences of its columns. */
static const char owner_sql[] =
    "SELECT format('ALTER TABLE %s OWNER TO %I',"
    "  new.oid::regclass, pg_get_userbyid(old.relowner))"
    " FROM unnest($1::oid[], $2::oid[]) WITH ORDINALITY"
    "  AS pair (old, new, place)"
    " JOIN pg_class AS old ON old.oid = pair.old"
    " JOIN pg_class AS new ON new.oid = pair.new"
    " WHERE old.relowner <> new.relowner ORDER BY pair.place";

/* Sequences belong together that feed columns of one name. */
#define PAIRS                                                              \
	"WITH tables AS ("                                                 \
	"  SELECT * FROM unnest($1::oid[], $2::oid[]) WITH ORDINALITY"     \
	"   AS pair (old, new, place)),"                                   \
	" sequences AS ("                                                  \
	"  SELECT d.refobjid AS relation, a.attname AS name,"              \
	"   d.objid AS sequence FROM pg_depend AS d"                       \
	"   JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'"     \
	"   JOIN pg_attribute AS a"                                        \
	"    ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"      \
	"   WHERE d.classid = 'pg_class'::regclass"                        \
	"   AND d.refclassid = 'pg_class'::regclass"                       \
	"   AND d.deptype IN ('a', 'i')),"                                 \
	" pairs AS ("                                                      \
	"  SELECT place, old, new FROM tables UNION ALL"                   \
	"  SELECT place, o.sequence, n.sequence FROM tables"               \
	"   JOIN sequences AS o ON o.relation = old"                       \
	"   JOIN sequences AS n ON n.relation = new AND n.name = o.name)," \
	" both_sides AS ("                                                 \
	"  SELECT place, new.oid,"                                         \
	"   CASE new.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END"  \
	"    || new.oid::regclass AS name,"                                \
	"   coalesce(old.relacl, acldefault(CASE old.relkind"              \
	"    WHEN 'S' THEN 's' ELSE 'r' END::\"char\", old.relowner))"     \
	"    AS old_acl,"                                                  \
	"   coalesce(new.relacl, acldefault(CASE new.relkind"              \
	"    WHEN 'S' THEN 's' ELSE 'r' END::\"char\", new.relowner))"     \
	"    AS new_acl"                                                   \
	"  FROM pairs JOIN pg_class AS old ON old.oid = pairs.old"         \
	"  JOIN pg_class AS new ON new.oid = pairs.new"                    \
	"  WHERE old.relacl IS DISTINCT FROM new.relacl) "

/* Whoever is not a role is PUBLIC. */
#define GRANTEE "coalesce(quote_ident(r.rolname), 'PUBLIC')"
#define TO_GRANTEE                                        \
	"TO ' || " GRANTEE " || CASE WHEN g.is_grantable" \
	"  THEN ' WITH GRANT OPTION' ELSE '' END"

/* Other privileges than the old one's go first; default privileges may have
 * given some. */
static const char revoke_sql[] =
    PAIRS "SELECT DISTINCT 'REVOKE ALL ON ' || name || ' FROM ' || " GRANTEE
	  " FROM both_sides CROSS JOIN aclexplode(new_acl) AS g"
	  " LEFT JOIN pg_roles AS r ON r.oid = g.grantee";

static const char grant_sql[] =
    PAIRS "SELECT 'GRANT ' || string_agg(g.privilege_type, ', ')"
	  "  || ' ON ' || name || ' " TO_GRANTEE
	  " FROM both_sides CROSS JOIN aclexplode(old_acl) AS g"
	  " LEFT JOIN pg_roles AS r ON r.oid = g.grantee"
	  " GROUP BY name, r.rolname, g.is_grantable";

static const char grant_columns_sql[] =
    "SELECT format('GRANT %s (%I) ON TABLE %s ',"
    "  g.privilege_type, old.attname, new.attrelid::regclass) || '" TO_GRANTEE
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_attribute AS old ON old.attrelid = pair.old"
    "  AND old.attnum > 0 AND NOT old.attisdropped"
    " JOIN pg_attribute AS new ON new.attrelid = pair.new"
    "  AND new.attname = old.attname AND NOT new.attisdropped"
    " CROSS JOIN aclexplode(old.attacl) AS g"
    " LEFT JOIN pg_roles AS r ON r.oid = g.grantee";

static const char comments_sql[] =
    "SELECT format('COMMENT ON TABLE %s IS %L',"
    "  pair.new::regclass, d.description)"
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass"
    "  AND d.objoid = pair.old AND d.objsubid = 0"
    " UNION ALL SELECT format('COMMENT ON COLUMN %s.%I IS %L',"
    "  pair.new::regclass, old.attname, d.description)"
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_attribute AS old ON old.attrelid = pair.old"
    " JOIN pg_attribute AS new ON new.attrelid = pair.new"
    "  AND new.attname = old.attname AND NOT new.attisdropped"
    " JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass"
    "  AND d.objoid = pair.old AND d.objsubid = old.attnum"
    "  AND old.attnum > 0"
    " UNION ALL SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L',"
    "  old.conname, pair.new::regclass, d.description)"
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_constraint AS old ON old.conrelid = pair.old"
    " JOIN pg_constraint AS new ON new.conrelid = pair.new"
    "  AND new.conname = old.conname"
    " JOIN pg_description AS d ON d.classoid = 'pg_constraint'::regclass"
    "  AND d.objoid = old.oid"
    " UNION ALL SELECT format('COMMENT ON INDEX %s IS %L',"
    "  new.indexrelid::regclass, d.description)"
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_index AS old ON old.indrelid = pair.old"
    " JOIN pg_class AS o ON o.oid = old.indexrelid"
    " JOIN pg_index AS new ON new.indrelid = pair.new"
    " JOIN pg_class AS n ON n.oid = new.indexrelid AND n.relname = o.relname"
    " JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass"
    "  AND d.objoid = old.indexrelid AND d.objsubid = 0";

/* fillfactor, autovacuum_..., and those of the TOAST table; then what a column
 * is told.  An option is "name=value" in the catalog. */
#define OPTION "split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)"
static const char settings_sql[] =
    "SELECT format('ALTER TABLE %s SET (%s)', pair.new::regclass, ("
    "  SELECT string_agg(text, ', ') FROM ("
    "   SELECT format('%I = %L', " OPTION ") AS text"
    "    FROM unnest(old.reloptions) AS o"
    "   UNION ALL SELECT format('toast.%I = %L', " OPTION ")"
    "    FROM unnest(toast.reloptions) AS o) AS option))"
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_class AS old ON old.oid = pair.old"
    " LEFT JOIN pg_class AS toast ON toast.oid = old.reltoastrelid"
    " JOIN pg_class AS new ON new.oid = pair.new"
    " WHERE old.reloptions IS NOT NULL OR (toast.reloptions IS NOT NULL"
    "  AND new.reltoastrelid <> 0)"
    " UNION ALL SELECT format('ALTER TABLE %s ALTER COLUMN %I SET %s',"
    "  new.attrelid::regclass, new.attname, change.text)"
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_attribute AS old ON old.attrelid = pair.old"
    "  AND old.attnum > 0 AND NOT old.attisdropped"
    " JOIN pg_attribute AS new ON new.attrelid = pair.new"
    "  AND new.attname = old.attname AND NOT new.attisdropped"
    " CROSS JOIN LATERAL ("
    "  SELECT 'STATISTICS ' || old.attstattarget AS text"
    "   WHERE old.attstattarget >= 0"
    "  UNION ALL SELECT 'STORAGE ' || CASE old.attstorage"
    "   WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'"
    "   WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END"
    "   WHERE old.attstorage <> new.attstorage"
    "   AND old.atttypid = new.atttypid) AS change"
    " UNION ALL SELECT format('ALTER TABLE %s REPLICA IDENTITY %s',"
    "  new.oid::regclass, CASE old.relreplident WHEN 'f' THEN 'FULL'"
    "   WHEN 'n' THEN 'NOTHING' ELSE format('USING INDEX %I', n.relname) END)"
    " FROM unnest($1::oid[], $2::oid[]) AS pair (old, new)"
    " JOIN pg_class AS old ON old.oid = pair.old"
    " JOIN pg_class AS new ON new.oid = pair.new"
    " LEFT JOIN pg_index AS i ON i.indrelid = old.oid AND i.indisreplident"
    " LEFT JOIN pg_class AS x ON x.oid = i.indexrelid"
    " LEFT JOIN pg_class AS n ON n.relname = x.relname AND n.oid IN ("
    "  SELECT indexrelid FROM pg_index WHERE indrelid = new.oid"
    "  AND indisunique AND indimmediate AND indpred IS NULL)"
    " WHERE old.relreplident IN ('f', 'n')"
    "  OR (old.relreplident = 'i' AND n.oid IS NOT NULL)";

/* Those for all schemas have been given when the table was made. */
static const char defaults_sql[] =
    "SELECT 'GRANT ' || string_agg(g.privilege_type, ', ') || CASE c.relkind"
    "   WHEN 'S' THEN ' ON SEQUENCE ' ELSE ' ON TABLE ' END"
    "  || c.oid::regclass || ' " TO_GRANTEE " FROM pg_class AS c"
    " JOIN pg_default_acl AS d ON d.defaclrole = c.relowner"
    "  AND d.defaclnamespace = c.relnamespace"
    "  AND d.defaclobjtype = CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END"
    " CROSS JOIN aclexplode(d.defaclacl) AS g"
    " LEFT JOIN pg_roles AS r ON r.oid = g.grantee"
    " WHERE c.oid = ANY ($1::oid[]) OR (c.relkind = 'S' AND c.oid IN ("
    "  SELECT p.objid FROM pg_depend AS p"
    "  WHERE p.classid = 'pg_class'::regclass"
    "  AND p.refclassid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')"
    "  AND p.refobjid = ANY ($1::oid[])))"
    " GROUP BY c.oid, c.relkind, r.rolname, g.is_grantable";

bool
carry_over(Server *server, const char *old, const char *new, Error *err)
{
	static const char *const steps[] = { owner_sql, revoke_sql, grant_sql,
		grant_columns_sql, comments_sql, settings_sql };
	const char *values[] = { old, new };
	size_t i;

	for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (!statement_run_listed(server, steps[i], values, 2, err))
			return error_add(err, "what the old table had");
	}
	return true;
}

bool
carry_defaults(Server *server, const char *relations, Error *err)
{
	const char *values[] = { relations };

	return statement_run_listed(server, defaults_sql, values, 1, err) ||
	    error_add(err, "default privileges");
}
