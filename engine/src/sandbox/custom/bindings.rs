//! The host's side of `wit/custom/custom-rule.wit`. Calls are `async` because those run on a stack of their own.

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
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});
