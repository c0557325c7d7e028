//! The listener: accepting connections, serving them, and letting them go.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::server::NamedService;

use crate::coalesce::OneBuffer;
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::generated::decide_service_server::DecideServiceServer;
use crate::site::Site;

/// Full name of the service, for health checks.
pub(crate) const SERVICE_NAME: &str = <DecideServiceServer<Site> as NamedService>::NAME;

/// Headers of a request. Official SDKs send about a dozen.
const MAX_HEADERS: usize = 100;
/// Bytes of a request's header, and of what a connection buffers unread.
const MAX_HEADER_BYTES: u32 = 32 << 10;
/// Time for the first bytes of a connection, for a request's header, and between two requests on HTTP/1.1.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// HTTP/2: requests at the same time on one connection.
const MAX_STREAMS: u32 = 1024;
/// HTTP/2: bytes that a client may send ahead, per stream (the protocol's own default) and per connection.
const STREAM_WINDOW: u32 = 65_535;
const CONNECTION_WINDOW: u32 = 256 << 10;
/// HTTP/2: a ping to a silent client, and how long its answer may take, so that vanished clients are noticed.
const PING_INTERVAL: Duration = Duration::from_secs(60);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// Pause after a failed accept, most often because the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often the metrics recorder folds new observations into its histograms; between two, it keeps each of them.
const METRICS_UPKEEP: Duration = Duration::from_secs(1);

/// Serves requests on `listener` until `shutdown` completes, then drains: no new connections, failing health checks, and
/// [`Config::drain_timeout`] for running requests to finish.
///
/// # Errors
/// [`ServeError::KeysRequired`] if no key is configured and the listener's address is not a loopback address, and
/// [`ServeError::Listener`] if the address cannot be told. Faults of single connections are none of the caller's.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    config.check_address(address)?;
    let endpoint = Endpoint::new(&config);
    endpoint.announce().await;
    let connections = Connections::new(&endpoint);
    let upkeep = config.metrics.clone().map(|handle| tokio::spawn(keep_up(handle)));

    accept(&listener, config.max_connections, &connections, shutdown).await;
    drop(listener);

    tracing::info!("draining");
    endpoint.drain().await;
    connections.drain(config.drain_timeout).await;
    if let Some(upkeep) = upkeep {
        upkeep.abort();
    }
    tracing::info!("stopped");
    Ok(())
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Anyone in reach of the address could use the server.
    #[error(
        "refusing to serve {address} without API keys: configure keys (--key or ARCJET_DECIDE_KEYS), \
         or listen on a loopback address (--listen 127.0.0.1:8787)"
    )]
    KeysRequired {
        /// Address of the listener.
        address: SocketAddr,
    },
    /// The listener has no address.
    #[error("cannot read the listener's address")]
    Listener(#[source] io::Error),
}

async fn accept(
    listener: &TcpListener,
    limit: usize,
    connections: &Connections,
    shutdown: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
    let accepting = async {
        loop {
            // The semaphore is never closed.
            let Ok(slot) = slots.clone().acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => connections.spawn(stream, slot),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = accepting => {}
    }
}

async fn keep_up(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(METRICS_UPKEEP);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}

/// The connections of a server.
struct Connections {
    endpoint: Endpoint,
    tasks: TaskTracker,
    /// Connections end when their running requests are answered.
    draining: CancellationToken,
    /// Connections end at once.
    closing: CancellationToken,
}

impl Connections {
    fn new(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.clone(),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            closing: CancellationToken::new(),
        }
    }

    /// Serves a connection, which holds `slot` until it ends.
    fn spawn(&self, stream: TcpStream, slot: impl Send + 'static) {
        let endpoint = self.endpoint.clone();
        // A token of its own: waiting on a shared one would take a lock that all connections share, at every wake-up.
        let draining = self.draining.child_token();
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                result = connection(stream, endpoint, draining) => {
                    if let Err(error) = result {
                        tracing::debug!(error = &*error, "connection ended");
                    }
                }
                () = closing.cancelled() => tracing::warn!("connection closed with a request unanswered"),
            }
            drop(slot);
        });
    }

    async fn drain(self, timeout: Duration) {
        self.draining.cancel();
        self.tasks.close();
        if tokio::time::timeout(timeout, self.tasks.wait()).await.is_err() {
            self.closing.cancel();
            self.tasks.wait().await;
        }
    }
}

type ConnectionError = Box<dyn std::error::Error + Send + Sync>;

/// Serves one connection until the client closes it or the server drains.
async fn connection(
    mut stream: TcpStream,
    endpoint: Endpoint,
    draining: CancellationToken,
) -> Result<(), ConnectionError> {
    // Answers are small and leave at once; without this they would wait for the acknowledgement of the one before.
    stream.set_nodelay(true)?;
    let mut opening = [0; PREFACE.len()];
    let first = tokio::time::timeout(HEADER_TIMEOUT, read_opening(&mut stream, &mut opening));
    let read = tokio::select! {
        read = first => read??,
        () = draining.cancelled() => return Ok(()),
    };
    let (rest, writer) = stream.into_split();
    let reader = io::Cursor::new(opening).take(read as u64).chain(rest);
    let io = TokioIo::new(tokio::io::join(reader, OneBuffer(writer)));
    if read == PREFACE.len() && opening == *PREFACE {
        serve_http2(io, endpoint, draining).await
    } else {
        serve_http1(io, endpoint, draining).await
    }
}

/// What every HTTP/2 connection starts with (RFC 9113, 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads until it is clear whether the connection speaks HTTP/2; returns the number of bytes read.
async fn read_opening(
    stream: &mut (impl AsyncRead + Unpin),
    opening: &mut [u8; PREFACE.len()],
) -> io::Result<usize> {
    let mut read = 0;
    while read < PREFACE.len() && opening[..read] == PREFACE[..read] {
        match stream.read(&mut opening[read..]).await? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

async fn serve_http1(
    io: TokioIo<impl AsyncRead + AsyncWrite + Unpin + 'static>,
    endpoint: Endpoint,
    draining: CancellationToken,
) -> Result<(), ConnectionError> {
    let service = service_fn(move |request| {
        let endpoint = endpoint.clone();
        async move { Ok::<_, Infallible>(endpoint.handle(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES as usize)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    tokio::select! {
        result = connection.as_mut() => return Ok(result?),
        () = draining.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    Ok(connection.await?)
}

async fn serve_http2(
    io: TokioIo<impl AsyncRead + AsyncWrite + Unpin + 'static>,
    endpoint: Endpoint,
    draining: CancellationToken,
) -> Result<(), ConnectionError> {
    let service = service_fn(move |request| {
        let endpoint = endpoint.clone();
        async move { Ok::<_, Infallible>(endpoint.handle(request).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    tokio::select! {
        result = connection.as_mut() => return Ok(result?),
        () = draining.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    Ok(connection.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn opening(bytes: &[u8]) -> (usize, bool) {
        let mut opening = [0; PREFACE.len()];
        let read = read_opening(&mut &bytes[..], &mut opening).await.unwrap();
        (read, opening == *PREFACE)
    }

    #[tokio::test]
    async fn http2_is_recognised_by_its_whole_preface() {
        assert_eq!(
            opening(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n and frames").await,
            (24, true)
        );
        assert!(!opening(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX and more").await.1);
        assert!(!opening(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.1);
        assert_eq!(opening(b"PRI").await, (3, false));
        assert_eq!(opening(b"").await, (0, false));
    }
}
