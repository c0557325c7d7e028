//! Reads what operators publish from text; `data/README.md` describes the form.

use super::{Proof, ranges::Ranges};
use ipnet::IpNet;
use std::{collections::BTreeMap, net::IpAddr};

/// Why data about the verification of bots is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct DataError {
    line: usize,
    message: String,
}

impl DataError {
    /// The number of the line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Proof>, DataError> {
    let mut sets: BTreeMap<&str, Vec<IpNet>> = BTreeMap::new();
    let mut bots = BTreeMap::new();
    let mut current = None;
    for (line, text) in (1..).zip(text.lines()) {
        let error = |message: String| DataError { line, message };
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(name) = text.strip_prefix("ranges ") {
            sets.entry(name).or_default();
            current = Some(name);
        } else if let Some(bot) = text.strip_prefix("bot ") {
            let (id, means) = bot
                .split_once(' ')
                .ok_or_else(|| error(format!("{bot:?} has no means to be verified by")))?;
            let proof = proof(means, &sets).map_err(error)?;
            if bots.insert(id.to_owned(), proof).is_some() {
                return Err(error(format!("{id} stands here twice")));
            }
        } else {
            let set = current.and_then(|name| sets.get_mut(name));
            let set = set.ok_or_else(|| error(format!("{text:?} stands before any name of ranges")))?;
            set.push(net(text).map_err(error)?);
        }
    }
    Ok(bots)
}

fn proof(means: &str, sets: &BTreeMap<&str, Vec<IpNet>>) -> Result<Proof, String> {
    let (mut nets, mut masks, mut partial) = (Vec::new(), Vec::new(), false);
    for means in means.split(' ') {
        match means.split_once(':') {
            Some(("ranges", name)) => {
                let set = sets
                    .get(name)
                    .ok_or_else(|| format!("no ranges are called {name:?}"))?;
                nets.extend(set);
            }
            Some(("ip", text)) => nets.push(net(text)?),
            Some(("dns", mask)) if !mask.is_empty() => masks.push(mask.to_owned()),
            None if means == "partial" => partial = true,
            _ => return Err(format!("{means:?} is no means to be verified by")),
        }
    }
    if nets.is_empty() && masks.is_empty() {
        return Err("there is neither an address nor a mask".into());
    }
    Ok(Proof {
        ranges: nets.into_iter().collect::<Ranges>(),
        masks,
        partial,
    })
}

/// An address or a range.
fn net(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{text:?} is neither an address nor a range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_line() {
        for (text, expected) in [
            (
                "192.0.2.1",
                "line 1: \"192.0.2.1\" stands before any name of ranges",
            ),
            ("ranges a\n\nx", "line 3: \"x\" is neither an address nor a range"),
            (
                "ranges a\n192.0.2.0/33",
                "line 2: \"192.0.2.0/33\" is neither an address nor a range",
            ),
            ("bot A", "line 1: \"A\" has no means to be verified by"),
            ("bot A ranges:b", "line 1: no ranges are called \"b\""),
            ("bot A dns:", "line 1: \"dns:\" is no means to be verified by"),
            (
                "bot A magic:x",
                "line 1: \"magic:x\" is no means to be verified by",
            ),
            ("bot A partial", "line 1: there is neither an address nor a mask"),
            (
                "ranges a\nbot A ranges:a",
                "line 2: there is neither an address nor a mask",
            ),
            ("bot A dns:x\nbot A dns:y", "line 2: A stands here twice"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert_eq!(error.line(), expected[5..6].parse::<usize>().unwrap());
        }
        assert_eq!(parse("").unwrap().len(), 0);
    }
}
