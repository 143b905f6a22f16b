/*
 * number: int64 and double to text and back, exactly, whatever the locale.
 *
 * A real is written as the shortest decimal that reads back to the same
 * double, laid out as PostgreSQL's float8out does (plain for decimal exponents
 * -5 < e < 15, else scientific with at least two exponent digits), and always
 * looks like a real: "5.0", "1e+300", "-0.0", "Infinity", "-Infinity", "NaN".
 */
#ifndef FORMATS_NUMBER_H
#define FORMATS_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_INTEGER_BYTES 20 /* "-9223372036854775808" */
#define NUMBER_REAL_BYTES    32 /* "-2.2250738585072014e-308", with room */

/* Write into room of NUMBER_INTEGER_BYTES; returns the bytes written. */
size_t number_write_integer(uint8_t *out, int64_t value);

/* Write into room of NUMBER_REAL_BYTES; returns the bytes written. */
size_t number_write_real(uint8_t *out, double value);

/*
 * Read exactly the canonical form of an int64: "-"? digits without leading
 * zeros, no "-0", in range.  False where it is anything else.
 */
bool number_read_integer(const uint8_t *text, size_t size, int64_t *value);

/*
 * Read a decimal real ("5.0", "1e300", "-.5", "Infinity"; no blanks, no hex),
 * correctly rounded.  Finite text that rounds to infinity is refused, as
 * PostgreSQL does; an underflow gives 0.  False where it is anything else.
 */
bool number_read_real(const uint8_t *text, size_t size, double *value);

/*
 * Would SQLite turn this text into a number when it is stored in a column of
 * numeric affinity?  (datatype3.html section 3: a well-formed integer or real
 * literal, blanks around it allowed.)
 */
bool number_looks_numeric(const uint8_t *text, size_t size);

#endif
