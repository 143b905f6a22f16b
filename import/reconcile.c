#include "import/reconcile.h"

#include <string.h>

#include "import/odds.h"

/* Chunks of the ledger that the dump has not, or has with other rows. */
static bool
compare_chunks(const Plan *plan, size_t table, const ManifestTable *listed,
    const LedgerChunks *chunks, Error *err)
{
	const Table *at = &plan->schema->tables[table];
	unsigned long ordinal = 0;
	const char *sha256;
	int row = -1;

	while (
	    ledger_next_chunk(chunks, at->directory, &row, &ordinal, &sha256)) {
		if (ordinal > 0 && ordinal <= listed->n_files) {
			if (odds_check(plan, sha256,
				&listed->files[ordinal - 1].digest, err))
				continue;
			return error_add(
			    err, "table \"%s\", chunk %lu", at->name, ordinal);
		}
		(void)error_set(err, ERROR_FAILED,
		    "table \"%s\": this load was begun with another dump, of "
		    "more chunks: the ledger has chunk %lu, the dump %zu of "
		    "them",
		    at->name, ordinal, listed->n_files);
		return odds_advise(plan, err);
	}
	return true;
}

static bool
compare_rows(const Plan *plan, size_t table, uint64_t found, uint64_t expected,
    bool *whole, Error *err)
{
	if (found < expected)
		*whole = false;
	if (found <= expected)
		return true;
	(void)error_set(err, ERROR_DIFFERENCE,
	    "table \"%s\": the ledger has %llu rows, the dump %llu",
	    plan->schema->tables[table].name, (unsigned long long)found,
	    (unsigned long long)expected);
	return odds_advise(plan, err);
}

bool
reconcile_chunks(const Plan *plan, const Manifest *manifest, Error *err)
{
	LedgerChunks chunks = { 0 };
	bool good;
	size_t i;

	if (manifest == NULL)
		return true;
	good = ledger_read_chunks(plan->servers[0], plan->id, &chunks, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		if (plan->wanted[i])
			good = compare_chunks(
			    plan, i, &manifest->tables[i], &chunks, err);
	}
	ledger_free_chunks(&chunks);
	return good;
}

/* Of one table. */
static bool
has_same_chunks(const LedgerChunks *chunks, const char *directory,
    const ManifestTable *listed)
{
	unsigned long ordinal;
	char hex[DIGEST_HEX_BYTES];
	const char *sha256;
	size_t n = 0;
	int row = -1;

	while (ledger_next_chunk(chunks, directory, &row, &ordinal, &sha256)) {
		if (ordinal == 0 || ordinal > listed->n_files)
			return false;
		digest_hex(&listed->files[ordinal - 1].digest, hex);
		if (strcmp(hex, sha256) != 0)
			return false;
		n++;
	}
	return n == listed->n_files;
}

bool
reconcile_same(const Plan *plan, const char *id, const Manifest *manifest,
    bool *same, Error *err)
{
	LedgerChunks chunks = { 0 };
	size_t i;

	*same = manifest != NULL;
	if (!*same)
		return true;
	if (!ledger_read_chunks(plan->servers[0], id, &chunks, err))
		return false;
	for (i = 0; *same && i < plan->schema->n_tables; i++) {
		if (plan->wanted[i])
			*same = has_same_chunks(&chunks,
			    plan->schema->tables[i].directory,
			    &manifest->tables[i]);
	}
	ledger_free_chunks(&chunks);
	return true;
}

bool
reconcile_rows(const Plan *plan, const Manifest *manifest, LedgerCounts *counts,
    bool *whole, Error *err)
{
	const ManifestTable *listed;
	LedgerChunks chunks = { 0 };
	bool good;
	size_t i;

	*whole = true;
	good = ledger_read_chunks(plan->servers[0], plan->id, &chunks, err);
	for (i = 0; good && i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		listed = &manifest->tables[i];
		counts[i] = ledger_table_counts(
		    &chunks, plan->schema->tables[i].directory);
		good = compare_chunks(plan, i, listed, &chunks, err) &&
		    compare_rows(
			plan, i, counts[i].rows, listed->rows, whole, err);
	}
	ledger_free_chunks(&chunks);
	return good;
}
