//! The rule that detects attacks in all parts of a request.

#[expect(dead_code, reason = "detectors come next")]
mod finding;

pub use finding::Category;
