/*
 * publish_look: which tables a publication is about, and where each is now.
 */
#ifndef IMPORT_PUBLISH_LOOK_H
#define IMPORT_PUBLISH_LOOK_H

#include "import/plan.h"

typedef enum {
	PUBLISH_ABSENT, /* not made yet */
	PUBLISH_STAGED, /* beside the live one */
	PUBLISH_LIVE,   /* has been published */
} PublishPlace;

/* One wanted table. */
typedef struct {
	size_t table;
	const char *name;
	const char *live;   /* schema that it is published in */
	const char *beside; /* that it is made in */
	const char *kept;   /* that a replaced one goes to */
	PublishPlace place;
	const char *staged; /* OID where it is made, else NULL */
	const char *old;    /* OID of the live one that it replaces, or NULL */
} PublishTable;

typedef struct {
	const Plan *plan;
	bool ledger;          /* is there */
	PublishTable *tables; /* n, and an empty one */
	size_t n;
	Arena arena; /* holds all of it */
} PublishLook;

/* Inside: what is where; forgets what was known.  ERROR_FAILED for a table that
 * somebody has moved. */
bool
publish_look_find(Server *server, PublishLook *look, Error *err) MUST_CHECK;

typedef enum {
	PUBLISH_AT_LIVE,
	PUBLISH_AT_BESIDE,
	PUBLISH_AT_KEPT,
} PublishWhere;

/* Inside: ask about all tables: $1 is one of their schemas each, $2 their
 * names. */
bool
publish_look_ask(Server *server, const PublishLook *look, PublishWhere where,
    const char *sql, PGresult **answer, Error *err) MUST_CHECK;

/* Which of the tables: WITH ORDINALITY of such a query, from 0. */
size_t publish_look_place(const PublishLook *look, const char *place);

void publish_look_free(PublishLook *look);

#endif
