#include "import/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "import/server_inside.h"

/* One message of COPY data; libpq copies it once.  It fits into a socket that
 * is said to have room. */
#define COPY_PUT_BYTES ((size_t)64 << 10)

static void
count_notice(void *context, const PGresult *result)
{
	Server *server = context;

	(void)result;
	server->n_notices++;
}

bool
server_copy_begin(Server *server, const char *sql, Error *err)
{
	PGresult *result = PQexec(server->connection, sql);

	(void)PQsetNoticeReceiver(server->connection, count_notice, server);

	if (PQresultStatus(result) != PGRES_COPY_IN)
		return server_inside_fail(server, result, err);
	PQclear(result);
	return true;
}

/* Read all answers of a COPY whose end was sent, or that the server ended. */
static bool
read_copy_answers(Server *server, uint64_t *rows, Error *err)
{
	PGresult *result, *error = NULL;

	while ((result = PQgetResult(server->connection)) != NULL) {
		switch (PQresultStatus(result)) {
		case PGRES_COMMAND_OK:
			*rows = strtoull(PQcmdTuples(result), NULL, 10);
			PQclear(result);
			break;
		case PGRES_COPY_IN: /* its end could not be sent, */
		case PGRES_COPY_OUT: /* or not be read: it would go on for ever */
			PQclear(result);
			return error != NULL
			    ? server_inside_fail(server, error, err)
			    : server_inside_lose(server, err);
		default:
			if (error == NULL)
				error = result;
			else
				PQclear(result);
		}
	}
	return error == NULL || server_inside_fail(server, error, err);
}

/* Leave COPY without its rows; what the server answers is of no interest but
 * for an error it already had. */
static bool
abandon_copy(Server *server, Error *err)
{
	uint64_t rows;

	(void)PQputCopyEnd(server->connection, "given up by the client");
	if (read_copy_answers(server, &rows, err))
		return server_inside_lose(server, err);
	return false;
}

/*
 * Wait until the server takes more of a COPY.  Has it said something instead
 * that is no notice?  It reads the rest and drops it then, which takes its time
 * on a slow network.  libpq keeps what was said until the COPY is ended, also
 * where it meets it while it waits itself, which it therefore must not.
 */
static bool
has_early_answer(Server *server)
{
	struct pollfd ready = { .events = POLLIN | POLLOUT };
	unsigned n_notices;
	int n;

	ready.fd = PQsocket(server->connection);
	while (!server->patient && ready.fd >= 0) {
		n = poll(&ready, 1, -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1 || (ready.revents & POLLIN) == 0)
			break;
		n_notices = server->n_notices;
		(void)PQconsumeInput(server->connection);
		(void)PQisBusy(server->connection); /* takes the notices */
		if (server->n_notices == n_notices)
			return true;
	}
	return false;
}

/* What was said early may be no error after all, but part of a long notice or
 * of no interest: then the COPY is made again, and not ended early. */
static bool
end_early(Server *server, Error *err)
{
	(void)!abandon_copy(server, err);
	if (strcmp(server_failure(server, PG_DIAG_SQLSTATE),
		SQLSTATE_CANCELED) == 0) {
		server->patient = true;
		server->action = SQLSTATE_AGAIN;
	}
	return false;
}

bool
server_copy_put(Server *server, const uint8_t *bytes, size_t size, Error *err)
{
	size_t part;

	for (; size > 0; bytes += part, size -= part) {
		if (has_early_answer(server))
			return end_early(server, err);
		part = size < COPY_PUT_BYTES ? size : COPY_PUT_BYTES;
		if (PQputCopyData(server->connection, (const char *)bytes,
			(int)part) != 1)
			return abandon_copy(server, err);
	}
	return true;
}

bool
server_copy_end(Server *server, uint64_t *rows, Error *err)
{
	*rows = 0;
	if (PQputCopyEnd(server->connection, NULL) != 1)
		return abandon_copy(server, err);
	return read_copy_answers(server, rows, err);
}

bool
server_copy_out(Server *server, const char *sql, Error *err)
{
	PGresult *result = PQexec(server->connection, sql);

	if (PQresultStatus(result) != PGRES_COPY_OUT)
		return server_inside_fail(server, result, err);
	PQclear(result);
	server->copying_out = true;
	return true;
}

Step
server_copy_get(Server *server, const uint8_t **bytes, size_t *size, Error *err)
{
	uint64_t rows;
	int got;

	PQfreemem(server->copied);
	server->copied = NULL;
	got = PQgetCopyData(server->connection, &server->copied, 0);
	*bytes = (const uint8_t *)server->copied;
	*size = got > 0 ? (size_t)got : 0;
	if (got > 0)
		return STEP_ITEM;
	server->copying_out = false;
	if (!read_copy_answers(server, &rows, err))
		return STEP_FAILED;
	if (got == -1)
		return STEP_END;
	(void)server_inside_lose(server, err);
	return STEP_FAILED;
}

/* Leave COPY ... TO STDOUT before its end: what is on its way is read. */
static void
drop_copy_out(Server *server)
{
	PGcancel *cancel = PQgetCancel(server->connection);
	char ignored[256];
	char *copied;

	server->copying_out = false;
	if (cancel != NULL)
		(void)PQcancel(cancel, ignored, sizeof ignored);
	PQfreeCancel(cancel);
	while (PQgetCopyData(server->connection, &copied, 0) > 0)
		PQfreemem(copied);
}

void
server_inside_drop_copy(Server *server)
{
	Error ignored = { 0 };

	if (server->copying_out)
		drop_copy_out(server);
	(void)!abandon_copy(server, &ignored);
}
