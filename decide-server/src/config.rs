//! What a server can be told.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use arcjet_engine::decider::protocol::ProtocolDecider;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::auth::Keys;
use crate::server::{ConnectionConfig, ServeError};
use crate::sites::Sites;
use crate::store::Store;
use crate::tls::Tls;
use crate::trace::Tracer;

/// Configuration of a server: [`Config::new`], then the methods named like what they set.
#[derive(Debug, Clone)]
#[must_use]
pub struct Config {
    pub(crate) sites: Sites,
    pub(crate) metrics: Option<PrometheusHandle>,
    pub(crate) max_body_bytes: usize,
    pub(crate) max_buffered_bytes: usize,
    pub(crate) max_connections: usize,
    pub(crate) workers: Option<NonZeroUsize>,
    pub(crate) request_timeout: Duration,
    pub(crate) drain_delay: Duration,
    pub(crate) drain_timeout: Duration,
    pub(crate) connections: ConnectionConfig,
    pub(crate) tls: Option<Tls>,
    pub(crate) max_in_flight: usize,
    pub(crate) max_queue_time: Duration,
    pub(crate) reflection: bool,
    pub(crate) tracer: Option<Tracer>,
}

impl Config {
    /// Default of [`Config::max_body_bytes`]: 1 MiB, the request limit of the protocol.
    pub const DEFAULT_MAX_BODY_BYTES: usize = 1 << 20;
    /// Default of [`Config::max_buffered_bytes`]: 256 MiB.
    pub const DEFAULT_MAX_BUFFERED_BYTES: usize = 256 << 20;
    /// Default of [`Config::max_connections`].
    pub const DEFAULT_MAX_CONNECTIONS: usize = 4096;
    /// Default of [`Config::request_timeout`]: 10 seconds.
    pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
    /// Default of [`Config::drain_timeout`]: 10 seconds.
    pub const DEFAULT_DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
    /// Default of [`Config::max_in_flight`].
    pub const DEFAULT_MAX_IN_FLIGHT: usize = 10_000;
    /// Default of [`Config::max_queue_time`]: 500 milliseconds, which is how long the engine's client waits for an answer.
    pub const DEFAULT_MAX_QUEUE_TIME: Duration = Duration::from_millis(500);

    /// A server that answers with `decider`, for any key, with the default limits.
    pub fn new(decider: ProtocolDecider<Store>) -> Self {
        Self::with_sites(Sites::open(decider))
    }

    /// A server for these sites, with the default limits. The sites can be replaced while it runs.
    pub fn with_sites(sites: Sites) -> Self {
        Self {
            sites,
            metrics: None,
            max_body_bytes: Self::DEFAULT_MAX_BODY_BYTES,
            max_buffered_bytes: Self::DEFAULT_MAX_BUFFERED_BYTES,
            max_connections: Self::DEFAULT_MAX_CONNECTIONS,
            workers: None,
            request_timeout: Self::DEFAULT_REQUEST_TIMEOUT,
            drain_delay: Duration::ZERO,
            drain_timeout: Self::DEFAULT_DRAIN_TIMEOUT,
            connections: ConnectionConfig::default(),
            tls: None,
            max_in_flight: Self::DEFAULT_MAX_IN_FLIGHT,
            max_queue_time: Self::DEFAULT_MAX_QUEUE_TIME,
            reflection: true,
            tracer: None,
        }
    }

    /// API keys to accept. Without any, every request is accepted, and [`serve`](crate::serve) listens on loopback
    /// addresses only. Each key is a site of its own: limits never count across keys. Instead of the sites that there are.
    #[expect(clippy::needless_pass_by_value, reason = "like everything else that is set")]
    pub fn keys(self, keys: Keys) -> Self {
        Self {
            sites: self.sites.with_keys(&keys),
            ..self
        }
    }

    /// The recorder behind `GET /metrics`; without one, that path is not found. The recorder must be installed as the
    /// global one of the `metrics` crate before the server is made. [`serve`](crate::serve) does its upkeep.
    pub fn metrics(self, handle: PrometheusHandle) -> Self {
        Self {
            metrics: Some(handle),
            ..self
        }
    }

    /// Longest request body in bytes, both as received and after decompression.
    pub fn max_body_bytes(self, bytes: usize) -> Self {
        Self {
            max_body_bytes: bytes,
            ..self
        }
    }

    /// Bytes that all request bodies together may hold while they are being received. Requests beyond it are answered
    /// `resource_exhausted`.
    pub fn max_buffered_bytes(self, bytes: usize) -> Self {
        Self {
            max_buffered_bytes: bytes,
            ..self
        }
    }

    /// Connections that are served at the same time, at least 1; more wait to be accepted.
    pub fn max_connections(self, connections: usize) -> Self {
        Self {
            max_connections: connections.max(1),
            ..self
        }
    }

    /// Threads that serve connections, each its own ones with a runtime of its own, which takes less of the processor for each
    /// call than a runtime of several threads. Unless set, connections are served by the runtime that [`serve`](crate::serve)
    /// runs on. The program `arcjet-decide` sets one less than there are cores.
    pub fn workers(self, workers: NonZeroUsize) -> Self {
        Self {
            workers: Some(workers),
            ..self
        }
    }

    /// Time for a request to arrive completely and be answered. A client's own deadline counts where it is shorter.
    pub fn request_timeout(self, timeout: Duration) -> Self {
        Self {
            request_timeout: timeout,
            ..self
        }
    }

    /// After shutdown was asked for: time in which health checks already fail and all else goes on as before, so that load
    /// balancers look elsewhere before the port is closed; none unless set. It comes before [`Config::drain_timeout`].
    pub fn drain_delay(self, delay: Duration) -> Self {
        Self {
            drain_delay: delay,
            ..self
        }
    }

    /// After shutdown was asked for: time for running requests to finish before their connections are closed.
    pub fn drain_timeout(self, timeout: Duration) -> Self {
        Self {
            drain_timeout: timeout,
            ..self
        }
    }

    /// Calls that are received and answered at the same time, at least 1. Further ones are answered `unavailable` at once
    /// (HTTP 503 with `Retry-After` on Connect), and clients decide by themselves. Health and metrics are always answered.
    pub fn max_in_flight(self, calls: usize) -> Self {
        Self {
            max_in_flight: calls.max(1),
            ..self
        }
    }

    /// How long a call may wait for its turn, which it does while the processor is busy with others. One that waited longer
    /// is answered `unavailable`, because its client has most likely given it up.
    pub fn max_queue_time(self, time: Duration) -> Self {
        Self {
            max_queue_time: time,
            ..self
        }
    }

    /// Whether gRPC reflection (v1 and v1alpha) describes the services to whoever has a key; it does unless switched off.
    pub fn reflection(self, reflection: bool) -> Self {
        Self { reflection, ..self }
    }

    /// Has calls traced.
    #[cfg(feature = "otlp")]
    pub fn tracer(self, tracer: Tracer) -> Self {
        Self {
            tracer: Some(tracer),
            ..self
        }
    }

    /// Limits of each connection.
    pub fn connections(self, connections: ConnectionConfig) -> Self {
        Self { connections, ..self }
    }

    /// Has TCP ports speak TLS, and nothing else. [`serve`](crate::serve) follows changes of the files.
    pub fn tls(self, tls: Tls) -> Self {
        Self {
            tls: Some(tls),
            ..self
        }
    }

    /// Whether a server with this configuration may listen on `address`. [`serve`](crate::serve) checks it too; a program
    /// that checks before it binds never shows an open port.
    ///
    /// # Errors
    /// [`ServeError::KeysRequired`] for anything but a loopback address if no key is configured.
    pub fn check_address(&self, address: SocketAddr) -> Result<(), ServeError> {
        if self.sites.is_open() && !address.ip().is_loopback() {
            return Err(ServeError::KeysRequired { address });
        }
        Ok(())
    }

    pub(crate) fn warn_of_plain_text(&self, address: SocketAddr) {
        if self.tls.is_none() && !address.ip().is_loopback() {
            tracing::warn!(
                %address,
                "keys and requests travel in plain text: configure TLS, or keep the network to yourself"
            );
        }
    }
}
