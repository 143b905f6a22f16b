#include "formats/formula.h"

#include <string.h>

/* MaxHeapAttributeNumber: more columns than that no table has that a formula
 * is for, and finding one by its name stays cheap. */
#define COLUMNS_LIMIT 1600

/* What is no operation. */
#define WORD_COLUMN  "column"
#define WORD_LITERAL "literal"
#define WORD_NULL    "null"
#define WORD_CAST    "cast"

static void
put_type(JsonWriter *json, Type type)
{
	char sql[TYPE_SQL_BYTES];

	json_put_text(json, NULL, type_sql(type, sql));
}

void
formula_put_json(JsonWriter *json, const char *key, const Formula *formula,
    const Table *table)
{
	size_t i;

	json_begin_array(json, key);
	switch (formula->kind) {
	case FORMULA_COLUMN:
		json_put_text(json, NULL, WORD_COLUMN);
		json_put_text(json, NULL, table->columns[formula->column].name);
		break;
	case FORMULA_LITERAL:
		json_put_text(json, NULL,
		    formula->text == NULL ? WORD_NULL : WORD_LITERAL);
		put_type(json, formula->type);
		if (formula->text != NULL)
			json_put_text(json, NULL, formula->text);
		break;
	case FORMULA_CAST:
		json_put_text(json, NULL, WORD_CAST);
		put_type(json, formula->type);
		break;
	case FORMULA_CALL:
		json_put_text(
		    json, NULL, formula_operation_name(formula->operation));
		break;
	}
	for (i = 0; i < formula->n_arguments; i++)
		formula_put_json(json, NULL, formula->arguments[i], table);
	json_end(json);
}

/* A formula being read. */
typedef struct {
	const char *where;
	const Table *table;
	Arena *arena;
	size_t depth; /* levels that are open */
	size_t nodes; /* read so far */
} Reader;

static bool read_node(
    Reader *reader, const JsonNode *node, const Formula **formula, Error *err);

static bool
wrong_count(const Reader *reader, const char *word, size_t n, Error *err)
{
	return error_set(err, ERROR_DUMP,
	    "%s: a formula's \"%s\" cannot have %zu arguments", reader->where,
	    word, n);
}

static bool
text_at(const Reader *reader, const JsonNode *node, size_t i, const char **text,
    Error *err)
{
	return json_node_text(
	    json_array_at(node, i), reader->where, text, reader->arena, err);
}

static bool
read_type(const Reader *reader, const JsonNode *node, Type *type, Error *err)
{
	const char *text;

	if (!text_at(reader, node, 1, &text, err))
		return false;
	return type_parse(text, type) ||
	    error_set(err, ERROR_DUMP, "%s: unknown type \"%s\"", reader->where,
		text);
}

static bool
read_column(const Reader *reader, const JsonNode *node, const Formula **formula,
    Error *err)
{
	const Table *table = reader->table;
	const char *name;
	size_t i;

	if (!text_at(reader, node, 1, &name, err))
		return false;
	for (i = 0; i < table->n_columns; i++) {
		if (strcmp(table->columns[i].name, name) != 0)
			continue;
		*formula = formula_column((int)i, reader->arena, err);
		return *formula != NULL;
	}
	return error_set(err, ERROR_DUMP, "%s: the table has no column \"%s\"",
	    reader->where, name);
}

static bool
read_literal(const Reader *reader, const JsonNode *node, bool null,
    const Formula **formula, Error *err)
{
	const char *text = NULL;
	Type type;

	if (!read_type(reader, node, &type, err) ||
	    (!null && !text_at(reader, node, 2, &text, err)))
		return false;
	*formula = formula_literal(type, text, reader->arena, err);
	return *formula != NULL;
}

static bool
read_cast(
    Reader *reader, const JsonNode *node, const Formula **formula, Error *err)
{
	const Formula *of;
	Type type;

	if (!read_type(reader, node, &type, err) ||
	    !read_node(reader, json_array_at(node, 2), &of, err))
		return false;
	*formula = formula_cast(of, type, reader->arena, err);
	return *formula != NULL;
}

static bool
find_operation(const Reader *reader, const char *word,
    FormulaOperation *operation, Error *err)
{
	int i;

	for (i = 0; i < FORMULA_OPERATIONS; i++) {
		*operation = (FormulaOperation)i;
		if (strcmp(formula_operation_name(*operation), word) == 0)
			return true;
	}
	return error_set(err, ERROR_DUMP, "%s: \"%s\" is no formula's word",
	    reader->where, word);
}

static bool
read_call(Reader *reader, const JsonNode *node, const char *word,
    const Formula **formula, Error *err)
{
	const Formula **arguments;
	FormulaOperation operation;
	size_t i, n;

	if (!find_operation(reader, word, &operation, err) ||
	    !json_array_count(node, reader->where, &n, err))
		return false;
	n--;
	if (!formula_operation_takes(operation, n))
		return wrong_count(reader, word, n, err);
	arguments = arena_alloc(reader->arena, n, sizeof(*arguments), err);
	if (arguments == NULL)
		return false;
	for (i = 0; i < n; i++)
		if (!read_node(
			reader, json_array_at(node, i + 1), &arguments[i], err))
			return false;
	*formula = formula_call(operation, arguments, n, reader->arena, err);
	return *formula != NULL;
}

static bool
read_word(Reader *reader, const JsonNode *node, size_t n,
    const Formula **formula, Error *err)
{
	const char *word;
	bool null;

	if (n == 0)
		return error_set(
		    err, ERROR_DUMP, "%s: a formula is empty", reader->where);
	if (!text_at(reader, node, 0, &word, err))
		return false;
	null = strcmp(word, WORD_NULL) == 0;
	if (null || strcmp(word, WORD_COLUMN) == 0) {
		if (n != 2)
			return wrong_count(reader, word, n - 1, err);
		return null ? read_literal(reader, node, true, formula, err)
			    : read_column(reader, node, formula, err);
	}
	if (strcmp(word, WORD_LITERAL) == 0)
		return n == 3 ? read_literal(reader, node, false, formula, err)
			      : wrong_count(reader, word, n - 1, err);
	if (strcmp(word, WORD_CAST) == 0)
		return n == 3 ? read_cast(reader, node, formula, err)
			      : wrong_count(reader, word, n - 1, err);
	return read_call(reader, node, word, formula, err);
}

static bool
read_node(
    Reader *reader, const JsonNode *node, const Formula **formula, Error *err)
{
	size_t n;
	bool success;

	if (!json_array_count(node, reader->where, &n, err))
		return false;
	if (reader->depth == FORMULA_DEPTH)
		return error_set(err, ERROR_DUMP,
		    "%s: a formula is deeper than %d levels", reader->where,
		    FORMULA_DEPTH);
	if (reader->nodes == FORMULA_NODES)
		return error_set(err, ERROR_DUMP,
		    "%s: a formula has more than %d parts", reader->where,
		    FORMULA_NODES);
	reader->depth++;
	reader->nodes++;
	success = read_word(reader, node, n, formula, err);
	reader->depth--;
	return success;
}

bool
formula_read(const JsonNode *node, const char *where, const Table *table,
    Arena *arena, const Formula **formula, Error *err)
{
	Reader reader = { .where = where, .table = table, .arena = arena };

	if (table->n_columns > COLUMNS_LIMIT)
		return error_set(err, ERROR_DUMP,
		    "%s: a formula for a table of %zu columns, of which "
		    "PostgreSQL has at most %d",
		    where, table->n_columns, COLUMNS_LIMIT);
	return read_node(&reader, node, formula, err);
}
