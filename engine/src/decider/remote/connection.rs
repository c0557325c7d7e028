//! One HTTP/2 connection to the decision server, opened at start, kept alive, and opened again when it breaks.
//!
//! The connection is hyper's own rather than a tonic channel: a channel reconnects when it is asked for a call, so
//! that requests wait for a server that is down; here they never do, and one task alone makes attempts, at a pace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::{Request, Status};

use super::transport::{Connector, Transport};
use crate::wire::v1alpha1::decide_service_client::DecideServiceClient;

/// A connection attempt that takes longer has failed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// After a server said goodbye, as it does before it ends or when a connection is old, calls wait for the next connection,
/// but only for as long as a server in good health needs.
const RECONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A call is made at most this often where servers say goodbye before they begin with it.
pub(super) const MOST_ATTEMPTS: u32 = 5;

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
    /// An attempt is under way whose outcome calls wait for, within their deadline: the first one, and the one after the
    /// server asked for it.
    Opening,
    Open(http2::SendRequest<Body>),
    /// Calls fail at once until an attempt succeeds.
    Down(Arc<str>),
}

impl State {
    /// Waits until a state is other than opening.
    async fn settled(states: &mut watch::Receiver<Self>) -> Result<http2::SendRequest<Body>, Status> {
        let state = states.wait_for(|state| !matches!(state, Self::Opening)).await;
        // The task that opens connections ends only with its runtime.
        let state = state.map_err(|_| Status::unavailable("the runtime is shutting down"))?;
        match &*state {
            Self::Open(sender) => Ok(sender.clone()),
            Self::Down(why) => Err(Status::unavailable(&**why)),
            Self::Opening => Err(Status::unavailable("not connected yet")),
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    timeouts: AtomicU32,
    broken: Notify,
}

type Body = tonic::body::Body;

/// Sends one request over the connection.
///
/// It takes a sender for as long as it hands over the request, and none while it waits for the response: a request that is handed over
/// in the moment in which a connection ends comes back when the connection's last sender is gone, and not before.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    states: watch::Receiver<State>,
}

impl Sender {
    /// Sends a request. One that a connection gave back untouched, because the server had said goodbye on it, goes over
    /// the next connection.
    async fn send(mut self, mut request: http::Request<Body>) -> Result<http::Response<Incoming>, BoxError> {
        for _ in 1..MOST_ATTEMPTS {
            let response = State::settled(&mut self.states).await?.try_send_request(request);
            let mut fault = match response.await {
                Ok(response) => return Ok(response),
                Err(fault) => fault,
            };
            request = match fault.take_message() {
                Some(request) => request,
                None => return Err(fault.into_error().into()),
            };
            let is_noticed =
                !matches!(&*self.states.borrow_and_update(), State::Open(sender) if sender.is_closed());
            if !is_noticed {
                let changed = self.states.changed().await;
                changed.map_err(|_| Status::unavailable("the runtime is shutting down"))?;
            }
        }
        let response = State::settled(&mut self.states).await?.send_request(request);
        Ok(response.await?)
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl tower_service::Service<http::Request<Body>> for Sender {
    type Response = http::Response<Incoming>;
    type Error = BoxError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    /// Always ready: a connection that is closed is `send`'s to replace.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

impl Connection {
    pub(super) fn open(runtime: &Handle, connector: Connector) -> Self {
        let (sender, state) = watch::channel(State::Opening);
        let shared = Arc::new(Shared::default());
        let origin = connector.origin().clone();
        runtime.spawn(keep_open(connector, sender, Arc::clone(&shared)));
        Self {
            state,
            shared,
            origin,
        }
    }

    /// A client for one call.
    pub(super) async fn client(&self) -> Result<DecideServiceClient<Sender>, Status> {
        let mut states = self.state.clone();
        // While there is no connection, no request needs to be written.
        State::settled(&mut states).await?;
        let sender = Sender { states };
        Ok(DecideServiceClient::with_origin(sender, self.origin.clone()))
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
async fn keep_open(mut connector: Connector, state: watch::Sender<State>, shared: Arc<Shared>) {
    let mut attempts = 0;
    let mut timeout = CONNECT_TIMEOUT;
    while !state.is_closed() {
        let why = match tokio::time::timeout(timeout, connect(&mut connector)).await {
            Ok(Ok((sender, connection))) => {
                tracing::info!(server = %connector.origin(), "connected to the decision server");
                attempts = 0;
                state.send_replace(State::Open(sender));
                // The connection itself runs in a task of its own: calls that are under way when it is taken for
                // broken may still end well.
                let mut connection = tokio::spawn(connection);
                tokio::select! {
                    ended = &mut connection => match ended {
                        Ok(Err(error)) => chain(&error),
                        _ => {
                            // In good order: the next attempt is worth waiting for.
                            tracing::debug!(server = %connector.origin(), "the decision server closed the connection");
                            state.send_replace(State::Opening);
                            timeout = RECONNECT_TIMEOUT;
                            continue;
                        }
                    },
                    () = shared.broken.notified() => format!("{MOST_TIMEOUTS} calls in a row were not answered in time"),
                    () = state.closed() => return,
                }
            }
            Ok(Err(why)) => why,
            Err(_) => "connecting took too long".to_owned(),
        };
        timeout = CONNECT_TIMEOUT;
        if attempts == 0 {
            tracing::warn!(server = %connector.origin(), why, "not connected to the decision server; trying again");
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

type Http2 = http2::Connection<TokioIo<Transport>, Body, TokioExecutor>;

async fn connect(connector: &mut Connector) -> Result<(http2::SendRequest<Body>, Http2), String> {
    let transport = connector.connect().await?;
    let handshake = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .handshake(TokioIo::new(transport));
    handshake.await.map_err(|error| chain(&error))
}

/// Whether the server did not begin with a call, because it had said goodbye on the connection or refused the stream (RFC
/// 9113, 6.8 and 8.7): only then may a call that counts something be made again.
pub(super) fn was_refused(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let goodbye = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            // A goodbye of our own side follows the server's, when nothing is under way any more.
            return goodbye || (refused && error.is_remote());
        }
        cause = error.source();
    }
    false
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
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
