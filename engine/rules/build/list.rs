//! The list of well-known bots as far as the tables need it.

use serde::Deserialize;
use std::collections::BTreeSet;

/// One entry of the list.
#[derive(Deserialize)]
pub(crate) struct Bot {
    /// Its id, `GOOGLE_CRAWLER`; the file spells it `google-crawler`.
    pub(crate) id: String,
    /// Its categories, `CATEGORY:SEARCH_ENGINE`; the file spells them `search-engine`.
    pub(crate) categories: Vec<String>,
    pub(crate) pattern: Pattern,
    /// Names that other lists give it.
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    #[serde(default)]
    pub(crate) instances: Instances,
}

/// What a user agent must match to be this bot.
#[derive(Deserialize)]
pub(crate) struct Pattern {
    /// Regular expressions that must all match.
    pub(crate) accepted: Vec<String>,
    /// Regular expressions of which none may match.
    pub(crate) forbidden: Vec<String>,
}

/// User agents seen in the wild.
#[derive(Deserialize, Default)]
pub(crate) struct Instances {
    pub(crate) accepted: Vec<String>,
}

/// Reads the list and sorts it by id, so that an id is found by binary search.
pub(crate) fn parse(json: &str) -> Result<Vec<Bot>, String> {
    let mut bots: Vec<Bot> =
        serde_json::from_str(json).map_err(|e| format!("the list of bots is no valid list: {e}"))?;
    for bot in &mut bots {
        if bot.pattern.accepted.is_empty() {
            return Err(format!("bot {} has no pattern", bot.id));
        }
        bot.id = screaming(&bot.id)?;
        for category in &mut bot.categories {
            *category = format!("CATEGORY:{}", screaming(category)?);
        }
    }
    bots.sort_by(|a, b| a.id.cmp(&b.id));
    if categories(&bots).len() > 64 {
        return Err("more than 64 categories don't fit into the masks of the tables".into());
    }
    match bots.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(format!("two bots have the id {}", pair[0].id)),
        None => Ok(bots),
    }
}

/// Adds patterns that the user agents of some bots don't match.
pub(crate) fn forbid(bots: &mut [Bot], forbidden: &[(String, String)]) -> Result<(), String> {
    for (id, pattern) in forbidden {
        let bot = bots.iter_mut().find(|bot| bot.id == *id);
        let bot = bot.ok_or_else(|| format!("exception {pattern:?}: there is no bot {id}"))?;
        bot.pattern.forbidden.push(pattern.clone());
    }
    Ok(())
}

/// Adds the bots that the official SDKs know by name and the list does not: one a line, the id and its categories. What their user agents
/// look like is not public; where a pattern of another list spells the same letters as the id, it is taken for theirs. The others are
/// never detected.
///
/// Of the bots of the list whose ids spell a pattern of the other list too, 96 of 97 have that very pattern.
pub(crate) fn add_sdk_bots(bots: &mut Vec<Bot>, text: &str, patterns: &[String]) -> Result<(), String> {
    let letters = |text: &str| -> String {
        let plain = text.trim_start_matches('^').trim_end_matches(r"\/");
        plain
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ').map(str::to_owned);
        let id = words.next().unwrap_or_default();
        if bots.iter().any(|bot| bot.id == id) {
            return Err(format!("{id} is in the list of bots and among those beside it"));
        }
        let own = letters(&id);
        bots.push(Bot {
            id,
            categories: words.map(|category| format!("CATEGORY:{category}")).collect(),
            pattern: Pattern {
                accepted: patterns
                    .iter()
                    .filter(|pattern| letters(pattern) == own)
                    .take(1)
                    .cloned()
                    .collect(),
                forbidden: Vec::new(),
            },
            aliases: Vec::new(),
            instances: Instances::default(),
        });
    }
    bots.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(())
}

/// All categories, sorted.
pub(crate) fn categories(bots: &[Bot]) -> Vec<&str> {
    let all: BTreeSet<&str> = bots
        .iter()
        .flat_map(|bot| &bot.categories)
        .map(String::as_str)
        .collect();
    all.into_iter().collect()
}

/// `search-engine` as the rules spell it: `SEARCH_ENGINE`.
pub(crate) fn screaming(kebab: &str) -> Result<String, String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if kebab.is_empty() || !kebab.chars().all(valid) {
        return Err(format!("{kebab:?} is no name in kebab case"));
    }
    Ok(kebab.to_ascii_uppercase().replace('-', "_"))
}
