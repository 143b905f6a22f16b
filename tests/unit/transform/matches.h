/*
 * matches: evidence of columns, and one column on its way into another, for the
 * tests of what is found to match.  Included after cmocka.h.
 */
#ifndef TESTS_MATCHES_H
#define TESTS_MATCHES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "transform/match.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Evidence of n values of one class that fit one hypothesis. */
#define INTEGERS(n, min, max)                                \
	.classes[VALUE_INTEGER] = (n), .integer_min = (min), \
	.integer_max = (max), .fits[FITS_BIGINT] = (n),      \
	.fits[FITS_NUMERIC] = (n), .fits[FITS_DOUBLE] = (n), \
	.first = { .row = 1 }
#define TEXTS(n, length)                                         \
	.classes[VALUE_TEXT] = (n), .text_bytes_max = (length),  \
	.text_characters_max = (length), .fits[FITS_TEXT] = (n), \
	.first = { .row = 1 }
#define COUNTER(value)                                                         \
	{                                                                      \
		.row = 3, .has_rowid = true, .rowid = 17, .class = VALUE_TEXT, \
		.text = (value)                                                \
	}

/* 2024-01-01 and 2025-01-01 in seconds. */
#define S_FIRST INT64_C(1704067200)
#define S_LAST  INT64_C(1735689600)

/* One column on its way into another, and what is said of it. */
typedef struct {
	const char *title;
	Column column; /* name is "c" where it is not given */
	ColumnProfile profile;
	TargetColumn to; /* likewise; type_sql says the type */
	const MappingColumn *mapped;
	const MappingTable *entry; /* instead of one with mapped alone */
	const char *problem;       /* part of it; NULL: there is none */
	const char *note;          /* likewise */
	Conversion conversion;
	bool without_evidence;
} ColumnCase;

typedef struct {
	Schema source;
	Table table;
	Column column;
	Profile profile;
	TableProfile rows;
	ColumnProfile evidence;
	Target target;
	TargetTable to;
	TargetColumn place;
	Mapping mapping;
	MappingTable entry;
	const MappingTable *found;
	MappingColumn mapped;
} Scene;

static inline void
set_scene(const ColumnCase *one, Scene *scene, MatchInput *input)
{
	*scene = (Scene){ .column = one->column,
		.evidence = one->profile,
		.place = one->to };
	if (scene->column.name == NULL)
		scene->column.name = "c";
	if (scene->column.declared == NULL)
		scene->column.declared = "";
	if (scene->place.name == NULL)
		scene->place.name = "c";
	target_set_type(&scene->place, scene->place.type_sql);
	scene->table = (Table){ .name = "t",
		.rowid_column = -1,
		.columns = &scene->column,
		.n_columns = 1 };
	scene->source = (Schema){ .tables = &scene->table, .n_tables = 1 };
	scene->rows = (TableProfile){
		.rows = 1, .columns = &scene->evidence, .n_columns = 1
	};
	scene->profile = (Profile){ .tables = &scene->rows, .n_tables = 1 };
	scene->to = (TargetTable){ .namespace = "public",
		.name = "t",
		.columns = &scene->place,
		.n_columns = 1 };
	scene->target = (Target){ .server = "15",
		.namespace = "public",
		.tables = &scene->to,
		.n_tables = 1 };
	if (one->entry != NULL)
		scene->entry = *one->entry;
	scene->entry.name = "t";
	if (one->mapped != NULL) {
		scene->mapped = *one->mapped;
		scene->mapped.name = scene->column.name;
		scene->entry.columns = &scene->mapped;
		scene->entry.n_columns = 1;
	}
	scene->found = &scene->entry;
	scene->mapping = (Mapping){ .path = "m.yaml",
		.tables = &scene->entry,
		.n_tables = 1,
		.found = &scene->found,
		.n_named = 1 };
	*input = (MatchInput){ .source = &scene->source,
		.profile = one->without_evidence ? NULL : &scene->profile,
		.target = &scene->target };
	if (one->mapped != NULL || one->entry != NULL)
		input->mapping = &scene->mapping;
}

static inline void
match_or_fail(const MatchInput *input, Match *match)
{
	Error err;

	if (!match_tables(input, match, &err))
		fail_msg("%s", err.text);
}

static inline bool
says(const char **texts, size_t n, const char *part)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(texts[i], part) != NULL)
			return true;
	return false;
}

static inline void
print_texts(const char *what, const char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_message("  %s: %s\n", what, texts[i]);
}

static inline void
check_case(const ColumnCase *one)
{
	MatchInput input;
	Match match = { 0 };
	Scene scene;
	bool good;

	set_scene(one, &scene, &input);
	match_or_fail(&input, &match);
	good = match.n_problems == (one->problem == NULL ? 0u : 1u) &&
	    (one->problem == NULL ||
		says(match.problems, match.n_problems, one->problem)) &&
	    (one->note == NULL ? match.n_notes == 0 || one->problem != NULL
			       : says(match.notes, match.n_notes, one->note)) &&
	    (one->problem != NULL ||
		match.tables[0].rules[0].conversion == one->conversion);
	if (!good) {
		print_texts("problem", match.problems, match.n_problems);
		print_texts("note", match.notes, match.n_notes);
		fail_msg("%s", one->title);
	}
	match_free(&match);
}

static inline void
check_cases(const ColumnCase *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_case(&cases[i]);
}

#endif
