//! Latencies in bounded memory, however many there are.

use std::time::Duration;

/// Steps to which each doubling is divided: a quantile is at most 1/32 too high.
const STEPS: u64 = 32;
/// From microseconds to more than an hour.
const BUCKETS: usize = 32 * STEPS as usize;

/// Counts durations in buckets whose width grows with the duration.
#[derive(Debug)]
pub(super) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
            count: 0,
            max: Duration::ZERO,
        }
    }
}

impl Histogram {
    pub(super) fn record(&mut self, duration: Duration) {
        let bucket = bucket(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
        self.buckets[bucket.min(BUCKETS - 1)] += 1;
        self.count += 1;
        self.max = self.max.max(duration);
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (bucket, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *bucket += more;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn max(&self) -> Duration {
        self.max
    }

    /// The duration that this part of all durations does not exceed; zero where there are none.
    pub(super) fn quantile(&self, quantile: f64) -> Duration {
        let rank = (self.count as f64 * quantile).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= rank {
                return Duration::from_micros(upper(bucket)).min(self.max);
            }
        }
        self.max
    }
}

/// Small numbers have a bucket each; from there on, each doubling has as many buckets.
fn bucket(microseconds: u64) -> usize {
    let doublings = (u64::BITS - microseconds.leading_zeros()).saturating_sub(STEPS.ilog2() + 1);
    // At most 59 * 32 + 63.
    (u64::from(doublings) * STEPS + (microseconds >> doublings)) as usize
}

/// The largest number in a bucket.
fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let doublings = (bucket / STEPS).saturating_sub(1);
    ((bucket - doublings * STEPS + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_they_say() {
        for number in (0..100_000).chain([1 << 20, (1 << 30) + 12_345, 3_600_000_000]) {
            let bucket = bucket(number);
            assert!(bucket < BUCKETS, "{number}");
            assert!(
                upper(bucket) >= number && (bucket == 0 || upper(bucket - 1) < number),
                "{number}"
            );
            assert!(upper(bucket) - number <= number / STEPS, "{number}");
        }
        assert!(bucket(u64::MAX) >= BUCKETS);
    }

    #[test]
    fn quantiles_are_near_and_never_beyond_the_maximum() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.99), Duration::ZERO);
        for millisecond in 1..=1000 {
            histogram.record(Duration::from_millis(millisecond));
        }
        let mut both = Histogram::default();
        both.add(&histogram);
        for (quantile, exact) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0)] {
            let found = both.quantile(quantile).as_secs_f64() * 1000.0;
            assert!((exact..=exact * 1.04).contains(&found), "{quantile}: {found}");
        }
        assert_eq!(
            (both.quantile(1.0), both.max(), both.count()),
            (Duration::from_secs(1), Duration::from_secs(1), 1000)
        );
        both.record(Duration::MAX);
        assert_eq!(both.max(), Duration::MAX);
    }
}
