/*
 * secret: passwords in what names a target.
 *
 * Everybody on the machine can read a command line while the command runs, so
 * passwords in it are overwritten as soon as they have been read.  That leaves
 * a moment, and the shell's history: the manual names better places.
 */
#ifndef IMPORT_SECRET_H
#define IMPORT_SECRET_H

#include <stdbool.h>

/* Is it a URI, whatever its scheme? */
bool secret_is_uri(const char *text);

/*
 * Overwrite all that may be a password with "*", in place: in a URI between
 * ":" and the last "@", in a URI or conninfo what follows "password=".  Where
 * that is in doubt, rather too much.
 */
void secret_hide(char *text);

#endif
