#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "formats/guess.h"
#include "transform/glob.h"
#include "transform/mapping.h"

/* Room at the end of an error's text for "and 123456 more". */
#define MORE_BYTES 40

typedef struct {
	const Mapping *mapping;
	const Schema *schema;
	void (*warn)(void *context, const char *text);
	void *context;
	Error *err;    /* its text is the lines */
	size_t used;   /* of the text */
	size_t untold; /* problems that it has no room for */
} Inspection;

/* What is to be said of a place; what is in it is escaped. */
static void __attribute__((format(printf, 4, 0))) say(const Inspection *check,
    MappingPlace place, Error *line, const char *format, va_list arguments)
{
	char text[ERROR_TEXT_BYTES];

	vsnprintf(text, sizeof text, format, arguments);
	error_set(line, ERROR_USAGE, "%s:%u:%u: %s", check->mapping->path,
	    place.line, place.column, text);
}

/* A line of the error, whose breaks are ours. */
static void __attribute__((format(printf, 3, 4)))
add_problem(Inspection *check, MappingPlace place, const char *format, ...)
{
	va_list arguments;
	Error line;
	size_t size;

	va_start(arguments, format);
	say(check, place, &line, format, arguments);
	va_end(arguments);
	size = strlen(line.text);
	/* The first one is said, as far as it goes. */
	if (check->used == 0 && size > ERROR_TEXT_BYTES - MORE_BYTES - 1)
		size = ERROR_TEXT_BYTES - MORE_BYTES - 1;
	if (check->untold > 0 ||
	    check->used + 1 + size + MORE_BYTES > ERROR_TEXT_BYTES) {
		check->untold++;
		return;
	}
	if (check->used > 0)
		check->err->text[check->used++] = '\n';
	memcpy(check->err->text + check->used, line.text, size);
	check->used += size;
	check->err->text[check->used] = '\0';
}

static void __attribute__((format(printf, 3, 4))) warn_unused(
    const Inspection *check, MappingPlace place, const char *format, ...)
{
	va_list arguments;
	Error line;

	va_start(arguments, format);
	say(check, place, &line, format, arguments);
	va_end(arguments);
	check->warn(check->context, line.text);
}

static bool
matches(const MappingTable *entry, const Table *table)
{
	return entry->glob ? glob_matches(entry->name, table->name)
			   : strcasecmp(entry->name, table->name) == 0;
}

/* "; did you mean \"users\"?", or nothing. */
static void
put_guess(const Guess *guess, char text[ERROR_TEXT_BYTES])
{
	const char *best = guess_best(guess);

	text[0] = '\0';
	if (best != NULL)
		snprintf(
		    text, ERROR_TEXT_BYTES, "; did you mean \"%s\"?", best);
}

/* No table matches; some may be called as the pattern reads. */
static void
miss_glob(Inspection *check, const MappingTable *entry)
{
	for (size_t i = 0; i < check->schema->n_tables; i++)
		if (strcasecmp(check->schema->tables[i].name, entry->name) ==
		    0) {
			add_problem(check, entry->place,
			    "no table matches \"%s\"; a backslash before *, ? "
			    "and [ makes it the name of one",
			    entry->name);
			return;
		}
	add_problem(
	    check, entry->place, "no table matches \"%s\"", entry->name);
}

static void
miss_table(Inspection *check, const MappingTable *entry)
{
	char text[ERROR_TEXT_BYTES];
	Guess guess = { .text = entry->name, .size = strlen(entry->name) };

	if (entry->optional) {
		warn_unused(check, entry->place, "%s \"%s\"",
		    entry->glob ? "no table matches" : "the dump has no table",
		    entry->name);
		return;
	}
	if (entry->glob) {
		miss_glob(check, entry);
		return;
	}
	for (size_t i = 0; i < check->schema->n_tables; i++)
		guess_offer(&guess, check->schema->tables[i].name);
	put_guess(&guess, text);
	add_problem(check, entry->place, "the dump has no table \"%s\"%s",
	    entry->name, text);
}

static void
offer_columns(const Inspection *check, const MappingTable *entry, Guess *guess)
{
	for (size_t i = 0; i < check->schema->n_tables; i++) {
		const Table *table = &check->schema->tables[i];

		for (size_t j = 0;
		     matches(entry, table) && j < table->n_columns; j++)
			guess_offer(guess, table->columns[j].name);
	}
}

static void
miss_column(
    Inspection *check, const MappingTable *entry, const MappingColumn *column)
{
	char text[ERROR_TEXT_BYTES];
	Guess guess = { .text = column->name, .size = strlen(column->name) };
	const char *whose = entry->glob ? "no table matched by" : "table";
	const char *lacks = entry->glob ? "has a" : "has no";

	if (column->optional) {
		warn_unused(check, column->place, "%s \"%s\" %s column \"%s\"",
		    whose, entry->name, lacks, column->name);
		return;
	}
	offer_columns(check, entry, &guess);
	put_guess(&guess, text);
	add_problem(check, column->place, "%s \"%s\" %s column \"%s\"%s", whose,
	    entry->name, lacks, column->name, text);
}

/* Columns of a table that the entry matches: which of its columns it has. */
static void
find_columns(Inspection *check, const MappingTable *entry,
    const MappingColumn *column, bool *found)
{
	for (size_t i = 0; i < check->schema->n_tables; i++) {
		const Table *table = &check->schema->tables[i];

		if (!matches(entry, table))
			continue;
		for (size_t j = 0; j < table->n_columns; j++) {
			const char *name = table->columns[j].name;
			const MappingColumn *other;

			if (strcasecmp(name, column->name) != 0)
				continue;
			other = mapping_column(entry, name);
			if (other != column && !*found)
				add_problem(check, column->place,
				    "column \"%s\" has an entry already, in "
				    "line %u",
				    name, other->place.line);
			*found = true;
		}
	}
}

static void
check_columns(Inspection *check, const MappingTable *entry)
{
	for (size_t i = 0; i < entry->n_columns; i++) {
		bool found = false;

		find_columns(check, entry, &entry->columns[i], &found);
		if (!found)
			miss_column(check, entry, &entry->columns[i]);
	}
}

static void
check_entry(Inspection *check, const MappingTable *entry)
{
	const MappingTable *other = NULL;
	size_t n_matching = 0, n_ruled = 0;

	for (size_t i = 0; i < check->schema->n_tables; i++) {
		const Table *table = &check->schema->tables[i];
		const MappingTable *ruling;

		if (!matches(entry, table))
			continue;
		n_matching++;
		ruling = mapping_table(check->mapping, table->name);
		if (ruling == entry)
			n_ruled++;
		else
			other = ruling;
	}
	if (n_matching == 0) {
		miss_table(check, entry);
		return;
	}
	if (!entry->glob && n_ruled == 0)
		add_problem(check, entry->place,
		    "table \"%s\" has an entry already, in line %u",
		    entry->name, other->place.line);
	if (entry->glob && entry->rename != NULL && n_ruled > 1)
		add_problem(check, entry->place,
		    "\"%s\" matches %zu tables, which cannot all be called "
		    "\"%s\"",
		    entry->name, n_ruled, entry->rename);
	check_columns(check, entry);
}

bool
mapping_check(const Mapping *mapping, const Schema *schema,
    void (*warn)(void *context, const char *text), void *context, Error *err)
{
	Inspection check = { .mapping = mapping,
		.schema = schema,
		.warn = warn,
		.context = context,
		.err = err };

	for (size_t i = 0; i < mapping->n_tables; i++)
		check_entry(&check, &mapping->tables[i]);
	if (check.used == 0)
		return true;
	err->kind = ERROR_USAGE;
	if (check.untold > 0)
		snprintf(err->text + check.used, MORE_BYTES, "\nand %zu more",
		    check.untold);
	return false;
}
