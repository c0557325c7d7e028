//! Writes answers in one piece.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

/// A writer that takes one buffer at a time.
///
/// Where a writer takes several, h2 sends a payload of 256 bytes or more in a write of its own, and what follows it, the
/// trailers of gRPC, in another one; where it takes one, that begins at 1,024 bytes. Decisions are between the two, and
/// a write costs the server more than copying a kilobyte.
#[derive(Debug)]
pub(crate) struct OneBuffer<W>(pub(crate) W);

impl<W: AsyncWrite + Unpin> AsyncWrite for OneBuffer<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn bytes_pass_and_several_buffers_are_refused() {
        let (near, mut far) = tokio::io::duplex(64);
        assert!(near.is_write_vectored());
        let mut near = OneBuffer(near);
        assert!(!near.is_write_vectored());
        near.write_all(b"hello").await.unwrap();
        near.shutdown().await.unwrap();
        let mut text = String::new();
        far.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    }
}
