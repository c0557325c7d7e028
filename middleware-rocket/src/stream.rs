//! A body of which the beginning was read, as a stream of all of it.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use arcjet_engine::{BodyArrival, BodyWindow};
use bytes::{Buf as _, Bytes};
use rocket::Data;
use rocket::data::{ByteUnit, Capped, DataStream, N};
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};
use tokio::time::timeout;

/// The room that is made for a beginning at first; more when more comes.
const FIRST_ROOM: usize = 4 << 10;

/// A request's body, whole: what was judged, and then the rest as it comes, of which nothing is kept.
///
/// As a data guard it is `Inspected<InspectedStream<'_>>`. It reads as Rocket's [`DataStream`] does, and has no limit
/// but those that its methods are given.
pub struct InspectedStream<'r> {
    beginning: Bytes,
    /// What reading the beginning ended with; comes after it.
    error: Option<io::Error>,
    rest: DataStream<'r>,
}

impl<'r> InspectedStream<'r> {
    pub(crate) fn new(data: Data<'r>) -> Self {
        Self {
            beginning: Bytes::new(),
            error: None,
            rest: data.open(ByteUnit::max_value()),
        }
    }

    /// Reads as much of the beginning as `window` says, and keeps it for readers.
    ///
    /// # Cancel safety
    /// None: a future that is dropped takes what it has read along.
    pub(crate) async fn fill(&mut self, window: &BodyWindow) -> (Bytes, BodyArrival) {
        let mut read = Vec::with_capacity(window.bytes().min(FIRST_ROOM));
        let mut most = (&mut self.rest).take(window.bytes() as u64);
        let fill = async {
            // Bytes that were read when the deadline ends it are in the buffer.
            while most.read_buf(&mut read).await? > 0 {}
            Ok(())
        };
        let arrival = match timeout(window.deadline(), fill).await {
            Ok(Ok(())) => BodyArrival::Arrived,
            Ok(Err(error)) => {
                self.error = Some(error);
                BodyArrival::Arrived
            }
            Err(_) => BodyArrival::Late,
        };
        self.beginning = Bytes::from(read);
        (self.beginning.clone(), arrival)
    }

    /// Reads all of it, or `limit` bytes if there are more, which the result tells.
    ///
    /// # Errors
    ///
    /// Reading fails.
    pub async fn into_bytes(mut self, limit: ByteUnit) -> io::Result<Capped<Vec<u8>>> {
        let mut bytes = Vec::new();
        (&mut self).take(limit.as_u64()).read_to_end(&mut bytes).await?;
        let n = self.n(bytes.len(), limit).await?;
        Ok(Capped::new(bytes, n))
    }

    /// The same for text.
    ///
    /// # Errors
    ///
    /// Reading fails, or what was read is not UTF-8.
    pub async fn into_string(mut self, limit: ByteUnit) -> io::Result<Capped<String>> {
        let mut text = String::new();
        (&mut self).take(limit.as_u64()).read_to_string(&mut text).await?;
        let n = self.n(text.len(), limit).await?;
        Ok(Capped::new(text, n))
    }

    /// What a reader got, and whether that is everything.
    async fn n(&mut self, written: usize, limit: ByteUnit) -> io::Result<N> {
        let written = written as u64;
        let complete = written < limit.as_u64() || self.read(&mut [0]).await? == 0;
        Ok(N { written, complete })
    }
}

impl AsyncRead for InspectedStream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.beginning.is_empty() {
            let length = self.beginning.len().min(buffer.remaining());
            buffer.put_slice(&self.beginning[..length]);
            self.beginning.advance(length);
            return Poll::Ready(Ok(()));
        }
        if let Some(error) = self.error.take() {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.rest).poll_read(cx, buffer)
    }
}

impl fmt::Debug for InspectedStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the bytes, which are the client's.
        f.debug_struct("InspectedStream")
            .field("beginning", &self.beginning.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rocket::data::ToByteUnit as _;
    use tokio::sync::Notify;

    use super::*;
    use crate::slow_body::{SlowBody, answer};

    #[tokio::test]
    async fn a_late_body_is_still_whole() {
        static SEEN: Notify = Notify::const_new();
        let body = SlowBody::send("0123456789abcde", |request, data| {
            Box::pin(async move {
                let mut body = InspectedStream::new(data);
                let window = BodyWindow::new(4096, Duration::from_millis(30));
                let (beginning, arrival) = body.fill(&window).await;
                assert_eq!(arrival, BodyArrival::Late);
                SEEN.notify_one();
                let whole = body.into_string(20.bytes()).await.unwrap();
                answer(
                    request,
                    format!("{beginning:?} {} {}", *whole, whole.is_complete()),
                )
            })
        });
        let body = body.await;
        SEEN.notified().await;
        assert_eq!(
            body.finish("fghij").await,
            r#"b"0123456789abcde" 0123456789abcdefghij true"#
        );
    }

    #[tokio::test]
    async fn no_more_than_the_window_is_held_back_and_limits_count_all_of_it() {
        let body = SlowBody::send("0123456789abcde", |request, data| {
            Box::pin(async move {
                let mut body = InspectedStream::new(data);
                let window = BodyWindow::new(4, Duration::from_secs(60));
                let (beginning, arrival) = body.fill(&window).await;
                assert_eq!(arrival, BodyArrival::Arrived);
                let cut = body.into_bytes(6.bytes()).await.unwrap();
                answer(
                    request,
                    format!("{beginning:?} {:?} {}", &cut[..], cut.is_complete()),
                )
            })
        });
        assert_eq!(
            body.await.finish("fghij").await,
            r#"b"0123" [48, 49, 50, 51, 52, 53] false"#
        );
    }
}
