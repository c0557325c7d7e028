//! Handshakes, within their time and number.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Tls;

/// First byte of every TLS connection: a record of the handshake.
const HANDSHAKE_RECORD: u8 = 0x16;

/// What a client hears who speaks HTTP where TLS is spoken.
const PLAIN_TEXT_ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    content-type: text/plain\r\n\
    content-length: 35\r\n\
    connection: close\r\n\r\n\
    this port speaks TLS: use https://\n";

/// Why a connection did not get through its handshake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum HandshakeError {
    #[error("the TLS handshake took too long")]
    Timeout,
    #[error("a client speaks plain text where TLS is spoken: its address must begin with https://")]
    PlainText,
    #[error("the TLS handshake failed")]
    Failed(#[source] io::Error),
    /// The client left before it said anything, as port checks do.
    #[error("the client left before the TLS handshake")]
    Left,
}

impl Tls {
    /// Makes a secure connection of a plain one.
    pub(crate) async fn accept(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let started = Instant::now();
        let result = tokio::time::timeout(self.0.config.handshake_timeout, self.shake_hands(stream))
            .await
            .unwrap_or(Err(HandshakeError::Timeout));
        match &result {
            Ok(_) => self.0.metrics.shook_hands(started.elapsed()),
            Err(error) => {
                if self.0.metrics.failed(error) {
                    let fault = error as &dyn std::error::Error;
                    tracing::warn!(
                        fault,
                        "a connection ended in its TLS handshake (said once a minute)"
                    );
                }
            }
        }
        result
    }

    async fn shake_hands(&self, mut stream: TcpStream) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let mut first = [0];
        if stream.peek(&mut first).await.map_err(HandshakeError::Failed)? == 0 {
            return Err(HandshakeError::Left);
        }
        if first != [HANDSHAKE_RECORD] {
            // Whether the client hears it is up to the client.
            let _ = refuse_plain_text(&mut stream).await;
            return Err(HandshakeError::PlainText);
        }
        // Only those who have begun to speak take a place. The semaphore is never closed.
        let _place = self.0.handshakes.acquire().await;
        let acceptor = TlsAcceptor::from(Arc::clone(&self.0.current.load().server));
        acceptor.accept(stream).await.map_err(HandshakeError::Failed)
    }
}

/// Reads what a request usually has before it answers: closing a connection with unread bytes would take the answer back.
async fn refuse_plain_text(stream: &mut TcpStream) -> io::Result<()> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await?;
    stream.write_all(PLAIN_TEXT_ANSWER).await?;
    stream.shutdown().await
}
