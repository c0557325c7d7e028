//! Server-side JavaScript, commands of MongoDB's shell, and Cypher.

use super::{
    super::{words::Words, work},
    word,
};

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

/// The strongest thing that code in the value does.
pub(super) fn find(value: &[u8]) -> Option<(u8, &'static str)> {
    let mut best = None;
    let mut clock = None;
    let mut at = 0;
    while best.is_none_or(|(score, _)| score < 5) {
        let Some(next) = next_word(&value[at..]) else {
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
    }
    best
}

/// Where the next word starts that begins like one of those that [`find`] knows.
fn next_word(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let kind = WORDS[usize::from(*byte)];
        if kind < LETTER {
            at += 1;
            continue;
        }
        if kind == TELLING && is_telling(&text[at..]) {
            return Some(at);
        }
        let inner = |byte: &&u8| WORDS[usize::from(**byte)] >= DIGIT;
        at += 1 + text[at + 1..].iter().take_while(inner).count();
    }
    None
}

/// Whether a text begins like one of the words: few others do so with three letters.
fn is_telling(text: &[u8]) -> bool {
    let lower = |at: usize| text.get(at).map_or(0, u8::to_ascii_lowercase);
    match (lower(0), lower(1)) {
        (b'd', b'b') => lower(2) == b'.',
        (b'd', b'o') => WORDS[usize::from(lower(2))] < DIGIT,
        (b'd', b'e') | (b'r', b'e') => lower(2) == b't',
        (b'c', b'a') => lower(2) == b'l',
        (b'l', b'o') => lower(2) == b'a',
        (b't', b'h') | (b'w', b'h') => lower(2) == b'i',
        _ => false,
    }
}

/// A digit or `_`: part of a word that a letter began.
const DIGIT: u8 = 1;
const LETTER: u8 = 2;
/// A letter that a word begins with that [`find`] knows.
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
