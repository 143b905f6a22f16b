#include <string.h>

#include "formats/io.h"

#include "transform/reason.h"
#include "transform/rejects.h"

/* A percentage is counted in millionths of all rows. */
#define DECIMALS 4
#define MILLION  UINT64_C(1000000)

static size_t
read_digits(const char *text, uint64_t *number, bool *over)
{
	size_t n = strspn(text, "0123456789");

	for (size_t i = 0; i < n; i++)
		*over |= __builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(
			*number, (unsigned)(text[i] - '0'), number);
	return n;
}

static bool
parse_share(const char *text, uint64_t whole, RejectLimit *limit)
{
	size_t n = 0;
	bool over = false;

	if (*text == '.') {
		n = read_digits(++text, &whole, &over);
		if (n == 0 || n > DECIMALS)
			return false;
	}
	if (strcmp(text + n, "%") != 0)
		return false;
	for (; n < DECIMALS; n++)
		over |= __builtin_mul_overflow(whole, 10, &whole);
	limit->kind = REJECTS_SHARE;
	limit->millionths = whole;
	return !over && whole <= MILLION;
}

bool
rejects_parse_limit(const char *text, RejectLimit *limit, Error *err)
{
	RejectLimit read = { .kind = REJECTS_ROWS, .text = text };
	bool over = false;
	size_t n = read_digits(text, &read.rows, &over);

	if (n > 0 && !over &&
	    (text[n] == '\0' || parse_share(text + n, read.rows, &read))) {
		*limit = read;
		return true;
	}
	return error_set(err, ERROR_USAGE,
	    "--max-rejects: \"%s\" is neither a number of rows nor a "
	    "percentage, as 1000 or 0.5%% is",
	    text);
}

uint64_t
rejects_expected_rows(const DumpReader *reader, const bool *wanted)
{
	const Schema *schema = dump_schema(reader);
	const Manifest *manifest = dump_manifest(reader);
	const Profile *profile = dump_profile(reader);
	uint64_t rows = 0;

	/* The evidence of rows set aside is that of the whole they are from. */
	if (manifest == NULL && (profile == NULL || schema->rejects_round > 0))
		return 0;
	for (size_t i = 0; i < schema->n_tables; i++)
		if (wanted[i])
			rows += manifest != NULL ? manifest->tables[i].rows
						 : profile->tables[i].rows;
	return rows;
}

const char *
rejects_default_path(
    const char *file, const Schema *source, Arena *arena, Error *err)
{
	bool stream = strcmp(file, "-") == 0;
	const char *base = stream ? "litehaul" : file;
	int size = (int)io_path_size(base);
	const char *joint = stream ? "-rejects" : ".rejects";

	if (source->rejects_round == 0)
		return arena_format(arena, err, "%.*s%s", size, base, joint);
	return arena_format(arena, err, "%.*s%s-%llu", size, base, joint,
	    (unsigned long long)source->rejects_round + 1);
}

bool
rejects_begin_check(
    const char *path, const char *input, const char *output, Error *err)
{
	if (strcmp(path, "-") == 0)
		return error_set(err, ERROR_USAGE,
		    "--rejects: rows are set aside in a directory, not on "
		    "standard output");
	if (input != NULL && strcmp(input, "-") != 0 && io_is_same(path, input))
		return error_set(err, ERROR_USAGE,
		    "\"%s\" is the dump that is read: rows cannot be set aside "
		    "there; name another place with --rejects=DIR",
		    path);
	if (strcmp(output, "-") != 0 && io_is_same(path, output))
		return error_set(err, ERROR_USAGE,
		    "\"%s\" is the dump that is written: rows cannot be set "
		    "aside there; name another place with --rejects=DIR",
		    path);
	return true;
}

static bool
is_over(const RejectLimit *limit, uint64_t rows, uint64_t total)
{
	uint64_t share, allowed;

	switch (limit->kind) {
	case REJECTS_ROWS:
		return rows > limit->rows;
	case REJECTS_SHARE:
		/* Nobody has 18 trillion rows. */
		return total > 0 &&
		    (__builtin_mul_overflow(rows, MILLION, &share) ||
			__builtin_mul_overflow(
			    total, limit->millionths, &allowed) ||
			share > allowed);
	case REJECTS_UNLIMITED:
		break;
	}
	return false;
}

static bool
put_excess(Rejects *rejects, uint64_t total, Buf *out, Error *err)
{
	char count[REASON_COUNT_BYTES], all[REASON_COUNT_BYTES];
	const char *text = rejects->limit.text;
	const ManifestReason *reasons;
	size_t n;

	if (!buf_put_text(out, reason_count(rejects->rows, count), err))
		return false;
	if (rejects->limit.kind == REJECTS_SHARE &&
	    !buf_put_format(out, err, " of %s", reason_count(total, all)))
		return false;
	if (!buf_put_format(out, err,
		" row%s set aside, more than --max-rejects=%s",
		rejects->rows == 1 && rejects->limit.kind == REJECTS_ROWS
		    ? " was"
		    : "s were",
		text))
		return false;
	reasons = rejects_reasons(rejects, &n);
	return n == 0 ||
	    (buf_put_text(out, "; most: ", err) &&
		rejects_put_reason(out, &reasons[0], err));
}

bool
rejects_check_limit(Rejects *rejects, uint64_t total, Error *err)
{
	Buf buf = { 0 };
	const char *text = NULL;

	if (!is_over(&rejects->limit, rejects->rows, total))
		return true;
	/* Nobody is to take a part of the rows for all of them.  Should they
	 * stay, their name says that they are not complete. */
	if (rejects->writer != NULL)
		(void)!dump_remove(rejects->writer, err);
	if (put_excess(rejects, total, &buf, err))
		text = buf_text(&buf, err);
	if (text != NULL)
		error_set(err, ERROR_FAILED, "%s", text);
	buf_free(&buf);
	return false;
}
