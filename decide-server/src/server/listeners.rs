//! Where connections come from.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::stream::Transport;

/// The addresses that a server listens on: one or more TCP ports and, on Unix, sockets in the file system.
///
/// Made from a listener, or collected from several. TLS concerns TCP only; who may open a socket in the file system is the
/// file system's to say.
#[derive(Debug)]
pub struct Listeners {
    listeners: Vec<Listener>,
    /// Which one is asked first, in turn, so that a busy one starves nobody.
    first: usize,
}

/// One address that a server listens on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Listener {
    /// A TCP port.
    Tcp(TcpListener),
    /// A socket in the file system. Whoever made it removes it.
    #[cfg(unix)]
    Unix(UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

#[cfg(unix)]
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener)
    }
}

impl<L: Into<Listener>> From<L> for Listeners {
    fn from(listener: L) -> Self {
        Self::from_iter([listener])
    }
}

impl<L: Into<Listener>> FromIterator<L> for Listeners {
    fn from_iter<I: IntoIterator<Item = L>>(listeners: I) -> Self {
        Self {
            listeners: listeners.into_iter().map(Into::into).collect(),
            first: 0,
        }
    }
}

impl Listeners {
    /// The addresses of the TCP ports.
    pub(super) fn addresses(&self) -> impl Iterator<Item = io::Result<SocketAddr>> {
        self.listeners.iter().filter_map(|listener| match listener {
            Listener::Tcp(listener) => Some(listener.local_addr()),
            #[cfg(unix)]
            Listener::Unix(_) => None,
        })
    }

    /// The next connection on any of them; without any, there is never one.
    pub(super) async fn accept(&mut self) -> io::Result<Transport> {
        poll_fn(|context| self.poll_accept(context)).await
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Transport>> {
        let count = self.listeners.len();
        for offset in 0..count {
            let index = (self.first + offset) % count;
            if let Poll::Ready(accepted) = self.listeners[index].poll_accept(context) {
                self.first = index + 1;
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    }
}

impl Listener {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Transport>> {
        match self {
            Self::Tcp(listener) => listener
                .poll_accept(context)
                .map_ok(|(stream, _)| Transport::Tcp(stream)),
            #[cfg(unix)]
            Self::Unix(listener) => listener
                .poll_accept(context)
                .map_ok(|(stream, _)| Transport::Unix(stream)),
        }
    }
}
