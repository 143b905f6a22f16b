/*
 * target: what the tables of a PostgreSQL schema are like, target.json.
 *
 * litehaul-import --describe reads it from the server's catalogs,
 * litehaul-transform --target fits a dump to it, without a server.  It is
 * written in the same style as schema.json: one table a line block, keys always
 * in the same order, no time, no host, no password; the same schema is the same
 * bytes.
 */
#ifndef FORMATS_TARGET_H
#define FORMATS_TARGET_H

#include "formats/arena.h"
#include "formats/bytes.h"
#include "formats/error.h"
#include "formats/schema.h"
#include "formats/type.h"

typedef enum {
	TARGET_IDENTITY_NONE,
	TARGET_IDENTITY_BY_DEFAULT,
	TARGET_IDENTITY_ALWAYS
} TargetIdentity;

typedef struct {
	const char *name;
	const char *type_sql; /* format_type(): "status", "integer[]",
			       * "numeric(12,2)", "email" (a domain) */
	bool known;           /* the type, or its domain's base type, is of
			       * type.h's set; false: text that the server's
			       * input function reads (enum, array, inet, ...) */
	Type type;            /* with known; else TYPE_TEXT */
	bool domain;          /* type_sql names a domain */
	bool array;           /* type_sql is an array */
	Type element;         /* of an array whose element is of the set */
	bool element_known;
	bool fraction_limited; /* timestamp(p), time(p), timestamptz(p): the
				* server rounds to fraction_digits */
	int fraction_digits;   /* 0 to 6, with fraction_limited */
	const char **labels;   /* of an enum, in its order */
	size_t n_labels;
	bool not_null;            /* the column's or its domain's */
	const char *default_text; /* pg_get_expr, for people; NULL for none */
	TargetIdentity identity;
	bool generated;       /* GENERATED ALWAYS AS ... STORED */
	const char *sequence; /* of a serial or identity; NULL for none */
} TargetColumn;

/* A primary key, unique constraint or unique index (all columns plain, no
 * condition). */
typedef struct {
	const char *name;
	bool primary;
	int *columns;
	size_t n_columns;
} TargetKey;

typedef struct {
	const char *name;
	int *columns;
	size_t n_columns;
	const char *parent_namespace, *parent;
	const char **parent_columns; /* n_columns */
	bool deferrable;
	bool valid;
} TargetForeignKey;

typedef struct {
	const char *name;
	const char *text; /* pg_get_constraintdef, for people */
} TargetCheck;

typedef struct {
	const char *namespace;
	const char *name;
	bool partitioned;
	TargetColumn *columns;
	size_t n_columns;
	TargetKey *keys;
	size_t n_keys;
	TargetForeignKey *foreign_keys;
	size_t n_foreign_keys;
	TargetCheck *checks;
	size_t n_checks;
	const char **triggers; /* names of the users' own, enabled */
	size_t n_triggers;
	bool row_security;
} TargetTable;

typedef struct {
	const char *server;    /* "15.4" */
	const char *namespace; /* where unqualified names are looked for: the
				* schema that was described first */
	TargetTable *tables;   /* by namespace, then name */
	size_t n_tables;
	Arena arena;
} Target;

/*
 * Set known, type, fraction_limited and fraction_digits from what format_type()
 * says of the type, or of a domain's base type: "integer", "character
 * varying(20)", "timestamp(3) without time zone".  What is not of type.h's set
 * is text that is not known.
 */
void target_set_type(TargetColumn *column, const char *format_type);

bool target_write(const Target *target, Buf *out, Error *err) MUST_CHECK;

/* what names the document in errors, which are ERROR_USAGE: the file is the
 * operator's, not a dump's.  Free the Target whatever comes back. */
bool target_read(const uint8_t *bytes, size_t size, const char *what,
    Target *target, Error *err) MUST_CHECK;
void target_free(Target *target);

#endif
