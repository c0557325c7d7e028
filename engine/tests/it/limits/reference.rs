//! The algorithms written down the slow and obvious way: a log of what was admitted, or a bucket that ticks
//! through every millisecond.

use arcjet_engine::limit::Quota;

/// One limit of one client.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    quota: Quota,
    now: u64,
    /// Instants and units.
    admitted: Vec<(u64, u64)>,
    tokens: u64,
    /// When a full bucket last served a request.
    tick: u64,
}

impl Reference {
    pub(crate) fn new(quota: Quota, now: u64) -> Self {
        Self {
            quota,
            now,
            admitted: Vec::new(),
            tokens: u64::from(quota.max()),
            tick: now,
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    pub(crate) fn advance_to(&mut self, now: u64) {
        let Quota::TokenBucket {
            capacity,
            refill_rate,
            interval,
        } = self.quota
        else {
            self.now = now;
            return;
        };
        while self.now < now {
            self.now += 1;
            let full = u64::from(capacity.get());
            if self.tokens < full && (self.now - self.tick).is_multiple_of(interval.as_millis()) {
                self.tokens = full.min(self.tokens + u64::from(refill_rate.get()));
            }
        }
    }

    pub(crate) fn passes(&self, requested: u32) -> bool {
        let requested = u64::from(requested);
        let length = self.quota.window().as_millis();
        let window = self.now / length;
        let counted_in = |window: u64| -> u64 {
            self.admitted
                .iter()
                .filter(|(at, _)| at / length == window)
                .map(|(_, units)| units)
                .sum()
        };
        match self.quota {
            Quota::FixedWindow { max, .. } => counted_in(window) + requested <= u64::from(max.get()),
            Quota::SlidingWindow { max, .. } => {
                let previous = if window == 0 { 0 } else { counted_in(window - 1) };
                let left = length - self.now % length;
                previous * left + (counted_in(window) + requested) * length <= u64::from(max.get()) * length
            }
            Quota::TokenBucket { .. } => requested <= self.tokens,
        }
    }

    pub(crate) fn remaining(&self) -> u32 {
        (0..=self.quota.max())
            .rev()
            .find(|units| self.passes(*units))
            .unwrap_or(0)
    }

    pub(crate) fn consume(&mut self, requested: u32) {
        self.admitted.push((self.now, u64::from(requested)));
        if let Quota::TokenBucket { capacity, .. } = self.quota {
            if self.tokens == u64::from(capacity.get()) {
                self.tick = self.now;
            }
            self.tokens -= u64::from(requested);
        }
    }
}
