/*
 * settings: what the command line and the environment ask for.
 */
#ifndef IMPORT_SETTINGS_H
#define IMPORT_SETTINGS_H

#include "formats/error.h"
#include "formats/options.h"

#include "import/server.h"

typedef struct {
	CommonOptions common;
	ServerTarget target;
	const char *dump;        /* "-" is standard input */
	const char **namespaces; /* -n */
	size_t n_namespaces;
	bool schema_only, data_only, keep_foreign_keys;
	bool clean, check, status, describe;
	bool help, version; /* print it and stop */
	Arena arena;        /* holds namespaces */
} Settings;

extern const OptionTable settings_options;

/* Read argv into zeroed settings.  ERROR_USAGE. */
bool
settings_read(Settings *settings, int argc, char **argv, Error *err) MUST_CHECK;
void settings_free(Settings *settings);

#endif
