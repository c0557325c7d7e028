//! `cargo xtask data bot-list`: checks and installs a version of another public list of bots.

use super::readme;
use crate::{TaskResult, repository};
use clap::{Args, ValueEnum};
use regex_automata::meta::Regex;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

const DATA: &str = "engine/rules/data";

/// Check a version of another public list of bots and install it
///
/// It is installed unchanged if it has the form that the rules' build reads. Entries that real browsers carry belong into
/// bot-list-exceptions.txt: measure the false positives afterwards. Then run `cargo xtask rules`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Which list
    list: List,
    /// The file
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The commit that the file is from
    #[arg(long, value_name = "ID", value_parser = readme::commit)]
    commit: String,
    /// The date of that commit
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = readme::date)]
    date: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum List {
    /// crawler-user-agents.json of <https://github.com/monperrus/crawler-user-agents>
    CrawlerUserAgents,
    /// robots.json of <https://github.com/ai-robots-txt/ai.robots.txt>
    AiRobots,
    /// src/patterns.json of <https://github.com/omrilotan/isbot>
    Isbot,
}

impl List {
    fn file(self) -> &'static str {
        match self {
            Self::CrawlerUserAgents => "crawler-user-agents.json",
            Self::AiRobots => "ai-robots.json",
            Self::Isbot => "isbot-patterns.json",
        }
    }

    /// The entries of a list, or what is wrong with it.
    fn entries(self, text: &str) -> Result<BTreeSet<String>, String> {
        #[derive(Deserialize)]
        struct Crawler {
            pattern: String,
        }
        let entries: BTreeSet<String> = match self {
            Self::CrawlerUserAgents => {
                let crawlers: Vec<Crawler> = serde_json::from_str(text).map_err(|e| e.to_string())?;
                for crawler in &crawlers {
                    Regex::new(&crawler.pattern).map_err(|e| format!("{:?}: {e}", crawler.pattern))?;
                }
                crawlers.into_iter().map(|crawler| crawler.pattern).collect()
            }
            Self::AiRobots => serde_json::from_str::<BTreeMap<String, serde_json::Value>>(text)
                .map_err(|e| e.to_string())?
                .into_keys()
                .collect(),
            Self::Isbot => serde_json::from_str(text).map_err(|e| e.to_string())?,
        };
        if entries.is_empty() {
            return Err("the list is empty".into());
        }
        Ok(entries)
    }
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let Arguments {
        list,
        from,
        commit,
        date,
    } = arguments;
    let new = fs::read_to_string(from).map_err(|e| format!("cannot read {}: {e}", from.display()))?;
    let entries = list
        .entries(&new)
        .map_err(|e| format!("{} is not installed: {e}", from.display()))?;
    let data = repository::root().join(DATA);
    let (file, about) = (data.join(list.file()), data.join("README.md"));
    let readme = readme::with_version(&fs::read_to_string(&about)?, list.file(), commit, date)?;
    let before = list.entries(&fs::read_to_string(&file)?)?;
    let join = |set: BTreeSet<&String>| set.into_iter().cloned().collect::<Vec<_>>().join(", ");
    println!("{} entries, before {}", entries.len(), before.len());
    println!("added:   {}", join(entries.difference(&before).collect()));
    println!("removed: {}", join(before.difference(&entries).collect()));
    fs::write(file, new)?;
    fs::write(about, readme)?;
    println!("installed {DATA}/{}; now run cargo xtask rules", list.file());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installed_lists_pass() {
        let data = repository::root().join(DATA);
        let readme = fs::read_to_string(data.join("README.md")).unwrap();
        for list in List::value_variants() {
            let text = fs::read_to_string(data.join(list.file())).unwrap();
            assert!(list.entries(&text).unwrap().len() > 100, "{}", list.file());
            assert!(readme::with_version(&readme, list.file(), "new", "2026-02-26").is_ok());
        }
    }

    #[test]
    fn another_form_is_refused() {
        for (list, text) in [
            (List::CrawlerUserAgents, r#"[{"pattern": "("}]"#),
            (List::CrawlerUserAgents, r#"["a"]"#),
            (List::CrawlerUserAgents, "[]"),
            (List::AiRobots, r#"["a"]"#),
            (List::Isbot, r#"{"a": 1}"#),
            (List::Isbot, "[]"),
        ] {
            assert!(list.entries(text).is_err(), "{text}");
        }
    }
}
