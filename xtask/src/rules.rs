//! `cargo xtask rules`: builds the rules component.

mod component;
mod sources;
mod toolchain;

use crate::{TaskResult, repository};
use clap::Args;
use std::{fs, path::PathBuf};
use toolchain::Toolchain;

/// The committed component, relative to the root of the repository.
const ASSET: &str = "engine/assets/rules.wasm";

/// Build the rules component from engine/rules and engine/wit
///
/// Writes engine/assets/rules.wasm, which is committed, so that only those who change the rules need a compiler for WASM.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Change nothing: fail unless the committed component is what the sources give
    ///
    /// A component built by another version of the tools differs in its bytes; then only the sources that it was built from are compared.
    #[arg(long, conflicts_with = "out")]
    check: bool,
    /// Write the component here instead of to engine/assets/rules.wasm
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> TaskResult {
    let root = repository::root();
    let sources = sources::digest(root)?;
    let toolchain = Toolchain::find()?;
    println!("building with {toolchain}");
    let core = toolchain.build()?;
    let component = component::from_core(&core, &sources, toolchain.version())?;
    println!(
        "core module {} bytes, component {} bytes, imports no function",
        core.len(),
        component.len()
    );
    if arguments.check {
        return check(&component);
    }
    let out = arguments.out.clone().unwrap_or_else(|| root.join(ASSET));
    if let Some(parent) = out.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&out, component).map_err(|e| format!("cannot write {}: {e}", out.display()))?;
    println!("wrote {}", out.display());
    Ok(())
}

/// Compares a fresh component with the committed one.
fn check(fresh: &[u8]) -> TaskResult {
    let committed =
        fs::read(repository::root().join(ASSET)).map_err(|e| format!("cannot read {ASSET}: {e}"))?;
    let section =
        |component: &[u8], name: &str| component::custom_section(component, name).map(<[u8]>::to_vec);
    if section(fresh, component::SOURCES) != section(&committed, component::SOURCES) {
        return Err(sources::STALE.into());
    }
    let same_tools = section(fresh, component::TOOLCHAIN) == section(&committed, component::TOOLCHAIN);
    match (fresh == committed, same_tools) {
        (true, _) => println!("{ASSET} is what the sources give, byte for byte"),
        (false, false) => println!("{ASSET} was built from these sources by other tools"),
        (false, true) => {
            return Err(format!(
                "{ASSET} names these sources and tools, but holds other code: run cargo xtask rules"
            )
            .into());
        }
    }
    Ok(())
}
