/*
 * interrupt: a signal to stop (SIGINT, SIGTERM, SIGHUP) as a flag that is
 * looked at where a run can end well.
 *
 * A load into tables that were there has taken their foreign keys off: it
 * stops as if it had failed, which puts them back.  The second signal ends the
 * program at once.
 */
#ifndef IMPORT_INTERRUPT_H
#define IMPORT_INTERRUPT_H

#include "formats/error.h"

/* From now on the first signal is a flag; those that are ignored stay so. */
void interrupt_catch(void);

/* The number of the signal, 0 for none. */
int interrupt_caught(void);

/* ERROR_FAILED where there was one. */
bool interrupt_check(Error *err) MUST_CHECK;

#endif
