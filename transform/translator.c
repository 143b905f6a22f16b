#include "transform/translator.h"

#include <stdarg.h>
#include <stdio.h>

#include "formats/number.h"

/* A reason names a thing or two. */
#define REASON_BYTES 512

bool
translator_refuse(Translator *translator, const char *format, ...)
{
	char text[REASON_BYTES];
	va_list arguments;

	if (translator->reason != NULL)
		return false;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	translator->reason =
	    arena_text(translator->arena, text, translator->err);
	return false;
}

const Formula *
translator_call(Translator *translator, FormulaOperation operation,
    const Formula *const *arguments, size_t n)
{
	return formula_call(
	    operation, arguments, n, translator->arena, translator->err);
}

const Formula *
translator_one(
    Translator *translator, FormulaOperation operation, const Formula *one)
{
	return translator_call(translator, operation, &one, 1);
}

const Formula *
translator_two(Translator *translator, FormulaOperation operation,
    const Formula *one, const Formula *two)
{
	const Formula *const arguments[] = { one, two };

	return translator_call(translator, operation, arguments, 2);
}

const Formula *
translator_three(Translator *translator, FormulaOperation operation,
    const Formula *one, const Formula *two, const Formula *three)
{
	const Formula *const arguments[] = { one, two, three };

	return translator_call(translator, operation, arguments, 3);
}

const Formula *
translator_cast(Translator *translator, const Formula *of, TypeName type)
{
	return formula_cast(
	    of, (Type){ .name = type }, translator->arena, translator->err);
}

const Formula *
translator_literal(Translator *translator, TypeName type, const char *text)
{
	return formula_literal(
	    (Type){ .name = type }, text, translator->arena, translator->err);
}

const Formula *
translator_integer(Translator *translator, TypeName type, int64_t integer)
{
	uint8_t text[NUMBER_INTEGER_BYTES + 1];

	text[number_write_integer(text, integer)] = '\0';
	return translator_literal(translator, type, (const char *)text);
}
