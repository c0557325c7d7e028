//! Builds the tables of the bot detection from the list of well-known bots, other public lists and our own words, so that a running
//! program, and above all a fresh WASM instance, finds them as constants: nothing is parsed or compiled at start.
//!
//! [`patterns`] turns every regular expression of [`list`] and [`public`] into literals or a small automaton, [`words`] reads what is
//! looked for in any case, [`index`] chooses how both are found in a user agent, [`emit`] writes all of it as Rust source.
//! [`email`] does the same for the lists of the e-mail rule.

mod automaton;
mod email;
mod emit;
mod index;
mod list;
mod patterns;
mod public;
mod words;

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    let read =
        |name: &str| fs::read_to_string(format!("data/{name}")).map_err(|e| format!("data/{name}: {e}"));
    let mut bots = list::parse(&read("well-known-bots.json")?)?;
    let public = public::parse(
        &read("bot-list-exceptions.txt")?,
        &read("crawler-user-agents.json")?,
        &read("ai-robots.json")?,
        &read("isbot-patterns.json")?,
    )?;
    list::forbid(&mut bots, &public.forbidden)?;
    list::add_sdk_bots(&mut bots, &read("sdk-bots.txt")?, &public.crawlers)?;
    let patterns = patterns::compile(&bots, &public.crawlers)?;
    let words = words::parse(&read("user-agent-words.txt")?, &public)?;

    // The user agents of the bots serve as the sample: many imitate browsers, so the trigrams of browsers are frequent in them.
    let sample: Vec<&str> = bots
        .iter()
        .flat_map(|bot| &bot.instances.accepted)
        .map(String::as_str)
        .collect();
    let pattern_index = index::build(patterns.literals.iter().map(|l| l.bytes.as_slice()), &sample)?;
    let lower: Vec<String> = sample.iter().map(|text| text.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let word_index = index::build(words.iter().map(|word| word.bytes.as_slice()), &lower)?;

    let out = Path::new(&env::var("OUT_DIR")?).to_owned();
    fs::write(out.join("bots.rs"), emit::bots(&bots, &patterns, &pattern_index))?;
    fs::write(out.join("email.rs"), email::source()?)?;
    fs::write(out.join("words.rs"), emit::words(&words, &word_index))?;
    Ok(())
}
