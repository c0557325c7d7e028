//! Injection into the queries of stores that don't speak SQL: MongoDB's operators and server-side JavaScript, Cypher, and commands
//! smuggled into the line protocols of Redis and Memcached.

use super::{
    charset::{AMPERSAND, BRACE, BREAK, EXPANSION, OPEN, SEPARATOR, STRING},
    finding::{Category, Finding},
    words::Words,
    work,
};

/// What code leaves a string or an expression with.
const CODE: u32 = OPEN | SEPARATOR | AMPERSAND | BRACE | STRING;

/// MongoDB's operators that change what a query finds. Left out are those that honest clients send as names: OData's (`$filter`,
/// `$select`, `$top`), JSON's (`$ref`, `$id`, `$type`) and those of analytics (`$set`, `$add`).
static OPERATORS: Words<bool, 128> = Words::new(
    &[(
        true,
        "accumulator all and bitsallclear bitsallset bitsanyset elemmatch eq exists expr function \
         geointersects geowithin gt gte in jsonschema lookup lt lte mod natural ne near nearsphere nin nor \
         not or regex size slice text unionwith where",
    )],
    false,
);

/// What MongoDB's shell can do with a database or a collection.
static METHODS: Words<bool, 128> = Words::new(
    &[(
        true,
        "admincommand aggregate count createcollection createuser delete deletemany deleteone distinct drop \
         dropdatabase eval find findone getcollection getcollectioninfos getcollectionnames getname getusers \
         hostinfo insert insertmany insertone mapreduce remove runcommand save serverstatus stats update \
         updatemany updateone version",
    )],
    false,
);

/// Detects an operator in the name of a parameter or the key of an object: `user[$ne]`, `$where`, `a.$regex`.
pub(crate) fn detect_name(name: &[u8]) -> Option<Finding> {
    let places = name.iter().enumerate().filter(|(_, byte)| **byte == b'$');
    for (at, _) in places.take(8) {
        let whole = at == 0 || matches!(name[at - 1], b'[' | b'.');
        let (operator, next) = word(name, at + 1);
        if whole && OPERATORS.find(operator) && matches!(name.get(next), None | Some(b']' | b'[' | b'.')) {
            return Some(finding("nosql.operator", 5));
        }
    }
    None
}

/// Detects the same in a decoded value of these [classes](super::charset::classes), and code and commands; the strongest finding.
pub(crate) fn detect(value: &[u8], classes: u32) -> Option<Finding> {
    let mut best = None;
    if classes & EXPANSION != 0 {
        best = best.max(operator(value));
    }
    if classes & CODE != 0 {
        best = best.max(code(value));
    }
    if classes & BREAK != 0 {
        best = best.max(command(value));
    }
    best.map(|(score, detector)| finding(detector, score))
}

/// An operator as the key of an object that the value is, or that it goes on with.
fn operator(value: &[u8]) -> Option<(u8, &'static str)> {
    let mut at = 0;
    while let Some(found) = value[at..].iter().position(|&byte| byte == b'$') {
        let (name, next) = word(value, at + found + 1);
        let first = at + found;
        at = first + 1;
        if !OPERATORS.find(name) {
            continue;
        }
        let quotes = value[next..]
            .iter()
            .take(8)
            .take_while(|byte| matches!(byte, b'"' | b'\'' | b' ' | b'\\'))
            .count();
        let key = value.get(next + quotes) == Some(&b':');
        let index = first > 0 && value[first - 1] == b'[' && value.get(next) == Some(&b']');
        if key || index || value.len() == name.len() + 1 {
            return Some((5, "nosql.operator"));
        }
    }
    None
}

/// Server-side JavaScript and Cypher.
fn code(value: &[u8]) -> Option<(u8, &'static str)> {
    let mut best = None;
    let mut clock = None;
    let mut at = 0;
    let mut in_word = false;
    while best.is_none_or(|(score, _)| score < 5) {
        // The next word that begins like one of those below.
        let begins = |byte: &u8| {
            let kind = WORDS[usize::from(*byte)];
            let begins = kind == TELLING && !in_word;
            in_word = kind >= if in_word { DIGIT } else { LETTER };
            begins
        };
        let Some(next) = value[at..].iter().position(begins) else {
            break;
        };
        at += next;
        work::spend(next);
        let (name, end) = word(value, at);
        let inside = at > 0 && matches!(value[at - 1], b'_' | b'$' | b'.' | b'-');
        let found = match name.first().map(u8::to_ascii_lowercase) {
            _ if inside => None,
            Some(b'd') if name == b"db" => database(value, end),
            Some(b'd') if name.eq_ignore_ascii_case(b"detach") => value[end..]
                .trim_ascii_start()
                .get(..7)
                .filter(|next| next.eq_ignore_ascii_case(b"delete "))
                .map(|_| (5, "nosql.cypher")),
            Some(b'd' | b'w') if name == b"do" || name == b"while" => {
                let waits = delay(value, at, end) && *clock.get_or_insert_with(|| reads_clock(value));
                waits.then_some((5, "nosql.delay"))
            }
            Some(b'l') if name.eq_ignore_ascii_case(b"load") => value[end..]
                .trim_ascii_start()
                .get(..4)
                .filter(|next| next.eq_ignore_ascii_case(b"csv "))
                .and_then(|_| {
                    let rest = &value[end..value.len().min(end + 40)];
                    rest.windows(5)
                        .any(|part| part.eq_ignore_ascii_case(b"from "))
                        .then_some((5, "nosql.cypher"))
                }),
            Some(b'c') if name.eq_ignore_ascii_case(b"call") => {
                let rest = value[end..].trim_ascii_start();
                let procedure =
                    rest.starts_with(b"db.") || rest.starts_with(b"apoc.") || rest.starts_with(b"dbms.");
                procedure.then_some((5, "nosql.cypher"))
            }
            Some(b'r') if name == b"return" => returns(value, at, end),
            Some(b't') if name == b"this" => this(value, at, end),
            _ => None,
        };
        best = best.max(found);
        at = end;
        in_word = false;
    }
    best
}

/// A digit or `_`: part of a word that a letter began.
const DIGIT: u8 = 1;
const LETTER: u8 = 2;
/// A letter that a word begins with that [`code`] knows.
const TELLING: u8 = 3;

static WORDS: [u8; 256] = {
    let mut words = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        words[byte] = match (byte as u8).to_ascii_lowercase() {
            b'c' | b'd' | b'l' | b'r' | b't' | b'w' => TELLING,
            b'a'..=b'z' => LETTER,
            b'0'..=b'9' | b'_' => DIGIT,
            _ => 0,
        };
        byte += 1;
    }
    words
};

/// `db.users.find(`, `db.dropDatabase(`.
fn database(value: &[u8], end: usize) -> Option<(u8, &'static str)> {
    let mut at = end;
    for _ in 0..3 {
        if value.get(at) != Some(&b'.') {
            return None;
        }
        let (name, next) = word(value, at + 1);
        if value.get(next) == Some(&b'(') {
            return METHODS.find(name).then_some((5, "nosql.shell"));
        }
        at = next;
    }
    None
}

/// A loop that waits until some time is over.
fn delay(value: &[u8], at: usize, end: usize) -> bool {
    let head = value[..at].trim_ascii_end().last();
    let body = matches!(value[end..].trim_ascii_start().first(), Some(b'{' | b'('));
    body && matches!(head, None | Some(b';' | b'}' | b'{' | b')'))
}

/// Whether code asks what time it is.
fn reads_clock(value: &[u8]) -> bool {
    work::spend(value.len());
    value
        .windows(8)
        .any(|part| part.eq_ignore_ascii_case(b"new Date") || part.eq_ignore_ascii_case(b"Date.now"))
}

/// `'; return true; var x='`.
fn returns(value: &[u8], at: usize, end: usize) -> Option<(u8, &'static str)> {
    let rest = value[..at].trim_ascii_end().strip_suffix(b";")?.trim_ascii_end();
    let stacked = matches!(rest.last(), None | Some(b'\'' | b'"' | b')' | b'}'))
        || (rest.len() <= 16 && rest.iter().all(u8::is_ascii_digit));
    let result = value[end..].trim_ascii_start();
    let simple = [&b"true"[..], b"this", b"'", b"\"", b"(", b"1", b"!", b"/"]
        .iter()
        .any(|start| result.starts_with(start));
    (stacked && simple).then_some((5, "nosql.script"))
}

/// `|| this.password.match(/.*/)`.
fn this(value: &[u8], at: usize, end: usize) -> Option<(u8, &'static str)> {
    if value.get(end) != Some(&b'.') {
        return None;
    }
    let (field, next) = word(value, end + 1);
    let before = value[..at].trim_ascii_end();
    let joined = before.ends_with(b"||") || before.ends_with(b"&&");
    let head = joined
        && matches!(
            before[..before.len() - 2].trim_ascii_end().last(),
            None | Some(b'\'' | b'"' | b')' | b'0'..=b'9')
        );
    let tested = match value[next..].trim_ascii_start() {
        [b'=' | b'!', b'=', ..] | [b'>' | b'<', ..] => true,
        [b'.', rest @ ..] => [
            &b"match("[..],
            b"test(",
            b"search(",
            b"length",
            b"starts",
            b"char",
            b"substr",
        ]
        .iter()
        .any(|method| rest.starts_with(method)),
        _ => false,
    };
    (!field.is_empty() && tested).then_some((if head { 5 } else { 2 }, "nosql.script"))
}

/// A command behind the end of a line, as the protocols of Redis and Memcached read it.
fn command(value: &[u8]) -> Option<(u8, &'static str)> {
    for line in value.split(|&byte| byte == b'\n').skip(1) {
        let line = line.trim_ascii();
        let mut words = line
            .split(|byte| byte.is_ascii_whitespace())
            .filter(|word| !word.is_empty());
        let (Some(first), second, third) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let is = |known: &[&str]| {
            known
                .iter()
                .any(|known| known.as_bytes().eq_ignore_ascii_case(first))
        };
        let number = |word: Option<&[u8]>| word.is_some_and(|word| word.iter().all(u8::is_ascii_digit));
        let then = |known: &[&str]| {
            second.is_some_and(|word| {
                known
                    .iter()
                    .any(|known| known.as_bytes().eq_ignore_ascii_case(word))
            })
        };
        let redis = (is(&["flushall", "flushdb", "flush_all"]) && third.is_none())
            || (is(&["config"]) && then(&["set", "get", "rewrite", "resetstat"]) && third.is_some())
            || (is(&["slaveof", "replicaof"]) && (number(third) || then(&["no"])))
            || (is(&["module"]) && then(&["load"]));
        let memcached = is(&["set", "add", "replace", "append", "prepend"])
            && number(third)
            && number(words.next())
            && number(words.next());
        if redis || memcached {
            return Some((5, "nosql.command"));
        }
    }
    // `*3\r\n$3\r\nSET`: a command in Redis's own notation.
    let notation = value
        .windows(3)
        .any(|part| matches!(part, [b'\n', b'$', b'1'..=b'9']))
        && value.windows(2).any(|part| matches!(part, [b'*', b'1'..=b'9']));
    notation.then_some((5, "nosql.command"))
}

/// The word that starts here and the byte behind it.
fn word(value: &[u8], at: usize) -> (&[u8], usize) {
    let rest = value.get(at..).unwrap_or_default();
    work::spend(1);
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    (&rest[..length], at + length)
}

fn finding(detector: &'static str, score: u8) -> Finding {
    Finding {
        detector,
        category: Category::Nosql,
        score,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{charset, work},
        detect_name,
    };
    use crate::shield::finding::Finding;

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
}
