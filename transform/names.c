#include "transform/names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/digest.h"

typedef struct {
	const char *name;
	const char *source; /* who has it, for the message */
	const char *place;  /* where a user asks for it; or NULL */
} Entry;

static const char *const kind_names[] = {
	[NAMES_TABLE] = "tables",
	[NAMES_COLUMN] = "columns",
	[NAMES_INDEX] = "indexes",
};

/* PostgreSQL's own columns in every table (ddl-system-columns). */
static const char *const system_columns[] = { "cmax", "cmin", "ctid",
	"tableoid", "xmax", "xmin" };

/* Words that cannot name a table or column without quotes: reserved, or kept for
 * functions and types (sql-keywords-appendix); sorted. */
static const char *const reserved[] = { "all", "analyse", "analyze", "and",
	"any", "array", "as", "asc", "asymmetric", "authorization", "between",
	"binary", "both", "case", "cast", "check", "collate", "collation",
	"column", "concurrently", "constraint", "create", "cross",
	"current_catalog", "current_date", "current_role", "current_schema",
	"current_time", "current_timestamp", "current_user", "default",
	"deferrable", "desc", "distinct", "do", "else", "end", "except",
	"false", "fetch", "for", "foreign", "freeze", "from", "full", "grant",
	"group", "having", "ilike", "in", "initially", "inner", "intersect",
	"into", "is", "isnull", "join", "lateral", "leading", "left", "like",
	"limit", "localtime", "localtimestamp", "natural", "not", "notnull",
	"null", "offset", "on", "only", "or", "order", "outer", "overlaps",
	"placing", "primary", "references", "returning", "right", "select",
	"session_user", "similar", "some", "symmetric", "system_user", "table",
	"tablesample", "then", "to", "trailing", "true", "union", "unique",
	"user", "using", "variadic", "verbose", "when", "where", "window",
	"with" };

static size_t
entry_count(const Names *taken)
{
	return taken->entries.size / sizeof(Entry);
}

static const Entry *
entry_at(const Names *taken, size_t i)
{
	return (const Entry *)(const void *)taken->entries.data + i;
}

/* Where the name is, or would be; *found tells which. */
static size_t
find(const Names *taken, const char *name, bool *found)
{
	size_t low = 0, high = entry_count(taken);

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(entry_at(taken, middle)->name, name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
insert(Names *taken, size_t at, const Entry *added, Error *err)
{
	Entry entry = *added;
	size_t offset = at * sizeof entry;
	Buf *buf = &taken->entries;

	if (!buf_reserve(buf, sizeof entry, err))
		return false;
	memmove(buf->data + offset + sizeof entry, buf->data + offset,
	    buf->size - offset);
	memcpy(buf->data + offset, &entry, sizeof entry);
	buf->size += sizeof entry;
	return true;
}

bool
names_taken(const Names *taken, const char *name)
{
	bool found;

	find(taken, name, &found);
	return found;
}

void
names_free(Names *taken)
{
	buf_free(&taken->entries);
}

const char *
names_fold(const char *source, Arena *arena, Error *err)
{
	char *name = arena_text(arena, source, err);

	for (char *at = name; at != NULL && *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return name;
}

static bool
is_upper(char letter)
{
	return letter >= 'A' && letter <= 'Z';
}

static bool
is_lower(char letter)
{
	return letter >= 'a' && letter <= 'z';
}

static bool
is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

/* Does a word begin at this letter of a name in CamelCase? */
static bool
begins_word(const char *name, const char *at)
{
	if (at == name || !is_upper(*at))
		return false;
	return is_lower(at[-1]) || is_digit(at[-1]) ||
	    (is_upper(at[-1]) && is_lower(at[1]));
}

static const char *
snake_case(const char *source, Arena *arena, Error *err)
{
	char *name = arena_alloc(arena, 2 * strlen(source) + 1, 1, err);
	size_t n = 0;

	for (const char *at = source; name != NULL && *at != '\0'; at++) {
		/* Bytes past ASCII are letters of some kind. */
		bool letter = is_lower(*at) || is_digit(*at) || *at == '_' ||
		    (unsigned char)*at >= 0x80;

		if (begins_word(source, at) && n > 0 && name[n - 1] != '_')
			name[n++] = '_';
		if (is_upper(*at))
			name[n++] = (char)(*at - 'A' + 'a');
		else
			name[n++] = letter ? *at : '_';
	}
	if (name != NULL)
		name[n] = '\0';
	return name;
}

const char *
names_make(Naming naming, const char *source, Arena *arena, Error *err)
{
	switch (naming) {
	case NAMING_KEEP:
		return source;
	case NAMING_SNAKE_CASE:
		return snake_case(source, arena, err);
	case NAMING_FOLD:
		break;
	}
	return names_fold(source, arena, err);
}

/* The longest prefix of at most limit bytes that ends between characters. */
static size_t
prefix_bytes(const char *name, size_t limit)
{
	size_t size = strlen(name);

	if (size <= limit)
		return size;
	size = limit;
	while (size > 0 && ((unsigned char)name[size] & 0xc0) == 0x80)
		size--;
	return size;
}

/* The name in at most limit bytes; what was cut off lives on in a digest. */
static const char *
shorten(const char *name, size_t limit, Arena *arena, Error *err)
{
	Digest digest;
	char hex[DIGEST_HEX_BYTES];
	const size_t tail = 1 + 8; /* "_" and 8 digits: 1 in 4 billion */

	if (strlen(name) <= limit)
		return name;
	if (!digest_of(name, strlen(name), &digest, err))
		return NULL;
	digest_hex(&digest, hex);
	return arena_format(arena, err, "%.*s_%.8s",
	    (int)prefix_bytes(name, limit - tail), name, hex);
}

const char *
names_take(const char *wanted, Names *taken, Arena *arena, Error *err)
{
	const char *name = NULL;
	bool found = true;
	size_t at = 0;

	/* A copy: wanted may be gone before the name is. */
	if (wanted != NULL)
		wanted = arena_text(arena, wanted, err);
	if (wanted != NULL)
		name = shorten(wanted, NAMES_BYTES, arena, err);
	for (unsigned number = 2; name != NULL; number++) {
		const char *base;
		int digits;

		at = find(taken, name, &found);
		if (!found)
			break;
		digits = snprintf(NULL, 0, "_%u", number);
		base =
		    shorten(wanted, NAMES_BYTES - (size_t)digits, arena, err);
		if (base == NULL)
			return NULL;
		name = arena_format(arena, err, "%s_%u", base, number);
	}
	if (name == NULL ||
	    !insert(taken, at, &(Entry){ .name = name, .source = name }, err))
		return NULL;
	return name;
}

static bool
is_system_column(const char *name)
{
	for (size_t i = 0; i < sizeof system_columns / sizeof *system_columns;
	     i++)
		if (strcmp(system_columns[i], name) == 0)
			return true;
	return false;
}

/* What a name must be when the naming is not enough, and why; name->change stays
 * NULL when it is. */
static bool
bend(NamesKind kind, Naming naming, Name *name, Arena *arena, Error *err)
{
	const char *made = names_make(naming, name->source, arena, err);

	if (made == NULL)
		return false;
	name->name = made;
	if (*made == '\0') {
		name->name = "unnamed";
		name->change = "PostgreSQL has no empty names";
	} else if (kind == NAMES_COLUMN && is_system_column(made)) {
		name->name = arena_format(arena, err, "%s_", made);
		name->change = "PostgreSQL keeps this name for itself";
	} else if (strlen(made) > NAMES_BYTES) {
		name->name = shorten(made, NAMES_BYTES, arena, err);
		name->change = "longer than 63 bytes";
	}
	return name->name != NULL;
}

/* An error's beginning. */
static bool __attribute__((format(printf, 3, 4)))
refuse(const char *place, Error *err, const char *format, ...)
{
	char text[ERROR_TEXT_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return error_set(err, ERROR_USAGE, "%s%s%s", place == NULL ? "" : place,
	    place == NULL ? "" : ": ", text);
}

/* What a user asks for is taken as it is, or not at all. */
static bool
check_wanted(NamesKind kind, const Name *name, Error *err)
{
	const char *reason = NULL;

	if (*name->wanted == '\0')
		reason = "PostgreSQL has no empty names";
	else if (strlen(name->wanted) > NAMES_BYTES)
		reason = "longer than 63 bytes";
	else if (kind == NAMES_COLUMN && is_system_column(name->wanted))
		reason = "PostgreSQL keeps this name for itself";
	return reason == NULL ||
	    refuse(name->place, err, "\"%s\" cannot be called \"%s\": %s",
		name->source, name->wanted, reason);
}

static bool
claim(NamesKind kind, const Name *name, Error *err)
{
	Entry entry = { .name = name->name, .source = name->source };
	const Entry *other;
	bool found;
	size_t at = find(name->taken, name->name, &found);

	if (name->wanted != NULL)
		entry.place = name->place;
	if (!found)
		return insert(name->taken, at, &entry, err);
	other = entry_at(name->taken, at);
	/* The one that was asked for is the one to be changed. */
	if (entry.place == NULL)
		entry.place = other->place == NULL ? name->place : other->place;
	return refuse(entry.place, err,
	    "%s \"%s\" and \"%s\" would both be called \"%s\" in PostgreSQL: "
	    "rename one in the mapping file",
	    kind_names[kind], other->source, name->source, name->name);
}

/* Names that are as asked for, or as the naming makes them. */
static bool
assign_plain(
    NamesKind kind, Naming naming, Name *name, Arena *arena, Error *err)
{
	name->change = NULL;
	if (name->wanted == NULL) {
		if (!bend(kind, naming, name, arena, err))
			return false;
	} else if (check_wanted(kind, name, err)) {
		name->name = name->wanted;
	} else {
		return false;
	}
	return name->change != NULL || claim(kind, name, err);
}

bool
names_assign(NamesKind kind, Naming naming, Name *names, size_t n, Arena *arena,
    Error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!assign_plain(kind, naming, &names[i], arena, err))
			return false;
	for (size_t i = 0; i < n; i++) {
		if (names[i].change == NULL)
			continue;
		names[i].name =
		    names_take(names[i].name, names[i].taken, arena, err);
		if (names[i].name == NULL)
			return false;
	}
	return true;
}

static int
compare_words(const void *one, const void *other)
{
	return strcmp(one, *(const char *const *)other);
}

bool
names_reserved(const char *name)
{
	return bsearch(name, reserved, sizeof reserved / sizeof *reserved,
		   sizeof *reserved, compare_words) != NULL;
}
