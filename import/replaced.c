#include "import/replaced.h"

#include <stdlib.h>
#include <string.h>

#include "formats/arena.h"
#include "formats/bytes.h"

#include "import/array.h"
#include "import/ledger.h"

/* Problems named in a message before "and N more". */
#define LISTED_PROBLEMS 20

/* One row a column, by table of the schema and name. */
enum {
	COLUMN_TABLE, /* number in the schema, from 1 */
	COLUMN_RELATION,
	COLUMN_KIND,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_GENERATED,
	COLUMN_DEMANDING, /* takes no NULL, and has no other value by itself */
};

static const char columns_sql[] =
    "SELECT wanted.place, c.oid, c.relkind, a.attname,"
    " format_type(a.atttypid, a.atttypmod), a.attgenerated <> '',"
    " a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''"
    " FROM unnest($1::text[], $2::text[]) WITH ORDINALITY"
    "  AS wanted (namespace, name, place)"
    " JOIN pg_namespace AS n ON n.nspname = wanted.namespace"
    " JOIN pg_class AS c ON c.relnamespace = n.oid"
    "  AND c.relname = wanted.name"
    " JOIN pg_attribute AS a ON a.attrelid = c.oid"
    "  AND a.attnum > 0 AND NOT a.attisdropped"
    " WHERE wanted.name <> ''"
    " ORDER BY wanted.place, a.attname COLLATE \"C\"";

/* Names of all tables as two arrays, so that a place is the table's number;
 * those that are not wanted are empty. */
static bool
put_names(const Plan *plan, Buf *namespaces, Buf *names, Error *err)
{
	const Table *table;
	bool good;
	size_t i;

	good = array_begin(namespaces, err) && array_begin(names, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		table = &plan->schema->tables[i];
		good = array_put_text(namespaces,
			   ddl_namespace(plan->namespace, table), err) &&
		    array_put_text(
			names, plan->wanted[i] ? table->name : "", err);
	}
	return good && array_end(namespaces, err) != NULL &&
	    array_end(names, err) != NULL;
}

static bool
read_columns(Server *server, const Plan *plan, PGresult **columns, Error *err)
{
	Buf namespaces = { 0 }, names = { 0 };
	const char *values[2];
	bool good;

	good = put_names(plan, &namespaces, &names, err);
	values[0] = (const char *)namespaces.data;
	values[1] = (const char *)names.data;
	good =
	    good && server_query(server, columns_sql, values, 2, columns, err);
	buf_free(&namespaces);
	buf_free(&names);
	return good;
}

bool
replaced_begin(Server *server, const Plan *plan, Replaced *replaced, Error *err)
{
	replaced_free(replaced);
	return read_columns(server, plan, &replaced->before, err);
}

void
replaced_free(Replaced *replaced)
{
	PQclear(replaced->before);
	replaced->before = NULL;
}

typedef struct {
	const Plan *plan;
	const PGresult *before, *after;
	Buf problems;
	size_t n;
} Comparison;

static size_t
table_at(const PGresult *columns, int row)
{
	if (row >= PQntuples(columns))
		return SIZE_MAX;
	return strtoul(PQgetvalue(columns, row, COLUMN_TABLE), NULL, 10) - 1;
}

static const char *
value_of(const PGresult *columns, int row, int field)
{
	return PQgetvalue(columns, row, field);
}

static bool
is_true(const PGresult *columns, int row, int field)
{
	return value_of(columns, row, field)[0] == 't';
}

/* column is NULL where it is the table that is wrong. */
static bool
add_problem(Comparison *comparison, size_t table, const char *column,
    const char *text, Error *err)
{
	if (++comparison->n > LISTED_PROBLEMS)
		return true;
	if (!buf_put_format(&comparison->problems, err, "%stable \"%s\"",
		comparison->n == 1 ? "" : "; ",
		comparison->plan->schema->tables[table].name))
		return false;
	if (column != NULL &&
	    !buf_put_format(
		&comparison->problems, err, ", column \"%s\"", column))
		return false;
	return buf_put_format(&comparison->problems, err, " %s", text);
}

/* A column that is only there now. */
static bool
judge_new(Comparison *comparison, size_t table, int row, Error *err)
{
	const PGresult *after = comparison->after;

	return !is_true(after, row, COLUMN_DEMANDING) ||
	    add_problem(comparison, table, value_of(after, row, COLUMN_NAME),
		"is NOT NULL and has no default", err);
}

/* The same column before and after. */
static bool
judge_column(
    Comparison *comparison, size_t table, int before, int after, Error *err)
{
	const char *name = value_of(comparison->before, before, COLUMN_NAME),
		   *was = value_of(comparison->before, before, COLUMN_TYPE),
		   *is = value_of(comparison->after, after, COLUMN_TYPE);
	Arena arena = { 0 };
	const char *text;
	bool good;

	if (is_true(comparison->before, before, COLUMN_GENERATED) !=
	    is_true(comparison->after, after, COLUMN_GENERATED))
		return add_problem(comparison, table, name,
		    "is generated on one side only", err);
	if (strcmp(was, is) == 0)
		return true;
	text = arena_format(&arena, err, "was %s and is %s", was, is);
	good = text != NULL && add_problem(comparison, table, name, text, err);
	arena_free(&arena);
	return good;
}

/* The rows of one table from *before and *after on, which move past them. */
static bool
judge_columns(
    Comparison *comparison, size_t table, int *before, int *after, Error *err)
{
	const PGresult *was = comparison->before, *is = comparison->after;
	bool in_before, in_after, good = true;
	int order;

	while (good) {
		in_before = table_at(was, *before) == table;
		in_after = table_at(is, *after) == table;
		if (!in_before && !in_after)
			break;
		order = !in_before ? 1
		    : !in_after    ? -1
				   : strcmp(value_of(was, *before, COLUMN_NAME),
					 value_of(is, *after, COLUMN_NAME));
		if (order == 0)
			good = judge_column(
			    comparison, table, (*before)++, (*after)++, err);
		else if (order < 0)
			good = add_problem(comparison, table,
			    value_of(was, (*before)++, COLUMN_NAME),
			    "is not there any more", err);
		else
			good = judge_new(comparison, table, (*after)++, err);
	}
	return good;
}

/* Ordinary, partitioned and foreign tables take rows. */
static bool
judge_table(
    Comparison *comparison, size_t table, int before, int after, Error *err)
{
	const PGresult *was = comparison->before, *is = comparison->after;

	if (table_at(is, after) != table)
		return add_problem(
		    comparison, table, NULL, "is not there any more", err);
	if (strchr("rpf", value_of(is, after, COLUMN_KIND)[0]) == NULL)
		return add_problem(
		    comparison, table, NULL, "is no table any more", err);
	if (comparison->plan->existing &&
	    strcmp(value_of(was, before, COLUMN_RELATION),
		value_of(is, after, COLUMN_RELATION)) != 0)
		return add_problem(comparison, table, NULL,
		    "is another one now, and tables that were there must stay "
		    "(-a)",
		    err);
	return true;
}

static bool
judge(Comparison *comparison, Error *err)
{
	int before = 0, after = 0;
	size_t i, problems;

	for (i = 0; i < comparison->plan->schema->n_tables; i++) {
		if (table_at(comparison->before, before) != i)
			continue;
		problems = comparison->n;
		if (!judge_table(comparison, i, before, after, err))
			return false;
		if (comparison->n > problems) { /* its columns need no word */
			while (table_at(comparison->before, before) == i)
				before++;
			while (table_at(comparison->after, after) == i)
				after++;
		} else if (!judge_columns(
			       comparison, i, &before, &after, err)) {
			return false;
		}
	}
	return true;
}

static bool
refuse(Comparison *comparison, Error *err)
{
	const char *text = buf_text(&comparison->problems, err);

	if (text == NULL)
		return false;
	return error_set(err, ERROR_FAILED,
	    "the rows cannot go into the tables as they are now: %s%s. Nothing "
	    "of the file was kept",
	    text, comparison->n > LISTED_PROBLEMS ? "; and more" : "");
}

/* What the tables are made of now is what they are known by. */
static bool
describe(Server *server, const Plan *plan, Error *err)
{
	const char *values[] = { plan->id };
	PGresult *result;

	if (!server_query(server,
		"UPDATE litehaul.object AS o SET columns = " LEDGER_COLUMNS(
		    "o.relation") " WHERE o.load_id = $1"
				  " AND o.columns IS NOT NULL",
		values, 1, &result, err))
		return false;
	PQclear(result);
	return true;
}

/* Those that are new are the load's. */
static bool
adopt(Server *server, const Comparison *comparison, Error *err)
{
	const PGresult *was = comparison->before, *is = comparison->after;
	const Plan *plan = comparison->plan;
	int before = 0, after = 0;
	size_t i;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (table_at(is, after) != i)
			continue;
		if (strcmp(value_of(was, before, COLUMN_RELATION),
			value_of(is, after, COLUMN_RELATION)) != 0 &&
		    !ledger_put_table(server, plan->id, LEDGER_TABLE,
			plan->namespace, &plan->schema->tables[i], err))
			return false;
		while (table_at(was, before) == i)
			before++;
		while (table_at(is, after) == i)
			after++;
	}
	return true;
}

bool
replaced_end(Server *server, const Plan *plan, Replaced *replaced, Error *err)
{
	Comparison comparison = { .plan = plan, .before = replaced->before };
	PGresult *after;
	bool good;

	if (!read_columns(server, plan, &after, err))
		return false;
	comparison.after = after;
	good = judge(&comparison, err) &&
	    (comparison.n == 0 || refuse(&comparison, err)) &&
	    adopt(server, &comparison, err) && describe(server, plan, err);
	buf_free(&comparison.problems);
	PQclear(after);
	return good;
}
