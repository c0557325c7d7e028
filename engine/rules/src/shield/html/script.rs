//! Script code that breaks out of a string, a template or an expression of the application's own script.
//!
//! Only names that something is done with are looked at: called, indexed, assigned, or asked for a member.

use super::{
    super::work,
    Match,
    names::{MEMBERS, SCRIPTS, Script},
    scheme,
};

/// How far behind a name the thing that is done with it is looked for.
const REACH: usize = 24;

/// The strongest thing that code in the value does.
pub(super) fn scan(value: &[u8]) -> Option<Match> {
    let mut best = head(value);
    if symbols_only(value) {
        return Some(("xss.symbols", 5));
    }
    let mut at = 0;
    while at < value.len() && best.is_none_or(|(_, score)| score < 5) {
        work::spend(1);
        if KINDS[usize::from(value[at])] != LETTER {
            at += 1;
            continue;
        }
        let end = at
            + 1
            + value[at + 1..]
                .iter()
                .take_while(|&&byte| word_byte(byte))
                .count();
        let next = match value.get(end) {
            Some(byte) if *byte > b' ' && *byte != b'/' => end,
            _ => skip(value, end),
        };
        if value.get(next).is_some_and(|byte| {
            matches!(
                byte,
                b'(' | b'[' | b'`' | b'.' | b'=' | b'?' | b')' | b']' | b'/' | b'"' | b'\''
            )
        }) {
            let found = SCRIPTS
                .find(&value[at..end])
                .and_then(|script| use_of(value, at, end, next, script));
            best = super::stronger(best, found);
        }
        at = end;
    }
    best
}

/// The byte behind white space and comments.
fn skip(value: &[u8], mut at: usize) -> usize {
    let limit = value.len().min(at + REACH);
    while at < limit {
        work::spend(1);
        match value[at] {
            byte if byte <= b' ' => at += 1,
            b'/' if value[at..].starts_with(b"/*") => {
                let Some(end) = value[at + 2..limit.max(at + 2)]
                    .windows(2)
                    .position(|pair| pair == b"*/")
                else {
                    break;
                };
                at += end + 4;
            }
            _ => break,
        }
    }
    at
}

/// A URL that runs code, as the whole value.
fn head(value: &[u8]) -> Option<Match> {
    let start = value.iter().take_while(|byte| **byte <= b' ').count();
    let url = &value[start..];
    if !matches!(
        url.first()?,
        b'j' | b'J' | b'v' | b'V' | b'd' | b'D' | b'&' | b'\\' | b'l' | b'L'
    ) || !scheme::runs_code(url)
    {
        return None;
    }
    // "JavaScript: The Good Parts" is a book.
    let colon = url
        .iter()
        .position(|&byte| byte == b':')
        .map_or(url.len(), |colon| colon + 1);
    let body = &url[colon..];
    // Without a word in it, nothing is run.
    let code = body.iter().any(|byte| {
        matches!(
            byte,
            b'(' | b'`' | b'=' | b'[' | b'<' | b'\\' | b'%' | b';' | b',' | b'/'
        )
    }) && body
        .iter()
        .any(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'`' | b'[' | b'\\' | b'$' | b'_'))
        && !body.starts_with(b" ");
    let obscured = url[..colon]
        .iter()
        .any(|byte| !byte.is_ascii_alphabetic() && *byte != b':');
    Some((
        "xss.scheme",
        if code || obscured || body.iter().any(|byte| matches!(byte, b'(' | b'`' | b'\\' | b'<')) {
            5
        } else {
            2
        },
    ))
}

/// What is done with a known name.
fn use_of(value: &[u8], start: usize, end: usize, next: usize, script: Script) -> Option<Match> {
    let before = if start == 0 { 0 } else { value[start - 1] };
    let then = value.get(next).copied().unwrap_or(0);
    let adjacent = next == end;
    let called = called(value, next);
    let member = then == b'.';
    let argument = value.get(skip(value, next + 1)).copied().unwrap_or(0);
    let quoted = matches!(argument, b'"' | b'\'' | b'`');
    let code = matches!(
        before,
        b'"' | b'\''
            | b'`'
            | b'-'
            | b'+'
            | b';'
            | b'('
            | b'{'
            | b'='
            | b','
            | b':'
            | b'!'
            | b'/'
            | b'['
            | b'|'
            | b'&'
            | b'?'
            | b'*'
            | b'~'
            | b'^'
            | b'%'
            | b'\n'
            | b'>'
            | b'\\'
    );
    match script {
        Script::Proof if called && (adjacent || code) => {
            // "your alert(s)" is a plural.
            let plural = value[next..].starts_with(b"(s)") && !code;
            (!plural).then_some(("xss.script", 5))
        }
        Script::Evaluate if called => {
            let word = &value[start..end];
            if word.eq_ignore_ascii_case(b"function") {
                let constructor = quoted || value[..start].ends_with(b"new ");
                let invoked = argument == b')' && code;
                return (constructor || invoked).then_some(("xss.script", if constructor { 5 } else { 3 }));
            }
            let timer = word.len() > 9 && word[..3].eq_ignore_ascii_case(b"set");
            // Without an argument it is the name of a function in prose or a path; Lisp has an `eval` behind a parenthesis.
            let runs = argument != 0 && (adjacent || quoted || then == b'`');
            Some(("xss.script", if runs || timer && code { 5 } else { 3 }))
        }
        Script::Page | Script::Global if then == b'[' => Some((
            "xss.script",
            if quoted || matches!(argument, b'/' | b'(' | b'[' | b'`' | b'!' | b'+') {
                5
            } else {
                return None;
            },
        )),
        // `(document)["cookie"]`
        Script::Page | Script::Global
            if then == b')'
                && value.get(next + 1) == Some(&b'[')
                && matches!(value.get(next + 2), Some(b'"' | b'\'' | b'`')) =>
        {
            Some(("xss.script", 5))
        }
        // `[].sort.call`…``
        Script::Method
            if then == b'`'
                && value[..start].trim_ascii_end().ends_with(b".")
                && matches!(argument, b'$' | b'`') =>
        {
            Some(("xss.script", 5))
        }
        Script::Page | Script::Global if member && (adjacent || value[end..next].contains(&b'*')) => {
            let from = if value.get(next + 1) == Some(&b'/') || !adjacent {
                skip(value, next + 1)
            } else {
                next + 1
            };
            let name = &value[from.min(value.len())..];
            let name = &name[..name.iter().take_while(|byte| word_byte(**byte)).count()];
            if !MEMBERS.find(name) {
                return None;
            }
            let behind = skip(value, from + name.len());
            let acts = matches!(value.get(behind), Some(b'(' | b'=' | b'[' | b'.' | b'+' | b'`'));
            let document = value[start..end].eq_ignore_ascii_case(b"document");
            let telling = document
                && (name.eq_ignore_ascii_case(b"cookie")
                    || name.eq_ignore_ascii_case(b"domain")
                    || name.eq_ignore_ascii_case(b"write"));
            let target = script == Script::Page || name.eq_ignore_ascii_case(b"location");
            match () {
                () if telling => Some(("xss.script", 5)),
                () if acts && target => Some(("xss.script", 5)),
                () if target && value.len() < 32 => Some(("xss.script", 5)),
                () if target && document => Some(("xss.script", 4)),
                () => None,
            }
        }
        Script::Page
            if then == b'='
                && value.get(next + 1) != Some(&b'=')
                && (code || quoted || matches!(argument, b'j' | b'J' | b'n'))
                && value[start..end].eq_ignore_ascii_case(b"location") =>
        {
            // `location='javascript:…'`; not `?location=…`.
            let content = &value[skip(value, next + 1)..];
            let content = content
                .strip_prefix(&[argument][..])
                .filter(|_| quoted)
                .unwrap_or(content);
            let runs = scheme::runs_code(content) || content.starts_with(b"name");
            runs.then_some(("xss.script", 5))
        }
        Script::Constructor
            if then == b'('
                || member
                || then == b'['
                || matches!(then, b'"' | b'\'') && matches!(before, b'"' | b'\'') =>
        {
            let chained = before == b'.' || matches!(before, b'"' | b'\'');
            Some(("xss.constructor", if chained { 5 } else { 3 }))
        }
        _ => None,
    }
}

/// Whether a function is called here: `(1)`, `` `1` ``, `?.(1)`, `.call(1)`, `)(1)`, `][0](1)`.
fn called(value: &[u8], at: usize) -> bool {
    match value.get(at..).unwrap_or_default() {
        [b'(' | b'`', ..] => true,
        [b'?', b'.', b'(', ..] => true,
        [b')' | b']' | b'"' | b'\'', rest @ ..] => {
            let rest = match rest {
                [b')' | b']', rest @ ..] => rest,
                rest => rest,
            };
            let rest = rest.trim_ascii_start();
            // `[const eval](https://…)` is a link in Markdown; no code has an address without quotes there.
            matches!(rest, [b'(' | b'`', ..])
                && !rest.starts_with(b"(https://")
                && !rest.starts_with(b"(http://")
        }
        [b'.', rest @ ..] => [&b"call"[..], b"apply", b"bind", b"valueOf"]
            .iter()
            .any(|method| {
                rest.starts_with(method)
                    && matches!(rest[method.len()..].trim_ascii_start(), [b'(' | b'`', ..])
            }),
        _ => false,
    }
}

/// Code written with brackets, signs and nothing else, which needs a minimum of them to say anything.
fn symbols_only(value: &[u8]) -> bool {
    value.len() >= 12
        && value.iter().all(|byte| {
            matches!(
                byte,
                b'[' | b']'
                    | b'('
                    | b')'
                    | b'!'
                    | b'+'
                    | b'{'
                    | b'}'
                    | b'~'
                    | b'-'
                    | b'$'
                    | b'_'
                    | b'='
                    | b';'
                    | b'"'
                    | b'.'
                    | b'\\'
                    | b'/'
                    | b','
                    | b':'
                    | b' '
            )
        })
        && (value.windows(3).any(|code| code == b"![]" || code == b"[][")
            || value.windows(3).any(|code| code == b"[]+" || code == b"{}+"))
        && value.iter().filter(|byte| matches!(byte, b'[' | b'(')).count() >= 4
}

fn word_byte(byte: u8) -> bool {
    KINDS[usize::from(byte)] != 0
}

/// A byte that a name begins with here.
const LETTER: u8 = 2;

/// [`LETTER`], 1 for what else a name may hold, and 0.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' | b'_' | b'$' => 1,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};
