/*
 * translator: one expression being translated; for translate.c and the files
 * that it is spread over (term, compare, operation, pattern, function, moment).
 *
 * A function that returns false has either refused (then there is a reason) or
 * is out of memory (then err is filled).  A formula that is NULL is always
 * memory that is out; what takes formulas takes NULL and gives it on.
 */
#ifndef TRANSFORM_TRANSLATOR_H
#define TRANSFORM_TRANSLATOR_H

#include "transform/sqlexpr.h"
#include "transform/translate.h"

typedef struct {
	const TranslateTable *table; /* NULL: there are no columns */
	TranslateUse use;
	const char *reason;
	const char *note;
	Arena *arena;
	Error *err;
} Translator;

/* Refuse; always false. */
bool translator_refuse(Translator *translator, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Formulas made of others; usual types. */
const Formula *translator_one(
    Translator *translator, FormulaOperation operation, const Formula *one);
const Formula *translator_two(Translator *translator,
    FormulaOperation operation, const Formula *one, const Formula *two);
const Formula *
translator_three(Translator *translator, FormulaOperation operation,
    const Formula *one, const Formula *two, const Formula *three);
const Formula *
translator_cast(Translator *translator, const Formula *of, TypeName type);
const Formula *
translator_literal(Translator *translator, TypeName type, const char *text);
const Formula *
translator_integer(Translator *translator, TypeName type, int64_t integer);

const Formula *translator_call(Translator *translator,
    FormulaOperation operation, const Formula *const *arguments, size_t n);

#endif
