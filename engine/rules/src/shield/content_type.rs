//! The content type, where one reader understands it in another way than the next.

use super::{pairs, views};
use crate::swar;

/// The detector that finds a content type odd, if one does.
pub(super) fn oddity(value: &[u8]) -> Option<&'static str> {
    let mut parameters = swar::split(value, b';');
    let essence = parameters.next().unwrap_or_default().trim_ascii();
    let mut charsets = 0;
    for parameter in parameters {
        let (name, Some(value)) = pairs::split(parameter) else {
            if parameter.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Some("protocol.content-type-parameter");
        };
        let (name, value) = (name.trim_ascii(), value.trim_ascii());
        if name.eq_ignore_ascii_case(b"charset") {
            charsets += 1;
            if charsets > 1 {
                return Some("protocol.two-charsets");
            }
            if is_evasive(value) {
                return Some("protocol.charset");
            }
        } else if is_dangerous(value) && !essence.eq_ignore_ascii_case(b"multipart/related") {
            return Some("protocol.content-type-inside");
        }
    }
    None
}

/// Whether a charset writes ASCII characters with other bytes, so that what is looked at is not what is read, or doesn't exist, so that
/// every reader takes another one.
pub(super) fn is_evasive(charset: &[u8]) -> bool {
    let charset = charset.trim_ascii().to_ascii_lowercase();
    let charset = charset.strip_prefix(b"\"").unwrap_or(&charset);
    let charset = charset.strip_suffix(b"\"").unwrap_or(charset);
    let whole = [
        &b""[..],
        b"utf-8",
        b"utf8",
        b"us-ascii",
        b"ascii",
        b"gbk",
        b"gb2312",
        b"gb18030",
        b"hz-gb-2312",
        b"ms936",
        b"shift_jis",
        b"shift-jis",
        b"sjis",
        b"x-sjis",
        b"windows-31j",
        b"ansi",
        b"cyrillic",
        b"binary",
        b"unicode-1-1-utf-8",
        b"x-user-defined",
        b"x-unknown",
        b"none",
        b"undefined",
        b"null",
    ];
    let start = [
        &b"iso-8859-"[..],
        b"iso8859",
        b"iso_8859",
        b"latin",
        b"windows-125",
        b"windows-874",
        b"cp125",
        b"cp936",
        b"euc-",
        b"euc_",
        b"big5",
        b"koi8-",
        b"ks_c_",
        b"tis-620",
        b"mac",
        b"x-mac",
        b"ansi_x3",
    ];
    !whole.contains(&charset) && !start.iter().any(|known| charset.starts_with(known))
}

/// Whether a parameter holds a type of bodies that are parsed.
fn is_dangerous(value: &[u8]) -> bool {
    let types = [
        &b"application/json"[..],
        b"+json",
        b"text/xml",
        b"application/xml",
        b"+xml",
        b"multipart/",
    ];
    // Most parameters are shorter than the shortest of them, as in `q=0.9`.
    if value.len() < b"+xml".len() {
        return false;
    }
    let value = value.to_ascii_lowercase();
    types.into_iter().any(|name| views::find(&value, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::oddity;

    #[test]
    fn two_readings_are_odd() {
        for (value, expected) in [
            ("application/json", None),
            ("text/plain;charset=UTF-8", None),
            ("text/html; charset=gbk", None),
            ("application/json;", None),
            (
                "multipart/related; type=\"application/xop+xml\"; boundary=a",
                None,
            ),
            (
                "text/plain; charset=utf-8; charset=utf-7",
                Some("protocol.two-charsets"),
            ),
            ("text/plain; charset=\"UTF-16\"", Some("protocol.charset")),
            ("text/plain; charset=utf-88", Some("protocol.charset")),
            ("text/xml; blah", Some("protocol.content-type-parameter")),
            (
                "text/plain; boundary=\"application/json\"",
                Some("protocol.content-type-inside"),
            ),
        ] {
            assert_eq!(oddity(value.as_bytes()), expected, "{value}");
        }
    }
}
