//! A server that runs while somebody holds on to it.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;

/// A running server. It stops when this is dropped.
pub struct Server {
    address: SocketAddr,
    _running: Box<dyn Any + Send>,
}

impl Server {
    /// A server on `address` that `running` stops when it is dropped.
    pub fn new(address: SocketAddr, running: impl Any + Send) -> Self {
        Self {
            address,
            _running: Box::new(running),
        }
    }

    /// A server that is a task.
    pub fn task(address: SocketAddr, serve: impl Future<Output = ()> + Send + 'static) -> Self {
        Self::new(address, Aborted(tokio::spawn(serve)))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

struct Aborted(tokio::task::JoinHandle<()>);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
