#include "formats/options.h"

#include <fnmatch.h>
#include <string.h>

#include "formats/guess.h"
#include "formats/pipeline.h"

/* More threads than any machine we know of has cores to spare; each takes
 * several chunks of memory. */
#define JOBS_LIMIT 256

/* -Z was not given: the default depends on where the dump goes. */
#define LEVEL_UNSET (-1)
/* Fast, and small enough to be worth it (zstd's own default). */
#define LEVEL_DEFAULT 3

void
options_begin_common(CommonOptions *common)
{
	*common = (CommonOptions){ .file = "-",
		.jobs = pipeline_cores(),
		.compression = { COMPRESS_NONE, LEVEL_UNSET } };
	if (common->jobs > JOBS_LIMIT)
		common->jobs = JOBS_LIMIT;
}

/* Append a pattern; the array is full at each power of two. */
static bool
add_pattern(const char ***patterns, size_t *n, const char *pattern,
    Arena *arena, Error *err)
{
	const char **grown;

	if ((*n & (*n - 1)) == 0) {
		grown = arena_alloc(
		    arena, *n == 0 ? 1 : 2 * *n, sizeof(*grown), err);
		if (grown == NULL)
			return false;
		if (*n > 0)
			memcpy(grown, *patterns, *n * sizeof(*grown));
		*patterns = grown;
	}
	(*patterns)[(*n)++] = pattern;
	return true;
}

/* One of two or three words; sets *which to its place. */
static bool
parse_word(const char *option, const char *text, const char *const *words,
    size_t n, size_t *which, Error *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(text, words[i]) == 0) {
			*which = i;
			return true;
		}
	}
	return error_set(err, ERROR_USAGE,
	    "%s: \"%s\" is not one of %s, %s%s%s", option, text, words[0],
	    words[1], n > 2 ? ", " : "", n > 2 ? words[2] : "");
}

static bool
take_report(CommonOptions *common, int id, const char *value, Error *err)
{
	static const char *const when[] = { "auto", "always", "never" };
	static const char *const formats[] = { "text", "json" };
	size_t which = 0;

	if (id == OPTION_PROGRESS) {
		if (!parse_word("--progress", value, when, 3, &which, err))
			return false;
		common->report.progress = (ReportProgress)which;
	} else {
		if (!parse_word("--log-format", value, formats, 2, &which, err))
			return false;
		common->report.json = which == 1;
	}
	return true;
}

bool
options_common(
    CommonOptions *common, int id, const char *value, bool *taken, Error *err)
{
	uint64_t jobs;

	*taken = true;
	switch (id) {
	case OPTION_FILE:
		if (*value == '\0')
			return error_set(
			    err, ERROR_USAGE, "--file: the name is empty");
		common->file = value;
		return true;
	case OPTION_JOBS:
		if (!options_parse_number(
			"--jobs", value, 1, JOBS_LIMIT, &jobs, err))
			return false;
		common->jobs = (unsigned)jobs;
		return true;
	case OPTION_TABLE:
		return add_pattern(&common->include, &common->n_include, value,
		    &common->arena, err);
	case OPTION_EXCLUDE_TABLE:
		return add_pattern(&common->exclude, &common->n_exclude, value,
		    &common->arena, err);
	case OPTION_COMPRESS:
		return compress_parse(value, &common->compression, err);
	case OPTION_DRY_RUN:
		common->dry_run = true;
		return true;
	case OPTION_PROGRESS:
	case OPTION_LOG_FORMAT:
		return take_report(common, id, value, err);
	case OPTION_VERBOSE:
		common->report.verbose = true;
		return true;
	case OPTION_QUIET:
		common->report.quiet = true;
		return true;
	default:
		*taken = false;
		return true;
	}
}

void
options_end_common(CommonOptions *common)
{
	if (common->compression.level != LEVEL_UNSET)
		return;
	/* Both ends of a pipe share this machine's cores. */
	common->compression = strcmp(common->file, "-") == 0
	    ? (Compression){ COMPRESS_NONE, 0 }
	    : (Compression){ COMPRESS_ZSTD, LEVEL_DEFAULT };
}

void
options_free_common(CommonOptions *common)
{
	arena_free(&common->arena);
	common->include = common->exclude = NULL;
	common->n_include = common->n_exclude = 0;
}

static bool
matches(const char *pattern, const char *name)
{
	return fnmatch(pattern, name, FNM_CASEFOLD) == 0;
}

static bool
matches_any(const char *const *patterns, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (matches(patterns[i], name))
			return true;
	return false;
}

bool
options_want_table(const CommonOptions *common, const char *name)
{
	return (common->n_include == 0 ||
		   matches_any(common->include, common->n_include, name)) &&
	    !matches_any(common->exclude, common->n_exclude, name);
}

static bool
check_pattern(const char *option, const char *pattern, const char *const *names,
    size_t n, Error *err)
{
	Guess guess = { .text = pattern, .size = strlen(pattern) };
	size_t i;

	for (i = 0; i < n; i++) {
		if (matches(pattern, names[i]))
			return true;
		guess_offer(&guess, names[i]);
	}
	if (guess_best(&guess) != NULL)
		return error_set(err, ERROR_USAGE,
		    "%s: no table matches \"%s\": did you mean \"%s\"?", option,
		    pattern, guess_best(&guess));
	return error_set(
	    err, ERROR_USAGE, "%s: no table matches \"%s\"", option, pattern);
}

bool
options_check_patterns(
    const CommonOptions *common, const char *const *names, size_t n, Error *err)
{
	size_t i;

	for (i = 0; i < common->n_include; i++)
		if (!check_pattern(
			"--table", common->include[i], names, n, err))
			return false;
	for (i = 0; i < common->n_exclude; i++)
		if (!check_pattern(
			"--exclude-table", common->exclude[i], names, n, err))
			return false;
	return true;
}
