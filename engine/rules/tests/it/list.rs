//! The list of well-known bots as the repository holds it, and what the tables made of it.

use arcjet_rules::bots::{self, Bot};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::LazyLock};

/// An entry of the list.
#[derive(Deserialize)]
pub(crate) struct Entry {
    id: String,
    categories: Vec<String>,
    pub(crate) pattern: Pattern,
    pub(crate) instances: Instances,
}

#[derive(Deserialize)]
pub(crate) struct Pattern {
    pub(crate) accepted: Vec<String>,
    pub(crate) forbidden: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Instances {
    pub(crate) accepted: Vec<String>,
    rejected: Vec<String>,
}

impl Entry {
    /// The id as rules spell it.
    pub(crate) fn id(&self) -> String {
        self.id.to_ascii_uppercase().replace('-', "_")
    }
}

/// The whole list.
pub(crate) static LIST: LazyLock<Vec<Entry>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../data/well-known-bots.json")).unwrap());

#[test]
fn every_entry_of_the_list_is_a_bot_with_its_categories() {
    let expected: BTreeSet<String> = LIST.iter().map(Entry::id).collect();
    assert_eq!(expected.len(), LIST.len(), "ids are unique");
    let ids: BTreeSet<String> = bots::ids().map(str::to_owned).collect();
    assert_eq!(ids.len(), bots::ids().len());
    assert!(bots::ids().is_sorted());
    assert_eq!(expected.difference(&ids).count(), 0);
    for entry in LIST.iter() {
        let bot = Bot::from_id(&entry.id()).unwrap();
        assert_eq!(bot.id(), entry.id());
        let own: BTreeSet<String> = bot
            .categories()
            .map(|category| category.name().to_owned())
            .collect();
        let expected: BTreeSet<String> = entry
            .categories
            .iter()
            .map(|category| format!("CATEGORY:{}", category.to_ascii_uppercase().replace('-', "_")))
            .collect();
        assert_eq!(own, expected, "{}", entry.id());
    }
}

#[test]
fn the_version_of_the_list_that_the_documentation_names_is_here() {
    assert_eq!(LIST.len(), 633);
    assert_eq!(bots::ids().len(), 809);
    assert_eq!(bots::all().len(), 809);
    assert_eq!(bots::categories().len(), 23);
    assert_eq!(
        LIST.iter()
            .map(|entry| entry.instances.accepted.len())
            .sum::<usize>(),
        1220
    );
}

#[test]
fn every_accepted_user_agent_is_its_bot() {
    for entry in LIST.iter() {
        let bot = Bot::from_id(&entry.id()).unwrap();
        for user_agent in &entry.instances.accepted {
            assert!(
                bots::detect(user_agent.as_bytes()).contains(&bot),
                "{}: {user_agent}",
                entry.id()
            );
        }
    }
}

#[test]
fn no_rejected_user_agent_is_its_bot() {
    let mut rejected = 0;
    for entry in LIST.iter() {
        let bot = Bot::from_id(&entry.id()).unwrap();
        for user_agent in &entry.instances.rejected {
            assert!(
                !bots::detect(user_agent.as_bytes()).contains(&bot),
                "{}: {user_agent}",
                entry.id()
            );
            rejected += 1;
        }
    }
    assert_eq!(rejected, 3);
}

/// Of the bots that only the official SDKs name, those are detected whose id spells a pattern of another list.
#[test]
fn bots_of_the_sdks_can_be_listed_and_some_are_detected() {
    let beside: Vec<Bot> = bots::all()
        .filter(|bot| !LIST.iter().any(|entry| entry.id() == bot.id()))
        .collect();
    assert_eq!(beside.len(), 176);
    let detectable = beside.iter().filter(|bot| bot.is_detectable()).count();
    assert_eq!(detectable, 97);
    assert!(bots::all().all(|bot| bot.categories().count() > 0));
    for (user_agent, id) in [
        (
            "Mozilla/5.0 (compatible; MistralAI-User/1.0; +https://docs.mistral.ai/robots)",
            "MISTRAL_AI_USER",
        ),
        ("HTTPie/3.2.1", "HTTPIE"),
    ] {
        let found = bots::detect(user_agent.as_bytes());
        assert_eq!(found.iter().map(|bot| bot.id()).collect::<Vec<_>>(), [id]);
    }
    let botnet = Bot::from_id("MIRAI_BOTNET").unwrap();
    assert!(!botnet.is_detectable());
    assert_eq!(
        botnet.categories().map(|c| c.name()).collect::<Vec<_>>(),
        ["CATEGORY:BOTNET"]
    );
}
