#include "transform/forecast.h"

#include "transform/declared.h"
#include "transform/findings.h"
#include "transform/infer.h"
#include "transform/match_evidence.h"
#include "transform/reason.h"

/* A column of the target that one of the source fills as it is. */
typedef struct {
	const RewriteColumn *filled;
	const Column *from;
	const ColumnProfile *profile;
	bool not_null;
	Arena *arena;
	Error *err;
} Outlook;

static bool
is_text(TypeName name)
{
	return name == TYPE_TEXT || name == TYPE_VARCHAR || name == TYPE_CHAR;
}

/* What becomes of each. */
static const char *
fate(const Outlook *outlook)
{
	switch (outlook->filled->rule.policy) {
	case POLICY_NULL:
		if (!outlook->not_null)
			return "such values will be NULL";
		break;
	case POLICY_STOP:
		return "the run will fail";
	case POLICY_REJECT:
		break;
	}
	return "such rows will be set aside";
}

/* ", first 'N/A' (text) at rowid 17" */
static const char *
first(const Outlook *outlook, const Counter *counter)
{
	const char *value;

	if (counter->row == 0)
		return "";
	value = findings_value(counter, outlook->arena, outlook->err);
	return value == NULL
	    ? NULL
	    : arena_format(outlook->arena, outlook->err, ", first %s", value);
}

static const char *
say_count(const Outlook *outlook, uint64_t misfits, const Counter *counter)
{
	char count[REASON_COUNT_BYTES], values[REASON_COUNT_BYTES];
	const char *example = first(outlook, counter);

	if (example == NULL)
		return NULL;
	return arena_format(outlook->arena, outlook->err,
	    "%s of %s value%s %s not fit%s: %s", reason_count(misfits, count),
	    reason_count(infer_values(outlook->profile), values),
	    infer_values(outlook->profile) == 1 ? "" : "s",
	    misfits == 1 ? "does" : "do", example, fate(outlook));
}

/* Text that no text of PostgreSQL can be, less what is mended. */
static bool
say_bad_text(const Outlook *outlook, const char **clause)
{
	const ColumnProfile *profile = outlook->profile;
	const Rule *rule = &outlook->filled->rule;
	bool nul_mended = rule->nul == NUL_STRIP;
	bool utf8_mended =
	    rule->utf8 == UTF8_REPLACE || rule->utf8 == UTF8_LATIN1;
	uint64_t nul = nul_mended ? 0 : profile->nul;
	uint64_t invalid = utf8_mended ? 0 : profile->invalid_utf8;
	/* One value may be both; what no text can be counts it once. */
	uint64_t both = profile->classes[VALUE_TEXT] - profile->fits[FITS_TEXT];
	uint64_t bad = nul > 0 && invalid > 0 ? both : nul + invalid;
	const Counter *one = &profile->odd_first[ODD_NUL];
	const Counter *other = &profile->odd_first[ODD_INVALID_UTF8];

	if (bad == 0)
		return true;
	if (nul == 0 || (invalid > 0 && other->row < one->row))
		one = other;
	*clause = say_count(outlook, bad, one);
	return *clause != NULL;
}

/* Text is judged for its length and for blobs alone: what else may be wrong
 * with it say_bad_text knows. */
static MatchVerdict
judge(const Outlook *outlook)
{
	ColumnProfile profile = *outlook->profile;
	Type type = outlook->filled->rule.type;

	/* Everything has bytes. */
	if (type.name == TYPE_BYTEA)
		return MATCH_FITS;
	if (is_text(type.name))
		profile.fits[FITS_TEXT] = profile.classes[VALUE_TEXT];
	return match_evidence_judge(type, outlook->from, &profile);
}

/* Where JSON is not declared, only objects and arrays were looked at. */
static bool
is_most(const Outlook *outlook)
{
	TypeName type = outlook->filled->rule.type.name;
	const Column *from = outlook->from;

	return (type == TYPE_JSON || type == TYPE_JSONB) &&
	    declared_parse(from->declared, from->affinity).family !=
	    DECLARED_JSON;
}

static bool
say_type(const Outlook *outlook, const char **clause)
{
	Type type = outlook->filled->rule.type;
	const char *what;

	switch (judge(outlook)) {
	case MATCH_FITS:
		return !is_text(type.name) || say_bad_text(outlook, clause);
	case MATCH_UNSURE:
		*clause = arena_format(outlook->arena, outlook->err, "%s: %s",
		    match_evidence_doubt(type.name), fate(outlook));
		break;
	case MATCH_MISFITS:
		what = match_evidence_describe(
		    type, outlook->profile, outlook->arena, outlook->err);
		if (what != NULL)
			what = arena_format(outlook->arena, outlook->err,
			    "%s%s: %s", is_most(outlook) ? "up to " : "", what,
			    fate(outlook));
		*clause = what;
		break;
	}
	return *clause != NULL;
}

/* The one storage class that a conversion takes; VALUE_NULL: several. */
static ValueClass
class_of(Conversion conversion)
{
	static const ValueClass classes[CONVERSION_COUNT] = {
		[CONVERSION_ISO] = VALUE_TEXT,
		[CONVERSION_HEX] = VALUE_TEXT,
		[CONVERSION_BASE64] = VALUE_TEXT,
		[CONVERSION_UUID_BLOB] = VALUE_BLOB,
		[CONVERSION_UUID_BLOB_LE] = VALUE_BLOB,
		[CONVERSION_JSON] = VALUE_TEXT,
		[CONVERSION_JSON_ARRAY] = VALUE_TEXT,
	};

	return classes[conversion];
}

/* Values of a class that the conversion never takes. */
static bool
say_class(const Outlook *outlook, const char **clause)
{
	const ColumnProfile *profile = outlook->profile;
	ValueClass class = class_of(outlook->filled->rule.conversion);
	const Counter unknown = { 0 };
	uint64_t misfits = 0;

	if (class != VALUE_NULL)
		misfits = infer_values(profile) - profile->classes[class];
	if (misfits == 0)
		return true;
	*clause = say_count(outlook, misfits, &unknown);
	if (*clause != NULL && profile->classes[class] > 0)
		*clause = arena_format(
		    outlook->arena, outlook->err, "at least %s", *clause);
	return *clause != NULL;
}

static bool
say_conversion(const Outlook *outlook, const char **clause)
{
	const ColumnProfile *profile = outlook->profile;
	const Counter unknown = { 0 };
	uint64_t misfits;

	/* The one of which the evidence counts just what it takes. */
	if (outlook->filled->rule.conversion != CONVERSION_INT01)
		return say_class(outlook, clause);
	misfits = infer_values(profile) - profile->integer_01;
	if (misfits == 0)
		return true;
	/* No boolean is none of them either; the reverse is not so. */
	*clause = say_count(outlook, misfits,
	    profile->fits[FITS_BOOLEAN] == profile->integer_01
		? &profile->counter[FITS_BOOLEAN]
		: &unknown);
	return *clause != NULL;
}

static bool
say_null(const Outlook *outlook, const char **clause)
{
	char count[REASON_COUNT_BYTES];
	uint64_t n = outlook->profile->classes[VALUE_NULL];

	if (!outlook->not_null || n == 0)
		return true;
	*clause = arena_format(outlook->arena, outlook->err,
	    "%s%s%s NULL%s where none may be: %s",
	    *clause == NULL ? "" : *clause, *clause == NULL ? "" : "; ",
	    reason_count(n, count), n == 1 ? "" : "s",
	    outlook->filled->rule.policy == POLICY_STOP
		? "the run will fail"
		: "such rows will be set aside");
	return *clause != NULL;
}

bool
forecast_column(const Rewrite *rewrite, size_t table, size_t column,
    Arena *arena, const char **clause, Error *err)
{
	const RewriteTable *rewritten = &rewrite->tables[table];
	const RewriteColumn *filled = &rewritten->columns[column];
	const Rule *rule = &filled->rule;
	Outlook outlook = { .filled = filled, .arena = arena, .err = err };

	*clause = NULL;
	if (filled->from < 0 || filled->value >= 0 || rule->values != NULL)
		return true;
	outlook.profile = rewrite_profile(rewrite, table, (size_t)filled->from);
	if (outlook.profile == NULL)
		return true;
	outlook.from =
	    &rewrite->input.source->tables[table].columns[filled->from];
	outlook.not_null = rule->not_null ||
	    rewrite_target(rewrite, table)->columns[column].not_null;
	return (rule->conversion == CONVERSION_NONE
		       ? say_type(&outlook, clause)
		       : say_conversion(&outlook, clause)) &&
	    say_null(&outlook, clause);
}
