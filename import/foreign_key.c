#include "import/foreign_key.h"

#include <string.h>

#include "formats/sqltext.h"

#include "import/ddl.h"

/* The words for what a foreign key does (sql-createtable, REFERENCES). */
static const char *
action_sql(const char *action)
{
	static const char *const actions[] = { "CASCADE", "NO ACTION",
		"RESTRICT", "SET DEFAULT", "SET NULL" };
	size_t i;

	for (i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		if (action != NULL && strcmp(action, actions[i]) == 0)
			return actions[i];
	}
	return NULL;
}

bool
foreign_key_check(const Table *table, const ForeignKey *key, Error *err)
{
	size_t i;

	if (key->name[0] != '\0' &&
	    !ddl_check_name("foreign key", key->name, err))
		return false;
	if (key->n_columns == 0 || key->n_columns > DDL_INDEX_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "a foreign key to \"%s\" has %zu columns", key->parent,
		    key->n_columns);
	for (i = 0; i < key->n_columns; i++) {
		if (!ddl_has_column(table, key->columns[i]))
			return error_set(err, ERROR_DUMP,
			    "a foreign key to \"%s\" names a column that is "
			    "not there",
			    key->parent);
	}
	if (action_sql(key->on_update) == NULL ||
	    action_sql(key->on_delete) == NULL)
		return error_set(err, ERROR_DUMP,
		    "a foreign key to \"%s\" has an unknown action",
		    key->parent);
	return true;
}

/* How many of the table's earlier foreign keys have the same columns. */
static unsigned
twins_before(const Table *table, size_t i)
{
	const ForeignKey *key = &table->foreign_keys[i], *other;
	unsigned n = 0;

	for (other = table->foreign_keys; other < key; other++) {
		if (other->name[0] == '\0' &&
		    other->n_columns == key->n_columns &&
		    memcmp(other->columns, key->columns,
			key->n_columns * sizeof *key->columns) == 0)
			n++;
	}
	return n;
}

const char *
foreign_key_name(const Table *table, size_t i, Arena *arena, Error *err)
{
	const ForeignKey *key = &table->foreign_keys[i];
	Buf whole = { 0 }, suffix = { 0 };
	const char *name = NULL, *text;
	unsigned twins = twins_before(table, i);
	size_t part;
	bool good;

	if (key->name[0] != '\0')
		return key->name;
	good = buf_put_text(&whole, table->name, err);
	for (part = 0; good && part < key->n_columns; part++)
		good = buf_put_text(&whole, "_", err) &&
		    buf_put_text(
			&whole, table->columns[key->columns[part]].name, err);
	good = good && buf_put_text(&suffix, "_fkey", err) &&
	    (twins == 0 || buf_put_format(&suffix, err, "%u", twins));
	text = good ? buf_text(&suffix, err) : NULL;
	if (text != NULL)
		name = ddl_made_up_name(&whole, text, arena, err);
	buf_free(&whole);
	buf_free(&suffix);
	return name;
}

/* "a", "b" */
static bool
put_key_columns(Buf *out, const Table *table, const ForeignKey *key, Error *err)
{
	size_t i;

	for (i = 0; i < key->n_columns; i++) {
		if (!buf_put_text(out, i == 0 ? "" : ", ", err) ||
		    !sqltext_put_name(
			out, table->columns[key->columns[i]].name, err))
			return false;
	}
	return true;
}

static bool
put_parent_columns(Buf *out, const ForeignKey *key, Error *err)
{
	size_t i;

	for (i = 0; i < key->n_columns; i++) {
		if (!buf_put_text(out, i == 0 ? "" : ", ", err) ||
		    !sqltext_put_name(out, key->parent_columns[i], err))
			return false;
	}
	return true;
}

const char *
foreign_key_parent_namespace(const char *namespace, const ForeignKey *key)
{
	return key->parent_namespace != NULL ? key->parent_namespace
					     : namespace;
}

static bool
put_parent(Buf *out, const char *namespace, const ForeignKey *key, Error *err)
{
	return ddl_put_name(out, foreign_key_parent_namespace(namespace, key),
	    key->parent, err);
}

bool
foreign_key_put_valid(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, const char *name, Error *err)
{
	return ddl_put_alter(out, namespace, table, err) &&
	    buf_put_text(out, " ADD CONSTRAINT ", err) &&
	    sqltext_put_name(out, name, err) &&
	    buf_put_text(out, " FOREIGN KEY (", err) &&
	    put_key_columns(out, table, key, err) &&
	    buf_put_text(out, ") REFERENCES ", err) &&
	    put_parent(out, namespace, key, err) &&
	    buf_put_text(out, " (", err) && put_parent_columns(out, key, err) &&
	    buf_put_format(out, err, ") ON UPDATE %s ON DELETE %s%s",
		action_sql(key->on_update), action_sql(key->on_delete),
		key->deferred ? " DEFERRABLE INITIALLY DEFERRED" : "");
}

bool
foreign_key_put(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, const char *name, Error *err)
{
	return foreign_key_put_valid(out, namespace, table, key, name, err) &&
	    buf_put_text(out, " NOT VALID", err);
}

/* test of every column of the key, such as "c.a IS NULL OR c.b IS NULL". */
static bool
put_tests(Buf *out, const Table *table, const ForeignKey *key,
    const char *between, const char *test, Error *err)
{
	size_t i;

	for (i = 0; i < key->n_columns; i++) {
		if (!buf_put_text(out, i == 0 ? "" : between, err) ||
		    !buf_put_text(out, "c.", err) ||
		    !sqltext_put_name(
			out, table->columns[key->columns[i]].name, err) ||
		    !buf_put_text(out, test, err))
			return false;
	}
	return true;
}

static bool
put_no_parent(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, Error *err)
{
	size_t i;

	if (!buf_put_text(out, "NOT EXISTS (SELECT FROM ", err) ||
	    !put_parent(out, namespace, key, err) ||
	    !buf_put_text(out, " AS p WHERE ", err))
		return false;
	for (i = 0; i < key->n_columns; i++) {
		if (!buf_put_text(out, i == 0 ? "p." : " AND p.", err) ||
		    !sqltext_put_name(out, key->parent_columns[i], err) ||
		    !buf_put_text(out, " = c.", err) ||
		    !sqltext_put_name(
			out, table->columns[key->columns[i]].name, err))
			return false;
	}
	return buf_put_text(out, ")", err);
}

bool
foreign_key_put_orphan_test(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, bool full, Error *err)
{
	if (!full)
		return put_tests(
			   out, table, key, " AND ", " IS NOT NULL", err) &&
		    buf_put_text(out, " AND ", err) &&
		    put_no_parent(out, namespace, table, key, err);
	return buf_put_text(out, "(", err) &&
	    put_tests(out, table, key, " OR ", " IS NOT NULL", err) &&
	    buf_put_text(out, ") AND (", err) &&
	    put_tests(out, table, key, " OR ", " IS NULL", err) &&
	    buf_put_text(out, " OR ", err) &&
	    put_no_parent(out, namespace, table, key, err) &&
	    buf_put_text(out, ")", err);
}

bool
foreign_key_put_orphan_rows(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, bool full, Error *err)
{
	return buf_put_text(out, " FROM ", err) &&
	    ddl_put_table_name(out, namespace, table, err) &&
	    buf_put_text(out, " AS c WHERE ", err) &&
	    foreign_key_put_orphan_test(out, namespace, table, key, full, err);
}

bool
foreign_key_put_orphan_count(Buf *out, const char *namespace,
    const Table *table, const ForeignKey *key, bool full, Error *err)
{
	return buf_put_text(out, "SELECT count(*)", err) &&
	    foreign_key_put_orphan_rows(out, namespace, table, key, full, err);
}

bool
foreign_key_put_orphans(Buf *out, const char *namespace, const Table *table,
    const ForeignKey *key, bool full, Error *err)
{
	const Index *primary = ddl_primary_key(table);
	size_t i;

	if (!buf_put_text(out, "SELECT ", err))
		return false;
	for (i = 0; primary != NULL && i < primary->n_parts; i++) {
		if (!sqltext_put_name(out,
			table->columns[primary->parts[i].column].name, err) ||
		    !buf_put_text(out, ", ", err))
			return false;
	}
	return put_key_columns(out, table, key, err) &&
	    foreign_key_put_orphan_rows(
		out, namespace, table, key, full, err) &&
	    buf_put_text(out, " ORDER BY 1", err);
}
