/*
 * orphans: rows whose parent is missing, put into words.
 */
#ifndef IMPORT_ORPHANS_H
#define IMPORT_ORPHANS_H

#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/schema.h"

#include "import/server.h"

/* Whose orphans. */
typedef struct {
	const Table *table;
	const ForeignKey *key;
	const char *name; /* the key's */
	bool full;        /* MATCH FULL */
} OrphansOf;

/* Put in text how many orphans a foreign key has and the first of them:
 * table "orders": 3 rows have no parent in "users" (foreign key
 * "orders_user_id_fkey", kept NOT VALID): id=7 has user_id=99; ... */
bool orphans_describe(Server *server, const char *namespace,
    const OrphansOf *of, Buf *text, Error *err) MUST_CHECK;

#endif
