//! The host's side of `wit/rules.wit`.

#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code"
)]
#![allow(clippy::all, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "rules",
});
