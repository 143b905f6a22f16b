#include "formats/schema.h"

#include "formats/digest.h"
#include "formats/document.h"
#include "formats/formula.h"
#include "formats/json.h"
#include "formats/schema_names.h"

/* A directory's longest name; past it the name is cut and a digest follows
 * that keeps it one of its kind. */
#define DIRECTORY_BYTES  100
#define DIRECTORY_CUT    67
#define DIRECTORY_DIGITS 32

static bool
stands_for_itself(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Write at most limit bytes of the encoding, never part of a %HH; returns
 * the bytes written and where in name it ended. */
static size_t
encode_name(char *out, size_t limit, const char **name)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;
	unsigned char c;

	for (; **name != '\0'; (*name)++) {
		c = (unsigned char)**name;
		if (stands_for_itself(**name)) {
			if (n + 1 > limit)
				break;
			out[n++] = (char)c;
			continue;
		}
		if (n + 3 > limit)
			break;
		out[n++] = '%';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	return n;
}

const char *
schema_directory(const char *name, Arena *arena, Error *err)
{
	char encoded[DIRECTORY_BYTES + 1], hex[DIGEST_HEX_BYTES];
	const char *at = name;
	Digest digest;
	size_t n;

	if (*name == '\0')
		return arena_text(arena, "%", err);
	n = encode_name(encoded, DIRECTORY_BYTES, &at);
	if (*at != '\0') {
		if (!digest_of(name, strlen(name), &digest, err))
			return NULL;
		digest_hex(&digest, hex);
		at = name;
		n = encode_name(encoded, DIRECTORY_CUT, &at);
		encoded[n++] = '-';
		memcpy(encoded + n, hex, DIRECTORY_DIGITS);
		n += DIRECTORY_DIGITS;
	}
	encoded[n] = '\0';
	return arena_text(arena, encoded, err);
}

const char *const *
schema_column_names(const Table *table, Arena *arena, Error *err)
{
	const char **names =
	    arena_alloc(arena, table->n_columns, sizeof(*names), err);
	size_t i;

	for (i = 0; names != NULL && i < table->n_columns; i++)
		names[i] = table->columns[i].name;
	return names;
}

const Affinity *
schema_affinities(const Table *table, Arena *arena, Error *err)
{
	Affinity *affinities =
	    arena_alloc(arena, table->n_columns, sizeof(*affinities), err);
	size_t i;

	for (i = 0; affinities != NULL && i < table->n_columns; i++)
		affinities[i] = table->columns[i].affinity;
	return affinities;
}

const Type *
schema_types(const Table *table, Arena *arena, Error *err)
{
	Type *types = arena_alloc(arena, table->n_columns, sizeof(*types), err);
	size_t i;

	for (i = 0; types != NULL && i < table->n_columns; i++)
		types[i] = table->columns[i].type;
	return types;
}

/* What is false, 0, empty or NULL is left out of the document. */

static void
put_text(JsonWriter *json, const char *key, const char *text)
{
	if (text != NULL && *text != '\0')
		json_put_text(json, key, text);
}

/* An expression: the empty one is not none. */
static void
put_expression(JsonWriter *json, const char *key, const char *text)
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
put_formula(JsonWriter *json, const char *key, const Formula *formula,
    const Table *table)
{
	if (formula != NULL)
		formula_put_json(json, key, formula, table);
}

static void
put_generated(JsonWriter *json, const Column *column)
{
	if (column->generated != GENERATED_NO)
		json_put_text(json, "generated",
		    schema_names_generated.words[column->generated]);
}

static void
put_column(
    JsonWriter *json, const Table *table, const Column *column, Dialect dialect)
{
	char sql[TYPE_SQL_BYTES];

	json_begin_object(json, NULL);
	put_name(json, "name", column->name);
	if (dialect == DIALECT_SQLITE) {
		put_text(json, "declared", column->declared);
		json_put_text(
		    json, "affinity", value_affinity_name(column->affinity));
		put_text(json, "collation", column->collation);
		put_generated(json, column);
		if (column->generated != GENERATED_NO)
			put_expression(
			    json, "generated_text", column->generated_text);
	} else {
		put_expression(json, "source", column->source);
		json_put_text(json, "type", type_sql(column->type, sql));
		put_true(json, "identity", column->identity);
	}
	put_true(json, "not_null", column->not_null);
	if (column->default_kind != DEFAULT_NONE) {
		json_put_text(json, "default",
		    schema_names_defaults.words[column->default_kind]);
		put_expression(json, "default_text", column->default_text);
	}
	if (dialect == DIALECT_POSTGRESQL) {
		put_generated(json, column);
		put_formula(json, "formula", column->formula, table);
	}
	json_end(json);
}

static void
put_index_part(JsonWriter *json, const Table *table, const IndexPart *part)
{
	json_begin_object(json, NULL);
	if (part->column >= 0)
		put_name(json, "column", table->columns[part->column].name);
	else if (part->formula != NULL)
		put_formula(json, "formula", part->formula, table);
	else
		put_name(json, "expression", part->text);
	put_text(json, "collation", part->collation);
	put_true(json, "descending", part->descending);
	json_end(json);
}

static void
put_index(JsonWriter *json, const Table *table, const Index *index)
{
	size_t i;

	json_begin_object(json, NULL);
	put_name(json, "name", index->name);
	put_text(json, "source", index->source);
	json_put_text(
	    json, "kind", schema_names_index_kinds.words[index->kind]);
	put_true(json, "constraint", index->constraint);
	json_begin_array(json, "parts");
	for (i = 0; i < index->n_parts; i++)
		put_index_part(json, table, &index->parts[i]);
	json_end(json);
	put_expression(json, "where", index->where);
	put_formula(json, "condition", index->condition, table);
	json_end(json);
}

static const char *
action_or_none(const char *action)
{
	return action == NULL ? "NO ACTION" : action;
}

static void
put_foreign_key(JsonWriter *json, const Table *table, const ForeignKey *key)
{
	size_t i;

	json_begin_object(json, NULL);
	put_name(json, "name", key->name);
	json_begin_array(json, "columns");
	for (i = 0; i < key->n_columns; i++)
		put_name(json, NULL, table->columns[key->columns[i]].name);
	json_end(json);
	put_text(json, "parent_namespace", key->parent_namespace);
	put_name(json, "parent", key->parent);
	json_begin_array(json, "parent_columns");
	for (i = 0; i < key->n_columns; i++)
		put_name(json, NULL, key->parent_columns[i]);
	json_end(json);
	json_put_text(json, "on_update", action_or_none(key->on_update));
	json_put_text(json, "on_delete", action_or_none(key->on_delete));
	put_true(json, "deferred", key->deferred);
	json_end(json);
}

static void
put_keys(JsonWriter *json, const Table *table)
{
	size_t i;

	if (table->n_indexes > 0) {
		json_begin_array(json, "indexes");
		for (i = 0; i < table->n_indexes; i++)
			put_index(json, table, &table->indexes[i]);
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
		if (table->checks[i].formula != NULL)
			put_formula(
			    json, "formula", table->checks[i].formula, table);
		else
			put_name(json, "text", table->checks[i].text);
		json_end(json);
	}
	json_end(json);
}

static void
put_table(JsonWriter *json, const Table *table, Dialect dialect)
{
	size_t i;

	json_begin_object(json, NULL);
	put_name(json, "name", table->name);
	if (dialect == DIALECT_POSTGRESQL)
		put_expression(json, "source", table->source);
	if (dialect == DIALECT_POSTGRESQL)
		put_text(json, "namespace", table->namespace);
	put_name(json, "directory", table->directory);
	json_put_text(
	    json, "kind", schema_names_table_kinds.words[table->kind]);
	put_true(json, "strict", table->strict);
	put_true(json, "autoincrement", table->autoincrement);
	if (table->sequence != 0)
		json_put_integer(json, "sequence", table->sequence);
	if (table->rowid_column >= 0)
		put_name(json, "rowid_column",
		    table->columns[table->rowid_column].name);
	json_begin_array(json, "columns");
	for (i = 0; i < table->n_columns; i++)
		put_column(json, table, &table->columns[i], dialect);
	json_end(json);
	put_keys(json, table);
	if (dialect == DIALECT_SQLITE)
		put_expression(json, "sql", table->sql);
	json_end(json);
}

static void
put_left_out(JsonWriter *json, const LeftOut *left_out)
{
	json_begin_object(json, NULL);
	put_name(json, "kind", left_out->kind);
	put_text(json, "table", left_out->table);
	put_text(json, "name", left_out->name);
	put_text(json, "text", left_out->text);
	put_text(json, "reason", left_out->reason);
	json_end(json);
}

bool
schema_write(const Schema *schema, Buf *out, Error *err)
{
	/* One table, and in it one column or key a line. */
	JsonWriter json = { .out = out, .lines = 4 };
	size_t i;

	if (!schema_names_check(schema, ERROR_FAILED, err))
		return false;
	document_begin(&json, schema->dialect);
	if (schema->dialect == DIALECT_POSTGRESQL)
		put_text(&json, "namespace", schema->namespace);
	if (schema->rejects_round != 0)
		json_put_integer(
		    &json, "rejects_round", (int64_t)schema->rejects_round);
	document_put_source(&json, &schema->source);
	json_begin_array(&json, "tables");
	for (i = 0; i < schema->n_tables; i++)
		put_table(&json, &schema->tables[i], schema->dialect);
	json_end(&json);
	if (schema->n_left_out > 0) {
		json_begin_array(&json, "left_out");
		for (i = 0; i < schema->n_left_out; i++)
			put_left_out(&json, &schema->left_out[i]);
		json_end(&json);
	}
	json_end(&json);
	if (!json_finish(&json, err) || !buf_put_text(out, "\n", err))
		return error_add(err, "schema.json");
	return true;
}

void
schema_free(Schema *schema)
{
	if (schema == NULL)
		return;
	arena_free(&schema->arena);
	*schema = (Schema){ 0 };
}
