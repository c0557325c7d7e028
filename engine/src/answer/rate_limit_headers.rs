//! The headers `RateLimit` and `RateLimit-Policy`.

use std::fmt;

use smallvec::SmallVec;

use super::counting_limits;
use crate::decision::Decision;

/// The values of the headers `RateLimit` and `RateLimit-Policy`, written as the official Arcjet SDKs write them (the
/// syntax of the IETF draft `draft-ietf-httpapi-ratelimit-headers-07`).
#[derive(Clone, PartialEq, Eq)]
pub struct RateLimitHeaders {
    rate_limit: Line,
    /// Needs no allocation for two limits.
    policy: SmallVec<[u8; 64]>,
}

impl RateLimitHeaders {
    /// The value of `RateLimit`: the limit that is nearest to its end, as in `limit=100, remaining=7, reset=42`.
    pub fn rate_limit(&self) -> &str {
        self.rate_limit.as_str()
    }

    /// The value of `RateLimit-Policy`: every limit with its window in seconds, the smallest first, as in
    /// `100;w=60, 1000;w=3600`.
    pub fn policy(&self) -> &str {
        str_of(&self.policy)
    }
}

impl Decision {
    /// The headers that belong on the answer, whether the request was allowed or denied; `None` if no rate limit
    /// judged it or the configuration says that
    /// [clients are not told](crate::ArcjetBuilder::rate_limit_headers).
    ///
    /// Of several limits, `RateLimit` shows the one with the least remaining; if that is a tie, the one that resets
    /// soonest; then the smallest. Limits in [`Mode::DryRun`](crate::Mode::DryRun) are not shown.
    pub fn rate_limit_headers(&self) -> Option<RateLimitHeaders> {
        if !self.shows_limits() {
            return None;
        }
        let limits = || counting_limits(self).map(|(_, limit)| limit);
        let nearest = limits().min_by_key(|limit| (limit.remaining, limit.reset, limit.max))?;
        let mut rate_limit = Line::default();
        rate_limit.push("limit=");
        rate_limit.push_number(nearest.max);
        rate_limit.push(", remaining=");
        rate_limit.push_number(nearest.remaining);
        rate_limit.push(", reset=");
        rate_limit.push_number(nearest.reset);

        let mut policies: SmallVec<[(u32, u32); 4]> =
            limits().map(|limit| (limit.max, limit.window)).collect();
        policies.sort_unstable();
        policies.dedup();
        let mut policy = SmallVec::new();
        for (index, (max, window)) in policies.into_iter().enumerate() {
            let mut line = Line::default();
            if index > 0 {
                line.push(", ");
            }
            line.push_number(max);
            line.push(";w=");
            line.push_number(window);
            policy.extend_from_slice(line.as_bytes());
        }
        Some(RateLimitHeaders { rate_limit, policy })
    }
}

impl fmt::Debug for RateLimitHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimitHeaders")
            .field("rate_limit", &self.rate_limit())
            .field("policy", &self.policy())
            .finish()
    }
}

/// ASCII text up to the longest value of `RateLimit`. Every request that a limit judges pays for two of these, so they
/// are written in place.
#[derive(Clone, PartialEq, Eq)]
struct Line {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl Line {
    /// `limit=, remaining=, reset=` with three numbers.
    const LONGEST: usize = 26 + 3 * Self::LONGEST_NUMBER;
    /// The digits of `u32::MAX`.
    const LONGEST_NUMBER: usize = 10;

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn as_str(&self) -> &str {
        str_of(self.as_bytes())
    }

    fn push(&mut self, text: &str) {
        self.push_bytes(text.as_bytes());
    }

    fn push_number(&mut self, number: u32) {
        self.push(itoa::Buffer::new().format(number));
    }

    #[inline]
    fn push_bytes(&mut self, bytes: &[u8]) {
        // Nothing that is written here is longer than the longest value.
        let end = self.length + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
            self.length = end;
        }
    }
}

impl Default for Line {
    fn default() -> Self {
        Self {
            bytes: [0; Self::LONGEST],
            length: 0,
        }
    }
}

/// Only [`Line`] writes values, and it writes ASCII.
fn str_of(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::refusal::tests::{decision, limit};
    use super::Line;
    use crate::decision::RuleState::{Cached, DryRun, NotRun, Run};
    use crate::decision::{BotReason, Conclusion, Reason, RuleState};

    /// Limits as (state, max, remaining, reset, window).
    fn headers(limits: &[(RuleState, u32, u32, u32, u32)]) -> Option<(String, String)> {
        let results = limits.iter().map(|&(state, max, remaining, reset, window)| {
            (state, Conclusion::Allow, limit(max, remaining, reset, window))
        });
        let headers = decision(Conclusion::Allow, Reason::None, results).rate_limit_headers()?;
        Some((headers.rate_limit().to_owned(), headers.policy().to_owned()))
    }

    #[test]
    fn shows_the_nearest_limit_and_all_policies() {
        let most = u32::MAX;
        for (limits, rate_limit, policy) in [
            (
                &[(Run, 100, 7, 42, 60)][..],
                "limit=100, remaining=7, reset=42",
                "100;w=60",
            ),
            // The least remaining is the nearest, wherever it stands; policies are sorted by number.
            (
                &[(Run, 1000, 9, 5, 3600), (Run, 100, 8, 42, 60)],
                "limit=100, remaining=8, reset=42",
                "100;w=60, 1000;w=3600",
            ),
            // A tie: the soonest reset, then the smallest.
            (
                &[(Run, 9, 1, 30, 60), (Run, 10, 1, 20, 60)],
                "limit=10, remaining=1, reset=20",
                "9;w=60, 10;w=60",
            ),
            (
                &[(Run, 9, 1, 20, 60), (Run, 8, 1, 20, 60)],
                "limit=8, remaining=1, reset=20",
                "8;w=60, 9;w=60",
            ),
            // The same policy twice is written once; the same number over another window is another policy.
            (
                &[(Run, 5, 5, 9, 60), (Run, 5, 4, 9, 60), (Run, 5, 3, 9, 10)],
                "limit=5, remaining=3, reset=9",
                "5;w=10, 5;w=60",
            ),
            (
                &[(Cached, 5, 0, 9, 60), (NotRun, 1, 0, 1, 1)],
                "limit=5, remaining=0, reset=9",
                "5;w=60",
            ),
            (
                &[(Run, most, most, most, most)],
                "limit=4294967295, remaining=4294967295, reset=4294967295",
                "4294967295;w=4294967295",
            ),
        ] {
            let expected = Some((rate_limit.to_owned(), policy.to_owned()));
            assert_eq!(headers(limits), expected, "{limits:?}");
        }
    }

    #[test]
    fn is_silent_where_no_limit_counts() {
        assert_eq!(headers(&[]), None);
        assert_eq!(headers(&[(DryRun, 5, 0, 9, 60)]), None);
        let bot = (Run, Conclusion::Allow, Reason::Bot(BotReason::default()));
        assert_eq!(
            decision(Conclusion::Allow, Reason::None, [bot]).rate_limit_headers(),
            None
        );
    }

    #[test]
    fn the_longest_values_fit() {
        let most = u32::MAX;
        let result = |window| (Run, Conclusion::Allow, limit(most, most, most, window));
        let headers = decision(Conclusion::Allow, Reason::None, [result(most), result(most - 1)])
            .rate_limit_headers()
            .unwrap();
        assert_eq!(headers.rate_limit.length, Line::LONGEST);
        assert_eq!(headers.policy().len(), 48);
        assert!(!headers.policy.spilled(), "two limits need no allocation");
    }
}
