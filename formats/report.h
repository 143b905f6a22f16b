/*
 * report: what a program says on standard error: notes, warnings, the error
 * at the end, the summary table, and the live progress line.  Used by the
 * files that hold main() only; library code fills an Error instead.
 *
 * As text for people or, with REPORT_JSON, one JSON object a line with
 * "event" ("note", "warning", "error", "progress", "summary"), "program" and
 * fields of its own; readers must ignore fields they do not know.
 *
 * Progress is a line that is redrawn at most five times a second on a
 * terminal; on anything else it is a plain line every 30 s where
 * --progress=always asks for it, and with REPORT_JSON an event every 5 s.  It
 * appears after the first second of a phase.  Where standard output is a pipe, the program at
 * its other end draws, and this one does not unless --progress=always.  No
 * control character ever goes to what is not a terminal.
 */
#ifndef FORMATS_REPORT_H
#define FORMATS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "formats/error.h"

typedef enum { REPORT_AUTO, REPORT_ALWAYS, REPORT_NEVER } ReportProgress;

typedef struct {
	ReportProgress progress;
	bool json; /* --log-format=json */
	bool quiet;
	bool verbose;
} ReportOptions;

/* A cell of the summary is a text, or a count that is printed with thousands
 * separators and aligned right. */
typedef struct {
	const char *text; /* NULL: value counts */
	uint64_t value;
} ReportCell;

typedef struct {
	const char *title; /* "rows" */
	enum { REPORT_TEXT, REPORT_COUNT, REPORT_BYTES, REPORT_SECONDS } kind;
	/* BYTES prints "1.2 MiB"; SECONDS takes ms */
} ReportColumn;

typedef struct {
	const char *program;
	ReportOptions options;
	FILE *out; /* stderr */
	bool terminal;
	int64_t started_ms; /* monotonic */
	int64_t phase_ms;   /* the phase began */
	int64_t shown_ms;   /* progress last drawn; 0 never */
	unsigned drawn;     /* columns of the line on the screen */
	/* progress */
	const char *phase;   /* "export", "load", "indexes" */
	const char *current; /* what is running: a table's name */
	uint64_t rows, bytes;
	uint64_t total_rows;         /* 0 where it is not known */
	uint64_t steps, total_steps; /* phases without rows */
} Report;

void
report_begin(Report *report, const char *program, const ReportOptions *options);

/* Something worth knowing (not with -q); more of it (only with -v). */
void report_note(Report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void report_detail(Report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Something to look after; always said. */
void report_warning(Report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The error that ended the run; ERROR_CLOSED says nothing. Returns the exit
 * code. */
int report_error(Report *report, const Error *err);

/* A new phase: progress starts at zero.  total_rows 0: not known. */
void report_phase(Report *report, const char *phase, uint64_t total_rows,
    uint64_t total_steps);
/* rows and bytes more, or steps more; current is borrowed until the next
 * call. Draws when it is time. */
void report_progress(Report *report, const char *current, uint64_t rows,
    uint64_t bytes, uint64_t steps);

/*
 * The summary table, after the run; not with -q.  cells holds n_rows *
 * n_columns cells; the last row is the total and is set off by a line.
 */
void report_table(Report *report, const ReportColumn *columns, size_t n_columns,
    const ReportCell *cells, size_t n_rows);

/* Wipe the progress line. */
void report_end(Report *report);

/* Monotonic milliseconds. */
int64_t report_now_ms(void);

#endif
