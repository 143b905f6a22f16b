/*
 * rejects_read: the rows of a table that were refused, one after the other, as
 * the ledger has them.
 *
 *	rejects_read_begin(&read, server, id, table, err)	inside
 *	rejects_read_next(&read, &refused, err)		until END
 *	rejects_read_free(&read)
 */
#ifndef IMPORT_REJECTS_READ_H
#define IMPORT_REJECTS_READ_H

#include "formats/schema.h"

#include "import/refused.h"

typedef struct {
	Server *server;
	Buf line;
} RejectsRead;

bool rejects_read_begin(RejectsRead *read, Server *server, const char *id,
    const Table *table, Error *err) MUST_CHECK;
/* refused is borrowed until the next call. */
Step
rejects_read_next(RejectsRead *read, Refused *refused, Error *err) MUST_CHECK;
void rejects_read_free(RejectsRead *read);

#endif
