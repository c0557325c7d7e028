//! The answer to a denied request.

use super::{AnswerFormat, counting_limits};
use crate::decision::{Conclusion, Decision, ErrorSource, Reason};

/// How to answer a denied request.
///
/// | why | status | code |
/// |---|---|---|
/// | a rate limit | 429, with [`retry_after`](Self::retry_after) | `too_many_requests` |
/// | any other rule; or a request that lacks what a rule needs, where errors deny | 403 | `forbidden` |
/// | a fault that is not the client's, where errors deny | 503 | `unavailable` |
///
/// The texts are the same for all rules that refuse, so that an attacker doesn't learn which one to avoid; the
/// [`Decision`] has the details. They are static: a denial must not cost more than an allowed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    kind: Kind,
    retry_after: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    TooManyRequests,
    Forbidden,
    Unavailable,
}

impl Refusal {
    /// The answer that says nothing: 403.
    pub const FORBIDDEN: Self = Self {
        kind: Kind::Forbidden,
        retry_after: None,
    };

    /// The HTTP status: 429, 403 or 503.
    pub fn status(&self) -> u16 {
        match self.kind {
            Kind::TooManyRequests => 429,
            Kind::Forbidden => 403,
            Kind::Unavailable => 503,
        }
    }

    /// The value of the header `Retry-After` in seconds, at least 1: how long until the same request passes all limits
    /// that denied it. Only rate limits have it.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// The code for programs: `too_many_requests`, `forbidden` or `unavailable`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            Kind::TooManyRequests => "too_many_requests",
            Kind::Forbidden => "forbidden",
            Kind::Unavailable => "unavailable",
        }
    }

    /// The code of gRPC's status for it: 8 `RESOURCE_EXHAUSTED`, 7 `PERMISSION_DENIED` or 14 `UNAVAILABLE`.
    pub fn grpc_code(&self) -> i32 {
        match self.kind {
            Kind::TooManyRequests => 8,
            Kind::Forbidden => 7,
            Kind::Unavailable => 14,
        }
    }

    /// What it says to people, in one line, as gRPC's status has it.
    pub fn message(&self) -> &'static str {
        match self.kind {
            Kind::TooManyRequests => "too many requests",
            Kind::Forbidden => "this request was refused",
            Kind::Unavailable => "this request can't be checked at the moment",
        }
    }

    /// The body, in the [format](AnswerFormat) that the client accepts.
    pub fn body(&self, format: AnswerFormat) -> &'static str {
        match (format, self.kind) {
            (AnswerFormat::Text, Kind::TooManyRequests) => "Too many requests. Please try again later.\n",
            (AnswerFormat::Text, Kind::Forbidden) => "This request was refused.\n",
            (AnswerFormat::Text, Kind::Unavailable) => {
                "This request can't be checked at the moment. Please try again later.\n"
            }
            (AnswerFormat::Json, Kind::TooManyRequests) => {
                r#"{"code":"too_many_requests","message":"too many requests"}"#
            }
            (AnswerFormat::Json, Kind::Forbidden) => {
                r#"{"code":"forbidden","message":"this request was refused"}"#
            }
            (AnswerFormat::Json, Kind::Unavailable) => {
                r#"{"code":"unavailable","message":"this request can't be checked at the moment"}"#
            }
            // Without a `type` it is about:blank, and then the title is the status's own phrase (RFC 9457, 4.2.1).
            (AnswerFormat::ProblemJson, Kind::TooManyRequests) => {
                r#"{"title":"Too Many Requests","status":429,"detail":"too many requests","code":"too_many_requests"}"#
            }
            (AnswerFormat::ProblemJson, Kind::Forbidden) => {
                r#"{"title":"Forbidden","status":403,"detail":"this request was refused","code":"forbidden"}"#
            }
            (AnswerFormat::ProblemJson, Kind::Unavailable) => {
                r#"{"title":"Service Unavailable","status":503,"detail":"this request can't be checked at the moment","code":"unavailable"}"#
            }
        }
    }
}

impl Decision {
    /// How to answer, if the request [is denied](Self::is_denied).
    pub fn refusal(&self) -> Option<Refusal> {
        if !self.is_denied() {
            return None;
        }
        let kind = match (self.conclusion(), self.reason()) {
            (Conclusion::Error, Reason::Error(error)) if error.source != ErrorSource::Request => {
                Kind::Unavailable
            }
            (Conclusion::Deny, Reason::RateLimit(_)) => Kind::TooManyRequests,
            _ => Kind::Forbidden,
        };
        let retry_after = (kind == Kind::TooManyRequests).then(|| retry_after(self));
        Some(Refusal { kind, retry_after })
    }
}

/// The request passes when the last of the limits that denied it does.
fn retry_after(decision: &Decision) -> u32 {
    let of_reason = match decision.reason() {
        Reason::RateLimit(limit) => limit.reset,
        _ => 0,
    };
    counting_limits(decision)
        .filter(|(result, _)| result.denies())
        .map(|(_, limit)| limit.reset)
        .fold(of_reason, u32::max)
        .max(1)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::decision::{
        AnswerPolicy, BotReason, DecisionId, DecisionParts, ErrorReason, FailPolicy, RateLimitReason,
    };
    use crate::decision::{LazyDetails, RuleResult, RuleState};
    use crate::id::Origin;
    use crate::rule::RuleKind;
    use crate::time::Timestamp;

    pub(crate) fn limit(max: u32, remaining: u32, reset: u32, window: u32) -> Reason {
        Reason::RateLimit(RateLimitReason {
            max,
            remaining,
            reset,
            window,
        })
    }

    pub(crate) fn decision(
        conclusion: Conclusion,
        reason: Reason,
        results: impl IntoIterator<Item = (RuleState, Conclusion, Reason)>,
    ) -> Decision {
        // The reason comes last, as that of a rule that did not run, so that it counts for nothing else.
        let reason = (RuleState::NotRun, Conclusion::Allow, reason);
        let results = results.into_iter().chain([reason]);
        let results = results.map(|(state, conclusion, reason)| RuleResult {
            rule_id: None,
            rule: RuleKind::FixedWindow,
            state,
            conclusion,
            reason,
            ttl: 0,
            fingerprint: None,
        });
        let results: Vec<_> = results.collect();
        DecisionParts {
            id: DecisionId::new(Origin::Local, Timestamp::from_millis(0)),
            conclusion,
            deciding: results.len().checked_sub(1),
            results,
            ttl: 0,
            client_ip: None,
            ip_details: LazyDetails::default(),
            answers: AnswerPolicy {
                fail: FailPolicy::Closed,
                ..AnswerPolicy::default()
            },
        }
        .into()
    }

    #[test]
    fn follows_the_reason() {
        let error = |source| Reason::Error(ErrorReason::new(source, "x"));
        let bot = Reason::Bot(BotReason::default());
        for (conclusion, reason, expected) in [
            (Conclusion::Allow, Reason::None, None),
            (
                Conclusion::Deny,
                limit(5, 0, 42, 60),
                Some((429, "too_many_requests", Some(42))),
            ),
            (
                Conclusion::Deny,
                limit(5, 0, 0, 60),
                Some((429, "too_many_requests", Some(1))),
            ),
            (Conclusion::Deny, bot, Some((403, "forbidden", None))),
            (Conclusion::Deny, Reason::None, Some((403, "forbidden", None))),
            (
                Conclusion::Challenge,
                Reason::None,
                Some((403, "forbidden", None)),
            ),
            (
                Conclusion::Error,
                error(ErrorSource::Request),
                Some((403, "forbidden", None)),
            ),
            (
                Conclusion::Error,
                error(ErrorSource::Sandbox),
                Some((503, "unavailable", None)),
            ),
            (
                Conclusion::Error,
                error(ErrorSource::Decider),
                Some((503, "unavailable", None)),
            ),
            (
                Conclusion::Error,
                error(ErrorSource::Store),
                Some((503, "unavailable", None)),
            ),
        ] {
            let refusal = decision(conclusion, reason.clone(), []).refusal();
            let found = refusal.map(|refusal| (refusal.status(), refusal.code(), refusal.retry_after()));
            assert_eq!(found, expected, "{conclusion:?} {reason:?}");
        }
    }

    #[test]
    fn retry_after_waits_for_all_limits_that_denied() {
        let results = [
            (RuleState::Run, Conclusion::Deny, limit(5, 0, 10, 60)),
            (RuleState::Run, Conclusion::Deny, limit(50, 0, 1800, 3600)),
            // These two don't refuse anything.
            (RuleState::Run, Conclusion::Allow, limit(90, 8, 3000, 3600)),
            (RuleState::DryRun, Conclusion::Deny, limit(1, 0, 4000, 9000)),
        ];
        let refusal = decision(Conclusion::Deny, limit(5, 0, 10, 60), results)
            .refusal()
            .unwrap();
        assert_eq!(refusal.retry_after(), Some(1800));
    }

    #[test]
    fn the_bodies_hold_code_and_status() {
        for kind in [Kind::TooManyRequests, Kind::Forbidden, Kind::Unavailable] {
            let refusal = Refusal {
                kind,
                retry_after: None,
            };
            let parse = |format| serde_json::from_str::<serde_json::Value>(refusal.body(format)).unwrap();
            let (json, problem) = (parse(AnswerFormat::Json), parse(AnswerFormat::ProblemJson));
            assert_eq!(
                (&json["code"], &problem["code"]),
                (&refusal.code().into(), &refusal.code().into())
            );
            assert_eq!(
                (problem["status"].as_u64(), &problem["detail"]),
                (Some(refusal.status().into()), &json["message"])
            );
            assert_eq!(json["message"], refusal.message());
            assert!(refusal.body(AnswerFormat::Text).ends_with(".\n"));
        }
    }
}
