/*
 * assign: may a column of a dump go into a column that is there, and how?
 *
 * Only where every value arrives as it is.  What would be rounded, cut,
 * padded, shifted by a guess, or refused at some later row is not taken: that
 * is decided before, by litehaul-transform --target.
 */
#ifndef IMPORT_ASSIGN_H
#define IMPORT_ASSIGN_H

#include "formats/target.h"
#include "formats/type.h"

typedef enum {
	ASSIGN_REFUSED,
	ASSIGN_BINARY, /* the wire forms are the same */
	ASSIGN_TEXT,   /* the server's input function reads the dump's text
			* form as the same value */
} Assign;

/* *reason says why not, borrowed for ever; NULL where it is taken. */
Assign assign_judge(Type from, const TargetColumn *to, const char **reason);

#endif
