#include "transform/match_evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/datetime.h"
#include "formats/literal.h"
#include "transform/declared.h"
#include "transform/findings.h"
#include "transform/infer.h"
#include "transform/reason.h"

/* Integers up to here are floats exactly: 24 bits. */
#define REAL_INTEGER_LIMIT ((int64_t)1 << 24)
/* More bytes than any double's shortest text ("-2.2250738585072014e-308"). */
#define REAL_TEXT_BYTES 25
/* "2024-02-29 13:05:07.123456": what PostgreSQL keeps of a moment. */
#define MICROSECOND_BYTES 26

/* The hypothesis that stands for a type; FITS_COUNT for none. */
static Fits
fits_of(TypeName name)
{
	static const Fits fits[TYPE_COUNT] = {
		[TYPE_TEXT] = FITS_TEXT,
		[TYPE_BIGINT] = FITS_BIGINT,
		[TYPE_BOOLEAN] = FITS_BOOLEAN,
		[TYPE_BYTEA] = FITS_COUNT,
		[TYPE_CHAR] = FITS_TEXT,
		[TYPE_DATE] = FITS_DATE,
		[TYPE_DOUBLE] = FITS_DOUBLE,
		[TYPE_INTEGER] = FITS_BIGINT,
		[TYPE_JSON] = FITS_JSON,
		[TYPE_JSONB] = FITS_JSONB,
		[TYPE_NUMERIC] = FITS_NUMERIC,
		[TYPE_REAL] = FITS_DOUBLE,
		[TYPE_SMALLINT] = FITS_BIGINT,
		[TYPE_TIME] = FITS_TIME,
		[TYPE_TIMESTAMP] = FITS_TIMESTAMP,
		[TYPE_TIMESTAMPTZ] = FITS_TIMESTAMP,
		[TYPE_UUID] = FITS_UUID,
		[TYPE_VARCHAR] = FITS_TEXT,
	};

	return fits[name];
}

static uint64_t
numbers_of(const ColumnProfile *profile)
{
	return profile->classes[VALUE_INTEGER] + profile->classes[VALUE_REAL];
}

/* Values that do not fit the hypothesis; numbers are text and JSON too. */
static uint64_t
misfits_of(Fits fits, const ColumnProfile *profile)
{
	uint64_t good = profile->fits[fits];

	if (fits == FITS_TEXT || fits == FITS_JSON || fits == FITS_JSONB)
		good += numbers_of(profile);
	return infer_values(profile) - good;
}

static MatchVerdict
judge_text(Type type, const ColumnProfile *profile)
{
	uint64_t length = (uint64_t)type.length;
	uint64_t integers = profile->classes[VALUE_INTEGER];
	char digits[32];

	if (misfits_of(FITS_TEXT, profile) > 0)
		return MATCH_MISFITS;
	if (length == 0)
		return MATCH_FITS;
	if (profile->text_characters_max > length)
		return MATCH_MISFITS;
	/* The ends of the range are the longest of it. */
	if (integers > 0 &&
	    ((uint64_t)snprintf(digits, sizeof digits, "%lld",
		 (long long)profile->integer_min) > length ||
		(uint64_t)snprintf(digits, sizeof digits, "%lld",
		    (long long)profile->integer_max) > length))
		return MATCH_MISFITS;
	return profile->classes[VALUE_REAL] > 0 && length < REAL_TEXT_BYTES
	    ? MATCH_UNSURE
	    : MATCH_FITS;
}

/* A whole number may be a REAL or a text as well; of these the evidence knows
 * the range, or at least the digits. */
static MatchVerdict
judge_integers(
    int64_t min, int64_t max, unsigned digits, const ColumnProfile *profile)
{
	bool real = profile->classes[VALUE_REAL] > 0;

	if (misfits_of(FITS_BIGINT, profile) > 0)
		return MATCH_MISFITS;
	if (profile->classes[VALUE_INTEGER] > 0 &&
	    (profile->integer_min < min || profile->integer_max > max))
		return MATCH_MISFITS;
	if (real &&
	    (profile->real_min < (double)min ||
		profile->real_max > (double)max))
		return MATCH_MISFITS;
	if (profile->classes[VALUE_TEXT] > 0 &&
	    profile->integral_digits_max > digits)
		return MATCH_UNSURE;
	return MATCH_FITS;
}

static MatchVerdict
judge_real(const ColumnProfile *profile)
{
	if (misfits_of(FITS_DOUBLE, profile) > 0)
		return MATCH_MISFITS;
	if (profile->classes[VALUE_INTEGER] == infer_values(profile) &&
	    profile->integer_min >= -REAL_INTEGER_LIMIT &&
	    profile->integer_max <= REAL_INTEGER_LIMIT)
		return MATCH_FITS;
	return MATCH_UNSURE;
}

static MatchVerdict
judge_numeric(Type type, const Column *column, const ColumnProfile *profile)
{
	if (!infer_holds(type, profile))
		return MATCH_MISFITS;
	/* Digits of reals are measured where they are likely. */
	return type.precision > 0 && profile->classes[VALUE_REAL] > 0 &&
		column->affinity != AFFINITY_NUMERIC
	    ? MATCH_UNSURE
	    : MATCH_FITS;
}

/* In a column that does not declare JSON only objects and arrays were looked
 * at: what the evidence counts against it may be JSON still. */
static MatchVerdict
judge_json(Type type, const Column *column, const ColumnProfile *profile)
{
	Declared declared = declared_parse(column->declared, column->affinity);
	const Counter *counter = &profile->counter[fits_of(type.name)];

	if (infer_holds(type, profile))
		return MATCH_FITS;
	if (declared.family == DECLARED_JSON || counter->row == 0 ||
	    counter->class != VALUE_TEXT || counter->text == NULL ||
	    strlen(counter->text) >= PROFILE_SAMPLE_BYTES || profile->empty > 0)
		return MATCH_MISFITS;
	return literal_json((const uint8_t *)counter->text,
		   strlen(counter->text), NULL) == LITERAL_JSONB
	    ? MATCH_UNSURE
	    : MATCH_MISFITS;
}

MatchVerdict
match_evidence_judge(
    Type type, const Column *column, const ColumnProfile *profile)
{
	switch (type.name) {
	case TYPE_TEXT:
	case TYPE_CHAR:
	case TYPE_VARCHAR:
		return judge_text(type, profile);
	case TYPE_SMALLINT:
		return judge_integers(INT16_MIN, INT16_MAX, 4, profile);
	case TYPE_INTEGER:
		return judge_integers(INT32_MIN, INT32_MAX, 9, profile);
	case TYPE_REAL:
		return judge_real(profile);
	case TYPE_NUMERIC:
		return judge_numeric(type, column, profile);
	case TYPE_JSON:
	case TYPE_JSONB:
		return judge_json(type, column, profile);
	case TYPE_BYTEA:
		/* The bytes of a number's digits are what nobody means. */
		return numbers_of(profile) > 0 ? MATCH_MISFITS : MATCH_FITS;
	case TYPE_BIGINT:
	case TYPE_BOOLEAN:
	case TYPE_DATE:
	case TYPE_DOUBLE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_UUID:
	case TYPE_COUNT:
		break;
	}
	return infer_holds(type, profile) ? MATCH_FITS : MATCH_MISFITS;
}

const char *
match_evidence_doubt(TypeName name)
{
	static const char not_looked_at[] =
	    "not all values are objects or arrays, and others were not looked "
	    "at";
	static const char many_digits[] =
	    "some numbers in text have many digits";
	static const char long_real[] = "the text of a real may be too long";
	static const char *const doubts[TYPE_COUNT] = {
		[TYPE_CHAR] = long_real,
		[TYPE_INTEGER] = many_digits,
		[TYPE_JSON] = not_looked_at,
		[TYPE_JSONB] = not_looked_at,
		[TYPE_NUMERIC] = "how many digits the reals have is not known",
		[TYPE_REAL] = "real keeps 24 bits of a number",
		[TYPE_SMALLINT] = many_digits,
		[TYPE_VARCHAR] = long_real,
	};

	return doubts[name] == NULL ? "not all values may fit" : doubts[name];
}

static const char *
describe_count(uint64_t misfits, uint64_t values, const Counter *counter,
    Arena *arena, Error *err)
{
	char count[REASON_COUNT_BYTES], all[REASON_COUNT_BYTES];
	const char *value = NULL;

	if (counter != NULL && counter->row != 0) {
		value = findings_value(counter, arena, err);
		if (value == NULL)
			return NULL;
	}
	return arena_format(arena, err, "%s of %s value%s %s not fit%s%s",
	    reason_count(misfits, count), reason_count(values, all),
	    values == 1 ? "" : "s", misfits == 1 ? "does" : "do",
	    value == NULL ? "" : ", first ", value == NULL ? "" : value);
}

/* Each value is of the kind, but too long or too large for the type. */
static const char *
describe_range(
    Type type, const ColumnProfile *profile, Arena *arena, Error *err)
{
	char count[REASON_COUNT_BYTES];

	if (type.length > 0 &&
	    profile->text_characters_max > (uint64_t)type.length)
		return arena_format(arena, err,
		    "the longest value has %s characters",
		    reason_count(profile->text_characters_max, count));
	if (type.name == TYPE_NUMERIC)
		return arena_format(arena, err,
		    "some values have more digits (up to %u before the point "
		    "and %u behind it)",
		    profile->integral_digits_max, profile->scale_max);
	if (type.name == TYPE_TIMESTAMP)
		return arena_format(arena, err,
		    "%s value%s a time zone, which the type cannot keep",
		    reason_count(profile->zoned, count),
		    profile->zoned == 1 ? " has" : "s have");
	if (type.name == TYPE_BYTEA)
		return arena_format(arena, err, "%s value%s",
		    reason_count(numbers_of(profile), count),
		    numbers_of(profile) == 1 ? " is a number"
					     : "s are numbers");
	if (profile->classes[VALUE_INTEGER] > 0)
		return arena_format(arena, err,
		    "the integers run from %lld to %lld",
		    (long long)profile->integer_min,
		    (long long)profile->integer_max);
	return arena_format(arena, err, "the reals run from %.17g to %.17g",
	    profile->real_min, profile->real_max);
}

const char *
match_evidence_describe(
    Type type, const ColumnProfile *profile, Arena *arena, Error *err)
{
	Fits fits = fits_of(type.name);
	uint64_t misfits;

	if (fits == FITS_COUNT || misfits_of(fits, profile) == 0)
		return describe_range(type, profile, arena, err);
	misfits = misfits_of(fits, profile);
	return describe_count(misfits, infer_values(profile),
	    &profile->counter[fits], arena, err);
}

/* Words SQLite does not take for a name (lang_keywords.html) and a schema may
 * have all the same; sorted. */
static const char *const keywords[] = { "add", "all", "and", "as", "between",
	"case", "check", "commit", "constraint", "create", "default", "delete",
	"distinct", "drop", "escape", "exists", "foreign", "from", "group",
	"having", "in", "index", "insert", "into", "is", "join", "limit", "not",
	"nothing", "null", "on", "or", "order", "primary", "references",
	"returning", "select", "set", "table", "then", "to", "transaction",
	"union", "unique", "update", "using", "values", "when", "where" };

static int
compare_keyword(const void *name, const void *keyword)
{
	return strcasecmp(name, *(const char *const *)keyword);
}

static bool
is_plain(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				      "0123456789";

	return *name != '\0' && (*name < '0' || *name > '9') &&
	    name[strspn(name, letters)] == '\0' &&
	    bsearch(name, keywords, sizeof keywords / sizeof *keywords,
		sizeof *keywords, compare_keyword) == NULL;
}

const char *
match_evidence_name(const char *column, Arena *arena, Error *err)
{
	char *quoted, *out;

	if (is_plain(column))
		return column;
	/* A quote becomes two of them, each behind a backslash. */
	quoted = arena_alloc(arena, strlen(column) * 4 + 5, 1, err);
	if (quoted == NULL)
		return NULL;
	out = quoted;
	*out++ = '\\';
	*out++ = '"';
	for (; *column != '\0'; column++) {
		if (*column == '"') {
			memcpy(out, "\\\"\\", 3);
			out += 3;
		} else if (*column == '\\') {
			*out++ = '\\';
		}
		*out++ = *column;
	}
	memcpy(out, "\\\"", 3);
	return quoted;
}

/* Ticks of .NET: a moment with a seventh digit behind the point, and perhaps a
 * zone. */
static bool
is_moment_of_ticks(const Counter *counter, bool *zoned)
{
	uint8_t cut[PROFILE_SAMPLE_BYTES + 1];
	const char *text = counter->text;
	DateTime moment;
	size_t size;

	if (counter->row == 0 || counter->class != VALUE_TEXT || text == NULL)
		return false;
	size = strlen(text);
	if (size <= MICROSECOND_BYTES || size > PROFILE_SAMPLE_BYTES ||
	    text[MICROSECOND_BYTES] < '0' || text[MICROSECOND_BYTES] > '9')
		return false;
	memcpy(cut, text, MICROSECOND_BYTES);
	memcpy(cut + MICROSECOND_BYTES, text + MICROSECOND_BYTES + 1,
	    size - MICROSECOND_BYTES - 1);
	if (!datetime_parse(cut, size - 1, &moment) || !moment.has_date)
		return false;
	*zoned = moment.has_zone;
	return true;
}

/* *advice stays NULL where there is none of its own. */
static bool
advise_moment(Type type, const char *name, const ColumnProfile *profile,
    Arena *arena, const char **advice, Error *err)
{
	uint64_t reals = profile->classes[VALUE_REAL];
	uint64_t values = infer_values(profile);
	bool zoned = false;

	if (type.name == TYPE_DATE && profile->naive > 0 &&
	    profile->fits[FITS_TIMESTAMP] == values)
		*advice = arena_format(arena, err,
		    "drop the time of day with value: \"date(%s)\"", name);
	else if (is_moment_of_ticks(&profile->counter[FITS_TIMESTAMP], &zoned))
		*advice = arena_format(arena, err,
		    "cut off what is below a microsecond with value: "
		    "\"substr(%s, 1, 26)%s%s%s\"",
		    name, zoned ? " || substr(" : "", zoned ? name : "",
		    zoned ? ", 28)" : "");
	else if (type.name == TYPE_TIMESTAMP && profile->zoned > 0)
		*advice = arena_format(arena, err,
		    "make them UTC with value: \"strftime('%%Y-%%m-%%d "
		    "%%H:%%M:%%f', %s)\" (milliseconds) or let the column be "
		    "timestamp with time zone",
		    name);
	else if (reals > 0 && reals == values)
		*advice = "say what the numbers count with using: unix_s, "
			  "cocoa or julian";
	else
		return true;
	return *advice != NULL;
}

static bool
advise_type(Type type, const char *name, const ColumnProfile *profile,
    Arena *arena, const char **advice, Error *err)
{
	uint64_t values = infer_values(profile);

	if (type.name == TYPE_DATE || type.name == TYPE_TIMESTAMP ||
	    type.name == TYPE_TIMESTAMPTZ)
		return advise_moment(type, name, profile, arena, advice, err);
	if (type.name == TYPE_BOOLEAN &&
	    profile->classes[VALUE_INTEGER] == values)
		*advice = "take every number but 0 as true with using: truth";
	else if (type.name == TYPE_NUMERIC &&
	    profile->fits[FITS_NUMERIC] == values)
		*advice = arena_format(arena, err,
		    "round with value: \"round(%s, %d)\" or widen the column",
		    name, type.scale);
	else if (type.length > 0)
		*advice = arena_format(arena, err,
		    "cut with value: \"substr(%s, 1, %d)\" or widen the column",
		    name, type.length);
	else if (type.name == TYPE_BYTEA)
		*advice = "make blobs of them with value:";
	else
		return true;
	return *advice != NULL;
}

/* Text that is no text to PostgreSQL. */
static const char *
advise_bad_text(const ColumnProfile *profile)
{
	if (profile->nul > 0)
		return "say text_nul: strip";
	if (profile->invalid_utf8 > 0)
		return "say invalid_utf8: replace or latin1";
	return "say what the blobs are with value: (cast(... as text), "
	       "hex(...))";
}

const char *
match_evidence_advise(Type type, const Column *column,
    const ColumnProfile *profile, Arena *arena, Error *err)
{
	Fits fits = fits_of(type.name);
	uint64_t misfits = fits == FITS_COUNT ? 0 : misfits_of(fits, profile);
	const char *name = match_evidence_name(column->name, arena, err);
	const char *advice = NULL;

	if (name == NULL)
		return NULL;
	if (misfits > 0 && misfits == profile->empty)
		return arena_format(arena, err,
		    "they are empty texts: make them NULL with value: "
		    "\"nullif(%s, '')\"",
		    name);
	if (fits == FITS_TEXT && misfits > 0)
		return advise_bad_text(profile);
	if (!advise_type(type, name, profile, arena, &advice, err))
		return NULL;
	return advice != NULL
	    ? advice
	    : "map it (using:, value:, or on_error: reject or null) or widen "
	      "the column";
}
