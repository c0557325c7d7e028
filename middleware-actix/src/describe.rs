//! From a request of actix-web to the engine's neutral description.

use std::net::IpAddr;

use actix_web::http::{Version, header};
use actix_web::{HttpMessage as _, HttpRequest};
use arcjet_engine::RequestDetails;

/// What to do about requests without an address.
pub(crate) const NO_PEER: &str = "requests carry no client address, so rules that tell clients apart by address can't \
     judge them: a Unix socket has none, name another source with `ArcjetMiddleware::peer_from`";

/// What [`ArcjetMiddleware::peer_from`](crate::ArcjetMiddleware::peer_from) found, for extractors inside the middleware.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) Option<IpAddr>);

/// The other end of the connection. Never `ConnectionInfo::realip_remote_addr`, which is what the client says.
pub(crate) fn connected_peer(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|address| address.ip())
}

/// The peer as an extractor finds it.
pub(crate) fn peer(request: &HttpRequest) -> Option<IpAddr> {
    match request.extensions().get::<PeerAddress>() {
        Some(PeerAddress(peer)) => *peer,
        None => connected_peer(request),
    }
}

/// Describes a request, with those of its headers that somebody `reads`. Its body is not touched.
pub(crate) fn describe(
    request: &HttpRequest,
    peer: Option<IpAddr>,
    reads: impl Fn(&str) -> bool,
) -> RequestDetails {
    // Scopes don't take their prefix off the URI; what it says is what the client asked for, encoded as it was sent.
    let uri = request.uri();
    // HTTP/2 and the absolute form of HTTP/1.1 name the host in the URI, which then overrides the header (RFC 9112, 3.2.2).
    let host = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => request
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default(),
    };
    let mut details = RequestDetails::builder(request.method().as_str(), uri.path())
        .query(uri.query().unwrap_or_default())
        .host(host)
        .protocol(protocol(request.version()))
        .headers(
            request
                .headers()
                .iter()
                .filter(|(name, _)| reads(name.as_str()))
                .map(|(name, value)| (name.as_str(), value.as_bytes())),
        );
    if let Some(peer) = peer {
        details = details.peer(peer);
    }
    details.build()
}

/// The protocol as observed. Whether a proxy in front spoke TLS is not known here.
fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_11 => "HTTP/1.1",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn takes_everything_that_rules_may_read() {
        let bytes = HeaderValue::from_bytes(b"\xff").unwrap();
        let request = TestRequest::post()
            .uri("/a%20b?x=1&y")
            .insert_header(("host", "example.com:8080"))
            .append_header(("X-Twice", "1"))
            .append_header(("x-twice", "2"))
            .insert_header(("x-bytes", bytes))
            .to_http_request();
        let details = describe(&request, Some([192, 0, 2, 1].into()), |_| true);
        assert_eq!(
            (details.method(), details.path(), details.query()),
            ("POST", "/a%20b", "x=1&y")
        );
        assert_eq!(
            (details.host(), details.protocol()),
            ("example.com:8080", "HTTP/1.1")
        );
        assert_eq!(details.peer(), Some([192, 0, 2, 1].into()));
        // actix-web keeps the order of the values of a name, not that of the names.
        let mut headers: Vec<_> = details.headers().collect();
        headers.sort_by_key(|(name, _)| *name);
        assert_eq!(
            headers,
            [
                ("host", &b"example.com:8080"[..]),
                ("x-bytes", &b"\xff"[..]),
                ("x-twice", &b"1"[..]),
                ("x-twice", &b"2"[..])
            ]
        );
    }

    #[test]
    fn the_authority_overrides_the_host_header() {
        let http2 = TestRequest::get()
            .uri("http://example.com/")
            .version(Version::HTTP_2)
            .insert_header(("host", "other.example"))
            .to_http_request();
        let details = describe(&http2, None, |_| true);
        assert_eq!(
            (details.host(), details.protocol(), details.peer()),
            ("example.com", "HTTP/2.0", None)
        );
        let unreadable =
            TestRequest::get().insert_header(("host", HeaderValue::from_bytes(b"\xff").unwrap()));
        assert_eq!(describe(&unreadable.to_http_request(), None, |_| true).host(), "");
    }

    #[test]
    fn the_peer_is_the_connections_whatever_headers_say() {
        let request = TestRequest::get()
            .insert_header(("x-forwarded-for", "203.0.113.1"))
            .insert_header(("forwarded", "for=203.0.113.1"));
        assert_eq!(peer(&request.to_http_request()), None);
        let request = TestRequest::get()
            .insert_header(("x-forwarded-for", "203.0.113.1"))
            .peer_addr(([192, 0, 2, 1], 1).into())
            .to_http_request();
        assert_eq!(peer(&request), Some([192, 0, 2, 1].into()));
        request.extensions_mut().insert(PeerAddress(None));
        assert_eq!(peer(&request), None);
    }
}
