/*
 * statement: small ways of running SQL within a transaction's body.
 */
#ifndef IMPORT_STATEMENT_H
#define IMPORT_STATEMENT_H

#include "formats/bytes.h"
#include "formats/error.h"

#include "import/server.h"

/* Run one statement with n text parameters and drop its result. */
bool statement_run(Server *server, const char *sql, const char *const *values,
    int n, Error *err) MUST_CHECK;

/* Run what was put into sql, where putting it went well; frees sql. */
bool
statement_run_put(Server *server, Buf *sql, bool good, Error *err) MUST_CHECK;

/* Is the first value of the answer true?  No row is no. */
bool statement_ask(Server *server, const char *sql, const char *const *values,
    int n, bool *yes, Error *err) MUST_CHECK;

/* The same of a question that was put into sql, where putting it went well;
 * frees sql. */
bool statement_ask_put(
    Server *server, Buf *sql, bool good, bool *yes, Error *err) MUST_CHECK;

/* Run the query, then each statement that its first column holds; they are
 * the server's own text, made with format(%I, %L). */
bool statement_run_listed(Server *server, const char *sql,
    const char *const *values, int n, Error *err) MUST_CHECK;

#endif
