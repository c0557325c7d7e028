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
        "engine/rules/prompt-injection/model.bin",
        "engine/rules/signatures",
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

/// A rule of an application's own that misbehaves, for the tests of custom rules.
const CUSTOM: Component = Component {
    package: "custom-rules",
    folder: "engine/tests/custom-rules",
    sources: &[
        "engine/tests/custom-rules/Cargo.lock",
        "engine/tests/custom-rules/Cargo.toml",
        "engine/tests/custom-rules/src",
        "engine/wit/custom",
    ],
    asset: "engine/tests/assets/custom-rules.wasm",
};

/// The rule of the example.
const DECOY: Component = Component {
    package: "decoy",
    folder: "examples/custom-rule/rule",
    sources: &[
        "examples/custom-rule/rule/Cargo.lock",
        "examples/custom-rule/rule/Cargo.toml",
        "examples/custom-rule/rule/src",
        "engine/wit/custom",
    ],
    asset: "examples/custom-rule/decoy.wasm",
};

/// All of them.
const COMPONENTS: [&Component; 4] = [&BUNDLED, &FAULTY, &CUSTOM, &DECOY];

/// Build the rules component from engine/rules and engine/wit, those that the tests of the sandbox run, and the one of the example
///
/// Writes engine/assets/rules.wasm, engine/tests/assets and examples/custom-rule/decoy.wasm, which are committed, so that only those who
/// change the rules need a compiler for WASM.
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
    /// Build only this package; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "out")]
    package: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let root = repository::root();
    let toolchain = Toolchain::find()?;
    println!("building with {toolchain}");
    if let Some(out) = &arguments.out {
        return write(out, &build(&BUNDLED, &toolchain)?);
    }
    let wanted = |name: &str| arguments.package.is_empty() || arguments.package.iter().any(|one| one == name);
    for component in COMPONENTS.iter().filter(|component| wanted(component.package)) {
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
