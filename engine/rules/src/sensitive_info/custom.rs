//! The application's own kinds of sensitive information, as regular expressions.

use super::{Entity, SensitiveSpan};
use crate::config::ConfigError;
use regex_automata::{meta, nfa::thompson::WhichCaptures, util::syntax};

/// How many custom detectors one rule may have.
const MAX_DETECTORS: usize = 20;
/// The longest label and pattern, in bytes.
const MAX_LABEL: usize = 64;
const MAX_PATTERN: usize = 1024;
/// The most memory that one compiled pattern may take, and what its lazy DFA may cache for each direction, in bytes. The sandbox has
/// 16 MiB for all rules.
const MAX_COMPILED: usize = 256 << 10;
const DFA_CACHE: usize = 64 << 10;
/// How deep groups may be nested: what handles them is recursive.
const MAX_NESTING: u32 = 64;

/// A kind of information that a regular expression describes. What it matches is found as [`Entity::Custom`] of the label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomDetector {
    /// The label: 1 to 64 ASCII letters, digits, `-`, `_` and `.`, and no built-in name.
    pub label: String,
    /// The regular expression, at most 1,024 bytes, in the syntax of the crate `regex`: without look-around and back-references,
    /// searched in linear time. Empty matches don't count.
    pub pattern: String,
}

/// The detectors of one rule, compiled.
#[derive(Clone, Debug)]
pub(super) struct CustomPatterns {
    patterns: Vec<(String, meta::Regex)>,
}

impl CustomPatterns {
    /// Checks and compiles the detectors of the rule at this place.
    pub(super) fn new(rule: usize, detectors: &[CustomDetector]) -> Result<Self, ConfigError> {
        if detectors.len() > MAX_DETECTORS {
            return Err(ConfigError {
                rule,
                field: "custom".to_owned(),
                message: format!("{} custom detectors", detectors.len()),
                accepted: format!("at most {MAX_DETECTORS}"),
            });
        }
        let mut patterns = Vec::with_capacity(detectors.len());
        for (place, detector) in detectors.iter().enumerate() {
            let error = |field: &str, message: String, accepted: String| ConfigError {
                rule,
                field: format!("custom[{place}].{field}"),
                message,
                accepted,
            };
            check_label(&detector.label).map_err(|(message, accepted)| error("label", message, accepted))?;
            let regex = compile(&detector.pattern)
                .map_err(|(message, accepted)| error("pattern", message, accepted))?;
            patterns.push((detector.label.clone(), regex));
        }
        Ok(Self { patterns })
    }

    /// Adds what the detectors find in the text, so many finds of each.
    pub(super) fn find(&self, text: &str, limit: usize, found: &mut Vec<SensitiveSpan>) {
        for (label, regex) in &self.patterns {
            found.extend(
                regex
                    .find_iter(text)
                    .filter(|place| !place.is_empty() && place.end() <= u32::MAX as usize)
                    .take(limit)
                    .map(|place| SensitiveSpan {
                        start: place.start() as u32,
                        end: place.end() as u32,
                        entity: Entity::Custom(label.clone()),
                    }),
            );
        }
    }
}

fn check_label(label: &str) -> Result<(), (String, String)> {
    let characters = label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if label.is_empty() || label.len() > MAX_LABEL || !characters {
        let accepted = format!("1 to {MAX_LABEL} ASCII letters, digits, -, _ and .");
        return Err((format!("{label:?} is no label"), accepted));
    }
    match Entity::from_name(label) {
        Entity::Custom(_) => Ok(()),
        _ => Err((
            format!("{label} is the name of a built-in kind"),
            "a label of your own".to_owned(),
        )),
    }
}

fn compile(pattern: &str) -> Result<meta::Regex, (String, String)> {
    if pattern.len() > MAX_PATTERN {
        let message = format!("a pattern of {} bytes", pattern.len());
        return Err((message, format!("at most {MAX_PATTERN} bytes")));
    }
    let config = meta::Config::new()
        .which_captures(WhichCaptures::Implicit)
        .nfa_size_limit(Some(MAX_COMPILED))
        .hybrid_cache_capacity(DFA_CACHE);
    let regex = meta::Builder::new()
        .configure(config)
        .syntax(syntax::Config::new().nest_limit(MAX_NESTING))
        .build(pattern)
        .map_err(|error| {
            let message = match (error.syntax_error(), error.size_limit()) {
                (Some(error), _) => last_line(&error.to_string()),
                (None, Some(limit)) => format!("compiles to more than {limit} bytes"),
                (None, None) => last_line(&error.to_string()),
            };
            (
                message,
                "a regular expression as the crate regex reads them".to_owned(),
            )
        })?;
    let matches_everywhere = regex.is_match("");
    if matches_everywhere {
        let accepted = "a pattern that matches one character or more".to_owned();
        return Err(("matches the empty text".to_owned(), accepted));
    }
    Ok(regex)
}

/// What a syntax error says; the lines before show the pattern.
fn last_line(error: &str) -> String {
    let line = error.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
