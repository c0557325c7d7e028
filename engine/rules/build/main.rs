//! Builds the tables of the bot detection from the list of well-known bots, so that a running program, and above all a fresh
//! WASM instance, finds them as constants: nothing is parsed or compiled at start.
//!
//! [`patterns`] reads the list and turns every regular expression into literals or a small automaton, [`index`] chooses how the
//! literals are found in a user agent, [`emit`] writes all of it as Rust source.

mod automaton;
mod emit;
mod index;
mod list;
mod patterns;

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let data = "data/well-known-bots.json";
    println!("cargo::rerun-if-changed={data}");
    println!("cargo::rerun-if-changed=build");
    let bots = list::parse(&fs::read_to_string(data)?)?;
    let patterns = patterns::compile(&bots)?;
    let index = index::build(&patterns.literals, &bots)?;
    let out = Path::new(&env::var("OUT_DIR")?).join("bots.rs");
    fs::write(out, emit::source(&bots, &patterns, &index))?;
    Ok(())
}
