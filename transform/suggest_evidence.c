#include "transform/suggest_evidence.h"

#include <string.h>

#include "transform/epoch.h"
#include "transform/findings.h"
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
put_findings(Comments *comments, const Column *column,
    const ColumnProfile *profile, Error *err)
{
	Arena arena = { 0 };
	const char **lines;
	size_t n;
	bool ok = findings_list(column, profile, &arena, &lines, &n, err);

	for (size_t i = 0; ok && i < n; i++)
		ok = buf_put_format(&comments->line, err, "%s%s",
			 i == 0 ? "evidence: " : "  ", lines[i]) &&
		    end_line(comments, err);
	arena_free(&arena);
	return ok;
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
		ok = put_findings(&comments,
			 &rewrite->input.source->tables[table]
			      .columns[filled->from],
			 profile, err) &&
		    (!may_be_moments(rewrite, table, column) ||
			put_epochs(&comments, profile, err));
	buf_free(&comments.line);
	return ok;
}
