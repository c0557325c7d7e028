//! The algorithms of rate limits against a slow reference, and the behaviour that every store must show.

mod memory;
mod properties;
mod reference;
mod suite;
