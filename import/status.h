/*
 * status: the loads that a target's ledger knows of.
 */
#ifndef IMPORT_STATUS_H
#define IMPORT_STATUS_H

#include "formats/bytes.h"
#include "formats/error.h"

#include "import/server.h"

/* Append one line a load, newest first: a table for people, or with json one
 * object a line. */
bool status_put(Server *server, bool json, Buf *out, Error *err) MUST_CHECK;

#endif
