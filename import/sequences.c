#include "import/sequences.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"

enum {
	SEQUENCE_RELATION, /* of the table */
	SEQUENCE_COLUMN,
	SEQUENCE_NAME, /* quoted and qualified */
	SEQUENCE_LEAST,
	SEQUENCE_MOST,
	SEQUENCE_MAY, /* be set by this role */
	SEQUENCE_ROLE,
	SEQUENCE_GRANTEE, /* the same, quoted */
	SEQUENCE_DOWN,    /* it counts downwards */
};

/*
 * A serial's or identity's sequence depends on its column, and a default
 * depends on the sequences that it draws from (catalog-pg-depend).
 */
static const char list_sql[] =
    "SELECT a.attrelid, a.attname, format('%I.%I', n.nspname, s.relname),"
    " q.seqmin, q.seqmax, has_sequence_privilege(s.oid, 'UPDATE')"
    "  AND has_sequence_privilege(s.oid, 'SELECT'), current_user,"
    " quote_ident(current_user), q.seqincrement < 0"
    " FROM ("
    "  SELECT p.refobjid AS relation, p.refobjsubid AS number,"
    "   p.objid AS sequence"
    "  FROM pg_depend AS p WHERE p.classid = 'pg_class'::regclass"
    "  AND p.refclassid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')"
    "  AND p.refobjid = ANY ($1::oid[])"
    "  UNION"
    "  SELECT d.adrelid, d.adnum, p.refobjid"
    "  FROM pg_attrdef AS d JOIN pg_depend AS p"
    "   ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid"
    "   AND p.refclassid = 'pg_class'::regclass"
    "  WHERE d.adrelid = ANY ($1::oid[])"
    " ) AS used"
    " JOIN pg_attribute AS a"
    "  ON a.attrelid = used.relation AND a.attnum = used.number"
    " JOIN pg_type AS t ON t.oid = a.atttypid"
    " JOIN pg_class AS s ON s.oid = used.sequence AND s.relkind = 'S'"
    " JOIN pg_namespace AS n ON n.oid = s.relnamespace"
    " JOIN pg_sequence AS q ON q.seqrelid = s.oid"
    " WHERE t.typcategory = 'N'"
    " ORDER BY 3, a.attrelid, a.attnum";

/* The relations of all wanted tables, and their sequences. */
static bool
list(Server *server, const Plan *plan, PGresult **sequences, Error *err)
{
	const char *values[1], *relation;
	Buf relations = { 0 };
	bool good;
	size_t i;

	*sequences = NULL;
	good = array_begin(&relations, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		relation = plan->tables[i].relation;
		if (plan->wanted[i] && relation != NULL)
			good = array_put_text(&relations, relation, err);
	}
	values[0] = good ? array_end(&relations, err) : NULL;
	good = values[0] != NULL &&
	    server_query(server, list_sql, values, 1, sequences, err);
	buf_free(&relations);
	return good;
}

/* The column that a row is about, where this load fills it; NULL for none. */
static const Column *
find_column(const Plan *plan, const PGresult *sequences, int row, size_t *table)
{
	const char *relation = PQgetvalue(sequences, row, SEQUENCE_RELATION);
	const char *name = PQgetvalue(sequences, row, SEQUENCE_COLUMN);
	const Table *at;
	size_t i, k;

	for (i = 0; i < plan->schema->n_tables; i++) {
		at = &plan->schema->tables[i];
		if (!plan->wanted[i] || plan->tables[i].relation == NULL ||
		    strcmp(plan->tables[i].relation, relation) != 0)
			continue;
		*table = i;
		for (k = 0; k < at->n_columns; k++) {
			if (strcmp(at->columns[k].name, name) == 0)
				return &at->columns[k];
		}
	}
	return NULL;
}

bool
sequences_check(Server *server, const Plan *plan, FitReport *report, Error *err)
{
	PGresult *sequences;
	const char *name, *role;
	size_t table;
	bool good;
	int row;

	good = list(server, plan, &sequences, err);
	for (row = 0; good && row < PQntuples(sequences); row++) {
		if (PQgetvalue(sequences, row, SEQUENCE_MAY)[0] == 't' ||
		    find_column(plan, sequences, row, &table) == NULL)
			continue;
		name = PQgetvalue(sequences, row, SEQUENCE_NAME);
		role = PQgetvalue(sequences, row, SEQUENCE_ROLE);
		good = fit_problem(report, err,
		    "table \"%s\": role \"%s\" must not set its sequence %s. "
		    "Its owner can permit it: GRANT SELECT, UPDATE ON SEQUENCE "
		    "%s TO %s",
		    plan->schema->tables[table].name, role, name, name,
		    PQgetvalue(sequences, row, SEQUENCE_GRANTEE));
	}
	PQclear(sequences);
	return good;
}

/* The same below the smallest value, for one that counts downwards. */
static bool
put_set_down(
    Buf *sql, const Plan *plan, const PGresult *sequences, int row, Error *err)
{
	const char *name = PQgetvalue(sequences, row, SEQUENCE_NAME);
	size_t i = 0;
	const Column *column = find_column(plan, sequences, row, &i);

	if (column == NULL)
		return true;
	return buf_put_text(sql, "SELECT setval(", err) &&
	    sqltext_put_literal(sql, name, err) &&
	    buf_put_format(sql, err,
		"::regclass, greatest(bottom, %s)::bigint, true)"
		" FROM (SELECT min(",
		PQgetvalue(sequences, row, SEQUENCE_LEAST)) &&
	    sqltext_put_name(sql, column->name, err) &&
	    buf_put_text(sql, ")::numeric AS bottom FROM ", err) &&
	    ddl_put_table_name(
		sql, plan->namespace, &plan->schema->tables[i], err) &&
	    buf_put_format(sql, err,
		") AS lowest, %s AS now WHERE bottom <= %s AND bottom <="
		" now.last_value - CASE WHEN now.is_called THEN 1 ELSE 0 END",
		name, PQgetvalue(sequences, row, SEQUENCE_MOST));
}

/*
 * Past the largest value and SQLite's own high-water mark, at most to the
 * sequence's end; not where it stands there already.
 */
static bool
put_set(
    Buf *sql, const Plan *plan, const PGresult *sequences, int row, Error *err)
{
	const char *name = PQgetvalue(sequences, row, SEQUENCE_NAME);
	size_t i = 0;
	const Column *column = find_column(plan, sequences, row, &i);
	const Table *table = &plan->schema->tables[i];
	long long mark = 0;

	if (column == NULL)
		return true;
	if (column->identity || table->rowid_column == column - table->columns)
		mark = table->sequence;
	return buf_put_text(sql, "SELECT setval(", err) &&
	    sqltext_put_literal(sql, name, err) &&
	    buf_put_format(sql, err,
		"::regclass, least(top, %s)::bigint, true)"
		" FROM (SELECT greatest(max(",
		PQgetvalue(sequences, row, SEQUENCE_MOST)) &&
	    sqltext_put_name(sql, column->name, err) &&
	    buf_put_format(sql, err, ")::numeric, %lld) AS top FROM ", mark) &&
	    ddl_put_table_name(sql, plan->namespace, table, err) &&
	    buf_put_format(sql, err,
		") AS highest, %s AS now WHERE top >= %s AND top >="
		" now.last_value + CASE WHEN now.is_called THEN 1 ELSE 0 END",
		name, PQgetvalue(sequences, row, SEQUENCE_LEAST));
}

static bool
set_all(Server *server, void *context, Error *err)
{
	const Plan *plan = context;
	PGresult *sequences;
	const char *text;
	Buf sql = { 0 };
	bool good;
	int row;

	good = list(server, plan, &sequences, err);
	for (row = 0; good && row < PQntuples(sequences); row++) {
		sql.size = 0;
		good = PQgetvalue(sequences, row, SEQUENCE_DOWN)[0] == 't'
		    ? put_set_down(&sql, plan, sequences, row, err)
		    : put_set(&sql, plan, sequences, row, err);
		text = good ? buf_text(&sql, err) : NULL;
		good = text != NULL &&
		    (sql.size == 0 || server_run(server, text, err));
		if (!good)
			(void)error_add(err, "sequence %s",
			    PQgetvalue(sequences, row, SEQUENCE_NAME));
	}
	buf_free(&sql);
	PQclear(sequences);
	return good;
}

bool
sequences_set(const Plan *plan, Error *err)
{
	/* The body changes nothing of it. */
	Plan copy = *plan;

	return server_transact(
	    plan->servers[0], SERVER_DURABLE, set_all, &copy, err);
}
