//! The request of a browser, and how to judge it without a runtime.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use arcjet_engine::{RequestDetails, RequestDetailsBuilder};

/// The headers that Firefox 145 sends when a link to a page of the same site is followed: 12 headers, 583 bytes with
/// their names.
pub const BROWSER_HEADERS: [(&str, &str); 12] = [
    ("host", "shop.example.com"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    ),
    (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("referer", "https://shop.example.com/articles?page=2"),
    (
        "cookie",
        "session=6f1c2b7a9d3e4f508192a3b4c5d6e7f8; theme=dark; consent=necessary",
    ),
    ("upgrade-insecure-requests", "1"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "same-origin"),
    ("priority", "u=0, i"),
];

/// The user agent of a bot.
pub const CURL: &str = "curl/8.14.1";

/// The request of a browser with another user agent, if one is given, from the client of this number.
pub fn request_of(user_agent: Option<&str>, client: u32) -> RequestDetails {
    describe(user_agent).peer(self::client(client)).build()
}

/// The address of the client of this number.
pub fn client(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 | number & 0x00ff_ffff))
}

fn describe(user_agent: Option<&str>) -> RequestDetailsBuilder {
    let headers = BROWSER_HEADERS
        .iter()
        .map(|(name, value)| match (*name, user_agent) {
            ("user-agent", Some(user_agent)) => (*name, user_agent.as_bytes()),
            _ => (*name, value.as_bytes()),
        });
    RequestDetails::builder("GET", "/articles/42")
        .query("utm_source=news&ref=home")
        .host("shop.example.com")
        .protocol("HTTP/1.1")
        .headers(headers)
}

/// The output of a future that never waits, as those of the embedded decider: what a runtime costs isn't measured here.
///
/// # Panics
///
/// If the future waits.
pub fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the embedded decider never waits"),
    }
}
