#include "transform/expression_rows.h"

#include <limits.h>
#include <stdio.h>

#include "formats/sqltext.h"

/* A chunk's rows, more or less: what the planner is told. */
#define ROWS_EXPECTED 100000

/* ---- a system without files and clock ---- */

static int
open_file(sqlite3_vfs *system, const char *path, sqlite3_file *file, int flags,
    int *flags_out)
{
	(void)system;
	(void)path;
	(void)flags;
	(void)flags_out;
	/* SQLite closes what has methods (c3ref/vfs.html, xOpen). */
	file->pMethods = NULL;
	return SQLITE_CANTOPEN;
}

static int
delete_file(sqlite3_vfs *system, const char *path, int sync)
{
	(void)system;
	(void)path;
	(void)sync;
	return SQLITE_IOERR_DELETE;
}

static int
access_file(sqlite3_vfs *system, const char *path, int flags, int *result)
{
	(void)system;
	(void)path;
	(void)flags;
	*result = 0;
	return SQLITE_OK;
}

static int
find_path(sqlite3_vfs *system, const char *path, int size, char *out)
{
	(void)system;
	(void)path;
	(void)size;
	(void)out;
	return SQLITE_CANTOPEN;
}

static int
make_randomness(sqlite3_vfs *system, int size, char *out)
{
	(void)system;
	memset(out, 0, (size_t)size);
	return size;
}

static int
sleep_none(sqlite3_vfs *system, int us)
{
	(void)system;
	return us;
}

static int
refuse_time(sqlite3_vfs *system, sqlite3_int64 *milliseconds)
{
	ExpressionRows *rows = system->pAppData;

	*milliseconds = 0;
	rows->clock_asked = true;
	return SQLITE_ERROR;
}

static int
refuse_day(sqlite3_vfs *system, double *day)
{
	sqlite3_int64 milliseconds;

	*day = 0;
	return refuse_time(system, &milliseconds);
}

static int
last_error(sqlite3_vfs *system, int size, char *out)
{
	(void)system;
	(void)size;
	(void)out;
	return 0;
}

/* A system for this connection alone: SQLite's list of them is guarded by its
 * own lock. */
static bool
make_system(ExpressionRows *rows, Error *err)
{
	snprintf(rows->system_name, sizeof(rows->system_name), "litehaul-%p",
	    (void *)rows);
	rows->system = (sqlite3_vfs){
		.iVersion = 2,
		.szOsFile = sizeof(sqlite3_file),
		.mxPathname = 64, /* of paths that are never opened */
		.zName = rows->system_name,
		.pAppData = rows,
		.xOpen = open_file,
		.xDelete = delete_file,
		.xAccess = access_file,
		.xFullPathname = find_path,
		.xRandomness = make_randomness,
		.xSleep = sleep_none,
		.xCurrentTime = refuse_day,
		.xGetLastError = last_error,
		.xCurrentTimeInt64 = refuse_time,
	};
	if (sqlite3_vfs_register(&rows->system, 0) != SQLITE_OK)
		return error_set(err, ERROR_FAILED, "cannot set up SQLite");
	rows->registered = true;
	return true;
}

/* ---- the table ---- */

static int
connect_table(sqlite3 *db, void *context, int n_arguments,
    const char *const *arguments, sqlite3_vtab **table, char **message)
{
	ExpressionRows *rows = context;

	(void)n_arguments;
	(void)arguments;
	(void)message;
	memset(&rows->table.base, 0, sizeof(rows->table.base));
	rows->table.rows = rows;
	*table = &rows->table.base;
	return sqlite3_declare_vtab(db, (const char *)rows->declaration.data);
}

static int
disconnect_table(sqlite3_vtab *table)
{
	(void)table;
	return SQLITE_OK;
}

static int
plan_scan(sqlite3_vtab *table, sqlite3_index_info *plan)
{
	(void)table;
	plan->estimatedRows = ROWS_EXPECTED;
	plan->estimatedCost = ROWS_EXPECTED;
	return SQLITE_OK;
}

static ExpressionRows *
rows_of(sqlite3_vtab *table)
{
	return ((ExpressionTable *)table)->rows;
}

static int
open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	ExpressionRows *rows = rows_of(table);

	/* One scan at a time: the rows come but once. */
	if (rows->cursor.open)
		return SQLITE_MISUSE;
	memset(&rows->cursor, 0, sizeof(rows->cursor));
	rows->cursor.open = true;
	*cursor = &rows->cursor.base;
	return SQLITE_OK;
}

static int
close_cursor(sqlite3_vtab_cursor *cursor)
{
	rows_of(cursor->pVtab)->cursor.open = false;
	return SQLITE_OK;
}

Step
expression_rows_pull(ExpressionRows *rows)
{
	Step step;

	if (rows->ended)
		return STEP_END;
	if (rows->broken)
		return STEP_FAILED;
	step = rows->next(rows->context, &rows->row, rows->err);
	rows->pulled = step == STEP_ITEM;
	rows->ended = step == STEP_END;
	rows->broken = step == STEP_FAILED;
	return step;
}

static int
advance(ExpressionRows *rows)
{
	Step step = expression_rows_pull(rows);

	rows->cursor.past = step != STEP_ITEM;
	return step == STEP_FAILED ? SQLITE_ABORT : SQLITE_OK;
}

/* A scan begins where the one before it was broken off. */
static int
begin_scan(sqlite3_vtab_cursor *cursor, int plan, const char *plan_text,
    int n_arguments, sqlite3_value **arguments)
{
	ExpressionRows *rows = rows_of(cursor->pVtab);

	(void)plan;
	(void)plan_text;
	(void)n_arguments;
	(void)arguments;
	if (!rows->replaying)
		return advance(rows);
	rows->cursor.past = false;
	return SQLITE_OK;
}

static int
next_row(sqlite3_vtab_cursor *cursor)
{
	ExpressionRows *rows = rows_of(cursor->pVtab);

	if (!rows->replaying)
		return advance(rows);
	rows->cursor.past = true;
	return SQLITE_OK;
}

static int
is_past(sqlite3_vtab_cursor *cursor)
{
	return rows_of(cursor->pVtab)->cursor.past;
}

static int
give_value(sqlite3_vtab_cursor *cursor, sqlite3_context *out, int column)
{
	const ExpressionRows *rows = rows_of(cursor->pVtab);
	const Value *value;
	const void *bytes;

	if (column < 0 || (size_t)column >= rows->n_columns)
		return SQLITE_RANGE;
	value = &rows->row[column];
	switch (value->class) {
	case VALUE_NULL:
	case VALUE_CLASSES:
		sqlite3_result_null(out);
		return SQLITE_OK;
	case VALUE_INTEGER:
		sqlite3_result_int64(out, value->integer);
		return SQLITE_OK;
	case VALUE_REAL:
		sqlite3_result_double(out, value->real);
		return SQLITE_OK;
	case VALUE_TEXT:
	case VALUE_BLOB:
		break;
	}
	/* No pointer would be NULL, not what is empty. */
	bytes = value->size > 0 ? (const void *)value->bytes : "";
	if (value->class == VALUE_TEXT)
		sqlite3_result_text64(
		    out, bytes, value->size, SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_result_blob64(out, bytes, value->size, SQLITE_STATIC);
	return SQLITE_OK;
}

/* The rowid does not travel; expression_text refuses to ask for it. */
static int
give_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
	(void)cursor;
	*rowid = 0;
	return SQLITE_ERROR;
}

/* Without xCreate the table is there by the module's name. */
static const sqlite3_module module = {
	.xConnect = connect_table,
	.xBestIndex = plan_scan,
	.xDisconnect = disconnect_table,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = begin_scan,
	.xNext = next_row,
	.xEof = is_past,
	.xColumn = give_value,
	.xRowid = give_rowid,
};

/* ---- opening ---- */

static bool
refuse_sqlite(const ExpressionRows *rows, Error *err)
{
	return error_set(err, ERROR_FAILED, "cannot set up SQLite: %s",
	    rows->db != NULL ? sqlite3_errmsg(rows->db) : "out of memory");
}

/*
 * Of a declared type only the affinity: the type is text from a dump, and the
 * affinity is all that SQLite takes from it (datatype3.html section 3).
 */
static bool
declare(Buf *out, const Table *table, Error *err)
{
	const Column *column;

	if (!buf_put_text(out, "CREATE TABLE rows (", err))
		return false;
	for (size_t i = 0; i < table->n_columns; i++) {
		column = &table->columns[i];
		if ((i > 0 && !buf_put_text(out, ", ", err)) ||
		    !sqltext_put_name(out, column->name, err) ||
		    !buf_put_format(
			out, err, " %s", value_affinity_name(column->affinity)))
			return false;
		if (column->collation != NULL && *column->collation != '\0' &&
		    (!buf_put_text(out, " COLLATE ", err) ||
			!sqltext_put_name(out, column->collation, err)))
			return false;
	}
	return buf_put_text(out, ")", err) && buf_text(out, err) != NULL;
}

static int
compare_never(void *context, int size, const void *bytes, int other_size,
    const void *other)
{
	(void)context;
	(void)bytes;
	(void)other;
	return size - other_size;
}

/* Give the applications' own collations this function, or none. */
static bool
name_collations(ExpressionRows *rows, const Table *table,
    int (*compare)(void *, int, const void *, int, const void *), Error *err)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const char *name = table->columns[i].collation;

		if (name == NULL || *name == '\0' ||
		    sqlite3_stricmp(name, "BINARY") == 0 ||
		    sqlite3_stricmp(name, "NOCASE") == 0 ||
		    sqlite3_stricmp(name, "RTRIM") == 0)
			continue;
		if (sqlite3_create_collation(rows->db, name, SQLITE_UTF8, NULL,
			compare) != SQLITE_OK)
			return refuse_sqlite(rows, err);
	}
	return true;
}

/* A collation must be known when the table is declared, and unknown when it
 * would be used. */
static bool
make_table(ExpressionRows *rows, const Table *table, Error *err)
{
	sqlite3_stmt *statement = NULL;
	bool made;

	if (!declare(&rows->declaration, table, err) ||
	    !name_collations(rows, table, compare_never, err))
		return false;
	if (sqlite3_create_module(
		rows->db, EXPRESSION_ROWS_TABLE, &module, rows) != SQLITE_OK)
		return refuse_sqlite(rows, err);
	/* The table is made when it is first named. */
	made =
	    sqlite3_prepare_v2(rows->db, "SELECT 0 FROM " EXPRESSION_ROWS_TABLE,
		-1, &statement, NULL) == SQLITE_OK;
	sqlite3_finalize(statement);
	if (!made)
		return refuse_sqlite(rows, err);
	return name_collations(rows, table, NULL, err);
}

bool
expression_rows_open(ExpressionRows *rows, const Table *table, Error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_MEMORY;

	rows->n_columns = table->n_columns;
	if (!make_system(rows, err))
		return false;
	if (sqlite3_open_v2(":memory:", &rows->db, flags, rows->system_name) !=
	    SQLITE_OK)
		return refuse_sqlite(rows, err);
	/* "emial" in double quotes is a slip, not a string. */
	if (sqlite3_db_config(rows->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL) !=
	    SQLITE_OK)
		return refuse_sqlite(rows, err);
	return make_table(rows, table, err);
}

void
expression_rows_begin(ExpressionRows *rows, ExpressionNext next, void *context)
{
	rows->next = next;
	rows->context = context;
	rows->row = NULL;
	rows->pulled = false;
	rows->ended = false;
	rows->broken = false;
	rows->replaying = false;
}

void
expression_rows_close(ExpressionRows *rows)
{
	sqlite3_close(rows->db);
	rows->db = NULL;
	if (rows->registered)
		sqlite3_vfs_unregister(&rows->system);
	rows->registered = false;
	buf_free(&rows->declaration);
}
