//! The beginning of a body, as far as Rocket shows it to fairings.

use arcjet_engine::{BodyArrival, BodyWindow};
use bytes::Bytes;
use rocket::Data;
use rocket::futures::FutureExt as _;
use tokio::time::timeout;

/// What [`Data::peek`] shows at most. Rocket 0.5 has no other way to look at a body and leave it whole: `Data` is made by
/// Rocket alone, and what was taken out of it can't be put back.
const MOST: usize = 512;

/// Whether there is no body, as far as is known without waiting.
pub(crate) fn is_empty(data: &mut Data<'_>) -> bool {
    data.peek_complete() && data.peek(1).now_or_never().is_some_and(<[u8]>::is_empty)
}

/// What was seen of a body.
#[derive(Debug)]
pub(crate) struct Peeked {
    pub(crate) bytes: Bytes,
    pub(crate) arrival: BodyArrival,
    /// Whether there is no more of it.
    pub(crate) is_all: bool,
}

/// Copies as much of a body as `window` says and Rocket shows. The body stays whole.
pub(crate) async fn peek(data: &mut Data<'_>, window: &BodyWindow) -> Peeked {
    let most = window.bytes().min(MOST);
    if let Ok(start) = timeout(window.deadline(), data.peek(most)).await {
        let bytes = Bytes::copy_from_slice(start);
        return Peeked {
            // A body that fills the view may go on: `peek_complete` of `rocket::local` is about more than it shows.
            is_all: bytes.len() < most && data.peek_complete(),
            bytes,
            arrival: BodyArrival::Arrived,
        };
    }
    // `peek` gives all that it is asked for or waits; what has come is the most that it gives without waiting.
    let (mut held, mut limit) = (0, most);
    while held < limit {
        let middle = (held + limit).div_ceil(2);
        match data.peek(middle).now_or_never() {
            Some(_) => held = middle,
            None => limit = middle - 1,
        }
    }
    let start = data.peek(held).now_or_never();
    Peeked {
        bytes: start.map_or_else(Bytes::new, Bytes::copy_from_slice),
        arrival: BodyArrival::Late,
        is_all: false,
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
    async fn what_has_come_is_seen_when_the_deadline_ends_and_the_body_stays_whole() {
        static SEEN: Notify = Notify::const_new();
        // Rocket itself has waited for the first 14 bytes.
        let body = SlowBody::send("0123456789abcde", |request, mut data| {
            Box::pin(async move {
                let late = peek(&mut data, &BodyWindow::new(4096, Duration::from_millis(30))).await;
                assert_eq!((late.arrival, late.is_all), (BodyArrival::Late, false));
                SEEN.notify_one();
                let full = peek(&mut data, &BodyWindow::new(5, Duration::ZERO)).await;
                assert_eq!((full.arrival, full.is_all), (BodyArrival::Arrived, false));
                let whole = data.open(1.kibibytes()).into_string().await.unwrap();
                answer(request, format!("{:?} {:?} {}", late.bytes, full.bytes, *whole))
            })
        });
        let body = body.await;
        SEEN.notified().await;
        assert_eq!(
            body.finish("fghij").await,
            r#"b"0123456789abcde" b"01234" 0123456789abcdefghij"#
        );
    }

    #[tokio::test]
    async fn a_short_body_is_seen_to_its_end() {
        let body = SlowBody::send("0123456789abcdefghij", |request, mut data| {
            Box::pin(async move {
                let peeked = peek(&mut data, &BodyWindow::new(21, Duration::from_secs(60))).await;
                assert_eq!((peeked.arrival, peeked.is_all), (BodyArrival::Arrived, true));
                answer(request, format!("{:?}", peeked.bytes))
            })
        });
        assert_eq!(body.await.finish("").await, r#"b"0123456789abcdefghij""#);
    }
}
