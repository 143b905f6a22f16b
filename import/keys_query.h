/*
 * keys_query: which foreign keys the tables of a load have, and which of them
 * may be taken off.
 */
#ifndef IMPORT_KEYS_QUERY_H
#define IMPORT_KEYS_QUERY_H

#include "import/plan.h"

/* One row a key: those from a table that is loaded, in the order of names. */
enum {
	KEYS_QUERY_RELATION, /* OID */
	KEYS_QUERY_PARENT,   /* OID */
	KEYS_QUERY_SCHEMA,   /* of the relation */
	KEYS_QUERY_TABLE,
	KEYS_QUERY_NAME,
	KEYS_QUERY_STAYS, /* why it does; "" where it may be taken off */
	KEYS_QUERY_GRANT, /* what would permit that */
};

/* What KEYS_QUERY_STAYS begins with. */
#define KEYS_QUERY_KEPT        'k' /* as was asked for */
#define KEYS_QUERY_PARTITIONED 'p'
#define KEYS_QUERY_FOREIGN     'f' /* the table is not this role's */
#define KEYS_QUERY_NO_GRANT    'g' /* only that is missing */

/* Inside: the keys of all wanted tables.  *keys is owned (PQclear). */
bool keys_query(
    Server *server, const Plan *plan, PGresult **keys, Error *err) MUST_CHECK;

/* The OIDs of all wanted tables as an array, borrowed from out; NULL when
 * memory is out. */
const char *keys_query_relations(const Plan *plan, Buf *out, Error *err);

#endif
