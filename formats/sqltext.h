/*
 * sqltext: names and literals as SQL text, quoted so that nothing in them can
 * be SQL, and SQLite's tokens for reading a CREATE statement.
 *
 * PostgreSQL's names may hold any character but NUL; doubling the quote is the
 * whole rule (sql-syntax-lexical 4.1.1).  Literals are written in the standard
 * form with standard_conforming_strings=on, which the importer checks.
 */
#ifndef FORMATS_SQLTEXT_H
#define FORMATS_SQLTEXT_H

#include "formats/bytes.h"
#include "formats/error.h"

/* Append "name" with quotes doubled: good for SQLite and PostgreSQL. */
bool sqltext_put_name(Buf *out, const char *name, Error *err) MUST_CHECK;

/* Append 'text' with quotes doubled. */
bool sqltext_put_literal(Buf *out, const char *text, Error *err) MUST_CHECK;

typedef enum {
	SQL_END,
	SQL_WORD,   /* keyword or bare name */
	SQL_NAME,   /* "x", [x], `x` */
	SQL_STRING, /* 'x' */
	SQL_BLOB,   /* x'00' */
	SQL_NUMBER,
	SQL_PUNCTUATION, /* one operator or mark: "(", ",", "||" */
	SQL_BAD,         /* not a token; an unterminated string */
} SqlKind;

typedef struct {
	SqlKind kind;
	const char *text; /* borrowed; the token as it stands */
	size_t size;
} SqlToken;

/*
 * The token at *at, which moves past it; comments and blanks are passed over
 * (SQLite's tokenize.c).
 */
SqlToken sqltext_next(const char **at);

/* Is the token this keyword or punctuation?  ASCII case is ignored. */
bool sqltext_is(const SqlToken *token, const char *word);

/* Append what the token means: a name or string without its quotes. */
bool
sqltext_put_meaning(Buf *out, const SqlToken *token, Error *err) MUST_CHECK;

#endif
