/*
 * orphans_keys: the foreign keys whose orphans a load may set aside
 * (--orphans=reject).
 *
 * Those of new tables stand in the dump.  Those of tables that were there have
 * been taken off them, and stand in the ledger in the server's words.
 */
#ifndef IMPORT_ORPHANS_KEYS_H
#define IMPORT_ORPHANS_KEYS_H

#include "import/plan.h"

typedef struct {
	size_t table;      /* of the plan */
	const Table *from; /* the same, with the key's columns at least */
	ForeignKey key;
	const char *name; /* of the key */
	bool full;        /* MATCH FULL */
	bool self;        /* its parent is its own table */
	bool waiting;     /* to be looked at, again perhaps */
} OrphansKey;

typedef struct {
	OrphansKey *keys;
	size_t n;
} OrphansKeys;

/*
 * Inside: all that were valid before the load.  One that another unfinished
 * load has taken off too is left out, as its orphans may be that load's.  What
 * is found is from arena.
 */
bool orphans_keys_list(Server *server, const Plan *plan, Arena *arena,
    OrphansKeys *list, Error *err) MUST_CHECK;

/* Read what pg_get_constraintdef says of a foreign key: columns and parent, of
 * a table of these columns.  *known is false where it is none we know, such as
 * one over periods (PostgreSQL 18). */
bool orphans_keys_read(const char *definition, Arena *arena, OrphansKey *key,
    bool *known, Error *err) MUST_CHECK;

/* The foreign keys of the load's own tables that are not valid, in names;
 * "" for none. */
bool orphans_keys_left(const Plan *plan, Buf *names, Error *err) MUST_CHECK;

#endif
