#include "transform/suggest_evidence.h"

#include <string.h>

#include "formats/number.h"
#include "transform/epoch.h"
#include "transform/reason.h"
#include "transform/yaml_write.h"

/* Comments of one column; a line is put together in `line`. */
typedef struct {
	Buf line;
	int indentation;
	Buf *out;
} Comments;

static bool
end_line(Comments *comments, Error *err)
{
	const char *text = buf_text(&comments->line, err);

	if (text == NULL)
		return false;
	comments->line.size = 0;
	return yaml_write_comment(
	    comments->out, comments->indentation, text, err);
}

/* A note that goes further than the reason says the reason, too. */
static bool
put_reason(Comments *comments, const Inference *inference, Error *err)
{
	const char *reason = inference->reason, *note = inference->note;

	if (note != NULL && reason != NULL &&
	    strncmp(note, reason, strlen(reason)) == 0)
		reason = NULL;
	if (reason != NULL &&
	    (!buf_put_text(&comments->line, reason, err) ||
		!end_line(comments, err)))
		return false;
	return note == NULL ||
	    (buf_put_text(&comments->line, note, err) &&
		end_line(comments, err));
}

static bool
put_reals(Buf *out, double min, double max, Error *err)
{
	uint8_t texts[2][NUMBER_REAL_BYTES];
	int sizes[] = { (int)number_write_real(texts[0], min),
		(int)number_write_real(texts[1], max) };

	return buf_put_format(out, err, " (%.*s to %.*s)", sizes[0],
	    (const char *)texts[0], sizes[1], (const char *)texts[1]);
}

static bool
put_range(Buf *out, const ColumnProfile *profile, ValueClass class, Error *err)
{
	switch (class) {
	case VALUE_INTEGER:
		return buf_put_format(out, err, " (%lld to %lld)",
		    (long long)profile->integer_min,
		    (long long)profile->integer_max);
	case VALUE_REAL:
		return put_reals(
		    out, profile->real_min, profile->real_max, err);
	case VALUE_TEXT:
		return buf_put_format(out, err, " (at most %llu characters)",
		    (unsigned long long)profile->text_characters_max);
	case VALUE_BLOB:
		return buf_put_format(out, err, " (at most %llu bytes)",
		    (unsigned long long)profile->blob_bytes_max);
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return true;
}

/* "evidence: 12 NULL, 43,868 integer (1 to 90)" */
static bool
put_classes(Comments *comments, const ColumnProfile *profile, Error *err)
{
	char count[REASON_COUNT_BYTES];
	const char *separator = "evidence: ";

	for (int i = VALUE_NULL; i < VALUE_CLASSES; i++) {
		const char *name =
		    i == VALUE_NULL ? "NULL" : value_class_name((ValueClass)i);

		if (profile->classes[i] == 0)
			continue;
		if (!buf_put_format(&comments->line, err, "%s%s %s", separator,
			reason_count(profile->classes[i], count), name) ||
		    !put_range(&comments->line, profile, (ValueClass)i, err))
			return false;
		separator = ", ";
	}
	return comments->line.size == 0 || end_line(comments, err);
}

static bool
put_odd(Comments *comments, uint64_t n, const char *what, Error *err)
{
	char count[REASON_COUNT_BYTES];

	return n == 0 ||
	    buf_put_format(&comments->line, err, "%s%s %s",
		comments->line.size == 0 ? "text: " : ", ",
		reason_count(n, count), what);
}

/* Text that may surprise somebody later. */
static bool
put_oddities(Comments *comments, const ColumnProfile *profile, Error *err)
{
	return put_odd(comments, profile->empty, "empty", err) &&
	    put_odd(comments, profile->blanks, "with blanks at an end", err) &&
	    put_odd(comments, profile->nul, "with a NUL", err) &&
	    put_odd(comments, profile->invalid_utf8, "not UTF-8", err) &&
	    (comments->line.size == 0 || end_line(comments, err));
}

/* Which epoch a number counts from cannot be known: an entry that may be meant,
 * for each epoch, to be put in the place of the column's. */
static bool
put_epochs(Comments *comments, const ColumnProfile *profile, Error *err)
{
	EpochCandidate candidates[FITS_EPOCHS];
	char count[REASON_COUNT_BYTES];
	size_t n = epoch_list(profile, candidates);

	for (size_t i = 0; i < n; i++) {
		const EpochCandidate *candidate = &candidates[i];

		if (!buf_put_format(&comments->line, err,
			"looks like %s (%d to %d)", candidate->name,
			candidate->first_year, candidate->last_year))
			return false;
		if (!candidate->all && candidate->fits > 0 &&
		    !buf_put_format(&comments->line, err, ", %s values of them",
			reason_count(candidate->fits, count)))
			return false;
		if (!buf_put_format(&comments->line, err,
			": { type: timestamptz, using: %s }",
			conversion_name(candidate->conversion)) ||
		    !end_line(comments, err))
			return false;
	}
	return true;
}

/* Numbers that nobody has said anything about yet; a key counts rows. */
static bool
may_be_moments(const Rewrite *rewrite, size_t table, size_t column)
{
	const RewriteColumn *filled = &rewrite->tables[table].columns[column];
	const Table *from = &rewrite->input.source->tables[table];

	return !filled->fixed && filled->from != from->rowid_column &&
	    (filled->rule.type.name == TYPE_BIGINT ||
		filled->rule.type.name == TYPE_DOUBLE ||
		filled->rule.type.name == TYPE_NUMERIC);
}

bool
suggest_evidence_put(const Rewrite *rewrite, size_t table, size_t column,
    int indentation, Buf *out, Error *err)
{
	const RewriteColumn *filled = &rewrite->tables[table].columns[column];
	const ColumnProfile *profile = filled->from < 0
	    ? NULL
	    : rewrite_profile(rewrite, table, (size_t)filled->from);
	Comments comments = { .indentation = indentation, .out = out };
	bool ok = put_reason(&comments, &filled->inference, err);

	if (ok && profile != NULL)
		ok = put_classes(&comments, profile, err) &&
		    put_oddities(&comments, profile, err) &&
		    (!may_be_moments(rewrite, table, column) ||
			put_epochs(&comments, profile, err));
	buf_free(&comments.line);
	return ok;
}
