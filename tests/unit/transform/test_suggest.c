#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "transform/suggest.h"
#include "transform/yaml.h"
#include "transform/yaml_write.h"

#define LIMIT 4
/* More than a plain key of YAML may have. */
#define NAME_BYTES 2048

/* Tests run in a directory of their own, in which the file is called so. */
static const char path[] = "m.yaml";

static int
enter_directory(void **state)
{
	static char directory[] = "/tmp/litehaul-suggest-XXXXXX";

	*state = directory;
	return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static int
leave_directory(void **state)
{
	return unlink(path) != 0 || chdir("/") != 0 || rmdir(*state) != 0;
}

/* A dump's description, on the stack. */
typedef struct {
	Schema schema;
	Profile profile;
	Table tables[LIMIT];
	Column columns[LIMIT][LIMIT];
	TableProfile table_profiles[LIMIT];
	ColumnProfile column_profiles[LIMIT][LIMIT];
	bool wanted[LIMIT];
} Fixture;

static void
begin_dump(Fixture *fixture)
{
	*fixture = (Fixture){
		.schema = { .source = { .name = "app.db", .encoding = "UTF-8" },
		    .tables = fixture->tables },
		.profile = { .tables = fixture->table_profiles },
		.wanted = { true, true, true, true },
	};
}

static Table *
add_table(Fixture *fixture, const char *name, int rowid_column)
{
	size_t i = fixture->schema.n_tables++;
	Table *table = &fixture->tables[i];

	table->name = name;
	table->directory = "t";
	table->rowid_column = rowid_column;
	table->columns = fixture->columns[i];
	table->sql = "";
	fixture->table_profiles[i].columns = fixture->column_profiles[i];
	fixture->profile.n_tables++;
	return table;
}

/* Its evidence: three values of its class that fit what is declared. */
static ColumnProfile *
add_column(Fixture *fixture, const char *name, const char *declared)
{
	size_t i = fixture->schema.n_tables - 1;
	size_t j = fixture->tables[i].n_columns++;
	ColumnProfile *profile = &fixture->column_profiles[i][j];
	Affinity affinity = value_affinity(declared, false);

	fixture->columns[i][j] = (Column){ .name = name,
		.declared = declared,
		.affinity = affinity,
		.collation = "BINARY" };
	fixture->table_profiles[i].rows = 3;
	fixture->table_profiles[i].n_columns++;
	profile->classes[affinity == AFFINITY_INTEGER ? VALUE_INTEGER
						      : VALUE_TEXT] = 3;
	for (int k = 0; k < FITS_EPOCH_FIRST; k++)
		profile->fits[k] = 3;
	profile->text_characters_max = 7;
	profile->integer_max = 1;
	return profile;
}

static bool
decide(Fixture *fixture, const Mapping *mapping, bool evidence,
    Rewrite *rewrite, Error *err)
{
	RewriteInput input = { .source = &fixture->schema,
		.profile = evidence ? &fixture->profile : NULL,
		.wanted = fixture->wanted,
		.mapping = mapping };

	*rewrite = (Rewrite){ 0 };
	return rewrite_schema(&input, rewrite, err);
}

static void
write_file(const Buf *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
	assert_int_equal(fclose(file), 0);
}

static void
fail_to_warn(void *context, const char *text)
{
	(void)context;
	fail_msg("%s", text);
}

static void
assert_same_rule(const Rule *one, const Rule *other)
{
	assert_memory_equal(&one->type, &other->type, sizeof one->type);
	assert_int_equal(one->conversion, other->conversion);
	assert_int_equal(one->policy, other->policy);
	assert_int_equal(one->nul, other->nul);
	assert_int_equal(one->utf8, other->utf8);
	assert_int_equal(one->not_null, other->not_null);
	assert_int_equal(zone_offset(one->zone, &(DateTime){ .year = 2020 }),
	    zone_offset(other->zone, &(DateTime){ .year = 2020 }));
	assert_int_equal(one->n_values, other->n_values);
	for (size_t i = 0; i < one->n_values; i++) {
		assert_string_equal(one->values[i].from, other->values[i].from);
		assert_int_equal(
		    one->values[i].to == NULL, other->values[i].to == NULL);
		if (one->values[i].to != NULL)
			assert_string_equal(
			    one->values[i].to, other->values[i].to);
	}
}

static void
assert_same_table(const RewriteTable *one, const RewriteTable *other)
{
	assert_int_equal(one->target, other->target);
	assert_int_equal(one->n_columns, other->n_columns);
	assert_int_equal(one->where.text == NULL, other->where.text == NULL);
	if (one->where.text != NULL)
		assert_string_equal(one->where.text, other->where.text);
	assert_int_equal(one->n_values, other->n_values);
	for (size_t i = 0; i < one->n_values; i++)
		assert_string_equal(one->values[i].text, other->values[i].text);
	for (size_t i = 0; i < one->n_columns; i++) {
		assert_int_equal(one->columns[i].from, other->columns[i].from);
		assert_int_equal(
		    one->columns[i].value, other->columns[i].value);
		assert_same_rule(
		    &one->columns[i].rule, &other->columns[i].rule);
	}
}

static void
assert_same(const Rewrite *one, const Rewrite *other)
{
	Buf texts[2] = { 0 };
	Error err;

	if (!schema_write(&one->schema, &texts[0], &err) ||
	    !schema_write(&other->schema, &texts[1], &err))
		fail_msg("%s", err.text);
	assert_int_equal(texts[0].size, texts[1].size);
	assert_memory_equal(texts[0].data, texts[1].data, texts[0].size);
	for (size_t i = 0; i < one->input.source->n_tables; i++)
		assert_same_table(&one->tables[i], &other->tables[i]);
	buf_free(&texts[0]);
	buf_free(&texts[1]);
}

/* The suggestion decides what was decided; false where that was an error.
 * *text, if it is asked for, is the suggestion. */
static bool
round_trip(Fixture *fixture, const Mapping *mapping, bool evidence, Buf *text)
{
	static const bool all[LIMIT] = { true, true, true, true };
	Rewrite first, second;
	Mapping read = { 0 };
	Buf out = { 0 };
	Error err = { 0 };

	if (!decide(fixture, mapping, evidence, &first, &err)) {
		rewrite_free(&first);
		return false;
	}
	if (!suggest_put(&first, &out, &err))
		fail_msg("%s", err.text);
	write_file(&out);
	memcpy(fixture->wanted, all, sizeof all);
	if (!mapping_read(path, &read, &err) ||
	    !mapping_check(&read, &fixture->schema, fail_to_warn, NULL, &err) ||
	    !decide(fixture, &read, evidence, &second, &err))
		fail_msg("%s in\n%.*s", err.text, (int)out.size,
		    (const char *)out.data);
	assert_same(&first, &second);
	rewrite_free(&first);
	rewrite_free(&second);
	mapping_free(&read);
	if (text != NULL)
		buf_swap(text, &out);
	buf_free(&out);
	return true;
}

static void
assert_holds(Buf *text, const char *part)
{
	Error err;

	if (strstr(buf_text(text, &err), part) == NULL)
		fail_msg("no\n%s in\n%s", part, buf_text(text, &err));
}

static void
make_shop(Fixture *fixture)
{
	ColumnProfile *profile;

	begin_dump(fixture);
	add_table(fixture, "Orders", 0);
	add_column(fixture, "Id", "INTEGER");
	profile = add_column(fixture, "at", "INTEGER");
	profile->integer_min = 1262304000000;
	profile->integer_max = 1767225599000;
	profile->fits[FITS_BOOLEAN] = 0;
	profile->fits[FITS_UNIX_MS] = 3;
	profile = add_column(fixture, "code", "VARCHAR(20)");
	profile->classes[VALUE_NULL] = 2;
	profile->empty = 1;
	fixture->columns[0][2].not_null = true;
	profile = add_column(fixture, "state", "INTEGER");
	profile->classes[VALUE_TEXT] = 1;
	profile->fits[FITS_BIGINT] = 3;
	profile->counter[FITS_BIGINT] = (Counter){ .row = 17,
		.has_rowid = true,
		.rowid = 17,
		.class = VALUE_TEXT,
		.text = "N/A\n  rename: evil" };
	add_table(fixture, "tmp*", -1);
	add_column(fixture, "x", "DATETIME");
	add_table(fixture, "left", -1);
	add_column(fixture, "y", "");
}

static void
a_suggestion_says_what_was_decided_and_why(void **state)
{
	Fixture fixture;
	Buf text = { 0 };

	(void)state;
	make_shop(&fixture);
	fixture.wanted[2] = false;
	assert_true(round_trip(&fixture, NULL, true, &text));
	assert_holds(&text, "\nversion: 1\n");
	assert_holds(&text, "\n  identifiers: fold ");
	assert_holds(&text, "\n  Orders:\n    # 3 rows\n    columns:\n");
	assert_holds(
	    &text, "\n      Id: { type: bigint, identity: by_default }\n");
	assert_holds(&text,
	    "\n      # evidence: 3 integer (1262304000000 to "
	    "1767225599000)\n");
	assert_holds(&text,
	    "\n      # looks like Unix milliseconds (2010 to 2025): "
	    "{ type: timestamptz, using: unix_ms }\n");
	assert_holds(&text, "\n      at: { type: bigint }\n");
	assert_holds(&text,
	    "\n      code: { type: \"varchar(20)\", not_null: false }\n");
	assert_holds(&text, "\n      #   texts: 1 empty");
	assert_holds(&text, "first 'N/A\\n  rename: evil' (text) at rowid 17");
	assert_holds(&text, "\n      state: { type: text }\n");
	assert_holds(&text, "\n  \"tmp\\\\*\":\n");
	assert_holds(&text, "\n      x: { type: timestamptz }\n");
	assert_holds(&text, "\n  left:\n    # 3 rows\n    skip: true\n");
	buf_free(&text);
}

static void
a_suggestion_without_evidence_says_so(void **state)
{
	Fixture fixture;
	Buf text = { 0 };

	(void)state;
	make_shop(&fixture);
	assert_true(round_trip(&fixture, NULL, false, &text));
	assert_holds(&text, "# There was no evidence");
	assert_holds(&text, "\n      code: { type: text }\n");
	buf_free(&text);
}

/* What a person said is in the suggestion, all of it. */
static void
a_mapping_goes_into_its_suggestion(void **state)
{
	static const char yaml[] =
	    "version: 1\ntarget: { schema: shop }\n"
	    "defaults: { identifiers: snake_case, on_error: stop, "
	    "assume_zone: +02:00, text_nul: strip, invalid_utf8: latin1 }\n"
	    "types: { DATETIME: date }\n"
	    "tables:\n  Orders:\n    where: \"\\\"Id\\\" > 0\\n\"\n"
	    "    on_error: reject\n    text_nul: bytea\n    columns:\n"
	    "      Id: { identity: none }\n"
	    "      at: { using: unix_ms, rename: At, not_null: true }\n"
	    "      code: { value: \"lower(code)\", assume_zone: UTC }\n"
	    "      state: { values: { 0: \"null\", 1: null, \"a b\": \"\" }, "
	    "on_error: null }\n"
	    "    add:\n"
	    "      \"from where\": { value: \"'sqlite'\", type: varchar(9) }\n"
	    "      number: { value: 1, type: integer, identity: by_default }\n"
	    "  left: { rename: { schema: attic, table: Left }, "
	    "columns: { y: { skip: false } } }\n"
	    "  'tmp\\*': { rename: { schema: attic } }\n";
	const Buf file = { .data = (uint8_t *)(uintptr_t)yaml,
		.size = sizeof yaml - 1 };
	Fixture fixture;
	Mapping mapping = { 0 };
	Buf text = { 0 };
	Error err = { 0 };

	(void)state;
	make_shop(&fixture);
	write_file(&file);
	if (!mapping_read(path, &mapping, &err))
		fail_msg("%s", err.text);
	assert_true(round_trip(&fixture, &mapping, true, &text));
	assert_holds(&text, "\ntarget:\n  schema: shop\n");
	assert_holds(&text, "\n  on_error: stop ");
	assert_holds(&text, "\n  assume_zone: \"+02:00\" ");
	assert_holds(&text, "\n    where: \"\\\"Id\\\" > 0\\n\"\n");
	assert_holds(&text, "\n    on_error: reject\n    text_nul: bytea\n");
	assert_holds(&text, "\n      Id: { type: bigint, identity: none");
	assert_holds(&text,
	    "\n      at: { rename: At, type: timestamptz, "
	    "not_null: true, using: unix_ms }\n");
	assert_holds(&text,
	    "values: { \"0\": \"null\", \"1\": null, \"a b\": \"\" }, "
	    "on_error: null }\n");
	assert_holds(&text, "\n    add:\n");
	assert_holds(&text, "\n    rename: { schema: attic, table: Left }\n");
	assert_holds(&text, "\n    rename: { schema: attic }\n");
	assert_holds(&text, "\n      x: { type: date }\n");
	buf_free(&text);
	mapping_free(&mapping);
}

static void
skipped_columns_stay_skipped(void **state)
{
	static const char yaml[] = "version: 1\ntables: { Orders: { columns: { "
				   "at: { skip: true } } }, "
				   "left: { skip: true } }\n";
	const Buf file = { .data = (uint8_t *)(uintptr_t)yaml,
		.size = sizeof yaml - 1 };
	Fixture fixture;
	Mapping mapping = { 0 };
	Buf text = { 0 };
	Error err;

	(void)state;
	make_shop(&fixture);
	write_file(&file);
	assert_true(mapping_read(path, &mapping, &err));
	assert_true(round_trip(&fixture, &mapping, true, &text));
	assert_holds(&text, "\n      at: { skip: true }\n");
	assert_holds(&text, "\n  left:\n    # 3 rows\n    skip: true\n");
	buf_free(&text);
	mapping_free(&mapping);
}

static const char *const pieces[] = { "a", "B", "_", "0", "*", "?", "[", "]",
	"\\", "\"", "'", "#", ":", ": ", " #", "-", " ", "\t", "\n", "\r",
	"\x01", "\x1b", "\x7f", "\xc2\x80", "\xc2\x85", "\xc2\xa0", "\xc3\xa9",
	"\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xef\xbf\xbe",
	"\xef\xbf\xbd", "\xf0\x9f\x98\x80", "{", "}", ",", "&", "!", "|", ">",
	"%", "@", "`", "null", "true", "~" };

/* A name of at most most pieces. */
static void
make_name(char *name, size_t most)
{
	size_t n = (size_t)rand() % (most + 1);

	*name = '\0';
	for (size_t i = 0; i < n; i++)
		strcat(name,
		    pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)]);
}

/* Another than those before it, in any letter case, as SQLite's are. */
static void
make_new_name(char (*names)[NAME_BYTES], size_t n, size_t most)
{
	size_t i;

	do {
		make_name(names[n], most);
		for (i = 0; i < n; i++)
			if (strcasecmp(names[i], names[n]) == 0)
				break;
	} while (i < n);
}

static void
add_random_table(
    Fixture *fixture, const char *name, char (*names)[NAME_BYTES], size_t most)
{
	static const char *const declared[] = { "INTEGER", "TEXT", "DATETIME",
		"VARCHAR(10)", "NUMERIC(10,2)", "", "JSON", "BLOB" };

	add_table(fixture, name, -1);
	fixture->wanted[fixture->schema.n_tables - 1] = rand() % 4 > 0;
	for (size_t i = 0; i < LIMIT; i++) {
		make_new_name(names, i, most);
		add_column(fixture, names[i],
		    declared[(size_t)rand() %
			(sizeof declared / sizeof *declared)]);
	}
}

static void
any_names_come_back(void **state)
{
	char tables[LIMIT][NAME_BYTES], columns[LIMIT][LIMIT][NAME_BYTES];
	unsigned seed = (unsigned)time(NULL), decided = 0;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 500; i++) {
		size_t most = i % 10 == 0 ? 500 : 6;
		Fixture fixture;

		begin_dump(&fixture);
		for (size_t j = 0; j < LIMIT; j++) {
			make_new_name(tables, j, most);
			add_random_table(&fixture, tables[j], columns[j], most);
		}
		/* Names that come to one in PostgreSQL are refused before. */
		decided += round_trip(&fixture, NULL, rand() % 2, NULL);
	}
	print_message("%u of 500 decided\n", decided);
	assert_true(decided > 100);
}

/* Any text is a scalar that reads back, and a comment is one line. */
static void
any_text_comes_back_and_stays_in_its_line(void **state)
{
	unsigned seed = (unsigned)time(NULL);
	Buf out = { 0 };
	Error err;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 5000; i++) {
		char text[256];
		const YamlNode *root;
		Arena arena = { 0 };

		make_name(text, 8);
		out.size = 0;
		assert_true(yaml_write_comment(&out, 2, text, &err));
		assert_ptr_equal(
		    memchr(out.data, '\n', out.size), out.data + out.size - 1);
		assert_true(buf_put_text(&out, "[", &err));
		assert_true(yaml_write_text(&out, text, &err));
		assert_true(buf_put_text(&out, ", { ", &err));
		assert_true(yaml_write_key(&out, text, 0, &err));
		assert_true(buf_put_text(&out, " x } ]\n", &err));
		if (!yaml_read(out.data, out.size, path, &arena, &root, &err))
			fail_msg("%s", err.text);
		assert_int_equal(root->n, 2);
		assert_string_equal(root->first->text, text);
		assert_false(yaml_is_null(root->first));
		assert_string_equal(root->first->next->first->text, text);
		arena_free(&arena);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_suggestion_says_what_was_decided_and_why),
		cmocka_unit_test(a_suggestion_without_evidence_says_so),
		cmocka_unit_test(a_mapping_goes_into_its_suggestion),
		cmocka_unit_test(skipped_columns_stay_skipped),
		cmocka_unit_test(any_names_come_back),
		cmocka_unit_test(any_text_comes_back_and_stays_in_its_line),
	};

	return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
