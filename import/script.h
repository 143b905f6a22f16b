/*
 * script: an SQL file of the operator's, cut into its statements.
 *
 *	script_begin(&script, "grants.sql", text, size, err)
 *	while ((step = script_next(&script, &statement, err)) == STEP_ITEM)
 *		...
 *
 * The rules are PostgreSQL's (sql-syntax-lexical): comments nest, a string of
 * dollars holds anything, and the body of a function between BEGIN ATOMIC and
 * END is one statement with it.
 *
 * What cannot be run as part of one transaction by something that is not psql
 * is refused with its line, as ERROR_USAGE: commands of psql, statements that
 * begin or end a transaction, COPY from or to the client.
 */
#ifndef IMPORT_SCRIPT_H
#define IMPORT_SCRIPT_H

#include <stddef.h>

#include "formats/error.h"

typedef struct {
	const char *name;     /* of the file, borrowed */
	const char *at, *end; /* borrowed */
	size_t line;          /* of at, from 1 */
} Script;

typedef struct {
	const char *text; /* without its ";"; borrowed from the script */
	size_t size;
	size_t line; /* where it begins, from 1 */
} ScriptStatement;

/* ERROR_USAGE where it is not UTF-8. */
bool script_begin(Script *script, const char *name, const char *text,
    size_t size, Error *err) MUST_CHECK;
Step
script_next(Script *script, ScriptStatement *statement, Error *err) MUST_CHECK;

/* The line of a statement's character that the server counts as position, from
 * 1 (PG_DIAG_STATEMENT_POSITION); 0 is the line where it begins. */
size_t script_line(const ScriptStatement *statement, size_t position);

#endif
