//! Attacks on document stores, and what only looks like them.

use proptest::prelude::*;

use super::{
    super::{charset, finding::Finding, work},
    detect_name,
};

fn detect(value: &[u8]) -> Option<Finding> {
    super::detect(value, charset::classes(value))
}

fn found(value: &str) -> Option<(&'static str, u8)> {
    detect(value.as_bytes()).map(|finding| (finding.detector, finding.score))
}

#[test]
fn operators_are_found_in_names() {
    for name in ["user[$ne]", "$where", "a.$regex", "filter[name][$in][]", "$GT"] {
        assert_eq!(
            detect_name(name.as_bytes()).map(|finding| finding.score),
            Some(5),
            "{name:?}"
        );
    }
    for name in [
        "user",
        "price[$]",
        "$filter",
        "$set",
        "$ref",
        "a$ne",
        "$next",
        "cost_$lt_10",
    ] {
        assert_eq!(detect_name(name.as_bytes()), None, "{name:?}");
    }
}

#[test]
fn attacks_are_certain_and_named_by_what_they_use() {
    for (value, detector) in [
        (r#"{"$gt":""}"#, "nosql.operator"),
        ("true, $where: '99 == 88'", "nosql.operator"),
        ("', $or: [ {}, { 'a':'a", "nosql.operator"),
        ("$exists", "nosql.operator"),
        ("user[$ne]=1", "nosql.operator"),
        ("'; return true; var x='", "nosql.script"),
        ("' || this.password.match(/.*/)//", "nosql.script"),
        ("1 || this.a == this.a", "nosql.script"),
        (
            ";var date = new Date(); do{cur = new Date();}while(cur-date<10000)",
            "nosql.delay",
        ),
        ("db.users.find({})", "nosql.shell"),
        ("db.dropDatabase()", "nosql.shell"),
        ("' detach delete n //", "nosql.cypher"),
        ("' load csv from 'http://a.example' as x //", "nosql.cypher"),
        ("}) call db.labels() yield x //", "nosql.cypher"),
        ("x\r\nFLUSHALL\r\n", "nosql.command"),
        ("x\r\nCONFIG SET dir /var/www\r\n", "nosql.command"),
        ("x\r\nset k 0 3600 5\r\nhello", "nosql.command"),
        ("x\r\n*1\r\n$8\r\nFLUSHALL\r\n", "nosql.command"),
    ] {
        assert_eq!(found(value), Some((detector, 5)), "{value:?}");
    }
}

#[test]
fn prose_and_ordinary_values_are_left_alone() {
    for value in [
        "",
        "it costs $10 (or $in total)",
        "$5: a bargain",
        "I'll return this; return it true to form",
        "this. And that; while (in doubt) do it",
        "the db. Find (it) here",
        "call the doctor; load the car",
        "first line\nset the table\nand eat",
        "first line\nconfig\nset 1 2",
        "a list\n*1\n*2",
        "new Date() in JavaScript",
    ] {
        assert!(
            detect(value.as_bytes()).is_none_or(|finding| finding.score < 4),
            "{value:?}"
        );
    }
}

#[test]
fn work_grows_with_the_length_and_no_faster() {
    work::assert_linear(
        &[
            "$",
            "$ne",
            "$ne ",
            "$or:",
            "this.a||",
            "return;",
            ";return ",
            "do{",
            "while(",
            "db.a",
            "db.a.b.c(",
            "\n",
            "\nset a 1 ",
            "load csv ",
            "1;return ",
            "*1$1",
        ],
        detect,
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read(value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (detect(&value), detect_name(&value));
    }

    #[test]
    fn anything_made_of_pieces_of_queries_is_read(
        pieces in proptest::collection::vec(
            prop::sample::select(vec!["$", "ne", "where", ":", "\"", "'", ";", "|", "||", "&&", "(", ")", "{", "}", ".", " ", "\n", "this", "return", "db", "do", "while", "load", "csv", "call", "detach", "set", "1"]),
            0..40,
        )
    ) {
        let _ = detect(pieces.concat().as_bytes());
    }
}
