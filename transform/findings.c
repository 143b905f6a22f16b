#include "transform/findings.h"

#include <string.h>

#include "transform/declared.h"
#include "transform/epoch.h"
#include "transform/reason.h"

/* One for the classes, one for each hypothesis and oddity, one for each kind of
 * counts. */
#define COUNT_LINES 5
#define LINES_MOST  (1 + FITS_COUNT + COUNT_LINES + ODD_COUNT)

/* The lines as they grow.  The first failure ends it. */
typedef struct {
	const ColumnProfile *profile;
	Fits declared;   /* what the declared type suggests; FITS_COUNT: none */
	uint64_t values; /* that are not NULL */
	const char **lines;
	size_t n;
	Arena *arena;
	Error *err;
} Page;

/* A part of a line with a count. */
typedef struct {
	uint64_t count;
	const char *what;
} Part;

/* Bytes of a control character at the place: C0, DEL or C1 (C2 80 to C2 9F). */
static size_t
control_size(const char *at)
{
	uint8_t byte = (uint8_t)at[0], next;

	if (byte < ' ' || byte == 0x7f)
		return 1;
	if (byte != 0xc2)
		return 0;
	next = (uint8_t)at[1];
	return next >= 0x80 && next < 0xa0 ? 2 : 0;
}

static char *
put_escape(char *out, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	*out++ = '\\';
	switch (byte) {
	case '\n':
		*out++ = 'n';
		break;
	case '\r':
		*out++ = 'r';
		break;
	case '\t':
		*out++ = 't';
		break;
	default:
		*out++ = 'x';
		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
	}
	return out;
}

/* The text with control characters as "\n" or "\x1b". */
static const char *
escape(const char *text, Arena *arena, Error *err)
{
	char *escaped = arena_alloc(arena, 4 * strlen(text) + 1, 1, err);
	char *out = escaped;
	size_t left = 0;

	for (; escaped != NULL && *text != '\0'; text++) {
		if (left == 0)
			left = control_size(text);
		if (left == 0) {
			*out++ = *text;
			continue;
		}
		left--;
		out = put_escape(out, (uint8_t)*text);
	}
	return escaped;
}

/* "at rowid 17". */
static const char *
describe_place(const Counter *counter, Arena *arena, Error *err)
{
	if (counter->has_rowid)
		return arena_format(
		    arena, err, "at rowid %lld", (long long)counter->rowid);
	return arena_format(
	    arena, err, "at row %llu", (unsigned long long)counter->row);
}

const char *
findings_value(const Counter *counter, Arena *arena, Error *err)
{
	const char *place = describe_place(counter, arena, err);
	const char *text;

	if (place == NULL)
		return NULL;
	text = escape(counter->text == NULL ? "" : counter->text, arena, err);
	if (text == NULL)
		return NULL;
	return arena_format(arena, err, "'%s' (%s) %s", text,
	    value_class_name(counter->class), place);
}

/* Add a line; NULL is a failure that has been told. */
static bool
add_line(Page *page, const char *line)
{
	if (line == NULL)
		return false;
	page->lines[page->n++] = line;
	return true;
}

/* " (1 to 90)" of the values of a class. */
static const char *
describe_range(const Page *page, ValueClass class)
{
	const ColumnProfile *profile = page->profile;

	switch (class) {
	case VALUE_INTEGER:
		return arena_format(page->arena, page->err, " (%lld to %lld)",
		    (long long)profile->integer_min,
		    (long long)profile->integer_max);
	case VALUE_REAL:
		return arena_format(page->arena, page->err, " (%g to %g)",
		    profile->real_min, profile->real_max);
	case VALUE_TEXT:
		return arena_format(page->arena, page->err,
		    " (at most %llu characters, %llu bytes)",
		    (unsigned long long)profile->text_characters_max,
		    (unsigned long long)profile->text_bytes_max);
	case VALUE_BLOB:
		return arena_format(page->arena, page->err,
		    " (at most %llu bytes)",
		    (unsigned long long)profile->blob_bytes_max);
	case VALUE_NULL:
	case VALUE_CLASSES:
		break;
	}
	return "";
}

static bool
add_classes(Page *page)
{
	char count[REASON_COUNT_BYTES];
	const char *line = "", *range;

	for (int i = VALUE_NULL; i < VALUE_CLASSES; i++) {
		if (page->profile->classes[i] == 0)
			continue;
		range = describe_range(page, (ValueClass)i);
		if (range == NULL)
			return false;
		line = arena_format(page->arena, page->err, "%s%s%s %s%s", line,
		    *line == '\0' ? "" : ", ",
		    reason_count(page->profile->classes[i], count),
		    value_class_name((ValueClass)i), range);
		if (line == NULL)
			return false;
	}
	return add_line(page, *line == '\0' ? "no rows" : line);
}

/* Does the hypothesis say no more than another, or than the classes? */
static bool
is_no_news(const Page *page, Fits fits)
{
	const ColumnProfile *profile = page->profile;
	uint64_t numbers =
	    profile->classes[VALUE_INTEGER] + profile->classes[VALUE_REAL];
	uint64_t n = profile->fits[fits];
	Fits other = fits;

	if (n == 0)
		return fits != page->declared || page->values == 0;
	if (fits == FITS_TEXT)
		return n == profile->classes[VALUE_TEXT];
	if (fits == FITS_BIGINT)
		return n == page->values &&
		    profile->classes[VALUE_INTEGER] == n;
	if (fits == FITS_DOUBLE || fits == FITS_NUMERIC)
		other = FITS_BIGINT;
	else if (fits == FITS_JSONB)
		other = FITS_JSON;
	if (other == FITS_BIGINT && n == page->values && numbers == n)
		return true;
	return other != fits && profile->fits[other] == n &&
	    profile->counter[other].row == profile->counter[fits].row;
}

/* Of an epoch the years that it would give. */
static const char *
describe_fits(const Page *page, Fits fits)
{
	EpochCandidate list[FITS_EPOCHS];
	const char *name = profile_fits_name(fits), *years;
	size_t n, i;

	if (fits < FITS_EPOCH_FIRST)
		return name;
	n = epoch_list(page->profile, list);
	for (i = 0; i < n; i++) {
		if (strcmp(profile_fits_name(fits),
			conversion_name(list[i].conversion)) != 0)
			continue;
		years = epoch_describe(&list[i], 1, page->arena, page->err);
		return years == NULL ? NULL
				     : arena_format(page->arena, page->err,
					   "%s, %s", name, years);
	}
	return name;
}

static bool
add_fits(Page *page, Fits fits)
{
	char count[REASON_COUNT_BYTES], values[REASON_COUNT_BYTES];
	const Counter *counter = &page->profile->counter[fits];
	uint64_t n = page->profile->fits[fits];
	const char *what, *first = "", *separator = "";

	if (is_no_news(page, fits))
		return true;
	what = describe_fits(page, fits);
	if (what == NULL)
		return false;
	reason_count(n, count);
	if (n == page->values)
		return add_line(page,
		    arena_format(
			page->arena, page->err, "%s: all %s fit", what, count));
	if (counter->row > 0) {
		first = findings_value(counter, page->arena, page->err);
		separator = ", first other ";
	}
	return first != NULL &&
	    add_line(page,
		arena_format(page->arena, page->err, "%s: %s of %s fit%s%s",
		    what, count, reason_count(page->values, values), separator,
		    first));
}

/* "uuids: 12 lower, 3 bare"; no line where all counts are 0. */
static bool
add_parts(Page *page, const char *title, const Part *parts, size_t n)
{
	char count[REASON_COUNT_BYTES];
	const char *line = "";
	size_t i;

	for (i = 0; i < n; i++) {
		if (parts[i].count == 0)
			continue;
		line = arena_format(page->arena, page->err, "%s%s %s %s",
		    *line == '\0' ? title : line, *line == '\0' ? ":" : ",",
		    reason_count(parts[i].count, count), parts[i].what);
		if (line == NULL)
			return false;
	}
	return *line == '\0' || add_line(page, line);
}

static bool
add_counts(Page *page)
{
	const ColumnProfile *profile = page->profile;
	const Part digits[] = { { profile->integer_01, "integer" },
		{ profile->text_01, "text" } };
	const Part numbers[] = { { profile->text_integers, "integers" },
		{ profile->text_decimals, "decimals" } };
	const Part times[] = { { profile->dates, "dates alone" },
		{ profile->naive, "without a zone" },
		{ profile->zoned, "with a zone" } };
	const Part json[] = { { profile->json_objects, "objects" },
		{ profile->json_arrays, "arrays" },
		{ profile->json_scalars, "scalars" } };
	Part uuids[UUID_SPELLINGS];

	for (size_t i = 0; i < UUID_SPELLINGS; i++)
		uuids[i] = (Part){ profile->uuids[i],
			profile_uuid_name((UuidSpelling)i) };
	return add_parts(page, "0 and 1", digits, 2) &&
	    add_parts(page, "numbers in text", numbers, 2) &&
	    add_parts(page, "dates and times", times, 3) &&
	    add_parts(page, "uuids", uuids, UUID_SPELLINGS) &&
	    add_parts(page, "json", json, 3);
}

static bool
add_odd(Page *page, Oddity odd)
{
	static const char *const what[ODD_COUNT] = {
		[ODD_EMPTY] = "empty",
		[ODD_BLANKS] = "begin or end with a blank",
		[ODD_NUL] = "hold NUL",
		[ODD_INVALID_UTF8] = "are not UTF-8",
		[ODD_JSON_NUL] = "are JSON with \\u0000, which jsonb refuses",
	};
	char count[REASON_COUNT_BYTES];
	const Counter *counter = &page->profile->odd_first[odd];
	uint64_t n = profile_odd_count(page->profile, odd);
	const char *first = "";

	if (n == 0)
		return true;
	if (counter->row > 0)
		first = findings_value(counter, page->arena, page->err);
	return first != NULL &&
	    add_line(page,
		arena_format(page->arena, page->err, "texts: %s %s%s%s",
		    reason_count(n, count), what[odd],
		    *first == '\0' ? "" : ", first ", first));
}

static bool
add_all(Page *page)
{
	if (page->profile == NULL)
		return add_line(page, "no evidence");
	for (int i = VALUE_NULL + 1; i < VALUE_CLASSES; i++)
		page->values += page->profile->classes[i];
	if (!add_classes(page))
		return false;
	for (int i = 0; i < FITS_COUNT; i++)
		if (!add_fits(page, (Fits)i))
			return false;
	if (!add_counts(page))
		return false;
	for (int i = 0; i < ODD_COUNT; i++)
		if (!add_odd(page, (Oddity)i))
			return false;
	return true;
}

static Fits
declared_fits(const Column *column)
{
	static const Fits fits[DECLARED_FAMILIES] = {
		[DECLARED_NOTHING] = FITS_COUNT,
		[DECLARED_BOOLEAN] = FITS_BOOLEAN,
		[DECLARED_INTEGER] = FITS_BIGINT,
		[DECLARED_REAL] = FITS_DOUBLE,
		[DECLARED_NUMERIC] = FITS_NUMERIC,
		[DECLARED_DATE] = FITS_DATE,
		[DECLARED_TIME] = FITS_TIME,
		[DECLARED_TIMESTAMP] = FITS_TIMESTAMP,
		[DECLARED_JSON] = FITS_JSON,
		[DECLARED_UUID] = FITS_UUID,
		[DECLARED_BLOB] = FITS_COUNT,
		[DECLARED_TEXT] = FITS_TEXT,
	};

	return fits[declared_parse(column->declared, column->affinity).family];
}

bool
findings_list(const Column *column, const ColumnProfile *profile, Arena *arena,
    const char ***lines, size_t *n, Error *err)
{
	Page page = { .profile = profile,
		.declared = declared_fits(column),
		.arena = arena,
		.err = err };

	page.lines = arena_alloc(arena, LINES_MOST, sizeof(*page.lines), err);
	if (page.lines == NULL || !add_all(&page))
		return false;
	*lines = page.lines;
	*n = page.n;
	return true;
}
