#include "export/reading.h"

#include <assert.h>
#include <string.h>

#include "formats/sqltext.h"

/* Text in the making that ends up in the arena. */
static const char *
keep(Buf *buf, Arena *arena, Error *err)
{
	const char *text = buf_text(buf, err);

	if (text != NULL)
		text = arena_text(arena, text, err);
	buf->size = 0;
	return text;
}

static bool
put_columns(Buf *buf, const Reading *reading, Error *err)
{
	size_t i;

	for (i = 0; i < reading->table->n_columns; i++)
		if ((buf->size > 0 && !buf_put_text(buf, ", ", err)) ||
		    !sqltext_put_name(buf, reading->names[i], err))
			return false;
	/* all its columns may be left out */
	return buf->size > 0 || buf_put_text(buf, "NULL", err);
}

static bool
put_from(Buf *buf, const Table *table, const CatalogTable *how, Error *err)
{
	if (!buf_put_text(buf, "main.", err) ||
	    !sqltext_put_name(buf, table->name, err))
		return false;
	if (how->walk != NULL)
		return buf_put_text(buf, " INDEXED BY ", err) &&
		    sqltext_put_name(buf, how->walk, err);
	/* a virtual table has no indexes to keep away from */
	return table->kind == TABLE_VIRTUAL ||
	    buf_put_text(buf, " NOT INDEXED", err);
}

/* Append the names of a key's columns; with DESC where it is an order. */
static bool
put_key(Buf *buf, const Table *table, const Index *key, bool order, Error *err)
{
	size_t i;

	for (i = 0; i < key->n_parts; i++)
		if ((i > 0 && !buf_put_text(buf, ", ", err)) ||
		    !sqltext_put_name(
			buf, table->columns[key->parts[i].column].name, err) ||
		    (order && key->parts[i].descending &&
			!buf_put_text(buf, " DESC", err)))
			return false;
	return true;
}

/* A WITHOUT ROWID table's key, which is its first index. */
static bool
make_primary(Reading *reading, const CatalogTable *how, Buf *buf, Arena *arena,
    Error *err)
{
	const Table *table = reading->table;
	const Index *key;
	bool comparable = how->built_in;
	size_t i;

	if (table->n_indexes == 0 || table->indexes[0].kind != INDEX_PRIMARY)
		return true;
	key = &table->indexes[0];
	for (i = 0; i < key->n_parts; i++)
		comparable = comparable && !key->parts[i].descending;
	if (!put_key(buf, table, key, true, err))
		return false;
	reading->order = keep(buf, arena, err);
	if (reading->order == NULL)
		return false;
	if (!comparable || key->n_parts > READING_KEY_COLUMNS)
		return true;
	for (i = 0; i < key->n_parts; i++)
		reading->key_columns[i] = key->parts[i].column;
	reading->n_key = key->n_parts;
	reading->key = reading->order;
	return true;
}

static bool
make_key(Reading *reading, const CatalogTable *how, Buf *buf, Arena *arena,
    Error *err)
{
	size_t i;

	reading->order = "";
	if (how->rowid != NULL) {
		if (!sqltext_put_name(buf, how->rowid, err))
			return false;
		reading->key = reading->order = keep(buf, arena, err);
		reading->key_columns[0] = -1;
		reading->n_key = 1;
		reading->has_rowid = true;
	} else if (reading->table->kind == TABLE_WITHOUT_ROWID &&
	    !make_primary(reading, how, buf, arena, err))
		return false;
	for (i = 0; i < reading->n_key; i++)
		if (!buf_put_text(buf, i == 0 ? "?" : ", ?", err))
			return false;
	reading->parameters = keep(buf, arena, err);
	return reading->order != NULL && reading->parameters != NULL;
}

bool
reading_make(Reading *reading, const Catalog *catalog, size_t table,
    const char *where, Arena *arena, Error *err)
{
	const CatalogTable *how = &catalog->tables[table];
	const char *encoding = catalog->schema.source.encoding;
	Buf buf = { 0 };
	bool ok = false;

	reading->table = &catalog->schema.tables[table];
	reading->where = where;
	if (strcmp(encoding, "UTF-16le") == 0)
		reading->encoding = READING_UTF16LE;
	else if (strcmp(encoding, "UTF-16be") == 0)
		reading->encoding = READING_UTF16BE;
	reading->names = schema_column_names(reading->table, arena, err);
	reading->affinities = schema_affinities(reading->table, arena, err);
	if (reading->names == NULL || reading->affinities == NULL ||
	    !make_key(reading, how, &buf, arena, err))
		goto done;
	if (reading->has_rowid && !buf_put_text(&buf, reading->key, err))
		goto done;
	if (!put_columns(&buf, reading, err))
		goto done;
	reading->columns = keep(&buf, arena, err);
	if (!put_from(&buf, reading->table, how, err))
		goto done;
	reading->from = keep(&buf, arena, err);
	ok = reading->columns != NULL && reading->from != NULL;
done:
	buf_free(&buf);
	return ok;
}

/* Append "WHERE ..." as far as there is anything to ask. */
static bool
put_conditions(Buf *sql, const Reading *reading, const ReadingKey *after,
    const ReadingKey *upto, Error *err)
{
	const char *join = " WHERE ";

	if (after->set) {
		if (!buf_put_format(sql, err, "%s(%s) > (%s)", join,
			reading->key, reading->parameters))
			return false;
		join = " AND ";
	}
	if (upto->set) {
		if (!buf_put_format(sql, err, "%s(%s) <= (%s)", join,
			reading->key, reading->parameters))
			return false;
		join = " AND ";
	}
	/* the line's end, for the condition may end in a comment */
	return reading->where == NULL ||
	    buf_put_format(sql, err, "%s(%s\n)", join, reading->where);
}

static bool
bind_key(const Reading *reading, sqlite3_stmt *statement, const ReadingKey *key,
    int *parameter, Error *err)
{
	const Value *value;
	size_t i;
	int code = SQLITE_OK;

	for (i = 0; key->set && i < reading->n_key && code == SQLITE_OK; i++) {
		value = &key->values[i];
		++*parameter;
		switch (value->class) {
		case VALUE_INTEGER:
			code = sqlite3_bind_int64(
			    statement, *parameter, value->integer);
			break;
		case VALUE_REAL:
			code = sqlite3_bind_double(
			    statement, *parameter, value->real);
			break;
		case VALUE_TEXT:
			code = sqlite3_bind_text64(statement, *parameter,
			    (const char *)value->bytes, value->size,
			    SQLITE_TRANSIENT, SQLITE_UTF8);
			break;
		case VALUE_BLOB:
			code = sqlite3_bind_blob64(statement, *parameter,
			    value->bytes, value->size, SQLITE_TRANSIENT);
			break;
		case VALUE_NULL:
		case VALUE_CLASSES:
			code = sqlite3_bind_null(statement, *parameter);
			break;
		}
	}
	if (code != SQLITE_OK)
		return source_error(sqlite3_db_handle(statement), err);
	return true;
}

/* Prepare sql and bind the bounds. */
static bool
prepare_bound(const Reading *reading, sqlite3 *db, Buf *sql,
    const ReadingKey *bounds[2], sqlite3_stmt **statement, Error *err)
{
	const char *text = buf_text(sql, err);
	int parameter = 0;

	if (text == NULL || !source_prepare(db, text, statement, err))
		return false;
	if (bind_key(reading, *statement, bounds[0], &parameter, err) &&
	    bind_key(reading, *statement, bounds[1], &parameter, err))
		return true;
	sqlite3_finalize(*statement);
	*statement = NULL;
	return false;
}

bool
reading_prepare(const Reading *reading, sqlite3 *db, const ReadingKey *after,
    const ReadingKey *upto, sqlite3_stmt **statement, Error *err)
{
	const ReadingKey *bounds[2] = { after, upto };
	Buf sql = { 0 };
	bool ok;

	ok = buf_put_format(&sql, err, "SELECT %s FROM %s", reading->columns,
		 reading->from) &&
	    put_conditions(&sql, reading, after, upto, err) &&
	    (reading->order[0] == '\0' ||
		buf_put_format(&sql, err, " ORDER BY %s", reading->order)) &&
	    prepare_bound(reading, db, &sql, bounds, statement, err);
	buf_free(&sql);
	return ok;
}

bool
reading_count(const Reading *reading, sqlite3 *db, uint64_t *rows, Error *err)
{
	const ReadingKey none = { 0 };
	Buf sql = { 0 };
	const char *text;
	int64_t count = 0;
	bool ok = false;

	if (!buf_put_format(
		&sql, err, "SELECT count(*) FROM %s", reading->from) ||
	    !put_conditions(&sql, reading, &none, &none, err))
		goto done;
	text = buf_text(&sql, err);
	ok = text != NULL && source_integer(db, text, &count, err);
	*rows = (uint64_t)count;
done:
	buf_free(&sql);
	return ok;
}

/* A column of the statement's row as a Value. */
static bool
read_value(sqlite3_stmt *statement, int column, Value *value, Error *err)
{
	sqlite3_value *cell = sqlite3_column_value(statement, column);

	switch (sqlite3_value_type(cell)) {
	case SQLITE_INTEGER:
		value->class = VALUE_INTEGER;
		value->integer = sqlite3_value_int64(cell);
		return true;
	case SQLITE_FLOAT:
		value->class = VALUE_REAL;
		value->real = sqlite3_value_double(cell);
		return true;
	case SQLITE_TEXT:
		value->class = VALUE_TEXT;
		value->bytes = sqlite3_value_text(cell);
		break;
	case SQLITE_BLOB:
		value->class = VALUE_BLOB;
		value->bytes = sqlite3_value_blob(cell);
		break;
	default:
		value->class = VALUE_NULL;
		return true;
	}
	value->size = (size_t)sqlite3_value_bytes(cell);
	if (value->bytes != NULL)
		return true;
	/* an empty BLOB has no address */
	value->bytes = (const uint8_t *)"";
	if (value->class == VALUE_BLOB && value->size == 0)
		return true;
	return error_set(err, ERROR_FAILED, "out of memory");
}

/* Is a text UTF-16?  SQLite checks nothing and would turn what is not into
 * other characters without a word. */
static bool
is_utf16(const uint8_t *bytes, size_t size, bool big)
{
	bool pair = false;
	uint8_t high;
	size_t i;

	if (size % 2 != 0)
		return false;
	for (i = 0; i < size; i += 2) {
		/* 0xd8..0xdb begin a pair, 0xdc..0xdf end it */
		high = bytes[big ? i : i + 1] & 0xfc;
		if (pair != (high == 0xdc))
			return false;
		pair = high == 0xd8;
	}
	return !pair;
}

static bool
check_utf16(const Reading *reading, sqlite3_stmt *statement, int column,
    const char *name, Error *err)
{
	const uint8_t *bytes;
	size_t size;

	if (sqlite3_column_type(statement, column) != SQLITE_TEXT)
		return true;
	/* as a BLOB it comes as it lies in the file */
	bytes = sqlite3_column_blob(statement, column);
	size = bytes == NULL ? 0
			     : (size_t)sqlite3_value_bytes(
				   sqlite3_column_value(statement, column));
	if (is_utf16(bytes, size, reading->encoding == READING_UTF16BE))
		return true;
	return error_set(err, ERROR_SOURCE,
	    "column \"%s\" holds a text that is not UTF-16: mend it in a copy "
	    "of the database, or leave its row out by --where",
	    name);
}

bool
reading_row(const Reading *reading, sqlite3_stmt *statement, Value *row,
    int64_t *rowid, Error *err)
{
	int first = reading->has_rowid ? 1 : 0;
	size_t i;

	if (reading->has_rowid)
		*rowid = sqlite3_column_int64(statement, 0);
	for (i = 0; i < reading->table->n_columns; i++) {
		if (reading->encoding != READING_UTF8 &&
		    !check_utf16(reading, statement, first + (int)i,
			reading->names[i], err))
			return false;
		if (!read_value(statement, first + (int)i, &row[i], err))
			return false;
	}
	return true;
}

/* Copy values into the key, their bytes too. */
static bool
copy_values(ReadingKey *key, const Value *values, size_t n, Error *err)
{
	size_t i, size = 0;

	assert(n <= READING_KEY_COLUMNS);
	for (i = 0; i < n; i++)
		if (values[i].class == VALUE_TEXT ||
		    values[i].class == VALUE_BLOB)
			size += values[i].size;
	key->bytes.size = 0;
	if (!buf_reserve(&key->bytes, size, err))
		return false;
	for (i = 0; i < n; i++) {
		key->values[i] = values[i];
		if (values[i].class != VALUE_TEXT &&
		    values[i].class != VALUE_BLOB)
			continue;
		/* an empty text too needs an address that is not NULL */
		key->values[i].bytes = size > 0
		    ? key->bytes.data + key->bytes.size
		    : (const uint8_t *)"";
		buf_add(&key->bytes, values[i].bytes, values[i].size);
	}
	key->set = true;
	return true;
}

bool
reading_copy_key(const Reading *reading, const Value *row, int64_t rowid,
    ReadingKey *key, Error *err)
{
	Value values[READING_KEY_COLUMNS] = { 0 };
	size_t i;

	for (i = 0; i < reading->n_key; i++) {
		if (reading->key_columns[i] >= 0) {
			values[i] = row[reading->key_columns[i]];
			continue;
		}
		values[i].class = VALUE_INTEGER;
		values[i].integer = rowid;
	}
	return copy_values(key, values, reading->n_key, err);
}

bool
reading_assign_key(
    ReadingKey *key, const ReadingKey *other, size_t n_key, Error *err)
{
	if (other->set)
		return copy_values(key, other->values, n_key, err);
	key->set = false;
	return true;
}

void
reading_set_rowid(ReadingKey *key, int64_t rowid)
{
	key->set = true;
	key->values[0].class = VALUE_INTEGER;
	key->values[0].integer = rowid;
}

void
reading_free_key(ReadingKey *key)
{
	buf_free(&key->bytes);
	key->set = false;
}

Step
reading_skip(const Reading *reading, sqlite3 *db, const ReadingKey *after,
    uint64_t n, ReadingKey *key, Error *err)
{
	const ReadingKey none = { 0 };
	const ReadingKey *bounds[2] = { after, &none };
	Reading all = *reading;
	Value values[READING_KEY_COLUMNS] = { 0 };
	sqlite3_stmt *statement = NULL;
	Buf sql = { 0 };
	Step step = STEP_FAILED;
	size_t i;

	all.where = NULL;
	if (!buf_put_format(
		&sql, err, "SELECT %s FROM %s", all.key, all.from) ||
	    !put_conditions(&sql, &all, after, &none, err) ||
	    !buf_put_format(&sql, err, " ORDER BY %s LIMIT 1 OFFSET %llu",
		all.order, (unsigned long long)(n - 1)) ||
	    !prepare_bound(&all, db, &sql, bounds, &statement, err))
		goto done;
	step = source_step(statement, err);
	for (i = 0; step == STEP_ITEM && i < all.n_key; i++)
		if (!read_value(statement, (int)i, &values[i], err))
			step = STEP_FAILED;
	if (step == STEP_ITEM && !copy_values(key, values, all.n_key, err))
		step = STEP_FAILED;
done:
	sqlite3_finalize(statement);
	buf_free(&sql);
	return step;
}

/* What a condition may do: read and compute. */
static int
authorize(void *context, int action, const char *one, const char *function,
    const char *database, const char *trigger)
{
	(void)context;
	(void)one;
	(void)database;
	(void)trigger;
	if (action == SQLITE_FUNCTION &&
	    sqlite3_stricmp(function, "load_extension") == 0)
		return SQLITE_DENY;
	return action == SQLITE_SELECT || action == SQLITE_READ ||
		action == SQLITE_FUNCTION
	    ? SQLITE_OK
	    : SQLITE_DENY;
}

static bool
is_closed(const char *where)
{
	const char *at = where;
	unsigned depth = 0;
	SqlToken token;

	for (;;) {
		token = sqltext_next(&at);
		if (token.kind == SQL_END)
			return depth == 0;
		if (token.kind == SQL_BAD || sqltext_is(&token, ";"))
			return false;
		if (sqltext_is(&token, "("))
			depth++;
		if (sqltext_is(&token, ")") && depth-- == 0)
			return false;
	}
}

bool
reading_check_where(const Reading *reading, sqlite3 *db, Error *err)
{
	const ReadingKey none = { 0 };
	sqlite3_stmt *statement = NULL;
	Reading all = *reading;
	bool ok;

	if (reading->where == NULL)
		return true;
	if (!is_closed(reading->where))
		return error_set(err, ERROR_USAGE,
		    "--where \"%s: %s\" is not one condition: look at its "
		    "parentheses and quotes",
		    reading->table->name, reading->where);
	/* A virtual table begins with statements of its own. */
	all.where = NULL;
	if (!reading_prepare(&all, db, &none, &none, &statement, err))
		return false;
	sqlite3_finalize(statement);
	statement = NULL;
	(void)sqlite3_set_authorizer(db, authorize, NULL);
	ok = reading_prepare(reading, db, &none, &none, &statement, err);
	(void)sqlite3_set_authorizer(db, NULL, NULL);
	sqlite3_finalize(statement);
	if (ok)
		return true;
	err->kind = ERROR_USAGE;
	return error_add(
	    err, "--where \"%s: %s\"", reading->table->name, reading->where);
}
