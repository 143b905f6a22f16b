/*
 * readiness: can this server take a load at all?  Asked before anything is
 * made; what the role may do in it is rights.h.
 */
#ifndef IMPORT_READINESS_H
#define IMPORT_READINESS_H

#include "formats/error.h"
#include "formats/report.h"

#include "import/server.h"

/* PostgreSQL 12 is the oldest that has all we use. */
#define READINESS_VERSION 120000

/* Version, encoding, standby, read-only.  ERROR_TARGET. */
bool readiness_check(Server *server, Error *err) MUST_CHECK;
/* The same without whether it can be written to. */
bool readiness_to_read(const Server *server, Error *err) MUST_CHECK;
/* The version only, which is all that reading the catalogs needs. */
bool readiness_version(const Server *server, Error *err) MUST_CHECK;

/* Warn where every COMMIT will wait for a synchronous standby that is not
 * there: the load will stand still, and nobody else says why. */
bool readiness_warn(Server *server, Report *report, Error *err) MUST_CHECK;

/* How many more sessions the server would take from us; at most wanted. */
bool readiness_sessions(
    Server *server, unsigned wanted, unsigned *possible, Error *err) MUST_CHECK;

#endif
