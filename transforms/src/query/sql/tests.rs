//! Against what `pg_stat_statements` and Percona's tools make of statements: what is one to them has one normal form.

use super::Dialect::{Ansi, MySql};
use super::*;
use proptest::prelude::*;

/// Statements and their normalised text, of PostgreSQL's own tests (`contrib/pg_stat_statements/expected/`,
/// `select.out` and `squashing.out`; PostgreSQL licence).
const PG_STAT_STATEMENTS: [(&str, &str); 22] = [
    ("SELECT 1 AS \"int\" LIMIT 2;", "SELECT $1 AS \"int\" LIMIT $2"),
    ("SELECT 1 AS \"int\" OFFSET 1 LIMIT 1", "SELECT $1 AS \"int\" OFFSET $2 LIMIT $3"),
    ("SELECT DISTINCT 1 AS \"int\"", "SELECT DISTINCT $1 AS \"int\""),
    (
        "/* this comment should not appear in the output */\nSELECT 'hello'\n  -- but this one will appear\n  AS \"text\"",
        "SELECT $1 AS \"text\"",
    ),
    ("SELECT 2.0 AS \"float\"", "SELECT $1 AS \"float\""),
    ("SELECT 3 + 3", "SELECT $1 + $2"),
    ("SELECT ' ' || ' !'", "SELECT $1 || $2"),
    ("SELECT 1 AS i UNION SELECT 2 ORDER BY i", "SELECT $1 AS i UNION SELECT $2 ORDER BY i"),
    ("select '{\"a\":1, \"b\":2}'::jsonb ? 'b'", "select $1::jsonb ? $2"),
    (
        "WITH t(f) AS (\n  VALUES (1.0), (2.0)\n)\n  SELECT f FROM t ORDER BY f",
        "WITH t(f) AS (VALUES ($1), ($2)) SELECT f FROM t ORDER BY f",
    ),
    (
        "PREPARE pgss_test (int) AS SELECT $1, 'test' LIMIT 1",
        "PREPARE pgss_test (int) AS SELECT $1, $2 LIMIT $3",
    ),
    ("SELECT WHERE '1' IN ('1'::int, '3'::int::text)", "SELECT WHERE $1 IN ($2::int, $3::int::text)"),
    ("SELECT WHERE (1, 2) IN ((1, 2), (2, 3))", "SELECT WHERE ($1, $2) IN (($3, $4), ($5, $6))"),
    ("SELECT * FROM test_squash WHERE id IN (1)", "SELECT * FROM test_squash WHERE id IN ($1)"),
    (
        "SELECT * FROM test_squash WHERE id IN (1, 2, 3)",
        "SELECT * FROM test_squash WHERE id IN ($1 /*, ... */)",
    ),
    ("SELECT ARRAY[1, 2, 3]", "SELECT ARRAY[$1 /*, ... */]"),
    (
        "SELECT * FROM test_squash WHERE id IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AND data = 2",
        "SELECT * FROM test_squash WHERE id IN ($1 /*, ... */) AND data = $2",
    ),
    (
        "SELECT * FROM test_squash WHERE id = ANY (ARRAY[1, 2, 3]) AND data = 2",
        "SELECT * FROM test_squash WHERE id = ANY (ARRAY[$1 /*, ... */]) AND data = $2",
    ),
    (
        "SELECT * FROM test_squash WHERE id IN\n\t(1 + 1, 2 + 2)",
        "SELECT * FROM test_squash WHERE id IN ($1 + $2, $3 + $4)",
    ),
    (
        "SELECT data FROM test_float WHERE data IN (1, '2')",
        "SELECT data FROM test_float WHERE data IN ($1 /*, ... */)",
    ),
    (
        "SELECT * FROM test_squash_bigint WHERE data IN\n\t(1::bigint, 2::bigint, 3::bigint)",
        "SELECT * FROM test_squash_bigint WHERE data IN ($1 /*, ... */)",
    ),
    (
        "SELECT * FROM pgss_a JOIN pgss_b ON pgss_b.a_id = pgss_a.id FOR UPDATE OF pgss_a",
        "SELECT * FROM pgss_a JOIN pgss_b ON pgss_b.a_id = pgss_a.id FOR UPDATE OF pgss_a",
    ),
];

/// Statements and their fingerprints, of Percona's `go-mysql` (`query/query_test.go`, BSD 3-clause), which follows
/// `pt-fingerprint`. Left out: `CALL`, `USE` and `administrator command`, whose names it drops or keeps by a rule of
/// its own, and `VALUES (NOW())`, in which it counts a function as a value.
const PERCONA: [(&str, &str); 30] = [
    ("SELECT c FROM t WHERE id=1", "select c from t where id=?"),
    (
        "UPDATE groups_search SET  charter = '   -------3\\'\\' XXXXXXXXX.\\n    \\n    ------', show_in_list = 'Y' WHERE group_id='aaaaaaaa'",
        "update groups_search set charter = ?, show_in_list = ? where group_id=?",
    ),
    ("SELECT /*!40001 SQL_NO_CACHE */ * FROM `film`", "select /*!40001 sql_no_cache */ * from `film`"),
    ("select null, 5.001, 5001. from foo", "select ?, ?, ? from foo"),
    ("select 'hello', '\\nhello\\n', \"hello\", '\\'' from foo", "select ?, ?, ?, ? from foo"),
    ("select 'hello'\n", "select ?"),
    ("select '\\\\' from foo", "select ? from foo"),
    ("select   foo", "select foo"),
    ("SELECT * from foo where a = 5", "select * from foo where a = ?"),
    (
        "select 0e0, +6e-30, -6.00 from foo where a = 5.5 or b=0.5 or c=.5",
        "select ?, ?, ? from foo where a = ? or b=? or c=?",
    ),
    ("select 0x0, x'123', 0b1010, b'10101' from foo", "select ?, ?, ?, ? from foo"),
    (" select  * from\nfoo where a = 5", "select * from foo where a = ?"),
    (
        "select * from foo where a in (5) and b in (5, 8,9 ,9 , 10)",
        "select * from foo where a in(?+) and b in(?+)",
    ),
    ("select foo_1 from foo_2_3", "select foo_1 from foo_2_3"),
    ("select 123foo from 123_foo", "select 123foo from 123_foo"),
    ("insert into abtemp.coxed select foo.bar from foo", "insert into abtemp.coxed select foo.bar from foo"),
    ("select * from foo limit 5, 10", "select * from foo limit ?, ?"),
    ("select * from foo limit 5 offset 10", "select * from foo limit ? offset ?"),
    ("LOAD DATA INFILE '/tmp/foo.txt' INTO db.tbl", "load data infile ? into db.tbl"),
    ("SELECT * FROM prices.rt_5min where id=1", "select * from prices.rt_5min where id=?"),
    (
        "/* -- S++ SU ABORTABLE -- spd_user: rspadim */SELECT SQL_SMALL_RESULT FROM est_dia WHERE unidade_id=1001 AND item_id=67",
        "select sql_small_result from est_dia where unidade_id=? and item_id=?",
    ),
    ("INSERT INTO t (ts) VALUES ('()', '\\(', '\\)')", "insert into t (ts) values(?+)"),
    ("SELECT `col` FROM `table-1` WHERE `id` = 5", "select `col` from `table-1` where `id` = ?"),
    ("insert into foo(a, b, c) values(2, 4, 5) , (2,4,5)", "insert into foo(a, b, c) values(?+)"),
    (
        "select * from t where (base.nid IN  ('1412', '1410', '1411'))",
        "select * from t where (base.nid in(?+))",
    ),
    (
        "select * from t where i=1      order            by \n  a,  b          ASC, d    DESC,\n\n   e asc",
        "select * from t where i=? order by a, b, d desc, e",
    ),
    ("select foo-- bar\n,foo", "select foo,foo"),
    (
        "### Channels ###\n\tSELECT sourcetable, IF(f.lastcontent = 0, f.lastupdate, f.lastcontent) AS lastactivity",
        "select sourcetable, if(f.lastcontent = ?, f.lastupdate, f.lastcontent) as lastactivity",
    ),
    (
        "insert into t values (1), (2), (3)\n\n\ton duplicate key update query_count=COALESCE(query_count, 0) + VALUES(query_count)",
        "insert into t values(?+) on duplicate key update query_count=coalesce(query_count, ?) + values(query_count)",
    ),
    (
        "select t.a from t having  sum(if(column_key in ('PRI','UNI'),1,0))=0",
        "select t.a from t having sum(if(column_key in(?+),?,?))=?",
    ),
];

#[test]
fn what_is_one_to_pg_stat_statements_is_one() {
    for (statement, normalized) in PG_STAT_STATEMENTS {
        assert_eq!(normal(statement, Ansi), normal(normalized, Ansi), "{statement}");
        assert!(!normal(statement, Ansi).contains("hello"));
    }
}

#[test]
fn what_is_one_to_percona_is_one() {
    for (statement, fingerprint) in PERCONA {
        assert_eq!(normal(statement, MySql), normal(fingerprint, MySql), "{statement}");
    }
}

#[test]
fn the_form_itself() {
    for (dialect, statement, expected) in [
        (
            Ansi,
            "SELECT  a.B,\"C\" FROM T WHERE x!=-1 AND y IS NOT NULL AND z = NULL;",
            "select a.b, \"C\" from t where x <> ? and y is not null and z = ?",
        ),
        (Ansi, "SELECT a-1, f( -1 ), a -1", "select a - ?, f(?), a - ?"),
        (Ansi, "select $$it's$$, $q$a $$ b$q$, E'a\\'b', 'a\\', U&'x', $1", "select ?, ?, ?, ?, ?, ?"),
        (
            Ansi,
            "insert into t (a, b) values (1, now()), (2, now()), (3, default)",
            "insert into t(a, b) values (?, now()), (?, default)",
        ),
        (
            Ansi,
            "select * from t where id in (select id from u where n in (1,2))",
            "select * from t where id in (select id from u where n in (?+))",
        ),
        (
            Ansi,
            "select x->>'a', x #> '{a}', :id, %s from t where b in (:a, :b)",
            "select x ->> ?, x #> ?, ?, ? from t where b in (?+)",
        ),
        (Ansi, "SELECT count(*) FROM t -- 'x", "select count(*) from t"),
        (MySql, "select \"it's\", 'a\\'b' from `T` # x\n where @v = 1", "select ?, ? from `T` where @v = ?"),
        (Ansi, "begin; select 1; commit;", "begin; select ?; commit"),
        (Ansi, "", ""),
        (Ansi, "select .5a, -.5, +.x, %(a)s", "select.5a, ?, +.x, ?"),
        (Ansi, "alter role bob password 'x'", "alter role bob password ?"),
    ] {
        assert_eq!(normal(statement, dialect), expected);
    }
}

#[test]
fn the_dialect_is_that_of_the_log() {
    assert_eq!(Dialect::of("postgresql_csv", "`"), Ansi);
    assert_eq!(Dialect::of("mysql_slow", ""), MySql);
    assert_eq!(Dialect::of("rails", "select `a`"), MySql);
    assert_eq!(Dialect::of("rails", "select \"a\""), Ansi);
}

proptest! {
    #[test]
    fn any_text_has_a_form_that_is_its_own(text in "(select|in|values|array|null|is|a|e|1|-|\\+|%\\(|s|\\(|\\)|\\[|\\]|,|'|\"|`|\\$|\\$\\$|::|;|--|/\\*|\\*/|#|\\.|\\?| |\n|ä|\\PC){0,40}", mysql: bool) {
        let dialect = if mysql { MySql } else { Ansi };
        let once = normal(&text, dialect);
        prop_assert!(once.len() <= 4 * text.len() + 4);
    }

    #[test]
    fn values_do_not_matter(a in "[0-9]{1,5}", b in "'[a-z ]{0,9}'", n in 1usize..6) {
        let list = vec![a.as_str(); n].join(", ");
        let statement = format!("select x from t where a = {a} and b = {b} and c in ({list})");
        prop_assert_eq!(normal(&statement, Ansi), "select x from t where a = ? and b = ? and c in (?+)");
    }
}
