//! The content type, where one reader understands it in another way than the next.

use super::{pairs, views};

/// The detector that finds a content type odd, if one does.
pub(super) fn oddity(value: &[u8]) -> Option<&'static str> {
    let mut parameters = value.split(|byte| *byte == b';');
    let essence = parameters.next().unwrap_or_default().trim_ascii();
    let mut charsets = 0;
    for parameter in parameters {
        let (name, Some(value)) = pairs::split(parameter) else {
            continue;
        };
        let (name, value) = (name.trim_ascii(), value.trim_ascii().to_ascii_lowercase());
        if name.eq_ignore_ascii_case(b"charset") {
            charsets += 1;
            if charsets > 1 {
                return Some("protocol.two-charsets");
            }
            if is_evasive(&value) {
                return Some("protocol.charset");
            }
        } else if is_dangerous(&value) && !essence.eq_ignore_ascii_case(b"multipart/related") {
            return Some("protocol.content-type-inside");
        }
    }
    None
}

/// Whether a charset writes ASCII characters with other bytes, so that what is looked at is not what is read.
pub(super) fn is_evasive(charset: &[u8]) -> bool {
    let charset = charset.trim_ascii().to_ascii_lowercase();
    let charset = charset.strip_prefix(b"\"").unwrap_or(&charset);
    [
        &b"utf-7"[..],
        b"utf7",
        b"utf-16",
        b"utf16",
        b"utf-32",
        b"utf32",
        b"ucs-",
        b"ibm",
        b"cp037",
        b"cp500",
        b"cp875",
        b"ebcdic",
    ]
    .into_iter()
    .any(|name| charset.starts_with(name))
}

/// Whether a parameter holds a type of bodies that are parsed.
fn is_dangerous(value: &[u8]) -> bool {
    [
        &b"application/json"[..],
        b"+json",
        b"text/xml",
        b"application/xml",
        b"+xml",
        b"multipart/",
    ]
    .into_iter()
    .any(|name| views::find(value, name).is_some())
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
            (
                "text/plain; boundary=\"application/json\"",
                Some("protocol.content-type-inside"),
            ),
        ] {
            assert_eq!(oddity(value.as_bytes()), expected, "{value}");
        }
    }
}
