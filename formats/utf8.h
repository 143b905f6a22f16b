/*
 * utf8: is it UTF-8, and how long is it.  The rule is RFC 3629's, which is
 * also PostgreSQL's: no overlong forms, no surrogates, nothing past U+10FFFF.
 * SQLite checks nothing, so every text it gives passes here once.
 */
#ifndef FORMATS_UTF8_H
#define FORMATS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes of the longest valid prefix: size when all is valid.  A NUL
 * byte is valid UTF-8. */
size_t utf8_valid_prefix(const uint8_t *bytes, size_t size);

/* Bytes, at least one, that one U+FFFD takes the place of where no character
 * begins (size > 0): the maximal subpart of an ill-formed subsequence (Unicode
 * chapter 3.9, as the web's decoders do it). */
size_t utf8_invalid_subpart(const uint8_t *bytes, size_t size);

/* Is all of it valid and without a NUL byte?  What PostgreSQL's text holds. */
bool utf8_is_text(const uint8_t *bytes, size_t size);

/* Characters (code points) in valid UTF-8. */
size_t utf8_length(const uint8_t *bytes, size_t size);

#endif
