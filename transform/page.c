#include "transform/page.h"

bool
page_end_line(Page *page, Error *err)
{
	const Buf *line = &page->line;
	size_t i = 0;

	while (i < line->size) {
		uint8_t byte = line->data[i];
		/* C1 controls are C2 80 to C2 9F. */
		size_t size = byte == 0xc2 && i + 1 < line->size &&
			line->data[i + 1] < 0xa0
		    ? 2
		    : byte < ' ' || byte == 0x7f;

		if (size == 0 && !buf_put(page->out, &byte, 1, err))
			return false;
		for (size_t j = 0; j < size; j++)
			if (!buf_put_format(
				page->out, err, "\\x%02x", line->data[i + j]))
				return false;
		i += size == 0 ? 1 : size;
	}
	page->line.size = 0;
	return buf_put_text(page->out, "\n", err);
}

void
page_free(Page *page)
{
	buf_free(&page->line);
}
