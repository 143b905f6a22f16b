#include "import/rejects_read.h"

#include <stdlib.h>
#include <string.h>

#include "formats/sqltext.h"

#define FIELDS 7

static bool
put_query(Buf *sql, const char *id, const Table *table, Error *err)
{
	Buf path = { 0 };
	const char *text = NULL;
	bool good;

	if (buf_put_format(&path, err, "data/%s/", table->directory))
		text = buf_text(&path, err);
	good = text != NULL &&
	    buf_put_text(sql,
		"COPY (SELECT path, row, sqlstate, message,"
		" coalesce(column_name, ''), coalesce(constraint_name, ''),"
		" data FROM litehaul.reject WHERE load_id = ",
		err) &&
	    sqltext_put_literal(sql, id, err) &&
	    buf_put_text(sql, " AND starts_with(path, ", err) &&
	    sqltext_put_literal(sql, text, err) &&
	    buf_put_text(
		sql, ") ORDER BY path COLLATE \"C\", row) TO STDOUT", err);
	buf_free(&path);
	return good;
}

bool
rejects_read_begin(RejectsRead *read, Server *server, const char *id,
    const Table *table, Error *err)
{
	Buf sql = { 0 };
	const char *text = NULL;
	bool good;

	read->server = server;
	if (put_query(&sql, id, table, err))
		text = buf_text(&sql, err);
	good = text != NULL && server_copy_out(server, text, err);
	buf_free(&sql);
	return good;
}

/* The byte that stands behind a backslash (sql-copy, "Text Format"). */
static uint8_t
byte_of(uint8_t letter)
{
	switch (letter) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'v':
		return '\v';
	}
	return letter;
}

/* Take the escapes out of a field that ends at a tab or the line's end, and
 * put a NUL behind it.  Returns what follows. */
static uint8_t *
read_field(uint8_t *at, uint8_t *end, size_t *size)
{
	uint8_t *to = at, *first = at;

	for (; at < end && *at != '\t' && *at != '\n'; at++) {
		if (*at == '\\' && at + 1 < end)
			*to++ = byte_of(*++at);
		else
			*to++ = *at;
	}
	*size = (size_t)(to - first);
	if (at < end)
		at++;
	*to = '\0';
	return at;
}

static bool
split(Buf *line, Refused *refused, Error *err)
{
	uint8_t *at = line->data, *end = at + line->size;
	const char *fields[FIELDS];
	size_t i, size = 0;

	for (i = 0; i < FIELDS; i++) {
		fields[i] = (const char *)at;
		if (at >= end)
			return error_set(err, ERROR_TARGET,
			    "the server gave a row of litehaul.reject that is "
			    "not whole");
		at = read_field(at, end, &size);
	}
	*refused = (Refused){ .path = fields[0],
		.row = strtoull(fields[1], NULL, 10),
		.sqlstate = fields[2],
		.message = fields[3],
		.column = fields[4],
		.constraint = fields[5],
		.line = (const uint8_t *)fields[6],
		.size = size };
	return true;
}

Step
rejects_read_next(RejectsRead *read, Refused *refused, Error *err)
{
	const uint8_t *bytes;
	size_t size;
	Step step;

	step = server_copy_get(read->server, &bytes, &size, err);
	if (step != STEP_ITEM)
		return step;
	read->line.size = 0;
	/* One byte more, for the last field's NUL. */
	if (!buf_put(&read->line, bytes, size, err) ||
	    buf_text(&read->line, err) == NULL ||
	    !split(&read->line, refused, err))
		return STEP_FAILED;
	return STEP_ITEM;
}

void
rejects_read_free(RejectsRead *read)
{
	buf_free(&read->line);
}
