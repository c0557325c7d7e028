//! The rule that detects attacks in all parts of a request.

#[expect(dead_code, reason = "detectors come next")]
mod finding;
#[allow(dead_code, reason = "the rule that asks it comes next")]
mod html;
#[allow(dead_code, reason = "the rule that asks it comes next")]
mod ldap;
#[allow(dead_code, reason = "the rule that asks it comes next")]
mod nosql;
#[allow(dead_code, reason = "the rule that asks it comes next")]
mod sql;
#[allow(dead_code, reason = "the rule that asks it comes next")]
mod words;

pub use finding::Category;
