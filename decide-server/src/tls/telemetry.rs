//! What the server counts about TLS.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};

use super::HandshakeError;

const HANDSHAKES: &str = "arcjet_decide_tls_handshakes_total";
const DURATION: &str = "arcjet_decide_tls_handshake_duration_seconds";
const RELOADS: &str = "arcjet_decide_tls_reloads_total";
const EXPIRY: &str = "arcjet_decide_tls_certificate_expiry_timestamp_seconds";

/// Between two warnings about handshakes: anybody in reach can make one fail, and must not fill the log.
const PAUSE: Duration = Duration::from_secs(60);

pub(super) struct TlsMetrics {
    completed: Counter,
    timed_out: Counter,
    plain_text: Counter,
    failed: Counter,
    left: Counter,
    duration: Histogram,
    reloaded: Counter,
    not_reloaded: Counter,
    expiry: Gauge,
    created: Instant,
    /// When the last warning was, in milliseconds after `created`; 0 for never.
    warned: AtomicU64,
}

impl TlsMetrics {
    pub(super) fn new() -> Self {
        describe_counter!(HANDSHAKES, "TLS handshakes, by outcome.");
        describe_histogram!(
            DURATION,
            Unit::Seconds,
            "Time that completed TLS handshakes took."
        );
        describe_counter!(RELOADS, "Attempts to load changed certificates, by outcome.");
        describe_gauge!(
            EXPIRY,
            "When the certificate in use expires, in seconds since 1970."
        );
        let handshakes = |outcome: &'static str| counter!(HANDSHAKES, "outcome" => outcome);
        Self {
            completed: handshakes("completed"),
            timed_out: handshakes("timed_out"),
            plain_text: handshakes("plain_text"),
            failed: handshakes("failed"),
            left: handshakes("left"),
            duration: histogram!(DURATION),
            reloaded: counter!(RELOADS, "outcome" => "loaded"),
            not_reloaded: counter!(RELOADS, "outcome" => "failed"),
            expiry: gauge!(EXPIRY),
            created: Instant::now(),
            warned: AtomicU64::new(0),
        }
    }

    pub(super) fn expires(&self, not_after: SystemTime) {
        let since = not_after.duration_since(SystemTime::UNIX_EPOCH);
        self.expiry.set(since.unwrap_or_default().as_secs_f64());
    }

    pub(super) fn reloaded(&self, loaded: bool) {
        let counter = if loaded {
            &self.reloaded
        } else {
            &self.not_reloaded
        };
        counter.increment(1);
    }

    pub(super) fn shook_hands(&self, duration: Duration) {
        self.completed.increment(1);
        self.duration.record(duration);
    }

    /// Counts a handshake that failed; returns whether it is time to say so.
    pub(super) fn failed(&self, error: &HandshakeError) -> bool {
        let counter = match error {
            HandshakeError::Timeout => &self.timed_out,
            HandshakeError::PlainText => &self.plain_text,
            HandshakeError::Failed(_) => &self.failed,
            HandshakeError::Left => &self.left,
        };
        counter.increment(1);
        !matches!(error, HandshakeError::Left) && self.may_warn(self.created.elapsed())
    }

    /// Whether nothing was said for long enough, `elapsed` after the start.
    fn may_warn(&self, elapsed: Duration) -> bool {
        let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
        let last = self.warned.load(Ordering::Relaxed);
        (last == 0 || now.saturating_sub(last) >= pause)
            // Of several at the same time, one warns.
            && self.warned.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_keep_their_distance() {
        let metrics = TlsMetrics::new();
        let warned: Vec<u64> = [0, 1, 59, 60, 61, 119, 120, 121, 500]
            .into_iter()
            .filter(|seconds| metrics.may_warn(Duration::from_secs(*seconds)))
            .collect();
        assert_eq!(warned, [0, 61, 121, 500]);
    }
}
