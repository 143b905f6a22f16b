/*
 * settings: what the command line asks of litehaul-export.
 */
#ifndef EXPORT_SETTINGS_H
#define EXPORT_SETTINGS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "formats/arena.h"
#include "formats/chunk.h"
#include "formats/error.h"
#include "formats/options.h"

typedef struct {
	CommonOptions common;
	const char *database;
	const char **where; /* as given: "TABLE: SQL" */
	size_t n_where;
	RowsFormat format;
	uint64_t chunk_bytes;
	uint64_t wait_ms; /* for a lock */
	bool schema_only;
	bool list;
	bool profile_last; /* into a pipe too: one reading, evidence behind */
	bool profile_none; /* no evidence at all */
	bool help;         /* asked for, and then nothing else counts */
	bool version;
	Arena arena;
} Settings;

/* Fill empty Settings, which borrow from argv; free them whatever comes back.
 * ERROR_USAGE. */
bool
settings_read(Settings *settings, int argc, char **argv, Error *err) MUST_CHECK;

void settings_print_help(FILE *out);
void settings_print_version(FILE *out);

void settings_free(Settings *settings);

#endif
