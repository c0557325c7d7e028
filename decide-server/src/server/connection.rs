//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio_util::sync::CancellationToken;

use super::connection_config::ConnectionConfig;
use super::stream::{Stream, Transport};
use crate::endpoint::Endpoint;
use crate::tls::Tls;

/// Headers of a request. Official SDKs send about a dozen.
const MAX_HEADERS: usize = 100;
/// Bytes of a request's header, and of what a connection buffers unread.
const MAX_HEADER_BYTES: u32 = 32 << 10;
/// HTTP/2: bytes that a client may send ahead, per stream (the protocol's own default) and per connection.
const STREAM_WINDOW: u32 = 65_535;
const CONNECTION_WINDOW: u32 = 256 << 10;

pub(super) type ConnectionError = Box<dyn std::error::Error + Send + Sync>;

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) endpoint: Endpoint,
    pub(super) tls: Option<Tls>,
    pub(super) config: ConnectionConfig,
}

/// Serves one connection until the client closes it, it is too old, or the server drains.
pub(super) async fn serve(
    shared: &Shared,
    transport: Transport,
    draining: CancellationToken,
) -> Result<(), ConnectionError> {
    let opened = tokio::select! {
        opened = open(shared, transport) => opened?,
        () = draining.cancelled() => return Ok(()),
    };
    let io = TokioIo::new(opened);
    let ending = ending(&shared.config, draining);
    if io.inner().is_http2() {
        serve_http2(shared, io, ending).await
    } else {
        serve_http1(shared, io, ending).await
    }
}

/// The handshake if there is TLS, and the first bytes.
async fn open(shared: &Shared, transport: Transport) -> Result<Stream, ConnectionError> {
    let transport = match (transport.adopt()?, &shared.tls) {
        (Transport::Tcp(stream), tls) => {
            // Answers are small and leave at once; without this they would wait for the acknowledgement of the one before.
            stream.set_nodelay(true)?;
            match tls {
                Some(tls) => Transport::Tls(Box::new(tls.accept(stream).await?)),
                None => Transport::Tcp(stream),
            }
        }
        (other, _) => other,
    };
    let first_bytes = tokio::time::timeout(shared.config.header_timeout, Stream::open(transport));
    Ok(first_bytes.await??)
}

/// How a connection comes to its end.
enum Ending {
    /// The server drains: it decides how long that may take.
    Draining,
    /// The connection is old: its running requests have this long.
    Aged { grace: Duration },
}

/// Completes when a connection should take no further requests.
async fn ending(config: &ConnectionConfig, draining: CancellationToken) -> Ending {
    let Some(age) = config.max_age_of_one(fastrand::f64()) else {
        draining.cancelled().await;
        return Ending::Draining;
    };
    tokio::select! {
        () = draining.cancelled() => Ending::Draining,
        () = tokio::time::sleep(age) => Ending::Aged { grace: config.max_age_grace },
    }
}

/// Runs a connection of either protocol; they have no trait in common.
macro_rules! run {
    ($connection:expr, $ending:expr) => {{
        let mut connection = pin!($connection);
        let ending = tokio::select! {
            // First, so that an answer that is due says that it is the last one.
            biased;
            ending = $ending => ending,
            result = connection.as_mut() => return Ok(result?),
        };
        connection.as_mut().graceful_shutdown();
        match ending {
            Ending::Draining => Ok(connection.await?),
            Ending::Aged { grace } => Ok(tokio::time::timeout(grace, connection).await??),
        }
    }};
}

async fn serve_http1(
    shared: &Shared,
    io: TokioIo<Stream>,
    ending: impl Future<Output = Ending>,
) -> Result<(), ConnectionError> {
    let service = service_fn(|request| {
        let endpoint = shared.endpoint.clone();
        async move { Ok::<_, Infallible>(endpoint.handle(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.config.header_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES as usize)
        .serve_connection(io, service);
    run!(connection, ending)
}

async fn serve_http2(
    shared: &Shared,
    io: TokioIo<Stream>,
    ending: impl Future<Output = Ending>,
) -> Result<(), ConnectionError> {
    let service = service_fn(|request| {
        let endpoint = shared.endpoint.clone();
        async move { Ok::<_, Infallible>(endpoint.handle(request).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(shared.config.max_streams)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(shared.config.keep_alive_interval)
        .keep_alive_timeout(shared.config.keep_alive_timeout)
        .serve_connection(io, service);
    run!(connection, ending)
}
