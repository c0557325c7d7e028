//! Request bodies, as far as the server is willing to read them.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tonic::Code;

use crate::code::Fault;
use crate::metrics::{BodyReject, BodyRejects};

/// Bytes that all bodies in flight may hold together. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    held: AtomicUsize,
    limit: usize,
    rejects: BodyRejects,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(Shared {
            held: AtomicUsize::new(0),
            limit,
            rejects: BodyRejects::new(),
        }))
    }

    /// Takes `bytes` out of the budget, if they are there.
    fn take(&self, bytes: usize) -> bool {
        // The count alone matters, it orders no other memory; so relaxed.
        let held = self.0.held.fetch_add(bytes, Ordering::Relaxed);
        let fits = held.checked_add(bytes).is_some_and(|sum| sum <= self.0.limit);
        if !fits {
            self.give_back(bytes);
        }
        fits
    }

    fn give_back(&self, bytes: usize) {
        self.0.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts a body that was turned away.
    pub(crate) fn reject(&self, reason: BodyReject) {
        self.0.rejects.count(reason);
    }
}

/// A request body that ends in an error where it exceeds its own limit or the common budget. What it has handed out counts
/// against the budget until it is dropped.
#[derive(Debug)]
pub(crate) struct LimitedBody<B> {
    inner: B,
    limit: usize,
    read: usize,
    budget: Budget,
}

impl<B> LimitedBody<B> {
    pub(crate) fn new(inner: B, limit: usize, budget: Budget) -> Self {
        Self {
            inner,
            limit,
            read: 0,
            budget,
        }
    }

    fn account(&mut self, bytes: usize) -> Result<(), BodyError> {
        if bytes > self.limit - self.read {
            return Err(self.too_large());
        }
        if !self.budget.take(bytes) {
            self.budget.reject(BodyReject::Busy);
            return Err(BodyError::Busy);
        }
        self.read += bytes;
        Ok(())
    }

    fn too_large(&self) -> BodyError {
        self.budget.reject(BodyReject::TooLarge);
        BodyError::TooLarge { limit: self.limit }
    }
}

impl<B> Drop for LimitedBody<B> {
    fn drop(&mut self) {
        self.budget.give_back(self.read);
    }
}

impl<B> Body for LimitedBody<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.inner).poll_frame(cx).map(|frame| {
            Some(match frame? {
                Ok(frame) => self
                    .account(frame.data_ref().map_or(0, Bytes::len))
                    .map(|()| frame),
                Err(error) => Err(BodyError::Broken(error.into())),
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B> LimitedBody<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin,
{
    /// Reads the whole body. One that comes in a single frame, as nearly all do, is not copied.
    pub(crate) async fn read_to_end(&mut self) -> Result<Bytes, BodyError> {
        // A length that the client declared is known before a byte of it was read.
        if usize::try_from(self.size_hint().lower()).map_or(true, |length| length > self.limit) {
            return Err(self.too_large());
        }
        let mut first = Bytes::new();
        let mut joined = BytesMut::new();
        while let Some(frame) = self.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            if first.is_empty() && joined.is_empty() {
                first = data;
            } else {
                joined.extend_from_slice(&first);
                first = Bytes::new();
                joined.extend_from_slice(&data);
            }
        }
        Ok(if joined.is_empty() { first } else { joined.freeze() })
    }
}

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// The connection broke, or the framing was wrong.
    #[error("the request body could not be read")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
    /// The server holds as many bytes as it may.
    #[error("the server is receiving too many bytes at the moment; try again")]
    Busy,
    /// Longer than the server accepts.
    #[error("the request body is longer than {limit} bytes")]
    TooLarge { limit: usize },
}

impl From<BodyError> for Fault {
    fn from(error: BodyError) -> Self {
        let code = match error {
            BodyError::Broken(_) => Code::InvalidArgument,
            BodyError::Busy | BodyError::TooLarge { .. } => Code::ResourceExhausted,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{Full, StreamBody};

    use super::*;

    fn frames(
        parts: &[&'static str],
    ) -> impl Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Unpin {
        let frames: Vec<_> = parts
            .iter()
            .map(|part| Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(part.as_bytes()))))
            .collect();
        StreamBody::new(tokio_stream::iter(frames))
    }

    #[tokio::test]
    async fn frames_are_joined() {
        let mut body = LimitedBody::new(frames(&["", "ab", "c", "", "def"]), 6, Budget::new(6));
        assert_eq!(body.read_to_end().await.unwrap(), "abcdef");
    }

    #[tokio::test]
    async fn one_frame_is_passed_on_as_it_is() {
        let data = Bytes::from(vec![7; 1000]);
        let mut body = LimitedBody::new(Full::new(data.clone()), 1000, Budget::new(1000));
        assert_eq!(body.read_to_end().await.unwrap().as_ptr(), data.as_ptr());
    }

    #[tokio::test]
    async fn a_body_over_its_limit_is_refused() {
        let mut declared = LimitedBody::new(Full::new(Bytes::from_static(b"abcd")), 3, Budget::new(100));
        assert!(matches!(
            declared.read_to_end().await,
            Err(BodyError::TooLarge { limit: 3 })
        ));
        assert_eq!(declared.read, 0, "nothing of it was read");
        let mut chunked = LimitedBody::new(frames(&["ab", "cd"]), 3, Budget::new(100));
        assert!(matches!(
            chunked.read_to_end().await,
            Err(BodyError::TooLarge { limit: 3 })
        ));
    }

    #[tokio::test]
    async fn the_budget_is_shared_and_given_back() {
        let budget = Budget::new(5);
        let mut first = LimitedBody::new(frames(&["abc"]), 10, budget.clone());
        first.read_to_end().await.unwrap();
        let mut second = LimitedBody::new(frames(&["abc"]), 10, budget.clone());
        assert!(matches!(second.read_to_end().await, Err(BodyError::Busy)));
        drop(first);
        let mut third = LimitedBody::new(frames(&["abcde"]), 10, budget.clone());
        assert!(third.read_to_end().await.is_ok());
        drop((second, third));
        assert_eq!(budget.0.held.load(Ordering::Relaxed), 0);
    }
}
