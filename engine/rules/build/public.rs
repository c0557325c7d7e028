//! The other public lists of bots, as far as they can be taken over. They know bots that the list of well-known bots doesn't.

use crate::{
    expand::{Edge, expand},
    list::screaming,
    patterns::{MAX_LITERALS, has_plain_edges},
};
use regex_automata::util::syntax;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the other lists hold, without the exceptions.
pub(crate) struct Public {
    /// Ids of well-known bots and patterns that their user agents don't match.
    pub(crate) forbidden: Vec<(String, String)>,
    /// Patterns of crawler-user-agents, which respect case.
    pub(crate) crawlers: Vec<String>,
    /// Names of ai.robots.txt: the product tokens of bots, in any case.
    pub(crate) robots: Vec<String>,
    /// Strings that patterns of isbot stand for, in any case.
    pub(crate) isbot: Vec<Fragment>,
}

/// One of the strings that a pattern of isbot stands for.
pub(crate) struct Fragment {
    pub(crate) bytes: Vec<u8>,
    /// Only at the start of the user agent.
    pub(crate) at_start: bool,
    /// Only at the end of the user agent.
    pub(crate) at_end: bool,
    /// Only at the start of a word.
    pub(crate) left: bool,
    /// Only at the end of a word.
    pub(crate) right: bool,
}

#[derive(Deserialize)]
struct Crawler {
    pattern: String,
}

/// Reads the exceptions and the files of the lists.
pub(crate) fn parse(exceptions: &str, crawlers: &str, robots: &str, isbot: &str) -> Result<Public, String> {
    let mut exceptions = Exceptions::parse(exceptions)?;
    let forbidden = exceptions.forbidden()?;
    let crawlers: Vec<Crawler> =
        serde_json::from_str(crawlers).map_err(|e| format!("crawler-user-agents: {e}"))?;
    let robots: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(robots).map_err(|e| format!("ai.robots.txt: {e}"))?;
    let isbot: Vec<String> = serde_json::from_str(isbot).map_err(|e| format!("isbot: {e}"))?;

    let public = Public {
        forbidden,
        crawlers: crawlers
            .into_iter()
            .map(|crawler| crawler.pattern)
            .filter(|pattern| exceptions.keeps("crawler-user-agents", pattern))
            .collect(),
        robots: robots
            .into_keys()
            .filter(|name| exceptions.keeps("ai.robots.txt", name))
            .map(|name| name.to_ascii_lowercase())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        isbot: isbot
            .iter()
            .filter(|pattern| exceptions.keeps("isbot", pattern))
            .flat_map(|pattern| fragments(pattern))
            .collect(),
    };
    exceptions.all_used()?;
    Ok(public)
}

/// The strings that a pattern of isbot stands for; none if it describes a shape rather than words (repetitions, look-around), which
/// `src/bots/generic.rs` has its own ways to tell, or if it is too short to be looked for.
fn fragments(pattern: &str) -> Vec<Fragment> {
    let (left, rest) = match pattern.strip_prefix(r"\b") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let (right, rest) = match rest.strip_suffix(r"\b") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let Some(strings) = syntax::parse(rest)
        .ok()
        .as_ref()
        .and_then(|hir| expand(hir, MAX_LITERALS))
        .filter(|all| all.iter().all(has_plain_edges))
    else {
        return Vec::new();
    };
    strings
        .into_iter()
        .filter(|string| string.bytes.len() >= 3)
        .map(|string| Fragment {
            bytes: string.bytes.to_ascii_lowercase(),
            at_start: string.before == Edge::Text,
            at_end: string.after == Edge::Text,
            left,
            right,
        })
        .collect()
}

/// What is not taken over: the name of the list and the entry.
struct Exceptions(BTreeMap<(String, String), bool>);

impl Exceptions {
    fn parse(text: &str) -> Result<Self, String> {
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| {
                let (list, entry) = line
                    .split_once(' ')
                    .ok_or_else(|| format!("exception {line:?} has no entry"))?;
                Ok(((list.to_owned(), entry.to_owned()), false))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Takes out what well-known bots are not: the id, as rules spell it, and the pattern.
    fn forbidden(&mut self) -> Result<Vec<(String, String)>, String> {
        let mut forbidden = Vec::new();
        for ((_, entry), used) in self
            .0
            .iter_mut()
            .filter(|((list, _), _)| list == "well-known-bots")
        {
            let (id, pattern) = entry
                .split_once(' ')
                .ok_or_else(|| format!("exception {entry:?} of well-known-bots has no pattern"))?;
            forbidden.push((screaming(id)?, pattern.to_owned()));
            *used = true;
        }
        Ok(forbidden)
    }

    /// Whether an entry is to be taken over.
    fn keeps(&mut self, list: &str, entry: &str) -> bool {
        match self.0.get_mut(&(list.to_owned(), entry.to_owned())) {
            Some(used) => {
                *used = true;
                false
            }
            None => true,
        }
    }

    /// An exception that no list has is a mistake, or the list changed.
    fn all_used(&self) -> Result<(), String> {
        match self.0.iter().find(|(_, used)| !**used) {
            Some(((list, entry), _)) => Err(format!("exception {entry:?}: {list} has no such entry")),
            None => Ok(()),
        }
    }
}
