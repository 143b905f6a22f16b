#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "formats/target.h"

static const char *labels[] = { "open", "it's \"done\"", "" };
static const char *parents[] = { "id" };
static const char *triggers[] = { "touch" };
static int first_column[] = { 0 };
static int two_columns[] = { 2, 1 };

static TargetColumn order_columns[] = {
	{ .name = "id",
	    .type_sql = "integer",
	    .known = true,
	    .type = { .name = TYPE_INTEGER },
	    .not_null = true,
	    .default_text = "nextval('orders_id_seq'::regclass)",
	    .sequence = "public.orders_id_seq" },
	{ .name = "createdAt",
	    .type_sql = "timestamp(3) without time zone",
	    .known = true,
	    .type = { .name = TYPE_TIMESTAMP },
	    .fraction_limited = true,
	    .fraction_digits = 3 },
	{ .name = "status",
	    .type_sql = "\"Status\"",
	    .labels = labels,
	    .n_labels = 3 },
	{ .name = "tags",
	    .type_sql = "text[]",
	    .array = true,
	    .element = { .name = TYPE_TEXT },
	    .element_known = true },
	{ .name = "total",
	    .type_sql = "money_amount",
	    .known = true,
	    .domain = true,
	    .type = { .name = TYPE_NUMERIC, .precision = 12, .scale = 2 } },
	{ .name = "number",
	    .type_sql = "bigint",
	    .known = true,
	    .type = { .name = TYPE_BIGINT },
	    .identity = TARGET_IDENTITY_ALWAYS,
	    .sequence = "public.\"Odd\"" },
	{ .name = "twice",
	    .type_sql = "integer",
	    .known = true,
	    .type = { .name = TYPE_INTEGER },
	    .generated = true,
	    .default_text = "(id * 2)" },
};

static TargetKey order_keys[] = {
	{ .name = "orders_pkey",
	    .primary = true,
	    .columns = first_column,
	    .n_columns = 1 },
	{ .name = "orders_u", .columns = two_columns, .n_columns = 2 },
};

static TargetForeignKey order_foreign_keys[] = {
	{ .name = "orders_fkey",
	    .columns = first_column,
	    .n_columns = 1,
	    .parent_namespace = "public",
	    .parent = "orders",
	    .parent_columns = parents,
	    .deferrable = true },
};

static TargetCheck order_checks[] = { { "positive", "CHECK ((id > 0))" } };

static TargetTable tables[] = {
	{ .namespace = "public", .name = "nothing" },
	{ .namespace = "public",
	    .name = "orders",
	    .partitioned = true,
	    .columns = order_columns,
	    .n_columns = sizeof order_columns / sizeof *order_columns,
	    .keys = order_keys,
	    .n_keys = 2,
	    .foreign_keys = order_foreign_keys,
	    .n_foreign_keys = 1,
	    .checks = order_checks,
	    .n_checks = 1,
	    .triggers = triggers,
	    .n_triggers = 1,
	    .row_security = true },
};

static const Target sample = {
	.server = "15.4", .namespace = "public", .tables = tables, .n_tables = 2
};

static void
write_target(const Target *target, Buf *buf)
{
	Error err;

	buf->size = 0;
	if (!target_write(target, buf, &err))
		fail_msg("%s", err.text);
}

static void
read_back(const Buf *buf, Target *target)
{
	Error err;

	if (!target_read(buf->data, buf->size, "target.json", target, &err))
		fail_msg("%s", err.text);
}

static void
what_is_written_is_read_back(void **state)
{
	Buf one = { 0 }, other = { 0 };
	Target back = { 0 };
	const TargetTable *table;

	(void)state;
	write_target(&sample, &one);
	read_back(&one, &back);
	write_target(&back, &other);
	assert_int_equal(one.size, other.size);
	assert_memory_equal(one.data, other.data, one.size);
	assert_string_equal(back.server, "15.4");
	assert_int_equal(back.n_tables, 2);
	assert_int_equal(back.tables[0].n_columns, 0);
	table = &back.tables[1];
	assert_true(table->partitioned && table->row_security);
	assert_int_equal(table->columns[1].fraction_digits, 3);
	assert_false(table->columns[2].known);
	assert_string_equal(table->columns[2].labels[1], "it's \"done\"");
	assert_true(table->columns[3].array && table->columns[3].element_known);
	assert_int_equal(table->columns[4].type.scale, 2);
	assert_int_equal(table->columns[5].identity, TARGET_IDENTITY_ALWAYS);
	assert_true(table->columns[6].generated);
	assert_int_equal(table->keys[1].columns[0], 2);
	assert_false(table->foreign_keys[0].valid);
	assert_string_equal(table->triggers[0], "touch");
	target_free(&back);
	buf_free(&one);
	buf_free(&other);
}

static void
a_target_without_tables_is_one(void **state)
{
	const Target empty = { .server = "16.1", .namespace = "shop" };
	Target back = { 0 };
	Buf buf = { 0 };

	(void)state;
	write_target(&empty, &buf);
	read_back(&buf, &back);
	assert_int_equal(back.n_tables, 0);
	assert_string_equal(back.namespace, "shop");
	target_free(&back);
	buf_free(&buf);
}

#define HEAD                                                                 \
	"{\"format\":\"litehaul\",\"version\":1,\"dialect\":\"postgresql\"," \
	"\"kind\":\"target\",\"server\":\"15\",\"namespace\":\"public\","    \
	"\"tables\":["
#define TABLE(rest) HEAD "{\"namespace\":\"public\",\"name\":\"a\"," rest "}]}"
#define COLUMN(rest) \
	TABLE("\"columns\":[{\"name\":\"x\",\"type\":\"y\"," rest "}]")

typedef struct {
	const char *text;
	const char *message; /* part of it */
} Refusal;

static const Refusal refusals[] = {
	{ "", "is not a litehaul document" },
	{ "CREATE TABLE a(b int);", "is not a litehaul document" },
	{ "{\"format\":\"litehaul\",\"version\":2}", "newer litehaul" },
	{ HEAD "]}x", "end of file expected" },
	{ "{\"format\":\"litehaul\",\"version\":1,\"dialect\":\"sqlite\","
	  "\"source\":{},\"tables\":[]}",
	    "key \"source\" is not known" },
	{ "{\"format\":\"litehaul\",\"version\":1,\"dialect\":\"postgresql\","
	  "\"kind\":\"schema\",\"server\":\"15\",\"namespace\":\"public\","
	  "\"tables\":[]}",
	    "describes no target" },
	{ "{\"format\":\"litehaul\",\"version\":1,\"dialect\":\"sqlite\","
	  "\"kind\":\"target\",\"server\":\"15\",\"namespace\":\"public\","
	  "\"tables\":[]}",
	    "describes no target" },
	{ TABLE("\"colums\":[]"), "\"colums\" is not known" },
	{ HEAD "{\"name\":\"a\",\"columns\":[]}]}",
	    "\"namespace\" is missing" },
	{ HEAD "{\"namespace\":\"s\",\"name\":\"\",\"columns\":[]}]}",
	    "has no name" },
	{ HEAD "{\"namespace\":\"s\",\"name\":\"a\",\"columns\":[]},"
	       "{\"namespace\":\"s\",\"name\":\"a\",\"columns\":[]}]}",
	    "is there twice" },
	{ TABLE("\"columns\":[{\"name\":\"x\",\"type\":\"y\"},"
		"{\"name\":\"x\",\"type\":\"y\"}]"),
	    "there are two \"x\"" },
	{ TABLE("\"columns\":[{\"name\":\"\",\"type\":\"y\"}]"),
	    "a name is empty" },
	{ COLUMN("\"base\":\"serial\""), "unknown type \"serial\"" },
	{ COLUMN("\"array\":true,\"element\":\"e\""), "unknown type \"e\"" },
	{ COLUMN("\"element\":\"text\""), "only an array has elements" },
	{ COLUMN("\"array\":true,\"base\":\"text\""), "cannot be of type" },
	{ COLUMN("\"labels\":[\"a\"],\"base\":\"text\""), "cannot be of type" },
	{ COLUMN("\"labels\":[1]"), "not a text" },
	{ COLUMN("\"identity\":\"sometimes\""), "unknown identity" },
	{ COLUMN("\"fraction_digits\":3"), "is not for this type" },
	{ COLUMN("\"base\":\"date\",\"fraction_digits\":3"),
	    "is not for this type" },
	{ COLUMN("\"base\":\"timestamp\",\"fraction_digits\":7"),
	    "is not for this type" },
	{ TABLE("\"columns\":[],\"keys\":[{\"name\":\"k\",\"columns\":[]}]"),
	    "a key without columns" },
	{ TABLE("\"columns\":[],\"keys\":[{\"name\":\"k\",\"columns\":[\"x\"]}"
		"]"),
	    "no column \"x\"" },
	{ TABLE("\"columns\":[{\"name\":\"x\",\"type\":\"y\"}],"
		"\"foreign_keys\":[{\"name\":\"k\",\"columns\":[\"x\"],"
		"\"parent_namespace\":\"s\",\"parent\":\"p\","
		"\"parent_columns\":[\"a\",\"b\"]}]"),
	    "1 columns refers to 2" },
	{ TABLE("\"columns\":[],\"checks\":[{\"name\":\"c\"}]"),
	    "\"text\" is missing" },
	{ TABLE("\"columns\":[],\"triggers\":{}"), "not an array" },
};

static void
what_is_no_target_is_refused_as_a_mistake_of_the_operator(void **state)
{
	Target target;
	Error err;

	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		target = (Target){ 0 };
		err = (Error){ 0 };
		if (target_read((const uint8_t *)refusals[i].text,
			strlen(refusals[i].text), "my.json", &target, &err))
			fail_msg("%zu was read", i);
		if (strstr(err.text, refusals[i].message) == NULL ||
		    strstr(err.text, "my.json") == NULL ||
		    strstr(err.text, "--describe") == NULL)
			fail_msg("%zu: %s", i, err.text);
		assert_int_equal(err.kind, ERROR_USAGE);
		target_free(&target);
	}
}

/* Every byte of a target changed or cut off: read or refused, never worse. */
static void
damage_does_no_harm(void **state)
{
	Buf buf = { 0 };
	Target target;
	Error err;
	uint8_t kept;

	(void)state;
	write_target(&sample, &buf);
	for (size_t i = 0; i < buf.size; i++) {
		kept = buf.data[i];
		buf.data[i] = (uint8_t)(kept ^ 1);
		target = (Target){ 0 };
		(void)!target_read(buf.data, buf.size, "x", &target, &err);
		target_free(&target);
		buf.data[i] = kept;
		target = (Target){ 0 };
		if (i + 2 < buf.size)
			assert_false(
			    target_read(buf.data, i, "x", &target, &err));
		target_free(&target);
	}
	buf_free(&buf);
}

typedef struct {
	const char *format_type;
	bool known;
	TypeName name;
	int digits; /* -1: not limited */
} TypeCase;

static const TypeCase type_cases[] = {
	{ "integer", true, TYPE_INTEGER, -1 },
	{ "character varying(20)", true, TYPE_VARCHAR, -1 },
	{ "character(3)", true, TYPE_CHAR, -1 },
	{ "numeric(12,2)", true, TYPE_NUMERIC, -1 },
	{ "timestamp without time zone", true, TYPE_TIMESTAMP, -1 },
	{ "timestamp(3) without time zone", true, TYPE_TIMESTAMP, 3 },
	{ "timestamp(0) with time zone", true, TYPE_TIMESTAMPTZ, 0 },
	{ "timestamp(6) with time zone", true, TYPE_TIMESTAMPTZ, 6 },
	{ "time(2) without time zone", true, TYPE_TIME, 2 },
	{ "time(7) without time zone", false, TYPE_TEXT, -1 },
	{ "time(2) with time zone", false, TYPE_TEXT, -1 },
	{ "time with time zone", false, TYPE_TEXT, -1 },
	{ "interval(3)", false, TYPE_TEXT, -1 },
	{ "bit(3)", false, TYPE_TEXT, -1 },
	{ "bigint(3)", false, TYPE_TEXT, -1 },
	{ "numeric(3,5)", false, TYPE_TEXT, -1 },
	{ "\"char\"", false, TYPE_TEXT, -1 },
	{ "text[]", false, TYPE_TEXT, -1 },
	{ "citext", false, TYPE_TEXT, -1 },
	{ "a name with ( and more than forty-eight bytes in all of it(3)",
	    false, TYPE_TEXT, -1 },
	{ "", false, TYPE_TEXT, -1 },
};

static void
format_types_are_known_or_text(void **state)
{
	TargetColumn column;

	(void)state;
	for (size_t i = 0; i < sizeof type_cases / sizeof *type_cases; i++) {
		const TypeCase *one = &type_cases[i];

		column = (TargetColumn){ .fraction_limited = true };
		target_set_type(&column, one->format_type);
		if (column.known != one->known ||
		    column.type.name != one->name ||
		    column.fraction_limited != (one->digits >= 0) ||
		    (one->digits >= 0 && column.fraction_digits != one->digits))
			fail_msg("%s", one->format_type);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_target_without_tables_is_one),
		cmocka_unit_test(
		    what_is_no_target_is_refused_as_a_mistake_of_the_operator),
		cmocka_unit_test(damage_does_no_harm),
		cmocka_unit_test(format_types_are_known_or_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
