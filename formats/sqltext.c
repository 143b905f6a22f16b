#include "formats/sqltext.h"

#include <string.h>

/* Append text between quotes, each quote in it doubled. */
static bool
put_quoted(Buf *out, const char *text, char quote, Error *err)
{
	size_t size = strlen(text);
	size_t most, i;

	if (__builtin_mul_overflow(size, 2, &most) ||
	    __builtin_add_overflow(most, 2, &most))
		return error_set(err, ERROR_FAILED, "a name is too long");
	if (!buf_reserve(out, most, err))
		return false;
	buf_add_byte(out, (uint8_t)quote);
	for (i = 0; i < size; i++) {
		if (text[i] == quote)
			buf_add_byte(out, (uint8_t)quote);
		buf_add_byte(out, (uint8_t)text[i]);
	}
	buf_add_byte(out, (uint8_t)quote);
	return true;
}

bool
sqltext_put_name(Buf *out, const char *name, Error *err)
{
	return put_quoted(out, name, '"', err);
}

bool
sqltext_put_literal(Buf *out, const char *text, Error *err)
{
	return put_quoted(out, text, '\'', err);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* sqlite3Isspace: more than the tokenizer begins a run of blanks with. */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* IdChar of tokenize.c: every byte above ASCII belongs to names. */
static bool
is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
	    (uint8_t)c >= 0x80;
}

/* Bytes of a comment or a run of blanks at z, 0 where there is none. */
static size_t
passed_over(const char *z)
{
	size_t i;

	if (is_space(*z) && *z != '\v')
		return 1 + strspn(z + 1, " \t\n\v\f\r");
	if ((uint8_t)z[0] == 0xef && (uint8_t)z[1] == 0xbb &&
	    (uint8_t)z[2] == 0xbf)
		return 3;
	if (z[0] == '-' && z[1] == '-')
		return strcspn(z, "\n");
	if (z[0] != '/' || z[1] != '*' || z[2] == '\0')
		return 0;
	/* Without an end it reaches to the end of the text, and is legal. */
	for (i = 3; z[i - 1] != '*' || z[i] != '/'; i++)
		if (z[i] == '\0')
			return i;
	return i + 1;
}

static SqlToken
quoted_token(const char *z)
{
	char end = z[0] == '[' ? ']' : z[0];
	SqlToken token = { .kind = SQL_NAME, .text = z };
	size_t i;

	if (z[0] == '\'')
		token.kind = SQL_STRING;
	for (i = 1; z[i] != '\0'; i++) {
		if (z[i] != end)
			continue;
		if (end == ']' || z[i + 1] != end)
			break;
		i++;
	}
	if (z[i] == '\0')
		token.kind = SQL_BAD;
	else
		i++;
	token.size = i;
	return token;
}

static SqlToken
blob_token(const char *z)
{
	SqlToken token = { .kind = SQL_BLOB, .text = z };
	size_t i = 2;

	while (is_hex(z[i]))
		i++;
	if (z[i] != '\'' || i % 2 != 0) {
		token.kind = SQL_BAD;
		while (z[i] != '\0' && z[i] != '\'')
			i++;
	}
	token.size = z[i] == '\0' ? i : i + 1;
	return token;
}

static SqlToken
number_token(const char *z)
{
	SqlToken token = { .kind = SQL_NUMBER, .text = z };
	size_t i = 0;

	if (z[0] == '0' && (z[1] == 'x' || z[1] == 'X') && is_hex(z[2])) {
		for (i = 3; is_hex(z[i]);)
			i++;
	} else {
		while (is_digit(z[i]))
			i++;
		if (z[i] == '.')
			for (i++; is_digit(z[i]);)
				i++;
		if ((z[i] == 'e' || z[i] == 'E') &&
		    (is_digit(z[i + 1]) ||
			((z[i + 1] == '+' || z[i + 1] == '-') &&
			    is_digit(z[i + 2]))))
			for (i += 2; is_digit(z[i]);)
				i++;
	}
	for (; is_name(z[i]); i++)
		token.kind = SQL_BAD;
	token.size = i;
	return token;
}

static SqlToken
mark_token(const char *z)
{
	/* The longest comes first. */
	static const char *const marks[] = { "->>", "->", "==", "<=", "<>",
		"<<", ">=", ">>", "!=", "||", "-", "(", ")", ";", "+", "*", "/",
		"%", "=", "<", ">", "|", ",", "&", "~", "." };
	SqlToken token = { .kind = SQL_PUNCTUATION, .text = z };
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		token.size = strlen(marks[i]);
		if (strncmp(z, marks[i], token.size) == 0)
			return token;
	}
	/* A parameter or a byte that begins nothing: neither has a place in
	 * a schema. */
	token.kind = SQL_BAD;
	token.size = 1;
	return token;
}

SqlToken
sqltext_next(const char **at)
{
	SqlToken token = { .kind = SQL_END };
	const char *z = *at;
	size_t n;

	while ((n = passed_over(z)) > 0)
		z += n;
	if (*z == '\0')
		token.text = z;
	else if (strchr("'\"`[", *z) != NULL)
		token = quoted_token(z);
	else if ((*z == 'x' || *z == 'X') && z[1] == '\'')
		token = blob_token(z);
	else if (is_digit(*z) || (*z == '.' && is_digit(z[1])))
		token = number_token(z);
	else if (is_name(*z) && *z != '$') {
		token.kind = SQL_WORD;
		token.text = z;
		while (is_name(z[token.size]))
			token.size++;
	} else
		token = mark_token(z);
	*at = z + token.size;
	return token;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
sqltext_is(const SqlToken *token, const char *word)
{
	size_t i;

	if (token->kind != SQL_WORD && token->kind != SQL_PUNCTUATION)
		return false;
	for (i = 0; i < token->size; i++)
		if (word[i] == '\0' || upper(token->text[i]) != upper(word[i]))
			return false;
	return word[i] == '\0';
}

bool
sqltext_put_meaning(Buf *out, const SqlToken *token, Error *err)
{
	size_t i;

	if (token->kind != SQL_NAME && token->kind != SQL_STRING)
		return buf_put(out, token->text, token->size, err);
	if (!buf_reserve(out, token->size, err))
		return false;
	/* Inside the quotes a quote can only be the first of two. */
	for (i = 1; i + 1 < token->size; i++) {
		if (token->text[i] == token->text[0] && token->text[0] != '[')
			i++;
		buf_add_byte(out, (uint8_t)token->text[i]);
	}
	return true;
}
