//! The listener: accepting connections, serving them, and letting them go.

mod connection;
mod connection_config;
mod listeners;
mod stream;
mod workers;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::server::NamedService;

pub use self::connection_config::ConnectionConfig;
pub use self::listeners::{Listener, Listeners};
use self::stream::Transport;
use self::workers::Workers;
use crate::config::Config;
use crate::endpoint::Endpoint;
use crate::generated::decide_service_server::DecideServiceServer;
use crate::generated::v2::decide_service_server::DecideServiceServer as GuardServiceServer;
use crate::metrics::ConnectionMetrics;
use crate::site::Site;

/// Full names of the services, for health checks.
pub(crate) const SERVICE_NAMES: [&str; 2] = [
    <DecideServiceServer<Site> as NamedService>::NAME,
    <GuardServiceServer<Site> as NamedService>::NAME,
];

/// Pause after a failed accept, most often because the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often the metrics recorder folds new observations into its histograms; between two, it keeps each of them.
const METRICS_UPKEEP: Duration = Duration::from_secs(1);

/// Serves requests on one or more listeners until `shutdown` completes, then drains: health checks fail, and after
/// [`Config::drain_delay`] there are no new connections, and running requests have [`Config::drain_timeout`] to finish.
///
/// # Errors
/// [`ServeError::KeysRequired`] if no key is configured and a port's address is not a loopback address,
/// [`ServeError::Listener`] if the address cannot be told, and [`ServeError::Worker`] if the system has no room for
/// [`Config::workers`]. Faults of single connections are none of the caller's.
pub async fn serve(
    config: Config,
    listeners: impl Into<Listeners>,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let mut listeners = listeners.into();
    for address in listeners.addresses() {
        let address = address.map_err(ServeError::Listener)?;
        config.check_address(address)?;
        config.warn_of_plain_text(address);
    }
    let endpoint = Endpoint::new(&config);
    endpoint.announce().await;
    let workers = config.workers.map(Workers::start).transpose();
    let connections = Connections::new(&config, &endpoint, workers.map_err(ServeError::Worker)?);
    let upkeep = config.metrics.clone().map(|handle| tokio::spawn(keep_up(handle)));
    let certificates = config.tls.clone().map(|tls| tokio::spawn(tls.follow_files()));

    let ending = async {
        shutdown.await;
        tracing::info!("draining");
        endpoint.drain().await;
        // Load balancers notice that health checks fail, and send no one here any more.
        tokio::time::sleep(config.drain_delay).await;
    };
    accept(&mut listeners, config.max_connections, &connections, ending).await;
    drop(listeners);

    connections.drain(config.drain_timeout).await;
    for task in upkeep.into_iter().chain(certificates) {
        task.abort();
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
    /// A thread for connections could not be started.
    #[error("cannot start a worker")]
    Worker(#[source] io::Error),
}

async fn accept(
    listeners: &mut Listeners,
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
            match listeners.accept().await {
                Ok(transport) => connections.spawn(transport, slot),
                Err(error) => {
                    connections.metrics.not_accepted();
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
    shared: Arc<connection::Shared>,
    metrics: Arc<ConnectionMetrics>,
    tasks: TaskTracker,
    /// Connections end when their running requests are answered.
    draining: CancellationToken,
    /// Connections end at once.
    closing: CancellationToken,
    /// Without any, connections are served by the runtime that accepts them.
    workers: Option<Workers>,
}

impl Connections {
    fn new(config: &Config, endpoint: &Endpoint, workers: Option<Workers>) -> Self {
        Self {
            shared: Arc::new(connection::Shared {
                endpoint: endpoint.clone(),
                tls: config.tls.clone(),
                config: config.connections.clone(),
            }),
            metrics: Arc::new(ConnectionMetrics::new()),
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            closing: CancellationToken::new(),
            workers,
        }
    }

    /// Serves a connection, which holds `slot` until it ends.
    fn spawn(&self, transport: Transport, slot: impl Send + 'static) {
        let shared = Arc::clone(&self.shared);
        let metrics = Arc::clone(&self.metrics);
        // A token of its own: waiting on a shared one would take a lock that all connections share, at every wake-up.
        let draining = self.draining.child_token();
        let closing = self.closing.clone();
        let serving = async move {
            let _open = metrics.open();
            tokio::select! {
                result = connection::serve(&shared, transport, draining) => {
                    if let Err(error) = result {
                        tracing::debug!(error = &*error, "connection ended");
                    }
                }
                () = closing.cancelled() => tracing::warn!("connection closed with a request unanswered"),
            }
            drop(slot);
        };
        match self.workers.as_ref().and_then(Workers::assign) {
            Some((runtime, assigned)) => self.tasks.spawn_on(
                async move {
                    serving.await;
                    drop(assigned);
                },
                runtime,
            ),
            None => self.tasks.spawn(serving),
        };
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
