#include "formats/rows_csv.h"

#include <inttypes.h>

#include "formats/affinity.h"
#include "formats/rows_csv_quotes.h"
#include "formats/utf8.h"
#include "formats/words.h"

/* The header counts as row 0. */
static bool
fail(const RowsCsv *rows, const uint8_t *at, const char *what, Error *err)
{
	return error_set(err, ERROR_DUMP, "row %" PRIu64 " at byte %zu: %s",
	    rows->row + 1, (size_t)(at - rows->start), what);
}

/*
 * A word of a quoted text that holds quotes, of which two stand for one: take
 * one of each pair away.  *size is how many bytes are left of eight.  Returns
 * where the quote stands that closes the text, or has its pair in the next
 * word; WORD_BYTES where there is none.
 */
static inline unsigned
halve_quotes(uint64_t *word, unsigned *size)
{
	uint64_t quotes = word_matches_all(*word, '"');
	uint64_t kept;
	unsigned at;

	*size = WORD_BYTES;
	while (quotes != 0) {
		at = word_first(quotes);
		/* Bytes up to the quote, it included. */
		kept = quotes ^ (quotes - 1);
		if (((quotes & ~kept) & (kept << 8)) == 0)
			return at;
		*word = (*word & kept) | (*word >> 8 & ~kept);
		quotes = quotes >> 8 & ~kept;
		--*size;
	}
	return WORD_BYTES;
}

/*
 * Go through a quoted text and move it down to to, one of each pair of quotes.
 * Returns the quote that closes it, or NULL; *past is the end of what was
 * moved.
 */
static uint8_t *
unescape(uint8_t *to, uint8_t *from, const uint8_t *end, uint8_t **past)
{
	uint64_t word, kept;
	unsigned at, size;

	/* One byte more than the word, for the pair of its last quote. */
	while (end - from > WORD_BYTES) {
		word = word_load(from);
		at = halve_quotes(&word, &size);
		from += at < WORD_BYTES ? at + WORD_BYTES - size : WORD_BYTES;
		if (at < WORD_BYTES && from[1] != '"') {
			/* Not the bytes behind the text: they stay. */
			kept = (UINT64_C(1) << at * 8) - 1;
			word_store(to, (word & kept) | (word_load(to) & ~kept));
			*past = to + at;
			return from;
		}
		/* What this writes too much has been read: to is below from. */
		word_store(to, word);
		to += size;
		if (at < WORD_BYTES)
			from += 2;
	}
	for (; from < end; *to++ = *from++) {
		if (*from != '"')
			continue;
		if (end - from < 2 || from[1] != '"') {
			*past = to;
			return from;
		}
		from++;
	}
	return NULL;
}

/* Where a quoted text has its first quote; end where it has none.  *marked is
 * whether a comma, CR or LF stands before it. */
static inline uint8_t *
find_quote(uint8_t *at, const uint8_t *end, bool *marked)
{
	uint64_t word, quotes, marks;
	uint64_t seen = 0;

	while (end - at >= WORD_BYTES) {
		word = word_load(at);
		quotes = word_matches(word, '"');
		marks = word_matches(word, ',') | word_matches(word, '\n') |
		    word_matches(word, '\r');
		if (quotes != 0) {
			/* Those before the quote. */
			*marked =
			    (seen | (marks & (quotes ^ (quotes - 1)))) != 0;
			return at + word_first(quotes);
		}
		seen |= marks;
		at += WORD_BYTES;
	}
	for (; at < end && *at != '"'; at++)
		seen |= *at == ',' || *at == '\n' || *at == '\r';
	*marked = seen != 0;
	return at;
}

/* The text of a quoted field up to its first pair of quotes, to where the rest
 * is moved down to. */
static uint8_t *
begin_text(RowsCsv *rows, uint8_t *first, const uint8_t *quote)
{
	size_t size = (size_t)(quote + 1 - first);

	if (rows->room == NULL)
		return first;
	memcpy(rows->room_at, first, size);
	return rows->room_at;
}

/* A quoted field whose text begins at first.  Returns what follows it. */
static uint8_t *
read_quoted(RowsCsv *rows, uint8_t *first, RowsCsvField *field, Error *err)
{
	bool marked = false;
	uint8_t *quote = find_quote(first, rows->end, &marked);
	uint8_t *text = first;
	uint8_t *past = quote;

	if (rows->end - quote >= 2 && quote[1] == '"') {
		marked = true;
		text = begin_text(rows, first, quote);
		quote = unescape(
		    text + (quote + 1 - first), quote + 2, rows->end, &past);
		if (rows->room != NULL)
			rows->room_at = past;
	}
	if (quote == NULL || quote == rows->end) {
		fail(rows, first, "a quoted field has no end", err);
		return NULL;
	}
	field->text = text;
	field->size = (size_t)(past - text);
	field->first = first - 1;
	field->past = quote + 1;
	field->normal = marked || field->size == 0 ||
	    rows_csv_quotes_edges(text, field->size);
	return quote + 1;
}

/* The first comma, quote, CR or LF. */
static inline uint8_t *
find_mark(uint8_t *at, const uint8_t *end)
{
	uint64_t word, marks;

	while (end - at >= WORD_BYTES) {
		word = word_load(at);
		marks = word_matches(word, ',') | word_matches(word, '"') |
		    word_below(word, '\r' + 1);
		if (marks == 0) {
			at += WORD_BYTES;
			continue;
		}
		at += word_first(marks);
		if (*at >= '\r' || *at == '\n')
			return at;
		/* Another control, which may stand in a text. */
		at++;
	}
	while (
	    at < end && *at != ',' && *at != '"' && *at != '\n' && *at != '\r')
		at++;
	return at;
}

static inline uint8_t *
read_unquoted(
    const RowsCsv *rows, uint8_t *first, RowsCsvField *field, Error *err)
{
	uint8_t *past = find_mark(first, rows->end);
	size_t size = (size_t)(past - first);

	field->text = field->first = first;
	field->size = size;
	field->past = past;
	field->normal = true;
	if (size > 0 && rows_csv_quotes_edges(first, size)) {
		fail(rows, first,
		    "a field that begins or ends with a blank, or is \\., "
		    "is not quoted",
		    err);
		return NULL;
	}
	return past;
}

/* Say why a field does not end where it should, at at. */
static void
fail_mark(const RowsCsv *rows, const uint8_t *at, Error *err)
{
	const char *what = "text follows a closing quote";

	if (at == rows->end)
		what = "the row does not end in a line feed";
	else if (*at == '\r')
		what = "a carriage return stands outside quotes";
	else if (*at == '"')
		what = "a quote stands in a field that is not quoted";
	else if (*at == ',')
		what = "the row has too many columns";
	else if (*at == '\n')
		what = "the row has too few columns";
	fail(rows, at, what, err);
}

/*
 * The i-th field of a row and the mark behind it.  Returns what follows, NULL
 * when it failed.
 */
static inline uint8_t *
read_field(
    RowsCsv *rows, uint8_t *at, size_t i, RowsCsvField *field, Error *err)
{
	if (at < rows->end && *at == '"')
		at = read_quoted(rows, at + 1, field, err);
	else
		at = read_unquoted(rows, at, field, err);
	if (at == NULL)
		return NULL;
	if (at == rows->end || *at != (i + 1 < rows->n ? ',' : '\n')) {
		fail_mark(rows, at, err);
		return NULL;
	}
	return at + 1;
}

/* Every byte of the chunk is looked at before any field is given. */
static bool
check_bytes(RowsCsv *rows, size_t size, Error *err)
{
	const uint8_t *nul = memchr(rows->start, '\0', size);
	size_t valid = utf8_valid_prefix(rows->start, size);
	size_t bad = size;
	bool quoted = false;
	size_t i;

	if (nul != NULL)
		bad = (size_t)(nul - rows->start);
	if (valid < bad)
		bad = valid;
	if (bad == size)
		return true;
	for (i = 0; i < bad; i++) {
		quoted ^= rows->start[i] == '"';
		rows->row += rows->start[i] == '\n' && !quoted;
	}
	return fail(rows, rows->start + bad,
	    bad == valid ? "a byte is not UTF-8" : "a byte is NUL", err);
}

static bool
read_header(RowsCsv *rows, const char *const *names, Error *err)
{
	RowsCsvField field;
	size_t i;

	if (rows->end - rows->start >= 3 &&
	    memcmp(rows->start, "\xef\xbb\xbf", 3) == 0)
		return error_set(err, ERROR_DUMP,
		    "the header begins with a byte order mark");
	for (i = 0; i < rows->n; i++) {
		rows->at = read_field(rows, rows->at, i, &field, err);
		if (rows->at == NULL)
			return error_add(err, "header");
		if (field.first == field.past ||
		    field.size != strlen(names[i]) ||
		    memcmp(field.text, names[i], field.size) != 0)
			return error_set(err, ERROR_DUMP,
			    "the header names column %zu \"%.*s\", "
			    "\"%s\" was wanted",
			    i + 1, (int)(field.size < 200 ? field.size : 200),
			    (const char *)field.text, names[i]);
	}
	return true;
}

bool
rows_csv_open(RowsCsv *rows, uint8_t *bytes, size_t size,
    const char *const *names, const Affinity *affinities, size_t n, Error *err)
{
	*rows = (RowsCsv){
		.start = bytes,
		.at = bytes,
		.end = bytes + size,
		.affinities = affinities,
		.n = n,
		/* So that the header is row 0 in errors. */
		.row = UINT64_MAX,
	};
	if (n == 0 || size == 0)
		return error_set(err, ERROR_DUMP,
		    n == 0 ? "the table has no columns"
			   : "the rows have no header line");
	if (!check_bytes(rows, size, err) || !read_header(rows, names, err))
		return false;
	rows->row = 0;
	return true;
}

bool
rows_csv_keep(RowsCsv *rows, RowsCsvField *fields, Buf *room, Error *err)
{
	room->size = 0;
	/* unescape writes whole words. */
	if (!buf_reserve(
		room, (size_t)(rows->end - rows->start) + WORD_BYTES, err))
		return false;
	rows->fields = fields;
	rows->room = room->data;
	return true;
}

/* The value that a field which is not NULL is by its affinity.  A BLOB is
 * decoded where its text stands, which has to be room where the chunk is to
 * stay. */
static void
read_affinity(
    RowsCsv *rows, Affinity affinity, const RowsCsvField *field, Value *value)
{
	/* The chunk's bytes and room's are ours to change. */
	uint8_t *text = (uint8_t *)(uintptr_t)field->text;
	bool in_chunk = text == field->first || text == field->first + 1;

	if (affinity == AFFINITY_BLOB && rows->room != NULL && in_chunk &&
	    field->size > 0 && text[0] == '\\') {
		text = memcpy(rows->room_at, field->text, field->size);
		rows->room_at += field->size;
	}
	affinity_read(affinity, text, field->size, value);
}

Step
rows_csv_next(RowsCsv *rows, Value *row, Error *err)
{
	const Affinity *affinities = rows->affinities;
	uint8_t *at = rows->at;
	RowsCsvField one;
	RowsCsvField *field = &one;
	bool null;
	size_t i;

	if (at == rows->end)
		return STEP_END;
	rows->room_at = rows->room;
	for (i = 0; i < rows->n; i++) {
		if (rows->fields != NULL)
			field = &rows->fields[i];
		at = read_field(rows, at, i, field, err);
		if (at == NULL)
			return STEP_FAILED;
		null = field->first == field->past;
		row[i].class = null ? VALUE_NULL : VALUE_TEXT;
		row[i].size = field->size;
		row[i].bytes = field->text;
		if (affinities != NULL && affinities[i] != AFFINITY_TEXT &&
		    !null)
			read_affinity(rows, affinities[i], field, &row[i]);
	}
	rows->at = at;
	rows->row++;
	return STEP_ITEM;
}
