//! Tests of the rules as a library.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod consistency;
mod email;
mod evasions;
mod filter;
mod list;
mod matching;
mod prompt_injection;
mod redact;
mod semantics;
mod sensitive_info;
mod shield;
mod unknown;
