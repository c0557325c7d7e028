//! Further views of a decoded value, each as one kind of interpreter would read it.

use super::charset::{
    AMPERSAND, BACKSLASH, CARET, CODE, COMMENT, CONTROL, EXPANSION, QUOTE, SEPARATOR, SPACE,
};
use crate::swar;

/// Whether a shell could read a value of these classes in another way than it is written.
pub(super) fn has_shell(classes: u32) -> bool {
    classes & (QUOTE | BACKSLASH | CARET | EXPANSION) != 0
}

/// A value as a shell reads it: without quotes, escapes and expansions that yield nothing; `{a,b}` becomes two words. Returns
/// whether that differs from the value.
pub(super) fn shell(value: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut rest = value;
    while let Some((byte, tail)) = rest.split_first() {
        if IS_NO_SHELL[usize::from(*byte)] {
            rest = copy_plain(rest, &IS_NO_SHELL, out);
            continue;
        }
        rest = match byte {
            b'\'' | b'"' | b'^' | b'\\' => tail,
            b'$' => {
                let (text, used) = expansion(rest, out.last().copied());
                out.extend_from_slice(text);
                &rest[used..]
            }
            // An empty command between backquotes.
            b'`' if tail.first() == Some(&b'`') => &tail[1..],
            b'{' => match braces(tail) {
                Some(end) => {
                    let words = tail[..end]
                        .iter()
                        .filter(|byte| !matches!(byte, b'\'' | b'"' | b'\\'));
                    out.extend(words.map(|byte| if *byte == b',' { b' ' } else { *byte }));
                    &tail[end + 1..]
                }
                None => {
                    out.push(b'{');
                    tail
                }
            },
            byte => {
                out.push(*byte);
                tail
            }
        };
    }
    out != value
}

/// Whether a value of these classes can hold more blanks than one between an operator of a shell and a command.
pub(super) fn has_padding(classes: u32) -> bool {
    classes & (SPACE | EXPANSION) != 0 && classes & (SEPARATOR | AMPERSAND | EXPANSION) != 0
}

/// The first operator of a shell, from a place on, that a tab or more than one blank follows: nobody types `;  id`, and a shell doesn't
/// care.
pub(super) fn padding(value: &[u8], from: usize) -> Option<usize> {
    let mut done = from;
    while let Some(ahead) = swar::find(value.get(done..)?, [b';', b'|', b'&', b'(']) {
        let at = done + ahead;
        if let [operator, first, second, ..] = &value[at..]
            && (*first == b'\t' || *first == b' ' && is_blank(*second))
            && (*operator != b'(' || value[..at].ends_with(b"$"))
        {
            return Some(at);
        }
        done = at + 1;
    }
    None
}

/// Leaves one space behind each operator that a tab or more than one blank follows; `first` is the first of those.
pub(super) fn unpad(value: &mut Vec<u8>, first: usize) {
    let mut from = first;
    let mut to = first;
    while let Some(operator) = padding(value, from) {
        let blanks = value[operator + 1..]
            .iter()
            .take_while(|byte| is_blank(**byte))
            .count();
        // The operator and the first of its blanks.
        let kept = operator + 2;
        value.copy_within(from..kept, to);
        to += kept - from;
        value[to - 1] = b' ';
        from = operator + 1 + blanks;
    }
    value.copy_within(from.., to);
    value.truncate(to + value.len() - from);
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The bytes that a shell reads as they are.
static IS_NO_SHELL: [bool; 256] = {
    let mut plain = [true; 256];
    let special = b"'\"^\\$`{";
    let mut at = 0;
    while at < special.len() {
        plain[special[at] as usize] = false;
        at += 1;
    }
    plain
};

/// Copies the bytes of a set that a text begins with, eight at a time; returns what follows.
#[inline]
fn copy_plain<'t>(mut text: &'t [u8], set: &[bool; 256], out: &mut Vec<u8>) -> &'t [u8] {
    while let Some((eight, rest)) = text.split_first_chunk::<8>() {
        let has = |byte: u8, place: u32| u32::from(set[usize::from(byte)]) << place;
        let &[a, b, c, d, e, f, g, h] = eight;
        let plain =
            has(a, 0) | has(b, 1) | has(c, 2) | has(d, 3) | has(e, 4) | has(f, 5) | has(g, 6) | has(h, 7);
        let count = plain.trailing_ones() as usize;
        // All eight, and then away with those that are not plain: no loop.
        out.extend_from_slice(eight);
        if count < eight.len() {
            out.truncate(out.len() - (eight.len() - count));
            return &text[count..];
        }
        text = rest;
    }
    let end = text
        .iter()
        .position(|byte| !set[usize::from(*byte)])
        .unwrap_or(text.len());
    let (plain, rest) = text.split_at(end);
    for byte in plain {
        out.push(*byte);
    }
    rest
}

/// What the expansion that a text begins with yields, and how many bytes it takes.
fn expansion(text: &[u8], before: Option<u8>) -> (&'static [u8], usize) {
    let in_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric());
    for (name, yields) in [
        (&b"${ifs}"[..], &b" "[..]),
        (b"${path:0:1}", b"/"),
        (b"${pwd:0:1}", b"/"),
        (b"${home:0:1}", b"/"),
    ] {
        if text.starts_with(name) {
            return (yields, name.len());
        }
    }
    match text {
        // The separator; `$ifs$9` is the usual way to end its name.
        [b'$', b'i', b'f', b's', b'$', b'1'..=b'9', ..] => (b" ", 6),
        [b'$', b'i', b'f', b's', ..] => (b" ", 4),
        // Parameters of a shell that has none.
        [b'$', b'@' | b'*' | b'1'..=b'9', ..] => (b"", 2),
        [b'$', b'(', b')', ..] => (b"", 3),
        // A variable that isn't set, inside a word.
        [b'$', b'a'..=b'z', rest @ ..] if in_word => {
            let name = rest
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
            (b"", 2 + name.count())
        }
        // Quotes of their own kind: `$'…'`.
        [b'$', b'\'' | b'"', ..] => (b"", 1),
        _ => (b"$", 1),
    }
}

/// The end of a list of words in braces: no space in it, and a comma.
fn braces(text: &[u8]) -> Option<usize> {
    const MAX_LIST: usize = 256;
    let end = text
        .iter()
        .take(MAX_LIST)
        .position(|byte| matches!(byte, b'}' | b'{' | b':' | b';') || byte.is_ascii_whitespace())?;
    (text[end] == b'}' && text[..end].contains(&b',')).then_some(end)
}

/// Whether a value of these classes can differ once it is made compact, and can still be code then.
pub(super) fn has_compact(classes: u32) -> bool {
    classes & (SPACE | CONTROL | COMMENT) != 0 && classes & (CODE | EXPANSION | COMMENT) != 0
}

/// A value without comments, white space and control characters. Comments that a database runs lose their marks only. Returns
/// whether that differs from the value.
pub(super) fn compact(value: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut rest = value;
    // Once a comment is not closed, no later one of its kind is: looking for the end again would not be linear.
    let (mut closed, mut closed_markup) = (true, true);
    while let Some((byte, tail)) = rest.split_first() {
        if IS_PLAIN[usize::from(*byte)] {
            rest = copy_plain(rest, &IS_PLAIN, out);
            continue;
        }
        if *byte == b'/' && tail.first() == Some(&b'*') && closed {
            if let [b'*', b'!', version @ ..] = tail {
                let digits = version.iter().take(6).take_while(|byte| byte.is_ascii_digit());
                rest = &version[digits.count()..];
                continue;
            }
            match find(&tail[1..], b"*/") {
                Some(end) => {
                    rest = &tail[end + 3..];
                    continue;
                }
                None => closed = false,
            }
        } else if *byte == b'*' && tail.first() == Some(&b'/') {
            rest = &tail[1..];
            continue;
        } else if *byte == b'<' && tail.starts_with(b"!--") && closed_markup {
            match find(&tail[3..], b"-->") {
                Some(end) => {
                    rest = &tail[end + 6..];
                    continue;
                }
                None => closed_markup = false,
            }
        }
        if *byte > b' ' && *byte != 0x7f {
            out.push(*byte);
        }
        rest = tail;
    }
    out.len() != value.len()
}

/// The bytes that are kept and begin and end no comment.
static IS_PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b'!' as usize;
    while byte < 256 {
        plain[byte] = !matches!(byte as u8, b'/' | b'*' | b'<' | 0x7f);
        byte += 1;
    }
    plain
};

/// Where a text holds another.
pub(super) fn find(text: &[u8], searched: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, searched)
}

/// A value as a file system reads it: `/` for every separator, none twice (but after a scheme), no `.` segments, no parameters of a segment
/// (`..;a/`). Segments `..` stay. Returns whether that differs from the value.
pub(super) fn path(value: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut rest = value;
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            // The two slashes of an address stay.
            b'/' if out.ends_with(b":/") => out.push(b'/'),
            b'/' | b'\\' if out.last() == Some(&b'/') => {}
            b'/' | b'\\' => {
                if out.ends_with(b"/.") {
                    out.pop();
                } else {
                    out.push(b'/');
                }
            }
            b';' if out.ends_with(b"/..") || out == b".." => {
                let end = tail.iter().position(|byte| matches!(byte, b'/' | b'\\'));
                rest = &tail[end.unwrap_or(tail.len())..];
            }
            byte => out.push(*byte),
        }
    }
    out != value
}

/// What the segments of a path are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Segments {
    /// A backslash, an empty segment, one that is a dot, or parameters of one that is two dots: the [path] may be another one.
    pub(super) unusual: bool,
    /// A segment that is two dots, which [`resolve`] takes out.
    pub(super) parent: bool,
}

/// What the segments of a path are like.
pub(super) fn segments(value: &[u8]) -> Segments {
    let mut segments = Segments::default();
    for at in memchr::memchr3_iter(b'/', b'\\', b';', value) {
        let (before, rest) = (&value[..at], &value[at + 1..]);
        match value[at] {
            b'/' => match rest {
                // The two slashes of an address stay.
                [b'/', ..] => segments.unusual |= !before.ends_with(b":"),
                [b'.', b'/' | b'\\', ..] => segments.unusual = true,
                [b'.', b'.', b'/', ..] => segments.parent = true,
                _ => {}
            },
            b';' => segments.unusual |= before.ends_with(b".."),
            _ => segments.unusual = true,
        }
        if segments.unusual {
            break;
        }
    }
    segments
}

/// A [path] with its `..` segments resolved, those that lead out of it dropped. Returns whether that differs.
pub(super) fn resolve(path: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let mut rest = path;
    loop {
        let Some(at) = swar::find(rest, [b'/']) else {
            return false;
        };
        rest = &rest[at + 1..];
        if rest.starts_with(b"../") {
            break;
        }
    }
    for segment in swar::split(path, b'/') {
        if segment == b".." {
            let parent = out.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            out.truncate(parent);
        } else if !segment.is_empty() {
            out.push(b'/');
            out.extend_from_slice(segment);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{compact, padding, path, resolve, shell, unpad};
    use proptest::prelude::*;

    #[test]
    fn shells_see_through_quotes_and_expansions() {
        for (value, expected) in [
            (&b"c'a't /et\\c/pas\"\"swd"[..], &b"cat /etc/passwd"[..]),
            (b"cat$ifs/etc/passwd", b"cat /etc/passwd"),
            (b"cat${ifs}/etc", b"cat /etc"),
            (b"getent$ifs$9hosts", b"getent hosts"),
            (b"{cat,/etc/passwd}", b"cat /etc/passwd"),
            (b"w$@hoam$1i", b"whoami"),
            (b"sh$xx -c id", b"sh -c id"),
            (b"w``ho$()ami", b"whoami"),
            (b"n^et us^er", b"net user"),
            (b"cat ${path:0:1}etc", b"cat /etc"),
            (b"{\"a\": 1, \"b\": 2}", b"{a: 1, b: 2}"),
            (b"costs $5 or $home", b"costs  or $home"),
            (b"$", b"$"),
        ] {
            let mut out = Vec::new();
            assert_eq!(shell(value, &mut out), expected != value);
            assert_eq!(out, expected, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn shells_need_no_more_than_one_blank() {
        for (value, expected) in [
            (&b"1;  id"[..], &b"1; id"[..]),
            (b"a |\t \tsh ||  id;\tls", b"a | sh || id; ls"),
            (b"$(   id  )", b"$( id  )"),
            (b"x &&  id;  ls", b"x && id; ls"),
            (b";  ", b"; "),
        ] {
            let mut out = value.to_vec();
            let first = padding(value, 0).unwrap();
            unpad(&mut out, first);
            assert_eq!(out, expected, "{}", value.escape_ascii());
            assert_eq!(padding(&out, 0), None);
        }
        for plain in [&b"(  a)"[..], b"a  b; c", b"a; b", b"; ", b"", b"two  blanks"] {
            assert_eq!(padding(plain, 0), None, "{}", plain.escape_ascii());
        }
    }

    #[test]
    fn compact_values_have_no_space_and_no_comment() {
        for (value, expected) in [
            (&b"un/**/ion sel/* x */ect"[..], &b"unionselect"[..]),
            (b"/*!50000union*/ select", b"unionselect"),
            (b"java\tscript :\x01alert", b"javascript:alert"),
            (b"<!-- a --><b <!-- c", b"<b<!--c"),
            (b"a /* b", b"a/*b"),
            (b"abc", b"abc"),
        ] {
            let mut out = Vec::new();
            assert_eq!(compact(value, &mut out), expected != value);
            assert_eq!(out, expected, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn paths_have_one_form() {
        for (value, expected, resolved) in [
            (&b"/a/./b//c\\d"[..], &b"/a/b/c/d"[..], None),
            (b"..\\..\\boot.ini", b"../../boot.ini", Some(&b"/boot.ini"[..])),
            (b"/etc/x/../passwd", b"/etc/x/../passwd", Some(b"/etc/passwd")),
            (b"/a/..;x=1/..;/b", b"/a/../../b", Some(b"/b")),
            (b"....//....//etc", b"..../..../etc", None),
            (b"../../../a", b"../../../a", Some(b"/a")),
            (b"", b"", None),
        ] {
            let (mut out, mut second) = (Vec::new(), Vec::new());
            assert_eq!(path(value, &mut out), expected != value);
            assert_eq!(out, expected, "{}", value.escape_ascii());
            assert_eq!(
                resolve(&out, &mut second).then_some(&*second),
                resolved,
                "{}",
                value.escape_ascii()
            );
        }
    }

    proptest! {
        #[test]
        fn views_never_panic_and_never_grow(value in "([$ifs{}`'\"()/*!<.;\\\\ ,a-c0-9-]|/\\*|\\*/|<!--|-->|\\.\\./){0,80}") {
            let value = value.as_bytes();
            let (mut out, mut second) = (Vec::new(), Vec::new());
            shell(value, &mut out);
            prop_assert!(out.len() <= value.len());
            compact(value, &mut out);
            prop_assert!(out.len() <= value.len());
            path(value, &mut out);
            prop_assert!(out.len() <= value.len());
            resolve(&out, &mut second);
            prop_assert!(second.len() <= out.len() + 1);
        }
    }
}
