#include "import/verify_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "formats/sqltext.h"

#include "import/array.h"
#include "import/verify_text.h"

/* So much of a value is fetched to be shown. */
#define FETCHED_CHARACTERS "2000"

typedef struct {
	VerifyTemporary *lookup;
	Server *server;
	VerifyChunk *chunk;
} Run;

/* d."name" */
static bool
put_column(Buf *sql, char side, const VerifyTable *table, size_t i, Error *err)
{
	return buf_put_format(sql, err, "%c.", side) &&
	    sqltext_put_name(sql, verify_table_column(table, i), err);
}

/*
 * A column's value so that equal ones compare equal, and no others: as it is
 * where "=" says so, else as text, byte by byte whatever the collation.
 */
static bool
put_form(Buf *sql, char side, const VerifyTable *table, size_t i, Error *err)
{
	const char *cast = "";

	switch (table->shape.types[i]) {
	case TYPE_BIGINT:
	case TYPE_BOOLEAN:
	case TYPE_BYTEA:
	case TYPE_DATE:
	case TYPE_INTEGER:
	case TYPE_JSONB:
	case TYPE_NUMERIC:
	case TYPE_SMALLINT:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_UUID:
		return put_column(sql, side, table, i, err);
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR: /* blanks at its end are no part of it */
		break;
	case TYPE_DOUBLE: /* "=" takes -0 for 0 */
	case TYPE_REAL:
	case TYPE_JSON:
	case TYPE_COUNT:
		cast = "::text";
	}
	return put_column(sql, side, table, i, err) &&
	    buf_put_format(sql, err, "%s COLLATE \"C\"", cast);
}

static bool
put_differs(Buf *sql, const VerifyTable *table, size_t i, Error *err)
{
	return put_form(sql, 'd', table, i, err) &&
	    buf_put_text(sql, " IS DISTINCT FROM ", err) &&
	    put_form(sql, 't', table, i, err);
}

/* A column of a key; "=" of a type that an extension has made may not be
 * found. */
static bool
put_key_column(
    Buf *sql, char side, const VerifyTable *table, size_t i, Error *err)
{
	return table->shape.types[i] == TYPE_COUNT
	    ? put_form(sql, side, table, i, err)
	    : put_column(sql, side, table, i, err);
}

/* t.key = d.key AND ... */
static bool
put_join(Buf *sql, const VerifyTable *table, Error *err)
{
	size_t i;

	for (i = 0; i < table->shape.n_key; i++) {
		if (!buf_put_text(sql, i == 0 ? "" : " AND ", err) ||
		    !put_key_column(
			sql, 't', table, table->shape.key[i], err) ||
		    !buf_put_text(sql, " = ", err) ||
		    !put_key_column(sql, 'd', table, table->shape.key[i], err))
			return false;
	}
	return true;
}

/* Run what stands in sql. */
static bool
ask(Run *run, const char *value, PGresult **result, Error *err)
{
	const char *values[] = { value };
	const char *text = buf_text(&run->lookup->sql, err);

	return text != NULL &&
	    server_query(
		run->server, text, values, value == NULL ? 0 : 1, result, err);
}

/* How many rows there are of both kinds, and where the first ones stand. */
static bool
put_search(Buf *sql, const VerifyTable *table, Error *err)
{
	size_t i;
	bool good;

	sql->size = 0;
	good = buf_put_format(sql, err,
		   "WITH bad AS MATERIALIZED (SELECT d.ctid AS place,"
		   " NOT EXISTS (SELECT FROM %s AS t WHERE ",
		   table->name) &&
	    put_join(sql, table, err) &&
	    buf_put_format(sql, err,
		") AS missing FROM " VERIFY_TEMPORARY
		" AS d WHERE NOT EXISTS (SELECT FROM %s AS t WHERE ",
		table->name) &&
	    put_join(sql, table, err);
	for (i = 0; good && i < table->shape.n; i++)
		good = buf_put_text(sql, " AND NOT ", err) &&
		    put_differs(sql, table, i, err);
	return good &&
	    buf_put_format(sql, err,
		")) SELECT (SELECT count(*) FROM bad WHERE missing),"
		" (SELECT count(*) FROM bad), place FROM bad LIMIT %d",
		VERIFY_NAMED);
}

/* The key and each value that differs of the rows at $1. */
static bool
put_fetch(Buf *sql, const VerifyTable *table, Error *err)
{
	size_t i, first = table->shape.key[0];
	bool good;

	sql->size = 0;
	good = buf_put_text(sql, "SELECT array_to_string(ARRAY[", err);
	for (i = 0; good && i < table->shape.n_key; i++)
		good = buf_put_text(sql, i == 0 ? "" : ", ", err) &&
		    put_column(sql, 'd', table, table->shape.key[i], err) &&
		    buf_put_text(sql, "::text", err);
	good = good && buf_put_text(sql, "], ', '), ", err) &&
	    put_column(sql, 't', table, first, err) &&
	    buf_put_text(sql,
		" IS NULL, x.i, left(x.dump, " FETCHED_CHARACTERS
		"), left(x.target, " FETCHED_CHARACTERS
		") FROM " VERIFY_TEMPORARY " AS d LEFT JOIN ",
		err) &&
	    buf_put_format(sql, err, "%s AS t ON ", table->name) &&
	    put_join(sql, table, err) &&
	    buf_put_text(sql, " CROSS JOIN LATERAL (VALUES ", err);
	for (i = 0; good && i < table->shape.n; i++)
		good = buf_put_format(
			   sql, err, "%s(%zu, ", i == 0 ? "" : ", ", i) &&
		    put_column(sql, 'd', table, i, err) &&
		    buf_put_text(sql, "::text COLLATE \"C\", ", err) &&
		    put_column(sql, 't', table, i, err) &&
		    buf_put_text(sql, "::text COLLATE \"C\", ", err) &&
		    put_differs(sql, table, i, err) &&
		    buf_put_text(sql, ")", err);
	return good &&
	    buf_put_text(sql,
		") AS x (i, dump, target, differs)"
		" WHERE d.ctid = ANY ($1::tid[]) AND CASE WHEN ",
		err) &&
	    put_column(sql, 't', table, first, err) &&
	    buf_put_text(sql,
		" IS NULL THEN x.i = 0 ELSE x.differs END ORDER BY 1, 3", err);
}

/* Where there is no key: rows of the chunk that the target has not, or not so
 * often. */
static bool
put_keyless(Buf *sql, const VerifyTable *table, Error *err)
{
	static const char sides[] = { 'd', 't' };
	size_t i, side;
	bool good;

	sql->size = 0;
	good = buf_put_text(sql, "WITH bad AS (", err);
	for (side = 0; good && side < sizeof sides; side++) {
		good = buf_put_text(
		    sql, side == 0 ? "SELECT " : " EXCEPT ALL SELECT ", err);
		for (i = 0; good && i < table->shape.n; i++)
			good = buf_put_text(sql, i == 0 ? "" : ", ", err) &&
			    put_form(sql, sides[side], table, i, err) &&
			    buf_put_format(sql, err, " AS c%zu", i);
		good = good &&
		    buf_put_format(sql, err, " FROM %s AS %c",
			side == 0 ? VERIFY_TEMPORARY : table->name,
			sides[side]);
	}
	good = good &&
	    buf_put_text(sql,
		") SELECT count(*) OVER (), left(array_to_string(ARRAY[", err);
	for (i = 0; good && i < table->shape.n; i++)
		good = buf_put_format(
		    sql, err, "%sc%zu::text", i == 0 ? "" : ", ", i);
	return good &&
	    buf_put_format(sql, err,
		"], ', ', 'NULL'), " FETCHED_CHARACTERS
		") FROM bad ORDER BY 2 LIMIT %d",
		VERIFY_NAMED);
}

static bool
tell(VerifyChunk *chunk, const Buf *text, Error *err)
{
	return fit_problem(&chunk->found, err, "%.*s", (int)text->size,
	    (const char *)text->data);
}

/* A field of a result as bytes, borrowed; NULL for NULL. */
static const Buf *
field_of(const PGresult *result, int row, int column, Buf *field)
{
	if (PQgetisnull(result, row, column))
		return NULL;
	field->data = (uint8_t *)PQgetvalue(result, row, column);
	field->size = (size_t)PQgetlength(result, row, column);
	return field;
}

/* One line of what put_fetch asks for. */
static bool
tell_difference(VerifyChunk *chunk, const PGresult *result, int row, Error *err)
{
	const VerifyTable *table = chunk->table;
	size_t i = strtoull(PQgetvalue(result, row, 2), NULL, 10);
	Buf text = { 0 }, key, dump, target;
	bool good;

	(void)field_of(result, row, 0, &key);
	good = verify_text_put_key(&text, table, &key, err);
	if (good && PQgetvalue(result, row, 1)[0] == 't')
		good = buf_put_text(
		    &text, ": the row of the dump is not in the target", err);
	else if (good)
		good =
		    buf_put_format(&text, err,
			", column \"%s\": ", verify_table_column(table, i)) &&
		    verify_text_put_pair(&text, field_of(result, row, 3, &dump),
			field_of(result, row, 4, &target), err);
	good = good && tell(chunk, &text, err);
	buf_free(&text);
	return good;
}

static bool
name_rows(Run *run, const PGresult *places, Error *err)
{
	PGresult *result = NULL;
	Buf list = { 0 };
	const char *text = NULL;
	bool good;
	int i;

	good = array_begin(&list, err);
	for (i = 0; good && i < PQntuples(places); i++)
		good = array_put_text(&list, PQgetvalue(places, i, 2), err);
	if (good)
		text = array_end(&list, err);
	good = text != NULL &&
	    put_fetch(&run->lookup->sql, run->chunk->table, err) &&
	    ask(run, text, &result, err);
	for (i = 0; good && i < PQntuples(result); i++)
		good = tell_difference(run->chunk, result, i, err);
	PQclear(result);
	buf_free(&list);
	return good;
}

static bool
search(Run *run, Error *err)
{
	VerifyChunk *chunk = run->chunk;
	PGresult *places;
	bool good;

	if (!put_search(&run->lookup->sql, chunk->table, err) ||
	    !ask(run, NULL, &places, err))
		return false;
	if (PQntuples(places) == 0) {
		PQclear(places);
		return true;
	}
	chunk->missing = strtoull(PQgetvalue(places, 0, 0), NULL, 10);
	chunk->different =
	    strtoull(PQgetvalue(places, 0, 1), NULL, 10) - chunk->missing;
	good = name_rows(run, places, err);
	PQclear(places);
	return good;
}

static bool
search_keyless(Run *run, Error *err)
{
	VerifyChunk *chunk = run->chunk;
	Buf text = { 0 }, row = { 0 };
	PGresult *result;
	bool good = true;
	int i, n;

	if (!put_keyless(&run->lookup->sql, chunk->table, err) ||
	    !ask(run, NULL, &result, err))
		return false;
	n = PQntuples(result);
	if (n > 0)
		chunk->missing = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	for (i = 0; good && i < n; i++) {
		text.size = 0;
		(void)field_of(result, i, 1, &row);
		good = buf_put_format(&text, err,
			   "table \"%s\": a row of the "
			   "dump is not in the target: ",
			   chunk->table->table->name) &&
		    verify_text_put_cut(&text, row.data, row.size, 0, err) &&
		    tell(chunk, &text, err);
	}
	buf_free(&text);
	PQclear(result);
	return good;
}

/* What was skipped of the chunk may be other than the dump's. */
static bool
ask_left(Server *server, VerifyChunk *chunk, Error *err)
{
	const char *values[] = { chunk->id, chunk->key };
	PGresult *result;

	chunk->left = 0;
	if (chunk->table->left == 0)
		return true;
	if (!server_query(server,
		"SELECT skipped FROM litehaul.chunk"
		" WHERE load_id = $1 AND path = $2",
		values, 2, &result, err))
		return false;
	if (PQntuples(result) > 0)
		chunk->left = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return true;
}

/* The body of the transaction, which only reads what is there. */
static bool
look_up(Server *server, void *context, Error *err)
{
	Run *run = context;
	VerifyChunk *chunk = run->chunk;

	run->server = server;
	chunk->missing = chunk->different = 0;
	fit_clear(&chunk->found);
	return ask_left(server, chunk, err) &&
	    verify_temporary_fill(run->lookup, server, chunk, err) &&
	    (chunk->table->shape.key != NULL ? search(run, err)
					     : search_keyless(run, err));
}

bool
verify_lookup_run(
    VerifyTemporary *lookup, Server *server, VerifyChunk *chunk, Error *err)
{
	Run run = { .lookup = lookup, .chunk = chunk };
	bool good;

	good = server_transact(server, SERVER_QUICK, look_up, &run, err);
	feed_rest(&lookup->rows);
	return good;
}
