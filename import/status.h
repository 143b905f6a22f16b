/*
 * status: the loads that a target's ledger knows of.
 *
 * Whatever release has made the ledger, it is read as it is: what is not in it
 * is not known.
 */
#ifndef IMPORT_STATUS_H
#define IMPORT_STATUS_H

#include "formats/bytes.h"
#include "formats/manifest.h"

#include "import/plan.h"

/* One row a load. */
enum {
	STATUS_ID,
	STATUS_SOURCE,
	STATUS_STATE, /* "loading", "finished", "published" */
	STATUS_NAMESPACE,
	STATUS_TABLES_LOADED,
	STATUS_TABLES,
	STATUS_CHUNKS_LOADED,
	STATUS_CHUNKS, /* NULL: not known yet */
	STATUS_ROWS,   /* of the dump, in the chunks that are loaded */
	STATUS_REJECTED,
	STATUS_SKIPPED,
	STATUS_UPDATED,
	STATUS_STARTED,
	STATUS_FINISHED,
	STATUS_VERIFIED,
	STATUS_PUBLISHED,
	STATUS_CLIENT,
	STATUS_OBSTACLE, /* why it cannot be resumed; NULL: it can */
	STATUS_FIELDS
};

/* One row a foreign key that a load has taken off and not put back. */
enum {
	STATUS_KEY_LOAD, /* id */
	STATUS_KEY_TABLE,
	STATUS_KEY_NAME,
	STATUS_KEY_DEFINITION,
};

typedef struct {
	PGresult *loads; /* newest first; NULL: there is no ledger */
	PGresult *keys;  /* NULL: none are off */
} StatusLoads;

/* Append one line a load: a table for people, or with json one object a line.
 * ERROR_TARGET where the role may not read the ledger. */
bool status_put(Server *server, bool json, Buf *out, Error *err) MUST_CHECK;

/* Write down how many chunks the tables of a load have, for others to see. */
bool status_expect(
    const Plan *plan, const Manifest *manifest, Error *err) MUST_CHECK;

#endif
