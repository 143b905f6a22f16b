#include "transform/summary.h"

#include <string.h>

#include "transform/outline.h"
#include "transform/reason.h"

/* Kinds of reasons; a thousand would bury the rest. */
#define REASONS_SHOWN 20

static bool
print_left_out(Report *report, const Schema *schema, Error *err)
{
	size_t n = schema->n_left_out;
	Buf buf = { 0 };
	bool ok = false;

	for (size_t i = 0; i < n && report->options.verbose; i++) {
		const char *text;

		buf.size = 0;
		if (!outline_left_out(&schema->left_out[i], &buf, err))
			goto done;
		text = buf_text(&buf, err);
		if (text == NULL)
			goto done;
		report_detail(report, "%s", text);
	}
	if (n > 0)
		report_note(report,
		    "%zu thing%s left out or changed; schema.json lists %s%s",
		    n, n == 1 ? "" : "s", n == 1 ? "it" : "them",
		    report->options.verbose ? "" : ", as does -v");
	ok = true;
done:
	buf_free(&buf);
	return ok;
}

bool
summary_notes(Report *report, const Rewrite *rewrite, bool evidence, Error *err)
{
	const Match *match = rewrite->input.match;

	if (!evidence)
		report_note(report,
		    "no evidence comes before the data: "
		    "declared types alone decide");
	for (size_t i = 0; i < rewrite_note_count(rewrite); i++)
		report_note(report, "%s", rewrite_note(rewrite, i));
	for (size_t i = 0; match != NULL && i < match->n_notes; i++)
		report_note(report, "%s", match->notes[i]);
	return print_left_out(report, &rewrite->schema, err);
}

/* Did the mapping's `where` leave rows out anywhere? */
static bool
is_filtered(const Run *run)
{
	for (size_t i = 0; i < run->rewrite->input.source->n_tables; i++)
		if (run->tables[i].filtered > 0)
			return true;
	return false;
}

/* The table of tables; its last column only where it says something. */
static bool
print_table(Report *report, const Run *run, Arena *arena, Error *err)
{
	static const ReportColumn columns[] = {
		{ "table", REPORT_TEXT },
		{ "rows in", REPORT_COUNT },
		{ "rows out", REPORT_COUNT },
		{ "set aside", REPORT_COUNT },
		{ "not asked for", REPORT_COUNT },
	};
	const size_t n_columns =
	    sizeof columns / sizeof *columns - !is_filtered(run);
	const Rewrite *rewrite = run->rewrite;
	size_t n = rewrite->schema.n_tables;
	ReportCell *cells =
	    arena_alloc(arena, (n + 1) * n_columns, sizeof *cells, err);
	ReportCell *total, *row = cells;

	if (cells == NULL)
		return false;
	total = cells + n * n_columns;
	total[0].text = "total";
	for (size_t i = 0; i < rewrite->input.source->n_tables; i++) {
		const RunTable *table = &run->tables[i];
		const uint64_t counts[] = { table->rows_in, table->rows_out,
			table->rejected, table->filtered };

		if (rewrite->tables[i].target == REWRITE_NONE)
			continue;
		row[0].text = rewrite->input.source->tables[i].name;
		for (size_t j = 1; j < n_columns; j++) {
			row[j].value = counts[j - 1];
			total[j].value += row[j].value;
		}
		row += n_columns;
	}
	report_table(report, columns, n_columns, cells, n + 1);
	return true;
}

static void
print_nulled(Report *report, const Run *run)
{
	char count[REASON_COUNT_BYTES];

	for (size_t i = 0; i < run->rewrite->input.source->n_tables; i++)
		if (run->tables[i].nulled > 0)
			report_warning(report,
			    "table \"%s\": values that do not fit became "
			    "NULL: %s",
			    run->rewrite->input.source->tables[i].name,
			    reason_count(run->tables[i].nulled, count));
}

static bool
print_reason(Report *report, const ManifestReason *reason, Error *err)
{
	Buf buf = { 0 };
	const char *text = NULL;

	if (rejects_put_reason(&buf, reason, err))
		text = buf_text(&buf, err);
	if (text != NULL)
		report_warning(report, "  %s", text);
	buf_free(&buf);
	return text != NULL;
}

static bool
print_rejects(Report *report, Rejects *rejects, Error *err)
{
	char count[REASON_COUNT_BYTES];
	size_t n;
	const ManifestReason *reasons = rejects_reasons(rejects, &n);

	if (rejects->stale)
		report_note(report,
		    "nothing was set aside; \"%s\" is of an earlier run",
		    rejects->path);
	if (rejects->rows == 0)
		return true;
	report_warning(report, "%s row%s set aside in \"%s\"",
	    reason_count(rejects->rows, count),
	    rejects->rows == 1 ? " was" : "s were", rejects->path);
	for (size_t i = 0; i < n; i++) {
		if (i == REASONS_SHOWN) {
			report_warning(report,
			    "  and %zu more kinds; its manifest.json has all",
			    n - i);
			break;
		}
		if (!print_reason(report, &reasons[i], err))
			return false;
	}
	return true;
}

static void
print_next(Report *report, const Summary *summary)
{
	const char *file = summary->settings->common.file;

	report_note(
	    report, "manifest sha256 %s", summary->dump->manifest_sha256);
	if (strcmp(file, "-") != 0)
		report_note(report,
		    "next: litehaul-import %s-d postgresql:///DATABASE %s",
		    summary->settings->target == NULL ? "" : "-a ", file);
}

bool
summary_print(Report *report, const Summary *summary, Error *err)
{
	const DumpSummary *dump = summary->dump;
	const Run *run = summary->run;
	bool piped = strcmp(summary->settings->common.file, "-") == 0;
	char count[REASON_COUNT_BYTES];
	Arena arena = { 0 };
	bool ok = true;

	report_end(report);
	/* In a pipe the table to look at is the last program's. */
	if (piped && !report->options.verbose)
		report_note(report, "%zu tables, %s rows",
		    (size_t)dump->totals.tables,
		    reason_count(dump->totals.rows, count));
	else
		ok = print_table(report, run, &arena, err);
	arena_free(&arena);
	if (!ok || !summary_notes(report, run->rewrite, summary->evidence, err))
		return false;
	print_nulled(report, run);
	if (!print_rejects(report, run->rejects, err))
		return false;
	print_next(report, summary);
	return true;
}
