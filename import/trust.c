#include "import/trust.h"

#include <string.h>

#include "import/keys_query.h"
#include "import/ledger.h"
#include "import/relation.h"
#include "import/statement.h"

enum {
	OBJECT_NAME,
	OBJECT_KIND,
	OBJECT_SAME,    /* the relation that the ledger means */
	OBJECT_THERE,   /* there is one with its name */
	OBJECT_LOADED,  /* and was complete */
	OBJECT_ROWS,    /* that the load has put into it */
	OBJECT_CHUNKS,  /* has some */
	OBJECT_BEFORE,  /* columns, as the ledger has them */
	OBJECT_COLUMNS, /* and as they are */
	OBJECT_CONFLICT,
};

static const char objects_sql[] =
    "SELECT o.name, o.kind, o.relation = c.oid, c.oid IS NOT NULL,"
    " d.load_id IS NOT NULL, coalesce(s.rows, 0)"
    "  - (SELECT count(*) FROM litehaul.reject AS r"
    "   WHERE r.load_id = $1 AND r.path = 'data/' || w.name || '/'),"
    " s.name IS NOT NULL,"
    " o.columns, " LEDGER_COLUMNS(
	"o.relation") ", o.on_conflict"
		      " FROM unnest($2::text[], $3::text[], $4::text[])"
		      "  AS w (name, namespace, relation)"
		      " JOIN litehaul.object AS o ON o.load_id = $1 AND o.name "
		      "= w.name"
		      "  AND o.kind <> '" LEDGER_LOADED "'"
		      " LEFT JOIN pg_namespace AS n ON n.nspname = w.namespace"
		      " LEFT JOIN pg_class AS c ON c.relnamespace = n.oid"
		      "  AND c.relname = w.relation"
		      " LEFT JOIN litehaul.object AS d ON d.load_id = $1"
		      "  AND d.kind = '" LEDGER_LOADED "' AND d.name = o.name"
		      "  AND d.relation = o.relation"
		      " LEFT JOIN (SELECT split_part(path, '/', 2) AS name,"
		      "   sum(rows - rejected - skipped - updated) AS rows"
		      "  FROM litehaul.chunk WHERE load_id = $1 GROUP BY 1) AS "
		      "s"
		      "  ON s.name = w.name";

typedef struct {
	Server *server;
	const Plan *plan;
	PGresult *objects;
	int row; /* at work */
} Trust;

static const char *
value_of(const Trust *trust, int field)
{
	return PQgetvalue(trust->objects, trust->row, field);
}

static bool
is_true(const Trust *trust, int field)
{
	return value_of(trust, field)[0] == 't';
}

static bool
is_made(const Trust *trust)
{
	return strcmp(value_of(trust, OBJECT_KIND), LEDGER_TABLE) == 0;
}

static const Table *
table_of(const Trust *trust)
{
	const Schema *schema = trust->plan->schema;
	const char *name = value_of(trust, OBJECT_NAME);
	size_t i = 0;

	while (strcmp(schema->tables[i].directory, name) != 0)
		i++;
	return &schema->tables[i];
}

bool
trust_is_empty(Server *server, const Plan *plan, const Table *table,
    bool *empty, Error *err)
{
	Buf sql = { 0 };

	return statement_ask_put(server, &sql,
	    buf_put_text(&sql, "SELECT NOT EXISTS (SELECT FROM ", err) &&
		ddl_put_table_name(&sql, plan->namespace, table, err) &&
		buf_put_text(&sql, ")", err),
	    empty, err);
}

/* What is wrong with the table is in err already: how to load it again.
 * Always false. */
static bool
advise(const Trust *trust, Error *err)
{
	char text[ERROR_TEXT_BYTES];

	(void)snprintf(text, sizeof text, "%s", err->text);
	if (is_made(trust))
		return error_set(err, err->kind,
		    "%s. Use --clean to start over, with -t for this table "
		    "alone",
		    text);
	return error_set(err, err->kind,
	    "%s. To load this table from its first row: DELETE FROM "
	    "litehaul.object WHERE load_id = '%s' AND name = '%s'",
	    text, trust->plan->id, value_of(trust, OBJECT_NAME));
}

static bool
check_rows(const Trust *trust, bool *empty, Error *err)
{
	const Table *table = table_of(trust);

	*empty = false;
	if (value_of(trust, OBJECT_ROWS)[0] == '0')
		return true;
	return trust_is_empty(trust->server, trust->plan, table, empty, err) ||
	    error_add(err, "table \"%s\"", table->name);
}

/* Another table has its name.  One that was there before the load, and now is
 * empty again, may be loaded again. */
static bool
judge_other(const Trust *trust, Error *err)
{
	bool empty;

	if (!is_made(trust) && !is_true(trust, OBJECT_CHUNKS))
		return true;
	if (!check_rows(trust, &empty, err))
		return false;
	if (!is_made(trust) && empty)
		return true;
	(void)error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\" is not the one that this load has put rows into: it "
	    "was dropped and made anew, or moved",
	    table_of(trust)->name);
	return advise(trust, err);
}

static bool
judge_rows(const Trust *trust, Error *err)
{
	bool empty;

	if (!check_rows(trust, &empty, err))
		return false;
	if (!empty)
		return true;
	(void)error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\" is empty, and the ledger has %s rows that this load "
	    "has put into it: they were removed since",
	    table_of(trust)->name, value_of(trust, OBJECT_ROWS));
	return advise(trust, err);
}

/* Tables that were there are compared with the dump, be they what they may. */
static bool
judge_columns(const Trust *trust, Error *err)
{
	const char *before = value_of(trust, OBJECT_BEFORE);

	if (!is_made(trust) ||
	    PQgetisnull(trust->objects, trust->row, OBJECT_BEFORE) ||
	    strcmp(before, value_of(trust, OBJECT_COLUMNS)) == 0)
		return true;
	(void)error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\" has other columns than when this load made it: %s; "
	    "now %s",
	    table_of(trust)->name, before, value_of(trust, OBJECT_COLUMNS));
	return advise(trust, err);
}

static bool
judge_conflict(const Trust *trust, Error *err)
{
	const char *before = value_of(trust, OBJECT_CONFLICT),
		   *now = ledger_conflict(trust->plan);

	if (before[0] == '\0' || !is_true(trust, OBJECT_CHUNKS) ||
	    strcmp(before, now) == 0)
		return true;
	return error_set(err, ERROR_FAILED,
	    "table \"%s\": this load was begun with --on-conflict=%s, and not "
	    "with --on-conflict=%s. Finish it as it was begun",
	    table_of(trust)->name, before, now);
}

static bool
judge(const Trust *trust, Error *err)
{
	bool loaded = is_true(trust, OBJECT_LOADED);

	if (!is_true(trust, OBJECT_THERE))
		return true; /* it is made, or missed, by others than us */
	if (!is_true(trust, OBJECT_SAME))
		return judge_other(trust, err);
	/* Complete tables that the load has made are counted. */
	if (loaded)
		return is_made(trust) || judge_rows(trust, err);
	return judge_columns(trust, err) && judge_rows(trust, err) &&
	    judge_conflict(trust, err);
}

static bool
query_objects(Trust *trust, Error *err)
{
	Buf directories = { 0 }, namespaces = { 0 }, names = { 0 };
	const char *values[] = { trust->plan->id, NULL, NULL, NULL };
	bool good;

	good = (values[1] = ledger_put_names(trust->plan, &directories, err)) !=
		NULL &&
	    relation_put_names(trust->plan, &namespaces, &names, err) &&
	    (values[2] = buf_text(&namespaces, err)) != NULL &&
	    (values[3] = buf_text(&names, err)) != NULL &&
	    server_query(
		trust->server, objects_sql, values, 4, &trust->objects, err);
	buf_free(&directories);
	buf_free(&namespaces);
	buf_free(&names);
	return good;
}

bool
trust_check(Server *server, const Plan *plan, Error *err)
{
	Trust trust = { .server = server, .plan = plan };
	LedgerState state;
	bool good;

	if (!ledger_find(server, plan->id, &state, err))
		return false;
	if (state == LEDGER_NONE)
		return true;
	good =
	    ledger_affirm(server, plan->id, err) && query_objects(&trust, err);
	for (; good && trust.row < PQntuples(trust.objects); trust.row++)
		good = judge(&trust, err);
	PQclear(trust.objects);
	return good;
}

bool
trust_durable(Server *server, const Plan *plan, FitReport *report, Error *err)
{
	const char *values[1], *name;
	Buf relations = { 0 };
	PGresult *unlogged = NULL;
	bool good;
	int row;

	values[0] = keys_query_relations(plan, &relations, err);
	good = values[0] != NULL &&
	    server_query(server,
		"SELECT oid::regclass FROM pg_class"
		" WHERE oid = ANY ($1::oid[]) AND relpersistence = 'u'"
		" ORDER BY 1",
		values, 1, &unlogged, err);
	for (row = 0; good && row < PQntuples(unlogged); row++) {
		name = PQgetvalue(unlogged, row, 0);
		good = fit_problem(report, err,
		    "table %s is UNLOGGED: a crash of the server would empty "
		    "it, and the ledger would not know. Before the load: ALTER "
		    "TABLE %s SET LOGGED",
		    name, name);
	}
	PQclear(unlogged);
	buf_free(&relations);
	return good;
}

/* $1, $2: schemas and names.  Neither partitions nor what is no table is
 * described. */
static const char kinds_sql[] =
    "SELECT format(CASE WHEN c.relispartition THEN"
    "  'table \"%s\" is a partition of another: its rows go into that one'"
    "  ELSE '\"%s\" is no table in the target: ' || CASE c.relkind"
    "  WHEN 'v' THEN 'it is a view' WHEN 'm' THEN 'it is a materialized view'"
    "  WHEN 'f' THEN 'it is a foreign table' WHEN 'S' THEN 'it is a sequence'"
    "  WHEN 'i' THEN 'it is an index' ELSE 'rows cannot be loaded into it' END"
    "  END, c.relname), true"
    " FROM unnest($1::text[], $2::text[]) AS w (namespace, name)"
    " JOIN pg_namespace AS n ON n.nspname = w.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name"
    " WHERE c.relkind NOT IN ('r', 'p') OR c.relispartition"
    " UNION ALL"
    " SELECT format('table \"%s\": its rules for INSERT do not act on rows that"
    " are loaded: %s', c.relname, string_agg(format('\"%s\"', r.rulename),"
    "  ', ' ORDER BY r.rulename)), false"
    " FROM unnest($1::text[], $2::text[]) AS w (namespace, name)"
    " JOIN pg_namespace AS n ON n.nspname = w.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name"
    " JOIN pg_rewrite AS r ON r.ev_class = c.oid AND r.ev_type = '3'"
    "  AND r.ev_enabled <> 'D' WHERE c.relkind IN ('r', 'p')"
    " GROUP BY c.oid, c.relname ORDER BY 1";

bool
trust_kinds(Server *server, const Plan *plan, FitReport *report, Error *err)
{
	Buf namespaces = { 0 }, names = { 0 };
	const char *values[2], *text;
	PGresult *kinds = NULL;
	bool good;
	int row;

	good = relation_put_names(plan, &namespaces, &names, err) &&
	    (values[0] = buf_text(&namespaces, err)) != NULL &&
	    (values[1] = buf_text(&names, err)) != NULL &&
	    server_query(server, kinds_sql, values, 2, &kinds, err);
	for (row = 0; good && row < PQntuples(kinds); row++) {
		text = PQgetvalue(kinds, row, 0);
		good = PQgetvalue(kinds, row, 1)[0] == 't'
		    ? fit_problem(report, err, "%s", text)
		    : fit_note(report, err, "%s", text);
	}
	PQclear(kinds);
	buf_free(&namespaces);
	buf_free(&names);
	return good;
}
