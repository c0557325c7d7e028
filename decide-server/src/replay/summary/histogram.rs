//! Times in few buckets.

use std::time::Duration;

use super::Percentiles;

/// Counts times in buckets that are a sixteenth of a power of two wide, so that what is read from them errs by at most 6 percent.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    counts: Box<[u64; BUCKETS]>,
    max: u64,
}

const STEPS: u32 = 4;
/// Up to 2^44 nanoseconds, which is five hours.
const BUCKETS: usize = 41 << STEPS;

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: Box::new([0; BUCKETS]),
            max: 0,
        }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.max = self.max.max(nanos);
        self.counts[bucket(nanos)] += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.max = self.max.max(other.max);
        for (count, other) in self.counts.iter_mut().zip(other.counts.iter()) {
            *count += other;
        }
    }

    /// In microseconds; zeros if nothing was counted.
    pub(super) fn percentiles(&self) -> Percentiles {
        let micros = |nanos: u64| nanos as f64 / 1_000.0;
        Percentiles {
            p50: micros(self.below(50)),
            p99: micros(self.below(99)),
            max: micros(self.max),
        }
    }

    /// The end of the bucket below which so many of a hundred lie.
    fn below(&self, percent: u64) -> u64 {
        let all: u64 = self.counts.iter().sum();
        let wanted = (all * percent).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return end(bucket).min(self.max);
            }
        }
        self.max
    }
}

fn bucket(nanos: u64) -> usize {
    let exponent = nanos.max(1).ilog2().saturating_sub(STEPS);
    // The upper five bits at most: below 16 the number itself, else 16 to 31 in each power of two.
    let upper = usize::try_from(nanos >> exponent).unwrap_or(usize::MAX);
    let start = (exponent as usize) << STEPS;
    (start + upper).min(BUCKETS - 1)
}

/// The greatest time in a bucket.
fn end(bucket: usize) -> u64 {
    let steps = 1 << STEPS;
    if bucket < 2 * steps {
        return bucket as u64;
    }
    let exponent = bucket / steps - 1;
    let upper = bucket - exponent * steps;
    ((upper as u64 + 1) << exponent) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_is_put_into_them() {
        for nanos in (0..1_000).chain([1_023, 1_024, 65_535, 1_000_000, 123_456_789, 1 << 43]) {
            let bucket = bucket(nanos);
            assert!(nanos <= end(bucket), "{nanos}");
            assert!(bucket == 0 || nanos > end(bucket - 1), "{nanos}");
            assert!(end(bucket) as f64 <= nanos as f64 * 1.0626, "{nanos}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_of_a_hundred_times() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentiles(), Percentiles::default());
        for micros in 1..=100 {
            histogram.add(Duration::from_micros(micros));
        }
        let Percentiles { p50, p99, max } = histogram.percentiles();
        assert!(
            (50.0..53.2).contains(&p50) && (99.0..=100.0).contains(&p99),
            "{p50} {p99}"
        );
        assert_eq!(max, 100.0);
    }
}
