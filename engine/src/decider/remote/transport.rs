//! The bytes of the connection, with or without TLS.

#[cfg(feature = "remote-tls")]
use std::io;
#[cfg(feature = "remote-tls")]
use std::pin::Pin;
#[cfg(feature = "remote-tls")]
use std::task::{Context, Poll};

use http::Uri;
use tokio::net::TcpStream;

#[cfg(feature = "remote-tls")]
use super::tls::{DecideTls, Handshaker};
use crate::error::ConfigError;

/// Makes connections to one server.
#[derive(Debug)]
pub(super) struct Connector {
    origin: Uri,
    #[cfg(feature = "remote-tls")]
    tls: Option<Handshaker>,
}

impl Connector {
    /// Reads the files that TLS needs, if the address is one of TLS.
    pub(super) fn new(
        origin: Uri,
        #[cfg(feature = "remote-tls")] tls: &DecideTls,
    ) -> Result<Self, ConfigError> {
        #[cfg(feature = "remote-tls")]
        let tls = match origin.scheme_str() {
            Some("https") => Some(Handshaker::new(tls, host(&origin))?),
            _ => None,
        };
        Ok(Self {
            origin,
            #[cfg(feature = "remote-tls")]
            tls,
        })
    }

    pub(super) fn origin(&self) -> &Uri {
        &self.origin
    }

    /// A new connection, or why there is none.
    pub(super) async fn connect(&mut self) -> Result<Transport, String> {
        let default = if self.origin.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let port = self.origin.port_u16().unwrap_or(default);
        let stream = TcpStream::connect((host(&self.origin), port)).await;
        let stream = stream.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        #[cfg(feature = "remote-tls")]
        match &mut self.tls {
            Some(tls) => Ok(Transport::Tls(Box::new(tls.shake_hands(stream).await?))),
            None => Ok(Transport::Plain(stream)),
        }
        #[cfg(not(feature = "remote-tls"))]
        Ok(stream)
    }
}

/// A URL without a host is refused when the client is built.
fn host(origin: &Uri) -> &str {
    origin.host().unwrap_or_default().trim_matches(['[', ']'])
}

#[cfg(not(feature = "remote-tls"))]
pub(super) type Transport = TcpStream;

/// A connection; boxed where its state has a kilobyte.
#[cfg(feature = "remote-tls")]
#[derive(Debug)]
pub(super) enum Transport {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

#[cfg(feature = "remote-tls")]
impl tokio::io::AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

#[cfg(feature = "remote-tls")]
impl tokio::io::AsyncWrite for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
