/*
 * settings: what the command line asks of litehaul-transform.
 */
#ifndef TRANSFORM_SETTINGS_H
#define TRANSFORM_SETTINGS_H

#include <stdio.h>

#include "formats/error.h"
#include "formats/options.h"
#include "transform/rejects.h"
#include "transform/rule.h"

/* What is printed instead of a dump. */
typedef enum {
	SETTINGS_CONVERT, /* nothing: a dump is made */
	SETTINGS_PLAN,    /* --dry-run */
	SETTINGS_EXPLAIN,
	SETTINGS_SUGGEST
} SettingsAction;

typedef struct {
	CommonOptions common;
	SettingsAction action;
	const char *dump;       /* NULL: standard input */
	const char *mapping;    /* NULL: none */
	const char *target;     /* NULL: none */
	const char *rejects;    /* NULL: the default */
	const char *rename_map; /* NULL: none */
	const char *explained;  /* with SETTINGS_EXPLAIN; NULL: everything */
	Policy policy;
	RejectLimit limit;
	bool help; /* asked for, and then nothing else counts */
	bool version;
} Settings;

/* Fill empty Settings, which borrow from argv; free them whatever comes back.
 * ERROR_USAGE. */
bool
settings_read(Settings *settings, int argc, char **argv, Error *err) MUST_CHECK;

void settings_print_help(FILE *out);
void settings_print_version(FILE *out);

void settings_free(Settings *settings);

#endif
