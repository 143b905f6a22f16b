#include "export/objects.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "export/source.h"
#include "formats/bytes.h"
#include "formats/sqltext.h"
#include "formats/utf8.h"

bool
objects_is_internal(const char *name)
{
	return sqlite3_strnicmp(name, "sqlite_", 7) == 0;
}

const char *
objects_name(sqlite3_stmt *row, int column, Arena *arena, Error *err)
{
	const char *text;
	size_t size;

	text = (const char *)sqlite3_column_text(row, column);
	if (text == NULL)
		text = "";
	size = (size_t)sqlite3_column_bytes(row, column);
	if (!utf8_is_text((const uint8_t *)text, size)) {
		error_set(err, ERROR_SOURCE,
		    "the name \"%s\" is not UTF-8 or holds a NUL: rename it "
		    "in a copy of the database",
		    text);
		return NULL;
	}
	return arena_text(arena, text, err);
}

bool
objects_text(sqlite3_stmt *row, int column, Arena *arena, const char **text,
    bool *mended, Error *err)
{
	static const char replacement[] = "\xef\xbf\xbd";
	const uint8_t *bytes;
	size_t size, valid;
	Buf buf = { 0 };
	const char *whole;

	*text = NULL;
	bytes = sqlite3_column_text(row, column);
	if (bytes == NULL)
		return true;
	/* SQLite too reads its SQL only up to a NUL. */
	size = strlen((const char *)bytes);
	for (;;) {
		valid = utf8_valid_prefix(bytes, size);
		if (!buf_put(&buf, bytes, valid, err))
			goto done;
		if (valid == size)
			break;
		if (mended != NULL)
			*mended = true;
		if (!buf_put_text(&buf, replacement, err))
			goto done;
		bytes += valid + 1;
		size -= valid + 1;
	}
	whole = buf_text(&buf, err);
	if (whole != NULL)
		*text = arena_text(arena, whole, err);
done:
	buf_free(&buf);
	return *text != NULL;
}

bool
objects_prepare(sqlite3 *db, const char *format, const char *name,
    sqlite3_stmt **statement, Error *err)
{
	const char *place = strstr(format, "%s");
	const char *sql;
	Buf buf = { 0 };
	bool ok = false;

	assert(place != NULL);
	if (!buf_put(&buf, format, (size_t)(place - format), err) ||
	    !sqltext_put_name(&buf, name, err) ||
	    !buf_put_text(&buf, place + 2, err))
		goto done;
	sql = buf_text(&buf, err);
	ok = sql != NULL && source_prepare(db, sql, statement, err);
done:
	buf_free(&buf);
	return ok;
}

static bool
read_object(sqlite3_stmt *row, Arena *arena, Object *object, Error *err)
{
	object->kind = "";
	object->type = objects_name(row, 0, arena, err);
	object->name = objects_name(row, 1, arena, err);
	object->table = objects_name(row, 2, arena, err);
	if (object->type == NULL || object->name == NULL ||
	    object->table == NULL)
		return false;
	if (!objects_text(row, 3, arena, &object->sql, &object->mended, err))
		return false;
	if (object->sql == NULL)
		object->sql = "";
	return true;
}

static bool
read_schema(sqlite3 *db, Arena *arena, Objects *objects, Error *err)
{
	sqlite3_stmt *row = NULL;
	Step step = STEP_FAILED;
	int64_t n;

	if (!source_integer(
		db, "SELECT count(*) FROM main.sqlite_schema", &n, err))
		return false;
	objects->list =
	    arena_alloc(arena, (size_t)n, sizeof(*objects->list), err);
	objects->by_name =
	    arena_alloc(arena, (size_t)n, sizeof(*objects->by_name), err);
	if (objects->list == NULL || objects->by_name == NULL ||
	    !source_prepare(db,
		"SELECT type, name, tbl_name, sql FROM main.sqlite_schema "
		"ORDER BY rowid",
		&row, err))
		return false;
	while (objects->n < (size_t)n &&
	    (step = source_step(row, err)) == STEP_ITEM)
		if (!read_object(
			row, arena, &objects->list[objects->n++], err)) {
			step = STEP_FAILED;
			break;
		}
	sqlite3_finalize(row);
	return n == 0 || step != STEP_FAILED;
}

static int
compare_names(const void *one, const void *other)
{
	const Object *const *a = one;
	const Object *const *b = other;

	return sqlite3_stricmp((*a)->name, (*b)->name);
}

Object *
objects_find(const Objects *objects, const char *name)
{
	Object wanted = { .name = name };
	Object *key = &wanted;
	Object **found;

	found = bsearch(&key, objects->by_name, objects->n_by_name,
	    sizeof(*objects->by_name), compare_names);
	return found == NULL ? NULL : *found;
}

/* table_list once for all tables: asked for one, SQLite still walks all. */
static bool
read_kinds(sqlite3 *db, Arena *arena, Objects *objects, Error *err)
{
	sqlite3_stmt *row = NULL;
	Object *object;
	const char *name;
	Step step;

	if (!source_prepare(db, "PRAGMA main.table_list", &row, err))
		return false;
	while ((step = source_step(row, err)) == STEP_ITEM) {
		name = (const char *)sqlite3_column_text(row, 1);
		object = name == NULL ? NULL : objects_find(objects, name);
		if (object == NULL)
			continue;
		if (!objects_text(row, 2, arena, &object->kind, NULL, err)) {
			step = STEP_FAILED;
			break;
		}
		object->without_rowid = sqlite3_column_int(row, 4) != 0;
		object->strict = sqlite3_column_int(row, 5) != 0;
	}
	sqlite3_finalize(row);
	return step != STEP_FAILED;
}

bool
objects_read(sqlite3 *db, Arena *arena, Objects *objects, Error *err)
{
	size_t i;

	if (!read_schema(db, arena, objects, err))
		return false;
	/* Triggers have names of their own. */
	for (i = 0; i < objects->n; i++)
		if (strcmp(objects->list[i].type, "trigger") != 0)
			objects->by_name[objects->n_by_name++] =
			    &objects->list[i];
	if (objects->n_by_name > 0)
		qsort(objects->by_name, objects->n_by_name,
		    sizeof(*objects->by_name), compare_names);
	return read_kinds(db, arena, objects, err);
}
