//! The bytes of one connection, wherever they come from.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;

/// A connection that was accepted.
#[derive(Debug)]
pub(super) enum Transport {
    Tcp(TcpStream),
    /// Boxed: the state of TLS has a kilobyte.
    Tls(Box<TlsStream<TcpStream>>),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Transport {
    /// The connection as one of the runtime that serves it, which may not be the one that accepted it.
    pub(super) fn adopt(self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(TcpStream::from_std(stream.into_std()?)?),
            #[cfg(unix)]
            Self::Unix(stream) => Self::Unix(UnixStream::from_std(stream.into_std()?)?),
            tls @ Self::Tls(_) => tls,
        })
    }
}

/// Hands a call to the stream inside.
macro_rules! each {
    ($transport:expr, $stream:ident => $call:expr) => {
        match $transport {
            Transport::Tcp($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
            Transport::Tls($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
            #[cfg(unix)]
            Transport::Unix($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
        }
    };
}

/// What every HTTP/2 connection starts with (RFC 9113, 3.4).
pub(super) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection whose first bytes have been looked at; reading begins with them. It takes one buffer at a time.
///
/// Where a writer takes several, h2 sends a payload of 256 bytes or more in a write of its own, and what follows it, the
/// trailers of gRPC, in another one; where it takes one, that begins at 1,024 bytes. Decisions are between the two, and
/// a write costs the server more than copying a kilobyte.
#[derive(Debug)]
pub(super) struct Stream {
    transport: Transport,
    opening: [u8; PREFACE.len()],
    /// The part of the opening that is still to be read.
    unread: std::ops::Range<u8>,
    /// Runs from when nothing is written any more.
    lingering: Option<Pin<Box<Sleep>>>,
}

/// How long a connection waits for its client to close it as well, after the last byte was written.
const LINGER: Duration = Duration::from_secs(1);

impl Stream {
    /// Reads as much as it takes to see which HTTP the connection speaks, at most a preface.
    pub(super) async fn open(mut transport: Transport) -> io::Result<Self> {
        let mut opening = [0; PREFACE.len()];
        let read = each!(&mut transport, stream => read_opening(stream, &mut opening).await)?;
        Ok(Self {
            transport,
            opening,
            unread: 0..read,
            lingering: None,
        })
    }

    pub(super) fn is_http2(&self) -> bool {
        usize::from(self.unread.end) == PREFACE.len() && self.opening == *PREFACE
    }
}

/// Reads until it is clear whether the connection speaks HTTP/2; returns the number of bytes read.
async fn read_opening(
    mut stream: impl AsyncRead + Unpin,
    opening: &mut [u8; PREFACE.len()],
) -> io::Result<u8> {
    let mut read = 0;
    while read < PREFACE.len() && opening[..read] == PREFACE[..read] {
        match stream.read(&mut opening[read..]).await? {
            0 => break,
            more => read += more,
        }
    }
    // A preface has 24 bytes.
    Ok(u8::try_from(read).unwrap_or(u8::MAX))
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.unread.is_empty() {
            let unread = &this.opening[usize::from(this.unread.start)..usize::from(this.unread.end)];
            let taken = unread.len().min(buffer.remaining());
            buffer.put_slice(&unread[..taken]);
            // At most the 24 bytes of the opening.
            this.unread.start += u8::try_from(taken).unwrap_or_default();
            return Poll::Ready(Ok(()));
        }
        each!(&mut this.transport, stream => stream.poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(&mut self.transport, stream => stream.poll_write(context, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(&mut self.transport, stream => stream.poll_flush(context))
    }

    /// Ends writing, and then reads until the client has ended too, for a second at most. Closing at once while the client is
    /// still sending would make its system throw away what it has not read yet, such as the goodbye that was just written.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            ready!(each!(&mut this.transport, stream => stream.poll_shutdown(context)))?;
        }
        let lingering = this
            .lingering
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if lingering.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut space = [MaybeUninit::uninit(); 1024];
        loop {
            let mut rest = ReadBuf::uninit(&mut space);
            let read = ready!(each!(&mut this.transport, stream => stream.poll_read(context, &mut rest)));
            // An error is an end as well.
            if read.is_err() || rest.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        false
    }
}

#[cfg(all(test, unix))]
#[allow(
    clippy::unwrap_used,
    reason = "a test's helpers may panic like the test itself"
)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    async fn opened(bytes: &[u8]) -> Stream {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(bytes).await.unwrap();
        drop(far);
        Stream::open(Transport::Unix(near)).await.unwrap()
    }

    #[tokio::test]
    async fn http2_is_recognised_by_its_whole_preface() {
        assert!(
            opened(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n and frames")
                .await
                .is_http2()
        );
        for other in [
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX and more"[..],
            b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
            b"PRI",
            b"",
        ] {
            assert!(!opened(other).await.is_http2());
        }
    }

    #[tokio::test]
    async fn the_opening_is_read_again_in_pieces_of_any_size() {
        for bytes in [
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n and frames"[..],
            b"GET / HTTP/1.1",
            b"P",
        ] {
            for size in [1, 5, 24, 100] {
                let mut stream = opened(bytes).await;
                let (mut read, mut piece) = (Vec::new(), vec![0; size]);
                while let count @ 1.. = stream.read(&mut piece).await.unwrap() {
                    read.extend_from_slice(&piece[..count]);
                }
                assert_eq!(read, bytes, "pieces of {size}");
            }
        }
    }

    #[tokio::test]
    async fn several_buffers_are_refused() {
        let stream = opened(b"P").await;
        assert!(!stream.is_write_vectored());
    }
}
