//! Tests of the rules as a library.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod list;
mod matching;
mod prompt_injection;
mod redact;
mod semantics;
mod sensitive_info;
