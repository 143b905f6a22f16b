/* Rows for tests as COPY BINARY has them, made of the dump's texts. */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "formats/rows_copy.h"

#include "import/verify_row.h"

#define WIRE_COLUMNS 8

/* Append a row; a text of NULL is NULL. */
static inline void
wire_put(Buf *out, const TypeName *types, const char *const *texts, size_t n)
{
	Type full[WIRE_COLUMNS] = { 0 };
	Value values[WIRE_COLUMNS] = { 0 };
	Error err = { 0 };
	size_t i;

	assert_true(n <= WIRE_COLUMNS);
	for (i = 0; i < n; i++) {
		full[i].name = types[i];
		if (texts[i] == NULL)
			continue;
		values[i].class = VALUE_TEXT;
		values[i].bytes = (const uint8_t *)texts[i];
		values[i].size = strlen(texts[i]);
	}
	if (!rows_copy_put(out, full, values, n, &err))
		fail_msg("%s", err.text);
}

static inline void
wire_split(const Buf *row, size_t n, VerifyField *fields)
{
	Error err = { 0 };
	size_t used;

	assert_int_equal(
	    verify_row_split(row->data, row->size, n, fields, &used, &err),
	    STEP_ITEM);
	assert_int_equal(used, row->size);
}

#endif
