//! Builds the tables of the rules, so that a running program, and above all a fresh WASM instance, finds them as constants: nothing
//! is parsed or compiled at start.
//!
//! Bots and attacks start from regular expressions, which become literals ([`expand`]) or small automata ([`automaton`]), and both find
//! the literals in a text by an [`index`]. [`list`], [`public`], [`patterns`], [`words`] and [`emit`] are about bots, [`signatures`] is
//! about attacks, [`email`] about the lists of the e-mail rule.

mod automaton;
// The classes of bytes by which a running program tells which signatures can match at all.
#[allow(dead_code, reason = "most of it is for the running program")]
#[path = "../src/shield/charset.rs"]
mod charset;
mod email;
mod emit;
mod expand;
mod index;
mod list;
mod patterns;
mod public;
mod signatures;
mod words;

use std::{env, error::Error, fs, path::Path};

/// Nearly all literals of bots are long, so few trigrams of other texts are set in a small bitmap.
const BOTS_SIZE: index::Size = index::Size {
    bitmap_log2: 15,
    buckets_log2: 10,
};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/shield/charset.rs");
    println!("cargo::rerun-if-changed=signatures");
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
    let user_agents = || bots.iter().flat_map(|bot| &bot.instances.accepted);
    let sample = index::Sample::new(user_agents().map(String::as_bytes));
    let literals = index::Literal::numbered(patterns.literals.iter().map(|l| l.bytes.as_slice()));
    let pattern_index = index::build(&literals, &sample, BOTS_SIZE)?;
    let lower: Vec<String> = user_agents().map(|text| text.to_ascii_lowercase()).collect();
    let sample = index::Sample::new(lower.iter().map(String::as_bytes));
    let literals = index::Literal::numbered(words.iter().map(|word| word.bytes.as_slice()));
    let word_index = index::build(&literals, &sample, BOTS_SIZE)?;
    let signatures = signatures::compile(Path::new("signatures"), &lower)?;

    let out = Path::new(&env::var("OUT_DIR")?).to_owned();
    fs::write(out.join("bots.rs"), emit::bots(&bots, &patterns, &pattern_index))?;
    fs::write(out.join("words.rs"), emit::words(&words, &word_index))?;
    fs::write(out.join("email.rs"), email::source()?)?;
    fs::write(out.join("signatures.rs"), signatures.source())?;
    fs::write(out.join("signature_examples.rs"), signatures.examples())?;
    Ok(())
}
