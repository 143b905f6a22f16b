#include "transform/infer.h"

#include <math.h>
#include <stdint.h>

#include "transform/declared.h"
#include "transform/reason.h"

/* What a varchar can be at most (MaxAttrSize, datatype-character). */
#define VARCHAR_LENGTH_LIMIT 10485760
/* NUMERIC_MAX_PRECISION. */
#define NUMERIC_PRECISION_LIMIT 1000

#define CHAIN_LENGTH 3

typedef struct {
	Type types[CHAIN_LENGTH];
	size_t n;
} Chain;

uint64_t
infer_values(const ColumnProfile *profile)
{
	return profile->classes[VALUE_INTEGER] + profile->classes[VALUE_REAL] +
	    profile->classes[VALUE_TEXT] + profile->classes[VALUE_BLOB];
}

static int64_t
count_digits(uint64_t magnitude)
{
	int64_t digits = 0;

	for (; magnitude > 0; magnitude /= 10)
		digits++;
	return digits;
}

/* Digits before the point: evidence measures reals and texts, the integers'
 * are those of their range. */
static int64_t
integral_digits(const ColumnProfile *profile)
{
	int64_t digits = (int64_t)profile->integral_digits_max;
	int64_t ends[] = { profile->integer_min, profile->integer_max };

	for (size_t i = 0; profile->classes[VALUE_INTEGER] > 0 && i < 2; i++) {
		uint64_t magnitude = (uint64_t)ends[i];
		int64_t of_end;

		if (ends[i] < 0)
			magnitude = 0 - magnitude;
		of_end = count_digits(magnitude);
		if (of_end > digits)
			digits = of_end;
	}
	return digits;
}

static bool
holds_numeric(Type type, const ColumnProfile *profile)
{
	if (profile->fits[FITS_NUMERIC] != infer_values(profile))
		return false;
	return type.precision == 0 ||
	    (integral_digits(profile) + type.scale <= type.precision &&
		(int64_t)profile->scale_max <= type.scale);
}

/* Numbers in a JSON column are JSON too; infinities are not. */
static bool
holds_json(Fits fits, const ColumnProfile *profile)
{
	uint64_t reals = profile->classes[VALUE_REAL];

	if (reals > 0 &&
	    (!isfinite(profile->real_min) || !isfinite(profile->real_max)))
		return false;
	return profile->fits[fits] + profile->classes[VALUE_INTEGER] + reals ==
	    infer_values(profile);
}

static bool
holds_integers(const ColumnProfile *profile, int64_t min, int64_t max)
{
	uint64_t integers = profile->classes[VALUE_INTEGER];

	return integers == infer_values(profile) &&
	    (integers == 0 ||
		(profile->integer_min >= min && profile->integer_max <= max));
}

static bool
holds_characters(Type type, const ColumnProfile *profile)
{
	return profile->classes[VALUE_TEXT] == infer_values(profile) &&
	    (type.length == 0 ||
		profile->text_characters_max <= (uint64_t)type.length);
}

static bool
all_fit(Fits fits, const ColumnProfile *profile)
{
	return profile->fits[fits] == infer_values(profile);
}

bool
infer_holds(Type type, const ColumnProfile *profile)
{
	switch (type.name) {
	case TYPE_TEXT:
		return profile->classes[VALUE_BLOB] == 0;
	case TYPE_BIGINT:
		return all_fit(FITS_BIGINT, profile);
	case TYPE_BOOLEAN:
		return all_fit(FITS_BOOLEAN, profile);
	case TYPE_BYTEA:
		return true;
	case TYPE_CHAR:
	case TYPE_VARCHAR:
		return holds_characters(type, profile);
	case TYPE_DATE:
		return all_fit(FITS_DATE, profile);
	case TYPE_DOUBLE:
		return all_fit(FITS_DOUBLE, profile);
	case TYPE_INTEGER:
		return holds_integers(profile, INT32_MIN, INT32_MAX);
	case TYPE_JSON:
		return holds_json(FITS_JSON, profile);
	case TYPE_JSONB:
		return holds_json(FITS_JSONB, profile);
	case TYPE_NUMERIC:
		return holds_numeric(type, profile);
	case TYPE_REAL:
		return infer_values(profile) == 0;
	case TYPE_SMALLINT:
		return holds_integers(profile, INT16_MIN, INT16_MAX);
	case TYPE_TIME:
		return all_fit(FITS_TIME, profile);
	case TYPE_TIMESTAMP:
		return all_fit(FITS_TIMESTAMP, profile) && profile->zoned == 0;
	case TYPE_TIMESTAMPTZ:
		return all_fit(FITS_TIMESTAMP, profile);
	case TYPE_UUID:
		return all_fit(FITS_UUID, profile);
	case TYPE_COUNT:
		break;
	}
	return false;
}

bool
infer_misfits(Type type, const ColumnProfile *profile, uint64_t *misfits)
{
	static const int hypotheses[TYPE_COUNT] = {
		[TYPE_BOOLEAN] = FITS_BOOLEAN + 1,
		[TYPE_BIGINT] = FITS_BIGINT + 1,
		[TYPE_DOUBLE] = FITS_DOUBLE + 1,
		[TYPE_DATE] = FITS_DATE + 1,
		[TYPE_TIME] = FITS_TIME + 1,
		[TYPE_TIMESTAMPTZ] = FITS_TIMESTAMP + 1,
		[TYPE_UUID] = FITS_UUID + 1,
	};
	int hypothesis = hypotheses[type.name];

	*misfits = 0;
	if (hypothesis > 0)
		*misfits =
		    infer_values(profile) - profile->fits[hypothesis - 1];
	return hypothesis > 0 || infer_holds(type, profile);
}

static void
chain_add(Chain *chain, Type type)
{
	chain->types[chain->n++] = type;
}

static void
chain_numeric(const Declared *declared, Chain *chain)
{
	Type type = { .name = TYPE_NUMERIC };

	if (declared->n_numbers > 0) {
		type.precision = declared->numbers[0];
		type.scale = declared->n_numbers > 1 ? declared->numbers[1] : 0;
	}
	/* A scale past the precision is legal since PostgreSQL 15 only. */
	if (type.precision > 0 && type.precision <= NUMERIC_PRECISION_LIMIT &&
	    type.scale <= type.precision)
		chain_add(chain, type);
	chain_add(chain, (Type){ .name = TYPE_NUMERIC });
}

static void
chain_text(const Declared *declared, Chain *chain)
{
	int length = declared->n_numbers == 1 ? declared->numbers[0] : 0;

	if (length > 0 && length <= VARCHAR_LENGTH_LIMIT)
		chain_add(
		    chain, (Type){ .name = TYPE_VARCHAR, .length = length });
	chain_add(chain, (Type){ .name = TYPE_TEXT });
}

/* What the declared type means, the best first; never empty. */
static void
chain_of(const Declared *declared, Chain *chain)
{
	static const TypeName plain[DECLARED_FAMILIES][2] = {
		[DECLARED_BOOLEAN] = { TYPE_BOOLEAN, TYPE_BIGINT },
		[DECLARED_INTEGER] = { TYPE_BIGINT },
		[DECLARED_REAL] = { TYPE_DOUBLE },
		[DECLARED_DATE] = { TYPE_DATE, TYPE_TIMESTAMPTZ },
		[DECLARED_TIME] = { TYPE_TIME },
		[DECLARED_TIMESTAMP] = { TYPE_TIMESTAMPTZ },
		[DECLARED_JSON] = { TYPE_JSONB, TYPE_JSON },
		[DECLARED_UUID] = { TYPE_UUID },
		[DECLARED_BLOB] = { TYPE_BYTEA },
		[DECLARED_NOTHING] = { TYPE_TEXT },
	};
	const TypeName *names = plain[declared->family];

	chain->n = 0;
	if (declared->family == DECLARED_NUMERIC) {
		chain_numeric(declared, chain);
	} else if (declared->family == DECLARED_TEXT) {
		chain_text(declared, chain);
	} else {
		chain_add(chain, (Type){ .name = names[0] });
		if (names[1] != TYPE_TEXT)
			chain_add(chain, (Type){ .name = names[1] });
	}
}

/* The type that loses nothing of what the storage classes are. */
static Type
type_of_classes(const ColumnProfile *profile)
{
	uint64_t values = infer_values(profile);
	uint64_t integers = profile->classes[VALUE_INTEGER];
	uint64_t numbers = integers + profile->classes[VALUE_REAL];
	Type type = { .name = TYPE_TEXT };

	if (integers == values)
		type.name = TYPE_BIGINT;
	else if (numbers == values && all_fit(FITS_DOUBLE, profile))
		type.name = TYPE_DOUBLE;
	else if (numbers == values && all_fit(FITS_NUMERIC, profile))
		type.name = TYPE_NUMERIC;
	else if (profile->classes[VALUE_BLOB] > 0)
		type.name = TYPE_BYTEA;
	return type;
}

/* The first type of the chain that holds all; false where none does. */
static bool
choose(const Column *column, const Declared *declared, const Chain *chain,
    const ColumnProfile *profile, Type *type)
{
	bool measured = column->affinity == AFFINITY_NUMERIC ||
	    profile->classes[VALUE_REAL] == 0;
	bool texts = profile->classes[VALUE_TEXT] == infer_values(profile);

	/* No type: the classes decide.  BLOB: text is easier to read than its
	 * bytes, if text is all there is and none of it would be set aside. */
	if (declared->family == DECLARED_NOTHING)
		return false;
	if (declared->family == DECLARED_BLOB &&
	    profile->classes[VALUE_BLOB] == 0 &&
	    !(texts && profile->fits[FITS_TEXT] < infer_values(profile)))
		return false;
	for (size_t i = 0; i < chain->n; i++) {
		*type = chain->types[i];
		/* Digits of reals are measured where they are likely. */
		if (type->precision > 0 && !measured)
			continue;
		if (infer_holds(*type, profile))
			return true;
	}
	return false;
}

static Type
decide(const Column *column, const Declared *declared, const Chain *chain,
    const ColumnProfile *profile)
{
	Type type = chain->types[0];

	if (profile == NULL) {
		/* No promise of a length or precision on hope. */
		if (type.name == TYPE_VARCHAR)
			type.name = TYPE_TEXT;
		type.length = type.precision = type.scale = 0;
	} else if (infer_values(profile) > 0 &&
	    !choose(column, declared, chain, profile, &type)) {
		type = type_of_classes(profile);
	}
	return type;
}

/* A check adds to a declaration that leaves it open what the text is. */
static bool
may_hold_json(DeclaredFamily family)
{
	return family == DECLARED_TEXT || family == DECLARED_NOTHING;
}

bool
infer_column(const Column *column, InferRole role, const ColumnProfile *profile,
    Arena *arena, Inference *inference, Error *err)
{
	Declared declared = declared_parse(column->declared, column->affinity);
	Reason reason = { .column = column, .profile = profile };
	Chain chain;

	if (role == INFER_JSON && may_hold_json(declared.family)) {
		declared.family = DECLARED_JSON;
		reason.checked = true;
	}
	chain_of(&declared, &chain);
	if (role == INFER_ROWID) {
		inference->type = (Type){ .name = TYPE_BIGINT };
		inference->note = NULL;
		inference->reason = "INTEGER PRIMARY KEY: the rowid itself";
		return true;
	}
	inference->type = decide(column, &declared, &chain, profile);
	reason.family = declared.family;
	reason.wanted = chain.types[0];
	reason.type = inference->type;
	return reason_give(
	    &reason, arena, &inference->reason, &inference->note, err);
}

/* How much a type takes in, for want of evidence: every value that a type of
 * lower width can have is a value of the higher one, by its text. */
static int
width(TypeName name)
{
	switch (name) {
	case TYPE_SMALLINT:
		return 1;
	case TYPE_INTEGER:
		return 2;
	case TYPE_BIGINT:
		return 3;
	case TYPE_NUMERIC:
		return 4;
	case TYPE_TEXT:
		return 5;
	case TYPE_BOOLEAN:
	case TYPE_BYTEA:
	case TYPE_CHAR:
	case TYPE_DATE:
	case TYPE_DOUBLE:
	case TYPE_JSON:
	case TYPE_JSONB:
	case TYPE_REAL:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
	case TYPE_UUID:
	case TYPE_VARCHAR:
	case TYPE_COUNT:
		break;
	}
	return 0;
}

static bool
takes(Type type, Type other, const ColumnProfile *profile)
{
	if (type.name == other.name && type.length == other.length &&
	    type.precision == other.precision && type.scale == other.scale)
		return true;
	if (profile != NULL)
		return infer_holds(type, profile);
	if (type.name == TYPE_TEXT)
		return other.name != TYPE_BYTEA;
	return type.precision == 0 && width(other.name) > 0 &&
	    width(type.name) > width(other.name);
}

bool
infer_common(Type parent, const ColumnProfile *parent_profile, Type child,
    const ColumnProfile *child_profile, Type *common)
{
	Type candidates[] = { parent, child, { .name = TYPE_NUMERIC },
		{ .name = TYPE_TEXT } };

	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
		*common = candidates[i];
		if (takes(*common, parent, parent_profile) &&
		    takes(*common, child, child_profile))
			return true;
	}
	return false;
}
