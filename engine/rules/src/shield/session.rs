//! Session fixation: a link from elsewhere that brings the id of a session along.

use super::{
    finding::{Category, Finding, Place},
    inspector::Inspector,
    pairs,
    reason::Part,
    source::Source,
};
use crate::request::Request;

/// Names under which frameworks keep the id of a session. In lower case, sorted.
const NAMES: [&[u8]; 22] = [
    b"_flask_session",
    b"_rails_session",
    b"_session_id",
    b"asp.net_sessionid",
    b"aspsession",
    b"aspsessionid",
    b"cfid",
    b"cfsid",
    b"cftoken",
    b"connect.sid",
    b"express.sid",
    b"jservsession",
    b"jsessionid",
    b"jwsession",
    b"koa:sess",
    b"laravel_session",
    b"phpsession",
    b"phpsessid",
    b"play_session",
    b"session_id",
    b"sessionid",
    b"viewstate",
];

/// Looks for the id of a session in the query of a request that comes from another site.
pub(super) fn inspect(request: &Request<'_>, inspector: &mut Inspector<'_>) {
    if request.query.is_empty() || !is_foreign(request) {
        return;
    }
    for pair in request.query.split(|byte| *byte == b'&') {
        let (name, value) = pairs::split(pair);
        let name = pairs::decoded_name(name);
        let is_session = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is_session && value.is_some_and(|value| !value.is_empty()) && !inspector.is_excluded(&name) {
            let finding = Finding {
                detector: "session-fixation.foreign-link",
                category: Category::SessionFixation,
                score: 5,
            };
            inspector.report(finding, Source::new(Part::Query, Place::QueryName, &name));
        }
    }
}

/// Whether the request says that it followed a link on a page of another host. What scripts and frames of a page ask for is no link:
/// browsers say so.
fn is_foreign(request: &Request<'_>) -> bool {
    let is_navigation = |mode: &[u8]| mode.eq_ignore_ascii_case(b"navigate");
    if !request.header("sec-fetch-mode").is_none_or(is_navigation) || request.header("origin").is_some() {
        return false;
    }
    let Some(referer) = request.header("referer") else {
        return false;
    };
    let Some(start) = referer.windows(3).position(|window| window == b"://") else {
        return false;
    };
    let rest = &referer[start + 3..];
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
        .unwrap_or(rest.len());
    let own = if request.host.is_empty() {
        request.header("host").unwrap_or_default()
    } else {
        request.host
    };
    !own.is_empty() && !rest[..end].eq_ignore_ascii_case(own)
}
