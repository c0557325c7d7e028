//! How much work the server takes on, and what it does with the rest.
//!
//! A server that is asked for more than it can answer has two ways: to answer everything late, which helps nobody, because
//! clients stop waiting; or to say at once that it can't, so that clients decide by themselves and what is left is in time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use metrics::{Counter, counter, describe_counter};

use crate::code::Fault;

const SHED: &str = "arcjet_decide_shed_total";

/// Bounds on the work in the server. Clones share the count.
#[derive(Debug, Clone)]
pub(crate) struct Load(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    in_flight: AtomicUsize,
    max_in_flight: usize,
    max_queue_time: Duration,
    too_many: Counter,
    too_late: Counter,
}

impl Load {
    pub(crate) fn new(max_in_flight: usize, max_queue_time: Duration) -> Self {
        describe_counter!(
            SHED,
            "Requests that were turned away because the server had too much to do, by reason."
        );
        Self(Arc::new(Inner {
            in_flight: AtomicUsize::new(0),
            max_in_flight,
            max_queue_time,
            too_many: counter!(SHED, "reason" => "in_flight"),
            too_late: counter!(SHED, "reason" => "queue_time"),
        }))
    }

    /// Counts a request as one that is being worked on, until the place is dropped.
    pub(crate) fn enter(&self) -> Place {
        // The count alone matters, it orders no other memory; so relaxed.
        let before = self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        Place {
            load: Arc::clone(&self.0),
            too_many: before >= self.0.max_in_flight,
        }
    }
}

/// A request among those that are being worked on.
#[derive(Debug)]
pub(crate) struct Place {
    load: Arc<Inner>,
    too_many: bool,
}

impl Place {
    /// Whether the request can be answered, to be asked when it gets its turn, `waited` after it came.
    pub(crate) fn check(&self, waited: Duration) -> Result<(), Fault> {
        let reason = if self.too_many {
            &self.load.too_many
        } else if waited > self.load.max_queue_time {
            &self.load.too_late
        } else {
            return Ok(());
        };
        reason.increment(1);
        Err(Fault::overloaded())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.load.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn code(result: Result<(), Fault>) -> Code {
        result.map_or_else(|fault| fault.code, |()| Code::Ok)
    }

    #[test]
    fn places_are_limited_and_come_back() {
        let load = Load::new(2, Duration::from_secs(1));
        let places = [(); 4].map(|()| load.enter());
        let codes = places.each_ref().map(|place| code(place.check(Duration::ZERO)));
        assert_eq!(codes, [Code::Ok, Code::Ok, Code::Unavailable, Code::Unavailable]);
        drop(places);
        assert_eq!(load.0.in_flight.load(Ordering::Relaxed), 0);
        assert_eq!(code(load.enter().check(Duration::ZERO)), Code::Ok);
    }

    #[test]
    fn who_waited_too_long_is_turned_away() {
        let place = Load::new(1, Duration::from_millis(500)).enter();
        assert_eq!(code(place.check(Duration::from_millis(500))), Code::Ok);
        assert_eq!(code(place.check(Duration::from_millis(501))), Code::Unavailable);
    }
}
