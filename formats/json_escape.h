/*
 * json_escape: what an escape in a JSON string means (RFC 8259 section 7).
 */
#ifndef FORMATS_JSON_ESCAPE_H
#define FORMATS_JSON_ESCAPE_H

#include <stdint.h>

#define JSON_ESCAPE_BYTES 4 /* of UTF-8 that one escape means, at most */

/*
 * Write what the escape at *at, its backslash first, means as UTF-8, and move
 * *at past it; the end of what was written, or NULL where it is none or half a
 * surrogate pair.  No escape is shorter than its meaning, so to may be *at.
 */
uint8_t *json_escape_read(uint8_t *to, const uint8_t **at, const uint8_t *end);

#endif
