/*
 * yaml_write: texts and comments of a YAML file, such that any text comes back
 * as it was and no comment ever ends before its line does.
 */
#ifndef TRANSFORM_YAML_WRITE_H
#define TRANSFORM_YAML_WRITE_H

#include "formats/bytes.h"
#include "formats/error.h"

/* Append UTF-8 text as a scalar: plain where no reader of YAML could take it for
 * anything else, else in double quotes. */
bool yaml_write_text(Buf *out, const char *text, Error *err) MUST_CHECK;

/* The same, with the mark that follows or goes round a key.  One that is too
 * long for a plain key (spec 7.4.2: 1024 characters) is written "? key", its
 * colon in a new line with the indentation. */
bool yaml_write_key(
    Buf *out, const char *key, int indentation, Error *err) MUST_CHECK;

/* Append the text as a line, "# text"; what is not printable is escaped. */
bool yaml_write_comment(
    Buf *out, int indentation, const char *text, Error *err) MUST_CHECK;

#endif
