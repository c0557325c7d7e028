//! From a request of the `http` crate to the engine's neutral description.

use std::net::{IpAddr, SocketAddr};

use arcjet_engine::RequestDetails;
use axum::extract::connect_info::MockConnectInfo;
use axum::extract::{ConnectInfo, OriginalUri};
use http::request::Parts;
use http::{Extensions, HeaderMap, Method, Request, Uri, Version, header};

/// What to do about requests without an address.
pub(crate) const NO_PEER: &str = "requests carry no client address, so rules that tell clients apart by address can't \
     judge them: serve the router with `into_make_service_with_connect_info::<SocketAddr>()`, or name another source \
     with `ArcjetLayer::peer_from`";

/// What [`ArcjetLayer::peer_from`](crate::ArcjetLayer::peer_from) found, for extractors behind the layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) Option<IpAddr>);

/// The address that axum, or tonic's server, left in the request.
pub(crate) fn connected_peer(extensions: &Extensions) -> Option<IpAddr> {
    if let Some(ConnectInfo(address)) = extensions.get::<ConnectInfo<SocketAddr>>() {
        return Some(address.ip());
    }
    #[cfg(feature = "tonic")]
    if let Some(connection) = extensions.get::<tonic::transport::server::TcpConnectInfo>() {
        return connection.remote_addr().map(|address| address.ip());
    }
    extensions
        .get::<MockConnectInfo<SocketAddr>>()
        .map(|MockConnectInfo(address)| address.ip())
}

/// The peer as an extractor finds it.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    match extensions.get::<PeerAddress>() {
        Some(PeerAddress(peer)) => *peer,
        None => connected_peer(extensions),
    }
}

/// What a description is made of. A request need not be taken apart for it.
pub(crate) struct Head<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> From<&'a Parts> for Head<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            version: parts.version,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }
}

impl<'a, B> From<&'a Request<B>> for Head<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

/// Describes a request, with those of its headers that somebody `reads`. Its body is not touched.
pub(crate) fn describe<'a>(
    request: impl Into<Head<'a>>,
    peer: Option<IpAddr>,
    reads: impl Fn(&str) -> bool,
) -> RequestDetails {
    let request = request.into();
    // Inside a nested router `uri` lacks the prefix; rules and keys are about what the client asked for.
    let uri = request
        .extensions
        .get::<OriginalUri>()
        .map_or(request.uri, |OriginalUri(uri)| uri);
    // HTTP/2 and the absolute form of HTTP/1.1 name the host in the URI, which then overrides the header (RFC 9112, 3.2.2).
    let host = match request.uri.authority() {
        Some(authority) => authority.as_str(),
        None => request
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default(),
    };
    let mut details = RequestDetails::builder(request.method.as_str(), uri.path())
        .query(uri.query().unwrap_or_default())
        .host(host)
        .protocol(protocol(request.version))
        .headers(
            request
                .headers
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
    use super::*;

    fn parts(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn takes_everything_that_rules_may_read() {
        let request = parts(
            Request::post("/a%20b?x=1&y")
                .header("host", "example.com:8080")
                .header("X-Twice", "1")
                .header("x-twice", "2")
                .header("x-bytes", &b"\xff"[..]),
        );
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
        let headers: Vec<_> = details.headers().collect();
        assert_eq!(
            headers,
            [
                ("host", &b"example.com:8080"[..]),
                ("x-twice", &b"1"[..]),
                ("x-twice", &b"2"[..]),
                ("x-bytes", &b"\xff"[..])
            ]
        );
    }

    #[test]
    fn leaves_out_what_nobody_reads() {
        let request = parts(Request::get("/").header("host", "example.com").header("x-a", "1"));
        let details = describe(&request, None, |name| name == "x-a");
        assert_eq!(details.headers().collect::<Vec<_>>(), [("x-a", &b"1"[..])]);
        assert_eq!(details.host(), "example.com");
    }

    #[test]
    fn the_authority_overrides_the_host_header() {
        let http2 = Request::get("http://example.com/")
            .version(Version::HTTP_2)
            .header("host", "other.example");
        let details = describe(&parts(http2), None, |_| true);
        assert_eq!(
            (details.host(), details.protocol(), details.peer()),
            ("example.com", "HTTP/2.0", None)
        );
        assert_eq!(
            describe(
                &parts(Request::get("/").header("host", &b"\xff"[..])),
                None,
                |_| true
            )
            .host(),
            ""
        );
    }

    #[test]
    fn the_original_path_counts_inside_nested_routers() {
        let mut request = parts(Request::get("/users?page=2"));
        request
            .extensions
            .insert(OriginalUri("/api/users?page=2".parse().unwrap()));
        let details = describe(&request, None, |_| true);
        assert_eq!((details.path(), details.query()), ("/api/users", "page=2"));
    }

    #[test]
    fn the_peer_of_the_connection_goes_before_a_mocked_one() {
        let (real, mocked) = (
            SocketAddr::from(([192, 0, 2, 1], 1)),
            SocketAddr::from(([192, 0, 2, 2], 2)),
        );
        let mut extensions = Extensions::new();
        assert_eq!(peer(&extensions), None);
        extensions.insert(MockConnectInfo(mocked));
        assert_eq!(peer(&extensions), Some(mocked.ip()));
        extensions.insert(ConnectInfo(real));
        assert_eq!(peer(&extensions), Some(real.ip()));
        extensions.insert(PeerAddress(None));
        assert_eq!(peer(&extensions), None);
    }
}
