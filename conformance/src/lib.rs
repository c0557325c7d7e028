//! One application, served by every framework that there is an adapter for, so that one suite of tests can hold them to the
//! same behaviour (`tests/it`).
//!
//! | request | answer |
//! |---|---|
//! | any method on `/` | `hello` |
//! | `GET /decision` | what the handler was told: `conclusion address provenance`, as in `allow 127.0.0.1 Peer` |
//! | `POST /echo` | the request's body, piece by piece as it comes |
//! | `POST /count` | the number of bytes of the body, which is not kept |
//! | `GET /events` | a stream of server-sent events: one at once, and then none, without an end |
//! | `GET /upgrade` with `Upgrade: websocket` | 101, and then every byte back, without the framing of web sockets |
//! | `POST /ask` | judged in the handler by [`App::per_user`] for the user in the header `x-user`, then `answer` |

#![warn(missing_docs)]

mod actix;
mod axum;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arcjet_engine::{Arcjet, Decision};

pub use crate::actix::Actix;
pub use crate::axum::Axum;
pub use server::Server;

/// A web framework with an adapter.
pub trait Framework {
    /// The most bytes of a body that the adapter's middleware can show to rules, whatever they ask for.
    const BODY_WINDOW: usize = usize::MAX;

    /// Whether the framework itself answers `Expect: 100-continue`, before any middleware runs.
    const ASKS_FOR_BODIES_FIRST: bool = false;

    /// Serves `app` on a free port of the loopback address, over HTTP/1.1 and HTTP/2 without TLS.
    fn serve(app: App) -> impl Future<Output = Server> + Send;
}

/// What differs from test to test.
#[derive(Clone, Debug)]
pub struct App {
    /// Judges every request.
    pub arcjet: Arcjet,
    /// Judges again in the handler of `/ask`, by the characteristic `userId`.
    pub per_user: Arcjet,
    /// Whether denied requests are answered by [`own_answer`] in place of the adapter.
    pub answers_itself: bool,
    /// What reached handlers.
    pub seen: Arc<Seen>,
}

/// What reached handlers.
#[derive(Debug, Default)]
pub struct Seen {
    requests: AtomicUsize,
    bytes: AtomicU64,
}

impl App {
    /// An application that judges every request with `arcjet`.
    pub fn new(arcjet: Arcjet) -> Self {
        Self {
            per_user: arcjet.clone(),
            arcjet,
            answers_itself: false,
            seen: Arc::default(),
        }
    }
}

impl Seen {
    /// Counts a request; handlers do so first.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts bytes of a body that a handler got.
    pub fn read(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::SeqCst);
    }

    /// How many requests reached handlers.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// How many bytes of bodies reached handlers.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }
}

/// What `/decision` tells.
pub fn describe(decision: &Decision) -> String {
    let (ip, provenance) = match decision.client_ip() {
        Some(ip) => (ip.as_str(), format!("{:?}", ip.provenance())),
        None => ("-", "-".to_owned()),
    };
    format!("{} {ip} {provenance}", decision.conclusion().as_str())
}

/// The application's own answer to denied requests: a status, and the reason as header `x-reason`.
pub fn own_answer(decision: &Decision) -> (u16, &'static str) {
    match decision.reason().is_rate_limit() {
        true => (429, "slow down"),
        false => (418, "no tea for bots"),
    }
}

/// The first event of `/events`.
pub const FIRST_EVENT: &str = "data: first\n\n";
