//! What a log says about a decision, so that a false positive can be understood and excluded.

use std::fmt;

use super::{Decision, Reason, RuleResult, RuleState, ShieldDetection, ShieldReason};

/// How many detections of a rule the log names: the most telling ones.
const MOST_DETECTIONS: usize = 8;
/// How much of a parameter's name is shown, in characters. Clients choose names.
const LONGEST_NAME: usize = 64;

/// Shows what shields found, and where: detectors, parts and names of parameters, never a value.
///
/// ```text
/// shield score 5: sqli.union-select (5) in query "id", xss.tag (3) in body "a\u{1b}b", and 2 more
/// ```
pub(crate) struct Findings<'a>(pub(crate) &'a Decision);

impl fmt::Display for Findings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for result in self.0.results() {
            if let Reason::Shield(shield) = result.reason()
                && shield.score > 0
            {
                f.write_str(separator)?;
                write_shield(f, result, shield)?;
                separator = "; ";
            }
        }
        Ok(())
    }
}

fn write_shield(f: &mut fmt::Formatter<'_>, result: &RuleResult, shield: &ShieldReason) -> fmt::Result {
    let mode = match result.state() {
        RuleState::DryRun => " (dry run)",
        _ => "",
    };
    write!(f, "shield{mode} score {}", shield.score)?;
    if let Some(points) = shield.points {
        write!(f, ", {} of {} points", points.collected, points.max)?;
    }
    f.write_str(": ")?;
    for (number, detection) in shield.detections.iter().take(MOST_DETECTIONS).enumerate() {
        if number > 0 {
            f.write_str(", ")?;
        }
        write_detection(f, detection)?;
    }
    let unnamed = shield.detections.len().saturating_sub(MOST_DETECTIONS);
    match unnamed.saturating_add(shield.omitted as usize) {
        0 => Ok(()),
        more => write!(f, ", and {more} more"),
    }
}

fn write_detection(f: &mut fmt::Formatter<'_>, detection: &ShieldDetection) -> fmt::Result {
    // A detector's name begins with its category.
    write!(
        f,
        "{} ({}) in {}",
        detection.detector, detection.score, detection.part
    )?;
    if detection.parameter.is_empty() {
        return Ok(());
    }
    f.write_str(" \"")?;
    let mut rest = detection.parameter.chars();
    for char in rest.by_ref().take(LONGEST_NAME) {
        // No line ends, no escape sequences of terminals, no letters that change the direction of others.
        write!(f, "{}", char.escape_debug())?;
    }
    let cut = if rest.next().is_some() { "…" } else { "" };
    write!(f, "{cut}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::{
        AnswerPolicy, Conclusion, DecisionId, DecisionParts, LazyDetails, SuspicionPoints,
    };
    use crate::id::Origin;
    use crate::rule::RuleKind;
    use crate::time::Timestamp;

    fn detection(detector: &str, parameter: &str) -> ShieldDetection {
        ShieldDetection {
            detector: detector.to_owned(),
            category: "sqli".to_owned(),
            part: "query".to_owned(),
            parameter: parameter.to_owned(),
            score: 5,
        }
    }

    fn shown(state: RuleState, reason: ShieldReason) -> String {
        let result = RuleResult {
            rule_id: None,
            rule: RuleKind::Shield,
            state,
            conclusion: Conclusion::Deny,
            reason: Reason::Shield(reason),
            ttl: 0,
            fingerprint: None,
        };
        let decision: Decision = DecisionParts {
            id: DecisionId::new(Origin::Local, Timestamp::from_millis(0)),
            conclusion: Conclusion::Deny,
            deciding: Some(0),
            results: vec![result],
            ttl: 0,
            client_ip: None,
            ip_details: LazyDetails::default(),
            answers: AnswerPolicy::default(),
        }
        .into();
        Findings(&decision).to_string()
    }

    #[test]
    fn detectors_come_with_their_places() {
        let reason = ShieldReason {
            score: 9,
            detections: vec![detection("sqli.union-select", "id"), detection("sqli.tail", "")],
            omitted: 2,
            ..ShieldReason::default()
        };
        assert_eq!(
            shown(RuleState::Run, reason),
            r#"shield score 9: sqli.union-select (5) in query "id", sqli.tail (5) in query, and 2 more"#
        );
        assert_eq!(
            shown(RuleState::Run, ShieldReason::default()),
            "",
            "nothing was found"
        );
    }

    #[test]
    fn the_points_of_a_client_are_shown() {
        let reason = ShieldReason {
            score: 2,
            detections: vec![detection("sqli.word", "q"); 9],
            points: Some(SuspicionPoints {
                collected: 19,
                max: 20,
                reset: 1,
                window: 60,
            }),
            ..ShieldReason::default()
        };
        let shown = shown(RuleState::DryRun, reason);
        assert!(
            shown.starts_with("shield (dry run) score 2, 19 of 20 points: sqli.word"),
            "{shown}"
        );
        assert!(shown.ends_with(", and 1 more"), "{shown}");
    }

    #[test]
    fn names_can_not_forge_lines_nor_fill_the_log() {
        let name = format!("a\n\"\u{1b}\u{202e}b{}", "x".repeat(100));
        let reason = ShieldReason {
            score: 5,
            detections: vec![detection("sqli.word", &name)],
            ..ShieldReason::default()
        };
        let shown = shown(RuleState::Run, reason);
        let expected = format!(r#"in query "a\n\"\u{{1b}}\u{{202e}}b{}…""#, "x".repeat(58));
        assert!(shown.ends_with(&expected), "{shown}");
    }
}
