//! What was decided about a request, in its request-local state.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use arcjet_engine::{Decision, RateLimitHeaders};
use rocket::Request;

/// What was decided about a request. There is one of each request, empty until somebody has decided.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// By the fairing.
    decision: OnceLock<Decision>,
    /// By a guard that lets the request pass.
    allowed_inside: OnceLock<Decision>,
    /// By a guard that denies it.
    denied_inside: OnceLock<Decision>,
    /// The headers that tell the client where it stands, as the response borrows them.
    shown: OnceLock<RateLimitHeaders>,
    /// Whether the fairing saw the body to its end.
    saw_all: AtomicBool,
    /// Whether the denial was answered where denials are.
    answered: AtomicBool,
}

impl Verdict {
    pub(crate) fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }

    /// Keeps the fairing's decision; the first one counts.
    pub(crate) fn decide(&self, decision: Decision) {
        let _ = self.decision.set(decision);
    }

    /// Keeps the decision of a guard; the first one counts.
    pub(crate) fn allow_inside(&self, decision: Decision) {
        let _ = self.allowed_inside.set(decision);
    }

    /// Keeps the denial of a guard, which fails with its status.
    pub(crate) fn deny_inside(&self, decision: Decision) {
        let _ = self.denied_inside.set(decision);
    }

    pub(crate) fn decision(&self) -> Option<&Decision> {
        self.decision.get()
    }

    /// The fairing's decision, if it denies.
    pub(crate) fn denial(&self) -> Option<&Decision> {
        self.decision.get().filter(|decision| decision.is_denied())
    }

    pub(crate) fn allowance_inside(&self) -> Option<&Decision> {
        self.allowed_inside.get()
    }

    pub(crate) fn denial_inside(&self) -> Option<&Decision> {
        self.denied_inside.get()
    }

    /// Keeps the values of headers for as long as the response needs them; the first ones count.
    pub(crate) fn keep_shown(&self, values: RateLimitHeaders) -> &RateLimitHeaders {
        self.shown.get_or_init(|| values)
    }

    /// Takes note that the fairing judged all of the body.
    pub(crate) fn see_all(&self) {
        self.saw_all.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_seen_all(&self) -> bool {
        self.saw_all.load(Ordering::Relaxed)
    }

    pub(crate) fn answer(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }
}
