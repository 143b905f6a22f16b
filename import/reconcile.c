#include "import/reconcile.h"

static bool
compare(const Plan *plan, size_t table, uint64_t found, uint64_t expected,
    bool *whole, Error *err)
{
	const Table *at = &plan->schema->tables[table];

	if (found < expected)
		*whole = false;
	if (found <= expected)
		return true;
	return error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\": the ledger has %llu rows, the dump %llu%s", at->name,
	    (unsigned long long)found, (unsigned long long)expected,
	    plan->existing ? "" : ". Use --clean to start over");
}

bool
reconcile_rows(const Plan *plan, const Manifest *manifest, LedgerCounts *counts,
    bool *whole, Error *err)
{
	LedgerChunks chunks = { 0 };
	bool good;
	size_t i;

	*whole = true;
	good = ledger_read_chunks(plan->servers[0], plan->id, &chunks, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		counts[i] = ledger_table_counts(
		    &chunks, plan->schema->tables[i].directory);
		good = compare(plan, i, counts[i].rows,
		    manifest->tables[i].rows, whole, err);
	}
	ledger_free_chunks(&chunks);
	return good;
}
