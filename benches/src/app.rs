//! What stands before the applications of the benchmarks, and the one on axum.

use std::error::Error;
use std::time::Duration;

use arcjet_axum::{Arcjet, ArcjetLayer, ConfigError, FixedWindow, Shield};
use axum::Router;
use axum::routing::get;
use governor::middleware::NoOpMiddleware;
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;
use tower_governor::key_extractor::PeerIpKeyExtractor;

use crate::bots;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
const REFUSED: &str = "tower_governor refuses its configuration";

/// What stands before the handler. A limit that is spent admits one request, and denies all that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing.
    None,
    /// The layer, without a rule.
    NoRules,
    /// The layer with a fixed window that is never used up.
    Limit,
    /// The same, and clients are not told where they stand.
    LimitWithoutHeaders,
    /// On Rocket: a fairing that only sets two headers, as ours does if there is a limit.
    TwoHeaders,
    /// The layer with bot detection and a fixed window that is never used up.
    BotsAndLimit,
    /// The layer with shield, bot detection and a fixed window that is never used up.
    WholeSet,
    /// The layer with a fixed window that is used up.
    SpentLimit,
    /// The framework's own rate limiter, `tower_governor` or `actix-governor`, with a quota that is never used up.
    Governor,
    /// The same with its rate limit headers, which the layer always sets.
    GovernorWithHeaders,
    /// The same limiter with a quota that is used up.
    SpentGovernor,
}

impl Protection {
    /// The protection of this name, as the program `web` takes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "none" => Self::None,
            "no-rules" => Self::NoRules,
            "limit" => Self::Limit,
            "limit-without-headers" => Self::LimitWithoutHeaders,
            "two-headers" => Self::TwoHeaders,
            "bots-and-limit" => Self::BotsAndLimit,
            "whole-set" => Self::WholeSet,
            "spent-limit" => Self::SpentLimit,
            "governor" => Self::Governor,
            "governor-with-headers" => Self::GovernorWithHeaders,
            "spent-governor" => Self::SpentGovernor,
            _ => return None,
        })
    }

    /// The client that judges, where one does.
    pub(crate) fn client(self) -> Result<Option<Arcjet>, ConfigError> {
        let builder = Arcjet::builder();
        let unlimited = || FixedWindow::new(u32::MAX, HOUR);
        let builder = match self {
            Self::NoRules => builder,
            Self::Limit => builder.rule(unlimited()),
            Self::LimitWithoutHeaders => builder.rule(unlimited()).rate_limit_headers(false),
            Self::BotsAndLimit => builder.rule(bots()).rule(unlimited()),
            Self::WholeSet => builder.rule(Shield::new()).rule(bots()).rule(unlimited()),
            // Windows follow the clock: one that ended during a run would let a request pass.
            Self::SpentLimit => builder.rule(FixedWindow::new(1, 24 * 365 * HOUR)),
            Self::None
            | Self::TwoHeaders
            | Self::Governor
            | Self::GovernorWithHeaders
            | Self::SpentGovernor => return Ok(None),
        };
        builder.build().map(Some)
    }
}

/// A page, behind the protection.
///
/// # Errors
///
/// There is none: the configurations are right.
pub fn app(protection: Protection) -> Result<Router, Box<dyn Error>> {
    let app = Router::new().route("/articles/{id}", get(async || "Hello, world!\n"));
    if let Some(arcjet) = protection.client()? {
        return Ok(app.layer(ArcjetLayer::new(arcjet)));
    }
    let layered = match protection {
        Protection::Governor => app.layer(GovernorLayer::new(unlimited().finish().ok_or(REFUSED)?)),
        Protection::GovernorWithHeaders => {
            let config = unlimited().use_headers().finish();
            app.layer(GovernorLayer::new(config.ok_or(REFUSED)?))
        }
        Protection::SpentGovernor => {
            let config = governor(HOUR, 1).finish();
            app.layer(GovernorLayer::new(config.ok_or(REFUSED)?))
        }
        _ => app,
    };
    Ok(layered)
}

/// A million requests at once and a million a second: more than this machine can send.
fn unlimited() -> GovernorConfigBuilder<PeerIpKeyExtractor, NoOpMiddleware> {
    governor(Duration::from_micros(1), 1_000_000)
}

/// One more request in each `period`, `burst` of them at once. The client is the peer, as for the layer.
fn governor(period: Duration, burst: u32) -> GovernorConfigBuilder<PeerIpKeyExtractor, NoOpMiddleware> {
    let mut config = GovernorConfigBuilder::default();
    config.period(period).burst_size(burst);
    config
}
