#include "import/describe.h"

#include <stdlib.h>
#include <string.h>

#include "import/array.h"
#include "import/describe_keys.h"

static const char namespaces_sql[] =
    "SELECT nspname FROM pg_namespace"
    " WHERE nspname = ANY ($1::text[]) OR ($2::boolean"
    " AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
    " AND nspname <> 'litehaul') ORDER BY nspname COLLATE \"C\"";

static const char tables_sql[] =
    "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relrowsecurity"
    " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = "
    "c.relnamespace" DESCRIBE_KEYS_WHERE DESCRIBE_KEYS_ORDER;

enum {
	COLUMN_TABLE,
	COLUMN_NAME,
	COLUMN_TYPE,      /* format_type() */
	COLUMN_BASE,      /* the same of what is below a domain */
	COLUMN_BASE_KIND, /* typtype */
	COLUMN_BASE_OID,
	COLUMN_IS_DOMAIN,
	COLUMN_ELEMENT, /* of an array, "" for none */
	COLUMN_NOT_NULL,
	COLUMN_DEFAULT,
	COLUMN_IDENTITY,
	COLUMN_GENERATED,
	COLUMN_OWNED,    /* sequence of its own */
	COLUMN_SEQUENCE, /* one that its default draws from */
};

/*
 * A domain may lie over another: chain follows each down to its base type, and
 * one of the steps at most has a modifier (lsyscache.c,
 * getBaseTypeAndTypmod).  A sequence is the column's own, or one that its
 * default draws from.
 */
static const char columns_sql[] =
    "WITH RECURSIVE chain (domain, type, typmod, not_null, depth) AS ("
    " SELECT oid, typbasetype, typtypmod, typnotnull, 1"
    " FROM pg_type WHERE typtype = 'd'"
    " UNION ALL"
    " SELECT chain.domain, t.typbasetype,"
    "  greatest(chain.typmod, t.typtypmod),"
    "  chain.not_null OR t.typnotnull, chain.depth + 1"
    " FROM chain JOIN pg_type AS t ON t.oid = chain.type"
    " WHERE t.typtype = 'd'"
    "), base AS ("
    " SELECT DISTINCT ON (domain) * FROM chain ORDER BY domain, depth DESC"
    ")"
    " SELECT c.oid, a.attname, format_type(a.atttypid, a.atttypmod),"
    " format_type(t.oid, coalesce(b.typmod, a.atttypmod)), t.typtype, t.oid,"
    " b.domain IS NOT NULL,"
    " CASE WHEN t.typcategory = 'A' AND t.typlen = -1 AND t.typelem <> 0"
    "  THEN format_type(t.typelem, coalesce(b.typmod, a.atttypmod)) END,"
    " a.attnotnull OR coalesce(b.not_null, false),"
    " coalesce(pg_get_expr(d.adbin, d.adrelid), own.typdefault),"
    " a.attidentity, a.attgenerated,"
    " (SELECT format('%I.%I', sn.nspname, s.relname)"
    "  FROM pg_depend AS p"
    "  JOIN pg_class AS s ON s.oid = p.objid AND s.relkind = 'S'"
    "  JOIN pg_namespace AS sn ON sn.oid = s.relnamespace"
    "  WHERE p.classid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')"
    "  AND p.refclassid = 'pg_class'::regclass AND p.refobjid = c.oid"
    "  AND p.refobjsubid = a.attnum ORDER BY 1 LIMIT 1),"
    " (SELECT format('%I.%I', sn.nspname, s.relname)"
    "  FROM pg_depend AS p"
    "  JOIN pg_class AS s ON s.oid = p.refobjid AND s.relkind = 'S'"
    "  JOIN pg_namespace AS sn ON sn.oid = s.relnamespace"
    "  WHERE p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid"
    "  AND p.refclassid = 'pg_class'::regclass ORDER BY 1 LIMIT 1)"
    " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
    "  AND NOT a.attisdropped"
    " LEFT JOIN base AS b ON b.domain = a.atttypid"
    " JOIN pg_type AS own ON own.oid = a.atttypid"
    " JOIN pg_type AS t ON t.oid = coalesce(b.type, a.atttypid)"
    " LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = "
    "a.attnum" DESCRIBE_KEYS_WHERE DESCRIBE_KEYS_ORDER ", a.attnum";

static const char labels_sql[] = "SELECT enumtypid, enumlabel FROM pg_enum"
				 " ORDER BY enumtypid, enumsortorder";

typedef struct {
	Server *server;
	const char *const *namespaces;
	size_t n;
	bool strict; /* all schemas must be there */
	Target *target;
	const char **oids; /* of the tables */
	PGresult *labels;  /* of all enums */
	Buf found;         /* the schemas that are there, as an array */
} Describe;

static bool
name_all(const Describe *describe)
{
	size_t i;

	for (i = 0; i < describe->n; i++) {
		if (strcmp(describe->namespaces[i], DESCRIBE_ALL) == 0)
			return true;
	}
	return false;
}

static bool
has_namespace(const PGresult *found, const char *name)
{
	int i;

	for (i = 0; i < PQntuples(found); i++) {
		if (strcmp(PQgetvalue(found, i, 0), name) == 0)
			return true;
	}
	return false;
}

/* Are all there?  *first is where unqualified names are looked for. */
static bool
check_namespaces(const Describe *describe, const PGresult *found,
    const char **first, Error *err)
{
	const char *name;
	size_t i;

	*first = NULL;
	for (i = 0; i < describe->n; i++) {
		name = describe->namespaces[i];
		if (strcmp(name, DESCRIBE_ALL) == 0)
			continue;
		if (describe->strict && !has_namespace(found, name))
			return error_set(err, ERROR_FAILED,
			    "there is no schema \"%s\" in database \"%s\"",
			    name, server_database(describe->server));
		if (*first == NULL)
			*first = name;
	}
	if (*first == NULL)
		*first = PQntuples(found) == 0 || has_namespace(found, "public")
		    ? "public"
		    : PQgetvalue(found, 0, 0);
	return true;
}

static bool
find_namespaces(Describe *describe, Error *err)
{
	const char *values[2] = { NULL, name_all(describe) ? "true" : "false" };
	PGresult *found = NULL;
	const char *first;
	Buf wanted = { 0 };
	bool good = false;
	size_t i;
	int row;

	if (!array_begin(&wanted, err))
		goto done;
	for (i = 0; i < describe->n; i++) {
		if (!array_put_text(&wanted, describe->namespaces[i], err))
			goto done;
	}
	values[0] = array_end(&wanted, err);
	if (values[0] == NULL ||
	    !server_query(
		describe->server, namespaces_sql, values, 2, &found, err) ||
	    !check_namespaces(describe, found, &first, err))
		goto done;
	describe->target->namespace =
	    arena_text(&describe->target->arena, first, err);
	if (describe->target->namespace == NULL ||
	    !array_begin(&describe->found, err))
		goto done;
	for (row = 0; row < PQntuples(found); row++) {
		if (!array_put_text(
			&describe->found, PQgetvalue(found, row, 0), err))
			goto done;
	}
	good = array_end(&describe->found, err) != NULL;
done:
	PQclear(found);
	buf_free(&wanted);
	return good;
}

static bool
query(Describe *describe, const char *sql, PGresult **rows, Error *err)
{
	const char *values[] = { (const char *)describe->found.data };

	return server_query(describe->server, sql, values, 1, rows, err);
}

/* A field as text of the Target; NULL stays NULL. */
static bool
keep(const Describe *describe, const PGresult *rows, int row, int field,
    const char **text, Error *err)
{
	*text = NULL;
	if (PQgetisnull(rows, row, field))
		return true;
	*text = arena_text(
	    &describe->target->arena, PQgetvalue(rows, row, field), err);
	return *text != NULL;
}

static bool
is_true(const PGresult *rows, int row, int field)
{
	return PQgetvalue(rows, row, field)[0] == 't';
}

static bool
read_tables(Describe *describe, Error *err)
{
	Target *target = describe->target;
	TargetTable *table;
	PGresult *rows;
	bool good = false;
	int row, n;

	if (!query(describe, tables_sql, &rows, err))
		return false;
	n = PQntuples(rows);
	target->n_tables = (size_t)n;
	target->tables = arena_alloc(
	    &target->arena, (size_t)n + 1, sizeof *target->tables, err);
	describe->oids = arena_alloc(
	    &target->arena, (size_t)n + 1, sizeof *describe->oids, err);
	if (target->tables == NULL || describe->oids == NULL)
		goto done;
	for (row = 0; row < n; row++) {
		table = &target->tables[row];
		if (!keep(describe, rows, row, 0, &describe->oids[row], err) ||
		    !keep(describe, rows, row, 1, &table->namespace, err) ||
		    !keep(describe, rows, row, 2, &table->name, err))
			goto done;
		table->partitioned = PQgetvalue(rows, row, 3)[0] == 'p';
		table->row_security = is_true(rows, row, 4);
	}
	good = true;
done:
	PQclear(rows);
	return good;
}

/* The labels of an enum, which stand together. */
static bool
read_labels(const Describe *describe, const char *type, TargetColumn *column,
    Error *err)
{
	const PGresult *labels = describe->labels;
	int i, first = 0, n = 0;

	while (first < PQntuples(labels) &&
	    strcmp(PQgetvalue(labels, first, 0), type) != 0)
		first++;
	while (first + n < PQntuples(labels) &&
	    strcmp(PQgetvalue(labels, first + n, 0), type) == 0)
		n++;
	column->labels = arena_alloc(&describe->target->arena, (size_t)n + 1,
	    sizeof *column->labels, err);
	if (column->labels == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (!keep(describe, labels, first + i, 1, &column->labels[i],
			err))
			return false;
	}
	column->n_labels = (size_t)n;
	return true;
}

static TargetIdentity
identity_of(char letter)
{
	if (letter == 'a')
		return TARGET_IDENTITY_ALWAYS;
	return letter == 'd' ? TARGET_IDENTITY_BY_DEFAULT
			     : TARGET_IDENTITY_NONE;
}

static bool
read_column(const Describe *describe, const PGresult *rows, int row,
    TargetColumn *column, Error *err)
{
	const char *element = PQgetvalue(rows, row, COLUMN_ELEMENT);
	TargetColumn probe = { 0 };

	if (!keep(describe, rows, row, COLUMN_NAME, &column->name, err) ||
	    !keep(describe, rows, row, COLUMN_TYPE, &column->type_sql, err) ||
	    !keep(describe, rows, row, COLUMN_DEFAULT, &column->default_text,
		err) ||
	    !keep(describe, rows, row,
		PQgetisnull(rows, row, COLUMN_OWNED) ? COLUMN_SEQUENCE
						     : COLUMN_OWNED,
		&column->sequence, err))
		return false;
	target_set_type(column, PQgetvalue(rows, row, COLUMN_BASE));
	column->domain = is_true(rows, row, COLUMN_IS_DOMAIN);
	column->array = !PQgetisnull(rows, row, COLUMN_ELEMENT);
	if (column->array) {
		target_set_type(&probe, element);
		column->element = probe.type;
		column->element_known = probe.known;
	}
	column->not_null = is_true(rows, row, COLUMN_NOT_NULL);
	column->identity =
	    identity_of(PQgetvalue(rows, row, COLUMN_IDENTITY)[0]);
	column->generated = PQgetvalue(rows, row, COLUMN_GENERATED)[0] != '\0';
	return PQgetvalue(rows, row, COLUMN_BASE_KIND)[0] != 'e' ||
	    read_labels(
		describe, PQgetvalue(rows, row, COLUMN_BASE_OID), column, err);
}

static bool
read_columns(Describe *describe, Error *err)
{
	TargetTable *table;
	PGresult *rows;
	size_t from = 0;
	bool good = false;
	int row = 0, i, n;

	if (!query(describe, columns_sql, &rows, err))
		return false;
	for (; row < PQntuples(rows); row += n) {
		n = describe_keys_run(rows, row);
		table = describe_keys_table(
		    rows, row, describe->oids, describe->target, &from);
		if (table == NULL)
			continue;
		table->columns = arena_alloc(&describe->target->arena,
		    (size_t)n, sizeof *table->columns, err);
		if (table->columns == NULL)
			goto done;
		table->n_columns = (size_t)n;
		for (i = 0; i < n; i++) {
			if (!read_column(describe, rows, row + i,
				&table->columns[i], err))
				goto done;
		}
	}
	good = true;
done:
	PQclear(rows);
	return good;
}

/* The body of the transaction; it may run twice. */
static bool
read_all(Server *server, void *context, Error *err)
{
	Describe *describe = context;
	Target *target = describe->target;
	int version = server_version(server);
	bool good;

	target_free(target);
	describe->server = server;
	target->server = arena_format(
	    &target->arena, err, "%d.%d", version / 10000, version % 10000);
	good = target->server != NULL && find_namespaces(describe, err) &&
	    server_query(server, labels_sql, NULL, 0, &describe->labels, err) &&
	    read_tables(describe, err) && read_columns(describe, err) &&
	    describe_keys_read(server, (const char *)describe->found.data,
		describe->oids, target, err);
	PQclear(describe->labels);
	describe->labels = NULL;
	buf_free(&describe->found);
	return good;
}

bool
describe_inside(Server *server, const char *const *namespaces, size_t n,
    Target *target, Error *err)
{
	Describe describe = {
		.namespaces = namespaces, .n = n, .target = target
	};

	return read_all(server, &describe, err);
}

bool
describe_read(Server *server, const char *const *namespaces, size_t n,
    Target *target, Error *err)
{
	Describe describe = { .namespaces = namespaces,
		.n = n,
		.strict = true,
		.target = target };

	return server_transact(
	    server, SERVER_SNAPSHOT, read_all, &describe, err);
}
