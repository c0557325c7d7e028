//! Keys without a configuration file: each is a site.

use std::fmt;

use super::{InvalidKey, KeyHash};
use crate::sites::SiteConfig;

/// The API keys that a server accepts, each as a site of its own. Empty, the default, accepts every request, with or without
/// a key. Sites with names, several keys and rules are [`SiteConfig`]s.
#[derive(Clone, Default)]
pub struct Keys(Vec<KeyHash>);

impl Keys {
    /// The keys of a server. A key that is listed twice counts once.
    ///
    /// # Errors
    /// A key that is empty, or that cannot stand in an HTTP header: anything but visible ASCII characters.
    pub fn new<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Result<Self, InvalidKey> {
        let mut accepted = Vec::new();
        for key in keys {
            let hash = KeyHash::of(key.as_ref())?;
            if !accepted.contains(&hash) {
                accepted.push(hash);
            }
        }
        Ok(Self(accepted))
    }

    /// Whether no key is configured, so that every request is accepted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sites behind the keys. Limits count per site, so that two keys never share a count. Its name is the short form of
    /// the key's hash.
    pub fn sites(&self) -> Vec<SiteConfig> {
        let site = |hash: &KeyHash| SiteConfig::new(hash.short()).key(*hash);
        self.0.iter().map(site).collect()
    }
}

impl fmt::Debug for Keys {
    /// Shows how many keys there are, and none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({} configured)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_a_site_named_by_its_digest() {
        let keys = Keys::new(["abc", "ajkey_two", "abc"]).unwrap();
        let sites = keys.sites();
        assert_eq!(sites.len(), 2);
        // sha256("abc") starts ba7816bf 8f01cfea (FIPS 180-2, B.1).
        assert_eq!(sites[0].name(), "ba7816bf8f01cfea");
        assert_ne!(sites[0].name(), sites[1].name());
    }

    #[test]
    fn debug_output_keeps_the_secret() {
        let shown = format!("{:?}", Keys::new(["ajkey_secret"]).unwrap());
        assert_eq!(shown, "Keys(1 configured)");
    }
}
