//! Shield: detects attacks in all parts of a request.
//!
//! ```text
//! judge       which parts there are; excluded paths
//!  ├ path, pairs, headers, body/…    take a part to pieces: names and values
//!  ├ protocol, policy, session       look at the request as a whole
//!  └ inspector    each value: decoded (decode/…), made into views (views), handed to the detectors
//! tally       adds up the scores, keeps what is said
//! ```

mod body;
mod charset;
mod command;
mod config;
mod content_type;
mod decode;
mod detectors;
mod exclusions;
mod finding;
#[cfg(fuzzing)]
pub mod fuzzing;
mod headers;
mod html;
mod inspector;
mod judge;
mod known;
mod ldap;
mod line_breaks;
mod nosql;
mod pairs;
mod path;
mod php;
mod policy;
mod protocol;
mod reason;
mod session;
mod signatures;
mod source;
mod sql;
mod tally;
mod url;
mod views;
mod words;
mod work;

pub use config::Shield;
pub use finding::Category;
pub(crate) use judge::Compiled;
pub use reason::{Detection, Part, ShieldReason};
