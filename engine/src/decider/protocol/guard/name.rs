//! The grammar of labels, buckets and actions.

/// What a name may be, for messages.
pub(super) const ACCEPTED: &str =
    "1 to 256 letters, digits, dashes, dots and underscores, with a letter or digit at both ends";

/// The longest name, in bytes.
const MOST_BYTES: usize = 256;

/// What is wrong with a name. The official servers' grammar is at least as strict; one that is stricter would break working
/// code.
pub(super) fn problem(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return Some("empty");
    };
    if bytes.len() > MOST_BYTES {
        return Some("too long");
    }
    if !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric() {
        return Some("begins or ends with something else than a letter or digit");
    }
    let accepted = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    if !bytes.iter().all(accepted) {
        return Some("holds a character that is not accepted");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let longest = "a".repeat(MOST_BYTES);
        for name in ["a", "7", "tools.get_weather", "Tools-Weather.v2", &longest] {
            assert_eq!(problem(name), None, "{name}");
        }
        let too_long = "a".repeat(MOST_BYTES + 1);
        for name in [
            "", ".a", "a.", "_a", "a-", "a b", "a/b", "ä", "a\u{e4}b", "a\0b", &too_long,
        ] {
            assert!(problem(name).is_some(), "{name:?}");
        }
    }
}
