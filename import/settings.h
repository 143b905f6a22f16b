/*
 * settings: what the command line and the environment ask for.
 */
#ifndef IMPORT_SETTINGS_H
#define IMPORT_SETTINGS_H

#include <stdint.h>

#include "formats/error.h"
#include "formats/options.h"

#include "import/server.h"

/* What is to be done. */
typedef enum {
	COMMAND_LOAD,
	COMMAND_CHECK,  /* of the dump alone */
	COMMAND_VERIFY, /* --verify-only */
	COMMAND_STATUS, /* of the target alone, as all below */
	COMMAND_DESCRIBE,
	COMMAND_ROLLBACK,
	COMMAND_DISCARD,
	COMMAND_UNDO, /* of a dump, too, where undo names no load */
} Command;

/* A row whose key is in the target already. */
typedef enum {
	CONFLICT_ERROR, /* is refused, and set aside */
	CONFLICT_SKIP,  /* what is there stays */
	CONFLICT_UPDATE /* the dump's values take its place */
} Conflict;

/* A row whose parent is missing. */
typedef enum {
	ORPHANS_KEEP,   /* stays; the foreign key is left NOT VALID */
	ORPHANS_REJECT, /* is set aside, and the key is valid */
	ORPHANS_REST    /* after that, of a plan: stays, for it could not be */
} Orphans;

/* --before, --after-tables, --after. */
typedef enum {
	HOOK_BEFORE,
	HOOK_AFTER_TABLES,
	HOOK_AFTER,
	HOOKS /* how many there are */
} Hook;

typedef struct {
	CommonOptions common;
	ServerTarget target;
	Command command;
	const char *dump;        /* "-" is standard input */
	const char **namespaces; /* -n */
	size_t n_namespaces;
	bool schema_only, data_only, keep_foreign_keys;
	bool clean, verify, publish;
	Conflict conflict;
	Orphans orphans;
	const char *rejects;      /* directory; NULL: chosen */
	uint64_t max_rejects;     /* UINT64_MAX: any number */
	const char *hooks[HOOKS]; /* files; NULL for none */
	const char *undo;   /* the beginning of a load's id; NULL: the dump's */
	bool help, version; /* print it and stop */
	const char **typed; /* argv before passwords in it were hidden */
	Arena arena;        /* holds namespaces, typed */
} Settings;

extern const OptionTable settings_options;

/* Read argv into zeroed settings.  ERROR_USAGE. */
bool
settings_read(Settings *settings, int argc, char **argv, Error *err) MUST_CHECK;
void settings_free(Settings *settings);

#endif
