//! Attacks in requests.

#![allow(dead_code, reason = "the rule that scans requests is the next step")]

mod finding;
mod signatures;

pub use finding::Category;
