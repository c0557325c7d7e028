//! The behaviour that every store must show, shared with the engine, which holds the store in memory to it.

#[expect(dead_code, reason = "the engine's tests ask it more than these")]
#[path = "../../../engine/tests/it/limits/reference.rs"]
pub(crate) mod reference;
#[path = "../../../engine/tests/it/limits/suite.rs"]
pub(crate) mod suite;
