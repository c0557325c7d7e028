//! What is known of domains and mailbox names: the lists in `data/`, as tables that the build script made.

use super::key::{self, Key};

/// A set of names by their keys.
struct NameSet {
    /// Where the keys of each place start in `compared`, and where the last ones end.
    starts: &'static [u32],
    /// What is compared, sorted within each place.
    compared: &'static [u32],
}

include!(concat!(env!("OUT_DIR"), "/email.rs"));

impl NameSet {
    fn contains(&self, key: Key) -> bool {
        let (place, compared) = key.split();
        let (Some(&start), Some(&end)) = (self.starts.get(place), self.starts.get(place + 1)) else {
            return false;
        };
        self.compared
            .get(start as usize..end as usize)
            .is_some_and(|keys| keys.binary_search(&compared).is_ok())
    }
}

/// Whether a domain, or one above it, hands out addresses to be thrown away.
pub(super) fn is_disposable(domain: &str) -> bool {
    let mut key = Key::new();
    for byte in domain.bytes().rev() {
        if byte == b'.' && DISPOSABLE.contains(key) {
            return true;
        }
        key = key.with(byte);
    }
    DISPOSABLE.contains(key)
}

/// Whether anybody can get an address of exactly this domain, or their access provider gives them one.
pub(super) fn is_free(domain: &str) -> bool {
    FREE.contains(key::of(domain))
}

/// Whether a local part names a function instead of a person. Quotes and a tag behind `+` make no difference.
pub(super) fn is_role(local_part: &str) -> bool {
    let name = local_part.trim_matches('"');
    let name = name.split_once('+').map_or(name, |(name, _)| name);
    let key = name
        .bytes()
        .rev()
        .fold(Key::new(), |key, byte| key.with(byte.to_ascii_lowercase()));
    ROLES.contains(key)
}

#[cfg(test)]
mod tests {
    use super::{is_disposable, is_free, is_role};

    fn names(list: &str) -> impl Iterator<Item = &str> {
        list.lines().filter(|line| !line.starts_with('#'))
    }

    #[test]
    fn every_name_of_the_lists_is_found() {
        let disposable = include_str!("../../data/disposable-domains.txt");
        let free = include_str!("../../data/free-domains.txt");
        let roles = include_str!("../../data/role-names.txt");
        assert!(names(disposable).count() > 40_000);
        for domain in names(disposable) {
            assert!(is_disposable(domain), "{domain}");
            assert!(is_disposable(&format!("any.{domain}")), "below {domain}");
        }
        for domain in names(free) {
            assert!(is_free(domain), "{domain}");
            assert!(!is_disposable(domain), "{domain} is in two lists");
            assert!(!is_free(&format!("any.{domain}")), "below {domain}");
        }
        for name in names(roles) {
            assert!(is_role(name), "{name}");
            assert!(is_role(&format!("\"{}+x\"", name.to_uppercase())), "{name}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for domain in [
            "",
            ".",
            "com",
            "example.com",
            "rust-lang.org",
            "mailinator.com.example.com",
            "xmailinator.com",
            "co.uk",
        ] {
            assert!(!is_disposable(domain), "{domain}");
            assert!(!is_free(domain), "{domain}");
        }
        for name in ["", "jane", "infos.jane", "admins2", "+info", "ar", "dev"] {
            assert!(!is_role(name), "{name}");
        }
    }
}
