#include "formats/sqltext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef bool Put(Buf *out, const char *text, Error *err);

static void
assert_put(Put *put, const char *text, const char *wanted)
{
	Buf out = { 0 };
	Error err;

	assert_true(put(&out, text, &err));
	assert_string_equal(buf_text(&out, &err), wanted);
	buf_free(&out);
}

static void
quotes_in_names_and_literals_are_doubled(void **state)
{
	(void)state;
	assert_put(sqltext_put_name, "users", "\"users\"");
	assert_put(sqltext_put_name, "", "\"\"");
	assert_put(sqltext_put_name, "a\"; DROP TABLE b; --",
	    "\"a\"\"; DROP TABLE b; --\"");
	assert_put(sqltext_put_name, "it's", "\"it's\"");
	assert_put(sqltext_put_literal, "it's", "'it''s'");
	assert_put(sqltext_put_literal, "'", "''''");
	assert_put(sqltext_put_literal, "\\", "'\\'");
}

/* The tokens of a text, "kind:token" each, with blanks between. */
static void
assert_tokens(const char *sql, const char *wanted)
{
	static const char kinds[] = {
		[SQL_WORD] = 'w',
		[SQL_NAME] = 'n',
		[SQL_STRING] = 's',
		[SQL_BLOB] = 'b',
		[SQL_NUMBER] = '#',
		[SQL_PUNCTUATION] = 'p',
		[SQL_BAD] = '?',
	};
	Buf out = { 0 };
	Error err;
	SqlToken token;

	while ((token = sqltext_next(&sql)).kind != SQL_END)
		assert_true(buf_put_format(&out, &err, "%s%c:%.*s",
		    out.size > 0 ? " " : "", kinds[token.kind], (int)token.size,
		    token.text));
	assert_string_equal(buf_text(&out, &err), wanted);
	assert_int_equal(*sql, '\0');
	assert_int_equal(sqltext_next(&sql).kind, SQL_END);
	buf_free(&out);
}

static void
a_create_statement_falls_into_sqlites_tokens(void **state)
{
	(void)state;
	assert_tokens("", "");
	assert_tokens("CREATE TABLE [a b](x INT,`y\"`\tTEXT)",
	    "w:CREATE w:TABLE n:[a b] p:( w:x w:INT p:, n:`y\"` w:TEXT p:)");
	assert_tokens("\"a\"\"b\" 'it''s' x'0aF' X'0a'",
	    "n:\"a\"\"b\" s:'it''s' ?:x'0aF' b:X'0a'");
	assert_tokens("a<=b<>c||d!=e==f->>g->h<<i>>j>=k|l",
	    "w:a p:<= w:b p:<> w:c p:|| w:d p:!= w:e p:== w:f p:->> w:g p:-> "
	    "w:h p:<< w:i p:>> w:j p:>= w:k p:| w:l");
	assert_tokens("a.b -1 ~2", "w:a p:. w:b p:- #:1 p:~ #:2");
	assert_tokens(
	    "caf\xc3\xa9 $x a$1 _y", "w:caf\xc3\xa9 ?:$ w:x w:a$1 w:_y");
}

static void
numbers_end_where_sqlite_ends_them(void **state)
{
	(void)state;
	assert_tokens("1 1.5 .5 1. 1e5 1E-5 0x1F 1.e+3",
	    "#:1 #:1.5 #:.5 #:1. #:1e5 #:1E-5 #:0x1F #:1.e+3");
	assert_tokens("1a 0x 1e 1e+", "?:1a ?:0x ?:1e ?:1e p:+");
}

static void
comments_and_blanks_are_passed_over(void **state)
{
	(void)state;
	assert_tokens("-- one\na/* two\n*/b--", "w:a w:b");
	assert_tokens("a/*/b*/c/**/d", "w:a w:c w:d");
	assert_tokens("a/* no end", "w:a");
	assert_tokens("a/ *b", "w:a p:/ p:* w:b");
	assert_tokens("a/*", "w:a p:/ p:*");
	assert_tokens(" \v\n\f\ra", "w:a");
	assert_tokens("\va", "?:\v w:a");
	assert_tokens("\xef\xbb\xbf"
		      "a",
	    "w:a");
}

static void
what_is_not_closed_is_bad(void **state)
{
	(void)state;
	assert_tokens("'a", "?:'a");
	assert_tokens("\"a\"\"", "?:\"a\"\"");
	assert_tokens("[a", "?:[a");
	assert_tokens("x'00", "?:x'00");
	assert_tokens("x'0g' a", "?:x'0g' w:a");
	assert_tokens("? ! : @", "?:? ?:! ?:: ?:@");
}

static void
a_quoted_word_is_no_keyword(void **state)
{
	const char *sql = "check CHECK \"check\" 'check' ( checks";
	SqlToken token;

	(void)state;
	token = sqltext_next(&sql);
	assert_true(sqltext_is(&token, "CHECK"));
	assert_false(sqltext_is(&token, "CHEC"));
	assert_false(sqltext_is(&token, "CHECKS"));
	token = sqltext_next(&sql);
	assert_true(sqltext_is(&token, "check"));
	token = sqltext_next(&sql);
	assert_false(sqltext_is(&token, "check"));
	token = sqltext_next(&sql);
	assert_false(sqltext_is(&token, "check"));
	token = sqltext_next(&sql);
	assert_true(sqltext_is(&token, "("));
	token = sqltext_next(&sql);
	assert_false(sqltext_is(&token, "check"));
	token = sqltext_next(&sql);
	assert_false(sqltext_is(&token, ""));
}

static void
tokens_give_their_meaning(void **state)
{
	const char *sql =
	    "\"a\"\"b\" [c\"d] `e``f` 'it''s' '' 12 word \"\"\"\"";
	Buf out = { 0 };
	Error err;
	SqlToken token;

	(void)state;
	while ((token = sqltext_next(&sql)).kind != SQL_END) {
		assert_true(sqltext_put_meaning(&out, &token, &err));
		assert_true(buf_put_text(&out, "|", &err));
	}
	assert_string_equal(
	    buf_text(&out, &err), "a\"b|c\"d|e`f|it's||12|word|\"|");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_in_names_and_literals_are_doubled),
		cmocka_unit_test(a_create_statement_falls_into_sqlites_tokens),
		cmocka_unit_test(numbers_end_where_sqlite_ends_them),
		cmocka_unit_test(comments_and_blanks_are_passed_over),
		cmocka_unit_test(what_is_not_closed_is_bad),
		cmocka_unit_test(a_quoted_word_is_no_keyword),
		cmocka_unit_test(tokens_give_their_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
