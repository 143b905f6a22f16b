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
	OPTION_SCHEMA_ONLY,
	OPTION_CLEAN,
	OPTION_CHECK,
	OPTION_STATUS,
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
	    "schema in the target (default: public)" },
	{ OPTION_SCHEMA_ONLY, 's', "schema-only", NULL,
	    "tables, keys and indexes without rows" },
	{ OPTION_CLEAN, 0, "clean", NULL,
	    "drop the dump's tables in the target first" },
	{ OPTION_CHECK, 0, "check", NULL,
	    "is the dump whole? (reads all, needs no server)" },
	{ OPTION_STATUS, 0, "status", NULL,
	    "list the loads that the target knows of" },
	OPTIONS_SHARED_ROWS,
};

const OptionTable settings_options = {
	.program = "litehaul-import",
	.usage = "-d TARGET [OPTION]... [DUMP]",
	.summary = "loads a dump into PostgreSQL, in parallel, exactly once",
	.examples = "  litehaul-import -d postgresql://app@db1/app app.pg\n"
		    "  litehaul-export app.db | litehaul-transform | "
		    "litehaul-import -d app\n"
		    "  litehaul-import --check app.pg\n"
		    "  litehaul-import -d app --status\n",
	.options = options,
	.n_options = sizeof options / sizeof options[0],
};

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
	case OPTION_SCHEMA:
		settings->namespace = value;
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
	if (settings->clean && settings->status)
		return error_set(err, ERROR_USAGE,
		    "--status changes nothing: leave out --clean");
	if (!ddl_check_name("schema", settings->namespace, err)) {
		err->kind = ERROR_USAGE;
		return false;
	}
	return find_target(&settings->target, err);
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
	if (settings->namespace == NULL)
		settings->namespace = "public";
	if (!settings->check && !check_target(settings, err))
		return false;
	if (settings->status && settings->dump != NULL)
		return error_set(err, ERROR_USAGE,
		    "--status reads no dump: leave out \"%s\"", settings->dump);
	if (settings->dump != NULL || settings->status)
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
}
