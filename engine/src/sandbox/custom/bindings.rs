//! The host's side of `wit/custom/custom-rule.wit`.

#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code"
)]
#![allow(clippy::all, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "wit/custom",
    world: "custom-rule",
    ownership: Borrowing { duplicate_if_necessary: true },
});
