#include "import/ddl.h"

#include <string.h>

#include "formats/digest.h"
#include "formats/formula.h"
#include "formats/sqltext.h"
#include "formats/type.h"
#include "formats/utf8.h"

#include "import/constraint.h"
#include "import/foreign_key.h"

/* What a default may say for a column type; NULL: nothing fits. */
#define UTC_NOW  "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')"
#define UTC_TEXT "to_char((CURRENT_TIMESTAMP AT TIME ZONE 'UTC'), "

/* SQLite's CURRENT_... are texts in UTC (lang_createtable.html 3.2); a column
 * of another type gets the same moment in its own. */
static const char *
current_default(DefaultKind kind, TypeName type)
{
	static const char *const date[TYPE_COUNT] = {
		[TYPE_DATE] = UTC_NOW "::date",
		[TYPE_TIMESTAMP] = "date_trunc('day', " UTC_NOW ")",
		[TYPE_TIMESTAMPTZ] =
		    "(date_trunc('day', " UTC_NOW ") AT TIME ZONE 'UTC')",
		[TYPE_TEXT] = UTC_TEXT "'YYYY-MM-DD')",
		[TYPE_VARCHAR] = UTC_TEXT "'YYYY-MM-DD')",
		[TYPE_CHAR] = UTC_TEXT "'YYYY-MM-DD')",
	};
	static const char *const time[TYPE_COUNT] = {
		[TYPE_TIME] = UTC_NOW "::time",
		[TYPE_TEXT] = UTC_TEXT "'HH24:MI:SS')",
		[TYPE_VARCHAR] = UTC_TEXT "'HH24:MI:SS')",
		[TYPE_CHAR] = UTC_TEXT "'HH24:MI:SS')",
	};
	static const char *const timestamp[TYPE_COUNT] = {
		[TYPE_DATE] = UTC_NOW "::date",
		[TYPE_TIME] = UTC_NOW "::time",
		[TYPE_TIMESTAMP] = UTC_NOW,
		[TYPE_TIMESTAMPTZ] = "CURRENT_TIMESTAMP",
		[TYPE_TEXT] = UTC_TEXT "'YYYY-MM-DD HH24:MI:SS')",
		[TYPE_VARCHAR] = UTC_TEXT "'YYYY-MM-DD HH24:MI:SS')",
		[TYPE_CHAR] = UTC_TEXT "'YYYY-MM-DD HH24:MI:SS')",
	};

	switch (kind) {
	case DEFAULT_CURRENT_DATE:
		return date[type];
	case DEFAULT_CURRENT_TIME:
		return time[type];
	case DEFAULT_CURRENT_TIMESTAMP:
		return timestamp[type];
	case DEFAULT_NONE:
	case DEFAULT_SQL:
	case DEFAULT_NULL:
	case DEFAULT_VALUE:
	case DEFAULT_FORMULA:
		break;
	}
	return NULL;
}

bool
ddl_check_name(const char *kind, const char *name, Error *err)
{
	if (name[0] != '\0' && strlen(name) <= DDL_NAME_BYTES)
		return true;
	return error_set(err, ERROR_DUMP,
	    "%s \"%s\" has a name of %zu bytes; PostgreSQL's have 1 to %d",
	    kind, name, strlen(name), DDL_NAME_BYTES);
}

static bool
check_generated(const Column *column, Error *err)
{
	if (column->generated == GENERATED_NO)
		return true;
	if (column->generated == GENERATED_STORED && column->formula != NULL &&
	    !column->identity && column->default_kind == DEFAULT_NONE)
		return true;
	return error_set(err, ERROR_DUMP,
	    "column \"%s\" is generated, but not by a stored formula alone",
	    column->name);
}

static bool
check_column(const Column *column, Error *err)
{
	TypeName type = column->type.name;

	if (!ddl_check_name("column", column->name, err))
		return false;
	if (column->identity && type != TYPE_BIGINT && type != TYPE_INTEGER &&
	    type != TYPE_SMALLINT)
		return error_set(err, ERROR_DUMP,
		    "column \"%s\" is an identity, but not of an integer type",
		    column->name);
	if (!check_generated(column, err))
		return false;
	switch (column->default_kind) {
	case DEFAULT_NONE:
	case DEFAULT_NULL:
		return true;
	case DEFAULT_FORMULA:
		if (column->formula != NULL)
			return true;
		break;
	case DEFAULT_VALUE:
		if (column->default_text != NULL)
			return true;
		break;
	case DEFAULT_SQL:
		break;
	case DEFAULT_CURRENT_DATE:
	case DEFAULT_CURRENT_TIME:
	case DEFAULT_CURRENT_TIMESTAMP:
		if (current_default(column->default_kind, type) != NULL)
			return true;
	}
	return error_set(err, ERROR_DUMP,
	    "column \"%s\" has a default that its type cannot hold",
	    column->name);
}

bool
ddl_has_column(const Table *table, int column)
{
	return column >= 0 && (size_t)column < table->n_columns;
}

/* All columns, all rows: what a constraint can be made of. */
static bool
is_plain(const Index *index)
{
	size_t i;

	for (i = 0; i < index->n_parts; i++) {
		if (index->parts[i].formula != NULL)
			return false;
	}
	return index->condition == NULL;
}

static bool
check_index(const Table *table, const Index *index, Error *err)
{
	size_t i;

	if (index->name[0] != '\0' &&
	    !ddl_check_name("index", index->name, err))
		return false;
	if (index->n_parts == 0 || index->n_parts > DDL_INDEX_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "index \"%s\" has %zu columns; PostgreSQL's have 1 to %d",
		    index->name, index->n_parts, DDL_INDEX_LIMIT);
	for (i = 0; i < index->n_parts; i++) {
		if (index->parts[i].formula == NULL &&
		    !ddl_has_column(table, index->parts[i].column))
			return error_set(err, ERROR_DUMP,
			    "index \"%s\" is over an expression that is no "
			    "formula",
			    index->name);
	}
	if (index->where != NULL && index->where[0] != '\0')
		return error_set(err, ERROR_DUMP,
		    "index \"%s\" has a condition that is no formula",
		    index->name);
	if (!ddl_is_constraint(index) || is_plain(index))
		return true;
	return error_set(err, ERROR_DUMP,
	    "index \"%s\" is a key, but of an expression or of some rows only",
	    index->name);
}

static bool
check_table(const Table *table, Error *err)
{
	size_t i;

	if (!ddl_check_name("table", table->name, err) ||
	    (table->namespace != NULL &&
		!ddl_check_name("schema", table->namespace, err)))
		return false;
	if (table->n_columns > DDL_COLUMNS_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "%zu columns; PostgreSQL's tables have at most %d",
		    table->n_columns, DDL_COLUMNS_LIMIT);
	for (i = 0; i < table->n_columns; i++) {
		if (!check_column(&table->columns[i], err))
			return false;
	}
	for (i = 0; i < table->n_indexes; i++) {
		if (!check_index(table, &table->indexes[i], err))
			return false;
	}
	for (i = 0; i < table->n_foreign_keys; i++) {
		if (!foreign_key_check(table, &table->foreign_keys[i], err))
			return false;
	}
	for (i = 0; i < table->n_checks; i++) {
		if (!constraint_check(&table->checks[i], err))
			return false;
	}
	return true;
}

bool
ddl_check(const Schema *schema, Error *err)
{
	size_t i;

	for (i = 0; i < schema->n_tables; i++) {
		if (!check_table(&schema->tables[i], err))
			return error_add(err, "schema.json, table \"%s\"",
			    schema->tables[i].name);
	}
	return true;
}

const Index *
ddl_primary_key(const Table *table)
{
	size_t i;

	for (i = 0; i < table->n_indexes; i++) {
		if (table->indexes[i].kind == INDEX_PRIMARY)
			return &table->indexes[i];
	}
	return NULL;
}

const char *
ddl_made_up_name(Buf *whole, const char *suffix, Arena *arena, Error *err)
{
	const char *text = buf_text(whole, err);
	size_t room = DDL_NAME_BYTES - strlen(suffix);
	char hex[DIGEST_HEX_BYTES];
	Digest digest;

	if (text == NULL)
		return NULL;
	if (whole->size <= room)
		return arena_format(arena, err, "%s%s", text, suffix);
	if (!digest_of(whole->data, whole->size, &digest, err))
		return NULL;
	digest_hex(&digest, hex);
	room -= 9;
	room = utf8_valid_prefix(whole->data, room);
	return arena_format(
	    arena, err, "%.*s_%.8s%s", (int)room, text, hex, suffix);
}

/* Expressions are called expr, expr1, ... as PostgreSQL does (indexcmds.c,
 * ChooseIndexColumnNames). */
static bool
put_part(Buf *out, const Table *table, const IndexPart *part,
    unsigned *expressions, Error *err)
{
	unsigned number;

	if (part->formula == NULL)
		return buf_put_text(out, "_", err) &&
		    buf_put_text(out, table->columns[part->column].name, err);
	number = (*expressions)++;
	if (number == 0)
		return buf_put_text(out, "_expr", err);
	return buf_put_format(out, err, "_expr%u", number);
}

const char *
ddl_index_name(const Table *table, size_t i, Arena *arena, Error *err)
{
	static const char *const suffixes[] = { [INDEX_PLAIN] = "_idx",
		[INDEX_UNIQUE] = "_key",
		[INDEX_PRIMARY] = "_pkey" };
	const Index *index = &table->indexes[i];
	Buf whole = { 0 };
	const char *name = NULL;
	unsigned expressions = 0;
	size_t part;
	bool good;

	if (index->name[0] != '\0')
		return index->name;
	good = buf_put_text(&whole, table->name, err);
	for (part = 0;
	     good && index->kind != INDEX_PRIMARY && part < index->n_parts;
	     part++)
		good = put_part(
		    &whole, table, &index->parts[part], &expressions, err);
	if (good)
		name =
		    ddl_made_up_name(&whole, suffixes[index->kind], arena, err);
	buf_free(&whole);
	return name;
}

bool
ddl_put_name(Buf *out, const char *namespace, const char *name, Error *err)
{
	return sqltext_put_name(out, namespace, err) &&
	    buf_put_text(out, ".", err) && sqltext_put_name(out, name, err);
}

const char *
ddl_namespace(const char *namespace, const Table *table)
{
	return table->namespace != NULL ? table->namespace : namespace;
}

bool
ddl_put_table_name(
    Buf *out, const char *namespace, const Table *table, Error *err)
{
	return ddl_put_name(
	    out, ddl_namespace(namespace, table), table->name, err);
}

bool
ddl_put_formula(
    Buf *out, const Formula *formula, const Table *table, Error *err)
{
	return buf_put_text(out, "(", err) &&
	    formula_put_sql(out, formula, table, err) &&
	    buf_put_text(out, ")", err);
}

/* Members of the primary key are declared NOT NULL from the start, so that a
 * NULL is found with its row and the key need not look for one. */
static bool
is_not_null(const Table *table, size_t column)
{
	const Index *primary = ddl_primary_key(table);
	size_t i;

	if (table->columns[column].not_null || table->columns[column].identity)
		return true;
	for (i = 0; primary != NULL && i < primary->n_parts; i++) {
		if ((size_t)primary->parts[i].column == column)
			return true;
	}
	return false;
}

/* A literal is cast to the type without its length: an explicit cast to
 * varchar(3) would cut it in silence, an assignment does not. */
static bool
put_default(Buf *out, const Table *table, const Column *column, Error *err)
{
	char sql[TYPE_SQL_BYTES];
	Type type = { .name = column->type.name };

	if (column->generated != GENERATED_NO)
		return buf_put_text(out, " GENERATED ALWAYS AS ", err) &&
		    ddl_put_formula(out, column->formula, table, err) &&
		    buf_put_text(out, " STORED", err);
	if (column->identity || column->default_kind == DEFAULT_NONE)
		return true;
	if (!buf_put_text(out, " DEFAULT ", err))
		return false;
	if (column->default_kind == DEFAULT_NULL)
		return buf_put_text(out, "NULL", err);
	if (column->default_kind == DEFAULT_FORMULA)
		return ddl_put_formula(out, column->formula, table, err);
	if (column->default_kind != DEFAULT_VALUE)
		return buf_put_text(
		    out, current_default(column->default_kind, type.name), err);
	if (type.name == TYPE_CHAR || type.name == TYPE_VARCHAR)
		type.name = TYPE_TEXT;
	return sqltext_put_literal(out, column->default_text, err) &&
	    buf_put_text(out, "::", err) &&
	    buf_put_text(out, type_sql(type, sql), err);
}

static bool
put_column(Buf *out, const Table *table, size_t i, Error *err)
{
	const Column *column = &table->columns[i];
	char sql[TYPE_SQL_BYTES];

	return buf_put_text(out, i == 0 ? "\n\t" : ",\n\t", err) &&
	    sqltext_put_name(out, column->name, err) &&
	    buf_put_text(out, " ", err) &&
	    buf_put_text(out, type_sql(column->type, sql), err) &&
	    (!is_not_null(table, i) || buf_put_text(out, " NOT NULL", err)) &&
	    (!column->identity ||
		buf_put_text(out, " GENERATED BY DEFAULT AS IDENTITY", err)) &&
	    put_default(out, table, column, err);
}

bool
ddl_put_table(Buf *out, const char *namespace, const Table *table, Error *err)
{
	size_t i;

	if (!buf_put_text(out, "CREATE TABLE ", err) ||
	    !ddl_put_table_name(out, namespace, table, err) ||
	    !buf_put_text(out, " (", err))
		return false;
	for (i = 0; i < table->n_columns; i++) {
		if (!put_column(out, table, i, err))
			return false;
	}
	return buf_put_text(out, "\n)", err);
}

static bool
put_index_part(Buf *out, const Table *table, const IndexPart *part, Error *err)
{
	if (part->formula != NULL)
		return ddl_put_formula(out, part->formula, table, err);
	return sqltext_put_name(out, table->columns[part->column].name, err);
}

bool
ddl_put_index(Buf *out, const char *namespace, const Table *table,
    const Index *index, const char *name, Error *err)
{
	const IndexPart *part;
	size_t i;

	if (!buf_put_text(out,
		index->kind == INDEX_PLAIN ? "CREATE INDEX "
					   : "CREATE UNIQUE INDEX ",
		err) ||
	    !sqltext_put_name(out, name, err) ||
	    !buf_put_text(out, " ON ", err) ||
	    !ddl_put_table_name(out, namespace, table, err) ||
	    !buf_put_text(out, " (", err))
		return false;
	for (i = 0; i < index->n_parts; i++) {
		part = &index->parts[i];
		/* A constraint takes over only an index in default order. */
		if (!buf_put_text(out, i == 0 ? "" : ", ", err) ||
		    !put_index_part(out, table, part, err) ||
		    (part->descending && !ddl_is_constraint(index) &&
			!buf_put_text(out, " DESC", err)))
			return false;
	}
	if (!buf_put_text(out, ")", err))
		return false;
	return index->condition == NULL ||
	    (buf_put_text(out, " WHERE ", err) &&
		ddl_put_formula(out, index->condition, table, err));
}

bool
ddl_put_alter(Buf *out, const char *namespace, const Table *table, Error *err)
{
	return buf_put_text(out, "ALTER TABLE ", err) &&
	    ddl_put_table_name(out, namespace, table, err);
}

bool
ddl_is_constraint(const Index *index)
{
	return index->kind == INDEX_PRIMARY ||
	    (index->kind == INDEX_UNIQUE && index->constraint);
}

bool
ddl_put_constraint(Buf *out, const char *namespace, const Table *table,
    const Index *index, const char *name, Error *err)
{
	return ddl_put_alter(out, namespace, table, err) &&
	    buf_put_text(out, " ADD CONSTRAINT ", err) &&
	    sqltext_put_name(out, name, err) &&
	    buf_put_text(out,
		index->kind == INDEX_PRIMARY ? " PRIMARY KEY USING INDEX "
					     : " UNIQUE USING INDEX ",
		err) &&
	    sqltext_put_name(out, name, err);
}

bool
ddl_put_copy(Buf *out, const char *namespace, const Table *table,
    const bool *skipped, DdlCopy format, Error *err)
{
	size_t i, n = 0;

	if (!buf_put_text(out, "COPY ", err) ||
	    !ddl_put_table_name(out, namespace, table, err) ||
	    !buf_put_text(out, " (", err))
		return false;
	for (i = 0; i < table->n_columns; i++) {
		if (skipped != NULL && skipped[i])
			continue;
		if (!buf_put_text(out, n++ == 0 ? "" : ", ", err) ||
		    !sqltext_put_name(out, table->columns[i].name, err))
			return false;
	}
	return buf_put_format(out, err, ") FROM STDIN (FORMAT %s)",
	    format == DDL_COPY_BINARY ? "binary" : "text");
}

/* pg_get_serial_sequence reads its first argument as a name in SQL and takes
 * its second as it stands (functions-info). */
bool
ddl_put_sequence(Buf *out, const char *namespace, const Table *table,
    const Column *column, Error *err)
{
	Buf name = { 0 };
	const char *text;
	bool good = false;

	if (!ddl_put_table_name(&name, namespace, table, err))
		goto done;
	text = buf_text(&name, err);
	if (text == NULL)
		goto done;
	good =
	    buf_put_text(out, "SELECT setval(pg_get_serial_sequence(", err) &&
	    sqltext_put_literal(out, text, err) &&
	    buf_put_text(out, ", ", err) &&
	    sqltext_put_literal(out, column->name, err) &&
	    buf_put_text(
		out, "), top, true) FROM (SELECT greatest(max(", err) &&
	    sqltext_put_name(out, column->name, err) &&
	    buf_put_format(out, err, "), %lld::bigint) AS top FROM ",
		(long long)table->sequence) &&
	    buf_put(out, name.data, name.size, err) &&
	    buf_put_text(out, ") AS highest WHERE top >= 1", err);
done:
	buf_free(&name);
	return good;
}
