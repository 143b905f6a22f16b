#include "import/orphans_move.h"

#include "formats/sqltext.h"

#include "import/foreign_key.h"

/* A field is quoted where rows_csv.h wants it: FORMAT.md, "CSV". */
#define QUOTED "'^$|[,\"\\r\\n]|^\\s|\\s$|^\\\\\\.$'"

/* prefix"a" = other"b" of all columns, with " AND " between. */
static bool
put_match(Buf *out, const OrphansKey *key, Error *err)
{
	const ForeignKey *at = &key->key;
	size_t i;

	for (i = 0; i < at->n_columns; i++) {
		if (!buf_put_text(out, i == 0 ? "c." : " AND c.", err) ||
		    !sqltext_put_name(
			out, key->from->columns[at->columns[i]].name, err) ||
		    !buf_put_text(out, " = d.", err) ||
		    !sqltext_put_name(out, at->parent_columns[i], err))
			return false;
	}
	return true;
}

static bool
put_parent_columns(Buf *out, const OrphansKey *key, Error *err)
{
	size_t i;

	for (i = 0; i < key->key.n_columns; i++) {
		if (!buf_put_text(out, i == 0 ? "c." : ", c.", err) ||
		    !sqltext_put_name(out, key->key.parent_columns[i], err))
			return false;
	}
	return true;
}

static bool
put_test(Buf *out, const Plan *plan, const OrphansKey *key, Error *err)
{
	return foreign_key_put_orphan_test(
	    out, plan->namespace, key->from, &key->key, key->full, err);
}

/* WITH gone AS (DELETE ...) of orphans. */
static bool
put_gone(Buf *out, const Plan *plan, const OrphansKey *key, Error *err)
{
	return buf_put_text(out, "WITH gone AS (DELETE", err) &&
	    foreign_key_put_orphan_rows(
		out, plan->namespace, key->from, &key->key, key->full, err) &&
	    buf_put_text(out, " RETURNING c.*)", err);
}

/* The same of orphans and all below them. */
static bool
put_chain(Buf *out, const Plan *plan, const OrphansKey *key, Error *err)
{
	return buf_put_text(out, "WITH RECURSIVE doomed AS (SELECT ", err) &&
	    put_parent_columns(out, key, err) &&
	    foreign_key_put_orphan_rows(
		out, plan->namespace, key->from, &key->key, key->full, err) &&
	    buf_put_text(out, " UNION SELECT ", err) &&
	    put_parent_columns(out, key, err) &&
	    buf_put_text(out, " FROM ", err) &&
	    ddl_put_table_name(out, plan->namespace, key->from, err) &&
	    buf_put_text(out, " AS c JOIN doomed AS d ON ", err) &&
	    put_match(out, key, err) &&
	    buf_put_text(out, "), gone AS (DELETE FROM ", err) &&
	    ddl_put_table_name(out, plan->namespace, key->from, err) &&
	    buf_put_text(out, " AS c WHERE (", err) &&
	    put_test(out, plan, key, err) &&
	    buf_put_text(
		out, ") OR EXISTS (SELECT FROM doomed AS d WHERE ", err) &&
	    put_match(out, key, err) &&
	    buf_put_text(out, ") RETURNING c.*)", err);
}

/* Key (a, b)=(1, 2) is not present in table "parent", as the server says it;
 * of long values the beginning. */
static bool
put_message(Buf *out, const OrphansKey *key, Error *err)
{
	const ForeignKey *at = &key->key;
	Buf names = { 0 };
	const char *text = NULL;
	bool good = buf_put_text(&names, "Key (", err);
	size_t i;

	for (i = 0; good && i < at->n_columns; i++)
		good = buf_put_format(&names, err, "%s%s", i == 0 ? "" : ", ",
		    key->from->columns[at->columns[i]].name);
	if (good && buf_put_text(&names, ")=(", err))
		text = buf_text(&names, err);
	good = text != NULL && sqltext_put_literal(out, text, err);
	for (i = 0; good && i < at->n_columns; i++)
		good = buf_put_text(out,
			   i == 0 ? " || coalesce(left(gone."
				  : " || ', ' || coalesce(left(gone.",
			   err) &&
		    sqltext_put_name(
			out, key->from->columns[at->columns[i]].name, err) &&
		    buf_put_text(out, "::text, 200), 'null')", err);
	names.size = 0;
	text = NULL;
	if (good &&
	    buf_put_format(
		&names, err, ") is not present in table \"%s\"", at->parent))
		text = buf_text(&names, err);
	good = text != NULL && buf_put_text(out, " || ", err) &&
	    sqltext_put_literal(out, text, err);
	buf_free(&names);
	return good;
}

/* A column in the dump's text form.  A real always looks like one. */
static bool
put_value(Buf *out, const Column *column, Error *err)
{
	bool real =
	    column->type.name == TYPE_DOUBLE || column->type.name == TYPE_REAL;
	char sql[TYPE_SQL_BYTES];

	return buf_put_text(
		   out, real ? "regexp_replace(gone." : "gone.", err) &&
	    sqltext_put_name(out, column->name, err) &&
	    buf_put_format(
		out, err, "::%s::text", type_sql(column->type, sql)) &&
	    (!real || buf_put_text(out, ", '^-?\\d+$', '\\&.0')", err));
}

static bool
put_line(Buf *out, const Table *table, Error *err)
{
	size_t i;

	if (!buf_put_text(out,
		"(SELECT string_agg(coalesce(CASE WHEN v ~ " QUOTED
		" THEN '\"' || replace(v, '\"', '\"\"') || '\"' ELSE v END,"
		" ''), ',' ORDER BY place)"
		" FROM unnest(ARRAY[",
		err))
		return false;
	for (i = 0; i < table->n_columns; i++) {
		if (!buf_put_text(out, i == 0 ? "" : ", ", err) ||
		    !put_value(out, &table->columns[i], err))
			return false;
	}
	return buf_put_text(
	    out, "]) WITH ORDINALITY AS field (v, place))", err);
}

/* By the primary key, so that the same rows always come in the same order. */
static bool
put_order(Buf *out, const Table *table, Error *err)
{
	const Index *primary = ddl_primary_key(table);
	size_t i;

	for (i = 0; primary != NULL && i < primary->n_parts; i++) {
		if (!buf_put_text(
			out, i == 0 ? "ORDER BY gone." : ", gone.", err) ||
		    !sqltext_put_name(out,
			table->columns[primary->parts[i].column].name, err))
			return false;
	}
	return true;
}

bool
orphans_move_put(
    Buf *out, const Plan *plan, const OrphansKey *key, bool chain, Error *err)
{
	const Table *table = &plan->schema->tables[key->table];

	return (chain ? put_chain(out, plan, key, err)
		      : put_gone(out, plan, key, err)) &&
	    buf_put_text(out,
		" INSERT INTO litehaul.reject (load_id, path, row, sqlstate,"
		" message, column_name, constraint_name, data)"
		" SELECT $1, $2, before.n + row_number() OVER (",
		err) &&
	    put_order(out, table, err) &&
	    buf_put_text(out, "), '23503', ", err) &&
	    put_message(out, key, err) &&
	    buf_put_text(out, ", NULL, $3, ", err) &&
	    put_line(out, table, err) &&
	    buf_put_text(out,
		" FROM gone, (SELECT coalesce(max(row), 0) AS n"
		" FROM litehaul.reject WHERE load_id = $1 AND path = $2)"
		" AS before",
		err);
}
