/*
 * plan: what is loaded, where to, and through which sessions; the same for all
 * steps of a load and constant while one runs.
 */
#ifndef IMPORT_PLAN_H
#define IMPORT_PLAN_H

#include "formats/digest.h"
#include "formats/schema.h"

#include "import/server.h"

typedef struct {
	const Schema *schema;
	const bool *wanted;        /* by table of the schema */
	const char *namespace;     /* schema in the target */
	char id[DIGEST_HEX_BYTES]; /* of the load, in the ledger */
	Server **servers; /* one a worker; the first one is the main one */
	unsigned n_servers;
} Plan;

#endif
