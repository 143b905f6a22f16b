/*
 * rejects: the rows of a load that were refused (litehaul.reject) as a dump of
 * their own, which litehaul-import -a loads once the target is mended.
 *
 *	rejects_begin(&rejects, err)		before anything is loaded
 *	rejects_write(&rejects, server, err)	at the load's end
 *	rejects_warn(&rejects, i, &text, err)	what is to be told, line by line
 *	rejects_free(&rejects)
 *
 * Whoever loads, and how often it is stopped, the ledger has them all; so each
 * run writes the same dump again, in place of an earlier one.  It has the
 * tables of the load, and beside the rows as they stand in the chunks its
 * rejects.ndjson has one object for each:
 *
 *	{"table":"users","path":"data/users/000001","row":12,"key":{"id":17},
 *	 "column":"age","constraint":"users_age_check","sqlstate":"23514",
 *	 "message":"new row for relation ..."}
 *
 * row counts the chunk's rows from 1; column and constraint stand there where
 * the server named one.
 */
#ifndef IMPORT_REJECTS_H
#define IMPORT_REJECTS_H

#include "formats/dump.h"

#include "import/plan.h"

/* Kinds of reasons that are told apart; what comes beyond is one more. */
#define REJECTS_KINDS 1000

typedef struct {
	/* Set by the caller, borrowed. */
	const Plan *plan;
	const char *dump; /* that is loaded; "-" */
	const char *path; /* the directory to make; NULL: one is chosen */
	/* Ours. */
	Schema schema; /* of the rows refused */
	uint64_t rows; /* that were refused */
	bool stale;    /* none was, but path holds some of an earlier run */
	Buf kinds;     /* most rows first */
	Arena arena;
} Rejects;

/* ERROR_USAGE where something else is at path. */
bool rejects_begin(Rejects *rejects, Error *err) MUST_CHECK;

/* Nothing is written where no row was refused. */
bool rejects_write(Rejects *rejects, Server *server, Error *err) MUST_CHECK;

size_t rejects_kinds(const Rejects *rejects);
/* One of them for people: 'table "users": 3 rows were refused, the first one
 * is row 12 of data/users/000001 (id=17): ...' */
bool rejects_put_kind(
    const Rejects *rejects, size_t i, Buf *out, Error *err) MUST_CHECK;

void rejects_free(Rejects *rejects);

#endif
