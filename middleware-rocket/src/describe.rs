//! From Rocket's request to the engine's neutral description.

use std::net::IpAddr;

use arcjet_engine::{AnswerFormat, RequestDetails};
use rocket::Request;

use crate::deny_route;

/// What to do about requests without an address.
pub(crate) const NO_PEER: &str = "requests carry no client address, so rules that tell clients apart by address can't \
     judge them: in tests give each request a `remote`, or name another source with `ArcjetFairing::peer_from`";

/// Describes a request, with those of its headers that somebody `reads`. Its body is not touched.
pub(crate) fn describe(
    request: &Request<'_>,
    peer: Option<IpAddr>,
    reads: impl Fn(&str) -> bool,
) -> RequestDetails {
    let uri = request.uri();
    let mut details = RequestDetails::builder(request.method().as_str(), uri.path().as_str())
        .query(deny_route::query_as_sent(request));
    let mut has_host = false;
    for header in request.headers().iter() {
        if !has_host && header.name == "host" {
            details = details.host(&header.value);
            has_host = true;
        }
        if reads(header.name.as_str()) {
            details = details.header(header.name.as_str(), header.value.as_bytes());
        }
    }
    // Rocket takes the host from `:authority` in HTTP/2 and from the header before, which is kept as sent. It doesn't tell the
    // protocol: only HTTP/2 has a host without the header of that name.
    if !has_host && let Some(host) = request.host() {
        details = details.host(&host.to_string()).protocol("HTTP/2.0");
    }
    if let Some(peer) = peer {
        details = details.peer(peer);
    }
    details.build()
}

/// The format that `Accept` asks for.
pub(crate) fn accepted_format(request: &Request<'_>) -> AnswerFormat {
    AnswerFormat::accepted(request.headers().get("accept").map(str::as_bytes))
}
