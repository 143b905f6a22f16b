#include "import/status_table.h"

#include <stdlib.h>
#include <string.h>

#include "formats/utf8.h"

#include "import/flat.h"

/* Cells are cut at this many characters. */
#define CELL_CHARACTERS 24
#define ID_DIGITS       12
/* "2026-11-21 16:03" of a time. */
#define TIME_CHARACTERS 16

/* A cell is at most that long, each character up to four bytes. */
#define CELL_BYTES (4 * CELL_CHARACTERS + 8)

enum {
	COLUMN_LOAD,
	COLUMN_SOURCE,
	COLUMN_STATE,
	COLUMN_NAMESPACE,
	COLUMN_TABLES,
	COLUMN_CHUNKS,
	COLUMN_ROWS,
	COLUMN_REJECTED,
	COLUMN_SKIPPED,
	COLUMN_UPDATED,
	COLUMN_STARTED,
	COLUMN_FINISHED,
	COLUMN_VERIFIED,
	COLUMN_PUBLISHED,
	COLUMN_RESUMABLE,
	COLUMN_CLIENT,
	COLUMNS
};

typedef struct {
	const char *title;
	int field;     /* of StatusLoads */
	int of;        /* and the field that it is a part of; 0 for none */
	bool right;    /* numbers */
	bool optional; /* left out where no load has one */
} Shown;

static const Shown columns[COLUMNS] = {
	[COLUMN_LOAD] = { "load", STATUS_ID, 0, false, false },
	[COLUMN_SOURCE] = { "source", STATUS_SOURCE, 0, false, false },
	[COLUMN_STATE] = { "state", STATUS_STATE, 0, false, false },
	[COLUMN_NAMESPACE] = { "schema", STATUS_NAMESPACE, 0, false, false },
	[COLUMN_TABLES] = { "tables", STATUS_TABLES_LOADED, STATUS_TABLES, true,
	    false },
	[COLUMN_CHUNKS] = { "chunks", STATUS_CHUNKS_LOADED, STATUS_CHUNKS, true,
	    false },
	[COLUMN_ROWS] = { "rows", STATUS_ROWS, 0, true, false },
	[COLUMN_REJECTED] = { "refused", STATUS_REJECTED, 0, true, true },
	[COLUMN_SKIPPED] = { "skipped", STATUS_SKIPPED, 0, true, true },
	[COLUMN_UPDATED] = { "updated", STATUS_UPDATED, 0, true, true },
	[COLUMN_STARTED] = { "started (UTC)", STATUS_STARTED, 0, false, false },
	[COLUMN_FINISHED] = { "finished", STATUS_FINISHED, 0, false, true },
	[COLUMN_VERIFIED] = { "verified", STATUS_VERIFIED, 0, false, true },
	[COLUMN_PUBLISHED] = { "published", STATUS_PUBLISHED, 0, false, true },
	[COLUMN_RESUMABLE] = { "resumable", STATUS_OBSTACLE, 0, false, false },
	[COLUMN_CLIENT] = { "client", STATUS_CLIENT, 0, false, true },
};

/* The size of a character in valid UTF-8. */
static size_t
character_size(const char *text)
{
	size_t size = 1;

	while (((unsigned char)text[size] & 0xc0) == 0x80)
		size++;
	return size;
}

/* text in at most so many characters, the last ones "..." where it is cut. */
static void
put_clean(char cell[CELL_BYTES], const char *text, size_t characters)
{
	size_t used = 0, size, n, all;

	all = utf8_length((const uint8_t *)text, strlen(text));
	for (n = 0; *text != '\0' && n < characters; n++, text += size) {
		size = character_size(text);
		if (all > characters && n + 3 >= characters)
			cell[used++] = '.';
		else {
			memcpy(cell + used, text, size);
			used += size;
		}
	}
	cell[used] = '\0';
	flat_clean((unsigned char *)cell, used);
}

/* What every client is, for now. */
static const char program[] = "litehaul-import ";

/* A load's cell; row is -1 for the title. */
static void
put_cell(char cell[CELL_BYTES], const PGresult *loads, int row, int column)
{
	const Shown *at = &columns[column];
	const char *value;

	if (row < 0) {
		(void)snprintf(cell, CELL_BYTES, "%s", at->title);
		return;
	}
	value = PQgetvalue(loads, row, at->field);
	if (column == COLUMN_CLIENT &&
	    strncmp(value, program, sizeof program - 1) == 0)
		value += sizeof program - 1;
	if (column == COLUMN_RESUMABLE)
		put_clean(cell,
		    PQgetisnull(loads, row, at->field) ? "yes" : "no",
		    CELL_CHARACTERS);
	else if (column == COLUMN_LOAD)
		(void)snprintf(cell, CELL_BYTES, "%.*s", ID_DIGITS, value);
	else if (column >= COLUMN_STARTED && column <= COLUMN_PUBLISHED)
		(void)snprintf(
		    cell, CELL_BYTES, "%.*s", TIME_CHARACTERS, value);
	else if (at->of != 0)
		(void)snprintf(cell, CELL_BYTES, "%s/%s", value,
		    PQgetisnull(loads, row, at->of)
			? "?"
			: PQgetvalue(loads, row, at->of));
	else
		put_clean(cell, value, CELL_CHARACTERS);
}

static bool
is_shown(const PGresult *loads, int column)
{
	const Shown *at = &columns[column];
	const char *value;
	int row;

	for (row = 0; at->optional && row < PQntuples(loads); row++) {
		value = PQgetvalue(loads, row, at->field);
		if (value[0] != '\0' && strcmp(value, "0") != 0)
			return true;
	}
	return !at->optional;
}

static size_t
width_of(const char *cell)
{
	return utf8_length((const uint8_t *)cell, strlen(cell));
}

/* 0: the column is not shown. */
static void
measure(const PGresult *loads, size_t widths[COLUMNS])
{
	char cell[CELL_BYTES];
	size_t width;
	int row, column;

	for (column = 0; column < COLUMNS; column++) {
		widths[column] = 0;
		for (row = -1;
		     is_shown(loads, column) && row < PQntuples(loads); row++) {
			put_cell(cell, loads, row, column);
			width = width_of(cell);
			if (width > widths[column])
				widths[column] = width;
		}
	}
}

static bool
put_row(const PGresult *loads, int row, const size_t widths[COLUMNS], Buf *out,
    Error *err)
{
	char cell[CELL_BYTES];
	int column, blanks;

	for (column = 0; column < COLUMNS; column++) {
		if (widths[column] == 0)
			continue;
		put_cell(cell, loads, row, column);
		blanks = (int)(widths[column] - width_of(cell));
		if (!buf_put_format(out, err, "%s%*s%s%*s",
			column == 0 ? "" : "  ",
			columns[column].right ? blanks : 0, "", cell,
			columns[column].right ? 0 : blanks, ""))
			return false;
	}
	while (out->data[out->size - 1] == ' ')
		out->size--;
	return buf_put_text(out, "\n", err);
}

/* What does not fit into a table. */
static bool
put_notes(const StatusLoads *loads, Buf *out, Error *err)
{
	const PGresult *at = loads->loads, *keys = loads->keys;
	size_t start;
	int row;

	for (row = 0; row < PQntuples(at); row++) {
		if (PQgetisnull(at, row, STATUS_OBSTACLE) ||
		    strcmp(PQgetvalue(at, row, STATUS_STATE), "loading") != 0)
			continue;
		start = out->size;
		if (!buf_put_format(out, err,
			"load %.12s cannot be resumed: %s\n",
			PQgetvalue(at, row, STATUS_ID),
			PQgetvalue(at, row, STATUS_OBSTACLE)))
			return false;
		flat_clean(out->data + start, out->size - start - 1);
	}
	for (row = 0; row < PQntuples(keys); row++) {
		start = out->size;
		if (!buf_put_format(out, err,
			"foreign key \"%s\" of %s is off until load %.12s is "
			"run again: %s\n",
			PQgetvalue(keys, row, STATUS_KEY_NAME),
			PQgetvalue(keys, row, STATUS_KEY_TABLE),
			PQgetvalue(keys, row, STATUS_KEY_LOAD),
			PQgetvalue(keys, row, STATUS_KEY_DEFINITION)))
			return false;
		flat_clean(out->data + start, out->size - start - 1);
	}
	return true;
}

bool
status_table_put(const StatusLoads *loads, Buf *out, Error *err)
{
	size_t widths[COLUMNS];
	int row;

	if (PQntuples(loads->loads) == 0)
		return buf_put_text(out, "no loads\n", err);
	measure(loads->loads, widths);
	for (row = -1; row < PQntuples(loads->loads); row++) {
		if (!put_row(loads->loads, row, widths, out, err))
			return false;
	}
	return put_notes(loads, out, err);
}
