#include "import/script.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "formats/utf8.h"

/* What begins a file that an editor on Windows has saved. */
static const char byte_order_mark[] = "\xEF\xBB\xBF";

/* Words of a statement that are looked at: ROLLBACK WORK TO SAVEPOINT, CREATE
 * OR REPLACE FUNCTION. */
#define WORDS 4

typedef enum {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_OTHER,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_SEMICOLON,
} Token;

/* What is known of a statement while it is read. */
typedef struct {
	Script *script;
	const char *word; /* the last TOKEN_WORD */
	size_t word_size;
	struct {
		const char *text;
		size_t size;
	} words[WORDS]; /* the first ones */
	size_t n_words;
	size_t parentheses;
	size_t blocks; /* BEGIN and CASE that have no END yet */
	bool client;   /* STDIN or STDOUT stands in it */
} Reader;

static bool
refuse(const Script *script, size_t line, const char *what, Error *err)
{
	return error_set(
	    err, ERROR_USAGE, "%s:%zu: %s", script->name, line, what);
}

/* The byte at a distance from the next one; NUL past the end, as no script
 * that has passed holds one. */
static char
peek(const Script *script, size_t distance)
{
	return distance < (size_t)(script->end - script->at)
	    ? script->at[distance]
	    : '\0';
}

static void
skip(Script *script, size_t size)
{
	for (; size > 0 && script->at < script->end; size--)
		script->line += *script->at++ == '\n';
}

static bool
is_word_start(char byte)
{
	return isalpha((unsigned char)byte) || byte == '_' ||
	    (unsigned char)byte >= 0x80;
}

static bool
is_word_part(char byte)
{
	return is_word_start(byte) || isdigit((unsigned char)byte) ||
	    byte == '$';
}

static bool
is_word(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

static void
skip_line_comment(Script *script)
{
	while (script->at < script->end && *script->at != '\n' &&
	    *script->at != '\r')
		script->at++;
}

static bool
skip_comment(Script *script, Error *err)
{
	size_t line = script->line, depth = 0;

	do {
		if (script->at == script->end)
			return refuse(script, line,
			    "this comment is not ended by \"*/\"", err);
		if (peek(script, 0) == '/' && peek(script, 1) == '*') {
			depth++;
			skip(script, 2);
		} else if (peek(script, 0) == '*' && peek(script, 1) == '/') {
			depth--;
			skip(script, 2);
		} else {
			skip(script, 1);
		}
	} while (depth > 0);
	return true;
}

/* To the quote's other end; a doubled quote is two runs side by side. */
static bool
skip_quoted(Script *script, bool escapes, Error *err)
{
	size_t line = script->line;
	char quote = *script->at;

	skip(script, 1);
	while (script->at < script->end && *script->at != quote)
		skip(script, escapes && *script->at == '\\' ? 2 : 1);
	if (script->at == script->end)
		return refuse(script, line,
		    quote == '"' ? "this name is not ended by a quote"
				 : "this string is not ended by a quote",
		    err);
	skip(script, 1);
	return true;
}

/* The size of "$tag$", 0 where there is none. */
static size_t
dollar_size(const Script *script)
{
	size_t size = 1;

	if (is_word_start(peek(script, 1))) {
		while (peek(script, size) != '$' &&
		    is_word_part(peek(script, size)))
			size++;
	}
	return peek(script, size) == '$' ? size + 1 : 0;
}

static bool
skip_dollars(Script *script, size_t size, Error *err)
{
	const char *tag = script->at;
	size_t line = script->line;

	skip(script, size);
	while ((size_t)(script->end - script->at) >= size) {
		if (memcmp(script->at, tag, size) == 0) {
			skip(script, size);
			return true;
		}
		skip(script, 1);
	}
	return error_set(err, ERROR_USAGE,
	    "%s:%zu: this string is not ended by %.*s", script->name, line,
	    (int)size, tag);
}

/* Blanks and comments. */
static bool
skip_space(Script *script, Error *err)
{
	while (script->at < script->end) {
		if (isspace((unsigned char)*script->at)) {
			skip(script, 1);
		} else if (peek(script, 0) == '-' && peek(script, 1) == '-') {
			skip_line_comment(script);
		} else if (peek(script, 0) == '/' && peek(script, 1) == '*') {
			if (!skip_comment(script, err))
				return false;
		} else {
			break;
		}
	}
	return true;
}

static void
read_word(Reader *reader)
{
	Script *script = reader->script;

	reader->word = script->at;
	while (script->at < script->end && is_word_part(*script->at))
		script->at++;
	reader->word_size = (size_t)(script->at - reader->word);
}

/* Something that begins with what is no letter. */
static bool
read_mark(Script *script, Token *token, Error *err)
{
	size_t size;

	*token = TOKEN_OTHER;
	switch (*script->at) {
	case '\'':
	case '"':
		return skip_quoted(script, false, err);
	case '\\':
		return refuse(script, script->line,
		    "commands of psql, which begin with \"\\\", cannot be run: "
		    "only SQL is. \\i and \\copy can be done by psql before or "
		    "after",
		    err);
	case '$':
		size = dollar_size(script);
		if (size > 0)
			return skip_dollars(script, size, err);
		break;
	case '(':
		*token = TOKEN_OPEN;
		break;
	case ')':
		*token = TOKEN_CLOSE;
		break;
	case ';':
		*token = TOKEN_SEMICOLON;
		break;
	default:
		break;
	}
	script->at++;
	return true;
}

static bool
read_token(Reader *reader, Token *token, Error *err)
{
	Script *script = reader->script;

	*token = TOKEN_END;
	if (!skip_space(script, err))
		return false;
	if (script->at == script->end)
		return true;
	if (!is_word_start(*script->at))
		return read_mark(script, token, err);
	*token = TOKEN_WORD;
	read_word(reader);
	/* E'It\'s' */
	return peek(script, 0) != '\'' ||
	    !is_word(reader->word, reader->word_size, "e") ||
	    skip_quoted(script, true, err);
}

static bool
word_is(const Reader *reader, size_t i, const char *word)
{
	return i < reader->n_words &&
	    is_word(reader->words[i].text, reader->words[i].size, word);
}

/* Is it CREATE [OR REPLACE] FUNCTION or PROCEDURE? */
static bool
makes_function(const Reader *reader)
{
	size_t i =
	    word_is(reader, 1, "or") && word_is(reader, 2, "replace") ? 3 : 1;

	return word_is(reader, 0, "create") &&
	    (word_is(reader, i, "function") || word_is(reader, i, "procedure"));
}

static void
take_word(Reader *reader)
{
	const char *word = reader->word;
	size_t size = reader->word_size;

	if (reader->n_words < WORDS) {
		reader->words[reader->n_words].text = word;
		reader->words[reader->n_words++].size = size;
	}
	if (is_word(word, size, "stdin") || is_word(word, size, "stdout"))
		reader->client = true;
	if (!makes_function(reader) || reader->parentheses > 0)
		return;
	if (is_word(word, size, "begin") ||
	    (reader->blocks > 0 && is_word(word, size, "case")))
		reader->blocks++;
	else if (reader->blocks > 0 && is_word(word, size, "end"))
		reader->blocks--;
}

/* Does the statement begin or end a transaction? */
static bool
is_about_transaction(const Reader *reader)
{
	static const char *const always[] = { "abort", "begin", "commit", "end",
		"start" };
	size_t i;

	for (i = 0; i < sizeof always / sizeof always[0]; i++) {
		if (word_is(reader, 0, always[i]))
			return true;
	}
	if (word_is(reader, 0, "prepare"))
		return word_is(reader, 1, "transaction");
	/* To a savepoint it may go back. */
	return word_is(reader, 0, "rollback") && !word_is(reader, 1, "to") &&
	    !word_is(reader, 2, "to");
}

static bool
judge(const Reader *reader, size_t line, Error *err)
{
	const Script *script = reader->script;

	if (is_about_transaction(reader))
		return error_set(err, ERROR_USAGE,
		    "%s:%zu: %.*s cannot stand here: the whole file is one "
		    "transaction with the line in the ledger that says that "
		    "it has been run. Leave it out",
		    script->name, line, (int)reader->words[0].size,
		    reader->words[0].text);
	if (word_is(reader, 0, "copy") && reader->client)
		return refuse(script, line,
		    "COPY from or to the client has nothing to read from or "
		    "write to here. Use INSERT, or psql before or after",
		    err);
	return true;
}

/* The end of a statement: its own, or the script's. */
static bool
is_end(const Reader *reader, Token token)
{
	return token == TOKEN_END ||
	    (token == TOKEN_SEMICOLON && reader->parentheses == 0 &&
		reader->blocks == 0);
}

/* A file of another encoding would be told of by the server with a byte, and
 * no line. */
static bool
check_text(const Script *script, Error *err)
{
	size_t i, line = 1, size = (size_t)(script->end - script->at), good;

	good = utf8_valid_prefix((const uint8_t *)script->at, size);
	for (i = 0; i < good && script->at[i] != '\0'; i++)
		line += script->at[i] == '\n';
	return i == size ||
	    refuse(script, line,
		i < good ? "a NUL stands here: this is no text"
			 : "this is not UTF-8",
		err);
}

bool
script_begin(
    Script *script, const char *name, const char *text, size_t size, Error *err)
{
	size_t mark = sizeof byte_order_mark - 1;

	*script =
	    (Script){ .name = name, .at = text, .end = text + size, .line = 1 };
	if (size >= mark && memcmp(text, byte_order_mark, mark) == 0)
		script->at += mark;
	return check_text(script, err);
}

Step
script_next(Script *script, ScriptStatement *statement, Error *err)
{
	Reader reader = { .script = script };
	Token token;

	/* Empty statements are passed over. */
	do {
		if (!skip_space(script, err))
			return STEP_FAILED;
		statement->text = script->at;
		statement->line = script->line;
		if (script->at == script->end)
			return STEP_END;
		if (!read_token(&reader, &token, err))
			return STEP_FAILED;
	} while (token == TOKEN_SEMICOLON);
	do {
		statement->size = (size_t)(script->at - statement->text);
		if (token == TOKEN_WORD)
			take_word(&reader);
		else if (token == TOKEN_OPEN)
			reader.parentheses++;
		else if (token == TOKEN_CLOSE && reader.parentheses > 0)
			reader.parentheses--;
		if (!read_token(&reader, &token, err))
			return STEP_FAILED;
	} while (!is_end(&reader, token));
	return judge(&reader, statement->line, err) ? STEP_ITEM : STEP_FAILED;
}

size_t
script_line(const ScriptStatement *statement, size_t position)
{
	size_t i, line = statement->line;

	for (i = 0; i < statement->size && position > 1; i++) {
		line += statement->text[i] == '\n';
		/* Characters are counted where the next one begins. */
		position -= i + 1 < statement->size &&
		    ((unsigned char)statement->text[i + 1] & 0xC0) != 0x80;
	}
	return line;
}
