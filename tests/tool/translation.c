/*
 * translation: what becomes of expressions, for tests/pipe/expressions.bats.
 *
 * Reads lines of fields divided by tabs:
 *
 *	column NAME DECLARED TYPE [COLLATION]	a column of the table t
 *	check EXPRESSION
 *	key EXPRESSION				as a part of an index
 *	value EXPRESSION			the same with BINARY collation
 *	generated DECLARED TYPE EXPRESSION	as a column of these types
 *	default DECLARED TYPE EXPRESSION
 *
 * and writes, for each but the first kind, a line with the formula as SQL or
 * with "!" and the reason why there is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transform/defaults.h"
#include "transform/translate.h"

#define COLUMNS_LIMIT 64
#define FIELDS        5

typedef struct {
	Column from[COLUMNS_LIMIT], to[COLUMNS_LIMIT];
	size_t n;
	Arena arena;
	Error err;
} Tool;

static void
stop(const char *why)
{
	(void)fprintf(stderr, "translation: %s\n", why);
	exit(1);
}

static Type
type_of(const char *sql)
{
	Type type;

	if (sql == NULL || !type_parse(sql, &type))
		stop("unknown type");
	return type;
}

static void
add_column(Tool *tool, char *const field[FIELDS])
{
	Column *from = &tool->from[tool->n], *to = &tool->to[tool->n];
	const char *collation = field[4] == NULL ? "BINARY" : field[4];

	if (tool->n++ == COLUMNS_LIMIT || field[3] == NULL)
		stop("this is no column");
	from->name = arena_text(&tool->arena, field[1], &tool->err);
	from->declared = arena_text(&tool->arena, field[2], &tool->err);
	from->collation = arena_text(&tool->arena, collation, &tool->err);
	from->affinity = value_affinity(field[2], false);
	to->name = from->name;
	to->type = type_of(field[3]);
}

static void
print_sql(Tool *tool, const Table *to, const Formula *formula)
{
	Buf sql = { 0 };

	if (!formula_put_sql(&sql, formula, to, &tool->err))
		stop(tool->err.text);
	(void)printf("%.*s\n", (int)sql.size, (const char *)sql.data);
	buf_free(&sql);
}

/* Of a default that is no formula, its kind stands for it. */
static void
print_default(Tool *tool, char *const field[FIELDS])
{
	Column from = { .default_kind = DEFAULT_SQL,
		.default_text = field[3],
		.affinity = value_affinity(field[1], false) };
	Column to = { .type = type_of(field[2]) };
	const char *reason;

	if (!defaults_translate(&from, &to, &reason, &tool->arena, &tool->err))
		stop(tool->err.text);
	if (reason != NULL)
		(void)printf("!%s\n", reason);
	else if (to.default_kind == DEFAULT_FORMULA)
		print_sql(tool, NULL, to.formula);
	else if (to.default_kind == DEFAULT_VALUE)
		(void)printf("'%s'::%s\n", to.default_text, field[2]);
	else
		(void)printf("kind %d\n", (int)to.default_kind);
}

static void
print_translation(Tool *tool, TranslateUse use, char *const field[FIELDS])
{
	const Table from = { .name = "t",
		.columns = tool->from,
		.n_columns = tool->n,
		.rowid_column = -1 };
	const Table to = { .name = "t",
		.columns = tool->to,
		.n_columns = tool->n,
		.rowid_column = -1 };
	const TranslateTable table = { .from = &from, .to = &to };
	bool value = strcmp(field[0], "value") == 0;
	TranslateWanted wanted = { .use = use,
		.collation = value ? "BINARY" : NULL };
	const char *text = field[1];
	Translation translation;

	if (use == TRANSLATE_GENERATED) {
		wanted.affinity = value_affinity(field[1], false);
		wanted.type = type_of(field[2]);
		text = field[3];
	}
	if (!translate(
		text, &table, &wanted, &translation, &tool->arena, &tool->err))
		stop(tool->err.text);
	if (translation.formula == NULL)
		(void)printf("!%s\n", translation.reason);
	else
		print_sql(tool, &to, translation.formula);
}

static void
run_line(Tool *tool, char *line)
{
	char *field[FIELDS] = { NULL };
	size_t n = 0;

	for (char *at = line; at != NULL && n < FIELDS;)
		field[n++] = strsep(&at, "\t");
	if (strcmp(field[0], "column") == 0)
		add_column(tool, field);
	else if (field[1] == NULL)
		stop("a line has too few fields");
	else if (strcmp(field[0], "check") == 0)
		print_translation(tool, TRANSLATE_CHECK, field);
	else if (strcmp(field[0], "key") == 0 || strcmp(field[0], "value") == 0)
		print_translation(tool, TRANSLATE_KEY, field);
	else if (n < 4)
		stop("a line has too few fields");
	else if (strcmp(field[0], "generated") == 0)
		print_translation(tool, TRANSLATE_GENERATED, field);
	else if (strcmp(field[0], "default") == 0)
		print_default(tool, field);
	else
		stop("unknown kind of line");
}

int
main(void)
{
	Tool tool = { 0 };
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	while ((size = getline(&line, &room, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		run_line(&tool, line);
	}
	free(line);
	arena_free(&tool.arena);
	return 0;
}
