#include "formats/archive_name.h"

#include <string.h>

#include "formats/chunk.h"

bool
archive_name_strip(const char *name, char plain[ARCHIVE_NAME_BYTES])
{
	size_t size;

	if (name[0] == '.' && name[1] == '/')
		name += 2;
	if (*name == '\0')
		name = ".";
	size = strlen(name);
	if (size > 1 && name[size - 1] == '/')
		size--;
	if (size >= ARCHIVE_NAME_BYTES)
		return false;
	memset(plain, 0, ARCHIVE_NAME_BYTES);
	memcpy(plain, name, size);
	return true;
}

/* The place of data between the documents. */
#define DATA_RANK 3

/* The place of a name in a directory's order. */
static int
rank(const char *name)
{
	static const char *const names[] = { ARCHIVE_NAME_SCHEMA,
		ARCHIVE_NAME_PROFILE, ARCHIVE_NAME_REJECTS, NULL,
		ARCHIVE_NAME_MANIFEST };
	int i;

	for (i = 0; i < 5; i++)
		if (names[i] != NULL && strcmp(name, names[i]) == 0)
			return i;
	return DATA_RANK;
}

bool
archive_name_is_member(const char *name)
{
	const char *directory;
	size_t size;
	Chunk chunk;

	return rank(name) != DATA_RANK ||
	    chunk_parse_path(name, &chunk, &directory, &size);
}

bool
archive_name_is_directory(const char *name)
{
	char path[ARCHIVE_NAME_BYTES + 16];
	size_t size = strlen(name);

	if (strcmp(name, ".") == 0 || strcmp(name, "data") == 0)
		return true;
	if (size >= ARCHIVE_NAME_BYTES)
		return false;
	/* A directory is legal where a file in it would be. */
	memcpy(path, name, size);
	memcpy(path + size, "/000001.csv", sizeof("/000001.csv"));
	return archive_name_is_member(path);
}

int
archive_name_compare(const char *one, const char *other)
{
	int first = rank(one), second = rank(other);

	return first != second ? first - second : strcmp(one, other);
}
