/*
 * readiness: can this server take this load?  Asked before anything is made,
 * so that what is missing is said at once, with what to do about it.
 */
#ifndef IMPORT_READINESS_H
#define IMPORT_READINESS_H

#include "formats/error.h"

#include "import/server.h"

/* PostgreSQL 12 is the oldest that has all we use. */
#define READINESS_VERSION 120000

/*
 * Version, encoding, standby, read-only, the right to make or use the ledger
 * and, where tables are to be made, to create in namespace.  ERROR_TARGET.
 */
bool readiness_check(Server *server, const char *namespace, bool make_tables,
    Error *err) MUST_CHECK;
/* The version only, which is all that reading the catalogs needs. */
bool readiness_version(const Server *server, Error *err) MUST_CHECK;

/* How many more sessions the server would take from us; at most wanted. */
bool readiness_sessions(
    Server *server, unsigned wanted, unsigned *possible, Error *err) MUST_CHECK;

#endif
