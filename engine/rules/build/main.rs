//! Builds the tables of the bot detection from the list of well-known bots, so that a running program, and above all a fresh
//! WASM instance, finds them as constants: nothing is parsed or compiled at start.
//!
//! [`patterns`] reads the list and turns every regular expression into literals or a small automaton, [`index`] chooses how the
//! literals are found in a user agent, [`emit`] writes all of it as Rust source. [`email`] does the same for the lists of the e-mail
//! rule.

mod automaton;
mod email;
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
    let directory = env::var("OUT_DIR")?;
    let out = Path::new(&directory);
    fs::write(out.join("bots.rs"), emit::source(&bots, &patterns, &index))?;
    fs::write(out.join("email.rs"), email::source()?)?;
    Ok(())
}
