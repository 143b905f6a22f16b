#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>

#include "formats/schema.h"
#include "sample.h"

static void
write_schema(const Schema *schema, Buf *buf)
{
	Error err;

	buf->size = 0;
	if (!schema_write(schema, buf, &err))
		fail_msg("%s", err.text);
}

static bool
read_text(const char *text, Error *err)
{
	Schema schema = { 0 };
	bool success =
	    schema_read((const uint8_t *)text, strlen(text), &schema, err);

	schema_free(&schema);
	return success;
}

static void
what_is_written_is_read_back(void **state)
{
	Schema schema = sample_schema(), back = { 0 };
	Buf one = { 0 }, other = { 0 };
	const Table *table;
	Error err;

	(void)state;
	write_schema(&schema, &one);
	if (!schema_read(one.data, one.size, &back, &err))
		fail_msg("%s", err.text);
	write_schema(&back, &other);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	assert_int_equal(back.n_tables, 3);
	assert_int_equal(back.source.user_version, -3);
	table = &back.tables[0];
	assert_string_equal(table->name, "users");
	assert_int_equal(table->rowid_column, 0);
	assert_int_equal(table->sequence, 17);
	assert_true(table->autoincrement);
	assert_int_equal(table->columns[1].affinity, AFFINITY_TEXT);
	assert_string_equal(table->columns[1].default_text, "'a \"b\"'");
	assert_string_equal(table->columns[2].declared, "");
	assert_int_equal(table->columns[2].generated, GENERATED_STORED);
	assert_int_equal(table->indexes[1].parts[0].column, 1);
	assert_int_equal(table->indexes[1].parts[1].column, -1);
	assert_string_equal(table->indexes[1].parts[1].text, "lower(name)");
	assert_null(table->indexes[0].where);
	assert_string_equal(table->checks[0].text, "id < 1000");
	table = &back.tables[1];
	assert_int_equal(table->kind, TABLE_WITHOUT_ROWID);
	assert_int_equal(table->rowid_column, -1);
	assert_true(table->foreign_keys[0].deferred);
	assert_int_equal(table->foreign_keys[0].columns[0], 0);
	assert_string_equal(table->foreign_keys[0].parent_columns[0], "id");
	assert_string_equal(back.left_out[0].reason, "not translated");
	schema_free(&back);
	buf_free(&one);
	buf_free(&other);
}

static void
the_postgresql_dialect_keeps_types_and_closed_defaults(void **state)
{
	Column columns[] = {
		{ .name = "id",
		    .source = "ID",
		    .type = { .name = TYPE_BIGINT },
		    .identity = true,
		    .not_null = true },
		{ .name = "price",
		    .source = "Price",
		    .type = { .name = TYPE_NUMERIC,
			.precision = 12,
			.scale = 2 },
		    .default_kind = DEFAULT_VALUE,
		    .default_text = "" },
		{ .name = "at",
		    .source = "at",
		    .type = { .name = TYPE_TIMESTAMPTZ },
		    .default_kind = DEFAULT_CURRENT_TIMESTAMP },
		{ .name = "nothing",
		    .type = { .name = TYPE_TEXT },
		    .default_kind = DEFAULT_NULL },
	};
	Table table = { .name = "t",
		.source = "T",
		.directory = "t",
		.rowid_column = -1,
		.columns = columns,
		.n_columns = 4 };
	Schema schema = { .dialect = DIALECT_POSTGRESQL,
		.namespace = "app",
		.source = { .name = "x", .encoding = "UTF-8" },
		.tables = &table,
		.n_tables = 1 };
	Schema back = { 0 };
	Buf buf = { 0 };
	Error err;

	(void)state;
	write_schema(&schema, &buf);
	if (!schema_read(buf.data, buf.size, &back, &err))
		fail_msg("%s", err.text);
	assert_int_equal(back.dialect, DIALECT_POSTGRESQL);
	assert_string_equal(back.namespace, "app");
	assert_string_equal(back.tables[0].source, "T");
	assert_true(back.tables[0].columns[0].identity);
	assert_int_equal(back.tables[0].columns[1].type.name, TYPE_NUMERIC);
	assert_int_equal(back.tables[0].columns[1].type.scale, 2);
	assert_int_equal(back.tables[0].columns[1].default_kind, DEFAULT_VALUE);
	assert_string_equal(back.tables[0].columns[1].default_text, "");
	assert_int_equal(
	    back.tables[0].columns[2].default_kind, DEFAULT_CURRENT_TIMESTAMP);
	assert_null(back.tables[0].columns[2].default_text);
	assert_int_equal(back.tables[0].columns[3].default_kind, DEFAULT_NULL);
	schema_free(&back);
	buf_free(&buf);
}

static void
arrays_for_the_row_codecs_follow_the_columns(void **state)
{
	Schema schema = sample_schema();
	Arena arena = { 0 };
	const char *const *names;
	const Affinity *affinities;
	Error err;

	(void)state;
	names = schema_column_names(&schema.tables[0], &arena, &err);
	affinities = schema_affinities(&schema.tables[0], &arena, &err);
	assert_string_equal(names[2], "twice");
	assert_int_equal(affinities[0], AFFINITY_INTEGER);
	assert_int_equal(affinities[2], AFFINITY_BLOB);
	assert_non_null(schema_types(&schema.tables[0], &arena, &err));
	arena_free(&arena);
}

static const char *
directory_of(const char *name, Arena *arena)
{
	Error err;
	const char *directory = schema_directory(name, arena, &err);

	assert_non_null(directory);
	return directory;
}

static void
directories_encode_names_and_stay_short(void **state)
{
	char name[400], *at;
	const char *directory;
	Arena arena = { 0 };

	(void)state;
	assert_string_equal(directory_of("users", &arena), "users");
	assert_string_equal(directory_of("", &arena), "%");
	assert_string_equal(directory_of("%", &arena), "%25");
	assert_string_equal(directory_of("..", &arena), "%2E%2E");
	assert_string_equal(
	    directory_of("a/b c\xc3\xbc", &arena), "a%2Fb%20c%C3%BC");
	memset(name, 'n', sizeof(name));
	name[100] = '\0';
	assert_string_equal(directory_of(name, &arena), name);
	name[100] = 'n';
	name[101] = '\0';
	directory = directory_of(name, &arena);
	assert_int_equal(strlen(directory), 100);
	assert_memory_equal(directory, name, 67);
	assert_string_equal(
	    directory + 67, "-1c2ffa742d6101b788f0505617137552");
	for (at = name; at < name + 66; at++)
		*at = 'a';
	name[66] = ' ';
	/* The cut is not within %20. */
	directory = directory_of(name, &arena);
	assert_int_equal(strlen(directory), 99);
	assert_int_equal(directory[66], '-');
	for (at = name; at < name + 399; at++)
		*at = ' ';
	name[399] = '\0';
	directory = directory_of(name, &arena);
	assert_int_equal(strlen(directory), 66 + 1 + 32);
	arena_free(&arena);
}

static void
names_that_clash_are_not_written(void **state)
{
	Schema schema = sample_schema();
	Table tables[2] = { sample_tables[0], sample_tables[0] };
	Column columns[2] = { sample_user_columns[0], sample_user_columns[0] };
	Buf buf = { 0 };
	Error err;

	(void)state;
	schema.tables = tables;
	schema.n_tables = 2;
	assert_false(schema_write(&schema, &buf, &err));
	assert_int_equal(err.kind, ERROR_FAILED);
	schema.n_tables = 1;
	tables[0].directory = "user";
	assert_false(schema_write(&schema, &buf, &err));
	assert_non_null(strstr(err.text, "expected \"users\""));
	tables[0] = sample_tables[2];
	tables[0].columns = columns;
	tables[0].n_columns = 2;
	assert_false(schema_write(&schema, &buf, &err));
	assert_non_null(strstr(err.text, "column \"id\" is there twice"));
	buf_free(&buf);
}

/* Edits of the sample's document: each must be refused. */
static const struct {
	const char *title, *from, *to, *message;
} edits[] = {
	{ "another format", "\"litehaul\"", "\"pgdump\"",
	    "not a litehaul document" },
	{ "a newer version", "\"version\":1", "\"version\":2",
	    "newer litehaul" },
	{ "a very new version", "\"version\":1", "\"version\":99999999999",
	    "newer litehaul" },
	{ "version 0", "\"version\":1", "\"version\":0", "version 0" },
	{ "a real version", "\"version\":1", "\"version\":1.5", "" },
	{ "no such dialect", "\"sqlite\"", "\"mysql\"", "unknown dialect" },
	{ "an unknown key", "\"tables\":", "\"extra\":1,\"tables\":", "extra" },
	{ "a key twice", "\"tables\":", "\"tables\":[],\"tables\":", "" },
	{ "no tables", "\"tables\":", "\"tabels\":", "" },
	{ "a table twice", "\"all events/\xc3\xbc\"", "\"users\"", "" },
	{ "a directory that is another's", "\"directory\":\"users\"",
	    "\"directory\":\"%\"", "expected \"users\"" },
	{ "a directory that leads out", "\"directory\":\"users\"",
	    "\"directory\":\"../../etc\"", "expected \"users\"" },
	{ "a column twice", "\"name\":\"twice\"", "\"name\":\"id\"", "twice" },
	{ "an unknown affinity", "\"affinity\":\"integer\"",
	    "\"affinity\":\"float\"", "unknown affinity" },
	{ "no affinity", "\"affinity\":\"integer\"",
	    "\"declared2\":\"integer\"", "" },
	{ "an index on a column that is not there", "\"column\":\"name\"",
	    "\"column\":\"nmae\"", "no column \"nmae\"" },
	{ "an index part that is neither", "{\"column\":\"id\"}", "{}",
	    "either a column or an expression" },
	{ "an index part that is both", "{\"column\":\"id\"}",
	    "{\"column\":\"id\",\"expression\":\"x\"}",
	    "either a column or an expression" },
	{ "an index without parts", "{\"column\":\"id\"}", "", "no parts" },
	{ "an unknown index kind", "\"kind\":\"unique\"", "\"kind\":\"hash\"",
	    "\"hash\"" },
	{ "an unknown table kind", "\"kind\":\"rowid\"", "\"kind\":\"heap\"",
	    "\"heap\"" },
	{ "a foreign key action that is SQL", "\"CASCADE\"",
	    "\"CASCADE; DROP TABLE x\"", "no foreign key action" },
	{ "a foreign key of unequal lengths", "\"parent_columns\":[\"id\"]",
	    "\"parent_columns\":[\"id\",\"x\"]", "1 columns refers to 2" },
	{ "a rowid column that is not there", "\"rowid_column\":\"id\"",
	    "\"rowid_column\":\"di\"", "no column \"di\"" },
	{ "a default without its text",
	    "\"default\":\"sql\",\"default_text\":\"'a \\\"b\\\"'\"",
	    "\"default\":\"sql\"", "is missing" },
	{ "a default's text without a default", "\"default\":\"sql\",", "",
	    "without \"default\"" },
	{ "a default of the other dialect", "\"default\":\"sql\"",
	    "\"default\":\"value\"", "cannot be in the sqlite dialect" },
	{ "a type in the sqlite dialect", "\"affinity\":\"integer\"",
	    "\"affinity\":\"integer\",\"type\":\"bigint\"", "type" },
	{ "a name with NUL", "\"name\":\"twice\"", "\"name\":\"tw\\u0000\"",
	    "" },
	{ "a name that is a number", "\"name\":\"twice\"", "\"name\":7", "" },
	{ "not UTF-8", "\"name\":\"twice\"", "\"name\":\"\xff\"", "" },
	{ "no source", "\"source\":", "\"sauce\":", "" },
	{ "a negative size", "\"bytes\":4096", "\"bytes\":-1", "" },
	{ "something behind the end", "]\n}\n", "]\n}\n{}", "" },
};

/* Remove the line breaks of a document, so that edits can be written in one
 * line; none stands in the sample's texts. */
static void
join_lines(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		if (*text == '\n' && strcmp(text, "\n}\n") != 0 &&
		    strcmp(text, "\n") != 0) {
			while (text[1] == ' ')
				text++;
			continue;
		}
		*out++ = *text;
	}
	*out = '\0';
}

static void
whatever_is_not_exactly_a_schema_is_refused(void **state)
{
	Schema schema = sample_schema();
	Buf buf = { 0 };
	char *text, *at, *edited;
	Error err;

	(void)state;
	write_schema(&schema, &buf);
	assert_true(buf_put(&buf, "", 1, &err));
	text = (char *)buf.data;
	join_lines(text);
	if (!read_text(text, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		at = strstr(text, edits[i].from);
		if (at == NULL)
			fail_msg("%s: not found", edits[i].title);
		edited = malloc(strlen(text) + 200);
		sprintf(edited, "%.*s%s%s", (int)(at - text), text, edits[i].to,
		    at + strlen(edits[i].from));
		if (read_text(edited, &err))
			fail_msg("%s: was read", edits[i].title);
		assert_int_equal(err.kind, ERROR_DUMP);
		if (strstr(err.text, edits[i].message) == NULL)
			fail_msg("%s: %s", edits[i].title, err.text);
		free(edited);
	}
	buf_free(&buf);
}

static void
no_expression_enters_the_postgresql_dialect(void **state)
{
	static const char *const texts[] = {
		"\"indexes\":[{\"name\":\"i\",\"kind\":\"plain\","
		"\"parts\":[{\"expression\":\"pg_sleep(9)\"}]}]",
		"\"indexes\":[{\"name\":\"i\",\"kind\":\"plain\","
		"\"parts\":[{\"column\":\"a\"}],\"where\":\"pg_sleep(9)\"}]",
		"\"checks\":[{\"name\":\"\",\"text\":\"pg_sleep(9)\"}]",
	};
	static const char frame[] =
	    "{\"format\":\"litehaul\",\"version\":1,"
	    "\"dialect\":\"postgresql\",\"source\":{\"name\":\"\","
	    "\"bytes\":0,\"modified\":0,\"encoding\":\"\","
	    "\"user_version\":0,\"application_id\":0},\"tables\":["
	    "{\"name\":\"t\",\"directory\":\"t\",\"kind\":\"rowid\","
	    "\"columns\":[{\"name\":\"a\",\"type\":\"%s\"}]%s%s}]}";
	char text[1024];
	Error err;

	(void)state;
	snprintf(text, sizeof(text), frame, "bigint", "", "");
	if (!read_text(text, &err))
		fail_msg("%s", err.text);
	snprintf(text, sizeof(text), frame, "bigint); DROP TABLE x", "", "");
	assert_false(read_text(text, &err));
	assert_non_null(strstr(err.text, "unknown type"));
	for (size_t i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), frame, "bigint", ",", texts[i]);
		assert_false(read_text(text, &err));
		assert_int_equal(err.kind, ERROR_DUMP);
		assert_non_null(
		    strstr(err.text, "cannot be in the postgresql dialect"));
	}
}

static void
many_tables_are_read_in_little_time(void **state)
{
	enum { TABLES = 50000 };
	Schema schema = sample_schema(), back = { 0 };
	Table *tables = calloc(TABLES, sizeof(*tables));
	char(*names)[24] = calloc(TABLES, sizeof(*names));
	Buf buf = { 0 };
	Error err;

	(void)state;
	for (int i = 0; i < TABLES; i++) {
		snprintf(names[i], sizeof(names[i]), "table_%d", i);
		tables[i] = (Table){ .name = names[i],
			.directory = names[i],
			.rowid_column = -1,
			.columns = sample_event_columns,
			.n_columns = 2 };
	}
	schema.tables = tables;
	schema.n_tables = TABLES;
	write_schema(&schema, &buf);
	assert_true(schema_read(buf.data, buf.size, &back, &err));
	assert_int_equal(back.n_tables, TABLES);
	schema_free(&back);
	buf_free(&buf);
	free(tables);
	free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(
		    the_postgresql_dialect_keeps_types_and_closed_defaults),
		cmocka_unit_test(arrays_for_the_row_codecs_follow_the_columns),
		cmocka_unit_test(directories_encode_names_and_stay_short),
		cmocka_unit_test(names_that_clash_are_not_written),
		cmocka_unit_test(whatever_is_not_exactly_a_schema_is_refused),
		cmocka_unit_test(no_expression_enters_the_postgresql_dialect),
		cmocka_unit_test(many_tables_are_read_in_little_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
