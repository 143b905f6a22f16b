/*
 * values: Values, and a seed, for the tests of what is made of them.
 */
#ifndef TESTS_VALUES_H
#define TESTS_VALUES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "formats/type.h"
#include "formats/value.h"

/* Start random numbers: from SEED, or anew; printed, to be repeated. */
static inline void
start_random(void)
{
	const char *given = getenv("SEED");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				      : (unsigned)time(NULL);

	printf("SEED=%u\n", seed);
	srand(seed);
}

static inline Value
null(void)
{
	return (Value){ .class = VALUE_NULL };
}

static inline Value
integer(int64_t value)
{
	return (Value){ .class = VALUE_INTEGER, .integer = value };
}

static inline Value
real(double value)
{
	return (Value){ .class = VALUE_REAL, .real = value };
}

static inline Value
bytes(ValueClass class, const void *data, size_t size)
{
	return (Value){ .class = class, .size = size, .bytes = data };
}

static inline Value
text(const char *value)
{
	return bytes(VALUE_TEXT, value, strlen(value));
}

static inline Type
type(TypeName name)
{
	return (Type){ .name = name };
}

#endif
