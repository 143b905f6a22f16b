#include "import/fit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/guess.h"

#include "import/assign.h"

/* Names in a text that is told; longer ones are cut. */
#define TEXT_BYTES 1024

typedef struct {
	Plan *plan;
	const Target *target;
	FitReport *report;
	Arena *arena;
	/* the table at work */
	const Table *table;
	const TargetTable *there;
	PlanTable *loaded;
	bool *skipped;
	int *fractions;
} Fit;

static bool __attribute__((format(printf, 4, 0))) tell(FitReport *report,
    Buf *texts, Error *err, const char *format, va_list arguments)
{
	char text[TEXT_BYTES];
	const char *kept;

	(void)vsnprintf(text, sizeof text, format, arguments);
	kept = arena_text(&report->arena, text, err);
	return kept != NULL && buf_put(texts, &kept, sizeof(kept), err);
}

bool
fit_problem(FitReport *report, Error *err, const char *format, ...)
{
	va_list arguments;
	bool good;

	va_start(arguments, format);
	good = tell(report, &report->problems, err, format, arguments);
	va_end(arguments);
	return good;
}

bool
fit_note(FitReport *report, Error *err, const char *format, ...)
{
	va_list arguments;
	bool good;

	va_start(arguments, format);
	good = tell(report, &report->notes, err, format, arguments);
	va_end(arguments);
	return good;
}

size_t
fit_problems(const FitReport *report)
{
	return report->problems.size / sizeof(const char *);
}

const char *
fit_text(const Buf *texts, size_t i)
{
	const char *text;

	if (i >= texts->size / sizeof text)
		return NULL;
	memcpy(&text, texts->data + i * sizeof text, sizeof text);
	return text;
}

void
fit_tell(const FitReport *report, bool good, Report *to)
{
	size_t i;

	for (i = 0; good && fit_text(&report->notes, i) != NULL; i++)
		report_note(to, "%s", fit_text(&report->notes, i));
	for (i = 0; fit_text(&report->problems, i) != NULL; i++)
		report_warning(to, "%s", fit_text(&report->problems, i));
}

void
fit_clear(FitReport *report)
{
	report->problems.size = report->notes.size = 0;
	arena_free(&report->arena);
}

void
fit_free(FitReport *report)
{
	fit_clear(report);
	buf_free(&report->problems);
	buf_free(&report->notes);
}

const TargetTable *
fit_find(const Plan *plan, const Target *target, size_t table)
{
	const Table *wanted = &plan->schema->tables[table];
	const char *namespace = ddl_namespace(plan->namespace, wanted);
	const TargetTable *there;
	size_t i;

	for (i = 0; i < target->n_tables; i++) {
		there = &target->tables[i];
		if (strcmp(there->name, wanted->name) == 0 &&
		    strcmp(there->namespace, namespace) == 0)
			return there;
	}
	return NULL;
}

static const TargetColumn *
find_column(const TargetTable *there, const char *name)
{
	size_t i;

	for (i = 0; i < there->n_columns; i++) {
		if (strcmp(there->columns[i].name, name) == 0)
			return &there->columns[i];
	}
	return NULL;
}

static bool
has_column(const Table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		if (strcmp(table->columns[i].name, name) == 0)
			return true;
	}
	return false;
}

/* "; is "userName" meant?" or nothing. */
static const char *
meant(const Guess *guess, char text[TEXT_BYTES])
{
	const char *best = guess_best(guess);

	text[0] = '\0';
	if (best != NULL)
		(void)snprintf(text, TEXT_BYTES, "; is \"%s\" meant?", best);
	return text;
}

static bool
miss_table(Fit *fit, Error *err)
{
	const char *namespace = ddl_namespace(fit->plan->namespace, fit->table);
	Guess guess = { .text = fit->table->name,
		.size = strlen(fit->table->name) };
	char text[TEXT_BYTES];
	size_t i;

	for (i = 0; i < fit->target->n_tables; i++) {
		if (strcmp(fit->target->tables[i].namespace, namespace) == 0)
			guess_offer(&guess, fit->target->tables[i].name);
	}
	return fit_problem(fit->report, err,
	    "table \"%s\" is not in schema \"%s\" of the target%s",
	    fit->table->name, namespace, meant(&guess, text));
}

static bool
miss_column(Fit *fit, const Column *column, Error *err)
{
	Guess guess = { .text = column->name, .size = strlen(column->name) };
	char text[TEXT_BYTES];
	size_t i;

	for (i = 0; i < fit->there->n_columns; i++)
		guess_offer(&guess, fit->there->columns[i].name);
	return fit_problem(fit->report, err,
	    "table \"%s\": the target has no column \"%s\"%s", fit->table->name,
	    column->name, meant(&guess, text));
}

/* A column of the dump that is in the target. */
static bool
fit_column(Fit *fit, size_t i, const TargetColumn *there, Error *err)
{
	const Column *column = &fit->table->columns[i];
	char sql[TYPE_SQL_BYTES];
	const char *reason;

	fit->fractions[i] =
	    there->fraction_limited ? there->fraction_digits : -1;
	if (there->generated) {
		fit->skipped[i] = true;
		return fit_note(fit->report, err,
		    "table \"%s\", column \"%s\": the server generates its "
		    "values; those of the dump are not used",
		    fit->table->name, column->name);
	}
	switch (assign_judge(column->type, there, &reason)) {
	case ASSIGN_BINARY:
		return true;
	case ASSIGN_TEXT:
		fit->loaded->format = DDL_COPY_TEXT;
		return true;
	case ASSIGN_REFUSED:
		break;
	}
	return fit_problem(fit->report, err,
	    "table \"%s\", column \"%s\": %s in the dump, %s in the target: %s",
	    fit->table->name, column->name, type_sql(column->type, sql),
	    there->type_sql, reason);
}

/* Columns that only the target has must do without a value. */
static bool
fit_rest(Fit *fit, Error *err)
{
	const TargetColumn *there;
	size_t i;

	for (i = 0; i < fit->there->n_columns; i++) {
		there = &fit->there->columns[i];
		if (has_column(fit->table, there->name) || !there->not_null ||
		    there->generated || there->default_text != NULL ||
		    there->identity != TARGET_IDENTITY_NONE)
			continue;
		if (!fit_problem(fit->report, err,
			"table \"%s\": the target's column \"%s\" is NOT NULL "
			"without a default, and the dump has none such",
			fit->table->name, there->name))
			return false;
	}
	return true;
}

static bool
note_triggers(Fit *fit, Error *err)
{
	Buf names = { 0 };
	const char *text;
	bool good = true;
	size_t i;

	if (fit->there->n_triggers == 0)
		return true;
	for (i = 0; good && i < fit->there->n_triggers; i++)
		good = buf_put_format(&names, err, "%s\"%s\"",
		    i == 0 ? "" : ", ", fit->there->triggers[i]);
	text = good ? buf_text(&names, err) : NULL;
	good = text != NULL &&
	    fit_note(fit->report, err, "table \"%s\": its triggers fire: %s",
		fit->table->name, text);
	buf_free(&names);
	return good;
}

/* The column of the dump that the target's becomes of; n_columns for none. */
static size_t
find_sent(const Fit *fit, const TargetColumn *there)
{
	size_t i, n = fit->table->n_columns;

	for (i = 0; i < n; i++) {
		if (strcmp(fit->table->columns[i].name, there->name) == 0)
			return fit->skipped[i] ? n : i;
	}
	return n;
}

/* Keep a key of the target, if each of its columns is sent and takes no
 * NULL. */
static bool
keep_key(Fit *fit, const TargetKey *key, Error *err)
{
	const TargetColumn *there;
	size_t *columns, i;

	columns = arena_alloc(fit->arena, key->n_columns, sizeof *columns, err);
	if (columns == NULL)
		return false;
	for (i = 0; i < key->n_columns; i++) {
		there = &fit->there->columns[key->columns[i]];
		columns[i] = find_sent(fit, there);
		if (columns[i] == fit->table->n_columns || !there->not_null)
			return true;
	}
	fit->loaded->key = columns;
	fit->loaded->n_key = key->n_columns;
	return true;
}

/* The primary key is the first one. */
static bool
find_key(Fit *fit, Error *err)
{
	size_t i;

	for (i = 0; fit->loaded->key == NULL && i < fit->there->n_keys; i++) {
		if (!keep_key(fit, &fit->there->keys[i], err))
			return false;
	}
	return true;
}

/* Keep what differs from the usual only. */
static void
keep_columns(Fit *fit)
{
	size_t i;

	fit->loaded->skipped = NULL;
	fit->loaded->fractions = NULL;
	for (i = 0; i < fit->table->n_columns; i++) {
		if (fit->skipped[i])
			fit->loaded->skipped = fit->skipped;
		if (fit->fractions[i] >= 0)
			fit->loaded->fractions = fit->fractions;
	}
}

static bool
fit_table(Fit *fit, Error *err)
{
	const TargetColumn *there;
	size_t i, n = fit->table->n_columns;

	fit->skipped = arena_alloc(fit->arena, n, sizeof(bool), err);
	fit->fractions = arena_alloc(fit->arena, n, sizeof(int), err);
	if (fit->skipped == NULL || fit->fractions == NULL)
		return false;
	for (i = 0; i < n; i++) {
		there = find_column(fit->there, fit->table->columns[i].name);
		if (there == NULL
			? !miss_column(fit, &fit->table->columns[i], err)
			: !fit_column(fit, i, there, err))
			return false;
	}
	keep_columns(fit);
	return find_key(fit, err) && fit_rest(fit, err) &&
	    note_triggers(fit, err);
}

bool
fit_tables(Plan *plan, const Target *target, FitReport *report, Arena *arena,
    Error *err)
{
	Fit fit = {
		.plan = plan, .target = target, .report = report, .arena = arena
	};
	size_t i;

	for (i = 0; i < plan->schema->n_tables; i++) {
		if (!plan->wanted[i])
			continue;
		fit.table = &plan->schema->tables[i];
		fit.loaded = &plan->tables[i];
		*fit.loaded = (PlanTable){ 0 };
		fit.there = fit_find(plan, target, i);
		if (fit.there == NULL ? !miss_table(&fit, err)
				      : !fit_table(&fit, err))
			return false;
	}
	return true;
}
