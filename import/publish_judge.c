#include "import/publish_judge.h"

#include <string.h>

#include "import/array.h"
#include "import/attached.h"
#include "import/ddl.h"
#include "import/ledger.h"

typedef struct {
	Server *server;
	const PublishLook *look;
	FitReport *report;
	const char *replaced; /* the live tables, an array of OIDs */
} Judge;

static bool
is_true(const PGresult *rows, int row, int field)
{
	return PQgetvalue(rows, row, field)[0] == 't';
}

enum {
	OWNER_TABLE,
	OWNER_NAME,
	OWNER_OURS,
	OWNER_MAY,
	OWNER_SCHEMA,
	OWNER_ROLE,
};

/* A table moves only at its owner's will, and its owner must be able to own
 * one in the schema that it comes to (sql-altertable). */
static const char owners_sql[] =
    "SELECT c.relname, pg_get_userbyid(c.relowner),"
    " pg_has_role(c.relowner, 'USAGE'),"
    " pg_get_userbyid(c.relowner) = current_user"
    "  OR has_schema_privilege(c.relowner, n.oid, 'CREATE'),"
    " n.nspname, current_user"
    " FROM unnest($1::text[], $2::text[]) AS w (namespace, name)"
    " JOIN pg_namespace AS n ON n.nspname = w.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name"
    " ORDER BY 1, 5";

static bool
judge_owners(const Judge *judge, Error *err)
{
	const char *table, *owner, *role, *namespace;
	PGresult *owners;
	bool good = true;
	int row;

	if (!publish_look_ask(judge->server, judge->look, PUBLISH_AT_LIVE,
		owners_sql, &owners, err))
		return false;
	for (row = 0; good && row < PQntuples(owners); row++) {
		table = PQgetvalue(owners, row, OWNER_TABLE);
		owner = PQgetvalue(owners, row, OWNER_NAME);
		role = PQgetvalue(owners, row, OWNER_ROLE);
		namespace = PQgetvalue(owners, row, OWNER_SCHEMA);
		if (!is_true(owners, row, OWNER_OURS))
			good = fit_problem(judge->report, err,
			    "table \"%s\": it is \"%s\"'s, and role \"%s\" is "
			    "not a member of that: GRANT \"%s\" TO \"%s\"",
			    table, owner, role, owner, role);
		else if (!is_true(owners, row, OWNER_MAY))
			good = fit_problem(judge->report, err,
			    "table \"%s\": its owner \"%s\" must not own new "
			    "tables in schema \"%s\": GRANT CREATE ON SCHEMA "
			    "\"%s\" TO \"%s\"",
			    table, owner, namespace, namespace, owner);
	}
	PQclear(owners);
	return good;
}

enum { SCHEMA_THERE, SCHEMA_MAY, SCHEMA_OURS, SCHEMA_DATABASE, SCHEMA_ROLE };

/* $1 is a schema; one that is empty is as good as ours. */
#define SCHEMA_SQL(ours)                                           \
	"SELECT n.oid IS NOT NULL,"                                \
	" coalesce(has_schema_privilege(n.oid, 'CREATE'), false)," \
	" n.oid IS NULL OR NOT EXISTS (SELECT FROM pg_depend AS d" \
	"  WHERE d.refclassid = 'pg_namespace'::regclass"          \
	"  AND d.refobjid = n.oid)" ours                           \
	", has_database_privilege(current_database(), 'CREATE'),"  \
	" current_user FROM (SELECT) AS one"                       \
	" LEFT JOIN pg_namespace AS n ON n.nspname = $1"

static bool
tell_schema(
    const Judge *judge, const PGresult *facts, const char *name, Error *err)
{
	const char *role = PQgetvalue(facts, 0, SCHEMA_ROLE);

	if (!is_true(facts, 0, SCHEMA_THERE))
		return is_true(facts, 0, SCHEMA_DATABASE) ||
		    fit_problem(judge->report, err,
			"role \"%s\" must not make the schema \"%s\": CREATE "
			"SCHEMA \"%s\" AUTHORIZATION \"%s\"",
			role, name, name, role);
	return is_true(facts, 0, SCHEMA_MAY) ||
	    fit_problem(judge->report, err,
		"role \"%s\" must not create tables in schema \"%s\": GRANT "
		"CREATE ON SCHEMA \"%s\" TO \"%s\"",
		role, name, name, role);
}

/* A schema that tables come to; a live one need not be ours. */
static bool
judge_schema(const Judge *judge, const char *name, bool live, Error *err)
{
	static const char known[] =
	    SCHEMA_SQL(" OR EXISTS (SELECT FROM litehaul.namespace AS o"
		       "  WHERE o.namespace = n.oid AND o.name = n.nspname)");
	static const char unknown[] = SCHEMA_SQL("");
	const char *values[] = { name };
	PGresult *facts;
	bool good;

	if (!server_query(judge->server, judge->look->ledger ? known : unknown,
		values, 1, &facts, err))
		return false;
	good = tell_schema(judge, facts, name, err);
	if (good && !live && !is_true(facts, 0, SCHEMA_OURS))
		good = fit_problem(judge->report, err,
		    "schema \"%s\" is there, and litehaul has not made it: "
		    "rename it",
		    name);
	PQclear(facts);
	return good;
}

/* Has this load made a table in the schema?  Then it was ours to take. */
static bool
is_in_use(const PublishLook *look, const char *beside)
{
	size_t i;

	for (i = 0; i < look->n; i++) {
		if (look->tables[i].place == PUBLISH_STAGED &&
		    strcmp(look->tables[i].beside, beside) == 0)
			return true;
	}
	return false;
}

/* Each live schema once, and the two beside it. */
static bool
judge_schemas(const Judge *judge, Error *err)
{
	const PublishTable *tables = judge->look->tables;
	size_t i, k;

	for (i = 0; i < judge->look->n; i++) {
		for (k = 0; strcmp(tables[k].live, tables[i].live) != 0; k++)
			continue;
		if (k < i)
			continue;
		if (!judge_schema(judge, tables[i].live, true, err) ||
		    (!is_in_use(judge->look, tables[i].beside) &&
			!judge_schema(judge, tables[i].beside, false, err)) ||
		    !judge_schema(judge, tables[i].kept, false, err))
			return false;
	}
	return true;
}

/* Another load's tables beside the live ones. */
static const char staged_sql[] =
    "SELECT DISTINCT left(l.id, 12), l.source, l.state, n.nspname, l.id"
    " FROM unnest($1::text[], $2::text[]) AS w (namespace, name)"
    " JOIN pg_namespace AS n ON n.nspname = w.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name"
    " JOIN litehaul.object AS o ON o.relation = c.oid"
    "  AND o.kind = '" LEDGER_TABLE "'"
    " JOIN litehaul.load AS l ON l.id = o.load_id";

static bool
judge_staged(const Judge *judge, Error *err)
{
	const char *id;
	PGresult *loads;
	bool good = true;
	int row;

	if (!publish_look_ask(judge->server, judge->look, PUBLISH_AT_BESIDE,
		staged_sql, &loads, err))
		return false;
	for (row = 0; good && row < PQntuples(loads); row++) {
		id = PQgetvalue(loads, row, 0);
		if (strcmp(PQgetvalue(loads, row, 4), judge->look->plan->id) !=
		    0)
			good = fit_problem(judge->report, err,
			    "schema \"%s\" holds tables of load %s of \"%s\" "
			    "(%s, not published): publish that one, or drop "
			    "them with --clean or --undo=%s",
			    PQgetvalue(loads, row, 3), id,
			    PQgetvalue(loads, row, 1),
			    PQgetvalue(loads, row, 2), id);
	}
	PQclear(loads);
	return good;
}

/* What an earlier publication has replaced is still there. */
static bool
judge_kept(const Judge *judge, Error *err)
{
	const PublishTable *table;
	PGresult *kept;
	bool good = true;
	int row;

	if (!publish_look_ask(judge->server, judge->look, PUBLISH_AT_KEPT,
		"SELECT w.place - 1"
		" FROM unnest($1::text[], $2::text[]) WITH ORDINALITY"
		"  AS w (namespace, name, place)"
		" JOIN pg_namespace AS n ON n.nspname = w.namespace"
		" JOIN pg_class AS c ON c.relnamespace = n.oid"
		"  AND c.relname = w.name",
		&kept, err))
		return false;
	for (row = 0; good && row < PQntuples(kept); row++) {
		table = &judge->look->tables[publish_look_place(
		    judge->look, PQgetvalue(kept, row, 0))];
		if (table->old != NULL)
			good = fit_problem(judge->report, err,
			    "table \"%s\": schema \"%s\" still keeps the one "
			    "that an earlier publication replaced: drop it "
			    "with litehaul-import --discard",
			    table->name, table->kept);
	}
	PQclear(kept);
	return good;
}

/* $1, $2 are indexes that come to live schemas, $3 the tables that leave. */
static const char taken_sql[] =
    "SELECT n.nspname, c.relname"
    " FROM unnest($1::text[], $2::text[]) AS w (namespace, name)"
    " JOIN pg_namespace AS n ON n.nspname = w.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name"
    " LEFT JOIN pg_index AS x ON x.indexrelid = c.oid"
    " WHERE coalesce(x.indrelid, c.oid) <> ALL ($3::oid[]) ORDER BY 1, 2";

static bool
put_indexes(
    const Judge *judge, Buf *namespaces, Buf *names, Arena *arena, Error *err)
{
	const PublishTable *table;
	const Table *made;
	const char *name;
	size_t i, k;

	if (!array_begin(namespaces, err) || !array_begin(names, err))
		return false;
	for (i = 0; i < judge->look->n; i++) {
		table = &judge->look->tables[i];
		made = &judge->look->plan->schema->tables[table->table];
		if (table->place == PUBLISH_LIVE)
			continue;
		for (k = 0; k < made->n_indexes; k++) {
			name = ddl_index_name(made, k, arena, err);
			if (name == NULL ||
			    !array_put_text(namespaces, table->live, err) ||
			    !array_put_text(names, name, err))
				return false;
		}
	}
	return array_end(namespaces, err) != NULL &&
	    array_end(names, err) != NULL;
}

/* Names of relations are of one kind in a schema. */
static bool
judge_indexes(const Judge *judge, Error *err)
{
	Buf namespaces = { 0 }, names = { 0 };
	const char *values[3];
	Arena arena = { 0 };
	PGresult *taken = NULL;
	bool good;
	int row;

	good = put_indexes(judge, &namespaces, &names, &arena, err);
	values[0] = (const char *)namespaces.data;
	values[1] = (const char *)names.data;
	values[2] = judge->replaced;
	good = good &&
	    server_query(judge->server, taken_sql, values, 3, &taken, err);
	for (row = 0; good && row < PQntuples(taken); row++)
		good = fit_problem(judge->report, err,
		    "schema \"%s\" has something called \"%s\" already, which "
		    "an index of the load is called: rename it",
		    PQgetvalue(taken, row, 0), PQgetvalue(taken, row, 1));
	PQclear(taken);
	buf_free(&namespaces);
	buf_free(&names);
	arena_free(&arena);
	return good;
}

static bool
has_column(const Judge *judge, const PublishTable *table, const char *name)
{
	const Table *made = &judge->look->plan->schema->tables[table->table];
	size_t i;

	for (i = 0; i < made->n_columns; i++) {
		if (strcmp(made->columns[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Whoever asks for a column that is gone fails after the swap. */
static bool
judge_columns(const Judge *judge, Error *err)
{
	const PublishTable *table;
	PGresult *columns;
	const char *name;
	bool good = true;
	int row;

	if (!publish_look_ask(judge->server, judge->look, PUBLISH_AT_LIVE,
		"SELECT w.place - 1, a.attname"
		" FROM unnest($1::text[], $2::text[]) WITH ORDINALITY"
		"  AS w (namespace, name, place)"
		" JOIN pg_namespace AS n ON n.nspname = w.namespace"
		" JOIN pg_class AS c ON c.relnamespace = n.oid"
		"  AND c.relname = w.name"
		" JOIN pg_attribute AS a ON a.attrelid = c.oid"
		"  AND a.attnum > 0 AND NOT a.attisdropped"
		" ORDER BY w.place, a.attnum",
		&columns, err))
		return false;
	for (row = 0; good && row < PQntuples(columns); row++) {
		table = &judge->look->tables[publish_look_place(
		    judge->look, PQgetvalue(columns, row, 0))];
		name = PQgetvalue(columns, row, 1);
		if (table->place != PUBLISH_LIVE &&
		    !has_column(judge, table, name))
			good = fit_note(judge->report, err,
			    "table \"%s\": the new one has no column \"%s\"",
			    table->name, name);
	}
	PQclear(columns);
	return good;
}

bool
publish_judge_schemas(
    Server *server, const PublishLook *look, FitReport *report, Error *err)
{
	Judge judge = { .server = server, .look = look, .report = report };

	return judge_schemas(&judge, err);
}

bool
publish_judge(
    Server *server, const PublishLook *look, FitReport *report, Error *err)
{
	Judge judge = { .server = server, .look = look, .report = report };
	Buf replaced = { 0 };
	bool good;
	size_t i;

	good = array_begin(&replaced, err);
	for (i = 0; good && i < look->n; i++)
		good = look->tables[i].old == NULL ||
		    array_put_text(&replaced, look->tables[i].old, err);
	judge.replaced = good ? array_end(&replaced, err) : NULL;
	good = judge.replaced != NULL && judge_schemas(&judge, err) &&
	    judge_owners(&judge, err) &&
	    (!look->ledger || judge_staged(&judge, err)) &&
	    judge_kept(&judge, err) && judge_indexes(&judge, err) &&
	    judge_columns(&judge, err) &&
	    attached_tell(server, ATTACHED_MOVED, judge.replaced, report, err);
	buf_free(&replaced);
	return good;
}
