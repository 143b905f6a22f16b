/*
 * connection: from what names a server to an open connection of libpq.
 *
 * libpq takes what target does not name from its environment, service file
 * and password file.  No message quotes a conninfo, which may hold a password.
 */
#ifndef IMPORT_CONNECTION_H
#define IMPORT_CONNECTION_H

#include <libpq-fe.h>

#include "formats/error.h"

#include "import/server.h"

#define CONNECTION_TEXT_BYTES 1024

/*
 * Open the first connection to target; a password that is needed is asked for
 * at the terminal and kept in target for those that follow.  ERROR_TARGET, or
 * ERROR_USAGE for a conninfo that cannot be read.
 */
bool connection_open(
    ServerTarget *target, PGconn **connection, Error *err) MUST_CHECK;

typedef enum {
	CONNECTION_AGAIN,
	CONNECTION_LATER, /* later, perhaps */
	CONNECTION_FULL,  /* the server has no connection to give now */
	CONNECTION_NEVER, /* it would refuse the next one, too */
} ConnectionState;

/* Try to make a lost connection again, with what made it first.  err is filled
 * where it is not made. */
ConnectionState connection_again(PGconn *connection, Error *err);

/* libpq's message of a failed connection as one line; "" for none. */
void
connection_text(const PGconn *connection, char text[CONNECTION_TEXT_BYTES]);

/* What a message of a failed connection that is not the first one says of the
 * next try: SQLSTATEs stand in it. */
ConnectionState connection_judge(const char *text);

#endif
