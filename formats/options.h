/*
 * options: a command's options as one table, from which parsing, --help and
 * the man page's OPTIONS come.
 *
 *	OptionReader reader;
 *	options_begin(&reader, &table, argc, argv);
 *	while ((step = options_next(&reader, &id, &value, err)) == STEP_ITEM)
 *		switch (id) { ... }
 *
 * Options shared by all commands (OPTION_FILE and on) are taken by
 * options_common, so that their meaning is written once.  Errors are
 * ERROR_USAGE and say what to try.
 */
#ifndef FORMATS_OPTIONS_H
#define FORMATS_OPTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "formats/arena.h"
#include "formats/compress.h"
#include "formats/error.h"
#include "formats/report.h"

/* Ids of the shared options; a command's own begin at OPTION_OWN. */
typedef enum {
	OPTION_OPERAND = 1, /* an argument that is no option */
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_FILE,
	OPTION_JOBS,
	OPTION_TABLE,
	OPTION_EXCLUDE_TABLE,
	OPTION_COMPRESS,
	OPTION_DRY_RUN,
	OPTION_PROGRESS,
	OPTION_LOG_FORMAT,
	OPTION_VERBOSE,
	OPTION_QUIET,
	OPTION_OWN = 100
} OptionId;

typedef struct {
	int id;
	char letter;       /* 0 for none */
	const char *name;  /* long name without dashes */
	const char *value; /* NULL: a flag; "FILE"; "[=NAME]": optional */
	const char *help;  /* lines for --help, split at \n */
} Option;

typedef struct {
	const char *program;  /* "litehaul-export" */
	const char *usage;    /* "[OPTION]... DATABASE" */
	const char *summary;  /* one line */
	const char *examples; /* shown first in --help */
	const Option *options;
	size_t n_options;
} OptionTable;

/* Rows for the shared options, to stand in a command's table. */
#define OPTIONS_SHARED_ROWS                                                   \
	{ OPTION_JOBS, 'j', "jobs", "N", "worker threads (default: cores)" }, \
	    { OPTION_TABLE, 't', "table", "PATTERN",                          \
		    "only tables that match (glob, any case; repeatable)" },  \
	    { OPTION_EXCLUDE_TABLE, 'T', "exclude-table", "PATTERN",          \
		    "not tables that match (repeatable)" },                   \
	    { OPTION_DRY_RUN, 0, "dry-run", NULL,                             \
		    "say what would be done and change nothing" },            \
	    { OPTION_PROGRESS, 0, "progress", "WHEN",                         \
		    "auto (default: on a terminal), always, never" },         \
	    { OPTION_LOG_FORMAT, 0, "log-format", "FORMAT",                   \
		    "text (default) or json, one object a line" },            \
	    { OPTION_VERBOSE, 'v', "verbose", NULL, "say more" },             \
	    { OPTION_QUIET, 'q', "quiet", NULL, "say errors only" },          \
	    { OPTION_VERSION, 'V', "version", NULL, "print the version" },    \
	{                                                                     \
		OPTION_HELP, '?', "help", NULL, "print this help"             \
	}
/* For the two commands that write a dump. */
#define OPTIONS_OUTPUT_ROWS                                                \
	{ OPTION_FILE, 'f', "file", "PATH",                                \
		"directory to write (default: a tar stream on stdout)" },  \
	{                                                                  \
		OPTION_COMPRESS, 'Z', "compress", "METHOD",                \
		    "zstd[:N], gzip[:N] or none\n"                         \
		    "(default: zstd:3 into a directory, none into a pipe)" \
	}

typedef struct {
	const char **include, **exclude; /* borrowed from argv */
	size_t n_include, n_exclude;
	const char *file;        /* "-" where not given */
	Compression compression; /* the default already applied */
	unsigned jobs;
	bool dry_run;
	ReportOptions report;
	Arena arena; /* holds include and exclude */
} CommonOptions;

typedef struct {
	const OptionTable *table;
	int argc;
	char **argv;
	int at;              /* next argument */
	const char *cluster; /* rest of "-abc" */
	bool operands_only;  /* after "--" */
} OptionReader;

void options_begin(
    OptionReader *reader, const OptionTable *table, int argc, char **argv);
/* Letters may be bundled (-qv), values attached (-j4, --jobs=4) or follow;
 * options may stand after operands; long names may be shortened while unique.
 * OPTION_OPERAND gives the argument as value. */
Step options_next(
    OptionReader *reader, int *id, const char **value, Error *err) MUST_CHECK;

/* Defaults (jobs: cores, file "-"); free with options_free_common. */
void options_begin_common(CommonOptions *common);
/* Take a shared option; *taken is false where id is the command's own. */
bool options_common(CommonOptions *common, int id, const char *value,
    bool *taken, Error *err) MUST_CHECK;
/* After the last option: apply defaults that depend on others. */
void options_end_common(CommonOptions *common);
void options_free_common(CommonOptions *common);

/* Is the table wanted?  Patterns are globs (fnmatch), case-insensitive. */
bool options_want_table(const CommonOptions *common, const char *name);
/* A pattern that matched none of the n names is ERROR_USAGE. */
bool options_check_patterns(const CommonOptions *common,
    const char *const *names, size_t n, Error *err) MUST_CHECK;

/* "16MiB", "512KiB", "1000000"; ERROR_USAGE. */
bool options_parse_size(const char *option, const char *text, uint64_t *bytes,
    Error *err) MUST_CHECK;
/* A decimal number from least to most. */
bool options_parse_number(const char *option, const char *text, uint64_t least,
    uint64_t most, uint64_t *value, Error *err) MUST_CHECK;

/* Keep an argument that may be given once; what: "dump", for the message. */
bool options_take_once(const char **place, const char *value, const char *what,
    Error *err) MUST_CHECK;

void options_print_help(const OptionTable *table, FILE *out);
/* "litehaul-export 0.1.0 (format 1, SQLite ...)"; libraries may be NULL. */
void options_print_version(
    const OptionTable *table, const char *libraries, FILE *out);

#endif
