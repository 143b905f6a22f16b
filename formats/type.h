/*
 * type: the closed set of PostgreSQL types that litehaul makes and fills.
 *
 * A type in a dump is read back by name from this set and nothing else, so no
 * byte of a dump can become SQL by way of a type (DESIGN promise P7).
 */
#ifndef FORMATS_TYPE_H
#define FORMATS_TYPE_H

#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

typedef enum {
	TYPE_TEXT, /* zero: what holds everything */
	TYPE_BIGINT,
	TYPE_BOOLEAN,
	TYPE_BYTEA,
	TYPE_CHAR, /* character(n) */
	TYPE_DATE,
	TYPE_DOUBLE, /* double precision */
	TYPE_INTEGER,
	TYPE_JSON,
	TYPE_JSONB,
	TYPE_NUMERIC, /* numeric, numeric(p,s) */
	TYPE_REAL,
	TYPE_SMALLINT,
	TYPE_TIME,
	TYPE_TIMESTAMP,
	TYPE_TIMESTAMPTZ,
	TYPE_UUID,
	TYPE_VARCHAR, /* character varying(n) */
	TYPE_COUNT
} TypeName;

typedef struct {
	TypeName name;
	int length;    /* char, varchar: characters; 0 is unlimited */
	int precision; /* numeric: digits; 0 is unconstrained */
	int scale;     /* numeric: digits after the point */
} Type;

#define TYPE_SQL_BYTES 48

/* The type as PostgreSQL writes it: "numeric(12,2)", "double precision". */
const char *type_sql(Type type, char sql[TYPE_SQL_BYTES]);

/* The inverse, also for the usual aliases ("int8", "float8", "timestamp with
 * time zone", "varchar(20)"); false where it is not in the set. */
bool type_parse(const char *sql, Type *type);

/* Is it smallint, integer or bigint? */
bool type_is_whole(TypeName name);

/* PostgreSQL's OID of the type (pg_type.dat), for tests and catalogs. */
uint32_t type_oid(TypeName name);

#endif
