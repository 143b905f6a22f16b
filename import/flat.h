/*
 * flat: what others have written - a server, libpq - as one short line.
 */
#ifndef IMPORT_FLAT_H
#define IMPORT_FLAT_H

#include <stddef.h>

/* Blanks and line ends become one blank each, "." at the end goes; what does
 * not fit is cut between two characters and ends in "...".  capacity is 16 or
 * more. */
void flat_put(char *out, size_t capacity, const char *text);

/* What a terminal would act upon becomes "?", line ends, too; text is UTF-8. */
void flat_clean(unsigned char *text, size_t size);

#endif
