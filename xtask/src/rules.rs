//! `cargo xtask rules`: builds the rules component.

mod component;
mod sources;
mod toolchain;

use crate::{TaskResult, repository};
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
};
use toolchain::Toolchain;

/// A component that is committed, so that a compiler for WASM is needed only by those who change it. All paths are relative to the
/// root of the repository.
pub(crate) struct Component {
    package: &'static str,
    /// The folder of the package.
    folder: &'static str,
    /// The files and folders that decide what is in the component.
    sources: &'static [&'static str],
    /// Where the component is.
    asset: &'static str,
}

/// The rules that the engine holds.
const BUNDLED: Component = Component {
    package: "arcjet-rules",
    folder: "engine/rules",
    sources: &[
        "engine/rules/Cargo.toml",
        "engine/rules/build",
        "engine/rules/data",
        "engine/rules/src",
        "engine/wit",
    ],
    asset: "engine/assets/rules.wasm",
};

/// Rules that misbehave, for the tests of the sandbox.
const FAULTY: Component = Component {
    package: "faulty-rules",
    folder: "engine/tests/faulty-rules",
    sources: &[
        "engine/tests/faulty-rules/Cargo.lock",
        "engine/tests/faulty-rules/Cargo.toml",
        "engine/tests/faulty-rules/src",
        "engine/wit",
    ],
    asset: "engine/tests/assets/faulty-rules.wasm",
};

/// Build the rules component from engine/rules and engine/wit, and the one that the tests of the sandbox run
///
/// Writes engine/assets/rules.wasm and engine/tests/assets/faulty-rules.wasm, which are committed, so that only those who change the
/// rules need a compiler for WASM.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Change nothing: fail unless the committed components are what the sources give
    ///
    /// A component built by another version of the tools differs in its bytes; then only the sources that it was built from are compared.
    #[arg(long, conflicts_with = "out")]
    check: bool,
    /// Build only the rules, and write them here instead of to engine/assets/rules.wasm
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let root = repository::root();
    let toolchain = Toolchain::find()?;
    println!("building with {toolchain}");
    if let Some(out) = &arguments.out {
        return write(out, &build(&BUNDLED, &toolchain)?);
    }
    for component in [&BUNDLED, &FAULTY] {
        let fresh = build(component, &toolchain)?;
        if arguments.check {
            check(component, &fresh)?;
        } else {
            write(&root.join(component.asset), &fresh)?;
        }
    }
    Ok(())
}

fn build(component: &Component, toolchain: &Toolchain) -> TaskResult<Vec<u8>> {
    let sources = sources::digest(repository::root(), component.sources)?;
    let core = toolchain.build(component)?;
    let built = component::from_core(&core, &sources, toolchain.version())?;
    println!(
        "{}: core module {} bytes, component {} bytes, imports no function",
        component.package,
        core.len(),
        built.len()
    );
    Ok(built)
}

fn write(out: &Path, component: &[u8]) -> TaskResult {
    if let Some(parent) = out.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(out, component).map_err(|e| format!("cannot write {}: {e}", out.display()))?;
    println!("wrote {}", out.display());
    Ok(())
}

/// Compares a fresh component with the committed one.
fn check(component: &Component, fresh: &[u8]) -> TaskResult {
    let asset = component.asset;
    let committed =
        fs::read(repository::root().join(asset)).map_err(|e| format!("cannot read {asset}: {e}"))?;
    let section =
        |component: &[u8], name: &str| component::custom_section(component, name).map(<[u8]>::to_vec);
    if section(fresh, component::SOURCES) != section(&committed, component::SOURCES) {
        return Err(component.stale().into());
    }
    let same_tools = section(fresh, component::TOOLCHAIN) == section(&committed, component::TOOLCHAIN);
    match (fresh == committed, same_tools) {
        (true, _) => println!("{asset} is what the sources give, byte for byte"),
        (false, false) => println!("{asset} was built from these sources by other tools"),
        (false, true) => {
            return Err(format!(
                "{asset} names these sources and tools, but holds other code: run cargo xtask rules"
            )
            .into());
        }
    }
    Ok(())
}

impl Component {
    /// What to say when the component was built from other sources.
    fn stale(&self) -> String {
        format!("{} is stale: run cargo xtask rules", self.asset)
    }
}
