//! Detectors that are code of the application.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How many finds of one detector count: the first ones. The verdict is the same for more, and memory is bounded.
const MOST_FINDS: usize = 1000;
/// The longest label, in bytes; the same as for regular expressions.
const LONGEST_LABEL: usize = 64;

type Detect = dyn Fn(&str) -> Vec<(Range<usize>, String)> + Send + Sync;

/// A closure that finds sensitive information. Equal to its clones and to nothing else.
#[derive(Clone)]
pub(crate) struct Detector(Arc<Detect>);

/// What a detector found: bytes of the text, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Find {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) label: String,
}

/// What is wrong with a detector. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DetectorFault {
    #[error("a detector of sensitive information panicked")]
    Panic,
    #[error(
        "a detector of sensitive information returned {start}..{end}, which are no characters of the text"
    )]
    Range { start: usize, end: usize },
    #[error(
        "a detector of sensitive information returned a label that is none; accepted: 1 to 64 ASCII letters, digits, -, _ and ."
    )]
    Label,
}

impl Detector {
    pub(super) fn new<F, I, L>(detect: F) -> Self
    where
        F: Fn(&str) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = (Range<usize>, L)>,
        L: Into<String>,
    {
        Self(Arc::new(move |text| {
            let found = detect(text).into_iter().take(MOST_FINDS);
            found.map(|(range, label)| (range, label.into())).collect()
        }))
    }

    /// Searches a text.
    pub(crate) fn find(&self, text: &str) -> Result<Vec<Find>, DetectorFault> {
        // Unwind safe as far as we are concerned: nothing of ours is changed by the closure. What it shares with the rest of the
        // application is its own affair, as with a panic in any thread.
        let found = catch_unwind(AssertUnwindSafe(|| (self.0)(text))).map_err(|_| DetectorFault::Panic)?;
        found
            .into_iter()
            .map(|(range, label)| check(text, range, label))
            .collect()
    }
}

fn check(text: &str, range: Range<usize>, label: String) -> Result<Find, DetectorFault> {
    let is_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if label.is_empty() || label.len() > LONGEST_LABEL || !label.bytes().all(is_label) {
        return Err(DetectorFault::Label);
    }
    let fault = DetectorFault::Range {
        start: range.start,
        end: range.end,
    };
    if range.is_empty() || text.get(range.clone()).is_none() {
        return Err(fault);
    }
    match (u32::try_from(range.start), u32::try_from(range.end)) {
        (Ok(start), Ok(end)) => Ok(Find { start, end, label }),
        _ => Err(fault),
    }
}

impl PartialEq for Detector {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Detector {}

impl Hash for Detector {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).cast::<()>().hash(state);
    }
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Detector")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, found: (Range<usize>, &'static str)) -> Result<Vec<Find>, DetectorFault> {
        Detector::new(move |_: &str| [found.clone()]).find(text)
    }

    #[test]
    fn ranges_are_characters_of_the_text() {
        let found = find("aäb", (1..3, "A-1")).unwrap();
        let expected = Find {
            start: 1,
            end: 3,
            label: "A-1".to_owned(),
        };
        assert_eq!(found, [expected]);
        let reversed = Range { start: 3, end: 1 };
        for range in [0..2, 2..3, 0..0, 3..5, 4..4, 0..usize::MAX, reversed] {
            let expected = DetectorFault::Range {
                start: range.start,
                end: range.end,
            };
            assert_eq!(find("aäb", (range, "A")), Err(expected));
        }
    }

    #[test]
    fn labels_are_short_names() {
        assert!(find("a", (0..1, "EMAIL")).is_ok());
        let long: &'static str = "x".repeat(65).leak();
        for label in ["", "a b", "ä", "a\n", long] {
            assert_eq!(find("a", (0..1, label)), Err(DetectorFault::Label), "{label:?}");
        }
    }

    #[test]
    fn a_detector_without_end_is_cut() {
        let endless = Detector::new(|_: &str| std::iter::repeat((0..1, "A")));
        assert_eq!(endless.find("a").unwrap().len(), MOST_FINDS);
    }

    #[test]
    fn a_panic_is_a_fault_and_no_more() {
        let calls = std::sync::atomic::AtomicUsize::new(0);
        let detector = Detector::new(move |_: &str| {
            let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            assert!(call > 0, "panics at first");
            [(0..1, "A")]
        });
        assert_eq!(detector.find("a"), Err(DetectorFault::Panic));
        assert_eq!(detector.find("a").unwrap().len(), 1);
    }

    #[test]
    fn a_detector_equals_its_clones_only() {
        let [one, other] = [(); 2].map(|()| Detector::new(|_: &str| [(0..1, "A")]));
        assert_eq!(one, one.clone());
        assert_ne!(one, other);
    }
}
