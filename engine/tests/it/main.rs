//! The engine as its users see it.

#![allow(
    clippy::unwrap_used,
    reason = "a test's helpers may panic like the test itself"
)]

mod at_once;
mod bodies;
mod bots;
mod config;
#[cfg(feature = "custom-rules")]
mod custom;
mod deny_cache;
mod derived;
mod detectors;
mod errors;
mod limits;
mod local_rules;
mod order;
mod rate_limits;
mod reputation;
mod suspicion;
mod telemetry;

use std::net::IpAddr;

use arcjet_engine::{
    Arcjet, ArcjetBuilder, Clock, Conclusion, Decision, ManualClock, RequestDetails, RuleKind, RuleState,
    Timestamp,
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const CURL: &str = "curl/8.14.1";

/// The beginning of a minute, an hour and a day.
const MIDNIGHT: Timestamp = Timestamp::from_millis(1_700_006_400_000);

/// A client in the making, and the clock that it will follow.
fn builder() -> (ArcjetBuilder, ManualClock) {
    let clock = ManualClock::new(MIDNIGHT);
    (Arcjet::builder().clock(Clock::from(clock.clone())), clock)
}

fn request(ip: &str, user_agent: &str) -> RequestDetails {
    RequestDetails::builder("GET", "/")
        .header("user-agent", user_agent.as_bytes())
        .peer(ip.parse::<IpAddr>().unwrap())
        .build()
}

/// The results of a decision, without their reasons.
fn results(decision: &Decision) -> Vec<(RuleKind, RuleState, Conclusion)> {
    let results = decision.results().iter();
    results
        .map(|result| (result.rule(), result.state(), result.conclusion()))
        .collect()
}

/// What is left of each limit that judged.
fn remaining(decision: &Decision) -> Vec<u32> {
    decision.rate_limits().map(|limit| limit.remaining).collect()
}
