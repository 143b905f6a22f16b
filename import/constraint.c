#include "import/constraint.h"

#include <stdio.h>
#include <string.h>

#include "formats/sqltext.h"

#include "import/ddl.h"

bool
constraint_check(const Check *check, Error *err)
{
	if (check->name[0] != '\0' &&
	    !ddl_check_name("check", check->name, err))
		return false;
	if (check->formula != NULL)
		return true;
	return error_set(
	    err, ERROR_DUMP, "check \"%s\" is no formula", check->name);
}

/* Does another constraint of the table bear the name?  Of the checks only
 * those before the i-th count, so that one of two keeps it. */
static bool
is_taken(const Table *table, size_t i, const char *name)
{
	size_t k;

	for (k = 0; k < table->n_indexes; k++) {
		if (strcmp(table->indexes[k].name, name) == 0)
			return true;
	}
	for (k = 0; k < table->n_foreign_keys; k++) {
		if (strcmp(table->foreign_keys[k].name, name) == 0)
			return true;
	}
	for (k = 0; k < i; k++) {
		if (strcmp(table->checks[k].name, name) == 0)
			return true;
	}
	return false;
}

static const char *
make_up(const Table *table, unsigned number, Arena *arena, Error *err)
{
	const char *name = NULL;
	char suffix[32];
	Buf whole = { 0 };

	if (number == 0)
		(void)snprintf(suffix, sizeof suffix, "_check");
	else
		(void)snprintf(suffix, sizeof suffix, "_check%u", number);
	if (buf_put_text(&whole, table->name, err))
		name = ddl_made_up_name(&whole, suffix, arena, err);
	buf_free(&whole);
	return name;
}

const char *
constraint_name(const Table *table, size_t i, Arena *arena, Error *err)
{
	const char *name = table->checks[i].name;
	unsigned number = (unsigned)i;

	if (name[0] != '\0' && !is_taken(table, i, name))
		return name;
	/* No two checks come by the same number. */
	do {
		name = make_up(table, number, arena, err);
		number += (unsigned)table->n_checks;
	} while (name != NULL && is_taken(table, table->n_checks, name));
	return name;
}

bool
constraint_put(Buf *out, const char *namespace, const Table *table,
    const Check *check, const char *name, Error *err)
{
	return ddl_put_alter(out, namespace, table, err) &&
	    buf_put_text(out, " ADD CONSTRAINT ", err) &&
	    sqltext_put_name(out, name, err) &&
	    buf_put_text(out, " CHECK ", err) &&
	    ddl_put_formula(out, check->formula, table, err) &&
	    buf_put_text(out, " NOT VALID", err);
}

bool
constraint_put_validate(Buf *out, const char *namespace, const Table *table,
    const char *name, Error *err)
{
	return ddl_put_alter(out, namespace, table, err) &&
	    buf_put_text(out, " VALIDATE CONSTRAINT ", err) &&
	    sqltext_put_name(out, name, err);
}

/* FROM ... WHERE: a check that is NULL is not violated. */
static bool
put_violators(Buf *out, const char *namespace, const Table *table,
    const Check *check, Error *err)
{
	return buf_put_text(out, " FROM ", err) &&
	    ddl_put_table_name(out, namespace, table, err) &&
	    buf_put_text(out, " WHERE NOT ", err) &&
	    ddl_put_formula(out, check->formula, table, err);
}

typedef struct {
	const char *namespace;
	const Table *table;
	const Check *check;
	const char *name;
	Buf *text;
} Violation;

static bool
query(Server *server, Buf *sql, PGresult **result, Error *err)
{
	const char *text = buf_text(sql, err);

	return text != NULL && server_query(server, text, NULL, 0, result, err);
}

static bool
put_count(Server *server, const Violation *violation, Buf *sql, Error *err)
{
	PGresult *rows;
	const char *count;
	bool good;

	sql->size = 0;
	if (!buf_put_text(sql, "SELECT count(*)", err) ||
	    !put_violators(sql, violation->namespace, violation->table,
		violation->check, err) ||
	    !query(server, sql, &rows, err))
		return false;
	count = PQgetvalue(rows, 0, 0);
	good = buf_put_format(violation->text, err,
	    "table \"%s\": %s %s the check \"%s\", which is kept NOT VALID; "
	    "nothing was deleted",
	    violation->table->name, count,
	    strcmp(count, "1") == 0 ? "row violates" : "rows violate",
	    violation->name);
	PQclear(rows);
	return good;
}

/* The primary key of the first of them: ": id=7". */
static bool
put_first(Server *server, const Violation *violation, Buf *sql, Error *err)
{
	const Index *primary = ddl_primary_key(violation->table);
	PGresult *rows;
	bool good = true;
	size_t i;

	if (primary == NULL)
		return true;
	sql->size = 0;
	for (i = 0; i < primary->n_parts; i++) {
		if (!buf_put_text(sql, i == 0 ? "SELECT " : ", ", err) ||
		    !sqltext_put_name(sql,
			violation->table->columns[primary->parts[i].column]
			    .name,
			err))
			return false;
	}
	if (!put_violators(sql, violation->namespace, violation->table,
		violation->check, err) ||
	    !buf_put_text(sql, " ORDER BY 1 LIMIT 1", err) ||
	    !query(server, sql, &rows, err))
		return false;
	for (i = 0; good && PQntuples(rows) > 0 && i < primary->n_parts; i++)
		good = buf_put_format(violation->text, err, "%s%s=%.60s",
		    i == 0 ? ": " : " ", PQfname(rows, (int)i),
		    PQgetvalue(rows, 0, (int)i));
	PQclear(rows);
	return good;
}

static bool
describe(Server *server, void *context, Error *err)
{
	const Violation *violation = context;
	Buf sql = { 0 };
	bool good;

	violation->text->size = 0;
	good = put_count(server, violation, &sql, err) &&
	    put_first(server, violation, &sql, err);
	buf_free(&sql);
	return good;
}

bool
constraint_describe(Server *server, const char *namespace, const Table *table,
    const Check *check, const char *name, Buf *text, Error *err)
{
	Violation violation = { namespace, table, check, name, text };

	if (server_transact(server, SERVER_QUICK, describe, &violation, err))
		return true;
	return error_add(
	    err, "table \"%s\", rows that violate \"%s\"", table->name, name);
}
