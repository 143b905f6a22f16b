#include "transform/expression_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/sqltext.h"

typedef enum {
	FUNCTION_PURE,
	FUNCTION_AGGREGATE, /* or of a window */
	FUNCTION_CHANGING,  /* its value is not one of its arguments' alone */
} FunctionKind;

typedef struct {
	const char *name;
	FunctionKind kind;
} Function;

/* Sorted.  The pure ones are SQLite's own (lang_corefunc, lang_mathfunc,
 * lang_datefunc, json1) up to 3.50; a library that is older has less. */
static const Function functions[] = {
	{ "->", FUNCTION_PURE },
	{ "->>", FUNCTION_PURE },
	{ "abs", FUNCTION_PURE },
	{ "acos", FUNCTION_PURE },
	{ "acosh", FUNCTION_PURE },
	{ "asin", FUNCTION_PURE },
	{ "asinh", FUNCTION_PURE },
	{ "atan", FUNCTION_PURE },
	{ "atan2", FUNCTION_PURE },
	{ "atanh", FUNCTION_PURE },
	{ "avg", FUNCTION_AGGREGATE },
	{ "ceil", FUNCTION_PURE },
	{ "ceiling", FUNCTION_PURE },
	{ "changes", FUNCTION_CHANGING },
	{ "char", FUNCTION_PURE },
	{ "coalesce", FUNCTION_PURE },
	{ "concat", FUNCTION_PURE },
	{ "concat_ws", FUNCTION_PURE },
	{ "cos", FUNCTION_PURE },
	{ "cosh", FUNCTION_PURE },
	{ "count", FUNCTION_AGGREGATE },
	{ "cume_dist", FUNCTION_AGGREGATE },
	{ "current_date", FUNCTION_CHANGING },
	{ "current_time", FUNCTION_CHANGING },
	{ "current_timestamp", FUNCTION_CHANGING },
	{ "date", FUNCTION_PURE },
	{ "datetime", FUNCTION_PURE },
	{ "degrees", FUNCTION_PURE },
	{ "dense_rank", FUNCTION_AGGREGATE },
	{ "exp", FUNCTION_PURE },
	{ "first_value", FUNCTION_AGGREGATE },
	{ "floor", FUNCTION_PURE },
	{ "format", FUNCTION_PURE },
	{ "glob", FUNCTION_PURE },
	{ "group_concat", FUNCTION_AGGREGATE },
	{ "hex", FUNCTION_PURE },
	{ "if", FUNCTION_PURE },
	{ "ifnull", FUNCTION_PURE },
	{ "iif", FUNCTION_PURE },
	{ "instr", FUNCTION_PURE },
	{ "json", FUNCTION_PURE },
	{ "json_array", FUNCTION_PURE },
	{ "json_array_insert", FUNCTION_PURE },
	{ "json_array_length", FUNCTION_PURE },
	{ "json_error_position", FUNCTION_PURE },
	{ "json_extract", FUNCTION_PURE },
	{ "json_group_array", FUNCTION_AGGREGATE },
	{ "json_group_object", FUNCTION_AGGREGATE },
	{ "json_insert", FUNCTION_PURE },
	{ "json_object", FUNCTION_PURE },
	{ "json_patch", FUNCTION_PURE },
	{ "json_pretty", FUNCTION_PURE },
	{ "json_quote", FUNCTION_PURE },
	{ "json_remove", FUNCTION_PURE },
	{ "json_replace", FUNCTION_PURE },
	{ "json_set", FUNCTION_PURE },
	{ "json_type", FUNCTION_PURE },
	{ "json_valid", FUNCTION_PURE },
	{ "jsonb_group_array", FUNCTION_AGGREGATE },
	{ "jsonb_group_object", FUNCTION_AGGREGATE },
	{ "julianday", FUNCTION_PURE },
	{ "lag", FUNCTION_AGGREGATE },
	{ "last_insert_rowid", FUNCTION_CHANGING },
	{ "last_value", FUNCTION_AGGREGATE },
	{ "lead", FUNCTION_AGGREGATE },
	{ "length", FUNCTION_PURE },
	{ "like", FUNCTION_PURE },
	{ "likelihood", FUNCTION_PURE },
	{ "likely", FUNCTION_PURE },
	{ "ln", FUNCTION_PURE },
	{ "log", FUNCTION_PURE },
	{ "log10", FUNCTION_PURE },
	{ "log2", FUNCTION_PURE },
	{ "lower", FUNCTION_PURE },
	{ "ltrim", FUNCTION_PURE },
	{ "max", FUNCTION_PURE },
	{ "min", FUNCTION_PURE },
	{ "mod", FUNCTION_PURE },
	{ "nth_value", FUNCTION_AGGREGATE },
	{ "ntile", FUNCTION_AGGREGATE },
	{ "nullif", FUNCTION_PURE },
	{ "octet_length", FUNCTION_PURE },
	{ "percent_rank", FUNCTION_AGGREGATE },
	{ "pi", FUNCTION_PURE },
	{ "pow", FUNCTION_PURE },
	{ "power", FUNCTION_PURE },
	{ "printf", FUNCTION_PURE },
	{ "quote", FUNCTION_PURE },
	{ "radians", FUNCTION_PURE },
	{ "random", FUNCTION_CHANGING },
	{ "randomblob", FUNCTION_CHANGING },
	{ "rank", FUNCTION_AGGREGATE },
	{ "replace", FUNCTION_PURE },
	{ "round", FUNCTION_PURE },
	{ "row_number", FUNCTION_AGGREGATE },
	{ "rtrim", FUNCTION_PURE },
	{ "sign", FUNCTION_PURE },
	{ "sin", FUNCTION_PURE },
	{ "sinh", FUNCTION_PURE },
	{ "soundex", FUNCTION_PURE },
	{ "sqlite_source_id", FUNCTION_CHANGING },
	{ "sqlite_version", FUNCTION_CHANGING },
	{ "sqrt", FUNCTION_PURE },
	{ "strftime", FUNCTION_PURE },
	{ "string_agg", FUNCTION_AGGREGATE },
	{ "substr", FUNCTION_PURE },
	{ "substring", FUNCTION_PURE },
	{ "sum", FUNCTION_AGGREGATE },
	{ "tan", FUNCTION_PURE },
	{ "tanh", FUNCTION_PURE },
	{ "time", FUNCTION_PURE },
	{ "timediff", FUNCTION_PURE },
	{ "total", FUNCTION_AGGREGATE },
	{ "total_changes", FUNCTION_CHANGING },
	{ "trim", FUNCTION_PURE },
	{ "trunc", FUNCTION_PURE },
	{ "typeof", FUNCTION_PURE },
	{ "unhex", FUNCTION_PURE },
	{ "unicode", FUNCTION_PURE },
	{ "unistr", FUNCTION_PURE },
	{ "unistr_quote", FUNCTION_PURE },
	{ "unixepoch", FUNCTION_PURE },
	{ "unlikely", FUNCTION_PURE },
	{ "upper", FUNCTION_PURE },
	{ "zeroblob", FUNCTION_PURE },
};

#define N_FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

/* Date functions, and the arguments below which they take the current time
 * (lang_datefunc.html sections 1 and 2). */
static const struct {
	const char *name;
	size_t n_arguments;
} date_functions[] = {
	{ "date", 1 },
	{ "datetime", 1 },
	{ "julianday", 1 },
	{ "strftime", 2 },
	{ "time", 1 },
	{ "timediff", 2 },
	{ "unixepoch", 1 },
};

/* Arguments of theirs that ask the machine. */
static const struct {
	const char *word;
	const char *reason;
} machine_words[] = {
	{ "now", "gives another value each time" },
	{ "localtime", "depends on the machine's time zone" },
	{ "utc", "depends on the machine's time zone" },
};

static int
compare_functions(const void *name, const void *function)
{
	return strcasecmp(name, ((const Function *)function)->name);
}

const char *
expression_text_refusal(const char *name)
{
	const Function *function = bsearch(name, functions, N_FUNCTIONS,
	    sizeof(functions[0]), compare_functions);

	if (function == NULL)
		return "is not on the list of functions that depend on their "
		       "arguments alone";
	switch (function->kind) {
	case FUNCTION_PURE:
		break;
	case FUNCTION_AGGREGATE:
		return "looks at many rows; an expression sees one";
	case FUNCTION_CHANGING:
		return "gives another value each time";
	}
	return NULL;
}

void
expression_text_offer(Guess *guess)
{
	for (size_t i = 0; i < N_FUNCTIONS; i++)
		if (functions[i].kind == FUNCTION_PURE)
			guess_offer(guess, functions[i].name);
}

/* Is this the word, bare or between quotes of any kind?  Words have no quotes
 * in them. */
static bool
spells(const SqlToken *token, const char *word)
{
	const char *text = token->text;
	size_t size = token->size;

	if (token->kind == SQL_NAME || token->kind == SQL_STRING) {
		text++;
		size -= 2;
	} else if (token->kind != SQL_WORD)
		return false;
	return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

/* An argument that is one string. */
static bool
check_argument(const char *function, const SqlToken *argument, Error *err)
{
	if (argument->kind != SQL_STRING && argument->kind != SQL_NAME)
		return true;
	for (size_t i = 0; i < sizeof(machine_words) / sizeof(machine_words[0]);
	     i++)
		if (spells(argument, machine_words[i].word))
			return error_set(err, ERROR_USAGE, "%s with '%s' %s",
			    function, machine_words[i].word,
			    machine_words[i].reason);
	return true;
}

/* The arguments of a date function; at is behind its name. */
static bool
check_arguments(size_t function, const char *at, Error *err)
{
	const char *name = date_functions[function].name;
	SqlToken token = sqltext_next(&at), first = { 0 };
	size_t depth = 1, n_tokens = 0, n_arguments = 0;

	if (!sqltext_is(&token, "("))
		return true; /* a column of that name */
	while (depth > 0) {
		token = sqltext_next(&at);
		if (token.kind == SQL_END)
			return true; /* the whole is refused for it */
		if (sqltext_is(&token, "("))
			depth++;
		else if (sqltext_is(&token, ")"))
			depth--;
		if (depth > 1 || (depth == 1 && !sqltext_is(&token, ","))) {
			if (n_tokens++ == 0)
				first = token;
			continue;
		}
		if (n_tokens == 1 && !check_argument(name, &first, err))
			return false;
		n_arguments += n_tokens > 0;
		n_tokens = 0;
	}
	if (n_arguments >= date_functions[function].n_arguments)
		return true;
	return error_set(err, ERROR_USAGE,
	    "%s without a time to work on takes the current one, which is "
	    "another each time",
	    name);
}

static bool
check_date(const SqlToken *token, const char *at, Error *err)
{
	size_t i, n = sizeof(date_functions) / sizeof(date_functions[0]);

	for (i = 0; i < n; i++)
		if (spells(token, date_functions[i].name))
			return check_arguments(i, at, err);
	return true;
}

static bool
is_column(const Table *table, const char *name)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (strcasecmp(table->columns[i].name, name) == 0)
			return true;
	return false;
}

/* The names of a rowid (lang_createtable.html section 5). */
static bool
check_rowid(const SqlToken *token, const Table *table, Error *err)
{
	static const char *const names[] = { "rowid", "oid", "_rowid_" };

	if (token->kind != SQL_WORD && token->kind != SQL_NAME)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!spells(token, names[i]) || is_column(table, names[i]))
			continue;
		if (table->rowid_column >= 0)
			return error_set(err, ERROR_USAGE,
			    "%s is not in the data; its column \"%s\" is",
			    names[i], table->columns[table->rowid_column].name);
		return error_set(
		    err, ERROR_USAGE, "%s is not in the data", names[i]);
	}
	return true;
}

/* Marks that would end the parentheses the expression is put into. */
static bool
check_mark(const SqlToken *token, size_t *depth, Error *err)
{
	if (token->kind == SQL_BAD) {
		if (strchr("?:@$#", token->text[0]) != NULL)
			return error_set(err, ERROR_USAGE,
			    "a parameter (%.*s), for which there is no value",
			    (int)token->size, token->text);
		return error_set(err, ERROR_USAGE, "not a token of SQL: %.*s",
		    token->size < 64 ? (int)token->size : 64, token->text);
	}
	if (sqltext_is(token, "("))
		++*depth;
	else if (sqltext_is(token, ")") && (*depth)-- == 0)
		return error_set(err, ERROR_USAGE,
		    "a parenthesis is closed that was not opened");
	else if (sqltext_is(token, ";") ||
	    (sqltext_is(token, ",") && *depth == 0))
		return error_set(err, ERROR_USAGE,
		    "more than one expression: a \"%.*s\" between them",
		    (int)token->size, token->text);
	return true;
}

/* "x IN name" reads a table (lang_expr.html section 8); at is behind IN. */
static bool
check_list(const SqlToken *token, const char *at, Error *err)
{
	SqlToken next;

	if (!sqltext_is(token, "in"))
		return true;
	next = sqltext_next(&at);
	if (next.kind == SQL_END || sqltext_is(&next, "("))
		return true;
	return error_set(err, ERROR_USAGE,
	    "IN takes a list between parentheses here, not a table");
}

bool
expression_text_check(const char *text, const Table *table, Error *err)
{
	const char *at = text;
	size_t depth = 0, n = 0;
	SqlToken token;

	while ((token = sqltext_next(&at)).kind != SQL_END) {
		n++;
		if (!check_mark(&token, &depth, err) ||
		    !check_rowid(&token, table, err) ||
		    !check_list(&token, at, err) ||
		    !check_date(&token, at, err))
			return false;
	}
	if (depth > 0)
		return error_set(
		    err, ERROR_USAGE, "a parenthesis is not closed");
	if (n == 0)
		return error_set(
		    err, ERROR_USAGE, "no expression: the text is empty");
	return true;
}
