/*
 * parent: the table that a foreign key of a new table refers to, which need
 * not be there, or not yet be complete, where only a part of the tables is
 * loaded.
 */
#ifndef IMPORT_PARENT_H
#define IMPORT_PARENT_H

#include "formats/bytes.h"
#include "formats/schema.h"

#include "import/server.h"

/* Inside: is there a table with its name?  namespace is that of tables that
 * name none. */
bool parent_ask(Server *server, const char *namespace, const ForeignKey *key,
    bool *found, Error *err) MUST_CHECK;

/* The warning that the key with this name was not made: without its parent, or
 * without a key of the parent's to refer to. */
bool parent_describe(const Table *table, const ForeignKey *key,
    const char *name, bool found, Buf *warning, Error *err) MUST_CHECK;

#endif
