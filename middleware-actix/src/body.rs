//! The beginning of a body, held back for rules that read it and then passed on as it came.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::{Method, header};
use actix_web::rt::time::timeout;
use actix_web::{HttpMessage as _, http::header::HeaderValue};
use arcjet_engine::{BodyArrival, BodyWindow};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;

/// Whether there is a body before the handler runs.
pub(crate) fn is_readable(request: &ServiceRequest) -> bool {
    !matches!(request.parts().1, Payload::None) && !is_websocket(request)
}

/// Reads as much of a body as `window` says, and puts what it read back in front of the rest.
///
/// # Cancel safety
/// None: a future that is dropped takes the body along, as the request that it belongs to.
pub(crate) async fn peek(request: &mut ServiceRequest, window: &BodyWindow) -> (Bytes, BodyArrival) {
    let mut replayed = Replayed {
        frames: VecDeque::new(),
        error: None,
        rest: request.take_payload(),
    };
    let arrival = match timeout(window.deadline(), replayed.fill(window.bytes())).await {
        Ok(()) => BodyArrival::Arrived,
        Err(_) => BodyArrival::Late,
    };
    let start = replayed.beginning(window.bytes());
    request.set_payload(replayed.into_payload());
    (start, arrival)
}

/// Whether the payload is what the client sends after the switch to a web socket, which it does only once it is
/// answered. actix-http decides so by the header alone; a handshake is always a GET (RFC 6455, 4.1), and with any other
/// method the header shall not keep a body from the rules.
fn is_websocket(request: &ServiceRequest) -> bool {
    let names = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"websocket");
    request.method() == Method::GET
        && request.headers().get_all(header::UPGRADE).any(names)
        && !request.headers().contains_key(header::TRANSFER_ENCODING)
}

/// A body of which the beginning was read: chunk by chunk the same, an error among it.
struct Replayed {
    frames: VecDeque<Bytes>,
    error: Option<PayloadError>,
    rest: Payload,
}

impl Replayed {
    /// Reads until `length` bytes are there, or no more come.
    async fn fill(&mut self, length: usize) {
        let mut held = 0;
        while held < length {
            match poll_fn(|cx| Pin::new(&mut self.rest).poll_next(cx)).await {
                Some(Ok(chunk)) => {
                    held += chunk.len();
                    self.frames.push_back(chunk);
                }
                Some(Err(error)) => {
                    self.error = Some(error);
                    break;
                }
                None => break,
            }
        }
    }

    /// The first `window` bytes of what was read; copied only if they came in several chunks.
    fn beginning(&self, window: usize) -> Bytes {
        match self.frames.len() {
            0 => Bytes::new(),
            1 => self.frames[0].slice(..self.frames[0].len().min(window)),
            _ => {
                let mut start = BytesMut::new();
                for data in &self.frames {
                    let room = window.saturating_sub(start.len());
                    start.extend_from_slice(&data[..data.len().min(room)]);
                }
                start.freeze()
            }
        }
    }

    /// Back into what actix-web hands to extractors.
    fn into_payload(self) -> Payload {
        if self.frames.is_empty() && self.error.is_none() {
            return self.rest;
        }
        Payload::Stream {
            payload: Box::pin(self),
        }
    }
}

impl Stream for Replayed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(frame) = self.frames.pop_front() {
            return Poll::Ready(Some(Ok(frame)));
        }
        if let Some(error) = self.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        Pin::new(&mut self.rest).poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::test::TestRequest;
    use futures_util::{StreamExt as _, stream};

    use super::*;

    fn request(method: Method, frames: Vec<Result<Bytes, PayloadError>>) -> ServiceRequest {
        let mut request = TestRequest::default().method(method).to_srv_request();
        request.set_payload(Payload::Stream {
            payload: Box::pin(stream::iter(frames).chain(stream::pending())),
        });
        request
    }

    fn data(bytes: &'static [u8]) -> Result<Bytes, PayloadError> {
        Ok(Bytes::from_static(bytes))
    }

    fn window(bytes: usize) -> BodyWindow {
        BodyWindow::new(bytes, Duration::from_secs(10))
    }

    /// The chunks and errors that a handler gets.
    async fn handed_on(request: &mut ServiceRequest, frames: usize) -> Vec<String> {
        let text = |frame: Result<Bytes, PayloadError>| match frame {
            Ok(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Err(error) => format!("error: {error}"),
        };
        request.take_payload().take(frames).map(text).collect().await
    }

    #[actix_web::test]
    async fn a_body_is_the_same_after_it_was_peeked_into() {
        for (bytes, expected) in [
            (1, &b"o"[..]),
            (3, b"one"),
            (5, b"one t"),
            (6, b"one tw"),
            (7, b"one two"),
        ] {
            let mut request = request(Method::POST, vec![data(b"one"), data(b" two"), data(b" three")]);
            let (start, arrival) = peek(&mut request, &window(bytes)).await;
            assert_eq!((&start[..], arrival), (expected, BodyArrival::Arrived));
            assert_eq!(handed_on(&mut request, 3).await, ["one", " two", " three"]);
        }
    }

    #[actix_web::test]
    async fn one_chunk_is_not_copied() {
        let bytes = Bytes::from(b"0123456789".to_vec());
        let mut request = request(Method::POST, vec![Ok(bytes.clone())]);
        let (start, _) = peek(&mut request, &window(4)).await;
        assert_eq!((start.as_ptr(), start.len()), (bytes.as_ptr(), 4));
    }

    #[actix_web::test]
    async fn an_error_comes_where_it_came() {
        let broken = Err(PayloadError::EncodingCorrupted);
        let mut request = request(Method::POST, vec![data(b"one"), broken, data(b"rest")]);
        assert_eq!(peek(&mut request, &window(100)).await.0, &b"one"[..]);
        let handed_on = handed_on(&mut request, 3).await;
        assert_eq!(
            handed_on,
            ["one", "error: can not decode content-encoding", "rest"]
        );
    }

    #[actix_web::test]
    async fn what_is_not_there_in_time_is_late_and_not_lost() {
        let mut request = request(Method::POST, vec![data(b"one")]);
        let window = BodyWindow::new(4, Duration::from_millis(1));
        assert_eq!(
            peek(&mut request, &window).await,
            (Bytes::from_static(b"one"), BodyArrival::Late)
        );
        assert_eq!(handed_on(&mut request, 1).await, ["one"]);
    }

    #[test]
    fn web_sockets_and_requests_without_a_body_have_none_to_read() {
        let request = |method, headers: &[(header::HeaderName, &'static str)]| {
            let mut request = request(method, vec![data(b"frame")]);
            for (name, value) in headers {
                let value = HeaderValue::from_static(value);
                request.headers_mut().insert(name.clone(), value);
            }
            request
        };
        let switch = (header::UPGRADE, " WebSocket");
        let chunked = (header::TRANSFER_ENCODING, "chunked");
        let mut empty = request(Method::POST, &[]);
        drop(empty.take_payload());
        assert!(!is_readable(&empty));
        assert!(!is_readable(&request(Method::GET, &[switch.clone()])));
        assert!(is_readable(&request(Method::GET, &[switch.clone(), chunked])));
        assert!(is_readable(&request(Method::POST, &[switch])));
        assert!(is_readable(&request(Method::GET, &[(header::UPGRADE, "h2c")])));
        assert!(is_readable(&request(Method::GET, &[])));
    }
}
