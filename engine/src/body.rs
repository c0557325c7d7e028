//! Which bodies are looked into, how far, and for how long.
//!
//! | body | read |
//! |---|---|
//! | no rule reads bodies | no |
//! | of `CONNECT` | no: it is a tunnel |
//! | of gRPC (`application/grpc`, `application/grpc+…`) over HTTP/2 or 3 | no: it is a stream of messages, which may wait for the response's |
//! | everything else, whatever the request says | its beginning, within the deadline |
//!
//! Nothing else that a client writes keeps its body from being read: not `Upgrade` (a body comes before the switch),
//! not a content type of event streams, not `application/grpc` over HTTP/1.1 (which can't carry it), not
//! `application/grpc-web` (whose requests end).

#[cfg(feature = "compressed-bodies")]
mod unpack;

use std::time::Duration;

use bytes::Bytes;

use crate::client::Arcjet;
use crate::decision::Decision;
use crate::error::ConfigError;
use crate::request::RequestDetails;

/// What a middleware does about a request's body before [`Arcjet::protect`].
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyInspection {
    /// It is not touched: no rule reads bodies, or this one is no message that ends, as those of tunnels and of gRPC.
    Skip,
    /// Its beginning is held back, handed to the rules, and then passed on as it came.
    Read(BodyWindow),
    /// The request is denied whatever its body holds; the body is not read. The decision is final: it is counted, and
    /// [`Arcjet::protect`] is not called.
    Denied(Box<Decision>),
}

/// How much of a body is held back, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyWindow {
    bytes: usize,
    deadline: Duration,
    /// The most bytes that a coding may yield; 0 if bodies are searched as they came.
    #[cfg(feature = "compressed-bodies")]
    budget: usize,
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
        Self {
            bytes,
            deadline,
            #[cfg(feature = "compressed-bodies")]
            budget: 0,
        }
    }

    #[cfg(feature = "compressed-bodies")]
    fn unpacking(mut self, budget: usize) -> Self {
        // No rule reads more than the window.
        self.budget = budget.min(self.bytes);
        self
    }

    /// The most bytes to hold back; never 0.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How long to wait for them, from the first look at the body on.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Puts what was read into the request's description, unpacked if that was asked for; at most
    /// [`bytes`](Self::bytes) of it. Call it also if nothing was read.
    #[must_use]
    pub fn describe(
        &self,
        request: RequestDetails,
        beginning: Bytes,
        arrival: BodyArrival,
    ) -> RequestDetails {
        #[cfg(feature = "compressed-bodies")]
        let beginning = match self.budget {
            0 => beginning,
            budget => unpack::unpack(&request, beginning, budget),
        };
        let request = request.with_body(beginning);
        match arrival {
            BodyArrival::Arrived => request,
            BodyArrival::Late => request.with_missed_deadline(self.deadline),
        }
    }
}

/// What a client says about bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyPolicy {
    pub(crate) deadline: Duration,
    #[cfg(feature = "compressed-bodies")]
    pub(crate) budget: Option<usize>,
}

impl BodyPolicy {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if !(Duration::from_millis(1)..=Duration::from_secs(60)).contains(&self.deadline) {
            let problem = format!("{:?}", self.deadline);
            return Err(ConfigError::new("body_deadline", problem, "1 ms to 60 s"));
        }
        #[cfg(feature = "compressed-bodies")]
        if let Some(budget) = self.budget
            && !(1..=MOST_BUDGET).contains(&budget)
        {
            let problem = format!("{budget} bytes");
            let accepted = format!("1 to {MOST_BUDGET} bytes");
            return Err(ConfigError::new("inspect_compressed_bodies", problem, accepted));
        }
        Ok(())
    }
}

/// The most bytes that a coding may yield: no rule reads more.
#[cfg(feature = "compressed-bodies")]
const MOST_BUDGET: usize = 1 << 20;

impl Default for BodyPolicy {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            #[cfg(feature = "compressed-bodies")]
            budget: None,
        }
    }
}

impl Arcjet {
    /// What to do about the body of a request whose head is described. A middleware asks unless it knows that there is
    /// no body.
    ///
    /// A body is read only if a rule reads bodies, and never of tunnels (`CONNECT`) and of gRPC over HTTP/2
    /// (`application/grpc`), whose messages come one by one and may wait for those of the response. So rules never see
    /// the content of a body that a client calls gRPC: let handlers check the content type, as the extractors for JSON
    /// and forms do.
    ///
    /// No body is asked for in vain: a denial that still holds ends the request here. With `Expect: 100-continue`, when
    /// the client waits to be asked, the bundled rules judge the head alone first, and a denial ends it as well.
    pub async fn inspect_body(&self, request: &RequestDetails) -> BodyInspection {
        let bytes = self.body_window();
        if bytes == 0 || request.method() == "CONNECT" || is_grpc(request) {
            return BodyInspection::Skip;
        }
        if let Some(decision) = self.deny_by_head(request, expects_to_be_asked(request)) {
            return BodyInspection::Denied(Box::new(decision));
        }
        let policy = self.body_policy();
        let window = BodyWindow::new(bytes, policy.deadline);
        #[cfg(feature = "compressed-bodies")]
        let window = window.unpacking(policy.budget.unwrap_or_default());
        BodyInspection::Read(window)
    }
}

/// Whether the body is a stream of gRPC, which only HTTP/2 and 3 can carry.
fn is_grpc(request: &RequestDetails) -> bool {
    let Some(kind) = request.header("content-type") else {
        return false;
    };
    let name = b"application/grpc";
    kind.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
        && matches!(kind.get(name.len()), None | Some(b'+' | b';' | b' '))
        && ["HTTP/2", "HTTP/3"]
            .iter()
            .any(|version| request.protocol().starts_with(version))
}

fn expects_to_be_asked(request: &RequestDetails) -> bool {
    request
        .header("expect")
        .is_some_and(|expectation| expectation.eq_ignore_ascii_case(b"100-continue"))
}
