/*
 * server: one session with PostgreSQL, by libpq.
 *
 *	server_connect(&target, &server, err)
 *	server_transact(server, SERVER_QUICK, body, context, err)
 *	server_close(server)
 *
 * All work is done in transactions: body(server, context, err) runs between
 * BEGIN and COMMIT, and runs again - after a reconnect where the connection
 * was lost - when the server says that this may help.  So a body must be safe
 * to run twice, also when the first COMMIT succeeded and only its answer was
 * lost: it looks first (at the ledger, at pg_catalog) and then does.
 *
 * No setting outlives its transaction, so a transaction pooler between us and
 * the server is no harm.  search_path is empty: every name is qualified.
 *
 * A Server belongs to one thread at a time.  Messages of the server never
 * hold our password; libpq's own about a bad conninfo are not shown, because
 * they quote it.
 */
#ifndef IMPORT_SERVER_H
#define IMPORT_SERVER_H

#include <libpq-fe.h>
#include <stdint.h>

#include "formats/error.h"

#define SERVER_PASSWORD_BYTES 1024

typedef struct {
	const char *dbname; /* conninfo, URI or name; NULL: environment */
	const char *host, *port, *user;       /* NULL: as dbname says */
	const char *role;                     /* SET ROLE; NULL for none */
	bool ask_password;                    /* -W */
	bool never_ask;                       /* -w */
	char password[SERVER_PASSWORD_BYTES]; /* as typed, "" for none */
} ServerTarget;

typedef struct Server Server;

typedef enum {
	SERVER_QUICK,    /* synchronous_commit off: a crash of the server may
			 * undo the transaction, as a whole */
	SERVER_DURABLE,  /* it and all before it survive a crash */
	SERVER_SNAPSHOT, /* read only, all of it from one state */
} ServerMode;

/*
 * Connect; target must outlive the server.  A password that is needed is asked
 * for at the terminal and kept in target for the next connections.
 * ERROR_TARGET, or ERROR_USAGE for a conninfo that cannot be read.
 */
bool
server_connect(ServerTarget *target, Server **server, Error *err) MUST_CHECK;
void server_close(Server *server);

int server_version(const Server *server); /* 150020 is 15.20 */
/* A parameter that the server reports ("server_encoding"), "" for none. */
const char *server_parameter(const Server *server, const char *name);
const char *server_database(const Server *server);
/* As far as is known: false from when the loss was met. */
bool server_is_connected(const Server *server);
/* How often a lost connection was made again. */
unsigned server_reconnects(const Server *server);

typedef bool ServerBody(Server *server, void *context, Error *err);

bool server_transact(Server *server, ServerMode mode, ServerBody *body,
    void *context, Error *err) MUST_CHECK;

/* Run statements without a result. */
bool server_run(Server *server, const char *sql, Error *err) MUST_CHECK;

/* Run one statement with n text parameters ($1, ...; NULL is NULL).  *result
 * is owned by the caller (PQclear). */
bool server_query(Server *server, const char *sql, const char *const *values,
    int n, PGresult **result, Error *err) MUST_CHECK;

/* COPY ... FROM STDIN: begin, put as often as needed, end. */
bool server_copy_begin(Server *server, const char *sql, Error *err) MUST_CHECK;
bool server_copy_put(
    Server *server, const uint8_t *bytes, size_t size, Error *err) MUST_CHECK;
/* *rows as the server counted them. */
bool server_copy_end(Server *server, uint64_t *rows, Error *err) MUST_CHECK;

/* COPY ... TO STDOUT: begin, get until END.  *bytes are borrowed until the next
 * call. */
bool server_copy_out(Server *server, const char *sql, Error *err) MUST_CHECK;
Step server_copy_get(
    Server *server, const uint8_t **bytes, size_t *size, Error *err) MUST_CHECK;

/* A field (PG_DIAG_...) of the error behind the last failure; "" where it has
 * none or the failure was not the server's. */
const char *server_failure(const Server *server, int field);

#endif
