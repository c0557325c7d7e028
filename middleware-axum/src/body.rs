//! The beginning of a body, held back for rules that read it and then passed on as it came.

use std::any::Any;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use arcjet_engine::{BodyArrival, BodyWindow};
use axum_core::body::Body;
use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::timeout;

/// Whether there is a body that can be read and put back: one of axum's type, or of tonic's. Into other types nothing
/// can be put back.
pub(crate) fn is_readable<B: 'static>(body: &B) -> bool {
    let body = body as &dyn Any;
    #[cfg(feature = "tonic")]
    if let Some(body) = body.downcast_ref::<tonic::body::Body>() {
        return !body.is_end_stream();
    }
    body.downcast_ref::<Body>()
        .is_some_and(|body| !body.is_end_stream())
}

/// Reads as much of a readable body as `window` says, and puts what it read back in front of the rest.
///
/// # Cancel safety
/// None: a future that is dropped takes the body along, as the request that it belongs to.
pub(crate) async fn peek<B: 'static>(body: &mut B, window: &BodyWindow) -> (Bytes, BodyArrival) {
    #[cfg(feature = "tonic")]
    if let Some(body) = (body as &mut dyn Any).downcast_mut::<tonic::body::Body>() {
        let (replayed, start, arrival) = Replayed::of(mem::take(body), window).await;
        *body = tonic::body::Body::new(replayed);
        return (start, arrival);
    }
    let Some(body) = (body as &mut dyn Any).downcast_mut::<Body>() else {
        return (Bytes::new(), BodyArrival::Arrived);
    };
    let (replayed, start, arrival) = Replayed::of(mem::take(body), window).await;
    *body = Body::new(replayed);
    (start, arrival)
}

/// A body of which the beginning was read: frame by frame the same, errors and trailers among it.
#[derive(Debug)]
struct Replayed<B: http_body::Body> {
    frames: VecDeque<Frame<Bytes>>,
    error: Option<B::Error>,
    rest: B,
}

impl<B: http_body::Body<Data = Bytes> + Unpin> Replayed<B> {
    /// Reads the beginning of a body, within the deadline.
    async fn of(body: B, window: &BodyWindow) -> (Self, Bytes, BodyArrival) {
        let mut replayed = Self {
            frames: VecDeque::new(),
            error: None,
            rest: body,
        };
        let arrival = match timeout(window.deadline(), replayed.fill(window.bytes())).await {
            Ok(()) => BodyArrival::Arrived,
            Err(_) => BodyArrival::Late,
        };
        let start = replayed.beginning(window.bytes());
        (replayed, start, arrival)
    }

    /// Reads until `length` bytes are there, or no more come.
    async fn fill(&mut self, length: usize) {
        let mut held = 0;
        while held < length {
            match poll_fn(|cx| Pin::new(&mut self.rest).poll_frame(cx)).await {
                Some(Ok(frame)) => {
                    held += frame.data_ref().map_or(0, Bytes::len);
                    self.frames.push_back(frame);
                }
                Some(Err(error)) => {
                    self.error = Some(error);
                    break;
                }
                None => break,
            }
        }
    }

    /// The first `window` bytes of what was read; copied only if they came in several frames.
    fn beginning(&self, window: usize) -> Bytes {
        let mut data = self.frames.iter().filter_map(Frame::data_ref);
        let (first, second) = (data.next(), data.next());
        match (first, second) {
            (None, _) => Bytes::new(),
            (Some(only), None) => only.slice(..only.len().min(window)),
            _ => {
                let mut start = BytesMut::new();
                for data in self.frames.iter().filter_map(Frame::data_ref) {
                    let room = window.saturating_sub(start.len());
                    start.extend_from_slice(&data[..data.len().min(room)]);
                }
                start.freeze()
            }
        }
    }
}

impl<B> http_body::Body for Replayed<B>
where
    B: http_body::Body<Data = Bytes, Error: Unpin> + Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if let Some(frame) = self.frames.pop_front() {
            return Poll::Ready(Some(Ok(frame)));
        }
        if let Some(error) = self.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        Pin::new(&mut self.rest).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty() && self.error.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let held: usize = self
            .frames
            .iter()
            .filter_map(Frame::data_ref)
            .map(Bytes::len)
            .sum();
        let (held, rest) = (held as u64, self.rest.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(held));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(held));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue};
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    fn window(bytes: usize) -> BodyWindow {
        BodyWindow::new(bytes, Duration::from_secs(10))
    }

    fn frames(frames: Vec<Result<Frame<Bytes>, &'static str>>) -> Body {
        Body::new(StreamBody::new(Frames(frames.into())))
    }

    struct Frames(VecDeque<Result<Frame<Bytes>, &'static str>>);

    impl futures_core::Stream for Frames {
        type Item = Result<Frame<Bytes>, &'static str>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.pop_front())
        }
    }

    fn data(bytes: &'static [u8]) -> Result<Frame<Bytes>, &'static str> {
        Ok(Frame::data(Bytes::from_static(bytes)))
    }

    #[tokio::test]
    async fn a_body_is_the_same_after_it_was_peeked_into() {
        for (window, expected) in [
            (1, &b"o"[..]),
            (3, b"one"),
            (5, b"one t"),
            (6, b"one tw"),
            (100, b"one two"),
        ] {
            let mut trailers = HeaderMap::new();
            trailers.insert("checksum", HeaderValue::from_static("x"));
            let mut body = frames(vec![
                data(b"one"),
                data(b" two"),
                Ok(Frame::trailers(trailers.clone())),
            ]);
            assert_eq!(peek(&mut body, &self::window(window)).await.0, expected);
            let collected = body.collect().await.unwrap();
            assert_eq!(collected.trailers(), Some(&trailers));
            assert_eq!(collected.to_bytes(), &b"one two"[..]);
        }
    }

    #[tokio::test]
    async fn the_length_stays_known_and_one_frame_is_not_copied() {
        let bytes = Bytes::from_static(b"0123456789");
        let mut body = Body::from(bytes.clone());
        let (start, _) = peek(&mut body, &window(4)).await;
        assert_eq!((start.as_ptr(), start.len()), (bytes.as_ptr(), 4));
        assert_eq!(body.size_hint().exact(), Some(10));
        assert!(!body.is_end_stream());
    }

    #[tokio::test]
    async fn an_error_comes_where_it_came() {
        let mut body = frames(vec![data(b"one"), Err("broken"), data(b"never")]);
        assert_eq!(peek(&mut body, &window(100)).await.0, &b"one"[..]);
        assert_eq!(
            body.frame().await.unwrap().unwrap().into_data().unwrap(),
            &b"one"[..]
        );
        assert!(
            body.frame()
                .await
                .unwrap()
                .unwrap_err()
                .to_string()
                .contains("broken")
        );
    }

    #[tokio::test]
    async fn foreign_and_empty_bodies_are_left_alone() {
        let mut foreign = http_body_util::Full::new(Bytes::from_static(b"body"));
        assert!(!is_readable(&foreign) && !is_readable(&Body::empty()));
        assert_eq!(peek(&mut foreign, &window(10)).await.0, Bytes::new());
        assert_eq!(foreign.collect().await.unwrap().to_bytes(), "body");
        assert!(is_readable(&Body::from("body")));
    }
}
