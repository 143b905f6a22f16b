/*
 * literal: what a text spells, by the rules of the PostgreSQL type that would
 * read it.  Evidence (export) and conversion (transform) ask the same
 * functions, so what the evidence calls possible, the conversion can do.
 */
#ifndef FORMATS_LITERAL_H
#define FORMATS_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* true/false, t/f, yes/no, y/n, on/off, 1/0; any case, blanks around, and any
 * beginning of a word that no other shares (PostgreSQL datatype-boolean). */
bool literal_boolean(const uint8_t *text, size_t size, bool *value);

#define LITERAL_UUID_BYTES 36

/* 32 hex digits of any case, with dashes at 8-4-4-4-12, none, or one behind any
 * group of four digits, braces around allowed (PostgreSQL datatype-uuid). */
bool literal_uuid(const uint8_t *text, size_t size, uint8_t uuid[16]);
/* Lower case with dashes; writes LITERAL_UUID_BYTES. */
void literal_write_uuid(uint8_t *out, const uint8_t uuid[16]);

/*
 * A decimal number without blanks: sign, digits, point, exponent; also "NaN"
 * and "Infinity" are refused here.  Gives the digits before and after the
 * point that it needs (leading and trailing zeros included after the point:
 * "1.50" has scale 2).  Within PostgreSQL's limits of 131072 and 16383.
 */
bool literal_numeric(
    const uint8_t *text, size_t size, unsigned *integral, unsigned *scale);

typedef enum {
	LITERAL_NOT_JSON,
	LITERAL_JSON_ONLY, /* json takes it, jsonb does not: \u0000, a
				 * lone surrogate, a number past numeric */
	LITERAL_JSONB,
} LiteralJson;

/* Is it JSON (RFC 8259) as PostgreSQL reads it?  Deeper than 1000 levels is
 * not (the server's stack is bounded).  top is the first character that is not
 * a blank: '{', '[', '"', a digit or '-', 't', 'f', 'n'; NULL if not asked. */
LiteralJson literal_json(const uint8_t *text, size_t size, uint8_t *top);

/* Does a string or key of what is JSON hold \u0000? */
bool literal_json_has_nul(const uint8_t *text, size_t size);

#endif
