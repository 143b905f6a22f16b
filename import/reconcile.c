#include "import/reconcile.h"

#include "import/ledger.h"

static bool
compare(const Plan *plan, const LedgerChunks *chunks, size_t table,
    uint64_t expected, bool *whole, Error *err)
{
	const Table *at = &plan->schema->tables[table];
	uint64_t rows = ledger_table_rows(chunks, at->directory);

	if (rows < expected)
		*whole = false;
	if (rows <= expected)
		return true;
	return error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\": the ledger has %llu rows, the dump %llu%s", at->name,
	    (unsigned long long)rows, (unsigned long long)expected,
	    plan->existing ? "" : ". Use --clean to start over");
}

bool
reconcile_rows(const Plan *plan, const Manifest *manifest, uint64_t *rows,
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
		rows[i] = manifest->tables[i].rows;
		good = compare(plan, &chunks, i, rows[i], whole, err);
	}
	ledger_free_chunks(&chunks);
	return good;
}
