/*
 * verify_stream: the rows in what the server sends for a COPY ... TO STDOUT
 * (FORMAT binary), wherever its messages end.
 *
 *	verify_stream_begin(&stream, n_columns)
 *	verify_stream_feed(&stream, bytes, size, err)	for each message
 *	verify_stream_next(&stream, fields, &row, &size, err)	until END
 *	verify_stream_end(&stream, err)			was that all?
 *
 * What comes over the wire is checked, and refused with ERROR_TARGET.
 */
#ifndef IMPORT_VERIFY_STREAM_H
#define IMPORT_VERIFY_STREAM_H

#include "import/server.h"
#include "import/verify_row.h"

/* The zero one is empty; its room is used again. */
typedef struct {
	size_t n; /* columns */
	bool begun, ended;
	Buf kept;          /* the begin of a row that has not come whole */
	const uint8_t *at; /* in kept or in the message */
	const uint8_t *end;
} VerifyStream;

void verify_stream_begin(VerifyStream *stream, size_t n);

/* bytes must stay until next has said END. */
bool verify_stream_feed(VerifyStream *stream, const uint8_t *bytes, size_t size,
    Error *err) MUST_CHECK;

/* ITEM: *row and fields are borrowed until the next call.  END: feed more. */
Step verify_stream_next(VerifyStream *stream, VerifyField *fields,
    const uint8_t **row, size_t *size, Error *err) MUST_CHECK;

bool verify_stream_end(const VerifyStream *stream, Error *err) MUST_CHECK;

/* Takes a row, whose fields have been split; borrowed for the call. */
typedef bool
VerifyTake(void *context, const uint8_t *row, size_t size, Error *err);

/* Inside: all of it for COPY statement sql, whose rows have n columns; fields
 * has room for them. */
bool verify_stream_read(VerifyStream *stream, Server *server, const char *sql,
    size_t n, VerifyField *fields, VerifyTake *take, void *context,
    Error *err) MUST_CHECK;

void verify_stream_free(VerifyStream *stream);

#endif
