//! Rate limits: three algorithms as pure functions, and stores that apply them atomically.
//!
//! # Which algorithm
//!
//! | | [fixed window](Quota::FixedWindow) | [sliding window](Quota::SlidingWindow) | [token bucket](Quota::TokenBucket) |
//! |---|---|---|---|
//! | take it for | quotas that people know by the clock ("1000 a day") | web and API traffic; the default choice | requests of different cost, bursts on purpose (tokens of a language model) |
//! | quota comes back | all at once, when the window ends | gradually, as the window slides | `refill_rate` per whole `interval` |
//! | burst | 2 × `max` around the end of a window | `max`, then only as fast as the window slides | `capacity`, chosen apart from the rate |
//!
//! # What each promises
//!
//! In units admitted for one key, for any traffic, under one store that forgets nothing:
//!
//! - **Fixed window:** at most `max` in every window `[n × window, (n + 1) × window)` of the Unix clock. A
//!   span of one window's length that straddles a boundary can see up to 2 × `max`.
//! - **Sliding window:** at most `max` in every such window of the clock, *and* in every span of length `d ≤
//!   interval`, wherever it starts, at most `max + ⌊max × d / interval⌋`. (The count of the previous window
//!   is taken as evenly spread, so after a burst at the end of a window, quota comes back at no more than
//!   `max` per `interval`.)
//! - **Token bucket:** in every span of length `d`, at most `capacity + refill_rate × ⌈d / interval⌉`.
//!
//! The tests hold each algorithm to exactly these sentences.
//!
//! # One decision
//!
//! A call of [`LimitStore::check`] judges all limits of one decision at one instant, atomically and all or
//! nothing:
//!
//! - If a live check denies, nothing is consumed by any check of the call. Those that would have allowed
//!   still say so, and report what remains without consumption.
//! - A dry-run check never keeps another from passing. If nothing live denies, a dry-run check that allows
//!   consumes just as a live one would, and one that denies consumes nothing.
//! - A limit is a key *and* a quota. The same key under another quota is another limit with its own count, so
//!   a changed quota starts afresh.
//! - The same limit twice in one call is one limit: judged once, consumed once, one outcome for both. The
//!   greatest `requested` counts; if some of them are live, the dry-run ones follow those.
//!
//! # `requested`
//!
//! Every algorithm charges [`requested`](LimitCheck::requested) units. Zero counts as one: an official client
//! that leaves the field out means one, the one for Go leaves out a zero, and a zero from user input must not
//! be a free pass.
//!
//! More than the quota's maximum can never pass: such a request is denied whatever the count is, and not to
//! be cached ([`retry_ttl`](LimitOutcome::retry_ttl) is 0).
//!
//! # Clocks
//!
//! Counting never goes back: if the clock steps back, a client keeps the window or the bucket it had, gains
//! nothing, and its `reset` is measured from the new time. A clock that ran far ahead therefore holds back
//! the clients seen meanwhile, until it catches up or the store forgets.

mod check;
mod error;
mod fixed_window;
mod judge;
mod memory;
mod quota;
mod sliding_window;
mod token_bucket;

use std::future::Future;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::time::Timestamp;

pub use self::check::{LimitCheck, LimitKey, LimitOutcome};
pub use self::error::StoreError;
pub use self::judge::{Judgement, LimitState, Taken};
pub use self::memory::{MemoryStore, MemoryStoreBuilder};
pub use self::quota::{Quota, Seconds};

/// The outcomes of one decision, in the order of its checks. Up to four need no allocation.
pub type LimitOutcomes = SmallVec<[LimitOutcome; 4]>;

/// Keeps the counts of all clients and judges the limits of one decision atomically.
///
/// Every implementation behaves as the [module documentation](self) says, so that they can be exchanged; one
/// suite of tests runs against all of them.
pub trait LimitStore: Send + Sync + 'static {
    /// Judges `checks` together at the instant `now`, and consumes if no live check denies.
    ///
    /// The result has one outcome per check, in the same order. Nothing happens before the future is first
    /// polled.
    ///
    /// # Errors
    ///
    /// If the store could not answer. A store over a network may have consumed nonetheless.
    fn check(
        &self,
        checks: &[LimitCheck],
        now: Timestamp,
    ) -> impl Future<Output = Result<LimitOutcomes, StoreError>> + Send;
}

impl<S: LimitStore> LimitStore for Arc<S> {
    fn check(
        &self,
        checks: &[LimitCheck],
        now: Timestamp,
    ) -> impl Future<Output = Result<LimitOutcomes, StoreError>> + Send {
        S::check(self, checks, now)
    }
}
