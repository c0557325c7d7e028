//! Tests of the rules as a library.

mod list;
mod matching;
mod semantics;
