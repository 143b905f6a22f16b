#include "transform/reason.h"

#include <stdio.h>

#include "transform/epoch.h"
#include "transform/findings.h"
#include "transform/infer.h"

const char *
reason_count(uint64_t count, char text[REASON_COUNT_BYTES])
{
	char digits[REASON_COUNT_BYTES];
	int size =
	    snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
	char *out = text;

	for (int i = 0; i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}

/* The hypothesis that stands for a type, FITS_COUNT for none. */
static Fits
fits_of(TypeName name)
{
	switch (name) {
	case TYPE_BOOLEAN:
		return FITS_BOOLEAN;
	case TYPE_BIGINT:
	case TYPE_INTEGER:
	case TYPE_SMALLINT:
		return FITS_BIGINT;
	case TYPE_DOUBLE:
	case TYPE_REAL:
		return FITS_DOUBLE;
	case TYPE_NUMERIC:
		return FITS_NUMERIC;
	case TYPE_DATE:
		return FITS_DATE;
	case TYPE_TIME:
		return FITS_TIME;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return FITS_TIMESTAMP;
	case TYPE_UUID:
		return FITS_UUID;
	case TYPE_JSON:
		return FITS_JSON;
	case TYPE_JSONB:
		return FITS_JSONB;
	case TYPE_TEXT:
	case TYPE_CHAR:
	case TYPE_VARCHAR:
		return FITS_TEXT;
	case TYPE_BYTEA:
	case TYPE_COUNT:
		break;
	}
	return FITS_COUNT;
}

/* ", first 'N/A' (text) at rowid 17"; "" where no such value is known. */
static const char *
describe_counter(const Counter *counter, Arena *arena, Error *err)
{
	const char *value;

	if (counter->row == 0)
		return "";
	value = findings_value(counter, arena, err);
	if (value == NULL)
		return NULL;
	return arena_format(arena, err, ", first %s", value);
}

/* "3 of 43,871 values are not bigint, first 'N/A' (text) at rowid 17". */
static const char *
describe_misfits(
    Type wanted, const ColumnProfile *profile, Arena *arena, Error *err)
{
	char count[REASON_COUNT_BYTES], values[REASON_COUNT_BYTES];
	char sql[TYPE_SQL_BYTES];
	Fits fits = fits_of(wanted.name);
	uint64_t all = infer_values(profile);
	const char *counter;

	reason_count(all, values);
	if (fits == FITS_COUNT || profile->fits[fits] >= all) {
		/* The kind is right, its length or digits are not. */
		return arena_format(arena, err,
		    "not all of the %s values fit %s", values,
		    type_sql(wanted, sql));
	}
	counter = describe_counter(&profile->counter[fits], arena, err);
	if (counter == NULL)
		return NULL;
	return arena_format(arena, err, "%s of %s values %s not %s%s",
	    reason_count(all - profile->fits[fits], count), values,
	    all - profile->fits[fits] == 1 ? "is" : "are",
	    type_sql((Type){ .name = wanted.name }, sql), counter);
}

/* Numbers where moments were meant: say which they may be, never guess. */
static const char *
describe_epochs(const Reason *reason, Arena *arena, Error *err)
{
	EpochCandidate candidates[FITS_EPOCHS];
	const char *list;
	size_t n;

	if (reason->family != DECLARED_TIMESTAMP &&
	    reason->family != DECLARED_DATE)
		return "";
	n = epoch_list(reason->profile, candidates);
	if (n == 0)
		return "";
	list = epoch_describe(candidates, n, arena, err);
	if (list == NULL)
		return NULL;
	if (n > 1)
		return arena_format(arena, err,
		    "; may count %s: ambiguous, so left as it is", list);
	return arena_format(arena, err, "; may count %s, using: %s", list,
	    conversion_name(candidates[0].conversion));
}

/* "2 values with a NUL, first 'a?b' (text) at rowid 3". */
static const char *
describe_odd(const ColumnProfile *profile, Oddity odd, const char *what,
    Arena *arena, Error *err)
{
	char count[REASON_COUNT_BYTES];
	uint64_t n = profile_odd_count(profile, odd);
	const char *first =
	    describe_counter(&profile->odd_first[odd], arena, err);

	if (first == NULL)
		return NULL;
	return arena_format(arena, err, "%s value%s %s%s",
	    reason_count(n, count), n == 1 ? "" : "s", what, first);
}

/* Text that PostgreSQL cannot hold as text, in a column that stays text. */
static const char *
describe_bad_text(
    Type type, const ColumnProfile *profile, Arena *arena, Error *err)
{
	const char *nul = "", *invalid = "";

	if (type.name == TYPE_BYTEA ||
	    (profile->nul == 0 && profile->invalid_utf8 == 0))
		return "";
	if (profile->nul > 0)
		nul = describe_odd(profile, ODD_NUL, "with a NUL", arena, err);
	if (profile->invalid_utf8 > 0)
		invalid = describe_odd(
		    profile, ODD_INVALID_UTF8, "not in UTF-8", arena, err);
	if (nul == NULL || invalid == NULL)
		return NULL;
	return arena_format(arena, err, "%s%s%s will be set aside", nul,
	    *nul != '\0' && *invalid != '\0' ? ", and " : "", invalid);
}

/* "declared INTEGER", the subject of every sentence. */
static const char *
describe_declared(const Reason *reason, Arena *arena, Error *err)
{
	const char *declared = reason->column->declared;
	const char *check =
	    reason->checked ? " and checked by json_valid()" : "";

	if (*declared == '\0')
		return arena_format(arena, err, "no declared type%s", check);
	return arena_format(arena, err, "declared %s%s", declared, check);
}

/* "12 integer, 3 text": what the storage classes are. */
static const char *
describe_classes(const ColumnProfile *profile, Arena *arena, Error *err)
{
	const char *list = "";
	char count[REASON_COUNT_BYTES];

	for (int i = VALUE_INTEGER; list != NULL && i < VALUE_CLASSES; i++)
		if (profile->classes[i] > 0)
			list = arena_format(arena, err, "%s%s%s %s", list,
			    *list == '\0' ? "" : ", ",
			    reason_count(profile->classes[i], count),
			    value_class_name((ValueClass)i));
	return list;
}

/* What times without a zone are taken for, as a continuation. */
static const char *
zones(const ColumnProfile *profile, Arena *arena, Error *err)
{
	char count[REASON_COUNT_BYTES];

	if (profile->zoned == 0)
		return "; none has a zone: read in assume_zone, by default UTC";
	if (profile->zoned == infer_values(profile))
		return "; all with a zone";
	return arena_format(arena, err,
	    "; %s with a zone, the rest read in assume_zone, by default UTC",
	    reason_count(profile->zoned, count));
}

/* All values are what was declared. */
static const char *
sentence_fits(
    const Reason *reason, const char *subject, Arena *arena, Error *err)
{
	uint64_t values = infer_values(reason->profile);
	char count[REASON_COUNT_BYTES], sql[TYPE_SQL_BYTES];
	const char *rest = reason->type.name == TYPE_TIMESTAMPTZ
	    ? zones(reason->profile, arena, err)
	    : "";

	if (rest == NULL)
		return NULL;
	if (values == 1)
		return arena_format(arena, err, "%s, its one value fits %s%s",
		    subject, type_sql(reason->type, sql), rest);
	return arena_format(arena, err, "%s, all %s values fit %s%s", subject,
	    reason_count(values, count), type_sql(reason->type, sql), rest);
}

/* Some values are not: the type had to make way for a wider one. */
static const char *
sentence_misfits(
    const Reason *reason, const char *subject, Arena *arena, Error *err)
{
	char sql[TYPE_SQL_BYTES];
	const char *misfits =
	    describe_misfits(reason->wanted, reason->profile, arena, err);
	const char *epochs = describe_epochs(reason, arena, err);

	if (misfits == NULL || epochs == NULL)
		return NULL;
	return arena_format(arena, err, "%s, %s; becomes %s%s", subject,
	    misfits, type_sql(reason->type, sql), epochs);
}

static const char *
sentence_classes(
    const Reason *reason, const char *subject, Arena *arena, Error *err)
{
	char sql[TYPE_SQL_BYTES];
	const char *classes = describe_classes(reason->profile, arena, err);

	if (classes == NULL)
		return NULL;
	return arena_format(arena, err, "%s, values are %s; becomes %s",
	    subject, classes, type_sql(reason->type, sql));
}

static bool
same_type(Type one, Type other)
{
	return one.name == other.name && one.length == other.length &&
	    one.precision == other.precision && one.scale == other.scale;
}

/* A wider spelling of the same kind is no news. */
static bool
is_surprise(const Reason *reason)
{
	if (reason->family == DECLARED_NOTHING)
		return reason->type.name == TYPE_BYTEA &&
		    reason->profile->classes[VALUE_BLOB] <
		    infer_values(reason->profile);
	return reason->type.name != reason->wanted.name &&
	    !(reason->wanted.name == TYPE_VARCHAR &&
		reason->type.name == TYPE_TEXT);
}

static bool
add_bad_text(const Reason *reason, Arena *arena, const char **note, Error *err)
{
	const char *bad =
	    describe_bad_text(reason->type, reason->profile, arena, err);

	if (bad == NULL)
		return false;
	if (*bad == '\0')
		return true;
	*note = *note == NULL ? bad
			      : arena_format(arena, err, "%s; %s", *note, bad);
	return *note != NULL;
}

bool
reason_give(const Reason *reason, Arena *arena, const char **sentence,
    const char **note, Error *err)
{
	const char *subject = describe_declared(reason, arena, err);

	*note = NULL;
	if (subject == NULL)
		return false;
	if (reason->profile == NULL) {
		*sentence = arena_format(
		    arena, err, "%s; without evidence this decides", subject);
		return *sentence != NULL;
	}
	if (infer_values(reason->profile) == 0) {
		*sentence = arena_format(arena, err,
		    "%s; there is no value that could say otherwise", subject);
		return *sentence != NULL;
	}
	if (reason->family == DECLARED_NOTHING ||
	    reason->wanted.name == TYPE_BYTEA)
		*sentence = sentence_classes(reason, subject, arena, err);
	else if (same_type(reason->type, reason->wanted))
		*sentence = sentence_fits(reason, subject, arena, err);
	else
		*sentence = sentence_misfits(reason, subject, arena, err);
	if (*sentence == NULL)
		return false;
	if (is_surprise(reason))
		*note = *sentence;
	return add_bad_text(reason, arena, note, err);
}
