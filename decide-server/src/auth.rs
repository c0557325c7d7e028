//! API keys: who may ask, and as which site.

use std::fmt;

use http::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

/// The API keys that a server accepts. Empty, the default, accepts every request, with or without a key.
///
/// Only digests (SHA-256) of the keys are kept. They are compared in constant time, so that neither a key's characters nor
/// its length can be measured, and all of them are compared every time.
#[derive(Clone, Default)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    digest: [u8; 32],
    site: String,
}

impl Keys {
    /// The keys of a server. A key that is listed twice counts once.
    ///
    /// # Errors
    /// A key that is empty, or that cannot stand in an HTTP header: anything but visible ASCII characters.
    pub fn new<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Result<Self, InvalidKey> {
        let mut accepted: Vec<Key> = Vec::new();
        for key in keys {
            let key = key.as_ref();
            if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(InvalidKey);
            }
            let digest = digest(key.as_bytes());
            if accepted.iter().all(|known| known.digest != digest) {
                accepted.push(Key {
                    digest,
                    site: site(&digest),
                });
            }
        }
        Ok(Self(accepted))
    }

    /// Whether no key is configured, so that every request is accepted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sites behind the keys. Limits count per site, so that two keys never share a count. A site is the first
    /// 16 hexadecimal digits of the key's SHA-256, which names it in logs without giving it away; without keys there is one
    /// site, with an empty name.
    pub(crate) fn sites(&self) -> Vec<String> {
        if self.0.is_empty() {
            vec![String::new()]
        } else {
            self.0.iter().map(|key| key.site.clone()).collect()
        }
    }

    /// Index into [`Keys::sites`] of the site that the request's `Authorization: Bearer` header opens.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Option<usize> {
        if self.0.is_empty() {
            return Some(0);
        }
        let presented = digest(bearer(headers)?);
        let mut found = Choice::from(0);
        let mut index = 0_u64;
        for (position, key) in (0_u64..).zip(&self.0) {
            let equal = key.digest.ct_eq(&presented);
            index.conditional_assign(&position, equal);
            found |= equal;
        }
        bool::from(found).then(|| usize::try_from(index).ok()).flatten()
    }
}

impl fmt::Debug for Keys {
    /// Shows how many keys there are, and none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} configured)", self.0.len())
    }
}

/// A key that no client could present.
#[derive(Debug, thiserror::Error)]
#[error("an API key must be one or more visible ASCII characters without spaces, for example ajkey_01h8z")]
#[non_exhaustive]
pub struct InvalidKey;

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, key) = headers
        .get(AUTHORIZATION)?
        .as_bytes()
        .split_at_checked("bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii())
}

fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

fn site(digest: &[u8; 32]) -> String {
    use fmt::Write as _;
    digest[..8]
        .iter()
        .fold(String::with_capacity(16), |mut site, byte| {
            // Writing to a string cannot fail.
            let _ = write!(site, "{byte:02x}");
            site
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, http::HeaderValue::from_static(value))])
    }

    #[test]
    fn every_key_opens_its_own_site() {
        let keys = Keys::new(["ajkey_one", "ajkey_two", "ajkey_one"]).unwrap();
        assert_eq!(keys.sites().len(), 2);
        assert_ne!(keys.sites()[0], keys.sites()[1]);
        assert_eq!(keys.authenticate(&headers("Bearer ajkey_one")), Some(0));
        assert_eq!(keys.authenticate(&headers("bearer ajkey_two")), Some(1));
    }

    #[test]
    fn anything_else_opens_none() {
        let keys = Keys::new(["ajkey_one"]).unwrap();
        let wrong = [
            "Bearer ajkey_on",
            "Bearer ajkey_onee",
            "Bearer ",
            "Bearer",
            "Basic ajkey_one",
            "ajkey_one",
            "",
        ];
        for value in wrong {
            assert_eq!(keys.authenticate(&headers(value)), None, "{value:?}");
        }
        assert_eq!(keys.authenticate(&HeaderMap::new()), None);
    }

    #[test]
    fn without_keys_everyone_is_the_one_site() {
        let keys = Keys::default();
        assert_eq!(keys.sites(), [""]);
        assert_eq!(keys.authenticate(&HeaderMap::new()), Some(0));
        assert_eq!(keys.authenticate(&headers("Bearer whatever")), Some(0));
    }

    #[test]
    fn unusable_keys_are_refused() {
        for key in ["", "two words", "ajkey_\n", "schlüssel"] {
            assert!(Keys::new([key]).is_err(), "{key:?}");
        }
    }

    #[test]
    fn debug_output_keeps_the_secret() {
        let shown = format!("{:?}", Keys::new(["ajkey_secret"]).unwrap());
        assert_eq!(shown, "Keys(1 configured)");
    }

    #[test]
    fn the_site_is_a_prefix_of_the_digest() {
        // sha256("abc") starts ba7816bf 8f01cfea (FIPS 180-2, B.1).
        assert_eq!(Keys::new(["abc"]).unwrap().sites(), ["ba7816bf8f01cfea"]);
    }
}
