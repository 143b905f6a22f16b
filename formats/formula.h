/*
 * formula: an expression of the postgresql dialect as a tree of a closed set of
 * operations - the only form in which a default, check, generated column,
 * partial or expression index reaches PostgreSQL (DESIGN promise P7).
 *
 * transform makes formulas from SQLite's text, schema.json carries them as
 * JSON arrays, import writes them as SQL.  Columns are named by their index in
 * the table, literals are quoted on the way out, operations come from the list
 * below; no text of a dump is ever SQL.
 */
#ifndef FORMATS_FORMULA_H
#define FORMATS_FORMULA_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/json.h"
#include "formats/schema.h"

/* The list of operations and the nodes are formula.c's author's to write. */
typedef struct Formula Formula;

/*
 * Append the formula as a PostgreSQL expression in parentheses where it needs
 * them; table gives the columns' names.  Everything in it is a quoted name, a
 * quoted literal or a word of a constant table.
 */
bool formula_put_sql(Buf *out, const Formula *formula, const Table *table,
    Error *err) MUST_CHECK;

/* Put the formula under key (NULL inside an array). */
void formula_put_json(JsonWriter *json, const char *key, const Formula *formula,
    const Table *table);

/*
 * Read one for a table whose columns are there already; where names its place
 * in errors.  ERROR_DUMP where it holds anything but what formula_put_json
 * writes: unknown operations, a wrong number of arguments, unknown columns,
 * too deep.
 */
bool formula_read(const JsonNode *node, const char *where, const Table *table,
    Arena *arena, const Formula **formula, Error *err) MUST_CHECK;

#endif
