#include "export/settings.h"

#include <string.h>

#include <sqlite3.h>

#include "export/source.h"

/* A chunk smaller than this is more header than data; a larger one would not
 * leave room for one more row under CHUNK_BYTES_LIMIT. */
#define CHUNK_SIZE_MIN ((uint64_t)1 << 10)
#define CHUNK_SIZE_MAX ((uint64_t)1 << 30)

enum {
	OPTION_ROWS = OPTION_OWN,
	OPTION_CHUNK_SIZE,
	OPTION_WHERE,
	OPTION_SCHEMA_ONLY,
	OPTION_PROFILE,
	OPTION_NO_PROFILE_FIRST,
	OPTION_NO_PROFILE,
	OPTION_LIST,
	OPTION_LOCK_WAIT,
};

static const Option options[] = {
	OPTIONS_OUTPUT_ROWS,
	{ OPTION_WHERE, 0, "where", "TABLE: SQL",
	    "only rows of TABLE that meet the SQL condition (repeatable)" },
	{ OPTION_SCHEMA_ONLY, 0, "schema-only", NULL, "no rows" },
	{ OPTION_LIST, 0, "list", NULL,
	    "list tables with their rows and columns, export nothing" },
	{ OPTION_ROWS, 0, "rows", "FORMAT",
	    "csv (default; NDJSON where CSV is not exact) or ndjson" },
	{ OPTION_CHUNK_SIZE, 0, "chunk-size", "SIZE",
	    "raw bytes of a data file (default: 16MiB)" },
	{ OPTION_PROFILE, 0, "profile", NULL,
	    "into a pipe: read all rows twice, so that the evidence for\n"
	    "types precedes them (default)" },
	{ OPTION_NO_PROFILE_FIRST, 0, "no-profile-first", NULL,
	    "into a pipe: read once, evidence comes last" },
	{ OPTION_NO_PROFILE, 0, "no-profile", NULL,
	    "gather no evidence: declared types alone will decide" },
	{ OPTION_LOCK_WAIT, 0, "lock-wait-timeout", "MS",
	    "wait so long for a locked database (default: 30000)" },
	OPTIONS_SHARED_ROWS,
};

static const OptionTable option_table = {
	.program = "litehaul-export",
	.usage = "[OPTION]... DATABASE",
	.summary = "Write a SQLite database as a dump, without changing it.",
	.examples =
	    "  litehaul-export app.db -f app.dump\n"
	    "  litehaul-export app.db | litehaul-transform | "
	    "litehaul-import -d postgresql:///app\n"
	    "  litehaul-export app.db -t 'order*' --where='orders: year = "
	    "2026' | tar tv\n",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
};

static bool
take_rows(Settings *settings, const char *value, Error *err)
{
	if (strcmp(value, "csv") == 0)
		settings->format = ROWS_CSV;
	else if (strcmp(value, "ndjson") == 0)
		settings->format = ROWS_NDJSON;
	else
		return error_set(err, ERROR_USAGE,
		    "--rows is csv or ndjson, not \"%s\"", value);
	return true;
}

static bool
take_chunk_size(Settings *settings, const char *value, Error *err)
{
	if (!options_parse_size(
		"--chunk-size", value, &settings->chunk_bytes, err))
		return false;
	if (settings->chunk_bytes < CHUNK_SIZE_MIN ||
	    settings->chunk_bytes > CHUNK_SIZE_MAX)
		return error_set(err, ERROR_USAGE,
		    "--chunk-size is 1KiB to 1GiB, not \"%s\"", value);
	return true;
}

static bool
take_option(Settings *settings, int id, const char *value, Error *err)
{
	switch (id) {
	case OPTION_OPERAND:
		return options_take_once(
		    &settings->database, value, "database", err);
	case OPTION_HELP:
		settings->help = true;
		return true;
	case OPTION_VERSION:
		settings->version = true;
		return true;
	case OPTION_ROWS:
		return take_rows(settings, value, err);
	case OPTION_CHUNK_SIZE:
		return take_chunk_size(settings, value, err);
	case OPTION_WHERE:
		settings->where[settings->n_where++] = value;
		return true;
	case OPTION_SCHEMA_ONLY:
		settings->schema_only = true;
		return true;
	case OPTION_PROFILE:
		settings->profile_last = settings->profile_none = false;
		return true;
	case OPTION_NO_PROFILE_FIRST:
		settings->profile_last = true;
		return true;
	case OPTION_NO_PROFILE:
		settings->profile_none = true;
		return true;
	case OPTION_LIST:
		settings->list = true;
		return true;
	case OPTION_LOCK_WAIT:
		return options_parse_number("--lock-wait-timeout", value, 0,
		    INT32_MAX, &settings->wait_ms, err);
	}
	return true;
}

bool
settings_read(Settings *settings, int argc, char **argv, Error *err)
{
	OptionReader reader;
	const char *value;
	bool taken;
	Step step;
	int id;

	options_begin_common(&settings->common);
	settings->chunk_bytes = CHUNK_BYTES_DEFAULT;
	settings->wait_ms = SOURCE_WAIT_MS;
	/* no more conditions than arguments */
	settings->where = arena_alloc(
	    &settings->arena, (size_t)argc, sizeof(*settings->where), err);
	if (settings->where == NULL)
		return false;
	options_begin(&reader, &option_table, argc, argv);
	while ((step = options_next(&reader, &id, &value, err)) == STEP_ITEM) {
		if (!options_common(&settings->common, id, value, &taken, err))
			return false;
		if (!taken && !take_option(settings, id, value, err))
			return false;
		if (settings->help || settings->version)
			return true;
	}
	if (step == STEP_FAILED)
		return false;
	options_end_common(&settings->common);
	if (settings->database == NULL)
		return error_set(err, ERROR_USAGE,
		    "which database? try: litehaul-export app.db -f app.dump");
	return true;
}

void
settings_print_help(FILE *out)
{
	options_print_help(&option_table, out);
}

void
settings_print_version(FILE *out)
{
	options_print_version(&option_table, "SQLite " SQLITE_VERSION, out);
}

void
settings_free(Settings *settings)
{
	options_free_common(&settings->common);
	arena_free(&settings->arena);
}
