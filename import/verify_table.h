/*
 * verify_table: what of each table is compared, and how.
 *
 * Tables that hold the dump's rows and no others are read whole and compared
 * by sums.  Where rows of others are there too, or values that only the server
 * can bring into one form, each row of the dump is looked up (verify_lookup.h).
 */
#ifndef IMPORT_VERIFY_TABLE_H
#define IMPORT_VERIFY_TABLE_H

#include "import/feed.h"
#include "import/fit.h"
#include "import/ledger.h"
#include "import/plan.h"
#include "import/verify_row.h"

/* For every transaction that reads: rows must not hide behind a policy, nor
 * digits behind a setting. */
#define VERIFY_SETTINGS                 \
	"SET LOCAL row_security = off;" \
	"SET LOCAL extra_float_digits = 1;"

typedef enum {
	VERIFY_NOT,   /* not wanted, or it cannot be, which has been told */
	VERIFY_WHOLE, /* by sums of all rows */
	VERIFY_ROWS   /* row by row */
} VerifyWay;

typedef struct {
	VerifyWay way;
	const Table *table;
	Feed feed;
	VerifyShape shape;   /* of the columns that are sent; types as they are
			    * in the target */
	const char *select;  /* SELECT of those columns FROM the table */
	const char *forms;   /* the columns, what has no type of ours as text */
	bool through;        /* VERIFY_WHOLE: the dump's values must go through
			      * the server first (verify_through.h) */
	const char *name;    /* quoted, with its schema */
	LedgerCounts counts; /* of what was loaded; without rows */
	uint64_t orphans;    /* of those rejected: for want of a parent */
	uint64_t left;       /* rows that --on-conflict=skip left as they were,
			      * so others than the dump's may be there */
	bool shared;         /* rows of others are in it */
	bool updated;        /* by --on-conflict=update */
} VerifyTable;

/*
 * Inside: look at the target's tables and at what the ledger says of them.
 * tables has an element for each of the schema's.  What is missing or has
 * another type now is told as a problem, what is not compared as a note.
 */
bool verify_table_look(const Plan *plan, Server *server, VerifyTable *tables,
    FitReport *report, Arena *arena, Error *err) MUST_CHECK;

/* The name of the i-th of the columns that are sent. */
const char *verify_table_column(const VerifyTable *table, size_t i);

#endif
