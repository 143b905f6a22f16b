#include "transform/index_parts.h"

#include <stdlib.h>

#include "transform/translate.h"

/* UTF-8. */
#define CHARACTER_BYTES 4

int
index_parts_column(const Rewrite *rewrite, size_t table, const IndexPart *part)
{
	return part->column < 0
	    ? -1
	    : rewrite->tables[table].target_columns[part->column];
}

/* One part on its way. */
typedef struct {
	Rewrite *rewrite;
	size_t table;
	const Index *index;
	IndexPartsKind kind;
	IndexParts *parts;
} Passage;

static Arena *
arena_of(const Passage *passage)
{
	return &passage->rewrite->schema.arena;
}

/* What an expression of the index became: into *formula, or the reason. */
static bool
take(Passage *passage, const Translation *translation, const Formula **formula)
{
	*formula = translation->formula;
	if (translation->formula == NULL)
		passage->parts->reason = translation->reason;
	else if (translation->note != NULL)
		passage->parts->note = translation->note;
	return translation->formula != NULL;
}

static bool
make_expression(
    Passage *passage, const IndexPart *from, IndexPart *part, Error *err)
{
	TranslateWanted wanted = { .use = TRANSLATE_KEY,
		.collation = from->collation };
	Translation translation;

	if (!translate(from->text,
		&passage->rewrite->tables[passage->table].translation, &wanted,
		&translation, arena_of(passage), err))
		return false;
	part->column = -1;
	take(passage, &translation, &part->formula);
	return true;
}

static bool
make_column(
    Passage *passage, const IndexPart *from, IndexPart *part, Error *err)
{
	const Table *to = rewrite_target(passage->rewrite, passage->table);
	Translation translation = { 0 };

	part->column =
	    index_parts_column(passage->rewrite, passage->table, from);
	if (part->column < 0)
		passage->parts->reason = "one of its columns is left out";
	else if (to->columns[part->column].type.name == TYPE_JSON)
		passage->parts->reason = "json has no order to index by";
	if (part->column < 0 || passage->kind == INDEX_PARTS_COLUMNS)
		return true;
	if (!translate_column(from->column, from->collation,
		&passage->rewrite->tables[passage->table].translation,
		&translation, arena_of(passage), err))
		return false;
	if (translation.formula != NULL) {
		passage->parts->folded = true;
		part->column = -1;
		part->formula = translation.formula;
		passage->parts->note = translation.note;
	}
	return true;
}

/* Does a part of the index say the same before? */
static bool
is_repeated(const IndexParts *parts, const IndexPart *part)
{
	for (size_t i = 0; part->column >= 0 && i < parts->n_parts; i++)
		if (parts->parts[i].column == part->column)
			return true;
	return false;
}

static bool
make_condition(Passage *passage, Error *err)
{
	TranslateWanted wanted = { .use = TRANSLATE_CONDITION };
	Translation translation;

	if (passage->index->where == NULL || passage->parts->reason != NULL)
		return true;
	if (!translate(passage->index->where,
		&passage->rewrite->tables[passage->table].translation, &wanted,
		&translation, arena_of(passage), err))
		return false;
	take(passage, &translation, &passage->parts->condition);
	return true;
}

bool
index_parts_make(Rewrite *rewrite, size_t table, const Index *index,
    IndexPartsKind kind, IndexParts *parts, Error *err)
{
	Passage passage = { rewrite, table, index, kind, parts };

	*parts = (IndexParts){ 0 };
	parts->parts = arena_alloc(
	    arena_of(&passage), index->n_parts, sizeof(IndexPart), err);
	if (parts->parts == NULL)
		return false;
	for (size_t i = 0; parts->reason == NULL && i < index->n_parts; i++) {
		const IndexPart *from = &index->parts[i];
		IndexPart part = { 0 };

		if (!(from->column < 0 ? make_expression : make_column)(
			&passage, from, &part, err))
			return false;
		/* Constraints have no directions. */
		part.descending = from->descending && !index->constraint &&
		    index->kind != INDEX_PRIMARY;
		if (!is_repeated(parts, &part))
			parts->parts[parts->n_parts++] = part;
	}
	return make_condition(&passage, err);
}

/* The most bytes of a column's values, which go on as they are; 0: unknown. */
static uint64_t
column_bytes(const Rewrite *rewrite, size_t table, int column)
{
	const ColumnProfile *profile =
	    rewrite_target_profile(rewrite, table, (size_t)column);

	if (profile == NULL)
		return 0;
	return profile->text_bytes_max > profile->blob_bytes_max
	    ? profile->text_bytes_max
	    : profile->blob_bytes_max;
}

static uint64_t
formula_bytes(const Rewrite *rewrite, size_t table, const Formula *formula);

static uint64_t
add(uint64_t one, uint64_t other)
{
	uint64_t sum;

	return __builtin_add_overflow(one, other, &sum) ? UINT64_MAX : sum;
}

/* Arguments together, of which a text may be made. */
static uint64_t
argument_bytes(const Rewrite *rewrite, size_t table, const Formula *formula)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < formula->n_arguments; i++)
		bytes = add(bytes,
		    formula_bytes(rewrite, table, formula->arguments[i]));
	return bytes;
}

/* A part of a text: at most so many characters as a number says. */
static uint64_t
cut_bytes(const Rewrite *rewrite, size_t table, const Formula *formula)
{
	uint64_t whole = formula_bytes(rewrite, table, formula->arguments[0]);
	const Formula *count = formula->arguments[formula->n_arguments - 1];
	long long characters;

	if (count->kind != FORMULA_LITERAL || count->text == NULL ||
	    (formula->operation == FORMULA_SUBSTRING &&
		formula->n_arguments < 3))
		return whole;
	characters = strtoll(count->text, NULL, 10);
	if (characters < 0 || (uint64_t)characters > whole / CHARACTER_BYTES)
		return whole;
	return (uint64_t)characters * CHARACTER_BYTES;
}

static uint64_t
first_bytes(const Rewrite *rewrite, size_t table, const Formula *formula)
{
	return formula_bytes(rewrite, table, formula->arguments[0]);
}

/* Operations whose results may be long, and how long; only texts and blobs
 * can be. */
static uint64_t (*const call_bytes[FORMULA_OPERATIONS])(
    const Rewrite *rewrite, size_t table, const Formula *formula) = {
	[FORMULA_CONCATENATE] = argument_bytes,
	[FORMULA_CASE] = argument_bytes,
	[FORMULA_COALESCE] = argument_bytes,
	[FORMULA_NULLIF] = first_bytes,
	[FORMULA_LEAST] = argument_bytes,
	[FORMULA_GREATEST] = argument_bytes,
	[FORMULA_LOWER] = first_bytes,
	[FORMULA_UPPER] = first_bytes,
	[FORMULA_TRIM] = first_bytes,
	[FORMULA_TRIM_LEFT] = first_bytes,
	[FORMULA_TRIM_RIGHT] = first_bytes,
	[FORMULA_SUBSTRING] = cut_bytes,
	[FORMULA_RIGHT] = cut_bytes,
	[FORMULA_REPLACE] = argument_bytes,
	[FORMULA_PAD_LEFT] = argument_bytes,
	[FORMULA_COLLATE_C] = first_bytes,
};

static uint64_t
formula_bytes(const Rewrite *rewrite, size_t table, const Formula *formula)
{
	switch (formula->kind) {
	case FORMULA_COLUMN:
		return column_bytes(rewrite, table, formula->column);
	case FORMULA_CAST:
		return formula_bytes(rewrite, table, formula->arguments[0]);
	case FORMULA_CALL:
		if (call_bytes[formula->operation] != NULL)
			return call_bytes[formula->operation](
			    rewrite, table, formula);
		break;
	case FORMULA_LITERAL:
		break;
	}
	return 0;
}

uint64_t
index_parts_bytes(const Rewrite *rewrite, size_t table, const IndexParts *parts)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < parts->n_parts; i++)
		bytes = add(bytes,
		    parts->parts[i].column >= 0
			? column_bytes(rewrite, table, parts->parts[i].column)
			: formula_bytes(
			      rewrite, table, parts->parts[i].formula));
	return bytes;
}
