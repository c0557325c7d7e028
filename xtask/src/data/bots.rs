//! `cargo xtask data bots`: checks and installs a version of the list of well-known bots.

pub(crate) mod schema;

use super::readme;
use crate::{TaskResult, repository};
use clap::Args;
use regex_automata::meta::Regex;
use schema::Bot;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

/// The installed list and the text that says where it is from, relative to the root of the repository.
const LIST: &str = "engine/rules/data/well-known-bots.json";
const README: &str = "engine/rules/data/README.md";
/// The name of the list in that text.
const SECTION: &str = "well-known-bots.json";

/// Check a version of the list of well-known bots and install it
///
/// The list is the file well-known-bots.json of <https://github.com/arcjet/well-known-bots>. It is installed unchanged, if its entries are
/// complete, its ids distinct, its patterns regular expressions, and its example user agents matched as it says. Afterwards run
/// `cargo xtask rules`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The file well-known-bots.json
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The commit that the file is from
    #[arg(long, value_name = "ID", value_parser = readme::commit)]
    commit: String,
    /// The date of that commit
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = readme::date)]
    date: String,
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let Arguments { from, commit, date } = arguments;
    let new = fs::read_to_string(from).map_err(|e| format!("cannot read {}: {e}", from.display()))?;
    let bots = check(&new)
        .map_err(|faults| format!("{} is not installed:\n  {}", from.display(), faults.join("\n  ")))?;

    let root = repository::root();
    let readme = fs::read_to_string(root.join(README)).map_err(|e| format!("cannot read {README}: {e}"))?;
    let readme = readme::with_version(&readme, SECTION, commit, date)?;
    let installed = fs::read_to_string(root.join(LIST)).map_err(|e| format!("cannot read {LIST}: {e}"))?;
    report_changes(&serde_json::from_str::<Vec<Bot>>(&installed)?, &bots);
    fs::write(root.join(LIST), new)?;
    fs::write(root.join(README), readme)?;
    println!("installed {LIST}; now run cargo xtask rules");
    Ok(())
}

/// Reads a list, or says everything that is wrong with it.
fn check(list: &str) -> Result<Vec<Bot>, Vec<String>> {
    let bots: Vec<Bot> = serde_json::from_str(list).map_err(|e| vec![e.to_string()])?;
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    for bot in &bots {
        let mut fault = |fault: String| faults.push(format!("{}: {fault}", bot.id));
        if !ids.insert(screaming(&bot.id)) {
            fault("another bot has this id".into());
        }
        for name in [&bot.id].into_iter().chain(&bot.categories) {
            if !is_kebab(name) {
                fault(format!("{name:?} is no name in kebab case"));
            }
        }
        if bot.categories.is_empty() {
            fault("has no category".into());
        }
        if bot.pattern.accepted.is_empty() {
            fault("has no pattern".into());
        }
        match (compile(&bot.pattern.accepted), compile(&bot.pattern.forbidden)) {
            (Ok(accepted), Ok(forbidden)) => {
                let matches = |user_agent: &&String| {
                    accepted
                        .iter()
                        .all(|pattern| pattern.is_match(user_agent.as_bytes()))
                        && !forbidden
                            .iter()
                            .any(|pattern| pattern.is_match(user_agent.as_bytes()))
                };
                for user_agent in bot
                    .instances
                    .accepted
                    .iter()
                    .filter(|user_agent| !matches(user_agent))
                {
                    fault(format!("doesn't match its user agent {user_agent:?}"));
                }
                for user_agent in bot.instances.rejected.iter().filter(matches) {
                    fault(format!(
                        "matches the user agent {user_agent:?} that is not its own"
                    ));
                }
            }
            (Err(error), _) | (_, Err(error)) => fault(error),
        }
    }
    if bots.is_empty() {
        faults.push("the list is empty".into());
    }
    if faults.is_empty() { Ok(bots) } else { Err(faults) }
}

fn compile(patterns: &[String]) -> Result<Vec<Regex>, String> {
    let compile =
        |pattern: &String| Regex::new(pattern).map_err(|e| format!("{pattern:?} is no pattern: {e}"));
    patterns.iter().map(compile).collect()
}

fn report_changes(old: &[Bot], new: &[Bot]) {
    let by_id = |bots: &[Bot]| {
        bots.iter()
            .map(|bot| (screaming(&bot.id), bot.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    let (old, new) = (by_id(old), by_id(new));
    let missing_from = |bots: &BTreeMap<String, Bot>, other: &BTreeMap<String, Bot>| {
        bots.keys()
            .filter(|id| !other.contains_key(*id))
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let changed = new
        .iter()
        .filter(|(id, bot)| old.get(*id).is_some_and(|old| old.rules() != bot.rules()));
    println!("{} bots, before {}", new.len(), old.len());
    println!("added:   {}", missing_from(&new, &old));
    println!("removed: {}", missing_from(&old, &new));
    println!(
        "changed: {}",
        changed.map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(" ")
    );
}

/// `google-crawler` as rules spell it: `GOOGLE_CRAWLER`.
fn screaming(kebab: &str) -> String {
    kebab.to_ascii_uppercase().replace('-', "_")
}

fn is_kebab(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installed_list_passes() {
        let list = fs::read_to_string(repository::root().join(LIST)).unwrap();
        assert_eq!(check(&list).map(|bots| bots.len()), Ok(633));
    }

    #[test]
    fn everything_wrong_is_named() {
        let list = r#"[
            {"id": "a", "categories": ["tool"], "pattern": {"accepted": ["A"], "forbidden": []}, "verification": [],
             "instances": {"accepted": ["A/1", "B/1"], "rejected": ["xA", "x"]}},
            {"id": "a", "categories": [], "pattern": {"accepted": [], "forbidden": []}, "verification": []},
            {"id": "Bad_Id", "categories": ["x"], "pattern": {"accepted": ["("], "forbidden": []}, "verification": []}
        ]"#;
        let faults = check(list).unwrap_err();
        for expected in [
            "a: doesn't match its user agent \"B/1\"",
            "a: matches the user agent \"xA\" that is not its own",
            "a: another bot has this id",
            "a: has no category",
            "a: has no pattern",
            "Bad_Id: \"Bad_Id\" is no name in kebab case",
        ] {
            assert!(
                faults.iter().any(|fault| fault == expected),
                "{expected} is not among {faults:#?}"
            );
        }
        assert_eq!(faults.len(), 7, "{faults:#?}");
        assert!(
            faults[6].starts_with("Bad_Id: \"(\" is no pattern: "),
            "{faults:#?}"
        );
    }

    #[test]
    fn an_unknown_field_or_method_is_refused() {
        for entry in [
            r#""surprise": 1, "verification": []"#,
            r#""verification": [{"type": "telepathy"}]"#,
            r#""verification": [{"type": "dns"}]"#,
            r#""verification": null"#,
        ] {
            let list = format!(
                r#"[{{"id": "a", "categories": ["tool"], "pattern": {{"accepted": ["A"], "forbidden": []}}, {entry}}}]"#
            );
            assert_eq!(check(&list).unwrap_err().len(), 1, "{entry}");
        }
        assert_eq!(check("[]").unwrap_err(), ["the list is empty"]);
    }

    #[test]
    fn the_text_has_a_line_about_the_version() {
        let installed = fs::read_to_string(repository::root().join(README)).unwrap();
        assert!(readme::with_version(&installed, SECTION, "new", "2026-02-26").is_ok());
    }
}
