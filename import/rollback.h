/*
 * rollback: takes a publication back, or makes it final (publish.h).
 */
#ifndef IMPORT_ROLLBACK_H
#define IMPORT_ROLLBACK_H

#include "formats/bytes.h"

#include "import/fit.h"
#include "import/server.h"

typedef struct {
	Server *server;
	const char *namespace; /* live schema; NULL: any */
	bool dry_run;          /* look only */
	FitReport *report;     /* what is in the way, and notes */
} Rollback;

/*
 * Put back what the last publication replaced; its own tables go to where they
 * were made, and the same --publish puts them live again.  told gets a line
 * for people.  ERROR_FAILED: nothing has been changed.
 */
bool rollback_run(const Rollback *rollback, Buf *told, Error *err) MUST_CHECK;

/* Drop what publications have replaced. */
bool
rollback_discard(const Rollback *rollback, Buf *told, Error *err) MUST_CHECK;

#endif
