//! Builds the tables of the bot detection and of the attack signatures, so that a running program, and above all a fresh WASM
//! instance, finds them as constants: nothing is parsed or compiled at start.
//!
//! Both start from regular expressions, which become literals ([`expand`]) or small automata ([`automaton`]), and both find the
//! literals in a text by an [`index`]. [`list`], [`patterns`] and [`emit`] are about bots, [`signatures`] about attacks.

mod automaton;
mod emit;
mod expand;
mod index;
mod list;
mod patterns;
mod signatures;

use std::{env, error::Error, fs, path::Path};

/// Nearly all literals of bots are long, so few trigrams of other texts are set in a small bitmap.
const BOTS_SIZE: index::Size = index::Size {
    bitmap_log2: 15,
    buckets_log2: 10,
};

fn main() -> Result<(), Box<dyn Error>> {
    let data = "data/well-known-bots.json";
    println!("cargo::rerun-if-changed={data}");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=signatures");
    let out_dir = env::var("OUT_DIR")?;
    let out = Path::new(&out_dir);

    let bots = list::parse(&fs::read_to_string(data)?)?;
    let patterns = patterns::compile(&bots)?;
    let literals: Vec<&[u8]> = patterns.literals.iter().map(|l| l.bytes.as_slice()).collect();
    // The user agents of the bots serve as the sample: many imitate browsers, so the trigrams of browsers are frequent in them.
    let user_agents = || bots.iter().flat_map(|bot| &bot.instances.accepted);
    let sample = index::Sample::new(user_agents().map(String::as_bytes));
    let index = index::build(&literals, &sample, BOTS_SIZE)?;
    fs::write(out.join("bots.rs"), emit::source(&bots, &patterns, &index))?;

    let user_agents: Vec<String> = user_agents().map(|text| text.to_ascii_lowercase()).collect();
    let signatures = signatures::compile(Path::new("signatures"), &user_agents)?;
    fs::write(out.join("signatures.rs"), signatures.source())?;
    fs::write(out.join("signature_examples.rs"), signatures.examples())?;
    Ok(())
}
