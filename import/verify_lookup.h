/*
 * verify_lookup: a chunk's rows looked up in the target, by the server.
 *
 * For tables that hold rows of others, too.  The chunk goes into a temporary
 * table; the server then names the rows that are not in the target, or are
 * there with other values.
 *
 * Rows are found by their key.  Without one they are counted: as many equal
 * rows must be there as the chunk has.
 */
#ifndef IMPORT_VERIFY_LOOKUP_H
#define IMPORT_VERIFY_LOOKUP_H

#include "import/verify_temporary.h"

/* As many rows of a chunk are named at most. */
#define VERIFY_NAMED 20

/* Sets all that is found of the chunk, which the caller frees whatever comes
 * back. */
bool verify_lookup_run(VerifyTemporary *lookup, Server *server,
    VerifyChunk *chunk, Error *err) MUST_CHECK;

#endif
