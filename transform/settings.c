#include "transform/settings.h"

#include <string.h>
#include <unistd.h>

enum {
	OPTION_MAPPING = OPTION_OWN,
	OPTION_SUGGEST,
	OPTION_EXPLAIN,
	OPTION_TARGET,
	OPTION_REJECTS,
	OPTION_MAX_REJECTS,
	OPTION_ON_ERROR,
	OPTION_RENAME_MAP,
};

static const Option option_rows[] = {
	{ OPTION_MAPPING, 'm', "mapping", "FILE",
	    "what you decide yourself: litehaul-mapping(5)" },
	{ OPTION_TARGET, 0, "target", "FILE",
	    "fit the dump to an existing schema, as\n"
	    "litehaul-import --describe writes it" },
	{ OPTION_SUGGEST, 0, "suggest", NULL,
	    "print a mapping file for this dump, with the\n"
	    "evidence as comments, and stop" },
	{ OPTION_EXPLAIN, 0, "explain", "[=TABLE[.COLUMN]]",
	    "print each column's type and why, and stop" },
	OPTIONS_OUTPUT_ROWS,
	{ OPTION_REJECTS, 0, "rejects", "DIR",
	    "where rows that do not fit are set aside\n"
	    "(default: PATH.rejects, or litehaul-rejects)" },
	{ OPTION_MAX_REJECTS, 0, "max-rejects", "N|P%",
	    "fail once more rows than that are set aside" },
	{ OPTION_ON_ERROR, 0, "on-error", "WHAT",
	    "what to do with a value that does not fit:\n"
	    "reject its row (default), null, or stop" },
	{ OPTION_RENAME_MAP, 0, "rename-map", "FILE",
	    "write old and new names there, as JSON" },
	OPTIONS_SHARED_ROWS,
};

static const OptionTable option_table = {
	.program = "litehaul-transform",
	.usage = "[OPTION]... [DUMP]",
	.summary = "Turn a dump of a SQLite database into one for PostgreSQL.",
	.examples = "  litehaul-export app.db | litehaul-transform |\n"
		    "      litehaul-import -d postgresql:///app\n"
		    "  litehaul-transform app.dump -f app.pg\n"
		    "  litehaul-transform --suggest app.dump > mapping.yaml\n"
		    "  litehaul-transform -m mapping.yaml app.dump -f app.pg\n"
		    "  litehaul-transform --explain=users.age app.dump\n",
	.options = option_rows,
	.n_options = sizeof option_rows / sizeof *option_rows,
};

static bool
parse_policy(const char *text, Policy *policy, Error *err)
{
	static const char *const names[] = {
		[POLICY_REJECT] = "reject",
		[POLICY_NULL] = "null",
		[POLICY_STOP] = "stop",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], text) == 0) {
			*policy = (Policy)i;
			return true;
		}
	return error_set(err, ERROR_USAGE,
	    "--on-error: \"%s\" is not reject, null or stop", text);
}

/* One of the things that are printed instead of a dump. */
static bool
choose_action(Settings *settings, SettingsAction action, Error *err)
{
	if (settings->action != SETTINGS_CONVERT && settings->action != action)
		return error_set(err, ERROR_USAGE,
		    "--suggest and --explain print different things: ask for "
		    "one of them");
	settings->action = action;
	return true;
}

static bool
take_own(Settings *settings, int id, const char *value, Error *err)
{
	switch (id) {
	case OPTION_HELP:
		settings->help = true;
		return true;
	case OPTION_VERSION:
		settings->version = true;
		return true;
	case OPTION_MAPPING:
		/* Two would have to be merged, and nobody could tell how. */
		return options_take_once(
		    &settings->mapping, value, "mapping file", err);
	case OPTION_TARGET:
		settings->target = value;
		return true;
	case OPTION_REJECTS:
		settings->rejects = value;
		return true;
	case OPTION_RENAME_MAP:
		settings->rename_map = value;
		return true;
	case OPTION_MAX_REJECTS:
		return rejects_parse_limit(value, &settings->limit, err);
	case OPTION_ON_ERROR:
		return parse_policy(value, &settings->policy, err);
	case OPTION_SUGGEST:
		return choose_action(settings, SETTINGS_SUGGEST, err);
	case OPTION_EXPLAIN:
		settings->explained = value;
		return choose_action(settings, SETTINGS_EXPLAIN, err);
	case OPTION_OPERAND:
		return options_take_once(&settings->dump, value, "dump", err);
	default:
		return error_set(
		    err, ERROR_USAGE, "option %d is not for us", id);
	}
}

static bool
take_option(Settings *settings, int id, const char *value, Error *err)
{
	bool taken;

	if (!options_common(&settings->common, id, value, &taken, err))
		return false;
	return taken || take_own(settings, id, value, err);
}

bool
settings_read(Settings *settings, int argc, char **argv, Error *err)
{
	OptionReader reader;
	const char *value;
	Step step;
	int id;

	options_begin_common(&settings->common);
	options_begin(&reader, &option_table, argc, argv);
	while ((step = options_next(&reader, &id, &value, err)) == STEP_ITEM) {
		if (!take_option(settings, id, value, err))
			return false;
		if (settings->help || settings->version)
			return true;
	}
	if (step == STEP_FAILED)
		return false;
	options_end_common(&settings->common);
	if (settings->common.dry_run && settings->action == SETTINGS_CONVERT)
		settings->action = SETTINGS_PLAN;
	if (settings->dump == NULL && isatty(STDIN_FILENO))
		return error_set(err, ERROR_USAGE,
		    "no dump is named, and standard input is a terminal. "
		    "Try litehaul-transform --help");
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
	options_print_version(&option_table, NULL, out);
}

void
settings_free(Settings *settings)
{
	options_free_common(&settings->common);
}
