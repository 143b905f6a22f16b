#include "import/sqlstate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
states_say_what_to_do(void **state)
{
	static const struct {
		const char *code;
		SqlstateAction action;
		ErrorKind kind;
	} cases[] = {
		{ NULL, SQLSTATE_STOP, ERROR_FAILED },
		{ "", SQLSTATE_STOP, ERROR_FAILED },
		{ "08006", SQLSTATE_LOST, ERROR_TARGET },
		{ "22021", SQLSTATE_STOP, ERROR_FAILED },
		{ "23505", SQLSTATE_STOP, ERROR_FAILED },
		{ "28P01", SQLSTATE_STOP, ERROR_TARGET },
		{ "40001", SQLSTATE_AGAIN, ERROR_FAILED },
		{ "40002", SQLSTATE_STOP, ERROR_FAILED },
		{ "40P01", SQLSTATE_AGAIN, ERROR_FAILED },
		{ "53100", SQLSTATE_STOP, ERROR_TARGET },
		{ "53300", SQLSTATE_LOST, ERROR_TARGET },
		{ "55P03", SQLSTATE_AGAIN, ERROR_TARGET },
		{ "57014", SQLSTATE_STOP, ERROR_FAILED },
		{ "57P01", SQLSTATE_LOST, ERROR_TARGET },
		{ "57P04", SQLSTATE_STOP, ERROR_TARGET },
		{ "58030", SQLSTATE_STOP, ERROR_TARGET },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(
		    sqlstate_action(cases[i].code), cases[i].action);
		assert_int_equal(sqlstate_kind(cases[i].code), cases[i].kind);
	}
}

static void
rows_are_blamed_for_data_and_for_what_triggers_raise(void **state)
{
	static const char *const rows[] = { "22001", "22P02", "23505", "23P01",
		"21000", "27000", "38000", "44000", "54000", "P0001", "Q0001",
		"ABCDE", "99999" };
	static const char *const others[] = { "", "2350", "235055", "00000",
		"08006", "0A000", "25006", "28P01", "40001", "40P01", "42501",
		"42P01", "53100", "55P03", "57014", "57P01", "58030", "HV000",
		"XX000", "F0000" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_true(sqlstate_blames_row(rows[i]));
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(sqlstate_blames_row(others[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_say_what_to_do),
		cmocka_unit_test(
		    rows_are_blamed_for_data_and_for_what_triggers_raise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
