//! The headers `RateLimit` and `RateLimit-Policy`.

use std::fmt;

use smallvec::SmallVec;

use super::counting_limits;
use crate::decision::Decision;

/// The values of the headers `RateLimit` and `RateLimit-Policy`, written as the official Arcjet SDKs write them (the
/// syntax of the IETF draft `draft-ietf-httpapi-ratelimit-headers-07`).
#[derive(Clone, PartialEq, Eq)]
pub struct RateLimitHeaders {
    rate_limit: Text,
    policy: Text,
}

impl RateLimitHeaders {
    /// The value of `RateLimit`: the limit that is nearest to its end, as in `limit=100, remaining=7, reset=42`.
    pub fn rate_limit(&self) -> &str {
        self.rate_limit.as_str()
    }

    /// The value of `RateLimit-Policy`: every limit with its window in seconds, the smallest first, as in
    /// `100;w=60, 1000;w=3600`.
    pub fn policy(&self) -> &str {
        self.policy.as_str()
    }
}

impl Decision {
    /// The headers that belong on the answer, whether the request was allowed or denied; `None` if no rate limit
    /// judged it.
    ///
    /// Of several limits, `RateLimit` shows the one with the least remaining; if that is a tie, the one that resets
    /// soonest; then the smallest. Limits in [`Mode::DryRun`](crate::Mode::DryRun) are not shown.
    pub fn rate_limit_headers(&self) -> Option<RateLimitHeaders> {
        let limits = || counting_limits(self).map(|(_, limit)| limit);
        let nearest = limits().min_by_key(|limit| (limit.remaining, limit.reset, limit.max))?;
        let mut rate_limit = Text::default();
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
        let mut policy = Text::default();
        for (index, (max, window)) in policies.into_iter().enumerate() {
            if index > 0 {
                policy.push(", ");
            }
            policy.push_number(max);
            policy.push(";w=");
            policy.push_number(window);
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

/// ASCII text that needs no allocation up to the longest value of `RateLimit`, 56 bytes. Every request that a limit
/// judges pays for two of these.
#[derive(Clone, Default, PartialEq, Eq)]
struct Text(SmallVec<[u8; 64]>);

impl Text {
    fn as_str(&self) -> &str {
        // Only `push` and `push_number` write, and they write ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn push(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn push_number(&mut self, mut number: u32) {
        // `u32::MAX` has 10 digits; they come out last first.
        let mut digits = [0; 10];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0.extend_from_slice(&digits[first..]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::refusal::tests::{decision, limit};
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
    fn the_longest_value_fits_without_allocating() {
        let most = u32::MAX;
        let results = [(Run, Conclusion::Allow, limit(most, most, most, most))];
        let headers = decision(Conclusion::Allow, Reason::None, results)
            .rate_limit_headers()
            .unwrap();
        assert!(!headers.rate_limit.0.spilled() && headers.rate_limit.0.len() == 56);
    }
}
