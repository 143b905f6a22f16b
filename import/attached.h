/*
 * attached: what others have tied to tables - views, foreign keys, triggers
 * and the like - and what would be lost, or break, if the tables went.
 */
#ifndef IMPORT_ATTACHED_H
#define IMPORT_ATTACHED_H

#include "import/fit.h"
#include "import/server.h"

typedef enum {
	ATTACHED_MOVED,   /* others take the tables' places */
	ATTACHED_DROPPED, /* the tables go for good */
} AttachedFate;

/* Inside: tell each thing that is in the way as a problem, and what else a
 * person should know as a note.  relations is an array of OIDs. */
bool attached_tell(Server *server, AttachedFate fate, const char *relations,
    FitReport *report, Error *err) MUST_CHECK;

#endif
