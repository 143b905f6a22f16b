#include "import/place.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * Does the line begin with the relation's name, alone or behind "COPY ", as it
 * does in all of PostgreSQL's translations?  *rest is what follows the name.
 * Lines of functions that a trigger called may hold the name, too, and stand
 * before this one; a value that is quoted in it may have lines of its own.
 */
static bool
begins_with_name(const char *line, const char *table, const char **rest)
{
	static const char command[] = "COPY ";
	size_t size = strlen(table);

	if (strncmp(line, table, size) != 0) {
		if (strncmp(line, command, strlen(command)) != 0)
			return false;
		line += strlen(command);
		if (strncmp(line, table, size) != 0)
			return false;
	}
	*rest = line + size;
	/* Not a longer name, nor a function of this one. */
	return strchr("_($.", line[size]) == NULL &&
	    !isalnum((unsigned char)line[size]);
}

/* The first number behind the relation's name, which may hold digits itself;
 * *rest is what follows the number. */
static unsigned long long
find_row(const char *context, const char *table, const char **rest)
{
	const char *line = context, *at = "";
	unsigned long long row;
	char *end;

	*rest = "";
	while (line != NULL && !begins_with_name(line, table, &at)) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (line == NULL)
		return 0;
	at += strcspn(at, "0123456789\n");
	if (*at < '0' || *at > '9')
		return 0;
	row = strtoull(at, &end, 10);
	*rest = end;
	return row;
}

/* The column whose name stands before a colon and the value, as it does in
 * COPY's text format: the first such name, for a value may hold others. */
static const char *
find_column_of_value(const Table *table, const char *text)
{
	const char *best = "", *name, *at, *best_at = NULL;
	size_t size, i;

	for (i = 0; i < table->n_columns; i++) {
		name = table->columns[i].name;
		size = strlen(name);
		at = text;
		do
			at = size == 0 ? NULL : strstr(at + 1, name);
		while (at != NULL && (at[-1] != ' ' || at[size] != ':'));
		if (at != NULL &&
		    (best_at == NULL || at < best_at ||
			(at == best_at && size > strlen(best)))) {
			best = name;
			best_at = at;
		}
	}
	return best;
}

/* The column whose name ends the line, as it does in COPY BINARY, where no value
 * is quoted behind it; the longest such name. */
static const char *
find_column(const Table *table, const char *text)
{
	const char *best = "", *name;
	size_t line = strcspn(text, "\n"), size, i;

	for (i = 0; i < table->n_columns; i++) {
		name = table->columns[i].name;
		size = strlen(name);
		if (size < line && size > strlen(best) &&
		    text[line - size - 1] == ' ' &&
		    strncmp(text + line - size, name, size) == 0)
			best = name;
	}
	return best;
}

Place
place_find(const Table *table, const char *context, const char *column)
{
	Place place = { .column = column };
	const char *rest;

	place.row = find_row(context, table->name, &rest);
	if (column[0] == '\0')
		place.column = find_column(table, rest);
	/* Behind a colon the whole row would follow. */
	if (place.column[0] == '\0' && rest[0] != '\0' &&
	    rest[strspn(rest, " ")] != ':')
		place.column = find_column_of_value(table, rest);
	return place;
}
