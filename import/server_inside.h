/*
 * server_inside: what the files of server share: its state, and what they do
 * for each other.  Nobody else includes this.
 */
#ifndef IMPORT_SERVER_INSIDE_H
#define IMPORT_SERVER_INSIDE_H

#include "formats/arena.h"
#include "formats/bytes.h"

#include "import/server.h"
#include "import/sqlstate.h"

struct Server {
	Arena arena; /* holds this object */
	const ServerTarget *target;
	PGconn *own;        /* connection that was opened for it */
	PGconn *connection; /* the one in use: own, or another server's */
	int version;
	bool connected;
	PGresult *failed;      /* the server's last error */
	SqlstateAction action; /* what that failure asks for */
	unsigned reconnects;
	int64_t lost_ms;    /* since when no transaction could begin; 0 */
	bool begun;         /* the last one did */
	PipelinePool *pool; /* of the servers that share; NULL for none */
	Server *const *all;
	unsigned number; /* own's in the pool */
	unsigned claimed;
	bool retired;
	bool patient;       /* sends a COPY to its end in any case */
	unsigned n_notices; /* in this COPY */
	char *copied;       /* by libpq, out of a COPY */
	bool copying_out;
	Buf settings; /* of a transaction, behind its BEGIN */
	Buf begin;
};

/* Take result as the last failure and fill err from it; always false. */
bool server_inside_fail(Server *server, PGresult *result, Error *err);
/* The connection was lost; always false. */
bool server_inside_lose(Server *server, Error *err);

/* Leave COPY as a failed body left it. */
void server_inside_drop_copy(Server *server);

#endif
