/*
 * values: Values, for the tests of what is made of them.
 */
#ifndef TESTS_VALUES_H
#define TESTS_VALUES_H

#include <stdint.h>
#include <string.h>

#include "formats/type.h"
#include "formats/value.h"

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
