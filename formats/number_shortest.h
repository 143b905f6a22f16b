/*
 * number_shortest: what C cannot do in 60 ns: the shortest decimal of a double,
 * and a decimal to the nearest double, both by C++17's <charconv> ([charconv]).
 * The only C++ of the project; number.c lays out and checks.
 */
#ifndef FORMATS_NUMBER_SHORTEST_H
#define FORMATS_NUMBER_SHORTEST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NUMBER_SHORTEST_BYTES 24 /* "2.2250738585072014e-308" is 23 */

/* Write a finite value that is not negative as "d[.ddd]e+dd" with the fewest
 * digits that read back the same; returns the bytes written. */
size_t number_shortest_write(char out[NUMBER_SHORTEST_BYTES], double value);

typedef enum {
	NUMBER_SHORTEST_GOOD,
	NUMBER_SHORTEST_BAD,  /* not a decimal, or bytes behind it */
	NUMBER_SHORTEST_RANGE /* rounds to infinity or to nothing */
} NumberShortest;

/* Read text that begins with a digit or a point; *value is set when good. */
NumberShortest
number_shortest_read(const char *text, size_t size, double *value);

#ifdef __cplusplus
}
#endif

#endif
