//! One HTTP/2 connection to the decision server, opened at start, kept alive, and opened again when it breaks.
//!
//! The connection is hyper's own rather than a tonic channel: a channel reconnects when it is asked for a call, so
//! that requests wait for a server that is down; here they never do, and one task alone makes attempts, at a pace.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::{Request, Status};

use crate::wire::v1alpha1::decide_service_client::DecideServiceClient;

/// A connection attempt that takes longer has failed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The pauses between attempts grow from the first to the last of these.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A ping tells a silent connection from a broken one.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// This many calls in a row without an answer in time, and the connection is taken for broken.
const MOST_TIMEOUTS: u32 = 3;

/// The connection. Cheap to clone; it is closed when the last clone is gone.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    state: watch::Receiver<State>,
    shared: Arc<Shared>,
    origin: Uri,
}

#[derive(Clone, Debug)]
enum State {
    /// The first attempt is under way: calls wait for it, within their deadline.
    Opening,
    Open(Sender),
    /// Calls fail at once until an attempt succeeds.
    Down(Arc<str>),
}

#[derive(Debug, Default)]
struct Shared {
    timeouts: AtomicU32,
    broken: Notify,
}

type Body = tonic::body::Body;

/// Sends requests over the connection.
#[derive(Clone, Debug)]
pub(super) struct Sender(http2::SendRequest<Body>);

impl tower_service::Service<http::Request<Body>> for Sender {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

impl Connection {
    pub(super) fn open(runtime: &Handle, origin: Uri) -> Self {
        let (sender, state) = watch::channel(State::Opening);
        let shared = Arc::new(Shared::default());
        runtime.spawn(keep_open(origin.clone(), sender, Arc::clone(&shared)));
        Self {
            state,
            shared,
            origin,
        }
    }

    /// A client for one call.
    pub(super) async fn client(&self) -> Result<DecideServiceClient<Sender>, Status> {
        let state = self.state.borrow().clone();
        let state = match state {
            State::Opening => {
                let mut state = self.state.clone();
                let opened = state.wait_for(|state| !matches!(state, State::Opening)).await;
                // The task that opens connections ends only with its runtime.
                opened
                    .map_err(|_| Status::unavailable("the runtime is shutting down"))?
                    .clone()
            }
            state => state,
        };
        match state {
            State::Open(sender) => Ok(DecideServiceClient::with_origin(sender, self.origin.clone())),
            State::Down(why) => Err(Status::unavailable(&*why)),
            State::Opening => Err(Status::unavailable("not connected yet")),
        }
    }

    /// A request with the key, and with the deadline, so that the server doesn't work for nobody.
    pub(super) fn request<T>(
        &self,
        message: T,
        authorization: &MetadataValue<Ascii>,
        timeout: Duration,
    ) -> Request<T> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", authorization.clone());
        request.set_timeout(timeout);
        request
    }

    /// Notes that the server answered a call.
    pub(super) fn answered(&self) {
        if self.shared.timeouts.load(Ordering::Relaxed) != 0 {
            self.shared.timeouts.store(0, Ordering::Relaxed);
        }
    }

    /// Notes that the server didn't answer a call in time.
    pub(super) fn timed_out(&self) {
        if self.shared.timeouts.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_TIMEOUTS {
            self.shared.timeouts.store(0, Ordering::Relaxed);
            self.shared.broken.notify_one();
        }
    }
}

/// Keeps one connection open until all that could use it are gone.
async fn keep_open(origin: Uri, state: watch::Sender<State>, shared: Arc<Shared>) {
    let mut attempts = 0;
    while !state.is_closed() {
        let why = match connect(&origin).await {
            Ok((sender, connection)) => {
                tracing::info!(server = %origin, "connected to the decision server");
                attempts = 0;
                state.send_replace(State::Open(Sender(sender)));
                // The connection itself runs in a task of its own: calls that are under way when it is taken for
                // broken may still end well.
                let mut connection = tokio::spawn(connection);
                tokio::select! {
                    ended = &mut connection => match ended {
                        Ok(Err(error)) => error.to_string(),
                        _ => "the server closed the connection".to_owned(),
                    },
                    () = shared.broken.notified() => format!("{MOST_TIMEOUTS} calls in a row were not answered in time"),
                    () = state.closed() => return,
                }
            }
            Err(error) => error.to_string(),
        };
        if attempts == 0 {
            tracing::warn!(server = %origin, why, "not connected to the decision server; trying again");
        }
        state.send_replace(State::Down(why.into()));
        tokio::select! {
            () = tokio::time::sleep(pause(attempts, fastrand::f64())) => {}
            () = state.closed() => return,
        }
        attempts += 1;
    }
}

/// The pause before the next attempt: doubling, and somewhere in its upper half, so that many clients don't come at once.
fn pause(attempts: u32, random: f64) -> Duration {
    let pause = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(attempts))
        .min(LONGEST_PAUSE);
    pause.mul_f64(0.5 + random / 2.0)
}

type Http2 = http2::Connection<TokioIo<TcpStream>, Body, TokioExecutor>;

async fn connect(origin: &Uri) -> io::Result<(http2::SendRequest<Body>, Http2)> {
    // A URL without a host is refused when the client is built.
    let host = origin.host().unwrap_or_default().trim_matches(['[', ']']);
    let port = origin.port_u16().unwrap_or(80);
    let open = async {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)
    };
    tokio::time::timeout(CONNECT_TIMEOUT, open)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_differ() {
        assert_eq!(pause(0, 0.0), FIRST_PAUSE / 2);
        assert_eq!(pause(0, 1.0), FIRST_PAUSE);
        assert_eq!(pause(3, 1.0), FIRST_PAUSE * 8);
        assert_eq!(pause(u32::MAX, 1.0), LONGEST_PAUSE);
        assert!(pause(u32::MAX, 0.0) >= LONGEST_PAUSE / 2);
    }
}
