//! Tests of the rules as a library.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod consistency;
mod email;
mod list;
mod matching;
mod semantics;
mod shield;
mod unknown;
