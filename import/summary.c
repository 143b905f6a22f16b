#include "import/summary.h"

/* Below this no rate is shown. */
#define RATE_MS_LEAST 50

const ReportColumn summary_columns[SUMMARY_COLUMNS] = {
	{ "table", REPORT_TEXT },
	{ "rows", REPORT_COUNT },
	{ "bytes", REPORT_BYTES },
	{ "time", REPORT_SECONDS },
	{ "rows/s", REPORT_COUNT },
};

static void
put_cells(ReportCell *cells, const char *name, uint64_t rows, uint64_t bytes,
    int64_t ms)
{
	uint64_t time_ms = ms > 0 ? (uint64_t)ms : 0;

	cells[0].text = name;
	cells[1].value = rows;
	cells[2].value = bytes;
	cells[3].value = time_ms;
	/* A rate from a few milliseconds says nothing. */
	if (time_ms < RATE_MS_LEAST)
		cells[4].text = "";
	else
		cells[4].value = rows * 1000 / time_ms;
}

bool
summary_make(const Plan *plan, const LoadTable *loaded, int64_t load_ms,
    Arena *arena, ReportCell **cells, size_t *n_rows, Error *err)
{
	const Schema *schema = plan->schema;
	uint64_t rows = 0, bytes = 0;
	const LoadTable *table;
	size_t i, n = 0;

	*cells = arena_alloc(
	    arena, schema->n_tables + 1, SUMMARY_COLUMNS * sizeof **cells, err);
	if (*cells == NULL)
		return false;
	for (i = 0; i < schema->n_tables; i++) {
		table = &loaded[i];
		if (!plan->wanted[i])
			continue;
		put_cells(*cells + n++ * SUMMARY_COLUMNS,
		    schema->tables[i].name, table->rows, table->raw_bytes,
		    table->ended_ms - table->began_ms);
		rows += table->rows;
		bytes += table->raw_bytes;
	}
	put_cells(
	    *cells + n++ * SUMMARY_COLUMNS, "total", rows, bytes, load_ms);
	*n_rows = n;
	return true;
}

void
summary_chunks(
    const Plan *plan, const LoadTable *loaded, uint64_t *chunks, uint64_t *sent)
{
	size_t i;

	*chunks = *sent = 0;
	for (i = 0; i < plan->schema->n_tables; i++) {
		*chunks += loaded[i].chunks;
		*sent += loaded[i].sent_chunks;
	}
}
