#include "import/statement.h"

bool
statement_run(Server *server, const char *sql, const char *const *values, int n,
    Error *err)
{
	PGresult *result;

	if (!server_query(server, sql, values, n, &result, err))
		return false;
	PQclear(result);
	return true;
}

bool
statement_run_put(Server *server, Buf *sql, bool good, Error *err)
{
	const char *text = good ? buf_text(sql, err) : NULL;

	good = text != NULL && server_run(server, text, err);
	buf_free(sql);
	return good;
}

bool
statement_ask(Server *server, const char *sql, const char *const *values, int n,
    bool *yes, Error *err)
{
	PGresult *result;

	if (!server_query(server, sql, values, n, &result, err))
		return false;
	*yes = PQntuples(result) > 0 && PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return true;
}

bool
statement_ask_put(Server *server, Buf *sql, bool good, bool *yes, Error *err)
{
	const char *text = good ? buf_text(sql, err) : NULL;

	good = text != NULL && statement_ask(server, text, NULL, 0, yes, err);
	buf_free(sql);
	return good;
}

bool
statement_run_listed(Server *server, const char *sql, const char *const *values,
    int n, Error *err)
{
	PGresult *list;
	bool good = true;
	int row;

	if (!server_query(server, sql, values, n, &list, err))
		return false;
	for (row = 0; good && row < PQntuples(list); row++)
		good = statement_run(
		    server, PQgetvalue(list, row, 0), NULL, 0, err);
	PQclear(list);
	return good;
}
