/*
 * preview_target: what --dry-run asks of the target, all of one moment and
 * read only.
 */
#ifndef IMPORT_PREVIEW_TARGET_H
#define IMPORT_PREVIEW_TARGET_H

#include "import/hooks.h"
#include "import/ledger.h"
#include "import/plan.h"

typedef struct {
	bool there;
	bool ours;            /* the load has made it */
	uint64_t chunks;      /* that the load has loaded */
	uint64_t rows;        /* about: as the last ANALYZE saw it */
	uint64_t bytes;       /* with its indexes */
	const char *triggers; /* names of those that fire; "" for none */
} PreviewTable;

typedef struct {
	const char *who; /* role "app" on PostgreSQL 15.9, database "app" */
	unsigned free_sessions;
	uint64_t database_bytes;
	LedgerState state;
	const char *started;  /* of the load; "" for none */
	bool ran[HOOKS];      /* for this load */
	PreviewTable *tables; /* by table of the schema */
} PreviewTarget;

/* Texts and tables are from arena. */
bool preview_target_read(const Plan *plan, PreviewTarget *target, Arena *arena,
    Error *err) MUST_CHECK;

#endif
