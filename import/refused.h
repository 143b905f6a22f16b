/*
 * refused: rows that the server refuses, in the ledger's table litehaul.reject,
 * with which they are part of the transaction that loads the others.
 */
#ifndef IMPORT_REFUSED_H
#define IMPORT_REFUSED_H

#include "formats/bytes.h"

#include "import/server.h"

typedef struct {
	const char *path; /* the chunk's key in the ledger */
	uint64_t row;     /* of the chunk, from 1 */
	const char *sqlstate;
	const char *message;
	const char *column, *constraint; /* "" where none is known */
	const uint8_t *line;             /* of the chunk, without its end */
	size_t size;
} Refused;

/* What the server said of the row, "message: detail", as one line. */
#define REFUSED_MESSAGE_BYTES 1024
void refused_message(const Server *server, char message[REFUSED_MESSAGE_BYTES]);

/* Append a row to what refused_send sends. */
bool refused_put(
    Buf *out, const char *id, const Refused *refused, Error *err) MUST_CHECK;
/* Inside: add the rows to the ledger; out is empty afterwards.  sql comes
 * before in the same message; "" for none. */
bool
refused_send(Server *server, const char *sql, Buf *out, Error *err) MUST_CHECK;

/* Inside: how many rows of the load were refused so far, by anybody. */
bool refused_count(
    Server *server, const char *id, uint64_t *rows, Error *err) MUST_CHECK;

#endif
