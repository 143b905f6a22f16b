/*
 * rows_csv_quotes: which texts stand in quotes though they hold no comma,
 * quote, CR or LF; what the writer and the reader of rows_csv.h both ask.
 */
#ifndef FORMATS_ROWS_CSV_QUOTES_H
#define FORMATS_ROWS_CSV_QUOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
rows_csv_quotes_is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

/* A text of at least one byte that begins or ends with a blank, or is \. */
static inline bool
rows_csv_quotes_edges(const uint8_t *text, size_t size)
{
	return rows_csv_quotes_is_blank(text[0]) ||
	    rows_csv_quotes_is_blank(text[size - 1]) ||
	    (size == 2 && text[0] == '\\' && text[1] == '.');
}

#endif
