//! Compiles the bundled rules ahead of time, so that programs load machine code and hold no compiler.

use std::path::Path;
use std::{env, fs};

#[path = "src/sandbox/engine_config.rs"]
mod engine_config;

const COMPONENT: &str = "assets/rules.wasm";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={COMPONENT}");
    println!("cargo::rerun-if-changed=src/sandbox/engine_config.rs");
    let target = env::var("TARGET")?;
    let mut config = engine_config::engine_config();
    // Naming the target keeps extensions that only the build machine's processor has out of the code.
    config.target(&target).map_err(|error| {
        format!("the rules can't be compiled for {target}: {error}; cross-compiling needs the feature `cross-compile`")
    })?;
    let code = wasmtime::Engine::new(&config)?.precompile_component(&fs::read(COMPONENT)?)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rules.cwasm"), code)?;
    Ok(())
}
