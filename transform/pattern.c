#include "transform/pattern.h"

#include <string.h>

#include "formats/bytes.h"
#include "transform/operation.h"

/* A pattern being rewritten for PostgreSQL. */
typedef struct {
	Translator *translator;
	const char *at; /* what is left of SQLite's */
	char escape;    /* 0: none */
	Buf out;
} Pattern;

static bool
is_set(const char *pattern)
{
	return strchr(pattern, '[') != NULL;
}

/* One character that means itself in LIKE, where backslash escapes. */
static bool
put_plain(Pattern *pattern, char c)
{
	Error *err = pattern->translator->err;

	if ((c == '%' || c == '_' || c == '\\') &&
	    !buf_put(&pattern->out, "\\", 1, err))
		return false;
	return buf_put(&pattern->out, &c, 1, err);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
rewrite_like(Pattern *pattern)
{
	Translator *translator = pattern->translator;

	for (; *pattern->at != '\0'; pattern->at++) {
		char c = *pattern->at;

		if (pattern->escape != '\0' && c == pattern->escape) {
			c = *++pattern->at;
			if (c == '\0')
				return translator_refuse(
				    translator, "a pattern ends in its escape");
		} else if (c == '%' || c == '_') {
			if (!buf_put(&pattern->out, &c, 1, translator->err))
				return false;
			continue;
		}
		if (!put_plain(pattern, lower(c)))
			return false;
	}
	return true;
}

static bool
rewrite_glob(Pattern *pattern)
{
	for (; *pattern->at != '\0'; pattern->at++) {
		char c = *pattern->at;
		const char *any = c == '*' ? "%" : "_";

		if (c == '*' || c == '?') {
			if (!buf_put_text(
				&pattern->out, any, pattern->translator->err))
				return false;
		} else if (!put_plain(pattern, c)) {
			return false;
		}
	}
	return true;
}

/* A character that means itself in a regular expression, in brackets or not. */
static bool
put_quoted(Pattern *pattern, char c)
{
	bool itself = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || (c & 0x80) != 0;
	Error *err = pattern->translator->err;

	/* A backslash before a letter would be an escape of its own. */
	if (!itself && !buf_put(&pattern->out, "\\", 1, err))
		return false;
	return buf_put(&pattern->out, &c, 1, err);
}

/* [a-z], [^0-9]: at stands behind the bracket, and is left on the last one.
 * SQLite's rules (func.c, patternCompare): ] first is itself, a range needs both
 * ends. */
static bool
put_set(Pattern *pattern)
{
	Translator *translator = pattern->translator;
	const char *at = pattern->at;
	bool negated = *at == '^';
	bool first = true;

	if (!buf_put_text(&pattern->out, negated ? "[^" : "[", translator->err))
		return false;
	for (at += negated; first || *at != ']'; first = false, at++) {
		if (*at == '\0' || (*at & 0x80) != 0)
			return translator_refuse(translator,
			    "a set in a GLOB pattern has no end or is not "
			    "ASCII");
		if (!put_quoted(pattern, *at))
			return false;
		if (at[1] != '-' || at[2] == ']' || at[2] == '\0')
			continue;
		if (at[2] < *at || (at[2] & 0x80) != 0)
			return translator_refuse(translator,
			    "a range in a GLOB pattern is empty or not ASCII");
		at += 2;
		if (!buf_put_text(&pattern->out, "-", translator->err) ||
		    !put_quoted(pattern, *at))
			return false;
	}
	pattern->at = at;
	return buf_put_text(&pattern->out, "]", translator->err);
}

static bool
rewrite_sets(Pattern *pattern)
{
	Error *err = pattern->translator->err;

	if (!buf_put_text(&pattern->out, "^", err))
		return false;
	for (; *pattern->at != '\0'; pattern->at++) {
		char c = *pattern->at;
		bool good;

		if (c == '[') {
			pattern->at++;
			good = put_set(pattern);
		} else if (c == '*') {
			good = buf_put_text(&pattern->out, ".*", err);
		} else if (c == '?') {
			good = buf_put_text(&pattern->out, ".", err);
		} else {
			good = put_quoted(pattern, c);
		}
		if (!good)
			return false;
	}
	return buf_put_text(&pattern->out, "$", err);
}

/* The value as LIKE and GLOB see it: its text, of which LIKE ignores the case of
 * ASCII letters; sets are told apart by code points. */
static const Formula *
subject(Translator *translator, const Term *value, bool like)
{
	const Formula *text =
	    translator_one(translator, FORMULA_COLLATE_C, value->formula);

	return like ? translator_one(translator, FORMULA_LOWER, text) : text;
}

static bool
rewrite(Pattern *pattern, bool like, bool sets, const Formula **literal)
{
	const char *text;
	bool good;

	if (like)
		good = rewrite_like(pattern);
	else if (sets)
		good = rewrite_sets(pattern);
	else
		good = rewrite_glob(pattern);
	text = good ? buf_text(&pattern->out, pattern->translator->err) : NULL;
	if (text == NULL)
		return false;
	*literal = translator_literal(pattern->translator, TYPE_TEXT, text);
	return *literal != NULL;
}

/* A literal text in the arena, with a NUL behind it; NULL: refused. */
static const char *
literal_text(Translator *translator, const SqlExpr *expr)
{
	Term term;

	if (!operation_value(translator, expr, &term))
		return NULL;
	if (term.literal && term.class == TERM_TEXT)
		return term.formula->text;
	(void)translator_refuse(
	    translator, "a pattern that is no literal is not translated");
	return NULL;
}

static bool
read_escape(Translator *translator, const SqlExpr *expr, char *escape)
{
	const char *text;

	if (expr->n_arguments < 3)
		return true;
	text = literal_text(translator, expr->arguments[2]);
	if (text == NULL)
		return false;
	if (strlen(text) != 1 || *text == '%' || *text == '_')
		return translator_refuse(
		    translator, "ESCAPE is no plain character");
	*escape = *text;
	return true;
}

bool
pattern_term(Translator *translator, const SqlExpr *expr, Term *term)
{
	Pattern pattern = { .translator = translator };
	bool like = expr->operation == SQLEXPR_LIKE;
	const Formula *literal, *match;
	bool sets;
	Term value;

	if (!operation_value(translator, expr->arguments[0], &value) ||
	    !term_make_text(translator, &value))
		return false;
	pattern.at = literal_text(translator, expr->arguments[1]);
	if (pattern.at == NULL ||
	    !read_escape(translator, expr, &pattern.escape))
		return false;
	sets = !like && is_set(pattern.at);
	if (!rewrite(&pattern, like, sets, &literal)) {
		buf_free(&pattern.out);
		return false;
	}
	buf_free(&pattern.out);
	match =
	    translator_two(translator, sets ? FORMULA_MATCHES : FORMULA_LIKE,
		subject(translator, &value, like), literal);
	if (expr->negated)
		match = translator_one(translator, FORMULA_NOT, match);
	return term_of_boolean(term, match);
}
