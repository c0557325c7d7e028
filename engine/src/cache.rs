//! The deny cache: who is denied, by which rule, until when.
//!
//! What may be cached and for how long is stated here and nowhere else:
//!
//! | denial by | held for | told apart by |
//! |---|---|---|
//! | rate limit | until the window ends or a token is there | rule, fingerprint |
//! | bot detection | [`CONTENT_RULE_TTL`] | rule, fingerprint, and the user agent that was judged |
//! | a rule of the application's own | as long as the rule says | rule, fingerprint |
//! | everything else | not held | |
//!
//! Only live denials are kept, never allowances, never errors, and nothing without a fingerprint. Bot detection
//! judges what a request says, and clients behind one address say different things: without the user agent in the
//! key, one `curl` in an office would lock the whole office out.

use std::fmt;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::decision::{Reason, RuleResult, RuleState};
use crate::fingerprint::Fingerprint;
use crate::request::RequestDetails;
use crate::rule::{RuleId, RuleKind};
use crate::time::Timestamp;

/// Seconds for which a denial by bot detection holds, as in the official SDKs.
const CONTENT_RULE_TTL: u32 = 60;

/// Seconds for which a denial by a rule that judges a request's content holds. What a filter or a shield denies depends on
/// the whole request: a client that once sent an attack, or asked for a forbidden path, is not denied everything for that.
pub(crate) fn content_rule_ttl(rule: RuleKind) -> u32 {
    match rule {
        RuleKind::DetectBot => CONTENT_RULE_TTL,
        _ => 0,
    }
}

/// Seconds for which the official SDKs are told that a denial by a rule that judges a request's content holds: what they do with
/// their own denials. They cache filters too, by client alone.
#[cfg(feature = "wire")]
pub(crate) fn client_cache_ttl(rule: RuleKind) -> u32 {
    match rule {
        RuleKind::DetectBot | RuleKind::Filter => CONTENT_RULE_TTL,
        _ => 0,
    }
}

/// Denials of one client and all clients derived from it. Bounded; those go first that were not asked for again (S3-FIFO), so
/// that bots with a new name in every request don't push out the clients that keep coming. One that has ended keeps its
/// place until it is needed.
pub(crate) struct DenyCache {
    entries: Cache<Key, Denial, UnitWeighter, BuildHasherDefault<DigestHasher>>,
    content: RandomState,
    /// Until when the last denial holds, in milliseconds. Nobody is looked for while nobody is denied.
    holds_until: AtomicU64,
    last_reason: ArcSwapOption<Reason>,
}

/// A denial.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Denial {
    reason: Arc<Reason>,
    until: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The digests of the rule and of the client, combined. Both are uniform, so the combination is.
    digest: [u64; 2],
    /// A keyed hash of the content that was judged; 0 where the rule judges none.
    content: u64,
}

impl DenyCache {
    /// Holds up to `capacity` denials.
    pub(crate) fn new(capacity: u64) -> Self {
        let entries = Cache::with(
            usize::try_from(capacity).unwrap_or(usize::MAX),
            capacity,
            UnitWeighter,
            BuildHasherDefault::default(),
            DefaultLifecycle::default(),
        );
        Self {
            entries,
            content: RandomState::new(),
            holds_until: AtomicU64::new(0),
            last_reason: ArcSwapOption::empty(),
        }
    }

    /// Whether no denial holds at `now`.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        // A denial that another thread is just about to keep is one that came later.
        now.as_millis() >= self.holds_until.load(Ordering::Relaxed)
    }

    /// The key of a rule's denials of a client.
    pub(crate) fn key(
        &self,
        rule: &RuleId,
        kind: RuleKind,
        fingerprint: &Fingerprint,
        request: &RequestDetails,
    ) -> Key {
        let content = match kind {
            RuleKind::DetectBot => self
                .content
                .hash_one(request.header("user-agent").unwrap_or_default()),
            _ => 0,
        };
        Key {
            digest: [0, 1].map(|part| word(rule.as_bytes(), part) ^ word(fingerprint.as_bytes(), part)),
            content,
        }
    }

    /// The denial that still holds at `now`, with its time to live counted down.
    pub(crate) fn get(&self, key: &Key, now: Timestamp) -> Option<(Reason, u32)> {
        let denial = self.entries.get(key)?;
        let left = denial
            .until
            .as_millis()
            .saturating_sub(now.as_millis())
            .div_ceil(1000);
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        if left == 0 {
            return None;
        }
        let mut reason = Arc::unwrap_or_clone(denial.reason);
        if let Reason::RateLimit(limit) = &mut reason {
            limit.reset = left;
        }
        Some((reason, left))
    }

    /// Keeps a result, if it is one that may be kept.
    pub(crate) fn keep(&self, key: Key, result: &RuleResult, now: Timestamp) {
        if !result.denies() || result.state != RuleState::Run || result.ttl == 0 {
            return;
        }
        let until = Timestamp::from_millis(now.as_millis().saturating_add(u64::from(result.ttl) * 1000));
        self.holds_until.fetch_max(until.as_millis(), Ordering::Relaxed);
        self.entries.insert(
            key,
            Denial {
                reason: self.shared_reason(&result.reason),
                until,
            },
        );
    }

    /// The reason, in one piece of memory with that of the denial before if they are the same. Whoever floods a server with names for his
    /// bot is denied for one reason: to copy it for each of them, and to drop the copies later, takes as long as to judge.
    fn shared_reason(&self, reason: &Reason) -> Arc<Reason> {
        // Those differ, and have nothing that is worth sharing.
        if matches!(reason, Reason::RateLimit(_)) {
            return Arc::new(reason.clone());
        }
        let last = self.last_reason.load();
        if let Some(last) = &*last
            && **last == *reason
        {
            return Arc::clone(last);
        }
        let reason = Arc::new(reason.clone());
        self.last_reason.store(Some(Arc::clone(&reason)));
        reason
    }
}

/// Shows the size and no keys.
impl fmt::Debug for DenyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DenyCache")
            .field("capacity", &self.entries.capacity())
            .field("denials", &self.entries.len())
            .finish_non_exhaustive()
    }
}

/// Eight bytes of a digest.
fn word(digest: &[u8; 32], number: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&digest[8 * number..][..8]);
    u64::from_ne_bytes(word)
}

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A part of a digest is as uniform as a hash can be.
        state.write_u64(self.digest[0] ^ self.content);
    }
}

/// Passes a digest on as its own hash.
#[derive(Clone, Copy, Debug, Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::decision::{BotReason, Conclusion, RateLimitReason};
    use crate::fingerprint::FingerprintPlan;
    use crate::rule::{DetectBot, FixedWindow, Rule};

    fn setup(
        rule: impl Into<Rule>,
        user_agent: &str,
        ip: &str,
    ) -> (RuleId, RuleKind, Fingerprint, RequestDetails) {
        let rule = rule.into();
        let request = RequestDetails::builder("GET", "/")
            .header("user-agent", user_agent.as_bytes())
            .build();
        let fingerprint = FingerprintPlan::new(Vec::new())
            .unwrap()
            .fingerprint(&request, ip)
            .unwrap();
        (RuleId::of(&rule, &[]), rule.kind(), fingerprint, request)
    }

    fn result(state: RuleState, conclusion: Conclusion, ttl: u32) -> RuleResult {
        let (rule_id, rule, fingerprint, _) =
            setup(FixedWindow::new(1, Duration::from_secs(60)), "", "1.1.1.1");
        RuleResult {
            rule_id: Some(rule_id),
            rule,
            state,
            conclusion,
            reason: Reason::RateLimit(RateLimitReason {
                max: 1,
                remaining: 0,
                reset: ttl,
                window: 60,
            }),
            ttl,
            fingerprint: Some(fingerprint),
        }
    }

    fn key(cache: &DenyCache, rule: impl Into<Rule>, user_agent: &str, ip: &str) -> Key {
        let (id, kind, fingerprint, request) = setup(rule, user_agent, ip);
        cache.key(&id, kind, &fingerprint, &request)
    }

    #[test]
    fn counts_down_and_ends() {
        let cache = DenyCache::new(10);
        let key = key(
            &cache,
            FixedWindow::new(1, Duration::from_secs(60)),
            "",
            "1.1.1.1",
        );
        cache.keep(
            key,
            &result(RuleState::Run, Conclusion::Deny, 30),
            Timestamp::from_millis(5_000),
        );
        for (now, left) in [
            (5_000, Some(30)),
            (5_001, Some(30)),
            (6_000, Some(29)),
            (34_999, Some(1)),
            (35_000, None),
        ] {
            let found = cache.get(&key, Timestamp::from_millis(now));
            assert_eq!(found.as_ref().map(|(_, ttl)| *ttl), left, "at {now}");
            if let Some((Reason::RateLimit(limit), ttl)) = found {
                assert_eq!(limit.reset, ttl);
            }
        }
    }

    #[test]
    fn is_idle_until_the_first_denial_and_after_the_last() {
        let cache = DenyCache::new(10);
        let rule = || FixedWindow::new(1, Duration::from_secs(60));
        let at = Timestamp::from_millis;
        assert!(cache.is_idle(at(0)));
        for (client, ttl) in [("1.1.1.1", 30), ("1.1.1.2", 10)] {
            let denial = result(RuleState::Run, Conclusion::Deny, ttl);
            cache.keep(key(&cache, rule(), "", client), &denial, at(5_000));
        }
        assert!(!cache.is_idle(at(0)) && !cache.is_idle(at(34_999)));
        assert!(cache.is_idle(at(35_000)));
    }

    #[test]
    fn keeps_only_live_denials_that_hold() {
        let cache = DenyCache::new(10);
        let key = key(
            &cache,
            FixedWindow::new(1, Duration::from_secs(60)),
            "",
            "1.1.1.1",
        );
        let now = Timestamp::from_millis(0);
        for refused in [
            result(RuleState::DryRun, Conclusion::Deny, 30),
            result(RuleState::Cached, Conclusion::Deny, 30),
            result(RuleState::NotRun, Conclusion::Deny, 30),
            result(RuleState::Run, Conclusion::Allow, 30),
            result(RuleState::Run, Conclusion::Error, 30),
            result(RuleState::Run, Conclusion::Deny, 0),
        ] {
            cache.keep(key, &refused, now);
            assert_eq!(cache.get(&key, now), None, "{refused:?}");
        }
    }

    #[test]
    fn every_denial_keeps_its_own_reason() {
        let cache = DenyCache::new(10);
        let now = Timestamp::from_millis(0);
        let bot = |name: &str| RuleResult {
            reason: Reason::Bot(BotReason {
                denied: vec![name.to_owned()],
                ..BotReason::default()
            }),
            ..result(RuleState::Run, Conclusion::Deny, 30)
        };
        let key = |client: usize| key(&cache, DetectBot::deny(["CURL"]), &client.to_string(), "1.1.1.1");
        let names = ["A", "A", "B", "A"];
        for (client, name) in names.iter().enumerate() {
            cache.keep(key(client), &bot(name), now);
        }
        for (client, name) in names.iter().enumerate() {
            let found = cache.get(&key(client), now);
            assert_eq!(found, Some((bot(name).reason, 30)), "{client}");
        }
    }

    #[test]
    fn tells_rules_clients_and_judged_content_apart() {
        let cache = DenyCache::new(10);
        let limit = FixedWindow::new(1, Duration::from_secs(60));
        let bots = DetectBot::deny(["CURL"]);
        let keys = [
            key(&cache, limit.clone(), "a", "1.1.1.1"),
            key(&cache, limit.clone(), "a", "1.1.1.2"),
            key(
                &cache,
                FixedWindow::new(2, Duration::from_secs(60)),
                "a",
                "1.1.1.1",
            ),
            key(&cache, bots.clone(), "curl/8", "1.1.1.1"),
            key(&cache, bots, "Mozilla/5.0", "1.1.1.1"),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(index + 1).all(|other| other != one));
        }
        // A limit counts requests whatever they say.
        assert_eq!(keys[0], key(&cache, limit, "b", "1.1.1.1"));
    }

    #[test]
    fn is_bounded() {
        let cache = DenyCache::new(100);
        for client in 0..10_000 {
            let key = key(
                &cache,
                FixedWindow::new(1, Duration::from_secs(60)),
                "",
                &client.to_string(),
            );
            cache.keep(
                key,
                &result(RuleState::Run, Conclusion::Deny, 30),
                Timestamp::from_millis(0),
            );
        }
        assert_eq!(cache.entries.len(), 100);
    }

    #[test]
    fn bots_with_new_names_push_out_nobody_who_keeps_coming() {
        let cache = DenyCache::new(100);
        let limit = FixedWindow::new(1, Duration::from_secs(60));
        let now = Timestamp::from_millis(0);
        let denial = result(RuleState::Run, Conclusion::Deny, 30);
        let regular = key(&cache, limit.clone(), "", "1.1.1.1");
        cache.keep(regular, &denial, now);
        for bot in 0..10_000 {
            assert!(cache.get(&regular, now).is_some(), "after {bot} bots");
            cache.keep(key(&cache, limit.clone(), "", &bot.to_string()), &denial, now);
        }
    }
}
