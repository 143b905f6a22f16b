/*
 * verify_through: a chunk's rows as the target has them.
 *
 * What an enum, an array or an address looks like when it is read back, only
 * the server knows.  So the chunk goes into a temporary table and comes back by
 * the very statement that reads the target.
 */
#ifndef IMPORT_VERIFY_THROUGH_H
#define IMPORT_VERIFY_THROUGH_H

#include "import/verify_look.h"
#include "import/verify_temporary.h"

typedef struct {
	VerifyTemporary *temporary;
	VerifyStream *stream;
	VerifyWorker *worker;
	VerifySink *sink; /* emptied, then filled */
	const VerifyLook *look;
} VerifyThrough;

bool verify_through_run(VerifyThrough *through, Server *server,
    VerifyChunk *chunk, Error *err) MUST_CHECK;

#endif
