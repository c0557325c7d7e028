//! What the benchmarks share: the requests that they judge, and how their servers say that they are ready.
//!
//! `cargo xtask bench` runs everything here and writes `BENCHMARKS.md`. Nothing of this crate is published.

mod actix_app;
mod app;
mod decide_request;
pub mod limitador;
mod real_requests;
mod request;
mod rocket_app;
mod serve;
pub mod throttlecrab;

pub use actix_app::serve_actix;
pub use app::{Protection, app};
pub use decide_request::{DecideScenario, decide_request, grpc_frame};
pub use real_requests::{REAL_REQUESTS, RealRequest};
pub use request::{BROWSER_HEADERS, CURL, client, finish, request_of};
pub use rocket_app::rocket_app;
pub use serve::{announce, bind};

use arcjet_engine::DetectBot;

/// The bot rule of all benchmarks, the one of the README: search engines may pass, no other known bot.
pub fn bots() -> DetectBot {
    DetectBot::allow(["CATEGORY:SEARCH_ENGINE"])
}
