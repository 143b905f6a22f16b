/*
 * search: which rows of a chunk to try next, so that the ones the server
 * refuses are found and all others get in.
 *
 *	search_begin(&search)
 *	until all rows are decided: try rows search.next to search.to
 *		search_pass(&search, last)              they are in
 *		search_fail(&search, last, suspect)     one of them is refused
 *	search_refuse(&search)                  the next row cannot be tried
 *
 * The first try is the whole chunk.  A row counts as refused only when it
 * failed alone, with all good rows before it in.  Where the server names the
 * row, the rows before it are tried and then that row, so each row goes to the
 * server about twice, however many are refused; where it does not, a failed
 * run of rows is halved.  After a refused row a run is as long as rows are
 * likely to be good, and twice as long each time that they were.
 */
#ifndef IMPORT_SEARCH_H
#define IMPORT_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

/* Rows count from 1. */
typedef struct {
	uint64_t next;    /* first row that is not decided */
	uint64_t to;      /* last row to try; UINT64_MAX: the chunk's last */
	uint64_t bad_to;  /* one of next to bad_to is refused; 0: not known */
	uint64_t suspect; /* which the server says is refused; 0: none */
	uint64_t good;    /* rows that are in since the last refused one */
	uint64_t run;     /* rows to try where nothing is known of them */
	uint64_t refused; /* rows */
} Search;

void search_begin(Search *search);
/* Rows next to last are in. */
void search_pass(Search *search, uint64_t last);
/* Rows next to last were sent, and one of them is refused: suspect, where it
 * is one of them.  True where it is known by that: the row next as it was. */
bool search_fail(Search *search, uint64_t last, uint64_t suspect);
/* The row next is refused, and is none to try. */
void search_refuse(Search *search);

#endif
