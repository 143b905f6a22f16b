#include "import/blockers.h"

/* The first parameter: are those that read in the way too?  Modes as of
 * explicit-locking, table 13.2. */
static const char blockers_sql[] =
    "SELECT coalesce('process ' || l.pid, 'a prepared transaction')"
    " || coalesce(' of role \"' || a.usename || '\"',"
    "  ' (' || a.backend_type || ')', '')"
    " || coalesce(' (' || nullif(a.application_name, '') || ')', '')"
    " || coalesce(', ' || a.state, '')"
    " || coalesce(' since ' || to_char(a.state_change, 'HH24:MI:SS'), '')"
    " FROM (SELECT DISTINCT pid FROM pg_locks"
    "  WHERE locktype = 'relation' AND granted"
    "  AND database = (SELECT oid FROM pg_database"
    "   WHERE datname = current_database())"
    "  AND relation = ANY ($2::oid[])"
    "  AND pid IS DISTINCT FROM pg_backend_pid()"
    "  AND ($1::boolean"
    "   OR mode NOT IN ('AccessShareLock', 'RowShareLock'))) AS l"
    " LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid"
    " ORDER BY a.xact_start, l.pid LIMIT 3";

bool
blockers_put(Server *server, BlockersKind kind, const char *relations,
    Buf *text, Error *err)
{
	const char *values[] = {
		kind == BLOCKERS_OF_READS_TOO ? "true" : "false", relations
	};
	PGresult *blockers;
	bool good = true;
	int row;

	if (!server_query(server, blockers_sql, values, 2, &blockers, err))
		return false;
	for (row = 0; good && row < PQntuples(blockers); row++)
		good = buf_put_format(text, err, "%s%s", row == 0 ? "" : "; ",
		    PQgetvalue(blockers, row, 0));
	PQclear(blockers);
	return good;
}
