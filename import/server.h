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
 * Where one of several servers that share lost its session and the server has
 * none to give in its place, it uses those of the others, in turns.
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
#include "formats/pipeline.h"

#define SERVER_PASSWORD_BYTES 1024
/* application_name ends here (runtime-config-logging). */
#define SERVER_PURPOSE_BYTES 64
/* A restart is over in seconds, a failover of a managed server in two minutes;
 * recovery after a crash may take longer. */
#define SERVER_DOWNTIME_S 300

typedef struct {
	const char *dbname; /* conninfo, URI or name; NULL: environment */
	const char *host, *port, *user; /* NULL: as dbname says */
	const char *role;               /* SET ROLE; NULL for none */
	const char *purpose; /* behind our name in pg_stat_activity; NULL */
	unsigned downtime_s; /* how long a lost server is waited for */
	bool ask_password;   /* -W */
	bool never_ask;      /* -w */
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
/* Let n servers share from now on; pool is of n and outlives them. */
void server_share(Server *const *servers, unsigned n, PipelinePool *pool);

int server_version(const Server *server); /* 150020 is 15.20 */
/* A parameter that the server reports ("server_encoding"), "" for none. */
const char *server_parameter(const Server *server, const char *name);
const char *server_database(const Server *server);
/* As far as is known: false from when the loss was met. */
bool server_is_connected(const Server *server);
/* How often a lost connection was made again. */
unsigned server_reconnects(const Server *server);
/* Has its session been given up in favour of others'? */
bool server_is_retired(const Server *server);

typedef bool ServerBody(Server *server, void *context, Error *err);

bool server_transact(Server *server, ServerMode mode, ServerBody *body,
    void *context, Error *err) MUST_CHECK;

/* Run statements without a result. */
bool server_run(Server *server, const char *sql, Error *err) MUST_CHECK;

/* Inside, of SERVER_DURABLE: undo what statements that are not ours have SET,
 * for the session, too; ours is in force again. */
bool server_reset(Server *server, Error *err) MUST_CHECK;

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
/* Then the last failure was not the server's. */
void server_forget_failure(Server *server);

#endif
