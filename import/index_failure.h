/*
 * index_failure: an index that the rows do not permit.  It does not keep the
 * others from being built: each is told, and all of them end the run.
 */
#ifndef IMPORT_INDEX_FAILURE_H
#define IMPORT_INDEX_FAILURE_H

#include "formats/bytes.h"
#include "formats/schema.h"

/* Is it that which the server's SQLSTATE says? */
bool index_failure_is(const char *state);

/* Say what err, the server's failure, is about. */
bool index_failure_put(
    Buf *out, const Table *table, const char *name, Error *err) MUST_CHECK;

/* True where none has failed, else what to do. */
bool index_failure_check(size_t failed, Error *err) MUST_CHECK;

#endif
