#include "formats/report.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include <sys/ioctl.h>
#include <sys/stat.h>

#include "formats/bytes.h"
#include "formats/json.h"
#include "formats/utf8.h"

#define FIRST_MS      1000  /* nothing is drawn before */
#define REDRAW_MS     200   /* on a terminal */
#define LINE_MS       30000 /* plain lines, for a log */
#define EVENT_MS      5000  /* JSON events, for a machine */
#define WIDTH_DEFAULT 80    /* of a terminal that does not tell */
#define NUMBER_BYTES  32    /* "18,446,744,073,709,551,615" and "1.2 MiB" */

int64_t
report_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Is standard output a pipe, so that somebody else reports at its end? */
static bool
is_piped(void)
{
	struct stat status;

	return fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode);
}

void
report_begin(Report *report, const char *program, const ReportOptions *options)
{
	*report = (Report){ .program = program,
		.options = *options,
		.out = stderr,
		.terminal = isatty(STDERR_FILENO) == 1 };
	if (report->options.progress == REPORT_AUTO &&
	    (!report->terminal || is_piped()))
		report->options.progress = REPORT_NEVER;
	if (report->options.quiet)
		report->options.progress = REPORT_NEVER;
	report->started_ms = report->phase_ms = report_now_ms();
}

/* Wipe the progress line off the terminal. */
static void
wipe(Report *report)
{
	if (report->drawn > 0)
		fprintf(report->out, "\r%*s\r", (int)report->drawn, "");
	report->drawn = 0;
}

/* Begin an event; what is written is kept in a Buf until put_event. */
static void
begin_event(const Report *report, JsonWriter *json, const char *event)
{
	json_begin_object(json, NULL);
	json_put_text(json, "event", event);
	json_put_text(json, "program", report->program);
}

static void
put_text(JsonWriter *json, const char *key, const char *text)
{
	json_put_bytes(json, key, (const uint8_t *)text, strlen(text));
}

static void
put_count(JsonWriter *json, const char *key, uint64_t value)
{
	json_put_integer(
	    json, key, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

/* End an event and write its line; with no memory for it there is none. */
static void
put_event(Report *report, JsonWriter *json)
{
	Error err;

	json_end(json);
	if (json_finish(json, &err)) {
		fwrite(json->out->data, 1, json->out->size, report->out);
		fputc('\n', report->out);
		fflush(report->out);
	}
	buf_free(json->out);
}

/* A line of text, or an event that holds it.  Goes through an Error, which
 * escapes what a terminal would act upon. */
static void
say(Report *report, const char *event, const char *prefix, const char *format,
    va_list arguments)
{
	Buf buf = { 0 };
	JsonWriter json = { .out = &buf };
	char text[ERROR_TEXT_BYTES];
	Error escaped;

	vsnprintf(text, sizeof(text), format, arguments);
	if (report->options.json) {
		begin_event(report, &json, event);
		put_text(&json, "text", text);
		put_event(report, &json);
		return;
	}
	error_set(&escaped, ERROR_NONE, "%s", text);
	wipe(report);
	fprintf(
	    report->out, "%s: %s%s\n", report->program, prefix, escaped.text);
	fflush(report->out);
}

void
report_note(Report *report, const char *format, ...)
{
	va_list arguments;

	if (report->options.quiet)
		return;
	va_start(arguments, format);
	say(report, "note", "", format, arguments);
	va_end(arguments);
}

void
report_detail(Report *report, const char *format, ...)
{
	va_list arguments;

	if (!report->options.verbose || report->options.quiet)
		return;
	va_start(arguments, format);
	say(report, "note", "", format, arguments);
	va_end(arguments);
}

void
report_warning(Report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(report, "warning", "warning: ", format, arguments);
	va_end(arguments);
}

int
report_error(Report *report, const Error *err)
{
	Buf buf = { 0 };
	JsonWriter json = { .out = &buf };

	wipe(report);
	if (err->kind == ERROR_CLOSED)
		return ERROR_CLOSED;
	if (report->options.json) {
		begin_event(report, &json, "error");
		put_text(&json, "text", err->text);
		json_put_integer(&json, "exit", (int64_t)err->kind);
		put_event(report, &json);
	} else {
		fprintf(report->out, "%s: %s\n", report->program, err->text);
		fflush(report->out);
	}
	return (int)err->kind;
}

void
report_phase(Report *report, const char *phase, uint64_t total_rows,
    uint64_t total_steps)
{
	wipe(report);
	report->phase = phase;
	report->current = NULL;
	report->phase_ms = report_now_ms();
	report->shown_ms = 0;
	report->rows = report->bytes = report->steps = 0;
	report->total_rows = total_rows;
	report->total_steps = total_steps;
}

/* Digits in groups of three. */
static void
write_count(char out[NUMBER_BYTES], uint64_t value)
{
	char digits[NUMBER_BYTES];
	int n =
	    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	int i;

	for (i = 0; i < n; i++) {
		*out++ = digits[i];
		if (i + 1 < n && (n - i) % 3 == 1)
			*out++ = ',';
	}
	*out = '\0';
}

static void
write_bytes(char out[NUMBER_BYTES], uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB",
		"PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit < 6) {
		value /= 1024;
		unit++;
	}
	snprintf(out, NUMBER_BYTES, unit == 0 ? "%.0f %s" : "%.1f %s", value,
	    units[unit]);
}

/* "1.2 s", "3:05", "1:02:03". */
static void
write_duration(char out[NUMBER_BYTES], uint64_t ms)
{
	unsigned long long seconds = ms / 1000;

	if (seconds < 60)
		snprintf(out, NUMBER_BYTES, "%.1f s", (double)ms / 1000);
	else if (seconds < 3600)
		snprintf(out, NUMBER_BYTES, "%llu:%02llu", seconds / 60,
		    seconds % 60);
	else
		snprintf(out, NUMBER_BYTES, "%llu:%02llu:%02llu",
		    seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/* "0:27" */
static void
write_eta(char out[NUMBER_BYTES], double seconds)
{
	uint64_t whole = (uint64_t)seconds;

	if (whole < 60)
		snprintf(out, NUMBER_BYTES, "0:%02u", (unsigned)whole);
	else
		write_duration(out, whole * 1000);
}

/* What of the phase is done, 0 to 1, or below 0 where it is not known. */
static double
fraction_done(const Report *report)
{
	if (report->total_rows > 0)
		return (double)report->rows / (double)report->total_rows;
	if (report->total_steps > 0)
		return (double)report->steps / (double)report->total_steps;
	return -1;
}

static bool
put_rates(const Report *report, double seconds, Buf *line, Error *err)
{
	char rows[NUMBER_BYTES], rate[NUMBER_BYTES];

	if (report->rows == 0 && report->total_rows == 0)
		return true;
	write_count(rows, report->rows);
	write_count(rate, (uint64_t)((double)report->rows / seconds));
	if (!buf_put_format(line, err, "  %s rows  %s rows/s", rows, rate))
		return false;
	return report->bytes == 0 ||
	    buf_put_format(line, err, "  %.0f MB/s",
		(double)report->bytes / seconds / 1e6);
}

/* "load  orders  12,400,000 rows  182,000 rows/s  96 MB/s  71%  ETA 0:27" */
static bool
put_line(const Report *report, int64_t now_ms, Buf *line, Error *err)
{
	double seconds = (double)(now_ms - report->phase_ms) / 1000;
	double done = fraction_done(report);
	char eta[NUMBER_BYTES];
	Error escaped;

	/* A table's name may be anything. */
	error_set(&escaped, ERROR_NONE, "%s",
	    report->current == NULL ? "" : report->current);
	if (!buf_put_format(line, err, "%s%s%s",
		report->phase == NULL ? "" : report->phase,
		escaped.text[0] == '\0' ? "" : "  ", escaped.text) ||
	    !put_rates(report, seconds, line, err))
		return false;
	if (report->total_steps > 0 &&
	    !buf_put_format(line, err, "  %llu of %llu",
		(unsigned long long)report->steps,
		(unsigned long long)report->total_steps))
		return false;
	if (done <= 0 || done > 1)
		return true;
	write_eta(eta, seconds * (1 - done) / done);
	return buf_put_format(line, err, "  %.0f%%  ETA %s", done * 100, eta);
}

/* Columns of the terminal, less one so that the cursor does not wrap. */
static size_t
line_width(const Report *report)
{
	struct winsize size;

	if (ioctl(fileno(report->out), TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 1)
		return (size_t)size.ws_col - 1;
	return WIDTH_DEFAULT - 1;
}

/* Bytes of the longest beginning that fits into so many columns. */
static size_t
fit(const uint8_t *text, size_t size, size_t columns)
{
	while (size > 0 && utf8_length(text, size) > columns) {
		size--;
		while (size > 0 && (text[size] & 0xc0) == 0x80)
			size--;
	}
	return size;
}

static void
draw_line(Report *report, int64_t now_ms)
{
	Buf line = { 0 };
	size_t size, columns;
	Error err;

	if (!put_line(report, now_ms, &line, &err))
		goto done;
	if (!report->terminal) {
		fprintf(report->out, "%s: %.*s\n", report->program,
		    (int)line.size, (const char *)line.data);
		fflush(report->out);
		goto done;
	}
	size = fit(line.data, line.size, line_width(report));
	columns = utf8_length(line.data, size);
	fprintf(report->out, "\r%.*s", (int)size, (const char *)line.data);
	/* Wipe what a longer line left. */
	if (report->drawn > columns)
		fprintf(report->out, "%*s", (int)(report->drawn - columns), "");
	fflush(report->out);
	if (report->drawn < columns)
		report->drawn = (unsigned)columns;
done:
	buf_free(&line);
}

static void
put_progress(Report *report, int64_t now_ms)
{
	Buf buf = { 0 };
	JsonWriter json = { .out = &buf };
	const char *current = report->current;

	begin_event(report, &json, "progress");
	put_text(&json, "phase", report->phase == NULL ? "" : report->phase);
	put_text(&json, "current", current == NULL ? "" : current);
	put_count(&json, "rows", report->rows);
	put_count(&json, "total_rows", report->total_rows);
	put_count(&json, "bytes", report->bytes);
	put_count(&json, "steps", report->steps);
	put_count(&json, "total_steps", report->total_steps);
	put_count(&json, "elapsed_ms", (uint64_t)(now_ms - report->phase_ms));
	put_event(report, &json);
}

void
report_progress(Report *report, const char *current, uint64_t rows,
    uint64_t bytes, uint64_t steps)
{
	int64_t now_ms, pause_ms;

	report->current = current;
	report->rows += rows;
	report->bytes += bytes;
	report->steps += steps;
	if (report->options.progress == REPORT_NEVER)
		return;
	now_ms = report_now_ms();
	pause_ms = report->options.json ? EVENT_MS
	    : report->terminal          ? REDRAW_MS
					: LINE_MS;
	if (now_ms - report->phase_ms < FIRST_MS ||
	    (report->shown_ms != 0 && now_ms - report->shown_ms < pause_ms))
		return;
	report->shown_ms = now_ms;
	if (report->options.json)
		put_progress(report, now_ms);
	else
		draw_line(report, now_ms);
}

/* A cell as text; buf holds it where it is a number. */
static const char *
cell_text(
    const ReportColumn *column, const ReportCell *cell, char buf[NUMBER_BYTES])
{
	if (cell->text != NULL)
		return cell->text;
	buf[0] = '\0';
	switch (column->kind) {
	case REPORT_TEXT:
		break;
	case REPORT_COUNT:
		write_count(buf, cell->value);
		break;
	case REPORT_BYTES:
		write_bytes(buf, cell->value);
		break;
	case REPORT_SECONDS:
		write_duration(buf, cell->value);
		break;
	}
	return buf;
}

static size_t
text_columns(const char *text)
{
	return utf8_length((const uint8_t *)text, strlen(text));
}

/* Width of a column: its title's or its widest cell's. */
static size_t
column_width(const ReportColumn *columns, size_t n_columns, size_t column,
    const ReportCell *cells, size_t n_rows)
{
	size_t width = text_columns(columns[column].title), row, n;
	char buf[NUMBER_BYTES];
	Error escaped;

	for (row = 0; row < n_rows; row++) {
		error_set(&escaped, ERROR_NONE, "%s",
		    cell_text(&columns[column],
			&cells[row * n_columns + column], buf));
		n = text_columns(escaped.text);
		width = n > width ? n : width;
	}
	return width;
}

/* One cell, padded, with the space before it unless it is the first. */
static void
put_cell(FILE *out, const char *text, bool right, size_t width, bool first)
{
	Error escaped;
	int pad;

	error_set(&escaped, ERROR_NONE, "%s", text);
	pad = (int)(width - text_columns(escaped.text));
	fprintf(out, "%s%*s%s%*s", first ? "" : "  ", right ? pad : 0, "",
	    escaped.text, right ? 0 : pad, "");
}

static void
put_table_row(FILE *out, const ReportColumn *columns, size_t n_columns,
    const ReportCell *cells, const size_t *widths)
{
	char buf[NUMBER_BYTES];
	size_t i;

	for (i = 0; i < n_columns; i++)
		put_cell(out,
		    cells == NULL ? columns[i].title
				  : cell_text(&columns[i], &cells[i], buf),
		    columns[i].kind != REPORT_TEXT, widths[i], i == 0);
	fputc('\n', out);
}

static void
put_rule(FILE *out, const size_t *widths, size_t n_columns)
{
	size_t i, k;

	for (i = 0; i < n_columns; i++) {
		fputs(i == 0 ? "" : "  ", out);
		for (k = 0; k < widths[i]; k++)
			fputc('-', out);
	}
	fputc('\n', out);
}

static void
put_json_row(JsonWriter *json, const char *key, const ReportColumn *columns,
    size_t n_columns, const ReportCell *cells)
{
	size_t i;

	json_begin_object(json, key);
	for (i = 0; i < n_columns; i++) {
		if (cells[i].text != NULL)
			put_text(json, columns[i].title, cells[i].text);
		else
			put_count(json, columns[i].title, cells[i].value);
	}
	json_end(json);
}

static void
put_summary(Report *report, const ReportColumn *columns, size_t n_columns,
    const ReportCell *cells, size_t n_rows)
{
	Buf buf = { 0 };
	JsonWriter json = { .out = &buf };
	size_t row;

	begin_event(report, &json, "summary");
	json_begin_array(&json, "rows");
	for (row = 0; row + 1 < n_rows; row++)
		put_json_row(
		    &json, NULL, columns, n_columns, cells + row * n_columns);
	json_end(&json);
	if (n_rows > 0)
		put_json_row(&json, "total", columns, n_columns,
		    cells + row * n_columns);
	put_event(report, &json);
}

/* More columns than any summary has. */
#define COLUMNS_LIMIT 16

void
report_table(Report *report, const ReportColumn *columns, size_t n_columns,
    const ReportCell *cells, size_t n_rows)
{
	size_t widths[COLUMNS_LIMIT], i;

	wipe(report);
	if (report->options.quiet || n_columns > COLUMNS_LIMIT)
		return;
	if (report->options.json) {
		put_summary(report, columns, n_columns, cells, n_rows);
		return;
	}
	for (i = 0; i < n_columns; i++)
		widths[i] = column_width(columns, n_columns, i, cells, n_rows);
	put_table_row(report->out, columns, n_columns, NULL, widths);
	put_rule(report->out, widths, n_columns);
	for (i = 0; i < n_rows; i++) {
		if (i > 0 && i + 1 == n_rows)
			put_rule(report->out, widths, n_columns);
		put_table_row(report->out, columns, n_columns,
		    cells + i * n_columns, widths);
	}
	fflush(report->out);
}

void
report_end(Report *report)
{
	wipe(report);
	fflush(report->out);
}
