#include "transform/rejects.h"

#include <stdlib.h>
#include <string.h>

#include "formats/json.h"
#include "transform/reason.h"

/* Of lines, before they are written. */
#define WRITE_BYTES ((size_t)256 << 10)

static size_t
count_kinds(const Rejects *rejects)
{
	return rejects->kinds.size / sizeof(ManifestReason);
}

static ManifestReason *
kind_at(const Rejects *rejects, size_t i)
{
	return (ManifestReason *)(void *)rejects->kinds.data + i;
}

/* NULL is less than any text. */
static int
compare_texts(const char *one, const char *other)
{
	if (one == NULL || other == NULL)
		return (one != NULL) - (other != NULL);
	return strcmp(one, other);
}

static ManifestReason *
find_kind(const Rejects *rejects, const ManifestReason *like)
{
	for (size_t i = 0; i < count_kinds(rejects); i++) {
		ManifestReason *kind = kind_at(rejects, i);

		if (compare_texts(kind->column, like->column) == 0 &&
		    strcmp(kind->rule, like->rule) == 0 &&
		    compare_texts(kind->table, like->table) == 0)
			return kind;
	}
	return NULL;
}

/* The rowid, known from the row itself or from the evidence. */
static bool
find_rowid(const Rejects *rejects, const Table *table, uint64_t row,
    const RejectPlace *place, int64_t *rowid)
{
	size_t i = (size_t)(table - rejects->schema->tables);

	return place->known && rejects->profile != NULL &&
	    profile_rowid(
		&rejects->profile->tables[i], place->rows_before + row, rowid);
}

static bool
add_kind(Rejects *rejects, ManifestReason *kind, Error *err)
{
	if (kind->first != NULL) {
		kind->first = arena_text(&rejects->arena, kind->first, err);
		if (kind->first == NULL)
			return false;
	}
	return buf_put(&rejects->kinds, kind, sizeof *kind, err);
}

/* Add what a chunk's log counted. */
static bool
count_kind(Rejects *rejects, const RejectKind *found, const RejectPlace *place,
    Error *err)
{
	ManifestReason kind = { .table = found->table->name,
		.column = found->column,
		.rule = found->refusal->rule,
		.reason = found->refusal->reason,
		.values = found->values,
		.first = found->first,
		.first_row = place->known ? place->rows_before + found->row : 0,
		.has_first_rowid = found->has_rowid,
		.first_rowid = found->rowid };
	ManifestReason *known = find_kind(rejects, &kind);

	if (known == NULL && count_kinds(rejects) >= REJECTS_KINDS) {
		kind = (ManifestReason){ .rule = kind.rule,
			.reason = kind.reason,
			.values = kind.values };
		known = find_kind(rejects, &kind);
	}
	if (known != NULL) {
		known->values += kind.values;
		return true;
	}
	if (kind.table != NULL && !kind.has_first_rowid)
		kind.has_first_rowid = find_rowid(rejects, found->table,
		    found->row, place, &kind.first_rowid);
	return add_kind(rejects, &kind, err);
}

static bool
count_kinds_of(Rejects *rejects, const RejectLog *log, const RejectPlace *place,
    Error *err)
{
	for (size_t at = 0; at < log->kinds.size; at += sizeof(RejectKind)) {
		RejectKind kind;

		memcpy(&kind, log->kinds.data + at, sizeof kind);
		if (!count_kind(rejects, &kind, place, err))
			return false;
	}
	return true;
}

/* One line of rejects.ndjson. */
static bool
put_line(Rejects *rejects, const RejectLine *line, const RejectPlace *place,
    Error *err)
{
	Buf *out = &rejects->lines;
	const char *name = line->table->name;
	int64_t rowid = line->rowid;

	if (!buf_put_text(out, "{\"table\":", err) ||
	    !json_put_string(out, (const uint8_t *)name, strlen(name), err))
		return false;
	if (place->known &&
	    !buf_put_format(out, err, ",\"row\":%llu",
		(unsigned long long)(place->rows_before + line->row)))
		return false;
	if ((line->has_rowid ||
		find_rowid(rejects, line->table, line->row, place, &rowid)) &&
	    !buf_put_format(out, err, ",\"rowid\":%lld", (long long)rowid))
		return false;
	return buf_put_text(out, ",", err) &&
	    buf_put(out, line->text, line->size, err) &&
	    buf_put_text(out, "\n", err);
}

static bool
write_lines(Rejects *rejects, Error *err)
{
	if (!dump_append_reasons(
		rejects->writer, rejects->lines.data, rejects->lines.size, err))
		return error_add(err, "rejects");
	rejects->lines.size = 0;
	return true;
}

static bool
put_lines(Rejects *rejects, const RejectLog *log, const RejectPlace *place,
    Error *err)
{
	RejectLine line;
	Step step;

	reject_reader_open(&rejects->reader);
	while ((step = reject_reader_next(&rejects->reader, log, &line, err)) ==
	    STEP_ITEM)
		if (!put_line(rejects, &line, place, err) ||
		    (rejects->lines.size >= WRITE_BYTES &&
			!write_lines(rejects, err)))
			return false;
	return step == STEP_END && write_lines(rejects, err);
}

/*
 * The evidence goes along, so that the rows are given the same types when they
 * are read again; but where the rows were in their table no longer holds.
 */
static bool
put_profile(Rejects *rejects, Error *err)
{
	Profile profile = { .n_tables = rejects->profile->n_tables };

	profile.tables = arena_alloc(
	    &rejects->arena, profile.n_tables, sizeof(TableProfile), err);
	if (profile.tables == NULL)
		return false;
	for (size_t i = 0; i < profile.n_tables; i++) {
		profile.tables[i] = rejects->profile->tables[i];
		profile.tables[i].runs = NULL;
		profile.tables[i].n_runs = 0;
	}
	return dump_put_profile(rejects->writer, &profile, err);
}

/* The schema that the rejects have: the source's, one round later. */
static const Schema *
aside_schema(Rejects *rejects)
{
	rejects->aside = *rejects->schema;
	rejects->aside.rejects_round++;
	return &rejects->aside;
}

/* Errors of our dump, as the user knows it. */
static bool
add_place(Error *err)
{
	return error_add(err,
	    err->kind == ERROR_USAGE
		? "rejects (--rejects=DIR names another place)"
		: "rejects");
}

static bool
begin(Rejects *rejects, Error *err)
{
	if (!dump_create(
		rejects->path, aside_schema(rejects), &rejects->writer, err))
		return add_place(err);
	return rejects->profile == NULL || put_profile(rejects, err);
}

bool
rejects_put(Rejects *rejects, Chunk *aside, const RejectLog *log,
    const RejectPlace *place, Error *err)
{
	rejects->rows_read += place->rows;
	if (aside->rows == 0)
		return true;
	if (rejects->writer == NULL && !begin(rejects, err))
		return false;
	rejects->rows += aside->rows;
	if (!count_kinds_of(rejects, log, place, err) ||
	    !rejects_check_limit(rejects, rejects->expected, err) ||
	    !put_lines(rejects, log, place, err))
		return false;
	if (!dump_put_chunk(rejects->writer, aside, err))
		return error_add(err, "rejects");
	return true;
}

/* Most values first. */
static int
compare_kinds(const void *one, const void *other)
{
	const ManifestReason *first = one, *second = other;
	int order;

	if (first->values != second->values)
		return first->values < second->values ? 1 : -1;
	order = compare_texts(first->table, second->table);
	if (order == 0)
		order = compare_texts(first->column, second->column);
	return order != 0 ? order : strcmp(first->rule, second->rule);
}

const ManifestReason *
rejects_reasons(Rejects *rejects, size_t *n)
{
	*n = count_kinds(rejects);
	if (*n > 1)
		qsort(rejects->kinds.data, *n, sizeof(ManifestReason),
		    compare_kinds);
	return *n == 0 ? NULL : kind_at(rejects, 0);
}

bool
rejects_put_reason(Buf *out, const ManifestReason *reason, Error *err)
{
	char count[REASON_COUNT_BYTES];
	const char *table =
	    reason->table == NULL ? "other tables" : reason->table;
	bool row = !reason->has_first_rowid && reason->first_row > 0;
	bool place = row || reason->has_first_rowid;
	const char *first = reason->first;

	if (!buf_put_format(out, err, "%s x %s%s%s: %s",
		reason_count(reason->values, count), table,
		reason->column == NULL ? "" : ".",
		reason->column == NULL ? "" : reason->column, reason->reason))
		return false;
	if (first == NULL && !place)
		return true;
	return buf_put_format(out, err, " (first%s%s", first == NULL ? "" : " ",
		   first == NULL ? "" : first) &&
	    (!place ||
		(row ? buf_put_format(out, err, " at row %llu",
			   (unsigned long long)reason->first_row)
		     : buf_put_format(out, err, " at rowid %lld",
			   (long long)reason->first_rowid))) &&
	    buf_put_text(out, ")", err);
}

/* Nothing was set aside: is that what its place says? */
static void
look_for_old(Rejects *rejects)
{
	DumpPresence presence;
	/* What cannot be read there is none of this run's business. */
	Error ignored;

	rejects->stale = dump_look(rejects->path, aside_schema(rejects),
			     &presence, &ignored) &&
	    presence == DUMP_SAME;
}

bool
rejects_commit(Rejects *rejects, DumpSummary *summary, Error *err)
{
	const ManifestReason *reasons;
	size_t n;

	if (!rejects_check_limit(rejects, rejects->rows_read, err))
		return false;
	if (rejects->writer == NULL) {
		look_for_old(rejects);
		return true;
	}
	reasons = rejects_reasons(rejects, &n);
	dump_sum_reasons(rejects->writer, reasons, n);
	return dump_commit(rejects->writer, summary, err) || add_place(err);
}

void
rejects_free(Rejects *rejects)
{
	dump_discard(rejects->writer);
	rejects->writer = NULL;
	buf_free(&rejects->kinds);
	buf_free(&rejects->lines);
	reject_reader_free(&rejects->reader);
	arena_free(&rejects->arena);
}
