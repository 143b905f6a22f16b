#include "transform/index_parts.h"

#include "transform/translate.h"

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
