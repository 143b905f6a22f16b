#include "formats/schema_reader.h"

#include <string.h>

bool
schema_reader_column(
    const SchemaReader *reader, const char *name, int *column, Error *err)
{
	if (schema_names_find(
		reader->names, reader->table->n_columns, name, column))
		return true;
	return error_set(err, ERROR_DUMP, "%s: the table has no column \"%s\"",
	    reader->where, name);
}

bool
schema_reader_array(const JsonNode *node, const char *where, size_t size,
    Arena *arena, void *array, size_t *n, Error *err)
{
	void *made = NULL;

	if (!json_array_count(node, where, n, err))
		return false;
	if (*n > 0 && (made = arena_alloc(arena, *n, size, err)) == NULL)
		return false;
	memcpy(array, &made, sizeof(made));
	return true;
}
