//! What every adapter does.

pub(crate) mod answers;
pub(crate) mod bodies;
pub(crate) mod clients;
pub(crate) mod transport;

use std::time::Duration;

use arcjet_engine::{Arcjet, ArcjetBuilder, Clock, DetectBot, FixedWindow, ManualClock, Timestamp};

/// The beginning of a minute.
fn clock() -> ManualClock {
    ManualClock::new(Timestamp::from_millis(1_700_000_040_000))
}

/// A client whose time is in the test's hand.
fn arcjet(clock: &ManualClock) -> ArcjetBuilder {
    Arcjet::builder().clock(Clock::Manual(clock.clone()))
}

fn per_minute(max: u32) -> FixedWindow {
    FixedWindow::new(max, Duration::from_secs(60))
}

fn no_curl() -> DetectBot {
    DetectBot::deny(["CURL"])
}
