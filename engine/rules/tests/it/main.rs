//! Tests of the rules as a library.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod list;
mod matching;
mod semantics;
mod shield;
