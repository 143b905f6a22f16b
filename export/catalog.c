#include "export/catalog.h"

#include <string.h>

#include "export/ddlscan.h"
#include "export/keys.h"
#include "export/objects.h"
#include "formats/bytes.h"
#include "formats/sqltext.h"

/* What is known while the catalog is read. */
typedef struct {
	sqlite3 *db;
	const CommonOptions *common;
	Catalog *catalog;
	Arena *arena;
	Objects objects;
	DdlTable *ddl; /* by table of the schema */
} Reader;

static bool
leave_out(Reader *reader, const char *kind, const Object *object,
    const char *reason, Error *err)
{
	return keys_leave_out(&reader->catalog->schema,
	    &(LeftOut){ .kind = kind,
		.table = object->table,
		.name = object->name,
		.text = object->sql,
		.reason = reason },
	    err);
}

/*
 * Can the columns be read here?  *reason is NULL where they can, else what
 * SQLite says against it.  columns is the list of a SELECT.
 */
static bool
try_columns(Reader *reader, const char *columns, const char *table,
    const char **reason, Error *err)
{
	sqlite3_stmt *statement = NULL;
	Buf sql = { 0 };
	const char *text;
	bool ok = false;

	*reason = NULL;
	if (!buf_put_text(&sql, "SELECT ", err) ||
	    !buf_put_text(&sql, columns, err) ||
	    !buf_put_text(&sql, " FROM main.", err) ||
	    !sqltext_put_name(&sql, table, err))
		goto done;
	text = buf_text(&sql, err);
	if (text == NULL)
		goto done;
	if (sqlite3_prepare_v2(reader->db, text, -1, &statement, NULL) !=
	    SQLITE_OK) {
		*reason =
		    arena_text(reader->arena, sqlite3_errmsg(reader->db), err);
		ok = *reason != NULL;
		goto done;
	}
	ok = true;
done:
	sqlite3_finalize(statement);
	buf_free(&sql);
	return ok;
}

/* A generated column calls functions of the application's: may be unreadable
 * here.  *column is dropped from the table then. */
static bool
keep_generated(Reader *reader, Table *table, const Column *column, Error *err)
{
	Buf name = { 0 };
	const char *text, *reason;
	bool ok = false;

	if (!sqltext_put_name(&name, column->name, err))
		goto done;
	text = buf_text(&name, err);
	if (text == NULL ||
	    !try_columns(reader, text, table->name, &reason, err))
		goto done;
	ok = true;
	if (reason == NULL)
		goto done;
	table->n_columns--;
	ok = keys_leave_out(&reader->catalog->schema,
	    &(LeftOut){ .kind = "generated column",
		.table = table->name,
		.name = column->name,
		.text = column->generated_text,
		.reason = reason },
	    err);
done:
	buf_free(&name);
	return ok;
}

/* table_xinfo's "hidden". */
enum { HIDDEN_NO, HIDDEN_OF_MODULE, HIDDEN_VIRTUAL, HIDDEN_STORED };

static bool
read_column(Reader *reader, Table *table, const DdlTable *ddl,
    sqlite3_stmt *row, Error *err)
{
	Column *column = &table->columns[table->n_columns];
	const char *collation = NULL;
	size_t id = (size_t)sqlite3_column_int(row, 0);
	int hidden = sqlite3_column_int(row, 6);

	column->name = objects_name(row, 1, reader->arena, err);
	if (column->name == NULL ||
	    !objects_text(
		row, 2, reader->arena, &column->declared, NULL, err) ||
	    !objects_text(
		row, 4, reader->arena, &column->default_text, NULL, err))
		return false;
	if (column->declared == NULL)
		column->declared = "";
	column->affinity = value_affinity(column->declared, table->strict);
	column->not_null = sqlite3_column_int(row, 3) != 0;
	if (column->default_text != NULL)
		column->default_kind = DEFAULT_SQL;
	if (sqlite3_table_column_metadata(reader->db, "main", table->name,
		column->name, NULL, &collation, NULL, NULL, NULL) != SQLITE_OK)
		return source_error(reader->db, err);
	column->collation = arena_text(
	    reader->arena, collation != NULL ? collation : "BINARY", err);
	if (column->collation == NULL)
		return false;
	table->n_columns++;
	if (hidden < HIDDEN_VIRTUAL)
		return true;
	column->generated =
	    hidden == HIDDEN_STORED ? GENERATED_STORED : GENERATED_VIRTUAL;
	column->generated_text =
	    ddl->understood && id < ddl->n_columns ? ddl->generated[id] : "";
	return keep_generated(reader, table, column, err);
}

/*
 * The columns that a SELECT * shows.  *primary is the one that alone is the
 * primary key, else -1.
 */
static bool
read_columns(
    Reader *reader, Table *table, const DdlTable *ddl, int *primary, Error *err)
{
	sqlite3_stmt *row = NULL;
	size_t n_keys = 0, room = 0;
	Step step;

	*primary = -1;
	if (!objects_prepare(reader->db, "PRAGMA main.table_xinfo(%s)",
		table->name, &row, err))
		return false;
	while ((step = source_step(row, err)) == STEP_ITEM)
		room++;
	table->columns =
	    arena_alloc(reader->arena, room, sizeof(*table->columns), err);
	sqlite3_reset(row);
	while (step != STEP_FAILED && table->columns != NULL &&
	    (step = source_step(row, err)) == STEP_ITEM) {
		if (sqlite3_column_int(row, 6) == HIDDEN_OF_MODULE)
			continue;
		if (sqlite3_column_int(row, 5) > 0) {
			n_keys++;
			*primary = (int)table->n_columns;
		}
		if (!read_column(reader, table, ddl, row, err))
			step = STEP_FAILED;
	}
	sqlite3_finalize(row);
	if (n_keys != 1)
		*primary = -1;
	return step == STEP_END && table->columns != NULL;
}

/* A name that means the rowid and is no column's (lang_createtable.html,
 * "ROWIDs and the INTEGER PRIMARY KEY"); a left-out column shadows it too, so
 * SQLite itself is asked. */
static bool
find_rowid(Reader *reader, const Table *table, const char **rowid, Error *err)
{
	static const char *const names[] = { "rowid", "_rowid_", "oid" };
	sqlite3_stmt *row = NULL;
	bool taken[3] = { false };
	const char *name;
	size_t i;
	Step step;

	*rowid = NULL;
	if (table->kind != TABLE_ROWID)
		return true;
	if (table->rowid_column >= 0) {
		*rowid = table->columns[table->rowid_column].name;
		return true;
	}
	if (!objects_prepare(reader->db, "PRAGMA main.table_xinfo(%s)",
		table->name, &row, err))
		return false;
	while ((step = source_step(row, err)) == STEP_ITEM) {
		name = (const char *)sqlite3_column_text(row, 1);
		for (i = 0; name != NULL && i < 3; i++)
			if (sqlite3_stricmp(name, names[i]) == 0)
				taken[i] = true;
	}
	sqlite3_finalize(row);
	for (i = 3; i-- > 0;)
		if (!taken[i])
			*rowid = names[i];
	return step == STEP_END;
}

static bool
has_built_in_key(const Table *table)
{
	const Index *key;
	const char *collation;
	size_t i;

	if (table->n_indexes == 0 || table->indexes[0].kind != INDEX_PRIMARY)
		return false;
	key = &table->indexes[0];
	for (i = 0; i < key->n_parts; i++) {
		collation = key->parts[i].collation;
		if (collation == NULL)
			collation =
			    table->columns[key->parts[i].column].collation;
		if (!source_is_built_in(collation))
			return false;
	}
	return true;
}

/* The next table of the schema, begun. */
static Table *
begin_table(Reader *reader, Object *object, Error *err)
{
	Schema *schema = &reader->catalog->schema;
	Table *table = &schema->tables[schema->n_tables];

	table->name = object->name;
	table->rowid_column = -1;
	table->strict = object->strict;
	table->sql = object->sql;
	table->directory = schema_directory(object->name, reader->arena, err);
	return table->directory == NULL ? NULL : table;
}

static bool
end_table(Reader *reader, Object *object, Error *err)
{
	object->exported = ++reader->catalog->schema.n_tables;
	if (!object->mended)
		return true;
	return leave_out(reader, "text", object,
	    "its CREATE statement is not all UTF-8: bytes that are not stand "
	    "as U+FFFD",
	    err);
}

static bool
read_table(Reader *reader, Object *object, Error *err)
{
	Catalog *catalog = reader->catalog;
	size_t at = catalog->schema.n_tables;
	CatalogTable *how = &catalog->tables[at];
	DdlTable *ddl = &reader->ddl[at];
	KeysContext keys = { reader->db, &reader->objects, &catalog->schema };
	Table *table;
	int primary, autoincrement = 0;

	table = begin_table(reader, object, err);
	if (table == NULL)
		return false;
	table->kind = object->without_rowid ? TABLE_WITHOUT_ROWID : TABLE_ROWID;
	if (!ddlscan_table(object->sql, reader->arena, ddl, err) ||
	    !read_columns(reader, table, ddl, &primary, err) ||
	    !keys_read_indexes(&keys, table, ddl, primary, &how->walk, err) ||
	    !find_rowid(reader, table, &how->rowid, err))
		return false;
	table->checks = ddl->checks;
	table->n_checks = ddl->n_checks;
	how->built_in = has_built_in_key(table);
	if (table->rowid_column >= 0 &&
	    sqlite3_table_column_metadata(reader->db, "main", table->name,
		table->columns[table->rowid_column].name, NULL, NULL, NULL,
		NULL, &autoincrement) != SQLITE_OK)
		return source_error(reader->db, err);
	table->autoincrement = autoincrement != 0;
	if (!ddl->understood &&
	    !leave_out(reader, "check", object,
		"the CREATE statement cannot be read: checks and names of "
		"constraints are not carried",
		err))
		return false;
	return end_table(reader, object, err);
}

static bool
read_virtual(Reader *reader, Object *object, Error *err)
{
	DdlModule module = { 0 };
	DdlTable none = { 0 };
	const char *reason;
	Table *table;
	int primary;

	if (!ddlscan_module(object->sql, reader->arena, &module, err) ||
	    !try_columns(reader, "*", object->name, &reason, err))
		return false;
	if (module.contentless)
		reason = "contentless: it keeps no values to show";
	if (reason != NULL)
		return leave_out(reader, "table", object, reason, err);
	table = begin_table(reader, object, err);
	if (table == NULL)
		return false;
	table->kind = TABLE_VIRTUAL;
	if (!read_columns(reader, table, &none, &primary, err))
		return false;
	return end_table(reader, object, err);
}

/* A shadow table belongs to the virtual table whose name it begins with; the
 * longest such name is meant. */
static bool
leave_shadow(Reader *reader, const Object *shadow, Error *err)
{
	const Object *object, *owner = NULL;
	const char *reason;
	size_t i, size;

	for (i = 0; i < reader->objects.n; i++) {
		object = &reader->objects.list[i];
		size = strlen(object->name);
		if (strcmp(object->kind, "virtual") == 0 &&
		    sqlite3_strnicmp(object->name, shadow->name, (int)size) ==
			0 &&
		    shadow->name[size] == '_' &&
		    (owner == NULL || size > strlen(owner->name)))
			owner = object;
	}
	reason = arena_format(reader->arena, err, "shadow table of \"%s\"",
	    owner == NULL ? "" : owner->name);
	return reason != NULL &&
	    leave_out(reader, "table", shadow, reason, err);
}

static bool
is_table(const Object *object)
{
	return strcmp(object->type, "table") == 0 &&
	    !objects_is_internal(object->name);
}

static bool
read_object(Reader *reader, Object *object, Error *err)
{
	if (strcmp(object->type, "view") == 0)
		return leave_out(reader, "view", object, "not translated", err);
	if (strcmp(object->type, "trigger") == 0) {
		if (!options_want_table(reader->common, object->table))
			return true;
		return leave_out(
		    reader, "trigger", object, "not translated", err);
	}
	if (!is_table(object) ||
	    !options_want_table(reader->common, object->name))
		return true;
	if (strcmp(object->kind, "shadow") == 0)
		return leave_shadow(reader, object, err);
	if (strcmp(object->kind, "virtual") == 0)
		return read_virtual(reader, object, err);
	if (strcmp(object->kind, "table") != 0)
		return leave_out(reader, "table", object,
		    "its name is not the one in its CREATE statement", err);
	if (!read_table(reader, object, err))
		return error_add(err, "table \"%s\"", object->name);
	return true;
}

/* Patterns are held against the tables that people know of. */
static bool
check_patterns(Reader *reader, Error *err)
{
	const Objects *objects = &reader->objects;
	const char **names;
	size_t i, n = 0;

	names = arena_alloc(reader->arena, objects->n, sizeof(*names), err);
	if (names == NULL)
		return false;
	for (i = 0; i < objects->n; i++)
		if (is_table(&objects->list[i]) &&
		    strcmp(objects->list[i].kind, "shadow") != 0)
			names[n++] = objects->list[i].name;
	return options_check_patterns(reader->common, names, n, err);
}

/* AUTOINCREMENT's high-water marks (autoinc.html). */
static bool
read_sequences(Reader *reader, Error *err)
{
	sqlite3_stmt *row = NULL;
	const Object *object;
	const char *name;
	Step step;

	if (objects_find(&reader->objects, "sqlite_sequence") == NULL)
		return true;
	if (!source_prepare(reader->db,
		"SELECT name, seq FROM main.sqlite_sequence "
		"WHERE typeof(seq) = 'integer'",
		&row, err))
		return false;
	while ((step = source_step(row, err)) == STEP_ITEM) {
		name = (const char *)sqlite3_column_text(row, 0);
		object =
		    name == NULL ? NULL : objects_find(&reader->objects, name);
		if (object != NULL && object->exported > 0)
			reader->catalog->schema.tables[object->exported - 1]
			    .sequence = sqlite3_column_int64(row, 1);
	}
	sqlite3_finalize(row);
	return step == STEP_END;
}

static bool
read_foreign_keys(Reader *reader, Error *err)
{
	Schema *schema = &reader->catalog->schema;
	KeysContext keys = { reader->db, &reader->objects, schema };
	size_t i;

	for (i = 0; i < schema->n_tables; i++)
		if (schema->tables[i].kind != TABLE_VIRTUAL &&
		    !keys_read_foreign_keys(
			&keys, &schema->tables[i], &reader->ddl[i], err))
			return error_add(
			    err, "table \"%s\"", schema->tables[i].name);
	return true;
}

bool
catalog_read(const SourceFile *source, const CommonOptions *common,
    Catalog *catalog, Error *err)
{
	Schema *schema = &catalog->schema;
	Reader reader = { .db = source->readers[0],
		.common = common,
		.catalog = catalog,
		.arena = &schema->arena };
	size_t i, n;

	schema->dialect = DIALECT_SQLITE;
	schema->source = source->about;
	schema->namespace = "";
	if (!objects_read(reader.db, reader.arena, &reader.objects, err))
		return false;
	n = reader.objects.n;
	schema->tables = arena_alloc(reader.arena, n, sizeof(Table), err);
	catalog->tables =
	    arena_alloc(reader.arena, n, sizeof(*catalog->tables), err);
	reader.ddl = arena_alloc(reader.arena, n, sizeof(*reader.ddl), err);
	if (schema->tables == NULL || catalog->tables == NULL ||
	    reader.ddl == NULL || !check_patterns(&reader, err))
		return false;
	for (i = 0; i < n; i++)
		if (!read_object(&reader, &reader.objects.list[i], err))
			return false;
	return read_sequences(&reader, err) && read_foreign_keys(&reader, err);
}

void
catalog_free(Catalog *catalog)
{
	schema_free(&catalog->schema);
	catalog->tables = NULL;
}
