#include "import/search.h"

void
search_begin(Search *search)
{
	*search = (Search){ .next = 1, .to = UINT64_MAX, .run = UINT64_MAX };
}

/* How far to go next. */
static void
choose(Search *search)
{
	if (search->bad_to < search->next) {
		if (__builtin_add_overflow(
			search->next, search->run - 1, &search->to))
			search->to = UINT64_MAX;
	} else if (search->suspect == 0) {
		search->to = search->next + (search->bad_to - search->next) / 2;
	} else {
		search->to = search->suspect - (search->suspect > search->next);
	}
}

/* A run is twice as long as the last good one. */
static void
grow(Search *search)
{
	if (__builtin_mul_overflow(search->good, 2, &search->run))
		search->run = UINT64_MAX;
	if (search->run == 0)
		search->run = 1;
}

void
search_pass(Search *search, uint64_t last)
{
	search->good += last + 1 - search->next;
	search->next = last + 1;
	if (search->bad_to < search->next)
		search->bad_to = 0;
	/* The server may have meant something else by its number. */
	if (search->suspect < search->next)
		search->suspect = 0;
	if (search->refused > 0 && search->good > search->run / 2)
		grow(search);
	choose(search);
}

void
search_refuse(Search *search)
{
	search->refused++;
	search->next++;
	grow(search);
	search->good = search->bad_to = search->suspect = 0;
	choose(search);
}

bool
search_fail(Search *search, uint64_t last, uint64_t suspect)
{
	if (last <= search->next) {
		search_refuse(search);
		return true;
	}
	search->bad_to = last;
	search->suspect =
	    suspect >= search->next && suspect <= last ? suspect : 0;
	choose(search);
	return false;
}
