/*
 * plan: what is loaded, where to, and through which sessions; the same for all
 * steps of a load and constant while one runs.
 */
#ifndef IMPORT_PLAN_H
#define IMPORT_PLAN_H

#include "formats/digest.h"
#include "formats/schema.h"

#include "import/ddl.h"
#include "import/server.h"
#include "import/settings.h"

/* How a table is loaded; what is zero is the usual. */
typedef struct {
	const bool *skipped;  /* by column: the server makes its values; NULL
				* for none */
	const int *fractions; /* by column: digits of a second's fraction that
				* the target keeps, -1 for all; NULL for all */
	DdlCopy format;
	const size_t *key; /* columns of a key that the target has, to tell rows
			    * by where the dump names none; NULL for none */
	size_t n_key;
	const char *relation; /* OID, of a table that was there; else NULL */
	unsigned rank;        /* all tables of a lower one are loaded before */
	bool in_order;        /* its chunks are loaded one after the other */
	bool shared;          /* rows of others are in it: not counted */
	bool spread;          /* over partitions or servers (spread.h) */
	const struct MergeTarget *merge; /* --on-conflict; NULL: plainly */
} PlanTable;

typedef struct {
	const Schema *schema;
	const Schema *live; /* --publish: the dump's own, with the live schemas'
			     * names; else NULL */
	const char *live_namespace; /* of tables that name none there */
	const bool *wanted;         /* by table of the schema */
	PlanTable *tables;          /* by table of the schema */
	unsigned n_ranks;           /* 0 or 1: in any order */
	bool existing;              /* into tables that are there */
	bool keys_stay;             /* their foreign keys in force */
	bool spread;                /* a table is */
	Conflict conflict;
	Orphans orphans;
	uint64_t max_rejects;
	const char *namespace;     /* schema in the target of tables that name
				    * none */
	char id[DIGEST_HEX_BYTES]; /* of the load, in the ledger */
	char shape[DIGEST_HEX_BYTES]; /* ledger_shape */
	Server **servers;   /* one a worker; the first one is the main one */
	PipelinePool *pool; /* in which they share; NULL for one */
	unsigned n_servers;
} Plan;

/* What settings ask for of a dump; sessions are opened later.  ERROR_USAGE. */
bool plan_make(Plan *plan, const Schema *schema, const Digest *digest,
    const Settings *settings, Arena *arena, Error *err) MUST_CHECK;

/* The schemas of all wanted tables, each once; *names is from arena. */
bool plan_namespaces(const Plan *plan, Arena *arena, const char *const **names,
    size_t *n, Error *err) MUST_CHECK;

#endif
