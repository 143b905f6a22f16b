#include "transform/names.h"

#include <stdio.h>
#include <string.h>

#include "formats/digest.h"

typedef struct {
	const char *name;
	const char *source; /* who has it, for the message */
} Entry;

static const char *const kind_names[] = {
	[NAMES_TABLE] = "tables",
	[NAMES_COLUMN] = "columns",
	[NAMES_INDEX] = "indexes",
};

/* PostgreSQL's own columns in every table (ddl-system-columns). */
static const char *const system_columns[] = { "cmax", "cmin", "ctid",
	"tableoid", "xmax", "xmin" };

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
insert(
    Names *taken, size_t at, const char *name, const char *source, Error *err)
{
	Entry entry = { name, source };
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
	if (name == NULL || !insert(taken, at, name, name, err))
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

/* What a name must be when folding is not enough, and why; name->change stays
 * NULL when it is. */
static bool
bend(NamesKind kind, Name *name, Arena *arena, Error *err)
{
	const char *folded = names_fold(name->source, arena, err);

	if (folded == NULL)
		return false;
	name->name = folded;
	name->change = NULL;
	if (*folded == '\0') {
		name->name = "unnamed";
		name->change = "PostgreSQL has no empty names";
	} else if (kind == NAMES_COLUMN && is_system_column(folded)) {
		name->name = arena_format(arena, err, "%s_", folded);
		name->change = "PostgreSQL keeps this name for itself";
	} else if (strlen(folded) > NAMES_BYTES) {
		name->name = shorten(folded, NAMES_BYTES, arena, err);
		name->change = "longer than 63 bytes";
	}
	return name->name != NULL;
}

static bool
claim(NamesKind kind, const Name *name, Names *taken, Error *err)
{
	bool found;
	size_t at = find(taken, name->name, &found);

	if (!found)
		return insert(taken, at, name->name, name->source, err);
	return error_set(err, ERROR_USAGE,
	    "%s \"%s\" and \"%s\" would both be called \"%s\" in PostgreSQL",
	    kind_names[kind], entry_at(taken, at)->source, name->source,
	    name->name);
}

bool
names_assign(NamesKind kind, Name *names, size_t n, Names *taken, Arena *arena,
    Error *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!bend(kind, &names[i], arena, err))
			return false;
		if (names[i].change == NULL &&
		    !claim(kind, &names[i], taken, err))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (names[i].change == NULL)
			continue;
		names[i].name = names_take(names[i].name, taken, arena, err);
		if (names[i].name == NULL)
			return false;
	}
	return true;
}
