//! A decision as a line of JSON; `docs/replay.md` of the repository has the format.

use std::io::Write;

use arcjet_engine::{
    BotReason, Conclusion, Decision, EmailReason, Mode, PromptInjectionReason, RateLimitReason, Reason,
    RuleResult, SensitiveInfoReason, SensitiveSpan,
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::rules::RuleInfo;

/// What a line is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub(super) id: Option<&'a RawValue>,
    pub(super) ip: Option<&'a str>,
    /// The input's name, if there are several.
    pub(super) file: Option<&'a str>,
    /// The line in the input, or which element it is, from 1.
    pub(super) place: u64,
}

/// Writes a line.
pub(super) fn write(line: &mut Vec<u8>, about: About<'_>, decision: &Decision, rules: &[RuleInfo]) {
    let view = Line {
        id: about.id.map_or(Id::Place(about.place), Id::Own),
        conclusion: conclusion(decision.conclusion()),
        reason: reason(decision.reason()),
        results: decision
            .results()
            .iter()
            .zip(rules)
            .map(|(result, rule)| ResultView::new(result, rule))
            .collect(),
        ip: about.ip,
        file: about.file,
        line: about.place,
    };
    let start = line.len();
    // Writing into memory doesn't fail, and neither do views of text and numbers.
    if serde_json::to_writer(&mut *line, &view).is_err() {
        line.truncate(start);
    }
    let _ = line.write_all(b"\n");
}

#[derive(Serialize)]
struct Line<'a> {
    id: Id<'a>,
    conclusion: &'static str,
    reason: ReasonView<'a>,
    results: Vec<ResultView<'a>>,
    ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    line: u64,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Id<'a> {
    Own(&'a RawValue),
    Place(u64),
}

#[derive(Serialize)]
struct ResultView<'a> {
    rule: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    mode: &'static str,
    state: &'static str,
    conclusion: &'static str,
    reason: ReasonView<'a>,
    ttl: u64,
}

impl<'a> ResultView<'a> {
    fn new(result: &'a RuleResult, rule: &RuleInfo) -> Self {
        Self {
            rule: rule.table,
            kind: result.rule().as_str(),
            mode: mode(rule.mode),
            state: match result.state().as_str() {
                "run" => "RUN",
                "dry_run" => "DRY_RUN",
                "cached" => "CACHED",
                _ => "NOT_RUN",
            },
            conclusion: conclusion(result.conclusion()),
            reason: reason(result.reason()),
            ttl: result.ttl().as_secs(),
        }
    }
}

/// The name in output.
pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "LIVE",
        Mode::DryRun => "DRY_RUN",
    }
}

/// The name in output.
pub(super) fn conclusion(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Allow => "ALLOW",
        Conclusion::Deny => "DENY",
        Conclusion::Challenge => "CHALLENGE",
        _ => "ERROR",
    }
}

/// A reason with all its details.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
enum ReasonView<'a> {
    None {},
    RateLimit {
        max: u32,
        remaining: u32,
        reset: u32,
        window: u32,
    },
    Bot {
        allowed: &'a [String],
        denied: &'a [String],
        verified: bool,
        spoofed: bool,
        signals: &'a [String],
    },
    Shield {
        triggered: bool,
        score: u32,
        detections: Vec<DetectionView<'a>>,
        omitted: u32,
        suspicious: bool,
        points: Option<PointsView>,
    },
    Email {
        allowed: Vec<&'static str>,
        denied: Vec<&'static str>,
        fault: Option<&'a str>,
    },
    SensitiveInfo {
        allowed: Vec<SpanView<'a>>,
        denied: Vec<SpanView<'a>>,
    },
    Filter {
        matched: &'a [String],
        undetermined: &'a [String],
    },
    PromptInjection {
        detected: bool,
        score: u32,
        signals: &'a [String],
    },
    Custom {
        rule: &'a str,
        message: &'a str,
    },
    Error {
        source: &'static str,
        message: &'a str,
    },
}

#[derive(Serialize)]
struct DetectionView<'a> {
    detector: &'a str,
    category: &'a str,
    part: &'a str,
    parameter: &'a str,
    score: u32,
}

#[derive(Serialize)]
struct PointsView {
    collected: u32,
    max: u32,
    reset: u32,
    window: u32,
}

#[derive(Serialize)]
struct SpanView<'a> {
    start: usize,
    end: usize,
    entity: &'a str,
}

fn reason(reason: &Reason) -> ReasonView<'_> {
    match reason {
        Reason::RateLimit(RateLimitReason {
            max,
            remaining,
            reset,
            window,
        }) => ReasonView::RateLimit {
            max: *max,
            remaining: *remaining,
            reset: *reset,
            window: *window,
        },
        Reason::Bot(BotReason {
            allowed,
            denied,
            verified,
            spoofed,
            signals,
        }) => ReasonView::Bot {
            allowed,
            denied,
            verified: *verified,
            spoofed: *spoofed,
            signals,
        },
        Reason::Shield(shield) => ReasonView::Shield {
            triggered: shield.triggered,
            score: shield.score,
            detections: shield
                .detections
                .iter()
                .map(|found| DetectionView {
                    detector: &found.detector,
                    category: &found.category,
                    part: &found.part,
                    parameter: &found.parameter,
                    score: found.score,
                })
                .collect(),
            omitted: shield.omitted,
            suspicious: shield.suspicious,
            points: shield.points.map(|points| PointsView {
                collected: points.collected,
                max: points.max,
                reset: points.reset,
                window: points.window,
            }),
        },
        Reason::Email(EmailReason {
            allowed,
            denied,
            fault,
        }) => ReasonView::Email {
            allowed: allowed.iter().map(|kind| kind.as_str()).collect(),
            denied: denied.iter().map(|kind| kind.as_str()).collect(),
            fault: fault.as_deref(),
        },
        Reason::SensitiveInfo(SensitiveInfoReason { allowed, denied }) => ReasonView::SensitiveInfo {
            allowed: spans(allowed),
            denied: spans(denied),
        },
        Reason::Filter(filter) => ReasonView::Filter {
            matched: &filter.matched,
            undetermined: &filter.undetermined,
        },
        Reason::PromptInjection(PromptInjectionReason {
            detected,
            score,
            signals,
        }) => ReasonView::PromptInjection {
            detected: *detected,
            score: *score,
            signals,
        },
        Reason::Custom(custom) => ReasonView::Custom {
            rule: &custom.rule,
            message: &custom.message,
        },
        Reason::Error(error) => ReasonView::Error {
            source: error.source.as_str(),
            message: &error.message,
        },
        _ => ReasonView::None {},
    }
}

fn spans(spans: &[SensitiveSpan]) -> Vec<SpanView<'_>> {
    let views = spans.iter().map(|span| SpanView {
        start: span.start,
        end: span.end,
        entity: &span.entity,
    });
    views.collect()
}
