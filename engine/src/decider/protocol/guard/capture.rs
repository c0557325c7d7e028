//! Events: what applications say that they did.

use super::super::{ProtocolDecider, Site};
use super::name;
use crate::wire::v2 as wire;

impl<S> ProtocolDecider<S> {
    /// Takes note of events of a site: counts them, and keeps nothing of what they say. An event without a valid action, which
    /// nobody could find by its name, is counted apart.
    pub fn capture(&self, _site: Site, request: &wire::CaptureRequest) -> wire::CaptureResponse {
        let events = request.events.len();
        let valid = request
            .events
            .iter()
            .filter(|event| name::problem(&event.action).is_none())
            .count();
        self.inner.guard.count_events(valid, events - valid);
        tracing::debug!(events, invalid = events - valid, "capture");
        wire::CaptureResponse {}
    }
}
