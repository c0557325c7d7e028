//! A server inside the test's process.

use std::net::SocketAddr;

use arcjet_decide_server::{Config, ServeError, Store, serve};
use arcjet_engine::decider::protocol::ProtocolDecider;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Server {
    /// A server on a free port that accepts every key.
    pub(crate) async fn start() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(config, listener, async {
            stopped.await.unwrap_or_default()
        }));
        Self { address, stop, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks for shutdown; the task ends when the server has drained.
    pub(crate) fn shut_down(self) -> JoinHandle<Result<(), ServeError>> {
        self.stop.send(()).unwrap();
        self.task
    }
}

pub(crate) fn config() -> Config {
    Config::new(ProtocolDecider::builder().build_over(Store::default()).unwrap())
}
