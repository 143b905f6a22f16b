/*
 * blockers: the sessions whose locks a statement of ours would wait for, put
 * into words.
 */
#ifndef IMPORT_BLOCKERS_H
#define IMPORT_BLOCKERS_H

#include "formats/bytes.h"
#include "formats/error.h"

#include "import/server.h"

typedef enum {
	BLOCKERS_OF_READS_TOO, /* of a lock that nobody may share */
	BLOCKERS_OF_WRITES,    /* of one that readers may share */
} BlockersKind;

/* Inside: put the first few into text, 'process 71 of role "web" (shop),
 * idle in transaction since 14:03:11'; nothing where there are none.
 * relations is an array of OIDs. */
bool blockers_put(Server *server, BlockersKind kind, const char *relations,
    Buf *text, Error *err) MUST_CHECK;

#endif
