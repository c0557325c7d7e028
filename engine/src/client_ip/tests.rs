//! Tables of requests and the addresses that they come from, and properties that hold for all requests.

mod properties;
mod table;
