//! Which bodies are looked into, how far, and for how long.

use std::time::Duration;

use bytes::Bytes;

use crate::client::Arcjet;
use crate::decision::Decision;
use crate::request::RequestDetails;

/// What a middleware does about a request's body before [`Arcjet::protect`].
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyInspection {
    /// It is not touched: no rule reads bodies, or this one is no message that ends, as those of tunnels and of gRPC.
    Skip,
    /// Its beginning is held back, handed to the rules, and then passed on as it came.
    Read(BodyWindow),
    /// The request is denied whatever its body holds; the body is not read.
    Denied(Box<Decision>),
}

/// How much of a body is held back, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyWindow {
    bytes: usize,
    deadline: Duration,
}

/// How the beginning of a body came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyArrival {
    /// The window is full, the body has ended, or reading it failed.
    Arrived,
    /// The deadline ended it. Rules that read bodies judge what came, and report an error unless they deny.
    Late,
}

impl BodyWindow {
    /// A window of so many bytes, for tests of middlewares; [`Arcjet::inspect_body`] makes those that count.
    pub fn new(bytes: usize, deadline: Duration) -> Self {
        Self { bytes, deadline }
    }

    /// The most bytes to hold back; never 0.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How long to wait for them.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Puts what was read into the request's description; at most [`bytes`](Self::bytes) of it.
    #[must_use]
    pub fn describe(
        &self,
        request: RequestDetails,
        beginning: Bytes,
        arrival: BodyArrival,
    ) -> RequestDetails {
        let _ = arrival;
        request.with_body(beginning)
    }
}

impl Arcjet {
    /// What to do about the body of a request whose head is described.
    ///
    /// A body is read only if a rule reads bodies, and never of tunnels (`CONNECT`) and of gRPC, whose messages come one
    /// by one. Requests that switch protocols have their body, if they have one, before the switch; what comes after it
    /// is not part of the request.
    pub async fn inspect_body(&self, request: &RequestDetails) -> BodyInspection {
        let bytes = self.body_window();
        if bytes == 0 || request.method() == "CONNECT" || is_grpc(request) {
            return BodyInspection::Skip;
        }
        BodyInspection::Read(BodyWindow::new(bytes, Duration::from_secs(10)))
    }
}

fn is_grpc(request: &RequestDetails) -> bool {
    request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with(b"application/grpc"))
}
