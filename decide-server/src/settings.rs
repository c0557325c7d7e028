//! The configuration file: what is read from it, and everything that is wrong with it.
//!
//! A file is TOML. Its tables are the server's settings by subject; each of them is also a flag and a variable, which
//! count more than the file ([`Document::scalars`]). A `[[site]]` table for each application stands in the file only
//! ([`Sites::read`]). `docs/decide-server.md` of the repository is the manual.
//!
//! Reading goes on after a fault, so that all of them are reported at once.

mod document;
mod fault;
mod instant;
mod key;
mod place;
mod scalar;
mod section;
mod site;

pub use self::document::Document;
pub use self::fault::{Fault, Faults};
pub use self::key::MIN_KEY_LENGTH;
pub use self::scalar::Scalar;
pub use self::site::Sites;

#[cfg(test)]
mod tests;
