#include "import/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/number.h"

#include "import/ddl.h"
#include "import/secret.h"

enum {
	OPTION_DBNAME = OPTION_OWN,
	OPTION_HOST,
	OPTION_PORT,
	OPTION_USERNAME,
	OPTION_NO_PASSWORD,
	OPTION_PASSWORD,
	OPTION_ROLE,
	OPTION_MAX_DOWNTIME,
	OPTION_SCHEMA,
	OPTION_DATA_ONLY,
	OPTION_KEEP_FOREIGN_KEYS,
	OPTION_SCHEMA_ONLY,
	OPTION_CLEAN,
	OPTION_CHECK,
	OPTION_STATUS,
	OPTION_DESCRIBE,
	OPTION_ON_CONFLICT,
	OPTION_ORPHANS,
	OPTION_REJECTS,
	OPTION_MAX_REJECTS,
	OPTION_VERIFY,
	OPTION_VERIFY_ONLY,
	OPTION_PUBLISH,
	OPTION_ROLLBACK,
	OPTION_DISCARD,
	OPTION_UNDO,
	OPTION_BEFORE,
	OPTION_AFTER_TABLES,
	OPTION_AFTER,
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
	{ OPTION_MAX_DOWNTIME, 0, "max-downtime", "SECONDS",
	    "how long a lost server is waited for (default: 300)" },
	{ OPTION_SCHEMA, 'n', "schema", "NAME",
	    "schema in the target (default: the dump's, else public)" },
	{ OPTION_DATA_ONLY, 'a', "data-only", NULL,
	    "rows only, into tables that are there" },
	{ OPTION_KEEP_FOREIGN_KEYS, 0, "keep-foreign-keys", NULL,
	    "with -a: leave foreign keys in force (slow)" },
	{ OPTION_ON_CONFLICT, 0, "on-conflict", "WHAT",
	    "with -a, of a row whose key is there: error (default)\n"
	    "sets it aside, skip keeps what is there, update" },
	{ OPTION_ORPHANS, 0, "orphans", "WHAT",
	    "of a row without its parent: keep (default; the key\n"
	    "stays NOT VALID) or reject (set it aside)" },
	{ OPTION_REJECTS, 0, "rejects", "DIR",
	    "where rows that the server refuses are written" },
	{ OPTION_MAX_REJECTS, 0, "max-rejects", "N",
	    "stop when more rows are refused (default: no limit)" },
	{ OPTION_SCHEMA_ONLY, 's', "schema-only", NULL,
	    "tables, keys and indexes without rows" },
	{ OPTION_CLEAN, 0, "clean", NULL,
	    "drop the dump's tables in the target first" },
	{ OPTION_BEFORE, 0, "before", "FILE", "run this SQL first, once" },
	{ OPTION_AFTER_TABLES, 0, "after-tables", "FILE",
	    "run this SQL once when the tables are there" },
	{ OPTION_AFTER, 0, "after", "FILE",
	    "run this SQL once when all is loaded" },
	{ OPTION_VERIFY, 0, "verify", NULL,
	    "compare all of the target with the dump at the end" },
	{ OPTION_VERIFY_ONLY, 0, "verify-only", NULL,
	    "load nothing, compare what is there" },
	{ OPTION_PUBLISH, 0, "publish", NULL,
	    "load beside the live tables, then swap them at once" },
	{ OPTION_ROLLBACK, 0, "rollback", NULL,
	    "swap back what was published last" },
	{ OPTION_DISCARD, 0, "discard", NULL,
	    "drop what publications have replaced" },
	{ OPTION_UNDO, 0, "undo", "[=LOAD]",
	    "drop the tables that a load has made" },
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

/* A password in an argument is not for everybody to read, nor for messages
 * about that argument. */
static bool
hide_uris(Settings *settings, int argc, char **argv, Error *err)
{
	int i;

	settings->typed = arena_alloc(
	    &settings->arena, (size_t)argc + 1, sizeof *settings->typed, err);
	for (i = 0; settings->typed != NULL && i < argc; i++) {
		settings->typed[i] = argv[i];
		if (!secret_is_uri(argv[i]))
			continue;
		settings->typed[i] = arena_text(&settings->arena, argv[i], err);
		if (settings->typed[i] == NULL)
			return false;
		secret_hide(argv[i]);
	}
	return settings->typed != NULL;
}

/* Take what was typed at place in an argument. */
static bool
take_dbname(Settings *settings, int i, size_t place, char *argument, Error *err)
{
	settings->target.dbname =
	    arena_text(&settings->arena, settings->typed[i] + place, err);
	if (settings->target.dbname == NULL)
		return false;
	secret_hide(argument + place);
	return true;
}

static bool
read_downtime(const char *value, unsigned *seconds, Error *err)
{
	uint64_t number;

	/* A day is more patience than a pipe has. */
	if (!options_parse_number(
		"--max-downtime", value, 0, 86400, &number, err))
		return false;
	*seconds = (unsigned)number;
	return true;
}

static const struct {
	int option;
	Command command;
} commands[] = {
	{ OPTION_CHECK, COMMAND_CHECK },
	{ OPTION_VERIFY_ONLY, COMMAND_VERIFY },
	{ OPTION_STATUS, COMMAND_STATUS },
	{ OPTION_DESCRIBE, COMMAND_DESCRIBE },
	{ OPTION_ROLLBACK, COMMAND_ROLLBACK },
	{ OPTION_DISCARD, COMMAND_DISCARD },
};

/* As they are typed. */
static const char *const command_names[] = {
	[COMMAND_LOAD] = "",
	[COMMAND_CHECK] = "--check",
	[COMMAND_VERIFY] = "--verify-only",
	[COMMAND_STATUS] = "--status",
	[COMMAND_DESCRIBE] = "--describe",
	[COMMAND_ROLLBACK] = "--rollback",
	[COMMAND_DISCARD] = "--discard",
	[COMMAND_UNDO] = "--undo",
};

static bool
take_command(Settings *settings, Command command, Error *err)
{
	if (settings->command == COMMAND_LOAD || settings->command == command) {
		settings->command = command;
		return true;
	}
	return error_set(err, ERROR_USAGE,
	    "%s and %s are two things: one at a time",
	    command_names[settings->command], command_names[command]);
}

static bool
read_conflict(const char *value, Conflict *conflict, Error *err)
{
	static const char *const words[] = {
		[CONFLICT_ERROR] = "error",
		[CONFLICT_SKIP] = "skip",
		[CONFLICT_UPDATE] = "update",
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(value, words[i]) == 0) {
			*conflict = (Conflict)i;
			return true;
		}
	}
	return error_set(err, ERROR_USAGE,
	    "--on-conflict is \"error\", \"skip\" or \"update\", not \"%s\"",
	    value);
}

static bool
read_orphans(const char *value, Orphans *orphans, Error *err)
{
	*orphans = ORPHANS_REJECT;
	if (strcmp(value, "reject") == 0)
		return true;
	*orphans = ORPHANS_KEEP;
	return strcmp(value, "keep") == 0 ||
	    error_set(err, ERROR_USAGE,
		"--orphans is \"keep\" or \"reject\", not \"%s\"", value);
}

static bool
read_limit(const char *value, uint64_t *limit, Error *err)
{
	int64_t number;
	size_t size = strlen(value);

	if (!number_read_integer((const uint8_t *)value, size, &number) ||
	    number < 0)
		return error_set(err, ERROR_USAGE,
		    "--max-rejects is a number of rows, not \"%s\"", value);
	*limit = (uint64_t)number;
	return true;
}

/* What an option without a value sets; NULL for other options. */
static bool *
flag_of(Settings *settings, int id)
{
	switch (id) {
	case OPTION_NO_PASSWORD:
		return &settings->target.never_ask;
	case OPTION_PASSWORD:
		return &settings->target.ask_password;
	case OPTION_DATA_ONLY:
		return &settings->data_only;
	case OPTION_KEEP_FOREIGN_KEYS:
		return &settings->keep_foreign_keys;
	case OPTION_SCHEMA_ONLY:
		return &settings->schema_only;
	case OPTION_CLEAN:
		return &settings->clean;
	case OPTION_VERIFY:
		return &settings->verify;
	case OPTION_PUBLISH:
		return &settings->publish;
	case OPTION_HELP:
		return &settings->help;
	case OPTION_VERSION:
		return &settings->version;
	}
	return NULL;
}

/* Where the text of an option is kept as it is; NULL for other options. */
static const char **
text_of(Settings *settings, int id)
{
	switch (id) {
	case OPTION_HOST:
		return &settings->target.host;
	case OPTION_PORT:
		return &settings->target.port;
	case OPTION_USERNAME:
		return &settings->target.user;
	case OPTION_ROLE:
		return &settings->target.role;
	case OPTION_REJECTS:
		return &settings->rejects;
	case OPTION_BEFORE:
		return &settings->hooks[HOOK_BEFORE];
	case OPTION_AFTER_TABLES:
		return &settings->hooks[HOOK_AFTER_TABLES];
	case OPTION_AFTER:
		return &settings->hooks[HOOK_AFTER];
	}
	return NULL;
}

/* Take an option of our own. */
static bool
take_own(Settings *settings, int id, const char *value, Error *err)
{
	bool *flag = flag_of(settings, id);
	const char **text = text_of(settings, id);
	size_t i;

	if (flag != NULL) {
		*flag = true;
		return true;
	}
	if (text != NULL) {
		*text = value;
		return true;
	}
	switch (id) {
	case OPTION_MAX_DOWNTIME:
		return read_downtime(value, &settings->target.downtime_s, err);
	case OPTION_ON_CONFLICT:
		return read_conflict(value, &settings->conflict, err);
	case OPTION_ORPHANS:
		return read_orphans(value, &settings->orphans, err);
	case OPTION_MAX_REJECTS:
		return read_limit(value, &settings->max_rejects, err);
	case OPTION_UNDO:
		settings->undo = value;
		return take_command(settings, COMMAND_UNDO, err);
	case OPTION_OPERAND:
		return options_take_once(&settings->dump, value, "dump", err);
	}
	for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (commands[i].option == id)
			return take_command(settings, commands[i].command, err);
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
	int id, at;

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
		if (id == OPTION_DBNAME) {
			at = reader.at - 1;
			if (!take_dbname(settings, at,
				(size_t)(value - argv[at]), argv[at], err))
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

	if (settings->n_namespaces > 1 && settings->command != COMMAND_DESCRIBE)
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
	bool data = settings->data_only,
	     loads = settings->command == COMMAND_LOAD;
	const struct {
		bool both;
		const char *text;
	} pairs[] = {
		{ data && settings->schema_only,
		    "-a and -s contradict each other" },
		{ settings->keep_foreign_keys && !data,
		    "--keep-foreign-keys goes with -a only: new tables get "
		    "theirs when the rows are there" },
		{ settings->keep_foreign_keys &&
			settings->orphans == ORPHANS_REJECT,
		    "with --keep-foreign-keys the server refuses rows without "
		    "a parent: leave out --orphans=reject" },
		{ data && settings->clean,
		    "-a adds to tables that are there and --clean drops them: "
		    "leave out one" },
		{ settings->conflict != CONFLICT_ERROR && !data &&
			settings->command != COMMAND_VERIFY,
		    "--on-conflict goes with -a only: new tables are empty" },
		{ settings->publish && data,
		    "--publish makes new tables and -a loads into those that "
		    "are there: leave out one" },
		{ settings->publish && settings->schema_only,
		    "--publish without rows would publish nothing: leave out "
		    "-s" },
		{ settings->verify && settings->schema_only,
		    "there are no rows to verify with -s" },
	};
	size_t i;

	for (i = 0; !loads && i < HOOKS; i++) {
		if (settings->hooks[i] != NULL)
			return error_set(err, ERROR_USAGE,
			    "%s loads nothing: leave out \"%s\", which would "
			    "be run for a load",
			    command_names[settings->command],
			    settings->hooks[i]);
	}
	if (!loads &&
	    (settings->clean || settings->publish || settings->verify))
		return error_set(err, ERROR_USAGE,
		    "%s loads nothing: leave out %s",
		    command_names[settings->command],
		    settings->clean         ? "--clean"
			: settings->publish ? "--publish"
					    : "--verify");
	for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		if (pairs[i].both)
			return error_set(err, ERROR_USAGE, "%s", pairs[i].text);
	}
	return true;
}

/* Whoever names tables wants no others touched; an empty name of a load would
 * fit each of them. */
static bool
check_reach(const Settings *settings, Error *err)
{
	const CommonOptions *common = &settings->common;

	if (settings->undo != NULL && settings->undo[0] == '\0')
		return error_set(err, ERROR_USAGE,
		    "--undo= names no load: --status lists their ids");
	if (settings->command == COMMAND_LOAD ||
	    settings->command == COMMAND_VERIFY ||
	    common->n_include + common->n_exclude == 0)
		return true;
	return error_set(err, ERROR_USAGE,
	    "%s is for all tables: leave out -t and -T",
	    command_names[settings->command]);
}

/* Does the command look at the target alone? */
static bool
needs_no_dump(const Settings *settings)
{
	return settings->command >= COMMAND_STATUS &&
	    (settings->command != COMMAND_UNDO || settings->undo != NULL);
}

static bool
find_dump(Settings *settings, Error *err)
{
	if (needs_no_dump(settings)) {
		if (settings->dump == NULL)
			return true;
		return error_set(err, ERROR_USAGE,
		    "%s reads no dump: leave out \"%s\"",
		    command_names[settings->command], settings->dump);
	}
	if (settings->dump != NULL)
		return true;
	settings->dump = "-";
	if (isatty(STDIN_FILENO))
		return error_set(err, ERROR_USAGE,
		    "no dump is named, and standard input is a terminal. Name "
		    "a directory, or pipe litehaul-transform into it");
	return true;
}

bool
settings_read(Settings *settings, int argc, char **argv, Error *err)
{
	options_begin_common(&settings->common);
	settings->max_rejects = UINT64_MAX;
	settings->target.downtime_s = SERVER_DOWNTIME_S;
	if (!hide_uris(settings, argc, argv, err) ||
	    !take_all(settings, argc, argv, err))
		return false;
	options_end_common(&settings->common);
	if (settings->help || settings->version)
		return true;
	return check_pairs(settings, err) && check_reach(settings, err) &&
	    (settings->command == COMMAND_CHECK ||
		check_target(settings, err)) &&
	    find_dump(settings, err);
}

void
settings_free(Settings *settings)
{
	options_free_common(&settings->common);
	arena_free(&settings->arena);
}
