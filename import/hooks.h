/*
 * hooks: SQL of the operator's own that is run at three moments of a load:
 * --before, --after-tables, --after.
 *
 *	hooks_read(&hooks, settings, err)	before anything else is done
 *	hooks_check(&hooks, plan, false, err)	have they run as what they are?
 *	hooks_run(&hooks, plan, HOOK_BEFORE, &ran, err)
 *	...
 *	hooks_free(&hooks)
 *
 * A file is trusted as its operator is, and it is no part of the dump.  It
 * runs as a whole in one transaction, together with its row in litehaul.hook:
 * once for a load, or not at all, however often the command is run and by
 * however many.  It sees the role of the load, a search_path that begins with
 * the load's schema, and otherwise the role's own settings; what it sets for
 * its session is reset at its end.
 *
 * --after-tables may make the new tables anew, as other kinds of tables: it is
 * looked at what there is afterwards, and the load goes on into that.
 */
#ifndef IMPORT_HOOKS_H
#define IMPORT_HOOKS_H

#include "formats/bytes.h"
#include "formats/digest.h"

#include "import/plan.h"

typedef struct {
	const char *path; /* as given; NULL: there is none */
	Buf text;
	char sha256[DIGEST_HEX_BYTES];
} HookScript;

/* The zero Hooks has none. */
typedef struct {
	HookScript scripts[HOOKS];
} Hooks;

/* "before": the option without its dashes. */
const char *hooks_moment(Hook hook);

/* Read the files.  ERROR_USAGE where one cannot be read, or holds what cannot
 * be run in one transaction with its row in the ledger. */
bool hooks_read(Hooks *hooks, const Settings *settings, Error *err) MUST_CHECK;

/* Refuse files that are others than those that have run for this load.  With
 * dry_run nothing is written, and the ledger need not be there. */
bool hooks_check(
    const Hooks *hooks, const Plan *plan, bool dry_run, Error *err) MUST_CHECK;

/* Run one where it has not run; *ran is whether it has now.  Where the load is
 * finished, only HOOK_AFTER is run.  Errors name file and line, and nothing of
 * the file has happened. */
bool hooks_run(const Hooks *hooks, const Plan *plan, Hook hook, bool *ran,
    Error *err) MUST_CHECK;

void hooks_free(Hooks *hooks);

#endif
