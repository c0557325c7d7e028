//! What is asked of a store, and what it answers.

use super::Quota;

/// Who is limited by what: a uniformly distributed 128-bit key.
///
/// The caller makes it with SHA-256 from everything that tells one limit from another (site, rule, the
/// client's fingerprint). Among a billion clients, two with the same key are less likely than 1 in 10²⁰.
///
/// Keys have a group: those of one client on one site share it, and a store that is spread over machines keeps a group
/// together, so that a decision about one client takes one round trip. It is no part of who is limited: the key alone
/// tells that, and keys that are equal are in the same group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct LimitKey {
    key: u128,
    group: u64,
}

impl LimitKey {
    /// The key with this value, in a group of its own. Values that are not uniformly distributed overload a part of a
    /// sharded store.
    pub const fn new(key: u128) -> Self {
        Self {
            key,
            group: (key >> 64) as u64,
        }
    }

    /// The same key in this group, a uniformly distributed number: the front of a digest of what the keys that are used
    /// together have in common.
    #[must_use]
    pub const fn in_group(self, group: u64) -> Self {
        Self { group, ..self }
    }

    /// The key made of the first 16 bytes of a SHA-256 digest.
    pub fn from_sha256(digest: &[u8; 32]) -> Self {
        let mut front = [0; 16];
        front.copy_from_slice(&digest[..16]);
        Self::new(u128::from_be_bytes(front))
    }

    /// The key's value.
    pub const fn as_u128(self) -> u128 {
        self.key
    }

    /// The group that the key is in.
    pub const fn group(self) -> u64 {
        self.group
    }
}

/// One limit to judge for one request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LimitCheck {
    /// Whose count this is.
    pub key: LimitKey,
    /// The limit on it. Part of the count's identity: the same key under another quota counts apart.
    pub quota: Quota,
    /// How many units the request takes, usually 1; 0 counts as 1.
    pub requested: u32,
    /// Whether a denial is only to be shown. See the [module documentation](super) for what that means for
    /// the others.
    pub dry_run: bool,
}

/// What became of one check.
///
/// Times are whole seconds, rounded up, and stop at [`u32::MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LimitOutcome {
    /// Whether this limit lets the request pass. With several checks in a call, `true` does not say that the
    /// request was counted: another check may have denied.
    pub allowed: bool,
    /// The most units that there can be: the quota's `max` or `capacity`.
    pub max: u32,
    /// Units left: after this request if it was counted, else without it.
    pub remaining: u32,
    /// Seconds until…
    ///
    /// - denied: this same request passes, if nothing else is counted before; not one second earlier. If it
    ///   asks for more than `max`, waiting never helps, and `reset` is the quota's `window`.
    /// - allowed by a fixed or sliding window: the current window of the clock ends. Under a sliding window,
    ///   what was counted before the current window has no weight any more from then on.
    /// - allowed by a token bucket: the bucket is full again if nothing else is counted; 0 if it is full.
    pub reset: u32,
    /// The quota's window or interval in seconds.
    pub window: u32,
    /// Seconds for which a deny may be cached: until a request of one unit passes.
    ///
    /// 0, and so not to be cached, if allowed, if fewer units would pass already, and if the request asks for
    /// more than `max`. Rounded up like `reset`, so that a cached deny never names a time too early to come
    /// back.
    pub retry_ttl: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_front_of_the_digest() {
        let digest: [u8; 32] = std::array::from_fn(|at| at as u8);
        assert_eq!(
            LimitKey::from_sha256(&digest).as_u128(),
            0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f
        );
    }

    #[test]
    fn a_group_does_not_change_the_key() {
        let key = LimitKey::new(7 << 64 | 9);
        assert_eq!((key.as_u128(), key.group()), (7 << 64 | 9, 7));
        let grouped = key.in_group(5);
        assert_eq!((grouped.as_u128(), grouped.group()), (7 << 64 | 9, 5));
    }
}
