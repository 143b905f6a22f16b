/*
 * namespace: schemas in the target that a load makes, and the two beside each
 * live one that a publication needs: "public__new", where its tables are made,
 * and "public__old", where those that it replaces are kept.
 *
 * What we have made stands in litehaul.namespace, by OID, and only that is
 * ever dropped, and only when nothing is left in it.
 *
 * All but the names is called within a transaction's body.
 */
#ifndef IMPORT_NAMESPACE_H
#define IMPORT_NAMESPACE_H

#include "formats/arena.h"
#include "formats/error.h"

#include "import/server.h"

/* NULL when memory is out.  The names of two schemas differ, and none has more
 * than 63 bytes. */
const char *
namespace_new(const char *live, Arena *arena, Error *err) MUST_CHECK;
const char *
namespace_old(const char *live, Arena *arena, Error *err) MUST_CHECK;

/* Where it is missing. */
bool namespace_make(Server *server, const char *name, Error *err) MUST_CHECK;

/* Where it is ours and empty; else it stays. */
bool namespace_drop(Server *server, const char *name, Error *err) MUST_CHECK;

#endif
