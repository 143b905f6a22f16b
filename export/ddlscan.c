#include "export/ddlscan.h"

#include <string.h>

#include "formats/bytes.h"
#include "formats/sqltext.h"

/* A statement while it is read: one token at hand. */
typedef struct {
	const char *at; /* behind the token */
	SqlToken token;
	Arena *arena;
	Error *err;
	bool failed; /* memory is out; err is filled */
} Scanner;

static void
advance(Scanner *scanner)
{
	scanner->token = sqltext_next(&scanner->at);
}

static Scanner
begin(const char *sql, Arena *arena, Error *err)
{
	Scanner scanner = { .at = sql, .arena = arena, .err = err };

	advance(&scanner);
	return scanner;
}

static bool
is(const Scanner *scanner, const char *word)
{
	return sqltext_is(&scanner->token, word);
}

static bool
is_end(const Scanner *scanner)
{
	return scanner->failed || scanner->token.kind == SQL_END ||
	    scanner->token.kind == SQL_BAD;
}

/* Pass over the token if it is this one. */
static bool
skip(Scanner *scanner, const char *word)
{
	if (!is(scanner, word))
		return false;
	advance(scanner);
	return true;
}

/* The token's meaning as text in the arena; passes over it. */
static const char *
take_name(Scanner *scanner)
{
	Buf buf = { 0 };
	const char *text = NULL;
	const char *copy = NULL;

	if (sqltext_put_meaning(&buf, &scanner->token, scanner->err))
		text = buf_text(&buf, scanner->err);
	if (text != NULL)
		copy = arena_text(scanner->arena, text, scanner->err);
	buf_free(&buf);
	scanner->failed = scanner->failed || copy == NULL;
	advance(scanner);
	return copy != NULL ? copy : "";
}

/* A piece of the statement as it stands. */
static const char *
copy_text(Scanner *scanner, const char *first, const char *past)
{
	size_t size = past > first ? (size_t)(past - first) : 0;
	char *copy;

	copy = arena_alloc(scanner->arena, size + 1, 1, scanner->err);
	if (copy == NULL) {
		scanner->failed = true;
		return "";
	}
	memcpy(copy, first, size);
	return copy;
}

/* From "(" past its ")"; gives the text between where text is not NULL. */
static void
take_parentheses(Scanner *scanner, const char **text)
{
	const char *first, *past;
	unsigned depth = 0;

	advance(scanner);
	first = past = scanner->token.text;
	while (!is_end(scanner) && (depth > 0 || !is(scanner, ")"))) {
		if (is(scanner, "("))
			depth++;
		else if (is(scanner, ")"))
			depth--;
		past = scanner->token.text + scanner->token.size;
		advance(scanner);
	}
	if (text != NULL)
		*text = copy_text(scanner, first, past);
	if (!is_end(scanner))
		advance(scanner);
}

/* Pass over one token, or over parentheses and all between them. */
static void
skip_token(Scanner *scanner)
{
	if (is(scanner, "("))
		take_parentheses(scanner, NULL);
	else
		advance(scanner);
}

/* Move to the "(" that opens the body: names before it hold none, for a name
 * with a parenthesis in it is quoted. */
static bool
find_body(Scanner *scanner)
{
	while (!is_end(scanner) && !is(scanner, "("))
		advance(scanner);
	return !is_end(scanner);
}

/* No part of the body is more often there than its keyword: room for each. */
static bool
make_room(const char *sql, Arena *arena, DdlTable *table, Error *err)
{
	Scanner scanner = begin(sql, arena, err);
	size_t commas = 0, checks = 0, keys = 0, references = 0;

	for (; !is_end(&scanner); advance(&scanner)) {
		commas += is(&scanner, ",");
		checks += is(&scanner, "CHECK");
		keys += is(&scanner, "PRIMARY") || is(&scanner, "UNIQUE");
		references += is(&scanner, "REFERENCES");
	}
	table->generated =
	    arena_alloc(arena, commas + 1, sizeof(*table->generated), err);
	table->checks = arena_alloc(arena, checks, sizeof(*table->checks), err);
	table->keys = arena_alloc(arena, keys, sizeof(*table->keys), err);
	table->foreign_keys =
	    arena_alloc(arena, references, sizeof(*table->foreign_keys), err);
	return table->generated != NULL && table->checks != NULL &&
	    table->keys != NULL && table->foreign_keys != NULL;
}

/* The columns of a key in parentheses. */
static void
take_key_columns(Scanner *scanner, DdlKey *key)
{
	Scanner ahead = *scanner;
	size_t commas = 0;

	for (; !is_end(&ahead); advance(&ahead))
		commas += is(&ahead, ",");
	key->columns = arena_alloc(
	    scanner->arena, commas + 1, sizeof(*key->columns), scanner->err);
	if (key->columns == NULL) {
		scanner->failed = true;
		return;
	}
	do {
		advance(scanner);
		key->columns[key->n_columns++] = take_name(scanner);
		while (
		    !is_end(scanner) && !is(scanner, ",") && !is(scanner, ")"))
			skip_token(scanner);
	} while (is(scanner, ","));
	advance(scanner);
}

/* PRIMARY KEY or UNIQUE, of the column or of those in parentheses. */
static void
take_key(
    Scanner *scanner, DdlTable *table, const char *column, const char *name)
{
	DdlKey *key = &table->keys[table->n_keys++];

	key->name = name;
	key->primary = is(scanner, "PRIMARY");
	advance(scanner);
	if (key->primary)
		skip(scanner, "KEY");
	if (column == NULL) {
		if (is(scanner, "("))
			take_key_columns(scanner, key);
		return;
	}
	key->columns =
	    arena_alloc(scanner->arena, 1, sizeof(*key->columns), scanner->err);
	if (key->columns == NULL)
		scanner->failed = true;
	else
		key->columns[key->n_columns++] = column;
}

/* The value of a DEFAULT: the pragma gives it; here it must not be taken for
 * anything else. */
static void
skip_default(Scanner *scanner)
{
	advance(scanner);
	if (is(scanner, "+") || is(scanner, "-"))
		advance(scanner);
	skip_token(scanner);
}

static void
take_check(Scanner *scanner, DdlTable *table, const char *name)
{
	Check *check = &table->checks[table->n_checks++];

	check->name = name;
	check->text = "";
	advance(scanner);
	if (is(scanner, "("))
		take_parentheses(scanner, &check->text);
}

/* From REFERENCES on; what follows it is read by take_constraints. */
static void
take_reference(Scanner *scanner, DdlTable *table, const char *name)
{
	table->foreign_keys[table->n_foreign_keys++].name = name;
	advance(scanner);
	advance(scanner); /* the parent's name */
}

static void
take_deferrable(Scanner *scanner, DdlTable *table)
{
	advance(scanner);
	if (skip(scanner, "INITIALLY") && is(scanner, "DEFERRED") &&
	    table->n_foreign_keys > 0)
		table->foreign_keys[table->n_foreign_keys - 1].deferred = true;
}

/*
 * Constraints of a column (its type too), or of the table where column is
 * NULL, up to a comma or the end of the body.
 */
static void
take_constraints(Scanner *scanner, DdlTable *table, const char *column)
{
	const char *name = "";
	const char *next = "";

	while (!is_end(scanner) && !is(scanner, ",") && !is(scanner, ")")) {
		name = next;
		next = "";
		if (skip(scanner, "CONSTRAINT")) {
			next = take_name(scanner);
		} else if (is(scanner, "CHECK")) {
			take_check(scanner, table, name);
		} else if (is(scanner, "PRIMARY") || is(scanner, "UNIQUE")) {
			take_key(scanner, table, column, name);
		} else if (is(scanner, "REFERENCES")) {
			take_reference(scanner, table, name);
		} else if (is(scanner, "DEFAULT")) {
			skip_default(scanner);
		} else if (skip(scanner, "NOT") || skip(scanner, "SET") ||
		    skip(scanner, "COLLATE") || skip(scanner, "MATCH")) {
			/* the word behind belongs to it: NOT DEFERRABLE,
			 * SET DEFAULT */
			skip_token(scanner);
		} else if (is(scanner, "DEFERRABLE")) {
			take_deferrable(scanner, table);
		} else if (skip(scanner, "AS") && is(scanner, "(") &&
		    column != NULL) {
			take_parentheses(
			    scanner, &table->generated[table->n_columns - 1]);
		} else if (is(scanner, "(")) {
			take_parentheses(scanner, NULL);
			next = name;
		} else if (is(scanner, "FOREIGN") || is(scanner, "KEY")) {
			/* the name is for what comes: REFERENCES */
			advance(scanner);
			next = name;
		} else {
			advance(scanner);
		}
	}
}

static bool
begins_constraint(const Scanner *scanner)
{
	return is(scanner, "CONSTRAINT") || is(scanner, "PRIMARY") ||
	    is(scanner, "UNIQUE") || is(scanner, "CHECK") ||
	    is(scanner, "FOREIGN");
}

bool
ddlscan_table(const char *sql, Arena *arena, DdlTable *table, Error *err)
{
	Scanner scanner = begin(sql, arena, err);
	const char *column;

	if (!make_room(sql, arena, table, err))
		return false;
	if (!find_body(&scanner))
		return !scanner.failed;
	do {
		advance(&scanner);
		column = NULL;
		if (!begins_constraint(&scanner)) {
			table->generated[table->n_columns++] = "";
			column = take_name(&scanner);
		}
		take_constraints(&scanner, table, column);
	} while (is(&scanner, ","));
	table->understood = is(&scanner, ")");
	return !scanner.failed;
}

/* Tokens at the end of an index part that may be its order and collation. */
#define TAIL_TOKENS 3

/*
 * One part of an index up to its comma or the end: its text less a COLLATE
 * and ASC or DESC at its end.
 */
static const char *
take_part(Scanner *scanner)
{
	/* The last tokens, newest first, and where the part ends if they are
	 * cut off. */
	SqlToken tail[TAIL_TOKENS] = { 0 };
	const char *first = scanner->token.text;
	const char *past = first;
	unsigned depth = 0;
	size_t n = 0, cut = 0;

	for (; !is_end(scanner); advance(scanner)) {
		if (depth == 0 && (is(scanner, ",") || is(scanner, ")")))
			break;
		if (is(scanner, "("))
			depth++;
		else if (is(scanner, ")"))
			depth--;
		memmove(tail + 1, tail, sizeof(tail) - sizeof(tail[0]));
		tail[0] = scanner->token;
		past = scanner->token.text + scanner->token.size;
		n++;
	}
	if (n > 1 &&
	    (sqltext_is(&tail[0], "ASC") || sqltext_is(&tail[0], "DESC")))
		cut = 1;
	if (n > cut + 2 && sqltext_is(&tail[cut + 1], "COLLATE"))
		cut += 2;
	if (cut > 0)
		past = tail[cut - 1].text;
	while (past > first && strchr(" \t\r\n\f", past[-1]) != NULL)
		past--;
	return copy_text(scanner, first, past);
}

/* What stands behind WHERE, to the end. */
static const char *
take_where(Scanner *scanner)
{
	const char *first, *past;

	first = past = scanner->token.text;
	for (; !is_end(scanner); advance(scanner))
		if (!is(scanner, ";"))
			past = scanner->token.text + scanner->token.size;
	return copy_text(scanner, first, past);
}

bool
ddlscan_index(const char *sql, Arena *arena, DdlIndex *index, Error *err)
{
	Scanner scanner = begin(sql, arena, err);
	Scanner ahead;
	size_t commas = 0;

	index->where = "";
	if (!find_body(&scanner))
		return true;
	for (ahead = scanner; !is_end(&ahead); advance(&ahead))
		commas += is(&ahead, ",");
	index->parts =
	    arena_alloc(arena, commas + 1, sizeof(*index->parts), err);
	if (index->parts == NULL)
		return false;
	do {
		advance(&scanner);
		index->parts[index->n_parts++] = take_part(&scanner);
	} while (is(&scanner, ","));
	index->understood = skip(&scanner, ")");
	if (skip(&scanner, "WHERE"))
		index->where = take_where(&scanner);
	return !scanner.failed;
}

bool
ddlscan_module(const char *sql, Arena *arena, DdlModule *module, Error *err)
{
	Scanner scanner = begin(sql, arena, err);

	module->module = "";
	while (!is_end(&scanner) && !is(&scanner, "USING"))
		advance(&scanner);
	if (!skip(&scanner, "USING") || is_end(&scanner))
		return true;
	module->module = take_name(&scanner);
	module->understood = true;
	while (!is_end(&scanner)) {
		if (!skip(&scanner, "content") || !skip(&scanner, "=")) {
			advance(&scanner);
			continue;
		}
		module->contentless = scanner.token.size == 2 &&
		    (scanner.token.kind == SQL_STRING ||
			scanner.token.kind == SQL_NAME);
	}
	return !scanner.failed;
}
