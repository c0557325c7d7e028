//! Calls of PHP that no pattern sees, because comments stand inside of them: a value that is nothing but the call of a variable, or of a
//! function that runs what it is told.

use super::{
    finding::{Category, Finding},
    work,
};

/// How much of a value is read: a call that is an attack by itself is short.
const REACH: usize = 256;
/// Functions that run code or commands, in lower case.
const FUNCTIONS: [&[u8]; 10] = [
    b"assert",
    b"eval",
    b"exec",
    b"fopen",
    b"passthru",
    b"pcntl_exec",
    b"popen",
    b"proc_open",
    b"readfile",
    b"shell_exec",
];

/// Detects a decoded value that is one call.
pub(crate) fn detect(value: &[u8]) -> Option<Finding> {
    let value = value.trim_ascii();
    let first = value.first()?;
    if value.len() > REACH || !(matches!(first, b'$' | b'@') || first.is_ascii_alphabetic()) {
        return None;
    }
    work::spend(value.len());
    let (callee, rest) = callee(value.strip_prefix(b"@").unwrap_or(value))?;
    let (rest, commented) = skip(rest);
    let arguments = rest.strip_prefix(b"(")?;
    let end = arguments.iter().position(|byte| *byte == b')')?;
    let simple = arguments[..end]
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b" \t\r\n_$'\",.-/".contains(byte));
    let (behind, _) = skip(&arguments[end + 1..]);
    let ends = matches!(behind, [] | [b';'] | [b'.', b'$', ..]);
    let detector = match callee {
        Callee::Variable => "php.variable-call",
        Callee::Function if commented => "php.commented-call",
        Callee::Function => return None,
    };
    (simple && ends).then_some(Finding {
        detector,
        category: Category::Php,
        score: 5,
    })
}

/// What is called.
#[derive(Clone, Copy)]
enum Callee {
    /// What a variable names, or an element of it.
    Variable,
    Function,
}

/// What a call begins with, and what follows.
fn callee(value: &[u8]) -> Option<(Callee, &[u8])> {
    let dollars = value.iter().take_while(|byte| **byte == b'$').count();
    let value = &value[dollars..];
    if dollars == 0 {
        let (name, rest) = word(value);
        let known = FUNCTIONS.iter().any(|known| name.eq_ignore_ascii_case(known));
        return known.then_some((Callee::Function, rest));
    }
    let mut rest = if value.first() == Some(&b'{') {
        bracketed(value)?
    } else {
        let (name, rest) = word(value);
        // An amount is none.
        name.first().filter(|byte| !byte.is_ascii_digit())?;
        rest
    };
    loop {
        let (next, _) = skip(rest);
        match next.first() {
            Some(b'[' | b'{') => rest = bracketed(next)?,
            _ => return Some((Callee::Variable, next)),
        }
    }
}

/// A name, and what follows it.
fn word(value: &[u8]) -> (&[u8], &[u8]) {
    let letter = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    value.split_at(value.iter().take_while(letter).count())
}

/// What follows a bracket that closes without another one in between.
fn bracketed(value: &[u8]) -> Option<&[u8]> {
    let (open, inner) = value.split_first()?;
    let close = if *open == b'[' { b']' } else { b'}' };
    let end = inner
        .iter()
        .position(|byte| *byte == close || matches!(byte, b'[' | b'{' | b'('))?;
    (inner[end] == close && end > 0).then(|| &inner[end + 1..])
}

/// What follows white space and comments, and whether there was a comment that ends with its line.
fn skip(mut value: &[u8]) -> (&[u8], bool) {
    let mut commented = false;
    loop {
        value = value.trim_ascii_start();
        value = match value {
            [b'/', b'*', rest @ ..] => match super::views::find(rest, b"*/") {
                Some(end) => &rest[end + 2..],
                None => return (value, commented),
            },
            [b'#', ..] | [b'/', b'/', ..] => match value.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    commented = true;
                    &value[end + 1..]
                }
                None => return (value, commented),
            },
            _ => return (value, commented),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::detect;
    use proptest::prelude::*;

    #[test]
    fn calls_are_found_through_comments() {
        for (value, expected) in [
            ("$OOO000000{0}(15)", Some("php.variable-call")),
            ("$_aB_4c[5]['d'] /*lol*/ (17)", Some("php.variable-call")),
            (
                "$_aB_4c #foo\r\n\t[5]//bar\r\n\t['d'] /*foo*/ (17)",
                Some("php.variable-call"),
            ),
            ("$$$z(29)", Some("php.variable-call")),
            ("${_.__}(30);", Some("php.variable-call")),
            ("$f(101).$f(120)", Some("php.variable-call")),
            ("exec //comment\r\n (blah)", Some("php.commented-call")),
            ("exec#\n (blah)", Some("php.commented-call")),
            ("exec (blah)", None),
            ("$(document)", None),
            ("$5 (each)", None),
            ("$price (net) of tax", None),
            ("$http.get(x)", None),
            ("$name", None),
            ("see #5\n(please)", None),
        ] {
            let found = detect(value.as_bytes()).map(|finding| finding.detector);
            assert_eq!(found, expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read(value in "[$@{}()#/*\\[\\]\n ;.a-c0-9]{0,60}") {
            let _ = detect(value.as_bytes());
            let _ = detect(format!("exec{value}").as_bytes());
        }
    }
}
