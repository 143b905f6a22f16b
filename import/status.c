#include "import/status.h"

#include <stdlib.h>
#include <string.h>

#include "formats/json.h"

#include "import/ledger.h"

/* Digits of a load's id that are shown; enough to tell loads apart. */
#define ID_DIGITS "12"

enum {
	LOAD_ID,
	LOAD_SOURCE,
	LOAD_STATE,
	LOAD_NAMESPACE,
	LOAD_TABLES,
	LOAD_CHUNKS,
	LOAD_ROWS,
	LOAD_STARTED,
	LOAD_FINISHED,
	LOAD_FIELDS
};

static const char loads_sql[] =
    "SELECT left(l.id, " ID_DIGITS "), l.source, l.state, l.namespace,"
    " (SELECT count(DISTINCT o.name) FROM litehaul.object AS o"
    "  WHERE o.load_id = l.id),"
    " count(c.path), coalesce(sum(c.rows), 0)::bigint,"
    " to_char(l.started, 'YYYY-MM-DD HH24:MI:SS\"Z\"'),"
    " coalesce(to_char(l.finished, 'YYYY-MM-DD HH24:MI:SS\"Z\"'), '')"
    " FROM litehaul.load AS l"
    " LEFT JOIN litehaul.chunk AS c ON c.load_id = l.id"
    " GROUP BY l.id ORDER BY l.started DESC, l.id";

static const char *const titles[LOAD_FIELDS] = { "load", "source", "state",
	"schema", "tables", "chunks", "rows", "started", "finished" };

static bool
is_number(int field)
{
	return field == LOAD_TABLES || field == LOAD_CHUNKS ||
	    field == LOAD_ROWS;
}

static bool
put_json(const PGresult *loads, Buf *out, Error *err)
{
	JsonWriter json;
	const char *value;
	int row, field;

	for (row = 0; row < PQntuples(loads); row++) {
		json = (JsonWriter){ .out = out };
		json_begin_object(&json, NULL);
		for (field = 0; field < LOAD_FIELDS; field++) {
			value = PQgetvalue(loads, row, field);
			if (is_number(field))
				json_put_integer(&json, titles[field],
				    strtoll(value, NULL, 10));
			else
				json_put_text(&json, titles[field], value);
		}
		json_end(&json);
		if (!json_finish(&json, err) || !buf_put_text(out, "\n", err))
			return false;
	}
	return true;
}

/* Columns as wide as their widest value, numbers at the right. */
static bool
put_row(const PGresult *loads, int row, const int widths[LOAD_FIELDS], Buf *out,
    Error *err)
{
	const char *value;
	int field;

	for (field = 0; field < LOAD_FIELDS; field++) {
		value = row < 0 ? titles[field] : PQgetvalue(loads, row, field);
		if (!buf_put_format(out, err, "%s%*s", field == 0 ? "" : "  ",
			is_number(field) ? widths[field] : -widths[field],
			value))
			return false;
	}
	while (out->data[out->size - 1] == ' ')
		out->size--;
	return buf_put_text(out, "\n", err);
}

static bool
put_table(const PGresult *loads, Buf *out, Error *err)
{
	int widths[LOAD_FIELDS], row, field, width;

	if (PQntuples(loads) == 0)
		return buf_put_text(out, "no loads\n", err);
	for (field = 0; field < LOAD_FIELDS; field++) {
		widths[field] = (int)strlen(titles[field]);
		for (row = 0; row < PQntuples(loads); row++) {
			width = (int)strlen(PQgetvalue(loads, row, field));
			if (width > widths[field])
				widths[field] = width;
		}
	}
	for (row = -1; row < PQntuples(loads); row++) {
		if (!put_row(loads, row, widths, out, err))
			return false;
	}
	return true;
}

typedef struct {
	bool json;
	Buf *out;
} Status;

static bool
put_loads(Server *server, void *context, Error *err)
{
	const Status *status = context;
	PGresult *loads;
	bool exists, good;

	status->out->size = 0;
	if (!ledger_exists(server, &exists, err))
		return false;
	if (!exists)
		return status->json ||
		    buf_put_text(status->out, "no loads\n", err);
	if (!server_query(server, loads_sql, NULL, 0, &loads, err))
		return false;
	good = status->json ? put_json(loads, status->out, err)
			    : put_table(loads, status->out, err);
	PQclear(loads);
	return good;
}

bool
status_put(Server *server, bool json, Buf *out, Error *err)
{
	Status status = { json, out };

	return server_transact(server, SERVER_QUICK, put_loads, &status, err);
}
