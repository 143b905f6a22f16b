#include "formats/rows_csv.h"

#include "formats/affinity.h"
#include "formats/number.h"
#include "formats/rows_csv_quotes.h"
#include "formats/utf8.h"
#include "formats/words.h"

/* Texts above this are counted before room is made for them, as twice their
 * size would be a waste. */
#define COUNTED_BYTES 4096

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
	if (contents.marks != 0 || rows_csv_quotes_edges(text, size))
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
static inline bool
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

/* Does the value borrow the field it was read from, and all of it? */
static inline bool
is_kept(const Value *value, const RowsCsvField *field)
{
	if (!field->normal)
		return false;
	if (value->class == VALUE_NULL)
		return field->first == field->past;
	return value->class == VALUE_TEXT && field->first != field->past &&
	    value->bytes == field->text && value->size == field->size;
}

/* Append a run of fields as they stand, and the mark behind it. */
static inline bool
put_run(
    Buf *out, const RowsCsvField *first, const RowsCsvField *last, Error *err)
{
	size_t size = (size_t)(last->past - first->first) + 1;

	if (out->capacity - out->size < size && !buf_reserve(out, size, err))
		return false;
	buf_add(out, first->first, size);
	return true;
}

/* Append a value that is not kept, and room for a mark. */
static inline bool
put_value(Buf *out, const Value *value, bool *exact, Error *err)
{
	uint8_t *at;

	if (!reserve_row(out, value, 1, err))
		return false;
	at = write_value(out->data + out->size, value, NULL);
	*exact = at != NULL;
	if (*exact)
		out->size = (size_t)(at + 1 - out->data);
	return true;
}

bool
rows_csv_put_kept(Buf *out, const Value *row, const RowsCsvField *fields,
    size_t n, bool *exact, Error *err)
{
	size_t size = out->size;
	size_t i = 0, first;

	*exact = true;
	while (i < n) {
		first = i;
		while (i < n && is_kept(&row[i], &fields[i]) &&
		    (i == first || fields[i].first == fields[i - 1].past + 1))
			i++;
		if (!(i > first
			    ? put_run(out, &fields[first], &fields[i - 1], err)
			    : put_value(out, &row[i++], exact, err)))
			return false;
		if (!*exact) {
			out->size = size;
			return true;
		}
		out->data[out->size - 1] = i < n ? ',' : '\n';
	}
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
