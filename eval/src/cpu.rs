//! What a judgement costs.

use std::time::{Duration, Instant};

/// How often each row is judged; the fastest counts, because what else the machine does only ever adds time.
const ROUNDS: usize = 5;

/// The times of judging rows, one for each.
#[derive(Debug)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Measures `judge` on each of `rows`.
    pub(crate) fn of<T>(rows: &[T], mut judge: impl FnMut(&T)) -> Self {
        let mut times = vec![Duration::MAX; rows.len()];
        for _ in 0..ROUNDS {
            for (row, time) in rows.iter().zip(&mut times) {
                let start = Instant::now();
                judge(row);
                *time = (*time).min(start.elapsed());
            }
        }
        times.sort_unstable();
        Self(times)
    }

    /// Mean and 99th percentile, in microseconds.
    pub(crate) fn summary(&self) -> String {
        let count = self.0.len().max(1);
        let sum: Duration = self.0.iter().sum();
        let p99 = self.0.get((self.0.len() * 99) / 100).copied().unwrap_or_default();
        format!(
            "mean {:.2} us, p99 {:.2} us",
            sum.as_secs_f64() * 1e6 / count as f64,
            p99.as_secs_f64() * 1e6
        )
    }
}
