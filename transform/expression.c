#include "transform/expression.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "formats/arena.h"
#include "formats/guess.h"
#include "formats/sqltext.h"
#include "transform/expression_rows.h"
#include "transform/expression_text.h"

static const char asks_for_time[] =
    "the expression asks for the current time, which is another each time";

struct Expressions {
	Arena arena;
	ExpressionRows rows;
	const Table *table;
	/*
	 * SELECT value, ..., where as 1 or 0.  Each column is evaluated for each
	 * row, and one that fails breaks the scan off; the condition alone
	 * then says whether the row was wanted at all.
	 */
	sqlite3_stmt *statement;
	sqlite3_stmt *condition; /* NULL: all rows are wanted */
	Value *values;
	size_t n_values;
	Buf message; /* why a row failed */

	/* What the authorizer saw while a statement was compiled. */
	size_t n_selects;
	char refusal[256]; /* "": none */
};

/* ---- compiling ---- */

static int
authorize_function(Expressions *expressions, const char *name)
{
	const char *reason = expression_text_refusal(name);

	if (reason == NULL)
		return SQLITE_OK;
	snprintf(expressions->refusal, sizeof(expressions->refusal),
	    "function \"%.64s\" %s", name, reason);
	return SQLITE_DENY;
}

/* Everything but one SELECT, from the one table, and functions of the list
 * (c3ref/set_authorizer.html). */
static int
authorize(void *context, int action, const char *first, const char *second,
    const char *database, const char *inner)
{
	Expressions *expressions = context;

	(void)database;
	(void)inner;
	switch (action) {
	case SQLITE_SELECT:
		if (expressions->n_selects++ == 0)
			return SQLITE_OK;
		snprintf(expressions->refusal, sizeof(expressions->refusal),
		    "a subquery; an expression sees one row");
		return SQLITE_DENY;
	case SQLITE_READ:
		if (first != NULL &&
		    sqlite3_stricmp(first, EXPRESSION_ROWS_TABLE) == 0)
			return SQLITE_OK;
		return SQLITE_DENY;
	case SQLITE_FUNCTION:
		return authorize_function(
		    expressions, second != NULL ? second : "");
	}
	return SQLITE_DENY;
}

/* The rest of the text behind a prefix; NULL where it begins otherwise. */
static const char *
behind(const char *text, const char *prefix)
{
	size_t size = strlen(prefix);

	return strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

/* The name in a message of SQLite's: quoted or not, and later versions add
 * advice (" - should this be a string literal in single-quotes?"). */
static bool
put_name(Buf *out, const char *rest, Error *err)
{
	const char *advice = strstr(rest, " - should this be");
	size_t size = advice != NULL ? (size_t)(advice - rest) : strlen(rest);

	if (size >= 2 && rest[0] == '"' && rest[size - 1] == '"') {
		rest++;
		size -= 2;
	}
	return buf_put(out, rest, size, err) && buf_text(out, err) != NULL;
}

static bool
refuse_column(const Expressions *expressions, const char *name,
    const char *text, Error *err)
{
	const Table *table = expressions->table;
	const char *last = strrchr(name, '.');
	const char *word = last != NULL ? last + 1 : name;
	Guess guess = { .text = word, .size = strlen(word) };
	const char *quoted = strstr(text, name);

	for (size_t i = 0; i < table->n_columns; i++)
		guess_offer(&guess, table->columns[i].name);
	if (guess_best(&guess) != NULL)
		return error_set(err, ERROR_USAGE,
		    "no such column: %s; did you mean \"%s\"?", name,
		    guess_best(&guess));
	if (quoted != NULL && quoted > text && quoted[-1] == '"')
		return error_set(err, ERROR_USAGE,
		    "no such column: %s; a string stands between single "
		    "quotes",
		    name);
	return error_set(err, ERROR_USAGE, "no such column: %s", name);
}

static bool
refuse_function(const char *name, Error *err)
{
	Guess guess = { .text = name, .size = strlen(name) };

	expression_text_offer(&guess);
	/* A name of the list that this library does not have. */
	if (expression_text_refusal(name) == NULL)
		return error_set(err, ERROR_USAGE,
		    "no such function: %s in SQLite %s", name,
		    sqlite3_libversion());
	if (guess_best(&guess) == NULL)
		return error_set(
		    err, ERROR_USAGE, "no such function: %s", name);
	return error_set(err, ERROR_USAGE,
	    "no such function: %s; did you mean \"%s\"?", name,
	    guess_best(&guess));
}

/* Why SQLite did not compile it. */
static bool
explain(const Expressions *expressions, const char *text, Error *err)
{
	const char *said = sqlite3_errmsg(expressions->rows.db), *rest;
	bool column;
	Buf name = { 0 };

	if (sqlite3_errcode(expressions->rows.db) == SQLITE_NOMEM)
		return error_set(err, ERROR_FAILED, "out of memory");
	if (expressions->refusal[0] != '\0')
		return error_set(err, ERROR_USAGE, "%s", expressions->refusal);
	rest = behind(said, "no such collation sequence: ");
	if (rest != NULL)
		return error_set(err, ERROR_USAGE,
		    "compares by \"%s\", a collation that SQLite does not "
		    "have; write COLLATE BINARY, NOCASE or RTRIM",
		    rest);
	/* "misuse of aggregate: max()", "misuse of window function lag()" */
	if (behind(said, "misuse of ") != NULL)
		return error_set(err, ERROR_USAGE,
		    "%s looks at many rows; an expression sees one",
		    strrchr(said, ' ') + 1);
	rest = behind(said, "no such column: ");
	column = rest != NULL;
	if (rest == NULL)
		rest = behind(said, "no such function: ");
	if (rest == NULL)
		return error_set(err, ERROR_USAGE, "%s", said);
	if (put_name(&name, rest, err)) {
		if (column)
			refuse_column(
			    expressions, (char *)name.data, text, err);
		else
			refuse_function((char *)name.data, err);
	}
	buf_free(&name);
	return false;
}

/* Compile "SELECT ..." and what follows FROM; text is blamed. */
static bool
compile(Expressions *expressions, Buf *sql, const char *text,
    sqlite3_stmt **statement, Error *err)
{
	const char *tail = NULL;

	expressions->n_selects = 0;
	expressions->refusal[0] = '\0';
	if (buf_text(sql, err) == NULL)
		return false;
	if (sqlite3_prepare_v3(expressions->rows.db, (char *)sql->data, -1,
		SQLITE_PREPARE_PERSISTENT, statement, &tail) != SQLITE_OK)
		return explain(expressions, text, err);
	if (*tail != '\0')
		return error_set(err, ERROR_USAGE,
		    "more than one expression: what follows is \"%.64s\"",
		    tail);
	return true;
}

/* The table by the name it has in the source, for "Orders".id. */
static bool
put_from(Buf *sql, const Table *table, Error *err)
{
	return buf_put_text(sql, " FROM " EXPRESSION_ROWS_TABLE " AS ", err) &&
	    sqltext_put_name(sql, table->name, err);
}

/* A comment to the end of the line ends before the parenthesis. */
static bool
put_expression(Buf *sql, const ExpressionText *expression, Error *err)
{
	return buf_put_text(sql, "(", err) &&
	    buf_put_text(sql, expression->text, err) &&
	    buf_put_text(sql, "\n)", err);
}

/* Compile it by itself, as a WHERE, in which there are no aggregates. */
static bool
check(Expressions *expressions, const ExpressionText *expression, Error *err)
{
	const Table *table = expressions->table;
	sqlite3_stmt *statement = NULL;
	Buf sql = { 0 };
	bool good;

	good = expression_text_check(expression->text, table, err) &&
	    buf_put_text(&sql, "SELECT 0", err) && put_from(&sql, table, err) &&
	    buf_put_text(&sql, " WHERE ", err) &&
	    put_expression(&sql, expression, err) &&
	    compile(expressions, &sql, expression->text, &statement, err);
	sqlite3_finalize(statement);
	buf_free(&sql);
	return good;
}

static bool
check_all(Expressions *expressions, const ExpressionSpec *spec, Error *err)
{
	for (size_t i = 0; i < spec->n_values; i++)
		if (!check(expressions, &spec->values[i], err))
			return error_add(
			    err, "%s: value", spec->values[i].place);
	if (spec->where != NULL && !check(expressions, spec->where, err))
		return error_add(err, "%s: where", spec->where->place);
	return true;
}

/* SELECT the first n_values values and the condition, if it is there. */
static bool
compile_select(Expressions *expressions, const ExpressionSpec *spec,
    size_t n_values, sqlite3_stmt **statement, Error *err)
{
	const ExpressionText *first =
	    n_values > 0 ? &spec->values[0] : spec->where;
	Buf sql = { 0 };
	bool good = buf_put_text(&sql, "SELECT ", err);

	assert(first != NULL);
	for (size_t i = 0; good && i < n_values; i++)
		good = (i == 0 || buf_put_text(&sql, ", ", err)) &&
		    put_expression(&sql, &spec->values[i], err);
	if (good && spec->where != NULL)
		/* As in WHERE, what decides alone is all that is evaluated. */
		good =
		    buf_put_text(&sql,
			n_values == 0 ? "CASE WHEN " : ", CASE WHEN ", err) &&
		    put_expression(&sql, spec->where, err) &&
		    buf_put_text(&sql, " THEN 1 ELSE 0 END", err);
	good = good && put_from(&sql, spec->table, err) &&
	    compile(expressions, &sql, first->text, statement, err);
	buf_free(&sql);
	return good || error_add(err, "%s", first->place);
}

static bool
open_all(Expressions *expressions, const ExpressionSpec *spec, Error *err)
{
	expressions->values = arena_alloc(
	    &expressions->arena, spec->n_values, sizeof(Value), err);
	if (expressions->values == NULL ||
	    !expression_rows_open(&expressions->rows, spec->table, err))
		return false;
	if (sqlite3_set_authorizer(
		expressions->rows.db, authorize, expressions) != SQLITE_OK)
		return error_set(err, ERROR_FAILED, "cannot set up SQLite");
	return check_all(expressions, spec, err) &&
	    compile_select(expressions, spec, spec->n_values,
		&expressions->statement, err) &&
	    (spec->where == NULL ||
		compile_select(
		    expressions, spec, 0, &expressions->condition, err));
}

bool
expressions_open(
    const ExpressionSpec *spec, Expressions **expressions, Error *err)
{
	Arena arena = { 0 };
	Expressions *made;

	assert(spec->n_values > 0 || spec->where != NULL);
	made = arena_alloc(&arena, 1, sizeof(*made), err);
	if (made == NULL)
		return false;
	made->arena = arena;
	made->table = spec->table;
	made->n_values = spec->n_values;
	if (!open_all(made, spec, err)) {
		expressions_close(made);
		return false;
	}
	*expressions = made;
	return true;
}

/* ---- rows ---- */

bool
expressions_begin(
    Expressions *expressions, ExpressionNext next, void *context, Error *err)
{
	(void)err;
	/* What it returns is how the last step ended. */
	sqlite3_reset(expressions->statement);
	expression_rows_begin(&expressions->rows, next, context);
	return true;
}

/* A step is about to be made. */
static void
watch(Expressions *expressions, Error *err)
{
	expressions->rows.err = err;
	expressions->rows.pulled = false;
	expressions->rows.clock_asked = false;
}

static bool
read_value(sqlite3_stmt *statement, int column, Value *value, Error *err)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		value->class = VALUE_INTEGER;
		value->integer = sqlite3_column_int64(statement, column);
		return true;
	case SQLITE_FLOAT:
		value->class = VALUE_REAL;
		value->real = sqlite3_column_double(statement, column);
		return true;
	case SQLITE_TEXT:
		value->class = VALUE_TEXT;
		break;
	case SQLITE_BLOB:
		value->class = VALUE_BLOB;
		break;
	default:
		value->class = VALUE_NULL;
		return true;
	}
	/* As a blob a text is not copied to get a NUL at its end. */
	value->bytes = sqlite3_column_blob(statement, column);
	value->size = (size_t)sqlite3_column_bytes(statement, column);
	if (value->bytes != NULL)
		return true;
	if (value->size > 0)
		return error_set(err, ERROR_FAILED, "out of memory");
	value->bytes = (const uint8_t *)"";
	return true;
}

static Step
read_row(Expressions *expressions, ExpressionRow *row, Error *err)
{
	sqlite3_stmt *statement = expressions->statement;
	int n = (int)expressions->n_values;

	row->values = expressions->values;
	row->failed = NULL;
	row->wanted = expressions->condition == NULL ||
	    sqlite3_column_int(statement, n) != 0;
	for (int i = 0; row->wanted && i < n; i++)
		if (!read_value(statement, i, &expressions->values[i], err))
			return STEP_FAILED;
	return STEP_ITEM;
}

/* Why the step that gave code is the row's fault, if it is. */
static bool
keep_message(Expressions *expressions, int code, Error *err)
{
	const char *text = sqlite3_errmsg(expressions->rows.db);

	if (expressions->rows.clock_asked)
		text = asks_for_time;
	else if (code == SQLITE_NOMEM)
		return error_set(err, ERROR_FAILED, "out of memory");
	else if (code != SQLITE_ERROR && code != SQLITE_TOOBIG)
		return error_set(err, ERROR_FAILED, "SQLite failed: %s", text);
	expressions->message.size = 0;
	return buf_put_text(&expressions->message, text, err) &&
	    buf_text(&expressions->message, err) != NULL;
}

/* Was the row whose values failed wanted?  Where the condition fails too, its
 * message is the row's. */
static bool
ask_condition(Expressions *expressions, ExpressionRow *row, Error *err)
{
	bool good = true;
	int code;

	watch(expressions, err);
	expressions->rows.replaying = true;
	code = sqlite3_step(expressions->condition);
	if (code == SQLITE_ROW && !expressions->rows.clock_asked)
		row->wanted = sqlite3_column_int(expressions->condition, 0);
	else
		good = keep_message(expressions, code, err);
	sqlite3_reset(expressions->condition);
	expressions->rows.replaying = false;
	return good;
}

/* The scan is broken off, and goes on with the row after this one. */
static Step
fail_row(Expressions *expressions, int code, ExpressionRow *row, Error *err)
{
	bool kept =
	    expressions->rows.broken || keep_message(expressions, code, err);
	Step step;

	sqlite3_reset(expressions->statement);
	if (expressions->rows.broken || !kept)
		return STEP_FAILED;
	/* A constant may have failed before the first row was asked for. */
	if (!expressions->rows.pulled) {
		step = expression_rows_pull(&expressions->rows);
		if (step != STEP_ITEM)
			return step;
	}
	row->values = expressions->values;
	row->wanted = true;
	if (expressions->condition != NULL &&
	    !ask_condition(expressions, row, err))
		return STEP_FAILED;
	row->failed =
	    row->wanted ? (const char *)expressions->message.data : NULL;
	return STEP_ITEM;
}

Step
expressions_next(Expressions *expressions, ExpressionRow *row, Error *err)
{
	int code;

	/* Stepping further would begin again. */
	if (expressions->rows.ended)
		return STEP_END;
	watch(expressions, err);
	code = sqlite3_step(expressions->statement);
	if (code == SQLITE_DONE)
		return STEP_END;
	if (code != SQLITE_ROW || expressions->rows.clock_asked)
		return fail_row(expressions, code, row, err);
	return read_row(expressions, row, err);
}

void
expressions_close(Expressions *expressions)
{
	Arena arena;

	if (expressions == NULL)
		return;
	sqlite3_finalize(expressions->statement);
	sqlite3_finalize(expressions->condition);
	expression_rows_close(&expressions->rows);
	buf_free(&expressions->message);
	arena = expressions->arena;
	arena_free(&arena);
}
