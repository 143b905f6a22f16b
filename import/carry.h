/*
 * carry: makes a table that takes another's place what that one was to the
 * people around it: owner, privileges, comments, replica identity, storage
 * settings.
 */
#ifndef IMPORT_CARRY_H
#define IMPORT_CARRY_H

#include "formats/error.h"

#include "import/server.h"

/* Inside: from each relation of old to the one at its place in new; arrays of
 * OIDs. */
bool carry_over(
    Server *server, const char *old, const char *new, Error *err) MUST_CHECK;

/* Inside: what ALTER DEFAULT PRIVILEGES grants on new tables of the schema
 * that these have come to. */
bool
carry_defaults(Server *server, const char *relations, Error *err) MUST_CHECK;

#endif
