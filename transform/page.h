/*
 * page: text for people that grows line by line.
 *
 * Names come from a dump that anybody may have made: what a terminal would act
 * upon is escaped at the end of each line.
 */
#ifndef TRANSFORM_PAGE_H
#define TRANSFORM_PAGE_H

#include "formats/bytes.h"
#include "formats/error.h"

/* Lines are written into `line` and end in `out`, which is borrowed. */
typedef struct {
	Buf line;
	Buf *out;
} Page;

/* End the line: control characters become \xHH. */
bool page_end_line(Page *page, Error *err) MUST_CHECK;

void page_free(Page *page);

#endif
