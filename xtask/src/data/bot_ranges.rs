//! `cargo xtask data bot-ranges`: what the engine verifies bots by: published ranges of addresses, and masks of host names.

use super::{bots::schema::Bot, readme};
use crate::{TaskResult, repository};
use clap::Args;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

const LIST: &str = "engine/rules/data/well-known-bots.json";
const VERIFICATION: &str = "engine/data/bot-verification.txt";
const README: &str = "engine/data/README.md";
/// The section of that text.
const SECTION: &str = "bot-verification.txt";
/// Where operators publish addresses, and the folder of ipranges that holds what is published there. A folder may hold more than one
/// such place: bots of one operator are then not told apart by their addresses.
const FOLDERS: [(&str, &str); 14] = [
    (
        "https://developers.google.com/static/search/apis/ipranges/googlebot.json",
        "googlebot",
    ),
    ("https://www.bing.com/toolbox/bingbot.json", "bing"),
    ("https://openai.com/gptbot.json", "openai"),
    ("https://openai.com/chatgpt-user.json", "openai"),
    ("https://openai.com/searchbot.json", "openai"),
    ("http://www.facebook.com/peering/geofeed", "facebook"),
    ("https://www.perplexity.ai/perplexitybot.json", "perplexity"),
    ("https://www.perplexity.ai/perplexity-user.json", "perplexity"),
    ("https://my.pingdom.com/probes/ipv4", "pingdom"),
    ("https://my.pingdom.com/probes/ipv6", "pingdom"),
    (
        "https://app.statuscake.com/Workfloor/Locations.php?format=json",
        "statuscake",
    ),
    ("https://www.cloudflare.com/ips-v4/", "cloudflare"),
    ("https://www.cloudflare.com/ips-v6/", "cloudflare"),
    ("https://duckduckgo.com/duckduckbot.json", "duckduckbot"),
];
/// Bots whose operators publish addresses although the list of bots doesn't say where.
const BESIDE_THE_LIST: [(&str, &str); 2] = [
    ("duckduckgo-crawler", "https://duckduckgo.com/duckduckbot.json"),
    (
        "duckduckgo-crawler-favicons",
        "https://duckduckgo.com/duckduckbot.json",
    ),
];

/// Refresh what bots are verified by: ranges of addresses and masks of host names
///
/// The masks and single addresses are those of the installed list of well-known bots. The ranges are those of a checkout of
/// <https://github.com/lord-alfred/ipranges>, which collects daily what operators publish.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The folder with the checkout
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// Its commit
    #[arg(long, value_name = "ID", value_parser = readme::commit)]
    commit: String,
    /// The date of that commit
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = readme::date)]
    date: String,
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let Arguments { from, commit, date } = arguments;
    let root = repository::root();
    let bots: Vec<Bot> = serde_json::from_str(&fs::read_to_string(root.join(LIST))?)?;
    let mut ranges = BTreeMap::new();
    for (_, folder) in FOLDERS {
        ranges.insert(folder, read_ranges(&from.join(folder))?);
    }
    let about = fs::read_to_string(root.join(README)).map_err(|e| format!("cannot read {README}: {e}"))?;
    let about = readme::with_version(&about, SECTION, commit, date)?;
    let text = render(&bots, &ranges);
    println!(
        "{} bots, {} ranges; not available: {}",
        text.lines().filter(|line| line.starts_with("bot ")).count(),
        ranges.values().map(BTreeSet::len).sum::<usize>(),
        missing(&bots).into_iter().collect::<Vec<_>>().join(" "),
    );
    fs::write(root.join(VERIFICATION), text)?;
    fs::write(root.join(README), about)?;
    println!("installed {VERIFICATION}");
    Ok(())
}

/// The ranges of a folder, as far as they can be read; a folder without any is an error.
fn read_ranges(folder: &Path) -> TaskResult<BTreeSet<String>> {
    let mut ranges = BTreeSet::new();
    for file in ["ipv4_merged.txt", "ipv6_merged.txt"] {
        let path = folder.join(file);
        // Not every operator has addresses of both kinds.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            ranges.insert(range(line).map_err(|e| format!("{}: {e}", path.display()))?);
        }
    }
    if ranges.is_empty() {
        return Err(format!("{} holds no ranges", folder.display()).into());
    }
    Ok(ranges)
}

/// A range or an address, checked.
fn range(text: &str) -> Result<String, String> {
    let wrong = || format!("{text:?} is neither an address nor a range");
    let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    match length.map(str::parse::<u8>) {
        None => Ok(text.to_owned()),
        // A range this wide is a mistake: everybody would be verified.
        Some(Ok(length)) if (8..=longest).contains(&length) => Ok(text.to_owned()),
        _ => Err(wrong()),
    }
}

fn render(bots: &[Bot], ranges: &BTreeMap<&str, BTreeSet<String>>) -> String {
    let mut text =
        String::from("# Written by `cargo xtask data bot-ranges`. What it means stands in README.md.\n");
    // Writing to a string cannot fail.
    for (name, ranges) in ranges {
        let _ = writeln!(text, "ranges {name}");
        for range in ranges {
            let _ = writeln!(text, "{range}");
        }
    }
    let mut lines = BTreeSet::new();
    for bot in bots {
        let beside = BESIDE_THE_LIST
            .iter()
            .filter(|(id, _)| *id == bot.id)
            .map(|(_, url)| *url);
        let folders: BTreeSet<&str> = bot.sources().chain(beside).filter_map(folder).collect();
        let means: Vec<String> = folders
            .iter()
            .map(|name| format!("ranges:{name}"))
            .chain(bot.addresses().map(|address| format!("ip:{address}")))
            .chain(bot.masks().map(|mask| format!("dns:{mask}")))
            .collect();
        if !means.is_empty() {
            let id = bot.id.to_ascii_uppercase().replace('-', "_");
            let complete = bot.sources().all(|url| folder(url).is_some());
            let partial = if complete { "" } else { "partial " };
            lines.insert(format!("bot {id} {partial}{}\n", means.join(" ")));
        }
    }
    text.extend(lines);
    text
}

fn folder(url: &str) -> Option<&'static str> {
    let (_, folder) = FOLDERS.iter().find(|(own, _)| *own == url)?;
    Some(folder)
}

/// Where operators publish addresses that ipranges doesn't collect.
fn missing(bots: &[Bot]) -> BTreeSet<&str> {
    bots.iter()
        .flat_map(Bot::sources)
        .filter(|url| folder(url).is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_written_with_every_means() {
        let bots: Vec<Bot> = serde_json::from_str(
            r#"[
            {"id": "a-b", "categories": ["x"], "pattern": {"accepted": ["A"], "forbidden": []}, "verification": [
              {"type": "cidr", "sources": [{"type": "http-json", "url": "https://www.bing.com/toolbox/bingbot.json", "selector": "$"}]},
              {"type": "ip", "sources": [{"type": "http-text", "url": "https://a.example/"}]},
              {"type": "dns", "masks": ["@.a.example", "*.b.example"]}, {"type": "ip", "ips": ["192.0.2.1"]}]},
            {"id": "c", "categories": ["x"], "pattern": {"accepted": ["C"], "forbidden": []}, "verification": [
              {"type": "cidr", "sources": [{"type": "http-text", "url": "https://c.example/"}]}]},
            {"id": "duckduckgo-crawler", "categories": ["x"], "pattern": {"accepted": ["D"], "forbidden": []}, "verification": []}
        ]"#,
        )
        .unwrap();
        let ranges = BTreeMap::from([("bing", BTreeSet::from(["192.0.2.0/24".to_owned()]))]);
        let text = render(&bots, &ranges);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "ranges bing",
                "192.0.2.0/24",
                "bot A_B partial ranges:bing ip:192.0.2.1 dns:@.a.example dns:*.b.example",
                "bot DUCKDUCKGO_CRAWLER ranges:duckduckbot",
            ]
        );
        assert_eq!(
            missing(&bots),
            BTreeSet::from(["https://a.example/", "https://c.example/"])
        );
    }

    #[test]
    fn only_addresses_and_plausible_ranges_are_taken() {
        for good in ["192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "2001:db8::1"] {
            assert_eq!(range(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "x",
            "192.0.2.0/33",
            "0.0.0.0/0",
            "::/0",
            "192.0.2.0/",
            "192.0.2.0/24/1",
        ] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_text_has_a_line_about_the_version() {
        let about = fs::read_to_string(repository::root().join(README)).unwrap();
        assert!(readme::with_version(&about, SECTION, "new", "2026-02-26").is_ok());
    }
}
