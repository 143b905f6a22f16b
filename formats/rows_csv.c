#include "formats/rows_csv.h"

#include <inttypes.h>

#include "formats/affinity.h"
#include "formats/number.h"
#include "formats/utf8.h"
#include "formats/words.h"

/* Texts above this are counted before room is made for them, as twice their
 * size would be a waste. */
#define COUNTED_BYTES 4096

/* --- writing ------------------------------------------------------------ */

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static size_t
count_quotes(const uint8_t *text, size_t size)
{
	size_t quotes = 0;
	size_t i = 0;

	for (; size - i >= WORD_BYTES; i += WORD_BYTES)
		quotes += (size_t)__builtin_popcountll(
		    word_matches_all(word_load(text + i), '"'));
	for (; i < size; i++)
		quotes += text[i] == '"';
	return quotes;
}

/* Append text in quotes; room is there. */
static uint8_t *
write_quoted(uint8_t *at, const uint8_t *text, size_t size)
{
	const uint8_t *end = text + size;
	uint64_t word, quotes;
	size_t n;

	*at++ = '"';
	while (end - text >= WORD_BYTES) {
		word = word_load(text);
		word_store(at, word);
		quotes = word_matches(word, '"');
		n = quotes == 0 ? WORD_BYTES : word_first(quotes) + 1;
		at += n;
		text += n;
		if (quotes != 0)
			*at++ = '"';
	}
	while (text < end) {
		if (*text == '"')
			*at++ = '"';
		*at++ = *text++;
	}
	*at++ = '"';
	return at;
}

/* What a text holds, as bits of words; any bit set is one such byte. */
typedef struct {
	uint64_t marks;    /* commas and quotes */
	uint64_t controls; /* bytes below a blank */
	uint64_t tops;     /* with the top bit of a byte: not ASCII */
} Contents;

static inline void
look_at(Contents *contents, uint64_t word)
{
	contents->marks |= word_matches(word, ',') | word_matches(word, '"');
	contents->controls |= word_below(word, ' ');
	contents->tops |= word;
}

/* Copy a text of at least one byte and see what it holds, in one pass. */
static inline Contents
copy_text(uint8_t *at, const uint8_t *text, size_t size)
{
	Contents contents = { 0 };
	uint64_t word;
	size_t i;

	if (size < WORD_BYTES) {
		look_at(&contents, word_of_few(text, size));
		if (size >= 4) {
			memcpy(at, text, 4);
			memcpy(at + size - 4, text + size - 4, 4);
		} else {
			at[0] = text[0];
			at[size / 2] = text[size / 2];
			at[size - 1] = text[size - 1];
		}
		return contents;
	}
	for (i = 0; i < size - WORD_BYTES; i += WORD_BYTES) {
		word = word_load(text + i);
		word_store(at + i, word);
		look_at(&contents, word);
	}
	/* The last word overlaps the one before. */
	word = word_load(text + size - WORD_BYTES);
	word_store(at + size - WORD_BYTES, word);
	look_at(&contents, word);
	return contents;
}

/* Append a text; NULL where it is not UTF-8 or holds a NUL. */
static uint8_t *
write_text(uint8_t *at, const uint8_t *text, size_t size)
{
	Contents contents;

	if (size == 0) {
		*at++ = '"';
		*at++ = '"';
		return at;
	}
	contents = copy_text(at, text, size);
	if ((contents.tops & WORD_TOPS) != 0 &&
	    utf8_valid_prefix(text, size) != size)
		return NULL;
	if (contents.controls != 0) {
		if (memchr(text, '\0', size) != NULL)
			return NULL;
		if (memchr(text, '\n', size) != NULL ||
		    memchr(text, '\r', size) != NULL)
			contents.marks = 1;
	}
	if (contents.marks != 0 || is_blank(text[0]) ||
	    is_blank(text[size - 1]) ||
	    (size == 2 && text[0] == '\\' && text[1] == '.'))
		return write_quoted(at, text, size);
	return at + size;
}

static uint8_t *
write_blob(uint8_t *at, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	*at++ = '\\';
	*at++ = 'x';
	for (i = 0; i < size; i++) {
		*at++ = (uint8_t)digits[bytes[i] >> 4];
		*at++ = (uint8_t)digits[bytes[i] & 15];
	}
	return at;
}

/* Append a value; NULL where it is not exact.  No affinity is the postgresql
 * dialect, where everything is text already; of an affinity of TEXT that is all
 * one has to know as well, which spares the commonest columns a call. */
static inline uint8_t *
write_value(uint8_t *at, const Value *value, const Affinity *affinity)
{
	if (affinity == NULL && value->class != VALUE_TEXT)
		return value->class == VALUE_NULL ? at : NULL;
	if (affinity != NULL && *affinity != AFFINITY_TEXT &&
	    !affinity_is_exact(*affinity, value))
		return NULL;
	switch (value->class) {
	case VALUE_NULL:
		return at;
	case VALUE_TEXT:
		return write_text(at, value->bytes, value->size);
	case VALUE_INTEGER:
		if (*affinity == AFFINITY_TEXT)
			break;
		return at + number_write_integer(at, value->integer);
	case VALUE_REAL:
		if (*affinity == AFFINITY_TEXT)
			break;
		return at + number_write_real(at, value->real);
	case VALUE_BLOB:
		if (*affinity == AFFINITY_TEXT)
			break;
		return write_blob(at, value->bytes, value->size);
	case VALUE_CLASSES:
		break;
	}
	return NULL;
}

/* Room for a row whatever its values hold. */
static bool
reserve_row(Buf *out, const Value *row, size_t n, Error *err)
{
	size_t need = 0;
	size_t size, i;

	for (i = 0; i < n; i++) {
		/* What stands before a value, and the longest number. */
		need += 1 + NUMBER_REAL_BYTES;
		if (row[i].class != VALUE_TEXT && row[i].class != VALUE_BLOB)
			continue;
		size = row[i].size;
		if (row[i].class == VALUE_TEXT && size > COUNTED_BYTES)
			size += count_quotes(row[i].bytes, size);
		else
			size *= 2;
		if (row[i].size > SIZE_MAX / 4 ||
		    __builtin_add_overflow(need, size, &need))
			return error_set(err, ERROR_FAILED,
			    "out of memory: a row is too long");
	}
	return buf_reserve(out, need + 1, err);
}

bool
rows_csv_put(Buf *out, const Value *row, const Affinity *affinities, size_t n,
    bool *exact, Error *err)
{
	uint8_t *at;
	size_t i;

	*exact = false;
	if (!reserve_row(out, row, n, err))
		return false;
	at = out->data + out->size;
	for (i = 0; i < n; i++) {
		if (i > 0)
			*at++ = ',';
		at = write_value(
		    at, &row[i], affinities != NULL ? &affinities[i] : NULL);
		if (at == NULL)
			return true;
	}
	*at++ = '\n';
	out->size = (size_t)(at - out->data);
	*exact = true;
	return true;
}

bool
rows_csv_put_header(Buf *out, const char *const *names, size_t n, Error *err)
{
	size_t size = out->size;
	uint8_t *at;
	size_t i;

	for (i = 0; i < n; i++) {
		Value name = { .class = VALUE_TEXT, .size = strlen(names[i]) };

		name.bytes = (const uint8_t *)names[i];
		if (!reserve_row(out, &name, 1, err))
			break;
		at = write_text(out->data + out->size, name.bytes, name.size);
		if (at == NULL) {
			error_set(err, ERROR_FAILED,
			    "column name \"%s\" is not UTF-8", names[i]);
			break;
		}
		*at++ = i + 1 < n ? ',' : '\n';
		out->size = (size_t)(at - out->data);
	}
	if (i < n)
		out->size = size;
	return i == n;
}

/* --- reading ------------------------------------------------------------ */

/* A field as it lies in the chunk, without its quotes. */
typedef struct {
	uint8_t *text;
	size_t size;
	bool null;
} Field;

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

/* Where a quoted text has its first quote; end where it has none. */
static inline uint8_t *
find_quote(uint8_t *at, const uint8_t *end)
{
	uint64_t quotes;

	while (end - at >= WORD_BYTES) {
		quotes = word_matches(word_load(at), '"');
		if (quotes != 0)
			return at + word_first(quotes);
		at += WORD_BYTES;
	}
	while (at < end && *at != '"')
		at++;
	return at;
}

/* A quoted field whose text begins at first.  Returns what follows it. */
static uint8_t *
read_quoted(const RowsCsv *rows, uint8_t *first, Field *field, Error *err)
{
	uint8_t *quote = find_quote(first, rows->end);
	uint8_t *past = quote;

	if (rows->end - quote >= 2 && quote[1] == '"')
		quote = unescape(quote + 1, quote + 2, rows->end, &past);
	if (quote == NULL || quote == rows->end) {
		fail(rows, first, "a quoted field has no end", err);
		return NULL;
	}
	field->text = first;
	field->size = (size_t)(past - first);
	field->null = false;
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
read_unquoted(const RowsCsv *rows, uint8_t *first, Field *field, Error *err)
{
	uint8_t *past = find_mark(first, rows->end);
	size_t size = (size_t)(past - first);

	field->text = first;
	field->size = size;
	field->null = size == 0;
	if (size > 0 &&
	    (is_blank(first[0]) || is_blank(past[-1]) ||
		(size == 2 && first[0] == '\\' && first[1] == '.'))) {
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
read_field(const RowsCsv *rows, uint8_t *at, size_t i, Field *field, Error *err)
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
	Field field;
	size_t i;

	if (rows->end - rows->start >= 3 &&
	    memcmp(rows->start, "\xef\xbb\xbf", 3) == 0)
		return error_set(err, ERROR_DUMP,
		    "the header begins with a byte order mark");
	for (i = 0; i < rows->n; i++) {
		rows->at = read_field(rows, rows->at, i, &field, err);
		if (rows->at == NULL)
			return error_add(err, "header");
		if (field.null || field.size != strlen(names[i]) ||
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

Step
rows_csv_next(RowsCsv *rows, Value *row, Error *err)
{
	const Affinity *affinities = rows->affinities;
	uint8_t *at = rows->at;
	Field field;
	size_t i;

	if (at == rows->end)
		return STEP_END;
	for (i = 0; i < rows->n; i++) {
		at = read_field(rows, at, i, &field, err);
		if (at == NULL)
			return STEP_FAILED;
		row[i].class = field.null ? VALUE_NULL : VALUE_TEXT;
		row[i].size = field.size;
		row[i].bytes = field.text;
		if (affinities != NULL && affinities[i] != AFFINITY_TEXT &&
		    !field.null)
			affinity_read(
			    affinities[i], field.text, field.size, &row[i]);
	}
	rows->at = at;
	rows->row++;
	return STEP_ITEM;
}
