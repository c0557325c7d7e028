use proptest::prelude::*;

use super::super::{
    charset,
    finding::{Category, Finding},
    work,
};

/// Detects in a value of its own.
fn detect(value: &[u8]) -> Option<Finding> {
    super::detect(value, charset::classes(value), &mut Vec::new())
}

/// The detector and the score, or none.
fn found(value: &str) -> Option<(&'static str, u8)> {
    detect(value.as_bytes()).map(|finding| {
        assert_eq!(finding.category, Category::Sqli);
        (finding.detector, finding.score)
    })
}

#[test]
fn attacks_are_found_by_the_construct_that_they_use() {
    for (detector, attacks) in [
        (
            "sqli.union",
            &[
                "-1 union select 1,2,3",
                "1 UNION ALL SELECT NULL,NULL--",
                "1/**/uNiOn/**/sELeCt/**/1,2",
                "1 /*!50000UNION*/ /*!50000SELECT*/ 1",
                "x') union (select password from users)--",
                "1e0union select 1",
                "1 union distinct values (1,2)",
                "-1#a\nunion#b\nselect 1",
            ][..],
        ),
        (
            "sqli.condition",
            &[
                "' or 1=1--",
                "1 or 1=1",
                "1) or (1=1",
                "' or 'a'='a",
                "\" or \"\"=\"",
                "admin' or '1'='1'#",
                "' || '1'='1",
                "1 xor 2>1",
                "' or 1 like 1 or '",
                "1 and ascii(substring(version(),1,1))>52",
                "' or id is not null or '",
                "' or email like '%@example.com' or '",
                "1 or true",
                "' or 2 between 1 and 3--",
                "' or 1 in (1)--",
                "x where 1=1--",
                "or '[1]' ?| array[1]",
            ],
        ),
        (
            "sqli.comment",
            &[
                "admin'--",
                "admin' #",
                "admin'/*",
                "admin')-- -",
                "admin';--",
                "a@b.example`;",
                "a@b.example';",
            ],
        ),
        (
            "sqli.statement",
            &[
                "1; drop table users--",
                "'; insert into users values ('x')--",
                "1; exec xp_dirtree '//x'",
                "'; update users set role='admin' where name='x",
                "1;declare @q varchar(99);set @q='x'",
                "'; shutdown--",
                "'; truncate table logs--",
                "1; delete from users where 1=1",
                "x'; load data infile '/etc/passwd' into table t--",
            ],
        ),
        (
            "sqli.delay",
            &[
                "sleep(5)",
                "pg_sleep(10)",
                "1; waitfor delay '0:0:5'--",
                "benchmark(1000000,md5(1))",
                "dbms_pipe.receive_message('a',10)",
            ],
        ),
        (
            "sqli.order",
            &["1 order by 10", "' order by 3--", "1) group by 2#"],
        ),
        (
            "sqli.catalogue",
            &["information_schema.tables", "sqlite_master", "x from mysql.user"],
        ),
        (
            "sqli.conditional",
            &["if(1=1,1,0)", "case when (1=1) then 1 else 0 end"],
        ),
        (
            "sqli.dangerous-function",
            &[
                "extractvalue(1,concat(0x7e,version()))",
                "load_file('/etc/passwd')",
                "exec master..xp_cmdshell 'dir'",
            ],
        ),
        (
            "sqli.file",
            &["x into outfile '/var/www/a.php'", "1 into dumpfile 'a'"],
        ),
        ("sqli.error", &["exp(~(1))", "convert(int,@@version)"]),
        (
            "sqli.operator",
            &["'='", "a' or 'b", "a'  not  rlike  'b", "'||'", "' * '"],
        ),
        ("sqli.arithmetic", &["'-(select 1)-'", "'+(1)='1", "'^0=(0)-- -a"]),
        ("sqli.having", &["x having 1=1--", "id group by a having 2>1"]),
        ("sqli.procedure", &["1 procedure analyse(1,1)"]),
        (
            "sqli.select",
            &[
                "(select password from users where id=1)",
                "select @@version",
                "a=(select count(*) from t)",
                "` as `a` from",
                "1 as \"a\" from t",
            ],
        ),
        ("sqli.server-variable", &["1+@@version", "(@@datadir)"]),
        ("sqli.list", &["x','y','z')--"]),
        ("sqli.cast", &["password::int", "f(x)::int"]),
        ("sqli.number", &["1.e(ascii)"]),
        ("sqli.collate", &["user'collate`utf8mb4_general_ci`--"]),
        ("sqli.expression", &["( 'a' or binary 1 ) --"]),
        (
            "sqli.function",
            &[
                "1+char(97)",
                "hex(substr(version(),1))",
                "cast(x as varchar)",
                "unhex(",
            ],
        ),
    ] {
        for attack in attacks {
            let Some((by, score)) = found(attack) else {
                panic!("{attack:?} is not found");
            };
            // Several constructs may meet in one attack; which of them speaks first is no promise, that it is certain is one.
            assert_eq!(score, 5, "{attack:?} by {by}");
            assert!(
                by == detector || attacks.len() > 1,
                "{attack:?} is found by {by}, not by {detector}"
            );
        }
        let own = attacks
            .iter()
            .filter(|attack| found(attack).is_some_and(|(by, _)| by == detector))
            .count();
        assert!(own > 0, "nothing is found by {detector}");
    }
}

#[test]
fn prose_and_ordinary_values_are_left_alone() {
    for value in [
        "",
        "42",
        "O'Reilly and sons",
        "rock 'n' roll -- the best; drop me a line",
        "select the union of both sets, or 1 of them",
        "Western Union selected a few friends",
        "the students' union -- select committee",
        "it's 10 o'clock and we're done",
        "the dogs' and the cats' beds",
        "\"To be or not to be\" -- Shakespeare",
        "He said \"no.\"\n\t\t-- Author Unknown",
        "1 or 2 of these",
        "THING 1 AND THING 2",
        "if a > b and c < d then stop",
        "x=10 and y=20",
        "2 + 2 = 4",
        "12.5 x 12.5\"",
        "5' 10\" tall",
        "8.5x11\"-300 DPI) --",
        "\"WHITE\" + \"PLATE\" + \"POTTERY\"",
        "black and \"shower curtain\"",
        "1 function (1)",
        "User(login_name),Images(url_170x135)",
        "1611-IioXXIG1ti8rspL2vbXFy--",
        "please order by 5 pm",
        "table lamp; group by colour",
        "delete from my account, please",
        "update me on the set of rules",
        "having true friends",
        "just in case when you go",
        "e-mail me at me@example.com",
        "{\"a\": 1, \"b\": [2, 3]}",
        "https://example.com/search?q=a&lang=en#top",
        "I <3 <3 you",
        "C# and F#",
        "recover from `=>` in a comment after `=>` and `<=`",
        "no more `<li>` tags in the short description of an item",
        "account for `!` in the tail of `match`, not for `-x`",
        "support `::crate` in paths",
        "#2 mom",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)",
    ] {
        assert!(
            found(value).is_none_or(|(_, score)| score < 4),
            "{value:?}: {:?}",
            found(value)
        );
    }
}

#[test]
fn a_query_that_breaks_out_of_nothing_is_suspicious_and_not_certain() {
    assert_eq!(found("select 1 from a"), Some(("sqli.select", 4)));
    assert_eq!(
        found("select user_id, name from users where status = 1"),
        Some(("sqli.select", 4))
    );
}

#[test]
fn work_grows_with_the_length_and_no_faster() {
    work::assert_linear(
        &[
            "a ",
            "'",
            "\"",
            "' or ",
            "or(",
            "(",
            ")",
            "-",
            "--",
            "--\n",
            "#\n ",
            "/*",
            "/**/",
            "/*!",
            "$$",
            "$a$",
            "[a",
            "`",
            "1e",
            "1f",
            "0x",
            "@",
            "@@",
            "union ",
            "union(",
            "select ",
            "select(",
            "select a from b ",
            "select a,",
            "case when ",
            "case when a then ",
            "if(",
            "and a+b+c+d+e+f+g ",
            "a.",
            "a::",
            "exec(",
            "insert into ",
            "update ",
            "; drop table ",
            "order by ",
            "concat(",
            "cast(a ",
            "sleep(",
            "1=",
            "not ",
            "- ",
            "in(",
            "''",
            "\\'",
            "x'",
            "load ",
            "grant ",
            "copy a ",
        ],
        detect,
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read(value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = detect(&value);
    }

    #[test]
    fn anything_made_of_pieces_of_sql_is_read(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "'", "\"", "`", "(", ")", ",", ";", ".", " ", "\n", "--", "#", "/*", "*/", "/*!5", "$$", "$", "[", "]", "@", "@@", "0x", "1", "1.e", "e", "f", "=", "<",
                ">", "!", "~", "|", "&", ":", "?", "->", "\\", "\u{a0}", "union", "select", "from", "where", "and", "or", "not", "like", "in", "is", "between", "case",
                "when", "then", "end", "order", "by", "having", "exec", "insert", "into", "set", "sleep", "concat", "information_schema", "if", "as", "int", "null", "x",
            ]),
            0..40,
        )
    ) {
        let _ = detect(pieces.concat().as_bytes());
    }
}
