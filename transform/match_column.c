#include "transform/match_column.h"

#include <stdlib.h>
#include <string.h>

#include "transform/declared.h"
#include "transform/epoch.h"
#include "transform/findings.h"
#include "transform/infer.h"
#include "transform/match_evidence.h"
#include "transform/match_mapped.h"
#include "transform/reason.h"

/* "2024-02-29 13:05:07." before the digits of a fraction. */
#define BEFORE_FRACTION_TIMESTAMP 20
#define BEFORE_FRACTION_TIME      9

static int
compare_labels(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static bool
set_labels(const TargetColumn *to, Arena *arena, Rule *rule, Error *err)
{
	const char **labels;

	if (to->n_labels == 0 || to->array)
		return true;
	labels = arena_alloc(arena, to->n_labels, sizeof *labels, err);
	if (labels == NULL)
		return false;
	memcpy(labels, to->labels, to->n_labels * sizeof *labels);
	qsort(labels, to->n_labels, sizeof *labels, compare_labels);
	rule->labels = labels;
	rule->n_labels = to->n_labels;
	return true;
}

/* Did the user say what becomes of values that do not fit, knowing of this
 * column or table?  NULL for all of them says it, too; stopping at the first
 * is what a problem does already. */
static bool
is_accepted(const MatchColumn *column)
{
	const MappingDefaults *defaults = &column->defaults;

	if (column->entry != NULL && column->entry->where != NULL)
		return true;
	if (!defaults->has_policy || defaults->policy == POLICY_STOP)
		return false;
	if (defaults->policy == POLICY_NULL)
		return !column->to->not_null;
	return (column->mapped != NULL &&
		   column->mapped->defaults.has_policy) ||
	    (column->entry != NULL && column->entry->defaults.has_policy);
}

/* What does not fit, and what to do; advice is NULL when memory is out. */
static bool
misfit(const MatchColumn *column, MatchFindings *findings, const char *what,
    const char *advice, Error *err)
{
	if (what == NULL || advice == NULL)
		return false;
	if (is_accepted(column))
		return match_findings_note(findings, err,
		    "%s: %s; the mapping says what becomes of such rows",
		    column->label, what);
	return match_findings_problem(
	    findings, err, "%s: %s; %s", column->label, what, advice);
}

static bool
unsure(const MatchColumn *column, MatchFindings *findings, const char *what,
    Error *err)
{
	return match_findings_note(findings, err,
	    "%s: %s; each value is checked, and rows with one that does not "
	    "fit are set aside",
	    column->label, what);
}

static bool
is_moment(TypeName name)
{
	return name == TYPE_DATE || name == TYPE_TIMESTAMP ||
	    name == TYPE_TIMESTAMPTZ;
}

/* The server rounds what it has no digits for: say so unless all texts are too
 * short for that. */
static bool
check_fraction(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const TargetColumn *to = column->to;
	const ColumnProfile *profile = column->profile;
	uint64_t before = to->type.name == TYPE_TIME
	    ? BEFORE_FRACTION_TIME
	    : BEFORE_FRACTION_TIMESTAMP;

	if (!to->fraction_limited || to->fraction_digits == 6)
		return true;
	if (profile != NULL &&
	    (profile->classes[VALUE_TEXT] == 0 ||
		(profile->zoned == 0 &&
		    profile->text_bytes_max <=
			before + (uint64_t)to->fraction_digits)))
		return true;
	return match_findings_note(findings, err,
	    "%s: the server rounds seconds to %d digits", column->label,
	    to->fraction_digits);
}

/* What a type takes and may mean otherwise. */
static bool
note_meaning(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const ColumnProfile *profile = column->profile;
	TypeName name = column->to->type.name;

	if (name == TYPE_TIMESTAMPTZ && profile->naive + profile->dates > 0) {
		findings->naive_columns++;
		findings->zone = column->defaults.zone_name;
	}
	if (name == TYPE_BYTEA && profile->classes[VALUE_TEXT] > 0)
		return match_findings_note(findings, err,
		    "%s: text goes as its bytes; where it spells them, say "
		    "using: hex or base64",
		    column->label);
	if (name == TYPE_UUID && profile->classes[VALUE_BLOB] > 0)
		return match_findings_note(findings, err,
		    "%s: blobs are read in the order of RFC 4122; .NET's own "
		    "order wants using: uuid_blob_le",
		    column->label);
	return check_fraction(column, findings, err);
}

static bool
fit_known(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const ColumnProfile *profile = column->profile;
	Arena *arena = findings->arena;
	Type type = column->to->type;

	switch (match_evidence_judge(type, column->column, profile)) {
	case MATCH_FITS:
		break;
	case MATCH_UNSURE:
		if (!unsure(
			column, findings, match_evidence_doubt(type.name), err))
			return false;
		break;
	case MATCH_MISFITS:
		return misfit(column, findings,
		    match_evidence_describe(type, profile, arena, err),
		    match_evidence_advise(
			type, column->column, profile, arena, err),
		    err);
	}
	return note_meaning(column, findings, err);
}

/* "unix_s or cocoa". */
static const char *
list_conversions(
    const EpochCandidate *candidates, size_t n, Arena *arena, Error *err)
{
	const char *list = "";

	for (size_t i = 0; list != NULL && i < n; i++)
		list = arena_format(arena, err, "%s%s%s", list,
		    i == 0 ? "" : " or ",
		    conversion_name(candidates[i].conversion));
	return list;
}

/* Integers where moments are wanted: a count from an epoch, if only one can be
 * meant. */
static bool
fit_epoch(
    const MatchColumn *column, MatchFindings *findings, Rule *rule, Error *err)
{
	EpochCandidate candidates[FITS_EPOCHS];
	size_t n = epoch_list(column->profile, candidates);
	Arena *arena = findings->arena;
	const char *meanings, *words;

	if (n == 0)
		return misfit(column, findings,
		    "the values are numbers, and no known way to count time "
		    "gives plausible years",
		    "map it with value:, or leave it out with skip: true", err);
	meanings = epoch_describe(candidates, n, arena, err);
	words = list_conversions(candidates, n, arena, err);
	if (meanings == NULL || words == NULL)
		return false;
	if (n == 1 && candidates[0].all && column->to->type.name != TYPE_DATE) {
		rule->conversion = candidates[0].conversion;
		return match_findings_note(findings, err,
		    "%s: the integers are taken for %s (using: %s)",
		    column->label, meanings, words);
	}
	return misfit(column, findings,
	    arena_format(arena, err,
		"the values are numbers, which may count %s%s", meanings,
		n == 1 && !candidates[0].all ? ", but not all of them" : ""),
	    arena_format(arena, err, "say which with using: %s", words), err);
}

static bool
is_label(const TargetColumn *to, const char *text)
{
	for (size_t i = 0; i < to->n_labels; i++)
		if (strcmp(to->labels[i], text) == 0)
			return true;
	return false;
}

/* A value known from the evidence that is no label; NULL for none. */
static const Counter *
find_stranger(const MatchColumn *column)
{
	const ColumnProfile *profile = column->profile;
	const Counter *empty = &profile->odd_first[ODD_EMPTY];
	const Counter *first = &profile->first;

	if (first->row > 0 && first->class == VALUE_TEXT &&
	    first->text != NULL && strlen(first->text) < PROFILE_SAMPLE_BYTES &&
	    !is_label(column->to, first->text))
		return first;
	return empty->row > 0 && !is_label(column->to, "") ? empty : NULL;
}

static bool
report_stranger(const MatchColumn *column, MatchFindings *findings,
    const Counter *stranger, Error *err)
{
	const char *value = findings_value(stranger, findings->arena, err);

	if (value == NULL)
		return false;
	return misfit(column, findings,
	    arena_format(
		findings->arena, err, "%s is no label of the enum", value),
	    "say what becomes of it with values: or value:", err);
}

/* Enums whose words the evidence does not know are checked row by row; what can
 * be seen is values that are too long or no text, and single ones. */
static bool
fit_labels(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const ColumnProfile *profile = column->profile;
	const Counter *stranger = find_stranger(column);
	const TargetColumn *to = column->to;
	size_t longest = 0;

	for (size_t i = 0; i < to->n_labels; i++)
		if (strlen(to->labels[i]) > longest)
			longest = strlen(to->labels[i]);
	if (profile->classes[VALUE_TEXT] < infer_values(profile))
		return misfit(column, findings,
		    "not all values are text, and an enum has labels",
		    "say which is which with values: { 0: ..., 1: ... }", err);
	if (stranger != NULL)
		return report_stranger(column, findings, stranger, err);
	if (profile->text_bytes_max > longest)
		return misfit(column, findings,
		    arena_format(findings->arena, err,
			"a value has %llu bytes, the longest label %zu",
			(unsigned long long)profile->text_bytes_max, longest),
		    "say what becomes of it with values: or value:", err);
	return unsure(column, findings,
	    "the evidence does not know whether all values are labels of the "
	    "enum",
	    err);
}

/* JSON arrays become arrays; text of PostgreSQL's own form goes as it is. */
static bool
fit_array(
    const MatchColumn *column, MatchFindings *findings, Rule *rule, Error *err)
{
	const ColumnProfile *profile = column->profile;
	const Counter *counter = &profile->counter[FITS_JSON];
	uint64_t values = infer_values(profile);
	bool arrays = profile->json_arrays == values ||
	    (!profile_is_full(profile) && profile->fits[FITS_JSON] == values);

	if (arrays) {
		rule->conversion = CONVERSION_JSON_ARRAY;
		return true;
	}
	if (profile->classes[VALUE_TEXT] == values &&
	    profile->fits[FITS_JSON] == 0 && counter->text != NULL &&
	    counter->text[0] == '{')
		return unsure(column, findings,
		    "text goes as it is, as PostgreSQL writes arrays", err);
	return misfit(column, findings, "the values are not all JSON arrays",
	    "make JSON arrays of them with value: and using: json_array", err);
}

/* A type that only the server reads. */
static bool
fit_unknown(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const ColumnProfile *profile = column->profile;
	char count[REASON_COUNT_BYTES];

	/* The server takes a bare number for seconds; frameworks count
	 * microseconds or ticks. */
	if (strncmp(column->to->type_sql, "interval", 8) == 0 &&
	    profile->classes[VALUE_TEXT] < infer_values(profile) &&
	    profile->classes[VALUE_BLOB] == 0)
		return misfit(column, findings,
		    "the values are numbers, and of what is not known",
		    "say it with value:, as \"column / 1000000.0 || ' "
		    "seconds'\"",
		    err);
	if (profile->classes[VALUE_BLOB] > 0)
		return misfit(column, findings,
		    arena_format(findings->arena, err,
			"%s value%s blob%s, and the type wants text",
			reason_count(profile->classes[VALUE_BLOB], count),
			profile->classes[VALUE_BLOB] == 1 ? " is a" : "s are",
			profile->classes[VALUE_BLOB] == 1 ? "" : "s"),
		    "make text of them with value:", err);
	return match_findings_note(findings, err,
	    "%s: values go as text for the server to read; litehaul does not "
	    "check them",
	    column->label);
}

static bool
fit_evidence(
    const MatchColumn *column, MatchFindings *findings, Rule *rule, Error *err)
{
	const ColumnProfile *profile = column->profile;
	const TargetColumn *to = column->to;

	if (to->array)
		return fit_array(column, findings, rule, err);
	if (to->n_labels > 0)
		return fit_labels(column, findings, err);
	if (!to->known)
		return fit_unknown(column, findings, err);
	if (is_moment(to->type.name) &&
	    profile->classes[VALUE_INTEGER] == infer_values(profile))
		return fit_epoch(column, findings, rule, err);
	return fit_known(column, findings, err);
}

/* Without evidence the declared type is all there is. */
static bool
fit_declared(
    const MatchColumn *column, MatchFindings *findings, Rule *rule, Error *err)
{
	Declared declared =
	    declared_parse(column->column->declared, column->column->affinity);

	if (column->to->array)
		rule->conversion = CONVERSION_JSON_ARRAY;
	if (column->to->known && is_moment(column->to->type.name) &&
	    (declared.family == DECLARED_INTEGER ||
		declared.family == DECLARED_REAL))
		return misfit(column, findings,
		    "numbers may count time in many ways, and without "
		    "evidence none is known",
		    "say which with using: unix_s, unix_ms, ... "
		    "(litehaul-mapping(5))",
		    err);
	return check_fraction(column, findings, err);
}

/* A value that SQL makes is not in the evidence. */
static bool
check_nulls(const MatchColumn *column, MatchFindings *findings, Error *err)
{
	const ColumnProfile *profile = column->profile;
	char count[REASON_COUNT_BYTES], all[REASON_COUNT_BYTES];
	Arena *arena = findings->arena;
	const char *name;
	uint64_t nulls, total;

	if (profile == NULL || !column->to->not_null ||
	    (column->mapped != NULL && column->mapped->value != NULL))
		return true;
	nulls = profile->classes[VALUE_NULL];
	if (nulls == 0)
		return true;
	total = nulls + infer_values(profile);
	name = match_evidence_name(column->from, arena, err);
	if (name == NULL)
		return false;
	return misfit(column, findings,
	    arena_format(arena, err,
		"%s of %s value%s %s NULL, and the column is NOT NULL",
		reason_count(nulls, count), reason_count(total, all),
		total == 1 ? "" : "s", nulls == 1 ? "is" : "are"),
	    arena_format(arena, err,
		"give it another with value: \"coalesce(%s, ...)\", leave the "
		"rows out with where: \"%s IS NOT NULL\", or set them aside "
		"with on_error: reject",
		name, name),
	    err);
}

static void
begin_rule(const MatchColumn *column, Rule *rule)
{
	const TargetColumn *to = column->to;

	*rule = (Rule){ .not_null = to->not_null };
	if (to->known)
		rule->type = to->type;
	rule->policy = column->defaults.policy;
	rule->nul = column->defaults.nul;
	rule->utf8 = column->defaults.utf8;
	rule->zone = column->defaults.zone;
	if (column->mapped != NULL) {
		rule->conversion = column->mapped->conversion;
		rule->values = column->mapped->values;
		rule->n_values = column->mapped->n_values;
	}
}

bool
match_column_fit(
    const MatchColumn *column, MatchFindings *findings, Rule *rule, Error *err)
{
	begin_rule(column, rule);
	if (!set_labels(column->to, findings->arena, rule, err))
		return false;
	if (match_mapped_decides(column->mapped)) {
		if (!match_mapped_check(column, findings, rule, err))
			return false;
	} else if (column->column == NULL) {
		/* An added column without a value is the mapping's error. */
		return true;
	} else if (column->profile == NULL) {
		if (!fit_declared(column, findings, rule, err))
			return false;
	} else if (infer_values(column->profile) > 0 &&
	    !fit_evidence(column, findings, rule, err)) {
		return false;
	}
	return check_nulls(column, findings, err);
}
