//! Adds up what the detectors found.

use super::{
    config::Settings,
    finding::{Category, Finding},
    reason::{Detection, Part, ShieldReason},
};

/// The highest score of a finding that is only a sign: such findings are never enough together.
const WEAK: u8 = 2;
/// How many points weak findings can add, all together.
const MAX_WEAK_SUM: u32 = 4;

/// What was found so far. Allocates nothing before the first finding.
#[derive(Debug)]
pub(super) struct Tally<'c> {
    settings: &'c Settings,
    best: [u8; Category::ALL.len()],
    detections: Vec<Detection>,
    more: u32,
}

impl<'c> Tally<'c> {
    pub(super) fn new(settings: &'c Settings) -> Self {
        Self {
            settings,
            best: [0; Category::ALL.len()],
            detections: Vec::new(),
            more: 0,
        }
    }

    /// Adds what was found in a value of this name. Findings of categories that are off are dropped.
    pub(super) fn add(&mut self, finding: Finding, part: Part, parameter: &[u8]) {
        if self.settings.categories & finding.category.mask() == 0 {
            return;
        }
        let best = &mut self.best[finding.category as usize];
        *best = (*best).max(finding.score);
        let name = lossy_start(parameter);
        let known = self.detections.iter_mut().find(|known| {
            known.detector == finding.detector && known.part == part && known.parameter == name
        });
        if let Some(known) = known {
            known.score = known.score.max(finding.score);
            return;
        }
        let new = Detection {
            detector: finding.detector,
            category: finding.category,
            part,
            parameter: name,
            score: finding.score,
        };
        if self.detections.len() < ShieldReason::MAX_DETECTIONS {
            self.detections.push(new);
            return;
        }
        self.more = self.more.saturating_add(1);
        let weakest = self
            .detections
            .iter()
            .enumerate()
            .rev()
            .min_by_key(|(_, known)| known.score);
        if let Some((place, known)) = weakest
            && known.score < new.score
        {
            self.detections.remove(place);
            self.detections.push(new);
        }
    }

    fn score(&self) -> u32 {
        let sum = |weak: bool| {
            let counted = self.best.iter().filter(|best| (**best <= WEAK) == weak);
            counted.map(|best| u32::from(*best)).sum::<u32>()
        };
        sum(false) + sum(true).min(MAX_WEAK_SUM)
    }

    pub(super) fn finish(mut self) -> ShieldReason {
        let score = self.score();
        self.detections
            .sort_by_key(|detection| std::cmp::Reverse(detection.score));
        ShieldReason {
            triggered: score >= self.settings.threshold,
            score,
            threshold: self.settings.threshold,
            detections: self.detections,
            more_detections: self.more,
        }
    }
}

/// The beginning of a name as text, at most [`Detection::MAX_NAME`] bytes.
fn lossy_start(name: &[u8]) -> String {
    let mut text = String::new();
    // A longer beginning than is kept: a character that is cut here is dropped below.
    let start = &name[..name.len().min(Detection::MAX_NAME + 3)];
    for character in String::from_utf8_lossy(start).chars() {
        if text.len() + character.len_utf8() > Detection::MAX_NAME {
            break;
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Finding, Tally, lossy_start};
    use crate::shield::{
        config::{Settings, Shield},
        finding::Category,
        reason::{Part, ShieldReason},
    };

    fn settings() -> Settings {
        Settings::new(0, &Shield::default()).expect("the defaults are right")
    }

    fn tally(findings: &[(Category, u8)]) -> ShieldReason {
        let settings = settings();
        let mut tally = Tally::new(&settings);
        for (category, score) in findings {
            let finding = Finding {
                detector: category.as_str(),
                category: *category,
                score: *score,
            };
            tally.add(finding, Part::Query, b"q");
        }
        tally.finish()
    }

    #[test]
    fn a_category_counts_once_and_weak_signs_are_never_enough() {
        use Category::{Ldap, Nosql, Policy, Rce, Sqli, Xss};
        for (findings, score) in [
            (&[][..], 0),
            (&[(Sqli, 5)], 5),
            (&[(Sqli, 3), (Sqli, 3), (Sqli, 2)], 3),
            (&[(Sqli, 3), (Xss, 3)], 6),
            (&[(Sqli, 2), (Xss, 2), (Rce, 2), (Ldap, 2), (Nosql, 1)], 4),
            (&[(Sqli, 3), (Xss, 1), (Rce, 1)], 5),
            (&[(Policy, 5)], 0),
        ] {
            let reason = tally(findings);
            assert_eq!(reason.score, score, "{findings:?}");
            assert_eq!(reason.triggered, score >= 5);
        }
    }

    #[test]
    fn the_strongest_detections_are_kept_and_the_rest_is_counted() {
        let settings = settings();
        let mut tally = Tally::new(&settings);
        for number in 0..40u8 {
            let score = if number == 30 { 5 } else { 1 };
            let finding = Finding {
                detector: "sqli.test",
                category: Category::Sqli,
                score,
            };
            tally.add(finding, Part::Query, &[b'a' + number / 10, b'0' + number % 10]);
        }
        let reason = tally.finish();
        assert_eq!(reason.detections.len(), ShieldReason::MAX_DETECTIONS);
        assert_eq!(reason.more_detections, 24);
        assert_eq!(
            (
                reason.detections[0].score,
                reason.detections[0].parameter.as_str()
            ),
            (5, "d0")
        );
        assert_eq!(reason.detections[1].parameter, "a0");
    }

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(lossy_start("\u{e9}".repeat(40).as_bytes()), "\u{e9}".repeat(32));
        assert_eq!(lossy_start(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(lossy_start(&[b'x'; 200]).len(), 64);
    }
}
