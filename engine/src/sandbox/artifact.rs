//! The bundled rules as machine code, compiled by the build script.

use wasmtime::Engine;
use wasmtime::component::Component;

static RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.cwasm"));

/// Loads the bundled rules without compiling anything.
#[expect(
    unsafe_code,
    reason = "the one place where machine code is loaded; see the comment at the block"
)]
pub(super) fn load(engine: &Engine) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` trusts its input to be the unmodified output of `precompile_component`. These bytes are:
    // this crate's build script wrote them into its own output directory and the compiler embedded them here.
    // No path, environment variable or caller can put other bytes in their place. That they fit this version of
    // wasmtime and `engine_config` is checked by `deserialize` itself, which returns an error otherwise.
    unsafe { Component::deserialize(engine, RULES) }
}
