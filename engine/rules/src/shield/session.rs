//! Session fixation: a link from elsewhere that brings the id of a session along.

use super::{
    finding::{Category, Finding, Place},
    inspector::Inspector,
    pairs,
    reason::Part,
    source::Source,
};
use crate::request::Request;

/// Names under which frameworks keep the id of a session.
const NAMES: [&[u8]; 24] = [
    b"__secure-next-auth.session-token",
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
    b"koa.sess",
    b"laravel_session",
    b"next-auth.session-token",
    b"phpsession",
    b"phpsessid",
    b"play_session",
    b"viewstate",
    b"zend_session_id",
];
/// Names that applications give to sessions of other kinds, too.
const WORDS: [&[u8]; 4] = [b"session_id", b"session-id", b"sessionid", b"session"];

/// Looks for the id of a session in the query of a request that did not come from a page of this site.
pub(super) fn inspect(request: &Request<'_>, inspector: &mut Inspector<'_>) {
    if request.query.is_empty() {
        return;
    }
    let origin = Origin::of(request);
    if origin == Origin::Own {
        return;
    }
    for pair in request.query.split(|byte| *byte == b'&') {
        let (name, value) = pairs::split(pair);
        let name = pairs::decoded_name(name);
        let among = |list: &[&[u8]]| list.iter().any(|known| name.eq_ignore_ascii_case(known));
        let is_session = among(&NAMES) || (origin == Origin::Other && among(&WORDS));
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

/// Where a request says it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A page of this site, or no link at all: what scripts and frames of a page ask for is none, and browsers say so.
    Own,
    /// A link on a page of another host.
    Other,
    /// It doesn't say.
    Unknown,
}

impl Origin {
    fn of(request: &Request<'_>) -> Self {
        let is_navigation = |mode: &[u8]| mode.eq_ignore_ascii_case(b"navigate");
        if !request.header("sec-fetch-mode").is_none_or(is_navigation) || request.header("origin").is_some() {
            return Self::Own;
        }
        let Some(referer) = request.header("referer") else {
            return Self::Unknown;
        };
        let Some(start) = referer.windows(3).position(|window| window == b"://") else {
            return Self::Unknown;
        };
        let rest = &referer[start + 3..];
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
            .unwrap_or(rest.len());
        let own = match request.host {
            b"" => request.header("host").unwrap_or_default(),
            host => host,
        };
        if own.is_empty() || rest[..end].eq_ignore_ascii_case(own) {
            Self::Own
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::inspect;
    use crate::{
        request::Request,
        shield::{
            config::{Settings, Shield},
            inspector::Inspector,
        },
    };

    #[test]
    fn ids_of_sessions_come_from_own_pages_only() {
        let own: (&[u8], &[u8]) = (b"referer", b"https://shop.example/a");
        let other: (&[u8], &[u8]) = (b"referer", b"https://evil.example/shop.example");
        for (query, headers, expected) in [
            ("PHPSESSID=1", &[other][..], true),
            ("PHPSESSID=1", &[own], false),
            ("PHPSESSID=1", &[], true),
            ("PHPSESSID=", &[other], false),
            ("sessionId=1", &[other], true),
            ("sessionId=1", &[], false),
            ("sessionId=1", &[other, (b"sec-fetch-mode", b"cors")], false),
            ("PHPSESSID=1", &[other, (b"sec-fetch-mode", b"navigate")], true),
            ("id=1", &[other], false),
        ] {
            let request = Request {
                host: b"shop.example",
                query: query.as_bytes(),
                headers,
                ..Request::default()
            };
            let settings = Settings::new(0, &Shield::default()).expect("the defaults are right");
            let mut inspector = Inspector::new(&settings);
            inspect(&request, &mut inspector);
            assert_eq!(inspector.finish().triggered, expected, "{query} {headers:?}");
        }
    }
}
