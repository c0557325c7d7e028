//! The rule that detects attacks in all parts of a request.

#[expect(dead_code, reason = "detectors come next")]
mod finding;
#[allow(dead_code, reason = "the rule that asks it comes next")]
mod sql;

pub use finding::Category;
