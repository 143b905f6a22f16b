#include "import/verify_compare.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "import/verify_text.h"

/* A row that was kept, and where its bytes are. */
typedef struct {
	VerifyKept kept;
	const uint8_t *bytes;
} Row;

typedef struct {
	Row *rows;
	size_t n;
	size_t at; /* of those that only this side has */
} Side;

/* A row of one side, or two with one key. */
typedef struct {
	const Row *dump, *target; /* NULL: it has none */
	VerifyField first;        /* value of the key's first column */
	uint64_t times;           /* so many equal ones, without a key */
} Pair;

typedef struct {
	const VerifyTable *table;
	FitReport *report;
	size_t most;
	Arena arena;
	Side dump, target;
	Pair *pairs;
	size_t n_pairs;
	uint64_t differences;
	VerifyRoom room;
	VerifyField *fields[2];
	Buf texts[2], line;
} Compare;

/* The row that says where a pair is. */
static const Row *
row_of(const Pair *pair)
{
	const Row *row = pair->dump != NULL ? pair->dump : pair->target;

	assert(row != NULL);
	return row;
}

static int
compare_rows(const void *one, const void *other)
{
	const Row *a = one, *b = other;
	int order = hash_compare(a->kept.key, b->kept.key);

	return order != 0 ? order : hash_compare(a->kept.hash, b->kept.hash);
}

/* The rows of a sink by key and hash. */
static bool
list_rows(Compare *compare, Side *side, const Buf *kept, Error *err)
{
	VerifyKept row;
	size_t at, n = 0;

	for (at = 0; at < kept->size; at += sizeof row + row.size, n++)
		memcpy(&row, kept->data + at, sizeof row);
	side->rows =
	    arena_alloc(&compare->arena, n + 1, sizeof *side->rows, err);
	if (side->rows == NULL)
		return false;
	for (at = 0; at < kept->size; at += sizeof row + row.size) {
		memcpy(&row, kept->data + at, sizeof row);
		side->rows[side->n++] =
		    (Row){ row, kept->data + at + sizeof row };
	}
	if (n > 1)
		qsort(side->rows, n, sizeof *side->rows, compare_rows);
	return true;
}

/* Rows that both have go; each stands for one of the other side. */
static void
drop_common(Compare *compare)
{
	Side *dump = &compare->dump, *target = &compare->target;
	size_t i = 0, j = 0, n_dump = 0, n_target = 0;
	int order;

	while (i < dump->n || j < target->n) {
		if (i == dump->n)
			order = 1;
		else if (j == target->n)
			order = -1;
		else
			order = compare_rows(&dump->rows[i], &target->rows[j]);
		if (order == 0) {
			i++;
			j++;
		} else if (order < 0)
			dump->rows[n_dump++] = dump->rows[i++];
		else
			target->rows[n_target++] = target->rows[j++];
	}
	dump->n = n_dump;
	target->n = n_target;
}

static bool
split(Compare *compare, const Row *row, VerifyField *fields, Error *err)
{
	size_t used;

	return verify_row_split(row->bytes, row->kept.size,
		   compare->table->shape.n, fields, &used, err) == STEP_ITEM;
}

/* Values of columns, all for n 0, with commas between them. */
static bool
put_values(
    Compare *compare, Buf *text, const size_t *columns, size_t n, Error *err)
{
	const VerifyShape *shape = &compare->table->shape;
	size_t i, column;

	text->size = 0;
	for (i = 0; i < (columns == NULL ? shape->n : n); i++) {
		column = columns == NULL ? i : columns[i];
		if (!buf_put_text(text, i == 0 ? "" : ", ", err) ||
		    !verify_text_put(text, shape->types[column],
			&compare->fields[0][column], err))
			return false;
	}
	return true;
}

/* Where the row in fields[0] is: at the begin of line. */
static bool
put_place(Compare *compare, Error *err)
{
	const VerifyTable *table = compare->table;

	compare->line.size = 0;
	return put_values(compare, &compare->texts[0], table->shape.key,
		   table->shape.n_key, err) &&
	    verify_text_put_key(&compare->line, table, &compare->texts[0], err);
}

static bool
tell(Compare *compare, Error *err)
{
	return fit_problem(compare->report, err, "%.*s",
	    (int)compare->line.size, (const char *)compare->line.data);
}

/* A row that one side has more often than the other. */
static bool
tell_row(Compare *compare, const Pair *pair, Error *err)
{
	const VerifyTable *table = compare->table;
	bool of_dump = pair->dump != NULL;
	const char *side = of_dump ? "dump" : "target";
	const char *other = of_dump ? "target" : "dump";

	if (!split(compare, row_of(pair), compare->fields[0], err))
		return false;
	if (table->shape.key != NULL)
		return put_place(compare, err) &&
		    buf_put_format(&compare->line, err,
			": the row of the %s is not in the %s", side, other) &&
		    tell(compare, err);
	compare->line.size = 0;
	return put_values(compare, &compare->texts[0], NULL, 0, err) &&
	    buf_put_format(&compare->line, err,
		"table \"%s\": the %s has a row %llu %s more than the %s: ",
		table->table->name, side, (unsigned long long)pair->times,
		pair->times == 1 ? "time" : "times", other) &&
	    verify_text_put_cut(&compare->line, compare->texts[0].data,
		compare->texts[0].size, 0, err) &&
	    tell(compare, err);
}

static bool
put_text(Compare *compare, int side, size_t column, Error *err)
{
	Buf *text = &compare->texts[side];

	text->size = 0;
	return verify_text_put(text, compare->table->shape.types[column],
	    &compare->fields[side][column], err);
}

static bool
tell_value(Compare *compare, size_t column, Error *err)
{
	bool null[2] = { compare->fields[0][column].size < 0,
		compare->fields[1][column].size < 0 };

	return put_place(compare, err) && put_text(compare, 0, column, err) &&
	    put_text(compare, 1, column, err) &&
	    buf_put_format(&compare->line, err, ", column \"%s\": ",
		verify_table_column(compare->table, column)) &&
	    verify_text_put_pair(&compare->line,
		null[0] ? NULL : &compare->texts[0],
		null[1] ? NULL : &compare->texts[1], err) &&
	    tell(compare, err);
}

/* Two rows with one key. */
static bool
tell_values(Compare *compare, const Row *dump, const Row *target, Error *err)
{
	const VerifyShape *shape = &compare->table->shape;
	bool same;
	size_t i;

	if (!split(compare, dump, compare->fields[0], err) ||
	    !split(compare, target, compare->fields[1], err))
		return false;
	for (i = 0; i < shape->n; i++) {
		if (!verify_row_same(shape->types[i], &compare->room,
			&compare->fields[0][i], &compare->fields[1][i], &same,
			err))
			return false;
		if (!same && !tell_value(compare, i, err))
			return false;
	}
	return true;
}

/* In the order of a key's first column, as far as its bytes are in order; those
 * of positive numbers and of texts are. */
static int
compare_pairs(const void *one, const void *other)
{
	const VerifyField *a = &((const Pair *)one)->first;
	const VerifyField *b = &((const Pair *)other)->first;
	int32_t size = a->size < b->size ? a->size : b->size;
	int order = size <= 0 ? 0 : memcmp(a->bytes, b->bytes, (size_t)size);

	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* The next row that differs, or two of one key. */
static Pair
next_pair(Compare *compare)
{
	Side *dump = &compare->dump, *target = &compare->target;
	Pair pair = { .times = 1 };
	int order;

	if (dump->at < dump->n)
		pair.dump = &dump->rows[dump->at];
	if (target->at < target->n)
		pair.target = &target->rows[target->at];
	if (pair.dump != NULL && pair.target != NULL) {
		order =
		    hash_compare(pair.dump->kept.key, pair.target->kept.key);
		if (order < 0)
			pair.target = NULL;
		if (order > 0)
			pair.dump = NULL;
	}
	dump->at += pair.dump != NULL;
	target->at += pair.target != NULL;
	return pair;
}

/* Two rows of one side, equal ones? */
static bool
is_same_row(const Pair *one, const Pair *other)
{
	return (one->dump == NULL) == (other->dump == NULL) &&
	    compare_rows(row_of(one), row_of(other)) == 0;
}

static bool
pair_rows(Compare *compare, Error *err)
{
	size_t n = compare->dump.n + compare->target.n;
	const VerifyShape *shape = &compare->table->shape;
	Pair pair;

	compare->pairs =
	    arena_alloc(&compare->arena, n + 1, sizeof *compare->pairs, err);
	if (compare->pairs == NULL)
		return false;
	for (; compare->dump.at < compare->dump.n ||
	     compare->target.at < compare->target.n;
	     compare->differences++) {
		pair = next_pair(compare);
		if (compare->n_pairs > 0 && shape->key == NULL &&
		    is_same_row(&compare->pairs[compare->n_pairs - 1], &pair)) {
			compare->pairs[compare->n_pairs - 1].times++;
			continue;
		}
		if (!split(compare, row_of(&pair), compare->fields[0], err))
			return false;
		if (shape->n > 0)
			pair.first =
			    compare
				->fields[0][shape->key != NULL ? shape->key[0]
							       : 0];
		compare->pairs[compare->n_pairs++] = pair;
	}
	if (compare->n_pairs > 1)
		qsort(compare->pairs, compare->n_pairs, sizeof *compare->pairs,
		    compare_pairs);
	return true;
}

static bool
tell_pair(Compare *compare, const Pair *pair, Error *err)
{
	if (pair->dump != NULL && pair->target != NULL)
		return tell_values(compare, pair->dump, pair->target, err);
	return tell_row(compare, pair, err);
}

static bool
run(Compare *compare, const VerifySink *dump, const VerifySink *target,
    Error *err)
{
	size_t n = compare->table->shape.n, i;

	compare->fields[0] =
	    arena_alloc(&compare->arena, n + 1, sizeof(VerifyField), err);
	compare->fields[1] =
	    arena_alloc(&compare->arena, n + 1, sizeof(VerifyField), err);
	if (compare->fields[0] == NULL || compare->fields[1] == NULL ||
	    !list_rows(compare, &compare->dump, &dump->rows, err) ||
	    !list_rows(compare, &compare->target, &target->rows, err))
		return false;
	drop_common(compare);
	if (!pair_rows(compare, err))
		return false;
	for (i = 0; i < compare->n_pairs &&
	     fit_problems(compare->report) < compare->most;
	     i++) {
		if (!tell_pair(compare, &compare->pairs[i], err))
			return false;
	}
	return true;
}

bool
verify_compare_rows(const VerifyTable *table, const VerifySink *dump,
    const VerifySink *target, FitReport *report, size_t most,
    uint64_t *differences, Error *err)
{
	Compare compare = { .table = table, .report = report, .most = most };
	bool good;

	good = run(&compare, dump, target, err);
	*differences = compare.differences;
	verify_room_free(&compare.room);
	buf_free(&compare.texts[0]);
	buf_free(&compare.texts[1]);
	buf_free(&compare.line);
	arena_free(&compare.arena);
	return good;
}
