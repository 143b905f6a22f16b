#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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
	const Table **by_name;  /* the schema's, whatever their case */
	const Table **matching; /* those that the entry at hand matches */
	size_t n_matching;
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

static int
compare_tables(const void *one, const void *other)
{
	const Table *a = *(const Table *const *)one;
	const Table *b = *(const Table *const *)other;
	int order = strcasecmp(a->name, b->name);

	return order != 0 ? order : (a > b) - (a < b);
}

static bool
begin(Inspection *check, Arena *arena, Error *err)
{
	size_t n = check->schema->n_tables;

	check->by_name = arena_alloc(arena, n, sizeof *check->by_name, err);
	check->matching = arena_alloc(arena, n, sizeof *check->matching, err);
	if (check->by_name == NULL || check->matching == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		check->by_name[i] = &check->schema->tables[i];
	qsort(check->by_name, n, sizeof *check->by_name, compare_tables);
	return true;
}

/* The first table whose name is not before this one. */
static size_t
find_name(const Inspection *check, const char *name)
{
	size_t low = 0, high = check->schema->n_tables;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcasecmp(check->by_name[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Tables that the entry matches, in the schema's order. */
static void
list_matching(Inspection *check, const MappingTable *entry)
{
	size_t n = check->schema->n_tables;

	check->n_matching = 0;
	for (size_t i = 0; entry->glob && i < n; i++)
		if (glob_matches(entry->name, check->schema->tables[i].name))
			check->matching[check->n_matching++] =
			    &check->schema->tables[i];
	for (size_t i = find_name(check, entry->name); !entry->glob && i < n &&
	     strcasecmp(check->by_name[i]->name, entry->name) == 0;
	     i++)
		check->matching[check->n_matching++] = check->by_name[i];
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
offer_columns(const Inspection *check, Guess *guess)
{
	for (size_t i = 0; i < check->n_matching; i++) {
		const Table *table = check->matching[i];

		for (size_t j = 0; j < table->n_columns; j++)
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
	offer_columns(check, &guess);
	put_guess(&guess, text);
	add_problem(check, column->place, "%s \"%s\" %s column \"%s\"%s", whose,
	    entry->name, lacks, column->name, text);
}

/* Columns of a table that the entry matches: which of its columns it has. */
static void
find_columns(Inspection *check, const MappingTable *entry,
    const MappingColumn *column, bool *found)
{
	for (size_t i = 0; i < check->n_matching; i++) {
		const Table *table = check->matching[i];

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
	size_t n_ruled = 0;

	list_matching(check, entry);
	for (size_t i = 0; i < check->n_matching; i++) {
		const MappingTable *ruling =
		    mapping_table(check->mapping, check->matching[i]->name);

		if (ruling == entry)
			n_ruled++;
		else
			other = ruling;
	}
	if (check->n_matching == 0) {
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
	Arena arena = { 0 };
	bool begun = begin(&check, &arena, err);

	for (size_t i = 0; begun && i < mapping->n_tables; i++)
		check_entry(&check, &mapping->tables[i]);
	arena_free(&arena);
	if (!begun)
		return false;
	if (check.used == 0)
		return true;
	err->kind = ERROR_USAGE;
	if (check.untold > 0)
		snprintf(err->text + check.used, MORE_BYTES, "\nand %zu more",
		    check.untold);
	return false;
}
