/*
 * describe: what the tables of a database are like, read from the server's
 * catalogs into a Target (formats/target.h), for --describe and for loading
 * into tables that are there.
 *
 * No table's rows are looked at, and no privilege is needed but to connect.
 * Partitions are left out: their table stands for them.  The same schema gives
 * the same Target.
 */
#ifndef IMPORT_DESCRIBE_H
#define IMPORT_DESCRIBE_H

#include "formats/target.h"

#include "import/server.h"

/* Schemas of all tables that are neither the server's nor the ledger's. */
#define DESCRIBE_ALL "*"

/*
 * Read all tables of n schemas, which are described in the order of their
 * names; the first one given is the Target's own.  A schema that is not there
 * is ERROR_FAILED.  Free the Target, which must be empty, whatever comes back.
 */
bool describe_read(Server *server, const char *const *namespaces, size_t n,
    Target *target, Error *err) MUST_CHECK;

/* Inside a transaction: the same of those schemas that are there. */
bool describe_inside(Server *server, const char *const *namespaces, size_t n,
    Target *target, Error *err) MUST_CHECK;

#endif
