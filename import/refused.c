#include "import/refused.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/value.h"

#include "import/copy_text.h"
#include "import/flat.h"
#include "import/sqlstate.h"

void
refused_message(const Server *server, char message[REFUSED_MESSAGE_BYTES])
{
	const char *state = server_failure(server, PG_DIAG_SQLSTATE);
	const char *constraint =
	    server_failure(server, PG_DIAG_CONSTRAINT_NAME);
	const char *detail = server_failure(server, PG_DIAG_MESSAGE_DETAIL);
	char first[REFUSED_MESSAGE_BYTES / 2];
	char rest[REFUSED_MESSAGE_BYTES / 2 - 2]; /* less ": " */

	/* This detail is the whole row, which stands beside it. */
	if (strcmp(state, SQLSTATE_NOT_NULL) == 0 ||
	    (strcmp(state, SQLSTATE_CHECK) == 0 && constraint[0] != '\0'))
		detail = "";
	flat_put(first, sizeof first,
	    server_failure(server, PG_DIAG_MESSAGE_PRIMARY));
	flat_put(rest, sizeof rest, detail);
	(void)snprintf(message, REFUSED_MESSAGE_BYTES, "%s%s%s", first,
	    rest[0] == '\0' ? "" : ": ", rest);
}

static Value
text_value(const char *text)
{
	return (Value){ .class = text[0] == '\0' ? VALUE_NULL : VALUE_TEXT,
		.bytes = (const uint8_t *)text,
		.size = strlen(text) };
}

bool
refused_put(Buf *out, const char *id, const Refused *refused, Error *err)
{
	char row[24];
	Value values[8];

	(void)snprintf(
	    row, sizeof row, "%llu", (unsigned long long)refused->row);
	values[0] = text_value(id);
	values[1] = text_value(refused->path);
	values[2] = text_value(row);
	values[3] = text_value(refused->sqlstate);
	values[4] = text_value(refused->message);
	/* Which may be empty. */
	values[4].class = VALUE_TEXT;
	values[5] = text_value(refused->column);
	values[6] = text_value(refused->constraint);
	values[7] = (Value){ .class = VALUE_TEXT,
		.bytes = refused->line,
		.size = refused->size };
	return copy_text_put(
	    out, values, sizeof values / sizeof values[0], err);
}

bool
refused_send(Server *server, const char *sql, Buf *out, Error *err)
{
	char copy[256];
	uint64_t rows;

	(void)snprintf(copy, sizeof copy,
	    "%sCOPY litehaul.reject (load_id, path, row, sqlstate, message,"
	    " column_name, constraint_name, data) FROM STDIN",
	    sql);
	if (!server_copy_begin(server, copy, err) ||
	    !server_copy_put(server, out->data, out->size, err) ||
	    !server_copy_end(server, &rows, err))
		return error_add(err, "setting rows aside");
	out->size = 0;
	return true;
}

bool
refused_count(Server *server, const char *id, uint64_t *rows, Error *err)
{
	const char *values[] = { id };
	PGresult *result;

	if (!server_query(server,
		"SELECT coalesce(sum(rejected), 0) FROM litehaul.chunk"
		" WHERE load_id = $1",
		values, 1, &result, err))
		return false;
	*rows = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return true;
}
