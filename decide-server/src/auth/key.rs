//! One API key, which is never kept, and its digest, which is.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// What of an API key may be written down: its SHA-256, as in `sha256:ba7816bf…`.
///
/// A plain digest, without salt and without a slow function, is enough for keys that were made at random with 128 bits or more:
/// there is nothing to guess, and no table of digests of likely keys. It would not be enough for passwords.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    const PREFIX: &'static str = "sha256:";

    /// The hash of a key.
    ///
    /// # Errors
    /// A key that is empty, or that cannot stand in an HTTP header: anything but visible ASCII characters.
    pub fn of(key: &str) -> Result<Self, InvalidKey> {
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidKey);
        }
        Ok(Self::of_presented(key.as_bytes()))
    }

    /// The hash of whatever a client presents as its key.
    pub(crate) fn of_presented(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// The first 16 hexadecimal digits, which name the key in logs without giving it away.
    pub fn short(&self) -> String {
        hex(&self.0[..8])
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, hex(&self.0))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyHash({}…)", self.short())
    }
}

impl FromStr for KeyHash {
    type Err = InvalidKeyHash;

    fn from_str(text: &str) -> Result<Self, InvalidKeyHash> {
        let digits = text.strip_prefix(Self::PREFIX).ok_or(InvalidKeyHash)?.as_bytes();
        if digits.len() != 64 {
            return Err(InvalidKeyHash);
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = 16 * nibble(pair[0])? + nibble(pair[1])?;
        }
        Ok(Self(digest))
    }
}

/// A key that no client could present.
#[derive(Debug, thiserror::Error)]
#[error("an API key must be one or more visible ASCII characters without spaces, for example ajkey_01h8z")]
#[non_exhaustive]
pub struct InvalidKey;

/// Text that is not the hash of a key. It is not shown: it may be the key itself.
#[derive(Debug, thiserror::Error)]
#[error("the hash of a key is \"sha256:\" and 64 hexadecimal digits, as `arcjet-decide key hash` prints it")]
#[non_exhaustive]
pub struct InvalidKeyHash;

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn nibble(digit: u8) -> Result<u8, InvalidKeyHash> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(InvalidKeyHash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc" (FIPS 180-2, B.1).
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn hashes_are_sha256() {
        let hash = KeyHash::of("abc").unwrap();
        assert_eq!(hash.to_string(), ABC);
        assert_eq!(hash.short(), "ba7816bf8f01cfea");
        assert_eq!(ABC.parse::<KeyHash>().unwrap(), hash);
        assert_eq!(
            ABC.to_uppercase()
                .replace("SHA", "sha")
                .parse::<KeyHash>()
                .unwrap(),
            hash
        );
    }

    #[test]
    fn nothing_else_is_a_hash() {
        for text in [
            "",
            "sha256:",
            "ajkey_one",
            &ABC[7..],
            &ABC[..70],
            &format!("{ABC}0"),
            &ABC.replace('b', "g"),
        ] {
            assert!(text.parse::<KeyHash>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn unusable_keys_are_refused() {
        for key in ["", "two words", "ajkey_\n", "schlüssel"] {
            assert!(KeyHash::of(key).is_err(), "{key:?}");
        }
    }
}
