#include "import/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/ddl.h"

enum {
	OPTION_DBNAME = OPTION_OWN,
	OPTION_HOST,
	OPTION_PORT,
	OPTION_USERNAME,
	OPTION_NO_PASSWORD,
	OPTION_PASSWORD,
	OPTION_ROLE,
	OPTION_SCHEMA,
	OPTION_DATA_ONLY,
	OPTION_KEEP_FOREIGN_KEYS,
	OPTION_SCHEMA_ONLY,
	OPTION_CLEAN,
	OPTION_CHECK,
	OPTION_STATUS,
	OPTION_DESCRIBE,
};

static const Option options[] = {
	{ OPTION_DBNAME, 'd', "dbname", "TARGET",
	    "database: a name, \"host=db1 dbname=app\" or\n"
	    "postgresql://user@db1/app" },
	{ OPTION_HOST, 'h', "host", "HOST", "server or socket directory" },
	{ OPTION_PORT, 'p', "port", "PORT", "port of the server" },
	{ OPTION_USERNAME, 'U', "username", "NAME", "role to connect as" },
	{ OPTION_NO_PASSWORD, 'w', "no-password", NULL,
	    "never ask for a password" },
	{ OPTION_PASSWORD, 'W', "password", NULL,
	    "ask for a password before connecting" },
	{ OPTION_ROLE, 0, "role", "NAME", "SET ROLE before loading" },
	{ OPTION_SCHEMA, 'n', "schema", "NAME",
	    "schema in the target (default: the dump's, else public)" },
	{ OPTION_DATA_ONLY, 'a', "data-only", NULL,
	    "rows only, into tables that are there" },
	{ OPTION_KEEP_FOREIGN_KEYS, 0, "keep-foreign-keys", NULL,
	    "with -a: leave foreign keys in force (slow)" },
	{ OPTION_SCHEMA_ONLY, 's', "schema-only", NULL,
	    "tables, keys and indexes without rows" },
	{ OPTION_CLEAN, 0, "clean", NULL,
	    "drop the dump's tables in the target first" },
	{ OPTION_CHECK, 0, "check", NULL,
	    "is the dump whole? (reads all, needs no server)" },
	{ OPTION_STATUS, 0, "status", NULL,
	    "list the loads that the target knows of" },
	{ OPTION_DESCRIBE, 0, "describe", NULL,
	    "write what the target's tables are like, for\n"
	    "litehaul-transform --target (-n repeatable, \"*\": all)" },
	OPTIONS_SHARED_ROWS,
};

const OptionTable settings_options = {
	.program = "litehaul-import",
	.usage = "-d TARGET [OPTION]... [DUMP]",
	.summary = "loads a dump into PostgreSQL, in parallel, exactly once",
	.examples = "  litehaul-import -d postgresql://app@db1/app app.pg\n"
		    "  litehaul-export app.db | litehaul-transform | "
		    "litehaul-import -d app\n"
		    "  litehaul-import -d app --describe > target.json\n"
		    "  litehaul-import -d app -a fitted.pg\n"
		    "  litehaul-import --check app.pg\n"
		    "  litehaul-import -d app --status\n",
	.options = options,
	.n_options = sizeof options / sizeof options[0],
};

/* As many as argv may name. */
static bool
add_namespace(Settings *settings, int argc, const char *value, Error *err)
{
	if (settings->namespaces == NULL)
		settings->namespaces = arena_alloc(&settings->arena,
		    (size_t)argc, sizeof *settings->namespaces, err);
	if (settings->namespaces == NULL)
		return false;
	settings->namespaces[settings->n_namespaces++] = value;
	return true;
}

/* Take an option of our own. */
static bool
take_own(Settings *settings, int id, const char *value, Error *err)
{
	ServerTarget *target = &settings->target;

	switch (id) {
	case OPTION_DBNAME:
		target->dbname = value;
		return true;
	case OPTION_HOST:
		target->host = value;
		return true;
	case OPTION_PORT:
		target->port = value;
		return true;
	case OPTION_USERNAME:
		target->user = value;
		return true;
	case OPTION_NO_PASSWORD:
		target->never_ask = true;
		return true;
	case OPTION_PASSWORD:
		target->ask_password = true;
		return true;
	case OPTION_ROLE:
		target->role = value;
		return true;
	case OPTION_DATA_ONLY:
		settings->data_only = true;
		return true;
	case OPTION_KEEP_FOREIGN_KEYS:
		settings->keep_foreign_keys = true;
		return true;
	case OPTION_SCHEMA_ONLY:
		settings->schema_only = true;
		return true;
	case OPTION_CLEAN:
		settings->clean = true;
		return true;
	case OPTION_CHECK:
		settings->check = true;
		return true;
	case OPTION_STATUS:
		settings->status = true;
		return true;
	case OPTION_DESCRIBE:
		settings->describe = true;
		return true;
	case OPTION_HELP:
		settings->help = true;
		return true;
	case OPTION_VERSION:
		settings->version = true;
		return true;
	case OPTION_OPERAND:
		if (settings->dump != NULL)
			return error_set(err, ERROR_USAGE,
			    "one dump at a time: \"%s\" is one too many",
			    value);
		settings->dump = value;
		return true;
	}
	return error_set(err, ERROR_USAGE, "option %d is not known", id);
}

static bool
take_all(Settings *settings, int argc, char **argv, Error *err)
{
	OptionReader reader;
	const char *value;
	Step step;
	bool taken;
	int id;

	options_begin(&reader, &settings_options, argc, argv);
	while ((step = options_next(&reader, &id, &value, err)) == STEP_ITEM) {
		taken = false;
		if (id != OPTION_OPERAND && id != OPTION_HELP &&
		    id != OPTION_VERSION &&
		    !options_common(&settings->common, id, value, &taken, err))
			return false;
		if (id == OPTION_SCHEMA) {
			if (!add_namespace(settings, argc, value, err))
				return false;
			continue;
		}
		if (!taken && !take_own(settings, id, value, err))
			return false;
	}
	if (step == STEP_END)
		return true;
	/* Who knows other commands means help by it. */
	if (argc > 1 && strcmp(argv[argc - 1], "-h") == 0)
		return error_set(err, ERROR_USAGE,
		    "-h is the host of the server and needs a value. Try "
		    "--help for help");
	return false;
}

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

/* A target that nobody named could be the wrong database; libpq's default is
 * one with the user's name. */
static bool
find_target(ServerTarget *target, Error *err)
{
	if (target->dbname != NULL || target->host != NULL ||
	    target->port != NULL || is_set("PGHOST") || is_set("PGHOSTADDR") ||
	    is_set("PGDATABASE") || is_set("PGSERVICE"))
		return true;
	if (is_set("DATABASE_URL")) {
		target->dbname = getenv("DATABASE_URL");
		return true;
	}
	return error_set(err, ERROR_USAGE,
	    "no target is named. Use -d postgresql://user@host/database, or "
	    "set DATABASE_URL or PGHOST and PGDATABASE");
}

static bool
check_namespaces(const Settings *settings, Error *err)
{
	size_t i;

	if (settings->n_namespaces > 1 && !settings->describe)
		return error_set(err, ERROR_USAGE,
		    "one schema at a time: -n \"%s\" is one too many; several "
		    "are for --describe",
		    settings->namespaces[1]);
	for (i = 0; i < settings->n_namespaces; i++) {
		if (!ddl_check_name("schema", settings->namespaces[i], err)) {
			err->kind = ERROR_USAGE;
			return false;
		}
	}
	return true;
}

static bool
check_target(Settings *settings, Error *err)
{
	const ServerTarget *target = &settings->target;

	if (target->dbname != NULL &&
	    strncmp(target->dbname, "sqlite:", 7) == 0)
		return error_set(err, ERROR_USAGE,
		    "litehaul %s cannot load into SQLite yet",
		    LITEHAUL_VERSION);
	if (target->ask_password && target->never_ask)
		return error_set(
		    err, ERROR_USAGE, "-w and -W contradict each other");
	return check_namespaces(settings, err) &&
	    find_target(&settings->target, err);
}

/* Options that leave each other nothing to do, or undo each other. */
static bool
check_pairs(const Settings *settings, Error *err)
{
	const struct {
		bool both;
		const char *text;
	} pairs[] = {
		{ settings->clean && settings->status,
		    "--status changes nothing: leave out --clean" },
		{ settings->clean && settings->describe,
		    "--describe changes nothing: leave out --clean" },
		{ settings->status && settings->describe,
		    "--status and --describe are two things: one at a time" },
		{ settings->data_only && settings->schema_only,
		    "-a and -s contradict each other" },
		{ settings->keep_foreign_keys && !settings->data_only,
		    "--keep-foreign-keys goes with -a only: new tables get "
		    "theirs when the rows are there" },
		{ settings->data_only && settings->clean,
		    "-a adds to tables that are there and --clean drops them: "
		    "leave out one" },
	};
	size_t i;

	for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		if (pairs[i].both)
			return error_set(err, ERROR_USAGE, "%s", pairs[i].text);
	}
	return true;
}

bool
settings_read(Settings *settings, int argc, char **argv, Error *err)
{
	options_begin_common(&settings->common);
	if (!take_all(settings, argc, argv, err))
		return false;
	options_end_common(&settings->common);
	if (settings->help || settings->version)
		return true;
	if (!check_pairs(settings, err) ||
	    (!settings->check && !check_target(settings, err)))
		return false;
	if ((settings->status || settings->describe) && settings->dump != NULL)
		return error_set(err, ERROR_USAGE,
		    "%s reads no dump: leave out \"%s\"",
		    settings->status ? "--status" : "--describe",
		    settings->dump);
	if (settings->dump != NULL || settings->status || settings->describe)
		return true;
	settings->dump = "-";
	if (isatty(STDIN_FILENO))
		return error_set(err, ERROR_USAGE,
		    "no dump is named, and standard input is a terminal. Name "
		    "a directory, or pipe litehaul-transform into it");
	return true;
}

void
settings_free(Settings *settings)
{
	options_free_common(&settings->common);
	arena_free(&settings->arena);
}
