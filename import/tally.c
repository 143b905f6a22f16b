#include "import/tally.h"

#include <stdlib.h>

#include "import/ledger.h"

/* Behind the table's own count; $2 is the table's path.  One statement sees one
 * state. */
static const char expected_sql[] =
    ", (SELECT coalesce(sum(rows - rejected - skipped - updated), 0)"
    "  FROM litehaul.chunk WHERE load_id = $1 AND starts_with(path, $2))"
    " - (SELECT count(*) FROM litehaul.reject"
    "  WHERE load_id = $1 AND path = $2),"
    " EXISTS (SELECT FROM litehaul.object WHERE load_id = $1"
    "  AND kind = '" LEDGER_LOADED "' AND 'data/' || name || '/' = $2)";

static bool
put_sql(const Plan *plan, const Table *table, Buf *sql, Error *err)
{
	return buf_put_text(sql, "SELECT (SELECT count(*) FROM ", err) &&
	    ddl_put_table_name(sql, plan->namespace, table, err) &&
	    buf_put_text(sql, ")", err) && buf_put_text(sql, expected_sql, err);
}

bool
tally_count(
    Server *server, const Plan *plan, size_t table, Tally *tally, Error *err)
{
	const Table *counted = &plan->schema->tables[table];
	const char *values[] = { plan->id, NULL }, *text;
	Buf sql = { 0 }, path = { 0 };
	PGresult *result;
	bool good = false;

	if (!ledger_affirm(server, plan->id, err) ||
	    !put_sql(plan, counted, &sql, err) ||
	    !buf_put_format(&path, err, "data/%s/", counted->directory))
		goto done;
	text = buf_text(&sql, err);
	values[1] = buf_text(&path, err);
	if (text == NULL || values[1] == NULL ||
	    !server_query(server, text, values, 2, &result, err))
		goto done;
	tally->rows = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	tally->expected = strtoull(PQgetvalue(result, 0, 1), NULL, 10);
	tally->finished = PQgetvalue(result, 0, 2)[0] == 't';
	PQclear(result);
	good = true;
done:
	buf_free(&sql);
	buf_free(&path);
	return good;
}
