#include "formats/target.h"

#include <stdlib.h>
#include <string.h>

#include "formats/document.h"
#include "formats/json.h"
#include "formats/target_words.h"

/* PostgreSQL's MAX_TIMESTAMP_PRECISION. */
#define FRACTION_DIGITS_MAX '6'

const char *const target_words_identity[TARGET_WORDS_IDENTITY] = {
	[TARGET_IDENTITY_NONE] = "none",
	[TARGET_IDENTITY_BY_DEFAULT] = "by_default",
	[TARGET_IDENTITY_ALWAYS] = "always",
};

/* "timestamp(3) with time zone" without its "(3)"; false where it has none, or
 * too much of it. */
static bool
take_fraction(const char *format_type, char plain[TYPE_SQL_BYTES], int *digits)
{
	const char *open = strchr(format_type, '(');
	size_t head;

	if (open == NULL || open[1] < '0' || open[1] > FRACTION_DIGITS_MAX ||
	    open[2] != ')')
		return false;
	head = (size_t)(open - format_type);
	if (head + strlen(open + 3) >= TYPE_SQL_BYTES)
		return false;
	memcpy(plain, format_type, head);
	memcpy(plain + head, open + 3, strlen(open + 3) + 1);
	*digits = open[1] - '0';
	return true;
}

static bool
has_fraction(TypeName type)
{
	return type == TYPE_TIME || type == TYPE_TIMESTAMP ||
	    type == TYPE_TIMESTAMPTZ;
}

void
target_set_type(TargetColumn *column, const char *format_type)
{
	char plain[TYPE_SQL_BYTES];
	Type type = { .name = TYPE_TEXT };
	int digits = 0;

	column->fraction_limited = false;
	column->fraction_digits = 0;
	column->known = type_parse(format_type, &type);
	if (!column->known && take_fraction(format_type, plain, &digits) &&
	    type_parse(plain, &type) && has_fraction(type.name)) {
		column->known = true;
		column->fraction_limited = true;
		column->fraction_digits = digits;
	}
	column->type = column->known ? type : (Type){ .name = TYPE_TEXT };
}

/* What is false, 0, empty or NULL is left out of the document. */

static void
put_text(JsonWriter *json, const char *key, const char *text)
{
	if (text != NULL)
		json_put_text(json, key, text);
}

static void
put_name(JsonWriter *json, const char *key, const char *name)
{
	json_put_text(json, key, name == NULL ? "" : name);
}

static void
put_true(JsonWriter *json, const char *key, bool value)
{
	if (value)
		json_put_bool(json, key, true);
}

static void
put_texts(JsonWriter *json, const char *key, const char **texts, size_t n)
{
	if (n == 0)
		return;
	json_begin_array(json, key);
	for (size_t i = 0; i < n; i++)
		put_name(json, NULL, texts[i]);
	json_end(json);
}

static void
put_columns(
    JsonWriter *json, const TargetTable *table, const int *columns, size_t n)
{
	json_begin_array(json, "columns");
	for (size_t i = 0; i < n; i++)
		put_name(json, NULL, table->columns[columns[i]].name);
	json_end(json);
}

static void
put_column(JsonWriter *json, const TargetColumn *column)
{
	char sql[TYPE_SQL_BYTES];

	json_begin_object(json, NULL);
	put_name(json, "name", column->name);
	put_name(json, "type", column->type_sql);
	if (column->known)
		json_put_text(json, "base", type_sql(column->type, sql));
	if (column->fraction_limited)
		json_put_integer(
		    json, "fraction_digits", column->fraction_digits);
	put_true(json, "domain", column->domain);
	put_true(json, "array", column->array);
	if (column->element_known)
		json_put_text(json, "element", type_sql(column->element, sql));
	put_texts(json, "labels", column->labels, column->n_labels);
	put_true(json, "not_null", column->not_null);
	put_text(json, "default", column->default_text);
	if (column->identity != TARGET_IDENTITY_NONE)
		json_put_text(
		    json, "identity", target_words_identity[column->identity]);
	put_true(json, "generated", column->generated);
	put_text(json, "sequence", column->sequence);
	json_end(json);
}

static void
put_key(JsonWriter *json, const TargetTable *table, const TargetKey *key)
{
	json_begin_object(json, NULL);
	put_name(json, "name", key->name);
	put_true(json, "primary", key->primary);
	put_columns(json, table, key->columns, key->n_columns);
	json_end(json);
}

static void
put_foreign_key(
    JsonWriter *json, const TargetTable *table, const TargetForeignKey *key)
{
	json_begin_object(json, NULL);
	put_name(json, "name", key->name);
	put_columns(json, table, key->columns, key->n_columns);
	put_name(json, "parent_namespace", key->parent_namespace);
	put_name(json, "parent", key->parent);
	put_texts(json, "parent_columns", key->parent_columns, key->n_columns);
	put_true(json, "deferrable", key->deferrable);
	put_true(json, "not_valid", !key->valid);
	json_end(json);
}

static void
put_constraints(JsonWriter *json, const TargetTable *table)
{
	size_t i;

	if (table->n_keys > 0) {
		json_begin_array(json, "keys");
		for (i = 0; i < table->n_keys; i++)
			put_key(json, table, &table->keys[i]);
		json_end(json);
	}
	if (table->n_foreign_keys > 0) {
		json_begin_array(json, "foreign_keys");
		for (i = 0; i < table->n_foreign_keys; i++)
			put_foreign_key(json, table, &table->foreign_keys[i]);
		json_end(json);
	}
	if (table->n_checks == 0)
		return;
	json_begin_array(json, "checks");
	for (i = 0; i < table->n_checks; i++) {
		json_begin_object(json, NULL);
		put_name(json, "name", table->checks[i].name);
		put_name(json, "text", table->checks[i].text);
		json_end(json);
	}
	json_end(json);
}

static void
put_table(JsonWriter *json, const TargetTable *table)
{
	json_begin_object(json, NULL);
	put_name(json, "namespace", table->namespace);
	put_name(json, "name", table->name);
	put_true(json, "partitioned", table->partitioned);
	put_true(json, "row_security", table->row_security);
	json_begin_array(json, "columns");
	for (size_t i = 0; i < table->n_columns; i++)
		put_column(json, &table->columns[i]);
	json_end(json);
	put_constraints(json, table);
	put_texts(json, "triggers", table->triggers, table->n_triggers);
	json_end(json);
}

bool
target_write(const Target *target, Buf *out, Error *err)
{
	/* One table, and in it one column or key a line. */
	JsonWriter json = { .out = out, .lines = 4 };

	document_begin(&json, DIALECT_POSTGRESQL);
	json_put_text(&json, "kind", TARGET_WORDS_KIND);
	put_name(&json, "server", target->server);
	put_name(&json, "namespace", target->namespace);
	json_begin_array(&json, "tables");
	for (size_t i = 0; i < target->n_tables; i++)
		put_table(&json, &target->tables[i]);
	json_end(&json);
	json_end(&json);
	if (!json_finish(&json, err) || !buf_put_text(out, "\n", err))
		return error_add(err, "the description of the target");
	return true;
}

void
target_free(Target *target)
{
	if (target == NULL)
		return;
	arena_free(&target->arena);
	*target = (Target){ 0 };
}
