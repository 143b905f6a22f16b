#include "formats/options.h"

#include <string.h>
#include <strings.h>

#include "formats/guess.h"
#include "formats/manifest.h"

/* --help: width of the page, and of the column with the options' names. */
#define HELP_COLUMNS      80
#define HELP_NAME_COLUMNS 27

void
options_begin(
    OptionReader *reader, const OptionTable *table, int argc, char **argv)
{
	*reader = (OptionReader){
		.table = table, .argc = argc, .argv = argv, .at = 1
	};
}

static bool
has_optional_value(const Option *option)
{
	return option->value != NULL && option->value[0] == '[';
}

static const Option *
find_letter(const OptionTable *table, char letter)
{
	size_t i;

	for (i = 0; i < table->n_options; i++)
		if (table->options[i].letter == letter)
			return &table->options[i];
	return NULL;
}

static bool
report_unknown(
    const OptionReader *reader, const char *name, size_t size, Error *err)
{
	const OptionTable *table = reader->table;
	Guess guess = { .text = name, .size = size };
	size_t i;

	for (i = 0; i < table->n_options; i++)
		guess_offer(&guess, table->options[i].name);
	if (guess_best(&guess) != NULL)
		return error_set(err, ERROR_USAGE,
		    "unknown option --%.*s: did you mean --%s?", (int)size,
		    name, guess_best(&guess));
	return error_set(err, ERROR_USAGE,
	    "unknown option --%.*s; %s --help lists them all", (int)size, name,
	    table->program);
}

static const Option *
find_exact(const OptionTable *table, const char *name, size_t size)
{
	size_t i;

	for (i = 0; i < table->n_options; i++)
		if (strncmp(table->options[i].name, name, size) == 0 &&
		    table->options[i].name[size] == '\0')
			return &table->options[i];
	return NULL;
}

/* Find a long option by its name or a unique beginning of it. */
static const Option *
find_name(const OptionReader *reader, const char *name, size_t size, Error *err)
{
	const OptionTable *table = reader->table;
	const Option *option, *found = find_exact(table, name, size);
	size_t i;

	if (found != NULL)
		return found;
	for (i = 0; size > 0 && i < table->n_options; i++) {
		option = &table->options[i];
		if (strncmp(option->name, name, size) != 0)
			continue;
		if (found != NULL) {
			error_set(err, ERROR_USAGE,
			    "option --%.*s could be --%s or --%s", (int)size,
			    name, found->name, option->name);
			return NULL;
		}
		found = option;
	}
	if (found == NULL)
		report_unknown(reader, name, size, err);
	return found;
}

/* The next argument as an option's value. */
static Step
take_argument(OptionReader *reader, const char *dashes, const char *name,
    const Option *option, const char **value, Error *err)
{
	if (reader->at < reader->argc) {
		*value = reader->argv[reader->at++];
		return STEP_ITEM;
	}
	error_set(err, ERROR_USAGE, "option %s%s needs a value: %s%s", dashes,
	    name, option->value,
	    strcmp(name, "h") == 0 ? "; for help say --help" : "");
	return STEP_FAILED;
}

/* "--name", "--name=value", "--name value"; text is behind the dashes. */
static Step
take_long(OptionReader *reader, const char *text, int *id, const char **value,
    Error *err)
{
	const char *equals = strchr(text, '=');
	size_t size = equals == NULL ? strlen(text) : (size_t)(equals - text);
	const Option *option = find_name(reader, text, size, err);

	if (option == NULL)
		return STEP_FAILED;
	*id = option->id;
	*value = equals == NULL ? NULL : equals + 1;
	if (option->value == NULL && equals != NULL) {
		error_set(err, ERROR_USAGE, "option --%s takes no value",
		    option->name);
		return STEP_FAILED;
	}
	if (option->value == NULL || has_optional_value(option) ||
	    equals != NULL)
		return STEP_ITEM;
	return take_argument(reader, "--", option->name, option, value, err);
}

/* One letter of a cluster; the rest is its value if it wants one. */
static Step
take_letter(OptionReader *reader, int *id, const char **value, Error *err)
{
	char letter[2] = { *reader->cluster++, '\0' };
	const Option *option = find_letter(reader->table, letter[0]);
	const char *rest = reader->cluster;

	if (*rest == '\0')
		reader->cluster = NULL;
	if (option == NULL) {
		error_set(err, ERROR_USAGE,
		    "unknown option -%s; %s --help lists them all", letter,
		    reader->table->program);
		return STEP_FAILED;
	}
	*id = option->id;
	*value = NULL;
	if (option->value == NULL || has_optional_value(option))
		return STEP_ITEM;
	reader->cluster = NULL;
	if (*rest == '\0')
		return take_argument(reader, "-", letter, option, value, err);
	*value = *rest == '=' ? rest + 1 : rest;
	return STEP_ITEM;
}

Step
options_next(OptionReader *reader, int *id, const char **value, Error *err)
{
	const char *argument;

	if (reader->cluster != NULL)
		return take_letter(reader, id, value, err);
	if (!reader->operands_only && reader->at < reader->argc &&
	    strcmp(reader->argv[reader->at], "--") == 0) {
		reader->operands_only = true;
		reader->at++;
	}
	if (reader->at >= reader->argc)
		return STEP_END;
	argument = reader->argv[reader->at++];
	/* "-" alone is standard input or output. */
	if (reader->operands_only || argument[0] != '-' ||
	    argument[1] == '\0') {
		*id = OPTION_OPERAND;
		*value = argument;
		return STEP_ITEM;
	}
	if (argument[1] == '-')
		return take_long(reader, argument + 2, id, value, err);
	reader->cluster = argument + 1;
	return take_letter(reader, id, value, err);
}

/* Decimal digits at *text, which moves behind them. */
static bool
parse_digits(const char **text, uint64_t *value)
{
	const char *at = *text;

	*value = 0;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(
			*value, (uint64_t)(*at - '0'), value))
			return false;
	if (at == *text)
		return false;
	*text = at;
	return true;
}

bool
options_parse_size(
    const char *option, const char *text, uint64_t *bytes, Error *err)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = {
		{ "", 1 },
		{ "B", 1 },
		{ "K", 1 << 10 },
		{ "KiB", 1 << 10 },
		{ "kB", 1000 },
		{ "M", 1 << 20 },
		{ "MiB", 1 << 20 },
		{ "MB", 1000000 },
		{ "G", 1 << 30 },
		{ "GiB", 1 << 30 },
		{ "GB", 1000000000 },
	};
	const char *unit = text;
	uint64_t value;
	size_t i;

	if (!parse_digits(&unit, &value))
		return error_set(err, ERROR_USAGE,
		    "%s: \"%s\" is not a size such as 16MiB, 512KiB or "
		    "1000000",
		    option, text);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcasecmp(unit, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(value, units[i].bytes, &value))
			return error_set(err, ERROR_USAGE,
			    "%s: \"%s\" is too large", option, text);
		*bytes = value;
		return true;
	}
	return error_set(err, ERROR_USAGE,
	    "%s: unknown unit \"%s\", expected KiB, MiB or GiB", option, unit);
}

bool
options_parse_number(const char *option, const char *text, uint64_t from,
    uint64_t to, uint64_t *value, Error *err)
{
	const char *end = text;
	uint64_t parsed;

	if (!parse_digits(&end, &parsed) || *end != '\0' || parsed < from ||
	    parsed > to)
		return error_set(err, ERROR_USAGE,
		    "%s: \"%s\" is not a number from %llu to %llu", option,
		    text, (unsigned long long)from, (unsigned long long)to);
	*value = parsed;
	return true;
}

/* "  -f, --file=PATH"; returns its columns. */
static int
print_names(const Option *option, FILE *out)
{
	const char *value = option->value == NULL ? "" : option->value;
	const char *equals =
	    option->value == NULL || has_optional_value(option) ? "" : "=";

	if (option->letter == 0)
		return fprintf(
		    out, "      --%s%s%s", option->name, equals, value);
	return fprintf(out, "  -%c, --%s%s%s", option->letter, option->name,
	    equals, value);
}

/* Bytes of the words that fit on a line, at least one. */
static size_t
line_size(const char *text, size_t size, size_t columns)
{
	size_t i, best = 0;

	if (size <= columns)
		return size;
	for (i = 0; i < size && (i <= columns || best == 0); i++)
		if (text[i] == ' ')
			best = i;
	return best == 0 ? size : best;
}

/* The help of an option beside its names, lines broken at \n and where they
 * are too long. */
static void
print_help(const char *text, int printed, FILE *out)
{
	size_t size, part;

	if (printed > HELP_NAME_COLUMNS - 2) {
		fputc('\n', out);
		printed = 0;
	}
	for (;;) {
		fprintf(out, "%*s", HELP_NAME_COLUMNS - printed, "");
		size = strcspn(text, "\n");
		part = line_size(text, size, HELP_COLUMNS - HELP_NAME_COLUMNS);
		fprintf(out, "%.*s\n", (int)part, text);
		text += part;
		if (*text == '\0')
			return;
		text++;
		printed = 0;
	}
}

bool
options_take_once(
    const char **place, const char *value, const char *what, Error *err)
{
	if (*place != NULL)
		return error_set(err, ERROR_USAGE,
		    "one %s at a time: \"%s\" is one too many", what, value);
	*place = value;
	return true;
}

void
options_print_help(const OptionTable *table, FILE *out)
{
	size_t i, n;

	fprintf(out, "Usage: %s %s\n%s\n", table->program, table->usage,
	    table->summary);
	if (table->examples != NULL) {
		n = strlen(table->examples);
		fprintf(out, "\nExamples:\n%s%s", table->examples,
		    n > 0 && table->examples[n - 1] == '\n' ? "" : "\n");
	}
	fprintf(out, "\nOptions:\n");
	for (i = 0; i < table->n_options; i++)
		print_help(table->options[i].help,
		    print_names(&table->options[i], out), out);
}

void
options_print_version(
    const OptionTable *table, const char *libraries, FILE *out)
{
	fprintf(out, "%s %s (format %d%s%s)\n", table->program,
	    LITEHAUL_VERSION, MANIFEST_VERSION, libraries == NULL ? "" : ", ",
	    libraries == NULL ? "" : libraries);
}
